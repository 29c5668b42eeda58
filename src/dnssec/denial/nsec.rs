//! Proofs by NSEC (RFC 4035 section 5.4 as amended by RFC 6840 section 4). Minimally covering ones (RFC 4470) are not
//! told apart: what they cover is covered.

use super::bitmap::{denied_at, denied_at_wildcard, denies_the_name, ends_the_zone};
use super::proofs::{OwnedNsec, Proofs};
use super::{Denied, ProofKind, Unproven};
use crate::dns::{Name, RrType};

/// RFC 4035 section 3.1.3.2: one NSEC covers the name, one the wildcard that could stand in for it; or compact denial.
pub(super) fn nxdomain(proofs: &Proofs, name: &Name) -> Result<Denied, Unproven> {
    if let Some(nsec) = at(proofs, name) {
        let exists = Unproven::contradicted("an NSEC says that the name exists");
        return denies_the_name(&nsec.types)?
            .then_some(Denied::secure(ProofKind::Nxdomain))
            .ok_or(exists);
    }
    let encloser = closest_encloser(covering(proofs, name)?, name);
    let wildcard = wildcard_of(&encloser)?;
    match covering(proofs, &wildcard) {
        Ok(_) => Ok(Denied::secure(ProofKind::Nxdomain)),
        Err(unproven) if unproven == NOT_COVERED => Err(Unproven::missing(
            "no NSEC covers the wildcard at the closest encloser",
        )),
        Err(_) => Err(Unproven::contradicted(
            "an NSEC says that the wildcard at the closest encloser exists",
        )),
    }
}

/// RFC 4035 sections 3.1.3.1 and 3.1.3.4: the NSEC at the name, the NSEC that leads below the name, or the one that
/// covers it with the one at the wildcard.
pub(super) fn nodata(proofs: &Proofs, name: &Name, rtype: RrType) -> Result<Denied, Unproven> {
    if let Some(nsec) = at(proofs, name) {
        return denied_at(name, &nsec.types, rtype).map(Denied::secure);
    }
    if is_empty_non_terminal(proofs, name) {
        return Ok(Denied::secure(ProofKind::EmptyNonTerminal));
    }
    let encloser = closest_encloser(covering(proofs, name)?, name);
    let wildcard = wildcard_of(&encloser)?;
    if let Some(nsec) = at(proofs, &wildcard) {
        return denied_at_wildcard(&wildcard, &nsec.types, rtype).map(Denied::secure);
    }
    if is_empty_non_terminal(proofs, &wildcard) {
        return Ok(Denied::secure(ProofKind::WildcardNodata));
    }
    match covering(proofs, &wildcard) {
        Ok(_) => Err(Unproven::contradicted(
            "the NSEC say that the name does not exist, nor a wildcard for it",
        )),
        Err(_) => Err(Unproven::missing(
            "no NSEC stands at the name, nor at the wildcard at its closest encloser",
        )),
    }
}

/// RFC 4035 section 5.3.4: an NSEC covers the name, and the closest encloser is the one above the wildcard.
pub(super) fn wildcard_answer(
    proofs: &Proofs,
    name: &Name,
    encloser: &Name,
) -> Result<Denied, Unproven> {
    if closest_encloser(covering(proofs, name)?, name) == *encloser {
        Ok(Denied::secure(ProofKind::WildcardAnswer))
    } else {
        Err(Unproven::contradicted(
            "an NSEC says that a name exists between the wildcard and the name",
        ))
    }
}

impl OwnedNsec {
    /// Whether the zone says that nothing stands at `name` itself, which may still have names below it.
    fn covers(&self, name: &Name, zone: &Name) -> bool {
        // After the last name comes the apex (RFC 4034 section 4.1.1), before which there is none.
        let in_gap = self.owner < *name && (*name < self.next || self.next == *zone);
        in_gap && !(name.is_within(&self.owner) && ends_the_zone(&self.types))
    }

    /// Whether `name` exists by this NSEC, which leads to a name at or below it or away from one.
    fn shows(&self, name: &Name) -> bool {
        self.owner.is_within(name) || self.next.is_within(name)
    }
}

fn at<'p>(proofs: &'p Proofs, name: &Name) -> Option<&'p OwnedNsec> {
    proofs.nsecs.iter().find(|nsec| nsec.owner == *name)
}

const NOT_COVERED: Unproven = Unproven::missing("no NSEC covers the name");

/// The NSEC by which `name` does not exist, not even as an empty non-terminal.
fn covering<'p>(proofs: &'p Proofs, name: &Name) -> Result<&'p OwnedNsec, Unproven> {
    let covers = |nsec: &&OwnedNsec| nsec.covers(name, &proofs.zone) && !nsec.shows(name);
    let shown = || proofs.nsecs.iter().any(|nsec| nsec.shows(name));
    proofs.nsecs.iter().find(covers).ok_or_else(|| {
        if shown() {
            Unproven::contradicted("an NSEC says that the name exists")
        } else {
            NOT_COVERED
        }
    })
}

fn is_empty_non_terminal(proofs: &Proofs, name: &Name) -> bool {
    proofs
        .nsecs
        .iter()
        .any(|nsec| nsec.covers(name, &proofs.zone) && nsec.next.is_within(name))
}

/// The longest ancestor of `name` that the NSEC covering it shows to exist.
fn closest_encloser(covering: &OwnedNsec, name: &Name) -> Name {
    let shown = |name: &Name| covering.shows(name);
    let mut encloser = name.clone();
    while let Some(parent) = encloser.parent().filter(|_| !shown(&encloser)) {
        encloser = parent;
    }
    encloser
}

fn wildcard_of(encloser: &Name) -> Result<Name, Unproven> {
    encloser
        .prepended(b"*")
        .map_err(|_| Unproven::missing("the closest encloser is too long for a wildcard below it"))
}

#[cfg(test)]
#[path = "nsec_tests.rs"]
mod tests;
