//! NSEC and NSEC3: what the holder of a zone's names says of the gaps between them (RFC 4034 section 4, RFC 5155 section 3).

use super::message::{Message, Record};
use super::name::Name;
use super::records::rdata_cursor;
use super::registry::RrType;
use super::wire::{Cursor, WireError};

/// The types that exist at a name (RFC 4034 section 4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeBitmap(Box<[u8]>);

impl TypeBitmap {
    /// Takes the rest of the RDATA: blocks of rising number, each of 1 to 32 octets of which the last is not 0.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, WireError> {
        let blocks = cursor.clone().rest();
        let mut last = None;
        while !cursor.is_at_end() {
            let at = cursor.position();
            let number = cursor.u8()?;
            let bits = usize::from(cursor.u8()?);
            if last.is_some_and(|last| last >= number) {
                return Err(WireError::new(at, "blocks of a type bitmap out of order"));
            }
            if !(1..=32).contains(&bits) || cursor.take(bits)?.ends_with(&[0]) {
                return Err(WireError::new(
                    at,
                    "a block of a type bitmap that is empty, too long or ends in a zero",
                ));
            }
            last = Some(number);
        }
        Ok(Self(blocks.into()))
    }

    /// Whether `rtype` is in the bitmap.
    pub fn contains(&self, rtype: RrType) -> bool {
        let [number, low] = rtype.0.to_be_bytes();
        let bits = self
            .blocks()
            .find(|(block, _)| *block == number)
            .map(|(_, bits)| bits);
        bits.and_then(|bits| bits.get(usize::from(low / 8)))
            .is_some_and(|octet| octet & (0x80 >> (low % 8)) != 0)
    }

    /// Whether no type is in the bitmap, as in the NSEC3 of an empty non-terminal (RFC 5155 section 7.1).
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The types in rising order.
    pub fn types(&self) -> impl Iterator<Item = RrType> {
        self.blocks().flat_map(|(number, bits)| {
            let octets = (0_u8..).zip(bits);
            let bit_numbers = octets.flat_map(|(octet_index, octet)| {
                (0..8)
                    .filter(move |bit| octet & (0x80 >> bit) != 0)
                    .map(move |bit| octet_index * 8 + bit)
            });
            bit_numbers.map(move |low| RrType(u16::from_be_bytes([number, low])))
        })
    }

    fn blocks(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (&[number, size], after) = rest.split_first_chunk()?;
            let (bits, after) = after.split_at_checked(usize::from(size))?;
            rest = after;
            Some((number, bits))
        })
    }
}

/// The gap between two names of a zone, and the types at the first (RFC 4034 section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nsec {
    /// The next name of the zone in canonical order; the apex after the last.
    pub next: Name,
    /// The types at the owner.
    pub types: TypeBitmap,
}

impl Nsec {
    /// Reads NSEC RDATA without its message, so that the next name must not be compressed (RFC 4034 section 4.1.1 with RFC 3597
    /// section 4).
    pub fn read(rdata: &[u8]) -> Result<Self, WireError> {
        Self::read_from(&mut Cursor::new(rdata), Name::read_uncompressed)
    }

    /// Reads the NSEC in `record` of `message`. A next name that is compressed all the same is read, as validators do.
    pub fn read_in(message: &Message, record: &Record) -> Result<Self, WireError> {
        Self::read_from(&mut rdata_cursor(message, record), Name::read)
    }

    fn read_from(
        cursor: &mut Cursor<'_>,
        read_name: fn(&mut Cursor<'_>) -> Result<Name, WireError>,
    ) -> Result<Self, WireError> {
        Ok(Self {
            next: read_name(cursor)?,
            types: TypeBitmap::read(cursor)?,
        })
    }
}

/// The gap between two hashes of a zone's names, and the types at the name of the first (RFC 5155 section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nsec3 {
    /// What the names are hashed by.
    pub hash_algorithm: u8,
    /// The flags field.
    pub flags: u8,
    /// How often the hash is hashed again.
    pub iterations: u16,
    /// What is appended before each hashing.
    pub salt: Box<[u8]>,
    /// The next hash, in binary.
    pub next_hashed_owner: Box<[u8]>,
    /// The types at the name that the owner is the hash of.
    pub types: TypeBitmap,
}

impl Nsec3 {
    /// The only hash algorithm there is (IANA "DNSSEC NSEC3 Hash Algorithms").
    pub const SHA_1: u8 = 1;
    /// Opt-Out flag (RFC 5155 section 3.1.2.1).
    pub const OPT_OUT: u8 = 0x01;

    /// Reads NSEC3 RDATA.
    pub fn read(rdata: &[u8]) -> Result<Self, WireError> {
        let cursor = &mut Cursor::new(rdata);
        let (hash_algorithm, flags, iterations) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
        let salt_size = cursor.u8()?;
        let salt = cursor.take(usize::from(salt_size))?.into();
        let hash_size = cursor.u8()?;
        let next_hashed_owner = cursor.take(usize::from(hash_size))?.into();
        Ok(Self {
            hash_algorithm,
            flags,
            iterations,
            salt,
            next_hashed_owner,
            types: TypeBitmap::read(cursor)?,
        })
    }
}

#[cfg(test)]
#[path = "nsec_tests.rs"]
mod tests;
