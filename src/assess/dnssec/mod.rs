//! What DNSSEC makes of one address's answers: the RRsets against the keys that it serves, its proofs of non-existence,
//! and its keys against what the parent or a trust anchor says.

mod algorithms;
mod contradictions;
mod denial;
mod keys;
mod policy;
mod rrsets;

use super::Problems;
use super::answer::{AcceptedAnswer, AnswerKind};
use super::zone_below::is_beside_zone;
use crate::dns::{Name, RrType, Rrset, Timestamp};
use crate::dnssec::{
    Budget, ChainOutcome, DnskeyValidation, Dnskeys, SecurityStatus, validate_dnskeys,
};
use crate::plan::{Purpose, TargetPlan};
use crate::reason::{Failure, Reason, Warning, WarningKind};
use crate::report::{DenialReport, DnssecReport, RrsetReport, Validity};
use rrsets::AssessedRrset;

/// What a judgement takes from one answer to the next.
struct ValidationContext<'k> {
    keys: &'k Dnskeys,
    /// The zone below to which the name asked for belongs, if the server has it.
    child_apex: Option<&'k Name>,
    at: Timestamp,
    budget: Budget,
}

/// What DNSSEC makes of the answers of one address.
pub(super) struct AssessedDnssec {
    pub(super) report: DnssecReport,
    /// For each answer, in their order, whether all of it verified; `None` where it could not be told.
    pub(super) valid_answers: Vec<Option<bool>>,
}

/// What is known before the answers are judged.
#[derive(Clone, Copy)]
pub(super) struct ValidationInput<'i> {
    /// What the parent's side says of the zone; without it no trust anchor leads to the zone.
    pub(super) chain_outcome: Option<&'i ChainOutcome>,
    /// The zone below to which the name asked for belongs, if the server has it.
    pub(super) child_apex: Option<&'i Name>,
    /// When the answers were there.
    pub(super) at: Timestamp,
}

/// One answer and what was held of it.
#[derive(Default)]
struct DnssecFindings {
    rrsets: Vec<RrsetReport>,
    denials: Vec<DenialReport>,
    warnings: Vec<Warning>,
    /// Where the proofs of all answers contradict the data or each other.
    contradictions: Vec<Failure>,
    /// For each answer, whether all of it verified.
    valid_answers: Vec<Option<bool>>,
    /// Why the verdicts say nothing of what was asked for, if so.
    undecided: Option<Reason>,
}

/// Judges the answers by the keys, and the keys by what the delegation says. `None` where the server did not say which keys the
/// zone has, or gave no answer to judge.
pub(super) fn assess_dnssec(
    plan: &TargetPlan,
    answers: &[AcceptedAnswer<'_>],
    input: ValidationInput<'_>,
    budget: Budget,
    problems: &mut Problems,
) -> Option<AssessedDnssec> {
    let chain_outcome = input.chain_outcome;
    let key_answer = find_key_answer(answers, &plan.zone)?;
    let (key_rrset, keys) = Dnskeys::find_in(&plan.zone, &key_answer.rrsets);
    let mut context = ValidationContext {
        keys: &keys,
        child_apex: input.child_apex,
        at: input.at,
        budget,
    };
    // The entry first: what the budget stops must not be what all else rests on.
    let key_validation =
        chain_outcome.map(|chain_outcome| assess_keys(key_rrset, chain_outcome, &mut context));
    let findings = validate_answers(answers, &mut context);
    let signed = is_signed(&keys, &findings.rrsets);
    let findings = if signed {
        findings
    } else {
        problems
            .warnings
            .extend(foreign_signatures(&findings.rrsets));
        DnssecFindings::default()
    };
    let key_status = key_validation.as_ref().map(|validation| validation.status);
    let status = status_of_answers(key_status, &findings, answers, &problems.failures);
    let child_zone = (status == SecurityStatus::Secure)
        .then(|| child_zone_detail(answers, &context))
        .flatten();
    let status = child_zone.as_ref().map_or(status, |_| {
        SecurityStatus::Indeterminate(Reason::NoTrustAnchor)
    });
    let DnssecFindings {
        rrsets,
        denials,
        warnings,
        contradictions,
        valid_answers,
        ..
    } = findings;
    problems.warnings.extend(warnings);
    problems
        .warnings
        .extend(algorithms::warnings(&keys, &rrsets, chain_outcome));
    let failures = &mut problems.failures;
    failures.extend(policy::failures(plan, &rrsets, &denials, signed));
    failures.extend(contradictions);
    failures.extend(policy::key_failure(
        &plan.zone,
        key_validation.as_ref(),
        status,
        failures,
    ));
    let status_detail = child_zone.or_else(|| chain_detail(chain_outcome?));
    let report = DnssecReport {
        signed,
        signatures_valid: policy::signatures_valid(plan, answers, &rrsets, signed),
        status,
        status_reason: status.reason(),
        status_detail,
        earliest_expiration: rrsets.iter().map(|rrset| rrset.expiration).min().flatten(),
        anchors: keys::anchor_reports(chain_outcome, key_validation.as_ref()),
        rollover: keys::assess_rollover(answers, &rrsets, chain_outcome, &mut context),
        keys: keys::key_reports(&keys, &rrsets),
        denials,
        rrsets,
    };
    Some(AssessedDnssec {
        report,
        valid_answers,
    })
}

/// Whether the zone shows a key, or a signature of its own: one in the name of another zone says nothing of this one.
fn is_signed(keys: &Dnskeys, rrsets: &[RrsetReport]) -> bool {
    let mut rrsigs = rrsets.iter().flat_map(|rrset| &rrset.rrsigs);
    !keys.keys.is_empty() || rrsigs.any(|rrsig| rrsig.signer == keys.zone)
}

/// The signatures that an unsigned zone answers with.
fn foreign_signatures(rrsets: &[RrsetReport]) -> impl Iterator<Item = Warning> {
    rrsets.iter().filter_map(|rrset| {
        let signer = &rrset.rrsigs.first()?.signer;
        let detail = format!("{} {}: signed by {signer}", rrset.owner, rrset.rtype);
        Some(Warning::new(WarningKind::ForeignSignature, detail))
    })
}

/// The answer with the keys that the server has for the zone.
fn find_key_answer<'a, 'e>(
    answers: &'a [AcceptedAnswer<'e>],
    zone: &Name,
) -> Option<&'a AcceptedAnswer<'e>> {
    let key_answer = answers.iter().find(|answer| asks_for_dnskeys(answer, zone));
    // Keys that cannot all be read are no ground to judge other answers.
    key_answer.filter(|answer| answer.kind != AnswerKind::OtherRcode && !answer.faulty)
}

fn asks_for_dnskeys(answer: &AcceptedAnswer<'_>, zone: &Name) -> bool {
    answer.question.rtype == RrType::DNSKEY && answer.question.name == *zone
}

fn assess_keys(
    key_rrset: Option<&Rrset<'_>>,
    chain_outcome: &ChainOutcome,
    context: &mut ValidationContext<'_>,
) -> DnskeyValidation {
    match chain_outcome {
        ChainOutcome::Signed(anchors) => validate_dnskeys(
            key_rrset,
            context.keys,
            anchors,
            context.at,
            &mut context.budget,
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
    context: &mut ValidationContext<'_>,
) -> DnssecFindings {
    let zone = &context.keys.zone;
    let mut order: Vec<_> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| !is_beside_zone(answer, zone))
        .collect();
    order.sort_by_key(|(_, answer)| !asks_for_dnskeys(answer, zone));
    let mut judged: Vec<_> = order
        .into_iter()
        .map(|(index, answer)| {
            let assessed = rrsets::validate_rrsets(answer, context);
            let findings = answer_findings(answer, &assessed, context);
            (index, answer, assessed, findings)
        })
        .collect();
    judged.sort_by_key(|(index, ..)| *index);
    let judged_answers: Vec<_> = judged
        .iter()
        .map(|(_, answer, assessed, _)| (*answer, assessed.as_slice()))
        .collect();
    let mut all = DnssecFindings {
        contradictions: contradictions::find_contradictions(&judged_answers, context),
        valid_answers: vec![None; answers.len()],
        ..DnssecFindings::default()
    };
    for (index, .., findings) in judged {
        if let Some(valid) = all.valid_answers.get_mut(index) {
            *valid = findings.is_valid();
        }
        all.undecided = all.undecided.or(findings.undecided);
        for rrset in findings.rrsets {
            // Each negative answer brings the SOA again: what says nothing new is told once.
            if !all.rrsets.contains(&rrset) {
                all.rrsets.push(rrset);
            }
        }
        all.denials.extend(findings.denials);
        all.warnings.extend(findings.warnings);
    }
    all
}

/// What one answer shows by itself.
fn answer_findings(
    answer: &AcceptedAnswer<'_>,
    assessed: &[AssessedRrset<'_>],
    context: &mut ValidationContext<'_>,
) -> DnssecFindings {
    let denials = denial::validate_denials(answer, assessed, context);
    let rrsets: Vec<_> = assessed
        .iter()
        .filter(|rrset| rrset.counts())
        .map(|rrset| rrset.report(answer, &context.keys.zone))
        .filter(|rrset| !is_beyond_alias_of_name(answer, rrset))
        .collect();
    let warnings = assessed.iter().filter_map(|rrset| rrset.warning(answer));
    DnssecFindings {
        undecided: unvalidated_reason(answer, &rrsets, context),
        rrsets,
        denials,
        warnings: warnings.collect(),
        ..DnssecFindings::default()
    }
}

impl DnssecFindings {
    /// Whether all RRsets of one answer verified, and what proves that something is not there; `None` if it could not be told.
    fn is_valid(&self) -> Option<bool> {
        let of_rrsets = self.rrsets.iter().map(|rrset| rrset.held);
        let of_denials = self.denials.iter().map(|denial| denial.held);
        let validities: Vec<_> = of_rrsets.chain(of_denials).collect();
        let is_decided = !validities.is_empty() && !validities.contains(&Validity::Undecided);
        if validities.contains(&Validity::Invalid) {
            Some(false)
        } else {
            is_decided.then_some(true)
        }
    }
}

/// Past an alias of one of many names, unsigned data may lie in a zone below, which says nothing about this one.
fn is_beyond_alias_of_name(answer: &AcceptedAnswer<'_>, rrset: &RrsetReport) -> bool {
    answer.purpose.is_name()
        && rrset.held == Validity::Undecided
        && rrset.reason == Some(Reason::RrsigsMissing)
}

/// The security status of the findings, which is open where the question of the request has no answer that they are about.
fn status_of_answers(
    key_status: Option<SecurityStatus>,
    findings: &DnssecFindings,
    answers: &[AcceptedAnswer<'_>],
    failures: &[Failure],
) -> SecurityStatus {
    match security_status(key_status, &findings.rrsets, &findings.denials) {
        SecurityStatus::Secure => unanswered_reason(answers, failures)
            .or(findings.undecided)
            .map_or(SecurityStatus::Secure, SecurityStatus::Indeterminate),
        lower => lower,
    }
}

/// Why the chain from the trust anchor ended, if it did.
fn chain_detail(chain_outcome: &ChainOutcome) -> Option<String> {
    match chain_outcome {
        ChainOutcome::Ended(end) => Some(end.detail.to_string()),
        ChainOutcome::Signed(_) => None,
    }
}

/// Keys that are secure say nothing of an answer that did not come: the status is open, for the reason why it did not.
fn unanswered_reason(answers: &[AcceptedAnswer<'_>], failures: &[Failure]) -> Option<Reason> {
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
fn child_zone_detail(
    answers: &[AcceptedAnswer<'_>],
    context: &ValidationContext<'_>,
) -> Option<String> {
    let mut of_request = answers
        .iter()
        .filter(|answer| answer.purpose == Purpose::Asked);
    let found = of_request.find_map(|answer| find_in_child_zone(answer, context))?;
    Some(format!(
        "{} {} belongs to a zone below, to which no chain was followed",
        found.owner, found.rtype
    ))
}

fn find_in_child_zone<'a, 'm>(
    answer: &'a AcceptedAnswer<'m>,
    context: &ValidationContext<'_>,
) -> Option<&'a Rrset<'m>> {
    rrsets::find_in_child_zone(answer, &context.keys.zone, context.child_apex)
}

/// Nor do they of one that nothing signs: an rcode that denies nothing, or RRSIG records alone (RFC 4035 section 2.2).
fn unvalidated_reason(
    answer: &AcceptedAnswer<'_>,
    rrsets: &[RrsetReport],
    context: &ValidationContext<'_>,
) -> Option<Reason> {
    let reason = match answer.kind {
        AnswerKind::OtherRcode => Some(Reason::from_rcode(answer.message.rcode)),
        AnswerKind::Positive => {
            let name = &answer.question.name;
            let is_asked_for = |rrset: &RrsetReport| {
                rrset.owner == *name || rrset.rtype == RrType::DNAME && name.is_within(&rrset.owner)
            };
            let is_unsigned = !rrsets.iter().any(is_asked_for);
            // What a zone below must sign is told apart.
            (is_unsigned && find_in_child_zone(answer, context).is_none())
                .then_some(Reason::RrsigsMissing)
        }
        // What is denied has its own verdict.
        AnswerKind::Nodata | AnswerKind::Nxdomain => None,
    };
    reason.filter(|_| answer.purpose == Purpose::Asked)
}

/// The security status of the answers (RFC 4035 section 4.3): that of the keys, lowered by what does not hold.
fn security_status(
    key_status: Option<SecurityStatus>,
    rrsets: &[RrsetReport],
    denials: &[DenialReport],
) -> SecurityStatus {
    let is_limited = rrsets
        .iter()
        .any(|rrset| rrset.reason == Some(Reason::ValidationLimitReached));
    match key_status {
        None if is_limited => SecurityStatus::Indeterminate(Reason::ValidationLimitReached),
        None => SecurityStatus::Indeterminate(Reason::NoTrustAnchor),
        Some(SecurityStatus::Secure) => data_status(rrsets, denials),
        Some(lower) => lower,
    }
}

fn data_status(rrsets: &[RrsetReport], denials: &[DenialReport]) -> SecurityStatus {
    let of_rrsets = rrsets
        .iter()
        .filter_map(|rrset| Some((rrset.held, rrset.reason?)));
    let of_denials = denials
        .iter()
        .filter_map(|denial| Some((denial.held, denial.reason?)));
    let reasons: Vec<_> = of_rrsets.chain(of_denials).collect();
    let worst = |validity| {
        reasons
            .iter()
            .filter(|(found_validity, _)| *found_validity == validity)
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
