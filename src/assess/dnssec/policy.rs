//! Which findings the policy holds against the server.

use crate::assess::answer::AcceptedAnswer;
use crate::config::DnssecPolicy;
use crate::dns::{Name, Serial, Transport};
use crate::dnssec::{DnskeyValidation, SecurityStatus};
use crate::plan::TargetPlan;
use crate::reason::{Failure, Reason};
use crate::report::{DenialReport, RrsetReport, RrsigReport, Validity};

/// Signatures that a failure's detail describes: a server must not decide how long our lines are.
const MAX_SIGNATURES_DESCRIBED: usize = 8;

/// Which of the findings the plan's policy holds against the server.
pub(super) fn failures(
    plan: &TargetPlan,
    rrsets: &[RrsetReport],
    denials: &[DenialReport],
    signed: bool,
) -> Vec<Failure> {
    let required = plan.dnssec == DnssecPolicy::Required;
    let counts = |validity, reason| match validity {
        Validity::Valid => false,
        Validity::Invalid => true,
        Validity::Undecided => required || reason == Reason::ValidationLimitReached,
    };
    let mut failures = Vec::new();
    if required && !signed {
        let detail = "the zone shows neither DNSKEY nor RRSIG, and the policy is `required`";
        failures.push(Failure::new(Reason::RrsigsMissing, detail));
    }
    for rrset in rrsets {
        if let Some(reason) = rrset.reason.filter(|&reason| counts(rrset.held, reason)) {
            failures.push(Failure::new(reason, rrset_detail(rrset)));
        }
    }
    for denial in denials {
        if let Some(reason) = denial.reason.filter(|&reason| counts(denial.held, reason)) {
            failures.push(Failure::new(reason, denial_detail(denial)));
        }
    }
    failures
}

/// What makes the data bogus stands among the failures already; what makes the keys bogus does not, nor that a server has
/// so many for one DS that it cannot be told. What the chain could not tell is not the server's doing.
pub(super) fn key_failure(
    zone: &Name,
    key_validation: Option<&DnskeyValidation>,
    status: SecurityStatus,
    known_failures: &[Failure],
) -> Option<Failure> {
    let is_of_keys =
        key_validation.is_some_and(|key_validation| !key_validation.matched.is_empty());
    let reason = match status {
        SecurityStatus::Bogus(reason) => reason,
        SecurityStatus::Indeterminate(reason @ Reason::ValidationLimitReached) if is_of_keys => {
            reason
        }
        SecurityStatus::Secure | SecurityStatus::Insecure(_) | SecurityStatus::Indeterminate(_) => {
            return None;
        }
    };
    let is_known = known_failures
        .iter()
        .any(|failure| failure.reason == reason);
    let detail = format!("{zone} DNSKEY, held against the trust anchors or the DS RRset");
    (!is_known).then(|| Failure::new(reason, detail))
}

fn denial_detail(denial: &DenialReport) -> String {
    let DenialReport {
        name,
        rtype,
        transport,
        zone_version,
        missing,
        ..
    } = denial;
    let source = source_text(*transport, *zone_version);
    format!("{name} {rtype} {source}: {}", missing.unwrap_or_default())
}

fn rrset_detail(rrset: &RrsetReport) -> String {
    let source = source_text(rrset.transport, rrset.zone_version);
    let subject = format!("{} {} {source}", rrset.owner, rrset.rtype);
    let mut signatures: Vec<_> = rrset
        .rrsigs
        .iter()
        .take(MAX_SIGNATURES_DESCRIBED)
        .map(describe_rrsig)
        .collect();
    match rrset.rrsigs.len() - signatures.len() {
        0 => {}
        more => signatures.push(format!("and {more} more")),
    }
    if signatures.is_empty() {
        subject
    } else {
        format!("{subject}: {}", signatures.join("; "))
    }
}

/// What an answer came over, and of which version of the zone it is.
fn source_text(transport: Transport, zone_version: Option<Serial>) -> String {
    let version = zone_version.map(|serial| format!(" from serial {serial}"));
    format!("over {}{}", transport.as_str(), version.unwrap_or_default())
}

fn describe_rrsig(rrsig: &RrsigReport) -> String {
    let RrsigReport {
        key_tag,
        algorithm,
        inception,
        expiration,
        ..
    } = rrsig;
    let verdict = rrsig.reason.map_or("valid", Reason::as_str);
    format!("RRSIG by key {key_tag} ({algorithm}), {inception} to {expiration}: {verdict}")
}

pub(super) fn signatures_valid(
    plan: &TargetPlan,
    answers: &[AcceptedAnswer<'_>],
    rrsets: &[RrsetReport],
    signed: bool,
) -> Option<bool> {
    if !signed {
        return (plan.dnssec == DnssecPolicy::Required).then_some(false);
    }
    if rrsets.iter().any(|rrset| rrset.held == Validity::Invalid) {
        return Some(false);
    }
    let all_valid = rrsets.iter().all(|rrset| rrset.held == Validity::Valid);
    (all_valid && !answers.is_empty() && !rrsets.is_empty()).then_some(true)
}
