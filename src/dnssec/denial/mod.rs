//! Denial of existence: what the NSEC and NSEC3 records of a response prove (RFC 4035 section 5.4, RFC 5155 section 8,
//! RFC 6840 section 4, RFC 9824).
//!
//! Each kind of proof is one function here, in [`nsec`] and in [`nsec3`]. All of them hold for the records that the zone
//! itself signed, which [`Proofs::new`] sorts out first. What is proven, and by whom it would be believed, is all that is
//! said; whether it fits the rcode is the caller's to hold against it.

mod nsec;
mod nsec3;
mod proofs;
#[cfg(test)]
mod testing;

use super::budget::{Budget, nsec_search_cost};
use crate::dns::{Name, RrType, TypeBitmap};
use crate::reason::Reason;
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
pub struct Denied {
    /// What it shows.
    pub kind: ProofKind,
    /// It rests on an NSEC3 with the Opt-Out flag, so that what is denied may be an unsigned delegation: insecure, and
    /// never secure (RFC 5155 section 9.2).
    pub opt_out: bool,
}

impl Denied {
    const fn secure(kind: ProofKind) -> Self {
        Self {
            kind,
            opt_out: false,
        }
    }
}

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unproven {
    /// The reason that stands on every view.
    pub reason: Reason,
    /// What was sought, or found instead.
    pub what: &'static str,
}

impl Unproven {
    const fn missing(what: &'static str) -> Self {
        Self {
            reason: Reason::NsecMissing,
            what,
        }
    }

    const fn contradicted(what: &'static str) -> Self {
        Self {
            reason: Reason::DenialContradicted,
            what,
        }
    }
}

/// What stands where there is no DS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDs {
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
pub fn nxdomain(proofs: &Proofs, name: &Name, budget: &mut Budget) -> Result<Denied, Unproven> {
    first_proof(
        proofs,
        name,
        budget,
        || nsec::nxdomain(proofs, name),
        |budget| nsec3::nxdomain(proofs, name, budget),
    )
}

/// Whether `name` is proven to have no data of `rtype`: itself, as an empty non-terminal or by the wildcard that stands in
/// for it (RFC 4035 sections 3.1.3.1 and 3.1.3.4, RFC 5155 sections 8.5 to 8.7).
///
/// A name that compact denial marks as non-existent has no data either: its kind is [`ProofKind::Nxdomain`], although the
/// rcode is NOERROR (RFC 9824 section 3.1).
pub fn nodata(
    proofs: &Proofs,
    name: &Name,
    rtype: RrType,
    budget: &mut Budget,
) -> Result<Denied, Unproven> {
    if rtype == RrType::DS && *name == proofs.zone && !name.is_root() {
        // RFC 4035 appendix B.8: this is what a child's server answers.
        return Err(Unproven::missing(
            "only the parent zone can deny the DS of a zone's apex",
        ));
    }
    let by_nsec3 = |budget: &mut Budget| nsec3::nodata(proofs, name, rtype, budget);
    first_proof(
        proofs,
        name,
        budget,
        || nsec::nodata(proofs, name, rtype),
        by_nsec3,
    )
}

/// Whether nothing is proven to exist that is closer to `name` than `wildcard`, from which an answer was made
/// (RFC 4035 section 5.3.4, RFC 5155 section 8.8).
pub fn wildcard_answer(
    proofs: &Proofs,
    name: &Name,
    wildcard: &Name,
    budget: &mut Budget,
) -> Result<Denied, Unproven> {
    let encloser = wildcard
        .parent()
        .filter(|encloser| wildcard.is_wildcard() && name.is_within(encloser));
    let Some(encloser) =
        encloser.filter(|encloser| name != encloser && encloser.is_within(&proofs.zone))
    else {
        return Err(Unproven::contradicted(
            "the wildcard does not stand above the name",
        ));
    };
    first_proof(
        proofs,
        name,
        budget,
        || nsec::wildcard_answer(proofs, name, &encloser),
        |budget| nsec3::wildcard_answer(proofs, name, &encloser, budget),
    )
}

/// Whether the parent's zone proves that `name` has no DS, and what it is then (RFC 4035 section 5.2, RFC 5155
/// sections 8.6 and 8.9).
pub fn no_ds(proofs: &Proofs, name: &Name, budget: &mut Budget) -> Result<NoDs, Unproven> {
    match nodata(proofs, name, RrType::DS, budget) {
        Ok(Denied {
            kind: ProofKind::InsecureDelegation,
            opt_out,
        }) => Ok(NoDs::InsecureDelegation { opt_out }),
        // Whatever else is proven there, a delegation may stand where Opt-Out left it out.
        Ok(Denied { opt_out: true, .. }) => Ok(NoDs::InsecureDelegation { opt_out: true }),
        Ok(Denied { opt_out: false, .. }) => Ok(NoDs::NotADelegation),
        // What does not exist is no delegation.
        Err(unproven) => match nxdomain(proofs, name, budget) {
            Ok(Denied { opt_out: false, .. }) => Ok(NoDs::NotADelegation),
            Ok(Denied { opt_out: true, .. }) | Err(_) => Err(unproven),
        },
    }
}

/// A zone has NSEC or NSEC3, and while it changes over perhaps both: either may be the proof.
fn first_proof(
    proofs: &Proofs,
    name: &Name,
    budget: &mut Budget,
    by_nsec: impl FnOnce() -> Result<Denied, Unproven>,
    by_nsec3: impl FnOnce(&mut Budget) -> Result<Denied, Unproven>,
) -> Result<Denied, Unproven> {
    if !name.is_within(&proofs.zone) {
        return Err(Unproven::missing(
            "the name does not lie in the zone that signed the records",
        ));
    }
    // An answer may deny as much as it holds NSEC, and come many times over; it is verified once.
    if !budget.spend(nsec_search_cost(proofs.nsecs.len(), name.labels().count())) {
        let what = "the NSEC ask for more comparisons than the budget allows";
        return Err(Unproven {
            reason: Reason::ValidationLimitReached,
            what,
        });
    }
    match (proofs.nsecs.is_empty(), proofs.nsec3.is_some()) {
        (true, false) => Err(Unproven::missing(
            "no NSEC or NSEC3 that the zone signed was given",
        )),
        (true, true) => by_nsec3(budget),
        (false, false) => by_nsec(),
        (false, true) => by_nsec().or_else(|of_nsec| {
            by_nsec3(budget).map_err(|of_nsec3| {
                if of_nsec.reason <= of_nsec3.reason {
                    of_nsec
                } else {
                    of_nsec3
                }
            })
        }),
    }
}

/// What the NSEC or NSEC3 at a name itself says of `rtype` there.
///
/// RFC 4035 section 5.4, RFC 5155 sections 8.5 and 8.6, RFC 6840 sections 4.1 and 4.3, RFC 9824 section 3.
fn denied_at(name: &Name, types: &TypeBitmap, rtype: RrType) -> Result<ProofKind, Unproven> {
    if denies_the_name(types)? {
        return Ok(ProofKind::Nxdomain);
    }
    // The root has no parent that could hold its DS.
    if rtype == RrType::DS && types.contains(RrType::SOA) && !name.is_root() {
        return Err(Unproven::missing(
            "the record at the name is that of the child's apex, which does not hold the DS",
        ));
    }
    if rtype != RrType::DS && is_delegation(types) {
        return Err(Unproven::missing(
            "the record at the name is that of a delegation, which speaks for its DS alone",
        ));
    }
    if types.contains(rtype) {
        return Err(Unproven::contradicted(
            "the record at the name says that the type exists",
        ));
    }
    if types.contains(RrType::CNAME) {
        return Err(Unproven::contradicted(
            "the record at the name says that a CNAME exists",
        ));
    }
    if rtype == RrType::ANY && holds_data(types) {
        return Err(Unproven::contradicted(
            "the record at the name says that it has data",
        ));
    }
    Ok(match (types.is_empty(), is_delegation(types)) {
        (true, _) => ProofKind::EmptyNonTerminal,
        (false, true) => ProofKind::InsecureDelegation,
        (false, false) => ProofKind::Nodata,
    })
}

/// What the NSEC or NSEC3 at the wildcard that stands in for a name says of `rtype` there.
fn denied_at_wildcard(
    wildcard: &Name,
    types: &TypeBitmap,
    rtype: RrType,
) -> Result<ProofKind, Unproven> {
    // What a delegation at a wildcard means is not defined (RFC 4592 section 4.2).
    if is_delegation(types) {
        return Err(Unproven::missing(
            "the record at the wildcard is that of a delegation",
        ));
    }
    match denied_at(wildcard, types, rtype)? {
        ProofKind::Nxdomain => Err(Unproven::contradicted(
            "the record at the wildcard says that it does not exist",
        )),
        _ => Ok(ProofKind::WildcardNodata),
    }
}

/// Compact denial: NXNAME says that the name does not exist (RFC 9824 sections 3.1 and 4); beside data it makes no sense.
fn denies_the_name(types: &TypeBitmap) -> Result<bool, Unproven> {
    match (types.contains(RrType::NXNAME), holds_data(types)) {
        (false, _) => Ok(false),
        (true, false) => Ok(true),
        (true, true) => Err(Unproven::contradicted(
            "the record at the name says NXNAME and that it has data",
        )),
    }
}

fn holds_data(types: &TypeBitmap) -> bool {
    types
        .types()
        .any(|rtype| !matches!(rtype, RrType::RRSIG | RrType::NSEC | RrType::NXNAME))
}

/// A delegation as the parent sees it (RFC 6840 section 4.1).
fn is_delegation(types: &TypeBitmap) -> bool {
    types.contains(RrType::NS) && !types.contains(RrType::SOA)
}

/// Whether names below one with these `types` are none of the zone's: it delegates them, or a DNAME stands above them
/// (RFC 6840 section 4.1, RFC 5155 section 8.3).
fn ends_the_zone(types: &TypeBitmap) -> bool {
    is_delegation(types) || types.contains(RrType::DNAME)
}
