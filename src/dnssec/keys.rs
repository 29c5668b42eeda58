//! A zone's DNSKEY RRset as validation uses it.

use std::collections::HashSet;

use crate::dns::{Algorithm, Class, Dnskey, Name, RrType, Rrset};

/// The keys that a zone's apex serves, and the only name that may sign with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dnskeys {
    /// The apex.
    pub zone: Name,
    /// The keys in the order received, each once (RFC 2181 section 5); records that cannot be read as DNSKEY are not among them.
    pub keys: Vec<Dnskey>,
}

impl Dnskeys {
    /// A zone that serves no key.
    pub fn empty(zone: Name) -> Self {
        Self {
            zone,
            keys: Vec::new(),
        }
    }

    /// The keys of `rrset`, if that is the DNSKEY RRset at `zone`, of class IN.
    pub fn new(zone: Name, rrset: &Rrset<'_>) -> Option<Self> {
        let fits =
            rrset.rtype == RrType::DNSKEY && rrset.class == Class::IN && *rrset.owner == zone;
        let mut seen = HashSet::new();
        let rdatas = rrset.rdatas().filter(|&rdata| fits && seen.insert(rdata));
        let keys = rdatas
            .filter_map(|rdata| Dnskey::read(rdata).ok())
            .collect();
        fits.then_some(Self { zone, keys })
    }

    /// The DNSKEY RRset at `zone` among `rrsets`, and its keys; no RRset, no keys.
    pub fn find_in<'r, 'm>(zone: &Name, rrsets: &'r [Rrset<'m>]) -> (Option<&'r Rrset<'m>>, Self) {
        let found = rrsets
            .iter()
            .find_map(|rrset| Some((rrset, Self::new(zone.clone(), rrset)?)));
        found.map_or_else(
            || (None, Self::empty(zone.clone())),
            |(rrset, keys)| (Some(rrset), keys),
        )
    }

    /// Every key of this tag and algorithm: a tag is a hint and not unique (RFC 4035 section 5.3.1).
    pub fn candidates(&self, key_tag: u16, algorithm: Algorithm) -> impl Iterator<Item = &Dnskey> {
        self.keys
            .iter()
            .filter(move |key| key.key_tag == key_tag && key.algorithm == algorithm)
    }
}
