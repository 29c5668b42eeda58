//! How a zone proves what does not exist: NSEC, NSEC3, or NSECs that are made for each answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::error::ZoneError;
use super::key::{SigningKey, ValidityPeriod};
use super::nsec::{NameAuthority, authority_over, type_bitmap};
use super::rrset::{Node, SignedRrset};
use crate::dns::{Name, RrType};

/// SHA-1, the only hash algorithm of NSEC3 (RFC 5155 section 11).
const SHA_1_ALGORITHM: u8 = 1;
/// The flag of an NSEC3 that spans over unsigned delegations (RFC 5155 section 3.1.2.1).
const OPT_OUT: u8 = 1;

/// How a zone proves what does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum DenialMethod {
    /// A chain of NSEC (RFC 4034 section 4).
    #[default]
    Nsec,
    /// A chain of NSEC3 (RFC 5155).
    Nsec3 {
        hashing: Nsec3Parameters,
        opt_out: bool,
    },
    /// NSECs made for the answer.
    Online(OnlineDenial),
}

/// What an NSEC that is made for an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnlineDenial {
    /// The NSEC covers the name asked for and as little as possible beside it (RFC 4470).
    White,
    /// The name asked for exists, and has nothing but the type NXNAME (RFC 9824).
    Black,
}

/// How owner names are hashed (RFC 5155 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nsec3Parameters {
    pub(super) iterations: u16,
    pub(super) salt: Vec<u8>,
}

impl Nsec3Parameters {
    /// What the RDATA of an NSEC3 or NSEC3PARAM says after its flags; whatever algorithm it names, SHA-1 is what is here.
    pub(super) fn read(rdata: &[u8]) -> Option<Self> {
        let [_, _, high, low, size, rest @ ..] = rdata else {
            return None;
        };
        let salt = rest.get(..usize::from(*size))?.to_vec();
        Some(Self {
            iterations: u16::from_be_bytes([*high, *low]),
            salt,
        })
    }

    /// The RDATA of an NSEC3PARAM, with which an NSEC3 begins too but for its flags.
    fn rdata(&self, flags: u8) -> Vec<u8> {
        let [high, low] = self.iterations.to_be_bytes();
        // The builder takes no salt longer than its length field holds.
        let size = u8::try_from(self.salt.len()).unwrap_or(u8::MAX);
        [
            &[SHA_1_ALGORITHM, flags, high, low, size],
            self.salt.as_slice(),
        ]
        .concat()
    }

    pub(super) fn hash(&self, name: &Name) -> Vec<u8> {
        let sha_1 = |octets: &[u8]| {
            digest(
                &SHA1_FOR_LEGACY_USE_ONLY,
                &[octets, self.salt.as_slice()].concat(),
            )
            .as_ref()
            .to_vec()
        };
        let first = sha_1(name.to_lowercase().as_wire());
        (0..self.iterations).fold(first, |hash, _| sha_1(&hash))
    }

    /// Where the NSEC3 of `name` lies.
    pub(super) fn owner(&self, name: &Name, apex: &Name) -> Option<Name> {
        hashed_owner(&self.hash(name), apex)
    }
}

/// A hash as the first label of a name (RFC 5155 section 3).
pub(super) fn hashed_owner(hash: &[u8], apex: &Name) -> Option<Name> {
    apex.prepend_label(
        data_encoding::BASE32HEX_NOPAD
            .encode(hash)
            .to_ascii_lowercase()
            .as_bytes(),
    )
    .ok()
}

/// The chain of NSEC3 over a zone (RFC 5155 section 7.1), by owner; the apex gets its NSEC3PARAM.
pub(super) fn link_nsec3(
    apex: &Name,
    nodes: &mut BTreeMap<Name, Node>,
    ttl: u32,
    (hashing, opt_out): (&Nsec3Parameters, bool),
) -> BTreeMap<Name, SignedRrset> {
    let param = SignedRrset {
        ttl: 0,
        rdatas: vec![hashing.rdata(0)],
        rrsigs: Vec::new(),
    };
    nodes
        .entry(apex.clone())
        .or_default()
        .insert(RrType::NSEC3PARAM, param);
    let mut hashes: Vec<(Vec<u8>, Vec<u8>)> = types_of_names(apex, nodes, opt_out)
        .into_iter()
        .map(|(name, types)| (hashing.hash(&name), type_bitmap(types)))
        .collect();
    hashes.sort();
    let head = hashing.rdata(if opt_out { OPT_OUT } else { 0 });
    let next = hashes.iter().cycle().skip(1).map(|(hash, _)| hash);
    let record = |((hash, bitmap), next): (&(Vec<u8>, Vec<u8>), &Vec<u8>)| {
        let size = u8::try_from(next.len()).unwrap_or(u8::MAX);
        let rdata = [head.as_slice(), &[size], next, bitmap].concat();
        Some((
            hashed_owner(hash, apex)?,
            SignedRrset {
                ttl,
                rdatas: vec![rdata],
                rrsigs: Vec::new(),
            },
        ))
    };
    hashes.iter().zip(next).filter_map(record).collect()
}

/// Every name that gets an NSEC3, empty non-terminals among them, with the types that it shows.
fn types_of_names(
    apex: &Name,
    nodes: &BTreeMap<Name, Node>,
    opt_out: bool,
) -> BTreeMap<Name, Vec<RrType>> {
    let mut names = BTreeMap::new();
    for (owner, node) in nodes {
        let authority = authority_over(apex, nodes, owner);
        let left_out =
            opt_out && authority == NameAuthority::Delegation && !node.contains_key(&RrType::DS);
        if authority == NameAuthority::None || left_out {
            continue;
        }
        names.insert(owner.clone(), shown_types(authority, node));
        let above = std::iter::successors(owner.parent(), Name::parent);
        for name in above.take_while(|name| name.is_within(apex)) {
            names.entry(name).or_default();
        }
    }
    names
}

/// The types of a bitmap but NSEC itself: RRSIG is there where something is signed.
fn shown_types(authority: NameAuthority, node: &Node) -> Vec<RrType> {
    let types = node
        .keys()
        .filter(|rtype| authority.signs(**rtype) || **rtype == RrType::NS)
        .copied();
    let is_signed = node.keys().any(|rtype| authority.signs(*rtype));
    types.chain(is_signed.then_some(RrType::RRSIG)).collect()
}

/// The keys of a zone that makes its NSECs for each answer.
#[derive(Debug)]
pub(super) struct OnlineSigner {
    pub(super) apex: Name,
    pub(super) lie: OnlineDenial,
    pub(super) keys: Vec<Arc<SigningKey>>,
    pub(super) validity: ValidityPeriod,
    pub(super) ttl: u32,
}

impl OnlineSigner {
    /// The NSEC of a name that exists, as far as the zone speaks for it: it leads to the very next name there can be.
    pub(super) fn matching(
        &self,
        name: &Name,
        authority: NameAuthority,
        node: Option<&Node>,
    ) -> Option<SignedRrset> {
        let types: BTreeSet<_> = node
            .map(|node| shown_types(authority, node))
            .into_iter()
            .flatten()
            .collect();
        self.nsec(name, &successor(name)?, types)
    }

    /// What covers a name and all that could be below it, and who owns it (RFC 4470 section 4).
    pub(super) fn covering(&self, name: &Name) -> Option<(Name, SignedRrset)> {
        let owner = predecessor(name, &self.apex)?;
        let nsec = self.nsec(&owner, &next_sibling(name)?, BTreeSet::new())?;
        Some((owner, nsec))
    }

    /// What says that a name has the type NXNAME and no other (RFC 9824 section 2).
    pub(super) fn without_name(&self, name: &Name) -> Option<(Name, SignedRrset)> {
        Some((
            name.clone(),
            self.nsec(name, &successor(name)?, BTreeSet::from([RrType::NXNAME]))?,
        ))
    }

    /// The signatures over an RRset that the zone does not hold, such as the expansion of a wildcard.
    pub(super) fn sign(
        &self,
        owner: &Name,
        rtype: RrType,
        rrset: &mut SignedRrset,
    ) -> Result<(), ZoneError> {
        let rdatas = || rrset.rdatas.iter().map(Vec::as_slice);
        let sign = |key: &Arc<SigningKey>| {
            key.rrsig_rdata(
                &self.apex,
                (owner, rtype, rrset.ttl),
                rdatas(),
                self.validity,
            )
        };
        rrset.rrsigs = self.keys.iter().map(sign).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn nsec(&self, owner: &Name, next: &Name, mut types: BTreeSet<RrType>) -> Option<SignedRrset> {
        types.extend([RrType::RRSIG, RrType::NSEC]);
        let rdata = [next.as_wire(), &type_bitmap(types.into_iter().collect())].concat();
        let mut nsec = SignedRrset {
            ttl: self.ttl,
            rdatas: vec![rdata],
            rrsigs: Vec::new(),
        };
        self.sign(owner, RrType::NSEC, &mut nsec).ok()?;
        Some(nsec)
    }
}

/// The name right behind `name` in canonical order; it lies below, so whoever owns an NSEC that leads there exists.
fn successor(name: &Name) -> Option<Name> {
    name.prepend_label(&[0]).ok()
}

/// The name right behind `name` and all that lies below it.
fn next_sibling(name: &Name) -> Option<Name> {
    name.parent()?
        .prepend_label(&[name.labels().next()?, &[0]].concat())
        .ok()
}

/// A name before `name` in canonical order, with nothing between them but what could lie below it.
fn predecessor(name: &Name, apex: &Name) -> Option<Name> {
    let name = Some(name.to_lowercase()).filter(|name| name != apex)?;
    let (first, parent) = (name.labels().next()?, name.parent()?);
    let (&last, rest) = first.split_last()?;
    let Some(before) = last.checked_sub(1) else {
        return if rest.is_empty() {
            Some(parent)
        } else {
            parent.prepend_label(rest).ok()
        };
    };
    // Before `[` stands `@`, as A to Z count as a to z.
    let before = if before.is_ascii_uppercase() {
        b'@'
    } else {
        before
    };
    let most = [rest, &[before], [0xFF; 62].as_slice()].concat();
    // As long as label and name may be.
    (1..=63)
        .rev()
        .find_map(|size| parent.prepend_label(&most[..size]).ok())
}

#[cfg(test)]
#[path = "denial_tests.rs"]
mod tests;
