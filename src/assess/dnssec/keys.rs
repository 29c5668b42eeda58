//! The zone's keys as a report shows them: what each is for, what they are held against, how a rollover stands.

use super::{RrType, RrsetReport, ValidationContext};
use crate::assess::answer::{AcceptedAnswer, AnswerKind};
use crate::dns::{Dnskey, Ds, Name, Record};
use crate::dnssec::{
    ApexSigners, ChainOutcome, DnskeyValidation, Dnskeys, KeyId, RolloverRecords, RolloverState,
    TrustAnchor, key_bits, rollover_state,
};
use crate::plan::Purpose;
use crate::reason::Reason;
use crate::report::{AnchorReport, KeyReport, KeyRole, RrsigReport, Validity};

/// What the keys were held against, and what of it fits.
pub(super) fn anchor_reports(
    chain_outcome: Option<&ChainOutcome>,
    key_validation: Option<&DnskeyValidation>,
) -> Vec<AnchorReport> {
    let (Some(ChainOutcome::Signed(anchors)), Some(key_validation)) =
        (chain_outcome, key_validation)
    else {
        return Vec::new();
    };
    let reports = anchors
        .iter()
        .zip(&key_validation.matched)
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
pub(super) fn assess_rollover(
    answers: &[AcceptedAnswer<'_>],
    rrsets: &[RrsetReport],
    chain_outcome: Option<&ChainOutcome>,
    context: &mut ValidationContext<'_>,
) -> Option<RolloverState> {
    let answer_for = |purpose| answers.iter().find(|answer| answer.purpose == purpose);
    let records = |purpose, rtype| published_rdatas(answer_for(purpose)?, rtype, rrsets);
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
    let ds =
        chain_outcome.and_then(|chain_outcome| ds_at_parent(chain_outcome, &context.keys.zone));
    let [dnskey_signers, cds_signers, cdnskey_signers] =
        [RrType::DNSKEY, RrType::CDS, RrType::CDNSKEY]
            .map(|rtype| signers(rrsets, &context.keys.zone, rtype));
    let records = RolloverRecords {
        keys: context.keys,
        ds: ds.as_deref(),
        cds: cds.as_deref(),
        cdnskey: cdnskey.as_deref(),
        signers: ApexSigners {
            dnskey: dnskey_signers.as_deref(),
            cds: cds_signers.as_deref(),
            cdnskey: cdnskey_signers.as_deref(),
        },
    };
    rollover_state(&records, &mut context.budget)
}

/// The keys whose signatures over this RRset of the apex verify, or cannot be checked; `None` where the server did not give the RRset.
fn signers(rrsets: &[RrsetReport], apex: &Name, rtype: RrType) -> Option<Vec<KeyId>> {
    let rrset = rrsets
        .iter()
        .find(|rrset| rrset.rtype == rtype && rrset.owner == *apex)?;
    let may_hold = |rrsig: &&RrsigReport| {
        rrsig.held != Validity::Invalid && rrsig.reason != Some(Reason::KeyRevoked)
    };
    let signatures = rrset.rrsigs.iter().filter(may_hold);
    Some(
        signatures
            .map(|rrsig| (rrsig.key_tag, rrsig.algorithm))
            .collect(),
    )
}

/// The DS RRset that the parent has, as far as it is known.
fn ds_at_parent(chain_outcome: &ChainOutcome, zone: &Name) -> Option<Vec<Ds>> {
    match chain_outcome {
        ChainOutcome::Signed(anchors) => anchors.iter().map(ds_of_anchor).collect(),
        ChainOutcome::Ended(end) => end.proves_no_ds(zone).then(Vec::new),
    }
}

fn ds_of_anchor(anchor: &TrustAnchor) -> Option<Ds> {
    match anchor {
        TrustAnchor::Ds(ds) => Some(ds.clone()),
        // A key that is pinned says nothing of what the parent has.
        TrustAnchor::Dnskey(_) => None,
    }
}

/// The records of one type at the apex; a parent acts on what is validly signed only (RFC 7344 section 4.1).
fn published_rdatas<'m>(
    answer: &AcceptedAnswer<'m>,
    rtype: RrType,
    rrsets: &[RrsetReport],
) -> Option<Vec<&'m [u8]>> {
    match answer.kind {
        AnswerKind::Nodata => Some(Vec::new()),
        AnswerKind::Positive => {
            let is_bad =
                |rrset: &RrsetReport| rrset.rtype == rtype && rrset.held != Validity::Valid;
            let apex_rrset = answer
                .rrsets
                .iter()
                .find(|rrset| rrset.rtype == rtype && *rrset.owner == answer.question.name);
            let rdata = |record: &&'m Record| answer.message.rdata(record);
            apex_rrset
                .filter(|_| !rrsets.iter().any(is_bad))
                .map(|rrset| rrset.records.iter().map(rdata).collect())
        }
        AnswerKind::Nxdomain | AnswerKind::OtherRcode => None,
    }
}

pub(super) fn key_reports(keys: &Dnskeys, rrsets: &[RrsetReport]) -> Vec<KeyReport> {
    let signs = |key_tag, algorithm, dnskey: bool| {
        // A KSK signs CDS and CDNSKEY too (RFC 7344 section 4.1), which makes it no other key.
        let shows_role =
            |rrset: &&RrsetReport| ![RrType::CDS, RrType::CDNSKEY].contains(&rrset.rtype);
        let rrsets = rrsets
            .iter()
            .filter(shows_role)
            .filter(|rrset| (rrset.rtype == RrType::DNSKEY) == dnskey);
        rrsets
            .flat_map(|rrset| &rrset.rrsigs)
            .any(|rrsig| rrsig.key_tag == key_tag && rrsig.algorithm == algorithm)
    };
    let key_count = |algorithm| {
        keys.keys
            .iter()
            .filter(move |key| key.algorithm == algorithm)
            .count()
    };
    let reports = keys.keys.iter().map(|key| {
        let (tag, algorithm) = (key.key_tag, key.algorithm);
        let is_sep = key.has_flag(Dnskey::SECURE_ENTRY_POINT);
        // What a key does says more than its SEP bit, which is a hint (RFC 4034 section 2.1.1).
        let role = match (signs(tag, algorithm, true), signs(tag, algorithm, false)) {
            (true, true) => KeyRole::Csk,
            (true, false) if key_count(algorithm) == 1 => KeyRole::Csk,
            (false, true) => KeyRole::Zsk,
            _ if is_sep => KeyRole::Ksk,
            _ => KeyRole::Zsk,
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
