//! What an answer denies, and whether its proof holds (RFC 4035 section 5.4, RFC 5155 section 8).

use super::Judging;
use super::rrsets::JudgedRrset;
use crate::assess::answer::{Answer, Standing};
use crate::dns::{Name, RrType};
use crate::dnssec::{self, Denied, Proofs, Unproven};
use crate::plan::Purpose;
use crate::reason::Reason;
use crate::report::{DenialKind, DenialReport, Held};

/// Something that an answer says does not exist.
enum Claim<'a> {
    /// The name.
    Name(&'a Name),
    /// The type at the name.
    Type(&'a Name, RrType),
    /// Anything closer to the name than the wildcard that the answer was made from.
    Closer { name: &'a Name, wildcard: &'a Name },
}

/// Verifies each denial that `answer` takes; none where it denies nothing, as where a wildcard matches every name.
pub(super) fn judge(
    answer: &Standing<'_>,
    rrsets: &[JudgedRrset<'_>],
    judging: &mut Judging<'_>,
) -> Vec<DenialReport> {
    let zone = &judging.keys.zone;
    let verified: Vec<_> = rrsets.iter().filter_map(JudgedRrset::verified).collect();
    let mut claims: Vec<_> = verified
        .iter()
        .filter_map(|(rrset, verified)| {
            Some(Claim::Closer {
                name: rrset.owner,
                wildcard: verified.wildcard()?,
            })
        })
        .collect();
    let end_is_ours = answer.end.is_within(zone);
    match answer.answer {
        Answer::Nxdomain if end_is_ours => claims.push(Claim::Name(&answer.end)),
        Answer::Nodata if end_is_ours => {
            claims.push(Claim::Type(&answer.end, answer.question.rtype))
        }
        Answer::Nxdomain | Answer::Nodata | Answer::Positive | Answer::OtherRcode => {}
    }
    let proofs = Proofs::new(zone, verified.iter().copied());
    let undecided = rrsets.iter().filter_map(JudgedRrset::undecided_proof).min();
    let told = |claim: &Claim<'_>| {
        let proven =
            prove(claim, &proofs, judging).map_err(|unproven| could_not_tell(unproven, undecided));
        report(answer, claim, proven)
    };
    claims.iter().map(told).collect()
}

/// A proof that lacks a record may lack just the one whose signature could not be checked: unsupported is never bogus. What
/// verified records say is not undone by another.
fn could_not_tell(unproven: Unproven, undecided: Option<Reason>) -> Unproven {
    match undecided {
        Some(reason) if unproven.reason != Reason::DenialContradicted => {
            Unproven { reason, ..unproven }
        }
        Some(_) | None => unproven,
    }
}

fn prove(
    claim: &Claim<'_>,
    proofs: &Proofs,
    judging: &mut Judging<'_>,
) -> Result<Denied, Unproven> {
    let budget = &mut judging.budget;
    match claim {
        Claim::Name(name) => dnssec::nxdomain(proofs, name, budget),
        Claim::Type(name, rtype) => dnssec::nodata(proofs, name, *rtype, budget),
        Claim::Closer { name, wildcard } => dnssec::wildcard_answer(proofs, name, wildcard, budget),
    }
}

fn report(
    answer: &Standing<'_>,
    claim: &Claim<'_>,
    result: Result<Denied, Unproven>,
) -> DenialReport {
    let (kind, name, rtype) = match claim {
        Claim::Name(name) => (DenialKind::Nxdomain, *name, answer.question.rtype),
        Claim::Type(name, rtype) => (DenialKind::Nodata, *name, *rtype),
        Claim::Closer { name, .. } => (DenialKind::Wildcard, *name, answer.question.rtype),
    };
    // Whatever the zone answers to our own two questions, each stays one series.
    let kind = match answer.purpose {
        Purpose::AbsentName => DenialKind::Nxdomain,
        Purpose::AbsentType => DenialKind::Nodata,
        Purpose::Asked
        | Purpose::Dnskey
        | Purpose::Cds
        | Purpose::Cdnskey
        | Purpose::Ns
        | Purpose::Recursion
        | Purpose::Transfer => kind,
    };
    let (held, reason, missing) = match &result {
        Ok(_) => (Held::Valid, None, None),
        Err(Unproven {
            reason: reason @ (Reason::NsecMissing | Reason::DenialContradicted),
            what,
        }) => (Held::Invalid, Some(*reason), Some(*what)),
        Err(Unproven { reason, what }) => (Held::Undecided, Some(*reason), Some(*what)),
    };
    let proven = result.ok();
    DenialReport {
        purpose: answer.purpose,
        kind,
        name: name.clone(),
        rtype,
        transport: answer.transport,
        held,
        reason,
        missing,
        proof: proven.map(|denied| denied.kind.as_str()),
        opt_out: proven.is_some_and(|denied| denied.opt_out),
    }
}
