//! Proofs by NSEC (RFC 4035 section 5.4 as amended by RFC 6840 section 4). Minimally covering ones (RFC 4470) are not
//! told apart: what they cover is covered.

use super::bitmap::{denies_name, ends_zone, prove_type_absent, prove_type_absent_at_wildcard};
use super::proofs::{NsecRecord, Proofs};
use super::{DenialError, DenialProof, ProofKind};
use crate::dns::{Name, RrType};

/// RFC 4035 section 3.1.3.2: one NSEC covers the name, one the wildcard that could stand in for it; or compact denial.
pub(super) fn prove_nxdomain(proofs: &Proofs, name: &Name) -> Result<DenialProof, DenialError> {
    if let Some(nsec) = find_matching(proofs, name) {
        let contradiction = DenialError::contradicted("an NSEC says that the name exists");
        return denies_name(&nsec.types)?
            .then_some(DenialProof::secure(ProofKind::Nxdomain))
            .ok_or(contradiction);
    }
    let encloser = closest_encloser(find_covering(proofs, name)?, name);
    let wildcard = wildcard_of(&encloser)?;
    match find_covering(proofs, &wildcard) {
        Ok(_) => Ok(DenialProof::secure(ProofKind::Nxdomain)),
        Err(error) if error == NOT_COVERED => Err(DenialError::missing(
            "no NSEC covers the wildcard at the closest encloser",
        )),
        Err(_) => Err(DenialError::contradicted(
            "an NSEC says that the wildcard at the closest encloser exists",
        )),
    }
}

/// RFC 4035 sections 3.1.3.1 and 3.1.3.4: the NSEC at the name, the NSEC that leads below the name, or the one that
/// covers it with the one at the wildcard.
pub(super) fn prove_nodata(
    proofs: &Proofs,
    name: &Name,
    rtype: RrType,
) -> Result<DenialProof, DenialError> {
    if let Some(nsec) = find_matching(proofs, name) {
        return prove_type_absent(name, &nsec.types, rtype).map(DenialProof::secure);
    }
    if is_empty_non_terminal(proofs, name) {
        return Ok(DenialProof::secure(ProofKind::EmptyNonTerminal));
    }
    let encloser = closest_encloser(find_covering(proofs, name)?, name);
    let wildcard = wildcard_of(&encloser)?;
    if let Some(nsec) = find_matching(proofs, &wildcard) {
        return prove_type_absent_at_wildcard(&wildcard, &nsec.types, rtype)
            .map(DenialProof::secure);
    }
    if is_empty_non_terminal(proofs, &wildcard) {
        return Ok(DenialProof::secure(ProofKind::WildcardNodata));
    }
    match find_covering(proofs, &wildcard) {
        Ok(_) => Err(DenialError::contradicted(
            "the NSEC say that the name does not exist, nor a wildcard for it",
        )),
        Err(_) => Err(DenialError::missing(
            "no NSEC stands at the name, nor at the wildcard at its closest encloser",
        )),
    }
}

/// RFC 4035 section 5.3.4: an NSEC covers the name, and the closest encloser is the one above the wildcard.
pub(super) fn prove_wildcard_answer(
    proofs: &Proofs,
    name: &Name,
    encloser: &Name,
) -> Result<DenialProof, DenialError> {
    if closest_encloser(find_covering(proofs, name)?, name) == *encloser {
        Ok(DenialProof::secure(ProofKind::WildcardAnswer))
    } else {
        Err(DenialError::contradicted(
            "an NSEC says that a name exists between the wildcard and the name",
        ))
    }
}

impl NsecRecord {
    /// Whether the zone says that nothing stands at `name` itself, which may still have names below it.
    pub(super) fn covers(&self, name: &Name, zone: &Name) -> bool {
        // After the last name comes the apex (RFC 4034 section 4.1.1), before which there is none.
        let in_gap = self.owner < *name && (*name < self.next || self.next == *zone);
        in_gap && !(name.is_within(&self.owner) && ends_zone(&self.types))
    }

    /// Whether `name` exists by this NSEC, which leads to a name at or below it or away from one.
    fn proves_existence_of(&self, name: &Name) -> bool {
        self.owner.is_within(name) || self.next.is_within(name)
    }
}

fn find_matching<'p>(proofs: &'p Proofs, name: &Name) -> Option<&'p NsecRecord> {
    proofs.nsecs.iter().find(|nsec| nsec.owner == *name)
}

const NOT_COVERED: DenialError = DenialError::missing("no NSEC covers the name");

/// The NSEC by which `name` does not exist, not even as an empty non-terminal.
fn find_covering<'p>(proofs: &'p Proofs, name: &Name) -> Result<&'p NsecRecord, DenialError> {
    let covers =
        |nsec: &&NsecRecord| nsec.covers(name, &proofs.zone) && !nsec.proves_existence_of(name);
    let name_exists = || {
        proofs
            .nsecs
            .iter()
            .any(|nsec| nsec.proves_existence_of(name))
    };
    proofs.nsecs.iter().find(covers).ok_or_else(|| {
        if name_exists() {
            DenialError::contradicted("an NSEC says that the name exists")
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
fn closest_encloser(covering: &NsecRecord, name: &Name) -> Name {
    let name_exists = |name: &Name| covering.proves_existence_of(name);
    let mut encloser = name.clone();
    while let Some(parent) = encloser.parent().filter(|_| !name_exists(&encloser)) {
        encloser = parent;
    }
    encloser
}

fn wildcard_of(encloser: &Name) -> Result<Name, DenialError> {
    encloser.prepend_label(b"*").map_err(|_| {
        DenialError::missing("the closest encloser is too long for a wildcard below it")
    })
}

#[cfg(test)]
#[path = "nsec_tests.rs"]
mod tests;
