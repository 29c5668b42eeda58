//! What an answer denies, and whether its proof holds (RFC 4035 section 5.4, RFC 5155 section 8).

use super::ValidationContext;
use super::rrsets::AssessedRrset;
use crate::assess::answer::{AcceptedAnswer, AnswerKind};
use crate::dns::{Name, RrType};
use crate::dnssec::{self, DenialError, DenialProof, Proofs};
use crate::plan::Purpose;
use crate::reason::Reason;
use crate::report::{DenialKind, DenialReport, Validity};

/// Something that an answer says does not exist.
enum DenialClaim<'a> {
    /// The name.
    Name(&'a Name),
    /// The type at the name.
    Type(&'a Name, RrType),
    /// Anything closer to the name than the wildcard that the answer was made from.
    CloserName { name: &'a Name, wildcard: &'a Name },
}

/// Verifies each denial that `answer` takes; none where it denies nothing, as where a wildcard matches every name.
pub(super) fn validate_denials(
    answer: &AcceptedAnswer<'_>,
    rrsets: &[AssessedRrset<'_>],
    context: &mut ValidationContext<'_>,
) -> Vec<DenialReport> {
    let zone = &context.keys.zone;
    let verified_rrsets: Vec<_> = rrsets.iter().filter_map(AssessedRrset::verified).collect();
    let mut claims: Vec<_> = verified_rrsets
        .iter()
        .filter_map(|(rrset, verified)| {
            Some(DenialClaim::CloserName {
                name: rrset.owner,
                wildcard: verified.wildcard()?,
            })
        })
        .collect();
    let is_in_zone = answer.final_name.is_within(zone);
    match answer.kind {
        AnswerKind::Nxdomain if is_in_zone => claims.push(DenialClaim::Name(&answer.final_name)),
        AnswerKind::Nodata if is_in_zone => {
            claims.push(DenialClaim::Type(&answer.final_name, answer.question.rtype));
        }
        AnswerKind::Nxdomain
        | AnswerKind::Nodata
        | AnswerKind::Positive
        | AnswerKind::OtherRcode => {}
    }
    let proofs = Proofs::new(zone, verified_rrsets.iter().copied());
    let to_report = |claim: &DenialClaim<'_>| {
        let result =
            prove(claim, &proofs, context).map_err(|error| FailedProof::new(error, rrsets));
        denial_report(answer, claim, result, &context.keys.zone)
    };
    claims.iter().map(to_report).collect()
}

/// Why a proof does not hold, or could not be checked.
struct FailedProof {
    validity: Validity,
    reason: Reason,
    detail: &'static str,
}

impl FailedProof {
    /// A proof that lacks a record may lack just the one whose signature could not be checked: unsupported is never bogus. If it
    /// lacks one whose signature does not verify, that is the reason. What verified records say is not undone by another.
    fn new(error: DenialError, rrsets: &[AssessedRrset<'_>]) -> Self {
        let undecided = rrsets
            .iter()
            .filter_map(AssessedRrset::undecided_proof)
            .min();
        let invalid = rrsets.iter().filter_map(AssessedRrset::invalid_proof).min();
        let DenialError { reason, detail } = error;
        let (validity, reason) = match (reason, undecided, invalid) {
            (Reason::DenialContradicted, _, _) => (Validity::Invalid, reason),
            (_, Some(undecided), _) => (Validity::Undecided, undecided),
            (Reason::NsecMissing, None, invalid) => (Validity::Invalid, invalid.unwrap_or(reason)),
            (_, None, _) => (Validity::Undecided, reason),
        };
        Self {
            validity,
            reason,
            detail,
        }
    }
}

fn prove(
    claim: &DenialClaim<'_>,
    proofs: &Proofs,
    context: &mut ValidationContext<'_>,
) -> Result<DenialProof, DenialError> {
    let budget = &mut context.budget;
    match claim {
        DenialClaim::Name(name) => dnssec::prove_nxdomain(proofs, name, budget),
        DenialClaim::Type(name, rtype) => dnssec::prove_nodata(proofs, name, *rtype, budget),
        DenialClaim::CloserName { name, wildcard } => {
            dnssec::prove_wildcard_answer(proofs, name, wildcard, budget)
        }
    }
}

fn denial_report(
    answer: &AcceptedAnswer<'_>,
    claim: &DenialClaim<'_>,
    result: Result<DenialProof, FailedProof>,
    zone: &Name,
) -> DenialReport {
    let (kind, name, rtype) = match claim {
        DenialClaim::Name(name) => (DenialKind::Nxdomain, *name, answer.question.rtype),
        DenialClaim::Type(name, rtype) => (DenialKind::Nodata, *name, *rtype),
        DenialClaim::CloserName { name, .. } => {
            (DenialKind::Wildcard, *name, answer.question.rtype)
        }
    };
    // Whatever the zone answers to our own two questions, each stays one series.
    let kind = match answer.purpose {
        Purpose::AbsentName => DenialKind::Nxdomain,
        Purpose::AbsentType => DenialKind::Nodata,
        Purpose::Asked
        | Purpose::Dnskey
        | Purpose::Cds
        | Purpose::Cdnskey
        | Purpose::ZoneCut
        | Purpose::Ns
        | Purpose::ListedName
        | Purpose::UsualName
        | Purpose::Recursion
        | Purpose::Transfer => kind,
    };
    let (validity, reason, missing) = match &result {
        Ok(_) => (Validity::Valid, None, None),
        Err(failed) => (failed.validity, Some(failed.reason), Some(failed.detail)),
    };
    let proof = result.ok();
    DenialReport {
        purpose: answer.purpose,
        kind,
        name: name.clone(),
        rtype,
        transport: answer.transport,
        zone_version: answer.zone_version(zone),
        held: validity,
        reason,
        missing,
        proof: proof.map(|proof| proof.kind.as_str()),
        opt_out: proof.is_some_and(|proof| proof.opt_out),
    }
}
