//! RRsets as they are served.

use std::collections::BTreeMap;

use crate::dns::RrType;

/// The RRsets of one name.
pub type Node = BTreeMap<RrType, SignedRrset>;

/// An RRset and the signatures that are served with it, as octets: nothing holds it to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRrset {
    /// TTL in seconds.
    pub ttl: u32,
    /// The data of each record, names in it uncompressed.
    pub rdatas: Vec<Vec<u8>>,
    /// The data of each RRSIG.
    pub rrsigs: Vec<Vec<u8>>,
}

impl SignedRrset {
    /// For an SOA: the TTL of negative answers (RFC 2308 section 5).
    pub(super) fn negative_ttl(&self) -> u32 {
        let minimum = self
            .rdatas
            .first()
            .and_then(|rdata| rdata.last_chunk::<4>());
        minimum.map_or(self.ttl, |minimum| {
            self.ttl.min(u32::from_be_bytes(*minimum))
        })
    }

    /// For an SOA: the five numbers at its end, from the serial to the minimum.
    pub(super) fn soa_numbers(&self) -> Option<[u32; 5]> {
        let numbers = self.rdatas.first()?.last_chunk::<20>()?;
        let (words, _) = numbers.as_chunks::<4>();
        Some(std::array::from_fn(|index| {
            words
                .get(index)
                .copied()
                .map(u32::from_be_bytes)
                .unwrap_or_default()
        }))
    }
}
