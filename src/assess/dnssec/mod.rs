//! What DNSSEC makes of one address's answers: the RRsets against the keys that it serves, its proofs of non-existence,
//! and its keys against what the parent or a trust anchor says.

mod denial;
mod keys;
mod policy;
mod rrsets;

use super::answer::{AcceptedAnswer, AnswerKind};
use crate::dns::{Name, RrType, Rrset, Section, Timestamp};
use crate::dnssec::{
    Budget, ChainOutcome, DnskeyValidation, Dnskeys, SecurityStatus, validate_dnskeys,
};
use crate::plan::{Purpose, TargetPlan};
use crate::reason::{Failure, Reason};
use crate::report::{DenialReport, DnssecReport, RrsetReport, Validity};

/// What a judgement takes from one answer to the next.
struct ValidationContext<'k> {
    keys: &'k Dnskeys,
    at: Timestamp,
    budget: Budget,
}

/// One answer and what was held of it.
#[derive(Default)]
struct DnssecFindings {
    rrsets: Vec<RrsetReport>,
    denials: Vec<DenialReport>,
    /// Why the verdicts say nothing of what was asked for, if so.
    undecided: Option<Reason>,
}

/// Judges the answers by the keys, and the keys by what `delegation` says; without one no trust anchor leads to the zone.
/// `None` where the server did not say which keys the zone has, or gave no answer to judge.
pub(super) fn judge(
    plan: &TargetPlan,
    answers: &[AcceptedAnswer<'_>],
    delegation: Option<&ChainOutcome>,
    at: Timestamp,
    budget: Budget,
    failures: &mut Vec<Failure>,
) -> Option<DnssecReport> {
    let key_answer = answers
        .iter()
        .find(|answer| asks_for_dnskeys(answer, &plan.zone));
    let key_answer = key_answer.filter(|answer| answer.answer != AnswerKind::OtherRcode)?;
    let key_rrsets = Rrset::group(key_answer.message, Section::Answer);
    let (key_rrset, keys) = Dnskeys::find_in(&plan.zone, &key_rrsets);
    let mut judging = ValidationContext {
        keys: &keys,
        at,
        budget,
    };
    // The entry first: what the budget stops must not be what all else rests on.
    let entry = delegation.map(|delegation| enter(key_rrset, delegation, &mut judging));
    let findings = validate_answers(answers, &mut judging);
    let signed =
        !keys.keys.is_empty() || findings.rrsets.iter().any(|rrset| !rrset.rrsigs.is_empty());
    let DnssecFindings {
        rrsets,
        denials,
        undecided,
    } = if signed {
        findings
    } else {
        DnssecFindings::default()
    };
    let status = match status(entry.as_ref().map(|entry| &entry.status), &rrsets, &denials) {
        SecurityStatus::Secure => unanswered(answers, failures)
            .or(undecided)
            .map_or(SecurityStatus::Secure, SecurityStatus::Indeterminate),
        lower_status => lower_status,
    };
    let child = (status == SecurityStatus::Secure)
        .then(|| beyond_zone_cut(answers, &plan.zone))
        .flatten();
    let status = child.as_ref().map_or(status, |_| {
        SecurityStatus::Indeterminate(Reason::NoTrustAnchor)
    });
    failures.extend(policy::failures(plan, &rrsets, &denials, signed));
    failures.extend(policy::failure_of_entry(
        &plan.zone,
        entry.as_ref(),
        status,
        failures,
    ));
    let status_detail = child.or_else(|| match delegation? {
        ChainOutcome::Ended(end) => Some(end.detail.to_string()),
        ChainOutcome::Signed(_) => None,
    });
    Some(DnssecReport {
        signed,
        signatures_valid: policy::signatures_valid(plan, answers, &rrsets, signed),
        status,
        status_reason: status.reason(),
        status_detail,
        earliest_expiration: rrsets.iter().map(|rrset| rrset.expiration).min().flatten(),
        anchors: keys::anchor_reports(delegation, entry.as_ref()),
        rollover: keys::rollover(answers, &rrsets, delegation, &mut judging),
        keys: keys::key_reports(&keys, &rrsets),
        denials,
        rrsets,
    })
}

fn asks_for_dnskeys(answer: &AcceptedAnswer<'_>, zone: &Name) -> bool {
    answer.question.rtype == RrType::DNSKEY && answer.question.name == *zone
}

fn enter(
    key_rrset: Option<&Rrset<'_>>,
    delegation: &ChainOutcome,
    judging: &mut ValidationContext<'_>,
) -> DnskeyValidation {
    match delegation {
        ChainOutcome::Signed(anchors) => validate_dnskeys(
            key_rrset,
            judging.keys,
            anchors,
            judging.at,
            &mut judging.budget,
        ),
        ChainOutcome::Ended(end) => {
            let status = if end.insecure {
                SecurityStatus::Insecure(end.reason)
            } else {
                SecurityStatus::Indeterminate(end.reason)
            };
            DnskeyValidation {
                status,
                matched: Vec::new(),
                expiration: None,
            }
        }
    }
}

/// The keys' own answer is judged first and told where it came.
fn validate_answers(
    answers: &[AcceptedAnswer<'_>],
    judging: &mut ValidationContext<'_>,
) -> DnssecFindings {
    let zone = &judging.keys.zone;
    let mut order: Vec<_> = answers.iter().enumerate().collect();
    order.sort_by_key(|(_, answer)| !asks_for_dnskeys(answer, zone));
    let mut findings: Vec<_> = order
        .into_iter()
        .map(|(index, answer)| {
            let judged = rrsets::judge(answer, judging);
            let denials = denial::judge(answer, &judged, judging);
            let rrsets: Vec<_> = judged
                .iter()
                .map(|judged| judged.report(answer, zone))
                .collect();
            let undecided = unvalidated_reason(answer, &rrsets);
            (
                index,
                DnssecFindings {
                    rrsets,
                    denials,
                    undecided,
                },
            )
        })
        .collect();
    findings.sort_by_key(|(index, _)| *index);
    let mut all = DnssecFindings::default();
    for (
        _,
        DnssecFindings {
            rrsets,
            denials,
            undecided,
        },
    ) in findings
    {
        all.undecided = all.undecided.or(undecided);
        for rrset in rrsets {
            // Each negative answer brings the SOA again: what says nothing new is told once.
            if !all.rrsets.contains(&rrset) {
                all.rrsets.push(rrset);
            }
        }
        all.denials.extend(denials);
    }
    all
}

/// Keys that are secure say nothing of an answer that did not come: the status is open, for the reason why it did not.
fn unanswered(answers: &[AcceptedAnswer<'_>], failures: &[Failure]) -> Option<Reason> {
    let is_answered = answers
        .iter()
        .any(|answer| answer.purpose == Purpose::Asked);
    failures
        .iter()
        .map(|failure| failure.reason)
        .min()
        .filter(|_| !is_answered)
}

/// Nor do they of data that a zone below is said to sign: no chain is followed to it here, and nobody need tell the truth.
fn beyond_zone_cut(answers: &[AcceptedAnswer<'_>], zone: &Name) -> Option<String> {
    let mut asked = answers
        .iter()
        .filter(|answer| answer.purpose == Purpose::Asked);
    let found = asked.find_map(|answer| rrsets::find_in_child_zone(answer, zone))?;
    Some(format!(
        "{} {} is signed in the name of a zone below, to which no chain was followed",
        found.owner, found.rtype
    ))
}

/// Nor do they of one that nothing signs: an rcode that denies nothing, or RRSIG records alone (RFC 4035 section 2.2).
fn unvalidated_reason(answer: &AcceptedAnswer<'_>, rrsets: &[RrsetReport]) -> Option<Reason> {
    let reason = match answer.answer {
        AnswerKind::OtherRcode => Some(Reason::from_rcode(answer.message.rcode)),
        AnswerKind::Positive => {
            let name = &answer.question.name;
            let is_of_it = |rrset: &RrsetReport| {
                rrset.owner == *name || rrset.rtype == RrType::DNAME && name.is_within(&rrset.owner)
            };
            (!rrsets.iter().any(is_of_it)).then_some(Reason::RrsigsMissing)
        }
        // What is denied has its own verdict.
        AnswerKind::Nodata | AnswerKind::Nxdomain => None,
    };
    reason.filter(|_| answer.purpose == Purpose::Asked)
}

/// The security status of the answers (RFC 4035 section 4.3): that of the keys, lowered by what does not hold.
fn status(
    entry: Option<&SecurityStatus>,
    rrsets: &[RrsetReport],
    denials: &[DenialReport],
) -> SecurityStatus {
    let limited = rrsets
        .iter()
        .any(|rrset| rrset.reason == Some(Reason::ValidationLimitReached));
    match entry {
        None if limited => SecurityStatus::Indeterminate(Reason::ValidationLimitReached),
        None => SecurityStatus::Indeterminate(Reason::NoTrustAnchor),
        Some(SecurityStatus::Secure) => status_of_data(rrsets, denials),
        Some(lower) => *lower,
    }
}

fn status_of_data(rrsets: &[RrsetReport], denials: &[DenialReport]) -> SecurityStatus {
    let of_rrsets = rrsets
        .iter()
        .filter_map(|rrset| Some((rrset.held, rrset.reason?)));
    let of_denials = denials
        .iter()
        .filter_map(|denial| Some((denial.held, denial.reason?)));
    let lowering: Vec<_> = of_rrsets.chain(of_denials).collect();
    let worst = |validity| {
        lowering
            .iter()
            .filter(|(is, _)| *is == validity)
            .map(|(_, reason)| *reason)
            .min()
    };
    if let Some(reason) = worst(Validity::Invalid) {
        return SecurityStatus::Bogus(reason);
    }
    match worst(Validity::Undecided) {
        // RFC 9276 section 3.2.
        Some(reason @ Reason::UnsupportedNsec3Iterations) => SecurityStatus::Insecure(reason),
        Some(reason) => SecurityStatus::Indeterminate(reason),
        // RFC 5155 section 9.2: what an opt-out span covers may be an insecure delegation. Of a name that we made up
        // that says nothing about the zone.
        None if denials
            .iter()
            .any(|denial| denial.opt_out && denial.purpose == Purpose::Asked) =>
        {
            SecurityStatus::Insecure(Reason::OptOut)
        }
        None => SecurityStatus::Secure,
    }
}
