//! What of a zone is signed (RFC 4035 sections 2.2 and 2.4), and the NSEC chain over it (RFC 4034 section 4).

use std::collections::BTreeMap;

use super::rrset::{Node, SignedRrset};
use crate::dns::{Name, RrType};

/// How far a zone is the authority for one of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameAuthority {
    /// For all that is there.
    Full,
    /// A child zone begins here: for DS and NSEC alone.
    Delegation,
    /// The name lies below a delegation or a DNAME: glue or occluded.
    None,
}

impl NameAuthority {
    pub(super) fn signs(self, rtype: RrType) -> bool {
        match self {
            Self::Full => true,
            Self::Delegation => matches!(rtype, RrType::DS | RrType::NSEC),
            Self::None => false,
        }
    }
}

pub(super) fn authority_over(
    apex: &Name,
    nodes: &BTreeMap<Name, Node>,
    owner: &Name,
) -> NameAuthority {
    let has = |name: &Name, rtype| {
        nodes
            .get(name)
            .is_some_and(|node| node.contains_key(&rtype))
    };
    let mut above = owner.parent();
    while let Some(name) = above.filter(|name| name.is_within(apex)) {
        if has(&name, RrType::DNAME) || (name != *apex && has(&name, RrType::NS)) {
            return NameAuthority::None;
        }
        above = name.parent();
    }
    if owner != apex && has(owner, RrType::NS) {
        NameAuthority::Delegation
    } else {
        NameAuthority::Full
    }
}

/// Gives every name that the zone speaks for an NSEC that leads to the next one, the last to the apex.
pub(super) fn link(apex: &Name, nodes: &mut BTreeMap<Name, Node>) {
    let spoken_for = |owner: &&Name| authority_over(apex, nodes, owner) != NameAuthority::None;
    let owners: Vec<Name> = nodes.keys().filter(spoken_for).cloned().collect();
    let ttl = negative_ttl(apex, nodes);
    let nexts = owners.iter().cycle().skip(1);
    for (owner, next) in owners.iter().zip(nexts) {
        let authority = authority_over(apex, nodes, owner);
        let Some(node) = nodes.get_mut(owner) else {
            continue;
        };
        let shown = |rtype: &&RrType| authority.signs(**rtype) || **rtype == RrType::NS;
        let types = node
            .keys()
            .filter(shown)
            .copied()
            .chain([RrType::RRSIG, RrType::NSEC])
            .collect();
        let rdata = [next.as_wire(), &type_bitmap(types)].concat();
        node.insert(
            RrType::NSEC,
            SignedRrset {
                ttl,
                rdatas: vec![rdata],
                rrsigs: Vec::new(),
            },
        );
    }
}

/// The smaller of the SOA's TTL and its last field (RFC 9077 section 3).
pub(super) fn negative_ttl(apex: &Name, nodes: &BTreeMap<Name, Node>) -> u32 {
    nodes
        .get(apex)
        .and_then(|node| node.get(&RrType::SOA))
        .map_or(0, SignedRrset::negative_ttl)
}

/// RFC 4034 section 4.1.2: windows of 256 types, each with as many octets as its last type needs.
pub fn type_bitmap(mut types: Vec<RrType>) -> Vec<u8> {
    types.sort_unstable();
    let mut bitmap = Vec::new();
    for window in types.chunk_by(|a, b| a.0 >> 8 == b.0 >> 8) {
        let mut bits = Vec::new();
        for rtype in window {
            let [_, low] = rtype.0.to_be_bytes();
            bits.resize(usize::from(low / 8) + 1, 0_u8);
            if let Some(octet) = bits.last_mut() {
                *octet |= 0x80 >> (low % 8);
            }
        }
        let [number, _] = window[0].0.to_be_bytes();
        // 32 octets at most.
        bitmap.extend_from_slice(&[number, u8::try_from(bits.len()).unwrap_or(32)]);
        bitmap.extend_from_slice(&bits);
    }
    bitmap
}
