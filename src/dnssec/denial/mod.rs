//! Denial of existence: what the NSEC and NSEC3 records of a response prove (RFC 4035 section 5.4, RFC 5155 section 8,
//! RFC 6840 section 4, RFC 9824).
//!
//! Each kind of proof is one function here, in [`nsec`] and in [`nsec3`]. All of them hold for the records that the zone
//! itself signed, which [`Proofs::new`] sorts out first. What is proven, and by whom it would be believed, is all that is
//! said; whether it fits the rcode is the caller's to hold against it.

mod bitmap;
mod contradiction;
mod nsec;
mod nsec3;
mod proofs;
#[cfg(test)]
mod testing;

use super::budget::{Budget, nsec_search_cost};
use crate::dns::{Name, RrType};
use crate::reason::Reason;
pub use contradiction::{ExistingRrset, find_denial_of, find_inconsistency};
pub use proofs::Proofs;

/// What a proof shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProofKind {
    /// The name exists and has no data of the type.
    Nodata,
    /// The name does not exist, and no wildcard stands in for it.
    Nxdomain,
    /// The name has no data at all, and names below it exist.
    EmptyNonTerminal,
    /// The name does not exist, and the wildcard that the answer was made from is the closest to it.
    WildcardAnswer,
    /// The name does not exist, and the wildcard that stands in for it has no data of the type.
    WildcardNodata,
    /// The name is delegated and has no DS.
    InsecureDelegation,
}

impl ProofKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Nodata,
        Self::Nxdomain,
        Self::EmptyNonTerminal,
        Self::WildcardAnswer,
        Self::WildcardNodata,
        Self::InsecureDelegation,
    ];

    /// The word that stands in metrics, JSON and text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nodata => "nodata",
            Self::Nxdomain => "nxdomain",
            Self::EmptyNonTerminal => "empty_non_terminal",
            Self::WildcardAnswer => "wildcard_answer",
            Self::WildcardNodata => "wildcard_nodata",
            Self::InsecureDelegation => "insecure_delegation",
        }
    }
}

impl serde::Serialize for ProofKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A proof that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenialProof {
    /// What it shows.
    pub kind: ProofKind,
    /// It rests on an NSEC3 with the Opt-Out flag, so that what is denied may be an unsigned delegation: insecure, and
    /// never secure (RFC 5155 section 9.2).
    pub opt_out: bool,
    /// How much the NSEC3 covers that covers the name; absent in a proof by NSEC, or of a name that exists.
    pub span: Option<Nsec3Span>,
}

/// A part of the space of hashes, in 2^-64 of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec3Span(u64);

impl Nsec3Span {
    /// From 0 to 1. The NSEC3 that cover random names tell how many there are: their median is about 1.7 divided by that number.
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    pub fn ratio(self) -> f64 {
        self.0 as f64 / u64::MAX as f64
    }
}

impl DenialProof {
    const fn secure(kind: ProofKind) -> Self {
        Self {
            kind,
            opt_out: false,
            span: None,
        }
    }
}

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenialError {
    /// The reason that stands on every view.
    pub reason: Reason,
    /// What was sought, or found instead.
    pub detail: &'static str,
}

impl DenialError {
    const fn missing(detail: &'static str) -> Self {
        Self {
            reason: Reason::NsecMissing,
            detail,
        }
    }

    const fn contradicted(detail: &'static str) -> Self {
        Self {
            reason: Reason::DenialContradicted,
            detail,
        }
    }
}

/// What stands where there is no DS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DsAbsence {
    /// A delegation to a zone that is not signed, as far as the parent says.
    InsecureDelegation {
        /// Whether there is a delegation at all is not proven: the name lies where NSEC3 with Opt-Out leave such out.
        opt_out: bool,
    },
    /// No zone begins at the name.
    NotADelegation,
}

/// Whether `name` is proven not to exist, nor to be made from a wildcard (RFC 4035 section 3.1.3.2, RFC 5155 section 8.4).
///
/// The NXNAME of compact denial proves it by itself (RFC 9824 section 3.1).
pub fn prove_nxdomain(
    proofs: &Proofs,
    name: &Name,
    budget: &mut Budget,
) -> Result<DenialProof, DenialError> {
    first_proof(
        proofs,
        name,
        budget,
        || nsec::prove_nxdomain(proofs, name),
        |budget| nsec3::prove_nxdomain(proofs, name, budget),
    )
}

/// Whether `name` is proven to have no data of `rtype`: itself, as an empty non-terminal or by the wildcard that stands in
/// for it (RFC 4035 sections 3.1.3.1 and 3.1.3.4, RFC 5155 sections 8.5 to 8.7).
///
/// A name that compact denial marks as non-existent has no data either: its kind is [`ProofKind::Nxdomain`], although the
/// rcode is NOERROR (RFC 9824 section 3.1).
pub fn prove_nodata(
    proofs: &Proofs,
    name: &Name,
    rtype: RrType,
    budget: &mut Budget,
) -> Result<DenialProof, DenialError> {
    if rtype == RrType::DS && *name == proofs.zone && !name.is_root() {
        // RFC 4035 appendix B.8: this is what a child's server answers.
        return Err(DenialError::missing(
            "only the parent zone can deny the DS of a zone's apex",
        ));
    }
    let by_nsec3 = |budget: &mut Budget| nsec3::prove_nodata(proofs, name, rtype, budget);
    first_proof(
        proofs,
        name,
        budget,
        || nsec::prove_nodata(proofs, name, rtype),
        by_nsec3,
    )
}

/// Whether nothing is proven to exist that is closer to `name` than `wildcard`, from which an answer was made
/// (RFC 4035 section 5.3.4, RFC 5155 section 8.8).
pub fn prove_wildcard_answer(
    proofs: &Proofs,
    name: &Name,
    wildcard: &Name,
    budget: &mut Budget,
) -> Result<DenialProof, DenialError> {
    let encloser = wildcard
        .parent()
        .filter(|encloser| wildcard.is_wildcard() && name.is_within(encloser));
    let Some(encloser) =
        encloser.filter(|encloser| name != encloser && encloser.is_within(&proofs.zone))
    else {
        return Err(DenialError::contradicted(
            "the wildcard does not stand above the name",
        ));
    };
    first_proof(
        proofs,
        name,
        budget,
        || nsec::prove_wildcard_answer(proofs, name, &encloser),
        |budget| nsec3::prove_wildcard_answer(proofs, name, &encloser, budget),
    )
}

/// Whether the parent's zone proves that `name` has no DS, and what it is then (RFC 4035 section 5.2, RFC 5155
/// sections 8.6 and 8.9).
pub fn prove_no_ds(
    proofs: &Proofs,
    name: &Name,
    budget: &mut Budget,
) -> Result<DsAbsence, DenialError> {
    match prove_nodata(proofs, name, RrType::DS, budget) {
        Ok(DenialProof {
            kind: ProofKind::InsecureDelegation,
            opt_out,
            ..
        }) => Ok(DsAbsence::InsecureDelegation { opt_out }),
        // Whatever else is proven there, a delegation may stand where Opt-Out left it out.
        Ok(DenialProof { opt_out: true, .. }) => {
            Ok(DsAbsence::InsecureDelegation { opt_out: true })
        }
        Ok(DenialProof { opt_out: false, .. }) => Ok(DsAbsence::NotADelegation),
        // What does not exist is no delegation.
        Err(error) => match prove_nxdomain(proofs, name, budget) {
            Ok(DenialProof { opt_out: false, .. }) => Ok(DsAbsence::NotADelegation),
            Ok(DenialProof { opt_out: true, .. }) | Err(_) => Err(error),
        },
    }
}

/// A zone has NSEC or NSEC3, and while it changes over perhaps both: either may be the proof.
fn first_proof(
    proofs: &Proofs,
    name: &Name,
    budget: &mut Budget,
    by_nsec: impl FnOnce() -> Result<DenialProof, DenialError>,
    by_nsec3: impl FnOnce(&mut Budget) -> Result<DenialProof, DenialError>,
) -> Result<DenialProof, DenialError> {
    if !name.is_within(&proofs.zone) {
        return Err(DenialError::missing(
            "the name does not lie in the zone that signed the records",
        ));
    }
    // An answer may deny as much as it holds NSEC, and come many times over; it is verified once.
    if !budget.spend(nsec_search_cost(proofs.nsecs.len(), name.labels().count())) {
        let detail = "the NSEC ask for more comparisons than the budget allows";
        return Err(DenialError {
            reason: Reason::ValidationLimitReached,
            detail,
        });
    }
    match (proofs.nsecs.is_empty(), proofs.nsec3_chain.is_some()) {
        (true, false) => Err(DenialError::missing(
            "no NSEC or NSEC3 that the zone signed was given",
        )),
        (true, true) => by_nsec3(budget),
        (false, false) => by_nsec(),
        (false, true) => by_nsec().or_else(|nsec_error| {
            by_nsec3(budget).map_err(|nsec3_error| {
                if nsec_error.reason <= nsec3_error.reason {
                    nsec_error
                } else {
                    nsec3_error
                }
            })
        }),
    }
}
