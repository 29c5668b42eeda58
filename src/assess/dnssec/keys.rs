//! The zone's keys as a report shows them: what each is for, what they are held against, how a rollover stands.

use super::{Judging, RrType, RrsetReport};
use crate::assess::answer::{Answer, Standing};
use crate::dns::{Dnskey, Ds, Name, Record, Rrset, Section};
use crate::dnssec::{
    Delegation, Dnskeys, Entry, KeySets, RolloverState, TrustAnchor, key_bits, rollover_state,
};
use crate::plan::Purpose;
use crate::report::{AnchorReport, Held, KeyReport, Role};

/// What the keys were held against, and what of it fits.
pub(super) fn anchor_reports(
    delegation: Option<&Delegation>,
    entry: Option<&Entry>,
) -> Vec<AnchorReport> {
    let (Some(Delegation::Signed(anchors)), Some(entry)) = (delegation, entry) else {
        return Vec::new();
    };
    let reports = anchors
        .iter()
        .zip(&entry.matched)
        .map(|(anchor, matched)| AnchorReport {
            key_tag: anchor.key_tag(),
            algorithm: anchor.algorithm(),
            digest_type: match anchor {
                TrustAnchor::Ds(ds) => Some(ds.digest_type),
                TrustAnchor::Dnskey(_) => None,
            },
            matched: *matched,
            record: anchor.clone(),
        });
    reports.collect()
}

/// How the keys stand to the parent; `None` where the questions for it were not asked or too little came back.
pub(super) fn rollover(
    answers: &[Standing<'_>],
    rrsets: &[RrsetReport],
    delegation: Option<&Delegation>,
    judging: &mut Judging<'_>,
) -> Option<RolloverState> {
    let asked = |purpose| answers.iter().find(|answer| answer.purpose == purpose);
    let records = |purpose, rtype| published(asked(purpose)?, rtype, rrsets);
    let cds = records(Purpose::Cds, RrType::CDS);
    let cds = cds.and_then(|rdatas| {
        rdatas
            .iter()
            .map(|rdata| Ds::read(rdata).ok())
            .collect::<Option<Vec<_>>>()
    });
    let cdnskey = records(Purpose::Cdnskey, RrType::CDNSKEY);
    let cdnskey = cdnskey.and_then(|rdatas| {
        rdatas
            .iter()
            .map(|rdata| Dnskey::read(rdata).ok())
            .collect::<Option<Vec<_>>>()
    });
    let ds = delegation.and_then(|delegation| ds_at_parent(delegation, &judging.keys.zone));
    let sets = KeySets {
        keys: judging.keys,
        ds: ds.as_deref(),
        cds: cds.as_deref(),
        cdnskey: cdnskey.as_deref(),
    };
    rollover_state(&sets, &mut judging.budget)
}

/// The DS RRset that the parent has, as far as it is known.
fn ds_at_parent(delegation: &Delegation, zone: &Name) -> Option<Vec<Ds>> {
    match delegation {
        Delegation::Signed(anchors) => anchors.iter().map(as_ds).collect(),
        Delegation::Ended(end) => end.proves_no_ds(zone).then(Vec::new),
    }
}

fn as_ds(anchor: &TrustAnchor) -> Option<Ds> {
    match anchor {
        TrustAnchor::Ds(ds) => Some(ds.clone()),
        // A key that is pinned says nothing of what the parent has.
        TrustAnchor::Dnskey(_) => None,
    }
}

/// The records of one type at the apex; a parent acts on what is validly signed only (RFC 7344 section 4.1).
fn published<'m>(
    answer: &Standing<'m>,
    rtype: RrType,
    rrsets: &[RrsetReport],
) -> Option<Vec<&'m [u8]>> {
    match answer.answer {
        Answer::Nodata => Some(Vec::new()),
        Answer::Positive => {
            let is_bad = |rrset: &RrsetReport| rrset.rtype == rtype && rrset.held != Held::Valid;
            let groups = Rrset::group(answer.message, Section::Answer);
            let of_apex = groups
                .iter()
                .find(|rrset| rrset.rtype == rtype && *rrset.owner == answer.question.name);
            let rdata = |record: &&'m Record| answer.message.rdata(record);
            of_apex
                .filter(|_| !rrsets.iter().any(is_bad))
                .map(|rrset| rrset.records.iter().map(rdata).collect())
        }
        Answer::Nxdomain | Answer::OtherRcode => None,
    }
}

pub(super) fn key_reports(keys: &Dnskeys, rrsets: &[RrsetReport]) -> Vec<KeyReport> {
    let signs = |key_tag, algorithm, dnskey: bool| {
        // A KSK signs CDS and CDNSKEY too (RFC 7344 section 4.1), which makes it no other key.
        let tells = |rrset: &&RrsetReport| ![RrType::CDS, RrType::CDNSKEY].contains(&rrset.rtype);
        let of_kind = rrsets
            .iter()
            .filter(tells)
            .filter(|rrset| (rrset.rtype == RrType::DNSKEY) == dnskey);
        of_kind
            .flat_map(|rrset| &rrset.rrsigs)
            .any(|rrsig| rrsig.key_tag == key_tag && rrsig.algorithm == algorithm)
    };
    let of_algorithm = |algorithm| {
        keys.keys
            .iter()
            .filter(move |key| key.algorithm == algorithm)
            .count()
    };
    let reports = keys.keys.iter().map(|key| {
        let (tag, algorithm) = (key.key_tag, key.algorithm);
        let is_sep = key.has(Dnskey::SECURE_ENTRY_POINT);
        // What a key does says more than its SEP bit, which is a hint (RFC 4034 section 2.1.1).
        let role = match (signs(tag, algorithm, true), signs(tag, algorithm, false)) {
            (true, true) => Role::Csk,
            (true, false) if of_algorithm(algorithm) == 1 => Role::Csk,
            (false, true) => Role::Zsk,
            _ if is_sep => Role::Ksk,
            _ => Role::Zsk,
        };
        KeyReport {
            key_tag: tag,
            algorithm,
            flags: key.flags,
            role,
            bits: key_bits(key),
            public_key: key.public_key.clone(),
        }
    });
    reports.collect()
}
