//! Every RRset that must be signed, against the keys that the same address serves.

use super::answer::{self, Answer, Standing};
use crate::config::{DnssecPolicy, Transport};
use crate::dns::{Class, Name, RrType, Rrset, Rrsig, Section, Timestamp};
use crate::dnssec::{
    self, Budget, Dnskeys, JudgedSignature, Judgement, RRSETS_PER_ANSWER, Reason, SecurityStatus, SignatureVerdict,
    Verdict, key_bits,
};
use crate::plan::Plan;
use crate::report::{DnssecReport, Failure, Held, KeyReport, Role, RrsetReport, RrsigReport};

/// Signatures that a failure's detail describes: a server must not decide how long our lines are.
const SIGNATURES_DESCRIBED: usize = 8;

/// Judges the answers by the keys. `None` where the server did not say which keys the zone has, or gave no answer to judge.
pub(super) fn judge(
    plan: &Plan,
    answers: &[Standing<'_>],
    own_keys: &[Standing<'_>],
    at: Timestamp,
    mut budget: Budget,
    failures: &mut Vec<Failure>,
) -> Option<DnssecReport> {
    // Where the question itself is for the keys, no other was asked.
    let key_answers = if plan.dnskey.is_some() { own_keys } else { answers };
    let keys = dnskeys(plan, key_answers)?;
    let rrsets: Vec<_> =
        answers.iter().chain(own_keys).flat_map(|answer| judge_answer(plan, answer, &keys, at, &mut budget)).collect();
    let signed = !keys.keys.is_empty() || rrsets.iter().any(|rrset| !rrset.rrsigs.is_empty());
    let rrsets = if signed { rrsets } else { Vec::new() };
    failures.extend(policy_failures(plan, answers, &rrsets, signed));
    let status = status(&rrsets);
    Some(DnssecReport {
        signed,
        signatures_valid: signatures_valid(plan, answers, &rrsets, signed),
        status,
        status_reason: status.reason(),
        earliest_expiration: rrsets.iter().map(|rrset| rrset.expiration).min().flatten(),
        keys: key_reports(&keys, &rrsets),
        rrsets,
    })
}

/// The keys that the first key answer holds.
fn dnskeys(plan: &Plan, key_answers: &[Standing<'_>]) -> Option<Dnskeys> {
    let first = key_answers.first().filter(|answer| answer.answer != Answer::OtherRcode)?;
    let rrsets = Rrset::group(first.message, Section::Answer);
    let keys = rrsets.iter().find_map(|rrset| Dnskeys::new(plan.zone.clone(), rrset));
    Some(keys.unwrap_or_else(|| Dnskeys::none(plan.zone.clone())))
}

fn judge_answer(
    plan: &Plan,
    answer: &Standing<'_>,
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> Vec<RrsetReport> {
    let message = answer.message;
    let mut rrsets = Rrset::group(message, Section::Answer);
    if answer.answer == Answer::Nxdomain || rrsets.iter().any(is_expanded) {
        rrsets.extend(Rrset::group(message, Section::Authority).into_iter().filter(is_proof));
    }
    let of_zone = rrsets.iter().filter(|rrset| belongs_to_zone(rrset, plan));
    // One past the limit tells that there are more.
    let mut verdict = |place, rrset| match place {
        RRSETS_PER_ANSWER => Some(Verdict::not_looked_at()),
        _ => verdict(rrset, &rrsets, keys, at, budget),
    };
    let told = of_zone.enumerate().take(RRSETS_PER_ANSWER + 1);
    told.filter_map(|(place, rrset)| Some(report(plan, rrset, &verdict(place, rrset)?, answer.transport))).collect()
}

/// Whether `rrset` says that it was made from a wildcard: a signature of fewer labels than the owner has.
fn is_expanded(rrset: &Rrset<'_>) -> bool {
    let labels = |record| Rrsig::read(rrset.message.rdata(record)).map(|rrsig| rrsig.labels);
    rrset.rrsigs.iter().any(|record| labels(record).is_ok_and(|labels| labels < rrset.owner.rrsig_label_count()))
}

/// What stands in the authority section to prove that something does not exist.
fn is_proof(rrset: &Rrset<'_>) -> bool {
    matches!(rrset.rtype, RrType::SOA | RrType::NSEC | RrType::NSEC3)
}

/// Whether `rrset` must be signed by the zone. A CNAME may lead out of it, upward, sideways, or into a child zone on the same server.
fn belongs_to_zone(rrset: &Rrset<'_>, plan: &Plan) -> bool {
    let has_records = !rrset.records.is_empty() && rrset.class == Class::IN;
    has_records
        && rrset.owner.is_within(&plan.zone)
        && (rrset.owner == plan.name() || !is_signed_by_child(rrset, &plan.zone))
}

fn is_signed_by_child(rrset: &Rrset<'_>, zone: &Name) -> bool {
    let signers = rrset.rrsigs.iter().map(|record| Rrsig::read(rrset.message.rdata(record)).map(|rrsig| rrsig.signer));
    let is_child = |signer: Name| signer != *zone && signer.is_within(zone) && rrset.owner.is_within(&signer);
    !rrset.rrsigs.is_empty() && signers.into_iter().all(|signer| signer.is_ok_and(is_child))
}

/// `None` for a CNAME that a DNAME of the same answer makes: it has no signature, and the DNAME is judged beside it.
fn verdict(
    rrset: &Rrset<'_>,
    of_message: &[Rrset<'_>],
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> Option<Verdict> {
    match synthesised_by(rrset, of_message) {
        Some(dname) if is_made_by(rrset, dname) => None,
        Some(_) => Some(Verdict::invalid(Reason::DnameMismatch)),
        None => Some(dnssec::judge(rrset, keys, at, budget)),
    }
}

fn report(plan: &Plan, rrset: &Rrset<'_>, verdict: &Verdict, transport: Transport) -> RrsetReport {
    let (held, reason) = match held(&verdict.judgement) {
        // Past a CNAME, unsigned data may lie in a child zone that is insecure: that takes a proof to tell.
        (Held::Invalid, Some(Reason::RrsigsMissing)) if rrset.owner != plan.name() && *rrset.owner != plan.zone => {
            (Held::Undecided, Some(Reason::RrsigsMissing))
        }
        told => told,
    };
    RrsetReport {
        owner: rrset.owner.clone(),
        rtype: rrset.rtype,
        transport,
        records: rrset.records.len(),
        held,
        reason,
        expiration: verdict.expiration,
        wildcard: wildcard(verdict),
        rrsigs: rrsig_reports(rrset.rtype, verdict).collect(),
    }
}

/// The DNAME that an unsigned CNAME was made from (RFC 6672 section 5.3.1).
fn synthesised_by<'r, 'm>(rrset: &Rrset<'_>, of_message: &'r [Rrset<'m>]) -> Option<&'r Rrset<'m>> {
    let may_be = rrset.rtype == RrType::CNAME && rrset.rrsigs.is_empty();
    let above = |dname: &&Rrset<'_>| {
        dname.rtype == RrType::DNAME && rrset.owner.is_within(dname.owner) && rrset.owner != dname.owner
    };
    of_message.iter().filter(|_| may_be).find(above)
}

/// RFC 6672 section 2.2: the DNAME's owner at the end of the name is replaced by its target.
fn is_made_by(cname: &Rrset<'_>, dname: &Rrset<'_>) -> bool {
    let target = |rrset: &Rrset<'_>| match rrset.records.as_slice() {
        [record] => answer::target(rrset.message, record),
        _ => None,
    };
    let made = target(dname).and_then(|target| cname.owner.with_suffix_replaced(dname.owner, &target));
    made.is_some() && made == target(cname)
}

fn held(judgement: &Judgement) -> (Held, Option<Reason>) {
    match judgement {
        Judgement::Valid(_) => (Held::Valid, None),
        Judgement::Invalid(reason) => (Held::Invalid, Some(*reason)),
        Judgement::Undecided(reason) => (Held::Undecided, Some(*reason)),
    }
}

fn wildcard(verdict: &Verdict) -> Option<Name> {
    match &verdict.judgement {
        Judgement::Valid(verified) => verified.wildcard().cloned(),
        Judgement::Invalid(_) | Judgement::Undecided(_) => None,
    }
}

/// A signature that cannot be read has no key to be shown under; it counts in the RRset's verdict.
fn rrsig_reports(type_covered: RrType, verdict: &Verdict) -> impl Iterator<Item = RrsigReport> {
    verdict.signatures.iter().filter_map(move |JudgedSignature { fields, verdict }| {
        let fields = fields.as_ref()?;
        let held = match verdict {
            SignatureVerdict::Valid => Held::Valid,
            // RFC 5011 section 2.1 demands a revoked key's signature, and that it vouches for nothing but the revocation.
            SignatureVerdict::Undecided(_) | SignatureVerdict::Invalid(Reason::KeyRevoked) => Held::Undecided,
            SignatureVerdict::Invalid(_) => Held::Invalid,
        };
        Some(RrsigReport {
            type_covered,
            key_tag: fields.key_tag,
            algorithm: fields.algorithm,
            signer: fields.signer.clone(),
            inception: fields.inception,
            expiration: fields.expiration,
            held,
            reason: verdict.reason(),
        })
    })
}

/// Which of the findings the plan's policy holds against the server.
fn policy_failures(plan: &Plan, answers: &[Standing<'_>], rrsets: &[RrsetReport], signed: bool) -> Vec<Failure> {
    let required = plan.dnssec == DnssecPolicy::Required;
    if !signed {
        let detail = "the zone shows neither DNSKEY nor RRSIG, and the policy is `required`";
        return required.then(|| Failure::new(Reason::RrsigsMissing, detail)).into_iter().collect();
    }
    let of_rrsets = rrsets.iter().filter_map(|rrset| match (rrset.held, rrset.reason) {
        (Held::Valid, _) | (_, None) => None,
        (Held::Invalid, Some(reason)) | (Held::Undecided, Some(reason @ Reason::ValidationLimitReached)) => {
            Some(Failure::new(reason, detail(rrset)))
        }
        (Held::Undecided, Some(reason)) => required.then(|| Failure::new(reason, detail(rrset))),
    });
    of_rrsets.chain(denial_failures(answers)).chain(wildcard_failures(answers, rrsets)).collect()
}

fn detail(rrset: &RrsetReport) -> String {
    let place = format!("{} {} over {}", rrset.owner, rrset.rtype, rrset.transport.as_str());
    let mut signatures: Vec<_> = rrset.rrsigs.iter().take(SIGNATURES_DESCRIBED).map(describe).collect();
    match rrset.rrsigs.len() - signatures.len() {
        0 => {}
        more => signatures.push(format!("and {more} more")),
    }
    if signatures.is_empty() { place } else { format!("{place}: {}", signatures.join("; ")) }
}

fn describe(rrsig: &RrsigReport) -> String {
    let RrsigReport { key_tag, algorithm, inception, expiration, .. } = rrsig;
    let verdict = rrsig.reason.map_or("valid", Reason::as_str);
    format!("RRSIG by key {key_tag} ({algorithm}), {inception} to {expiration}: {verdict}")
}

/// A signed zone proves that a name does not exist; the proof's own signatures are judged, its logic is not yet.
fn denial_failures(answers: &[Standing<'_>]) -> impl Iterator<Item = Failure> {
    answers.iter().filter(|answer| answer.answer == Answer::Nxdomain).map(|answer| {
        let is_proof = |rtype| matches!(rtype, RrType::NSEC | RrType::NSEC3);
        if answer.message.authority.iter().any(|record| is_proof(record.rtype)) {
            Failure::new(
                Reason::DenialUnverified,
                "NXDOMAIN in a signed zone: its NSEC proof is not verified by this version",
            )
        } else {
            Failure::new(Reason::NsecMissing, "NXDOMAIN in a signed zone without NSEC or NSEC3")
        }
    })
}

/// A wildcard's expansion needs the proof that nothing closer exists (RFC 4035 section 5.3.4). That there is one, and its
/// signatures, are judged; its logic is not yet.
fn wildcard_failures(answers: &[Standing<'_>], rrsets: &[RrsetReport]) -> Option<Failure> {
    let expanded = rrsets.iter().find(|rrset| rrset.wildcard.is_some())?;
    let has_proof = |answer: &Standing<'_>| {
        answer.message.authority.iter().any(|record| matches!(record.rtype, RrType::NSEC | RrType::NSEC3))
    };
    let detail = format!("{} {} was made from a wildcard, without NSEC or NSEC3", expanded.owner, expanded.rtype);
    (!answers.iter().all(has_proof)).then(|| Failure::new(Reason::NsecMissing, detail))
}

fn signatures_valid(plan: &Plan, answers: &[Standing<'_>], rrsets: &[RrsetReport], signed: bool) -> Option<bool> {
    if !signed {
        return (plan.dnssec == DnssecPolicy::Required).then_some(false);
    }
    if rrsets.iter().any(|rrset| rrset.held == Held::Invalid) {
        return Some(false);
    }
    let all_valid = rrsets.iter().all(|rrset| rrset.held == Held::Valid);
    (all_valid && !answers.is_empty() && !rrsets.is_empty()).then_some(true)
}

/// No trust anchor is configured yet, so nothing can be more than indeterminate (RFC 4033 section 5).
fn status(rrsets: &[RrsetReport]) -> SecurityStatus {
    let limited = rrsets.iter().any(|rrset| rrset.reason == Some(Reason::ValidationLimitReached));
    SecurityStatus::Indeterminate(if limited { Reason::ValidationLimitReached } else { Reason::NoTrustAnchor })
}

fn key_reports(keys: &Dnskeys, rrsets: &[RrsetReport]) -> Vec<KeyReport> {
    let signs = |key_tag, algorithm, dnskey: bool| {
        let of_kind = rrsets.iter().filter(|rrset| (rrset.rtype == RrType::DNSKEY) == dnskey);
        of_kind.flat_map(|rrset| &rrset.rrsigs).any(|rrsig| rrsig.key_tag == key_tag && rrsig.algorithm == algorithm)
    };
    let of_algorithm = |algorithm| keys.keys.iter().filter(move |key| key.algorithm == algorithm).count();
    let reports = keys.keys.iter().map(|key| {
        let (tag, algorithm) = (key.key_tag, key.algorithm);
        let is_sep = key.has(crate::dns::Dnskey::SECURE_ENTRY_POINT);
        // What a key does says more than its SEP bit, which is a hint (RFC 4034 section 2.1.1).
        let role = match (signs(tag, algorithm, true), signs(tag, algorithm, false)) {
            (true, true) => Role::Csk,
            (true, false) if of_algorithm(algorithm) == 1 => Role::Csk,
            (false, true) => Role::Zsk,
            _ if is_sep => Role::Ksk,
            _ => Role::Zsk,
        };
        KeyReport { key_tag: tag, algorithm, flags: key.flags, role, bits: key_bits(key) }
    });
    reports.collect()
}
