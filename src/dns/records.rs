//! The record types that the probe itself reads: SOA, DNSKEY, DS and RRSIG.

use std::fmt;

use data_encoding::HEXUPPER;

use super::message::{Message, Record};
use super::name::Name;
use super::registry::{Algorithm, DigestType, RrType};
use super::time::Serial;
use super::wire::{Cursor, WireError};

fn ensure_all_read<T>(cursor: &Cursor<'_>, value: T) -> Result<T, WireError> {
    if cursor.is_at_end() {
        Ok(value)
    } else {
        Err(WireError::new(
            cursor.position(),
            "octets after the end of the RDATA",
        ))
    }
}

/// A cursor over a record's RDATA that still sees the message before it, for compression pointers.
pub(super) fn rdata_cursor<'m>(message: &'m Message, record: &Record) -> Cursor<'m> {
    let range = record.rdata_range();
    let octets = message.octets().get(..range.end).unwrap_or_default();
    Cursor::at(octets, range.start)
}

impl Record {
    /// The one name that the RDATA of this NS, CNAME, DNAME or PTR record of `message` is.
    pub fn single_name(&self, message: &Message) -> Result<Name, WireError> {
        let cursor = &mut rdata_cursor(message, self);
        let name = Name::read(cursor)?;
        ensure_all_read(cursor, name)
    }
}

/// Start of authority (RFC 1035 section 3.3.13).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Soa {
    /// The primary's name.
    pub mname: Name,
    /// The mailbox of who is responsible.
    pub rname: Name,
    /// Serial number.
    pub serial: Serial,
    /// Seconds between a secondary's looks at the primary.
    pub refresh: u32,
    /// Seconds before a failed refresh is tried again.
    pub retry: u32,
    /// Seconds after which a secondary that reached no primary stops answering.
    pub expire: u32,
    /// TTL of negative answers (RFC 2308 section 4).
    pub minimum: u32,
}

impl Soa {
    /// Reads the SOA in `record` of `message`.
    pub fn read(message: &Message, record: &Record) -> Result<Self, WireError> {
        let cursor = &mut rdata_cursor(message, record);
        let soa = Self {
            mname: Name::read(cursor)?,
            rname: Name::read(cursor)?,
            serial: Serial(cursor.u32()?),
            refresh: cursor.u32()?,
            retry: cursor.u32()?,
            expire: cursor.u32()?,
            minimum: cursor.u32()?,
        };
        ensure_all_read(cursor, soa)
    }
}

/// A zone's public key (RFC 4034 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dnskey {
    /// The flags field.
    pub flags: u16,
    /// Must be 3.
    pub protocol: u8,
    /// Algorithm number.
    pub algorithm: Algorithm,
    /// The key as the algorithm's RFC lays it out.
    pub public_key: Box<[u8]>,
    /// Key tag (RFC 4034 appendix B): not unique.
    pub key_tag: u16,
}

impl Dnskey {
    /// Zone Key bit (RFC 4034 section 2.1.1).
    pub const ZONE_KEY: u16 = 0x0100;
    /// REVOKE bit (RFC 5011 section 3).
    pub const REVOKE: u16 = 0x0080;
    /// Secure Entry Point bit (RFC 4034 section 2.1.1).
    pub const SECURE_ENTRY_POINT: u16 = 0x0001;

    /// Reads DNSKEY RDATA.
    pub fn read(rdata: &[u8]) -> Result<Self, WireError> {
        let mut cursor = Cursor::new(rdata);
        let flags = cursor.u16()?;
        let protocol = cursor.u8()?;
        let algorithm = Algorithm(cursor.u8()?);
        let public_key = cursor.rest();
        Ok(Self {
            flags,
            protocol,
            algorithm,
            public_key: public_key.into(),
            key_tag: key_tag(algorithm, rdata),
        })
    }

    /// The RDATA that it was read from (RFC 4034 section 2.1).
    pub fn rdata(&self) -> Vec<u8> {
        [
            &self.flags.to_be_bytes(),
            [self.protocol, self.algorithm.0].as_slice(),
            &self.public_key,
        ]
        .concat()
    }

    /// Whether `bit`, one of the constants of this type, is set.
    pub fn has_flag(&self, bit: u16) -> bool {
        self.flags & bit != 0
    }
}

/// RFC 4034 appendix B; for algorithm 1 its appendix B.1: the third and second octet from the end of the modulus.
fn key_tag(algorithm: Algorithm, rdata: &[u8]) -> u16 {
    if algorithm == Algorithm::RSAMD5 {
        return match rdata {
            [_, _, _, _, .., high, low, _] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        };
    }
    // At most 65,535 octets, so the sum fits 32 bits.
    let (pairs, last) = rdata.as_chunks::<2>();
    let pairs = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    let last = last.iter().map(|octet| u16::from_be_bytes([*octet, 0]));
    let sum: u32 = pairs.chain(last).map(u32::from).sum();
    let [_, _, high, low] = (sum + (sum >> 16)).to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// What a parent says of a child's key (RFC 4034 section 5); a CDS has the same form (RFC 7344 section 3.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ds {
    /// Tag of the key.
    pub key_tag: u16,
    /// Algorithm of the key.
    pub algorithm: Algorithm,
    /// What the digest was made by.
    pub digest_type: DigestType,
    /// The digest over the key's owner and RDATA.
    pub digest: Box<[u8]>,
}

impl fmt::Display for Ds {
    /// In presentation form, without the owner.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key_tag,
            algorithm,
            digest_type,
            digest,
        } = self;
        let digest = HEXUPPER.encode(digest);
        write!(f, "{key_tag} {} {} {digest}", algorithm.0, digest_type.0)
    }
}

impl Ds {
    /// Reads DS or CDS RDATA.
    pub fn read(rdata: &[u8]) -> Result<Self, WireError> {
        let mut cursor = Cursor::new(rdata);
        Ok(Self {
            key_tag: cursor.u16()?,
            algorithm: Algorithm(cursor.u8()?),
            digest_type: DigestType(cursor.u8()?),
            digest: cursor.rest().into(),
        })
    }
}

/// A signature over an RRset (RFC 4034 section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrsig<'m> {
    /// The type of the RRset that is signed.
    pub type_covered: RrType,
    /// Algorithm number.
    pub algorithm: Algorithm,
    /// Labels of the owner that was signed, without root and `*`.
    pub labels: u8,
    /// The TTL that was signed.
    pub original_ttl: u32,
    /// Expiration, as the field has it.
    pub expiration: u32,
    /// Inception, as the field has it.
    pub inception: u32,
    /// Tag of the key that signed.
    pub key_tag: u16,
    /// Owner of the key that signed.
    pub signer: Name,
    /// The signature as the algorithm's RFC lays it out.
    pub signature: &'m [u8],
}

impl<'m> Rrsig<'m> {
    /// Reads RRSIG RDATA without its message, so that the signer's name must not be compressed (RFC 4034 section 3.1.7).
    pub fn read(rdata: &'m [u8]) -> Result<Self, WireError> {
        Self::read_from(&mut Cursor::new(rdata), Name::read_uncompressed)
    }

    /// Reads the RRSIG in `record` of `message`. A signer's name that is compressed all the same is read, as validators do.
    pub fn read_in(message: &'m Message, record: &Record) -> Result<Self, WireError> {
        Self::read_from(&mut rdata_cursor(message, record), Name::read)
    }

    fn read_from(
        cursor: &mut Cursor<'m>,
        read_name: fn(&mut Cursor<'_>) -> Result<Name, WireError>,
    ) -> Result<Self, WireError> {
        Ok(Self {
            type_covered: RrType(cursor.u16()?),
            algorithm: Algorithm(cursor.u8()?),
            labels: cursor.u8()?,
            original_ttl: cursor.u32()?,
            expiration: cursor.u32()?,
            inception: cursor.u32()?,
            key_tag: cursor.u16()?,
            signer: read_name(cursor)?,
            signature: cursor.rest(),
        })
    }

    /// The RDATA without the signature and with the signer in lower case: the head of what is signed (RFC 4034 section 3.1.8.1).
    pub fn append_signed_head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.type_covered.0.to_be_bytes());
        out.extend_from_slice(&[self.algorithm.0, self.labels]);
        for field in [self.original_ttl, self.expiration, self.inception] {
            out.extend_from_slice(&field.to_be_bytes());
        }
        out.extend_from_slice(&self.key_tag.to_be_bytes());
        out.extend_from_slice(self.signer.to_lowercase().as_wire());
    }
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
