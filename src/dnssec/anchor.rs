//! Trust anchors: keys, or digests of keys, that are believed without proof (RFC 4033 section 2, RFC 4035 section 4.4).

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use crate::dns::{Algorithm, DigestType, Dnskey, Ds, Name, RrType, UnknownMnemonic};

/// A key of a zone that is believed without proof; also what a validated DS RRset at the parent makes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustAnchor {
    /// The digest of a key.
    Ds(Ds),
    /// A key.
    Dnskey(Dnskey),
}

/// The anchors of the root that IANA published for the keys KSK-2017 and KSK-2024 (RFC 9718).
pub const ROOT_ANCHORS: [&str; 2] = [
    ". DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
];

impl TrustAnchor {
    /// Tag of the key.
    pub fn key_tag(&self) -> u16 {
        match self {
            Self::Ds(ds) => ds.key_tag,
            Self::Dnskey(key) => key.key_tag,
        }
    }

    /// Algorithm of the key.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ds(ds) => ds.algorithm,
            Self::Dnskey(key) => key.algorithm,
        }
    }
}

impl fmt::Display for TrustAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ds(ds) => write!(f, "DS {ds}"),
            Self::Dnskey(Dnskey {
                flags,
                protocol,
                algorithm,
                public_key,
                ..
            }) => {
                write!(
                    f,
                    "DNSKEY {flags} {protocol} {} {}",
                    algorithm.0,
                    BASE64.encode(public_key)
                )
            }
        }
    }
}

impl serde::Serialize for TrustAnchor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A trust anchor as it is written, with the zone's name if that stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorRecord {
    /// Whose anchor it is, if the text says.
    pub owner: Option<Name>,
    /// The anchor.
    pub anchor: TrustAnchor,
}

/// Why a text is no trust anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorError(String);

impl fmt::Display for AnchorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AnchorError {}

fn anchor_error<T>(problem: impl Into<String>) -> Result<T, AnchorError> {
    Err(AnchorError(problem.into()))
}

impl FromStr for AnchorRecord {
    type Err = AnchorError;

    /// Reads a DS or DNSKEY in presentation form (RFC 4034 sections 2.2 and 5.3); owner, TTL, class and type may stand
    /// before it, digest and key may have blanks in them.
    fn from_str(text: &str) -> Result<Self, AnchorError> {
        let fields: Vec<&str> = text
            .split_whitespace()
            .filter(|field| !matches!(*field, "(" | ")"))
            .collect();
        let is_type = |field: &&str| {
            ["DS", "DNSKEY"]
                .iter()
                .any(|word| field.eq_ignore_ascii_case(word))
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "`type_index` is a position in `fields`"
        )]
        let (owner, rtype, data) = match fields.iter().position(is_type) {
            Some(type_index) => (
                parse_owner(&fields[..type_index])?,
                fields[type_index].parse().ok(),
                &fields[type_index + 1..],
            ),
            None => match fields.split_first() {
                // Numbers alone are data; a name before them is the owner.
                Some((first, data)) if data.len() >= 4 && first.parse::<u16>().is_err() => {
                    (parse_owner(&[first])?, None, data)
                }
                _ => (None, None, fields.as_slice()),
            },
        };
        let [first, second, third, rest @ ..] = data else {
            return anchor_error(
                "a trust anchor is a DS (\"12345 13 2 ABCD...\") or a DNSKEY (\"257 3 13 base64...\") in presentation form",
            );
        };
        let numbers = [
            parse_number(first)?,
            parse_number(second)?,
            parse_number(third)?,
        ];
        let rest = rest.concat();
        let anchor = match rtype.unwrap_or_else(|| guess_type(numbers)) {
            RrType::DNSKEY => TrustAnchor::Dnskey(parse_dnskey(numbers, &rest)?),
            _ => TrustAnchor::Ds(parse_ds(numbers, &rest)?),
        };
        Ok(Self { owner, anchor })
    }
}

/// What stands before the type: an owner, a TTL, a class, each of which may be missing.
fn parse_owner(fields: &[&str]) -> Result<Option<Name>, AnchorError> {
    let is_ttl = |field: &str| field.bytes().all(|octet| octet.is_ascii_digit());
    match fields.split_first() {
        None => Ok(None),
        Some((first, rest)) => {
            let is_filler = |field: &str| field.eq_ignore_ascii_case("IN") || is_ttl(field);
            if let Some(unexpected) = rest.iter().find(|field| !is_filler(field)) {
                return anchor_error(format!("{unexpected:?} is neither a TTL nor the class IN"));
            }
            if is_filler(first) {
                return Ok(None);
            }
            first
                .parse()
                .map(Some)
                .map_err(|error| AnchorError(format!("{first:?} is not a domain name: {error}")))
        }
    }
}

/// Three numbers and a text are a DNSKEY if they begin as one that may be an anchor does: the Zone Key bit, protocol 3
/// and an algorithm from 5 on. As a DS that would be one of algorithm DSA with a digest type that does not exist.
fn guess_type([first, second, third]: [u16; 3]) -> RrType {
    if first & Dnskey::ZONE_KEY != 0 && second == 3 && third >= 5 {
        RrType::DNSKEY
    } else {
        RrType::DS
    }
}

/// A number, or the mnemonic of an algorithm or digest type.
fn parse_number(text: &str) -> Result<u16, AnchorError> {
    let algorithm = || {
        text.parse()
            .map(|algorithm: Algorithm| u16::from(algorithm.0))
    };
    let digest_type = |_: UnknownMnemonic| {
        text.parse()
            .map(|digest_type: DigestType| u16::from(digest_type.0))
    };
    let mnemonic = || algorithm().or_else(digest_type);
    text.parse()
        .or_else(|_| mnemonic())
        .or_else(|_| anchor_error(format!("{text:?} is not a number of 16 bits")))
}

fn parse_octet(number: u16, field: &str) -> Result<u8, AnchorError> {
    u8::try_from(number)
        .or_else(|_| anchor_error(format!("{number} is not {field}, which is at most 255")))
}

fn parse_ds([key_tag, algorithm, digest_type]: [u16; 3], digest: &str) -> Result<Ds, AnchorError> {
    let digest_type = DigestType(parse_octet(digest_type, "a digest type")?);
    let Ok(digest) = HEXLOWER_PERMISSIVE.decode(digest.as_bytes()) else {
        return anchor_error(format!("{digest:?} is not a digest in hexadecimal"));
    };
    let size = match digest_type {
        DigestType::SHA_1 => Some(20),
        DigestType::SHA_256 => Some(32),
        DigestType::SHA_384 => Some(48),
        _ => None,
    };
    match size {
        Some(size) if size != digest.len() => anchor_error(format!(
            "a digest of type {digest_type} has {size} octets, this one has {}",
            digest.len()
        )),
        _ if digest.is_empty() => anchor_error("the digest is missing"),
        _ => Ok(Ds {
            key_tag,
            algorithm: Algorithm(parse_octet(algorithm, "an algorithm")?),
            digest_type,
            digest: digest.into(),
        }),
    }
}

fn parse_dnskey([flags, protocol, algorithm]: [u16; 3], key: &str) -> Result<Dnskey, AnchorError> {
    let protocol = parse_octet(protocol, "a protocol")?;
    let algorithm = parse_octet(algorithm, "an algorithm")?;
    let Ok(key) = BASE64.decode(key.as_bytes()) else {
        return anchor_error(format!("{key:?} is not a key in base64"));
    };
    if key.is_empty() {
        return anchor_error("the public key is missing");
    }
    let curve_key_size = match Algorithm(algorithm) {
        Algorithm::ECDSAP256SHA256 => Some(64),
        Algorithm::ECDSAP384SHA384 => Some(96),
        Algorithm::ED25519 => Some(32),
        Algorithm::ED448 => Some(57),
        _ => None,
    };
    if let Some(size) = curve_key_size.filter(|size| *size != key.len()) {
        let (algorithm, length) = (Algorithm(algorithm), key.len());
        let hint = "in a URL a \"+\" of base64 is written %2B";
        return anchor_error(format!(
            "a key of algorithm {algorithm} has {size} octets, this one has {length} ({hint})"
        ));
    }
    if flags & Dnskey::ZONE_KEY == 0 {
        return anchor_error(format!(
            "a DNSKEY with flags {flags} is no zone key (RFC 4034 section 2.1.1)"
        ));
    }
    let rdata = [&flags.to_be_bytes(), [protocol, algorithm].as_slice(), &key].concat();
    Dnskey::read(&rdata).map_err(|error| AnchorError(error.to_string()))
}

#[cfg(test)]
#[path = "anchor_tests.rs"]
mod tests;
