//! A record on one line exactly as the Go library prints it that `blackbox_exporter` is built on (miekg/dns 1.1.50, that
//! of Debian 12): regexps that were written for it are matched against them.
//!
//! Fields are parted by tabs, RDATA by blanks: `example.net.\t3600\tIN\tMX\t10 mail.example.net.`

// Addresses as data: `core` has no sockets.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt::Write as _;

use data_encoding::{BASE32HEX_NOPAD, HEXLOWER, HEXUPPER};

use super::message::{Message, Record};
use super::name::Name;
use super::nsec::TypeBitmap;
use super::presentation::{base64, date, quote, rdata_text, strings_text};
use super::registry::RrType;
use super::svc_params;
use super::wire::Cursor;

/// The record on one line. Of a type that has no [known form](has_known_form) the RDATA stands as `dig` has it.
pub fn record_line(message: &Message, record: &Record) -> String {
    let Record {
        owner,
        ttl,
        class,
        rtype,
        ..
    } = record;
    let owner = escape_name(owner);
    if !is_known_type(*rtype) {
        let rdata = message.rdata(record);
        let (size, hex) = (rdata.len(), HEXLOWER.encode(rdata));
        return format!(
            "{owner}\t{ttl}\tCLASS{}\tTYPE{}\t\\# {size} {hex}",
            class.0, rtype.0
        );
    }
    let rdata = printed_fields(*rtype).and_then(|fields| format_fields(message, record, fields));
    format!(
        "{owner}\t{ttl}\t{class}\t{rtype}\t{}",
        rdata.unwrap_or_else(|| rdata_text(message, record))
    )
}

/// Whether that library reads the RDATA as its type, without which it reads no message. To it RDATA may end behind any field,
/// and before the first.
pub fn is_readable(message: &Message, record: &Record) -> bool {
    let Some(fields) = printed_fields(record.rtype).filter(|_| is_known_type(record.rtype)) else {
        return true;
    };
    let Some(mut cursor) = rdata_cursor(message, record) else {
        return false;
    };
    for field in fields {
        if cursor.is_at_end() {
            return true;
        }
        if field.read(&mut cursor).is_none() {
            return false;
        }
    }
    cursor.is_at_end()
}

/// Whether RDATA of this type is printed here as that library prints it.
pub fn has_known_form(rtype: RrType) -> bool {
    !is_known_type(rtype) || printed_fields(rtype).is_some()
}

/// A part of RDATA, and how it is printed.
#[derive(Clone, Copy)]
enum PrintedField {
    U8,
    U16,
    U32,
    /// The type that an RRSIG covers.
    Type,
    Time,
    Name,
    /// A character string as it is.
    Text,
    QuotedText,
    Salt,
    Base32,
    Ipv4,
    Ipv6,
    /// As many octets.
    DashedHex(usize),
    /// An identifier of ILNP (RFC 6742), in lower or upper case.
    NodeId,
    Locator,
    // Those below take all that is left.
    Texts,
    QuotedRest,
    HexUpper,
    HexLower,
    Base64,
    Bitmap,
    SvcParams,
}

const NAPTR_FIELDS: &[PrintedField] = &[
    PrintedField::U16,
    PrintedField::U16,
    PrintedField::QuotedText,
    PrintedField::QuotedText,
    PrintedField::QuotedText,
    PrintedField::Name,
];

const RRSIG_FIELDS: &[PrintedField] = &[
    PrintedField::Type,
    PrintedField::U8,
    PrintedField::U8,
    PrintedField::U32,
    PrintedField::Time,
    PrintedField::Time,
    PrintedField::U16,
    PrintedField::Name,
    PrintedField::Base64,
];

/// The fields of a type's RDATA, parted by a blank each.
fn printed_fields(rtype: RrType) -> Option<&'static [PrintedField]> {
    use PrintedField as F;
    Some(match rtype {
        RrType::A => &[F::Ipv4],
        RrType::AAAA => &[F::Ipv6],
        RrType::NS
        | RrType::CNAME
        | RrType::DNAME
        | RrType::PTR
        | RrType::MB
        | RrType::MD
        | RrType::MF
        | RrType::MG
        | RrType::MR
        | RrType::NSAP_PTR => &[F::Name],
        RrType::SOA => &[F::Name, F::Name, F::U32, F::U32, F::U32, F::U32, F::U32],
        RrType::MX | RrType::AFSDB | RrType::RT | RrType::KX | RrType::LP => &[F::U16, F::Name],
        RrType::MINFO | RrType::RP | RrType::TALINK => &[F::Name, F::Name],
        RrType::PX => &[F::U16, F::Name, F::Name],
        RrType::SVCB | RrType::HTTPS => &[F::U16, F::Name, F::SvcParams],
        RrType::SRV => &[F::U16, F::U16, F::U16, F::Name],
        RrType::NAPTR => NAPTR_FIELDS,
        RrType::TXT | RrType::SPF | RrType::AVC | RrType::NINFO => &[F::Texts],
        RrType::HINFO => &[F::QuotedText, F::QuotedText],
        RrType::CAA => &[F::U8, F::Text, F::QuotedRest],
        RrType::URI => &[F::U16, F::U16, F::QuotedRest],
        RrType::DS | RrType::CDS | RrType::DLV | RrType::TA => &[F::U16, F::U8, F::U8, F::HexUpper],
        RrType::DNSKEY | RrType::CDNSKEY | RrType::KEY | RrType::RKEY => {
            &[F::U16, F::U8, F::U8, F::Base64]
        }
        RrType::RRSIG | RrType::SIG => RRSIG_FIELDS,
        RrType::NSEC => &[F::Name, F::Bitmap],
        RrType::NSEC3 => &[F::U8, F::U8, F::U16, F::Salt, F::Base32, F::Bitmap],
        RrType::NSEC3PARAM => &[F::U8, F::U8, F::U16, F::Salt],
        RrType::CSYNC => &[F::U32, F::U16, F::Bitmap],
        RrType::ZONEMD => &[F::U32, F::U8, F::U8, F::HexLower],
        RrType::SSHFP => &[F::U8, F::U8, F::HexUpper],
        RrType::TLSA => &[F::U8, F::U8, F::U8, F::HexLower],
        RrType::OPENPGPKEY | RrType::DHCID => &[F::Base64],
        RrType::EUI48 => &[F::DashedHex(6)],
        RrType::EUI64 => &[F::DashedHex(8)],
        RrType::NID => &[F::U16, F::NodeId],
        RrType::L32 => &[F::U16, F::Ipv4],
        RrType::L64 => &[F::U16, F::Locator],
        _ => return None,
    })
}

/// Types that the library prints as RFC 3597 section 5 writes the unknown ones: those that it has no name for.
fn is_known_type(rtype: RrType) -> bool {
    rtype.mnemonic().is_some() && !is_unknown_to_library(rtype)
}

/// Types of our registry that the library does not know.
fn is_unknown_to_library(rtype: RrType) -> bool {
    const UNKNOWN_TO_LIBRARY: &[&str] = &[
        "A6", "AMTRELAY", "ATMA", "BRID", "CLA", "DOA", "DSYNC", "HHIT", "IPN", "IPSECKEY", "ISDN",
        "NSAP", "NXNAME", "NXT", "RESINFO", "SINK", "WALLET", "WKS",
    ];
    rtype
        .mnemonic()
        .is_some_and(|mnemonic| UNKNOWN_TO_LIBRARY.contains(&mnemonic))
}

fn format_fields(message: &Message, record: &Record, fields: &[PrintedField]) -> Option<String> {
    let mut cursor = rdata_cursor(message, record)?;
    let fields_text = fields
        .iter()
        .map(|field| field.read(&mut cursor))
        .collect::<Option<Vec<_>>>()?;
    cursor.is_at_end().then(|| {
        fields_text
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    })
}

/// Names in it may point back into the message.
fn rdata_cursor<'m>(message: &'m Message, record: &Record) -> Option<Cursor<'m>> {
    let range = record.rdata_range();
    Some(Cursor::at(message.octets().get(..range.end)?, range.start))
}

impl PrintedField {
    fn read(self, cursor: &mut Cursor<'_>) -> Option<String> {
        Some(match self {
            Self::U8 => cursor.u8().ok()?.to_string(),
            Self::U16 => cursor.u16().ok()?.to_string(),
            Self::U32 => cursor.u32().ok()?.to_string(),
            Self::Type => type_text(RrType(cursor.u16().ok()?)),
            Self::Time => date(cursor.u32().ok()?),
            Self::Name => escape_name(&Name::read(cursor).ok()?),
            Self::Text => quote(take_length_prefixed(cursor)?)
                .trim_matches('"')
                .to_owned(),
            Self::QuotedText => quote(take_length_prefixed(cursor)?),
            Self::Salt => match take_length_prefixed(cursor)? {
                [] => "-".to_owned(),
                salt => HEXUPPER.encode(salt),
            },
            Self::Base32 => BASE32HEX_NOPAD.encode(take_length_prefixed(cursor)?),
            Self::Ipv4 => Ipv4Addr::from(cursor.u32().ok()?).to_string(),
            Self::Ipv6 => ipv6_text(<[u8; 16]>::try_from(cursor.take(16).ok()?).ok()?.into()),
            Self::NodeId => group_by_four(&HEXLOWER.encode(cursor.take(8).ok()?)),
            Self::Locator => group_by_four(&HEXUPPER.encode(cursor.take(8).ok()?)),
            Self::Texts => strings_text(cursor.rest())?,
            Self::QuotedRest => quote(cursor.rest()),
            Self::HexUpper => HEXUPPER.encode(cursor.rest()),
            Self::HexLower => HEXLOWER.encode(cursor.rest()),
            Self::DashedHex(size) => hex_with_dashes(cursor.take(size).ok()?),
            Self::Base64 => base64(cursor.rest()),
            Self::SvcParams => svc_params::format_parameters(cursor)?,
            Self::Bitmap => {
                let types = TypeBitmap::read(cursor).ok()?;
                types.types().map(type_text).collect::<Vec<_>>().join(" ")
            }
        })
    }
}

/// The octets behind their length.
fn take_length_prefixed<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let size = cursor.u8().ok()?;
    cursor.take(usize::from(size)).ok()
}

/// A type in a bitmap: there the library knows the names of some types whose data it does not.
fn type_text(rtype: RrType) -> String {
    let is_name = matches!(rtype, RrType::ATMA | RrType::ISDN | RrType::NXT);
    if is_unknown_to_library(rtype) && !is_name {
        format!("TYPE{}", rtype.0)
    } else {
        rtype.to_string()
    }
}

/// Go prints an IPv4-mapped address as the IPv4 address alone.
fn ipv6_text(address: Ipv6Addr) -> String {
    address
        .to_ipv4_mapped()
        .map_or(IpAddr::V6(address), IpAddr::V4)
        .to_string()
}

fn hex_with_dashes(octets: &[u8]) -> String {
    octets
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect::<Vec<_>>()
        .join("-")
}

fn group_by_four(hex: &str) -> String {
    hex.as_bytes()
        .chunks(4)
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join(":")
}

/// A name with the library's own choice of what to escape.
fn escape_name(name: &Name) -> String {
    if name.is_root() {
        return ".".to_owned();
    }
    let mut text = String::new();
    for label in name.labels() {
        for &octet in label {
            match octet {
                b'.' | b' ' | b'\'' | b'@' | b';' | b'(' | b')' | b'"' | b'\\' => {
                    text.extend(['\\', char::from(octet)]);
                }
                b'!'..=b'~' => text.push(char::from(octet)),
                // Writing to a String cannot fail.
                _ => drop(write!(text, "\\{octet:03}")),
            }
        }
        text.push('.');
    }
    text
}

#[cfg(test)]
#[path = "record_line_tests.rs"]
mod tests;
