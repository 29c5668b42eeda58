//! What the type bitmap of an NSEC or NSEC3 says of the name that it is at.

use super::{DenialError, ProofKind};
use crate::dns::{Name, RrType, TypeBitmap};

/// What the NSEC or NSEC3 at a name itself says of `rtype` there.
///
/// RFC 4035 section 5.4, RFC 5155 sections 8.5 and 8.6, RFC 6840 sections 4.1 and 4.3, RFC 9824 section 3.
pub(super) fn prove_type_absent(
    name: &Name,
    types: &TypeBitmap,
    rtype: RrType,
) -> Result<ProofKind, DenialError> {
    if denies_name(types)? {
        return Ok(ProofKind::Nxdomain);
    }
    // The root has no parent that could hold its DS.
    if rtype == RrType::DS && types.contains(RrType::SOA) && !name.is_root() {
        return Err(DenialError::missing(
            "the record at the name is that of the child's apex, which does not hold the DS",
        ));
    }
    if rtype != RrType::DS && is_delegation(types) {
        return Err(DenialError::missing(
            "the record at the name is that of a delegation, which speaks for its DS alone",
        ));
    }
    if types.contains(rtype) {
        return Err(DenialError::contradicted(
            "the record at the name says that the type exists",
        ));
    }
    if types.contains(RrType::CNAME) {
        return Err(DenialError::contradicted(
            "the record at the name says that a CNAME exists",
        ));
    }
    if rtype == RrType::ANY && holds_data(types) {
        return Err(DenialError::contradicted(
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
pub(super) fn prove_type_absent_at_wildcard(
    wildcard: &Name,
    types: &TypeBitmap,
    rtype: RrType,
) -> Result<ProofKind, DenialError> {
    // What a delegation at a wildcard means is not defined (RFC 4592 section 4.2).
    if is_delegation(types) {
        return Err(DenialError::missing(
            "the record at the wildcard is that of a delegation",
        ));
    }
    match prove_type_absent(wildcard, types, rtype)? {
        ProofKind::Nxdomain => Err(DenialError::contradicted(
            "the record at the wildcard says that it does not exist",
        )),
        _ => Ok(ProofKind::WildcardNodata),
    }
}

/// Compact denial: NXNAME says that the name does not exist (RFC 9824 sections 3.1 and 4); beside data it makes no sense.
pub(super) fn denies_name(types: &TypeBitmap) -> Result<bool, DenialError> {
    match (types.contains(RrType::NXNAME), holds_data(types)) {
        (false, _) => Ok(false),
        (true, false) => Ok(true),
        (true, true) => Err(DenialError::contradicted(
            "the record at the name says NXNAME and that it has data",
        )),
    }
}

pub(super) fn holds_data(types: &TypeBitmap) -> bool {
    types
        .types()
        .any(|rtype| !matches!(rtype, RrType::RRSIG | RrType::NSEC | RrType::NXNAME))
}

/// A delegation as the parent sees it (RFC 6840 section 4.1).
pub(super) fn is_delegation(types: &TypeBitmap) -> bool {
    types.contains(RrType::NS) && !types.contains(RrType::SOA)
}

/// Whether names below one with these `types` are none of the zone's: it delegates them, or a DNAME stands above them
/// (RFC 6840 section 4.1, RFC 5155 section 8.3).
pub(super) fn ends_zone(types: &TypeBitmap) -> bool {
    is_delegation(types) || types.contains(RrType::DNAME)
}
