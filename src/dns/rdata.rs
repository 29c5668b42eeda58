//! RDATA in canonical form (RFC 4034 section 6.2 as amended by RFC 6840 section 5.1), from the octets of a message.
//!
//! Only the types listed here have names that are compressed or lower-cased, or a length that can be wrong; every other
//! type is its octets (RFC 3597 section 7).

use std::ops::Range;

use super::name::{MAX_NAME_OCTETS, Name};
use super::registry::RrType;
use super::wire::{Cursor, WireError};

/// What the RDATA of a type is made of, where it holds names or has a length of its own.
#[derive(Clone, Copy)]
enum CanonicalField {
    /// A domain name: decompressed and lower-cased.
    Name,
    /// A domain name that RFC 4034 section 6.2 does not list: decompressed, its case kept (RFC 6840 section 5.1).
    NameInItsCase,
    /// This many octets, taken as they are.
    Octets(usize),
    /// A character string: a length octet and as many octets (RFC 1035 section 3.3).
    Text,
    /// A6's prefix length, the address suffix that it leaves, and a name unless it is 0 (RFC 2874 section 3.1).
    A6,
    /// All that is left.
    Rest,
}

fn canonical_fields(rtype: RrType) -> Option<&'static [CanonicalField]> {
    use CanonicalField::{A6, Name, NameInItsCase, Octets, Rest, Text};
    Some(match rtype {
        RrType::NS
        | RrType::MD
        | RrType::MF
        | RrType::CNAME
        | RrType::MB
        | RrType::MG
        | RrType::MR
        | RrType::PTR
        | RrType::DNAME => &[Name],
        RrType::MINFO | RrType::RP => &[Name, Name],
        RrType::A => &[Octets(4)],
        RrType::AAAA => &[Octets(16)],
        RrType::DNSKEY => &[Octets(4), Rest],
        RrType::SOA => &[Name, Name, Octets(20)],
        RrType::MX | RrType::AFSDB | RrType::RT | RrType::KX => &[Octets(2), Name],
        RrType::PX => &[Octets(2), Name, Name],
        RrType::SRV => &[Octets(6), Name],
        RrType::NAPTR => &[Octets(4), Text, Text, Text, Name],
        RrType::SIG | RrType::RRSIG => &[Octets(18), Name, Rest],
        RrType::NXT => &[Name, Rest],
        RrType::NSEC => &[NameInItsCase, Rest],
        RrType::SVCB | RrType::HTTPS => &[Octets(2), NameInItsCase, Rest],
        RrType::A6 => &[A6],
        _ => return None,
    })
}

/// Appends the canonical form of the RDATA that lies at `range` of `message` to `out`.
pub fn canonical_rdata(
    rtype: RrType,
    message: &[u8],
    range: Range<usize>,
    out: &mut Vec<u8>,
) -> Result<(), WireError> {
    let octets = message
        .get(..range.end)
        .ok_or(WireError::new(range.end, "RDATA outside the message"))?;
    let mut cursor = Cursor::at(octets, range.start);
    for &field in canonical_fields(rtype).unwrap_or(&[CanonicalField::Rest]) {
        append_canonical(field, &mut cursor, out)?;
    }
    if cursor.is_at_end() {
        Ok(())
    } else {
        Err(WireError::new(
            cursor.position(),
            "octets after the end of the RDATA",
        ))
    }
}

/// Whether a name in the RDATA that lies at `range` of `message` is compressed although its type is not one of RFC 1035, whose names
/// alone may be (RFC 3597 section 4).
pub fn has_forbidden_compression(rtype: RrType, message: &[u8], range: Range<usize>) -> bool {
    let may_be_compressed = matches!(
        rtype,
        RrType::NS
            | RrType::MD
            | RrType::MF
            | RrType::CNAME
            | RrType::SOA
            | RrType::MB
            | RrType::MG
            | RrType::MR
            | RrType::PTR
            | RrType::MINFO
            | RrType::MX
    );
    let mut canonical = Vec::new();
    // A name without pointers is as long as it was; one that ends in a pointer grows.
    !may_be_compressed
        && canonical_rdata(rtype, message, range.clone(), &mut canonical).is_ok()
        && canonical.len() != range.len()
}

/// How many octets [`canonical_rdata`] can append for RDATA of this type and length: a name of two octets may stand for 255.
pub fn canonical_size_limit(rtype: RrType, length: usize) -> usize {
    let names = canonical_fields(rtype)
        .unwrap_or(&[])
        .iter()
        .filter(|field| {
            matches!(
                field,
                CanonicalField::Name | CanonicalField::NameInItsCase | CanonicalField::A6
            )
        })
        .count();
    length + names * MAX_NAME_OCTETS
}

fn append_canonical(
    field: CanonicalField,
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
) -> Result<(), WireError> {
    match field {
        CanonicalField::Name => {
            out.extend_from_slice(Name::read(cursor)?.to_lowercase().as_wire());
        }
        CanonicalField::NameInItsCase => {
            out.extend_from_slice(Name::read(cursor)?.as_wire());
        }
        CanonicalField::Octets(count) => out.extend_from_slice(cursor.take(count)?),
        CanonicalField::Rest => out.extend_from_slice(cursor.rest()),
        CanonicalField::Text => {
            let length = cursor.u8()?;
            out.push(length);
            out.extend_from_slice(cursor.take(usize::from(length))?);
        }
        CanonicalField::A6 => {
            let at = cursor.position();
            let prefix = cursor.u8()?;
            let suffix = 128_usize
                .checked_sub(usize::from(prefix))
                .ok_or(WireError::new(at, "an A6 prefix above 128"))?;
            out.push(prefix);
            out.extend_from_slice(cursor.take(suffix.div_ceil(8))?);
            if prefix > 0 {
                append_canonical(CanonicalField::Name, cursor, out)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "rdata_tests.rs"]
mod tests;
