//! A small zone out of the fuzzer's octets, what is true of it, and its chain of NSEC or NSEC3: written from the RFCs and
//! without a word of the crate's own proofs.

use std::collections::{BTreeMap, BTreeSet};

use super::bytes::Bytes;

/// Labels from the root down, in lower case: their order is the canonical one (RFC 4034 section 6.1).
pub type Path = Vec<&'static str>;
/// Type numbers.
pub type Types = BTreeSet<u16>;

pub const A: u16 = 1;
pub const NS: u16 = 2;
pub const CNAME: u16 = 5;
pub const SOA: u16 = 6;
pub const MX: u16 = 15;
pub const DNAME: u16 = 39;
pub const DS: u16 = 43;
pub const RRSIG: u16 = 46;
pub const NSEC: u16 = 47;
pub const ANY: u16 = 255;

/// Few, so that names meet; some sort before `*` and some after.
const LABELS: [&str; 5] = ["*", "a", "b", "!", "c"];
const APEX: &str = "example";

/// The names that the zone speaks for.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Every owner with its types, without those of NSEC and RRSIG.
    pub nodes: BTreeMap<Path, Types>,
}

/// What stands at a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Truth<'z> {
    /// These types.
    Types(&'z Types),
    /// Nothing, and names below it.
    Empty,
    /// Nothing; the closest ancestor that exists.
    Nothing { encloser: Path },
    /// The name lies below a delegation or a DNAME.
    Occluded,
}

/// A name of up to three labels below the apex.
pub fn path(bytes: &mut Bytes<'_>) -> Path {
    let mut path = vec![APEX];
    for _ in 0..bytes.below(4) {
        path.push(bytes.pick(&LABELS));
    }
    path
}

impl Zone {
    pub fn new(bytes: &mut Bytes<'_>) -> Self {
        let mut nodes = BTreeMap::from([(vec![APEX], Types::from([SOA, NS]))]);
        for _ in 0..bytes.below(8) {
            let owner = path(bytes);
            let types = match bytes.below(7) {
                // What a delegation or a DNAME at a wildcard means is not defined (RFC 4592 section 4).
                3..=5 if owner.last() == Some(&"*") => Types::from([A]),
                3 => Types::from([NS]),
                4 => Types::from([NS, DS]),
                5 => Types::from([DNAME, A]),
                2 => Types::from([CNAME]),
                1 => Types::from([A, MX]),
                _ => Types::from([A]),
            };
            if owner.len() > 1 {
                nodes.insert(owner, types);
            }
        }
        let mut zone = Self { nodes };
        let authoritative = zone
            .nodes
            .keys()
            .filter(|owner| !zone.is_occluded(owner))
            .cloned()
            .collect::<BTreeSet<_>>();
        zone.nodes.retain(|owner, _| authoritative.contains(owner));
        zone
    }

    /// The zone without its unsigned delegations, as Opt-Out shows it.
    pub fn without_unsigned_delegations(&self) -> Self {
        let signed = self
            .nodes
            .iter()
            .filter(|(_, types)| !is_cut(types) || types.contains(&DS));
        Self {
            nodes: signed
                .map(|(owner, types)| (owner.clone(), types.clone()))
                .collect(),
        }
    }

    pub fn truth(&self, name: &Path) -> Truth<'_> {
        if self.is_occluded(name) {
            return Truth::Occluded;
        }
        if let Some(types) = self.nodes.get(name) {
            return Truth::Types(types);
        }
        if self.exists(name) {
            return Truth::Empty;
        }
        let encloser = (0..name.len())
            .rev()
            .map(|labels| name[..labels].to_vec())
            .find(|path| self.exists(path));
        Truth::Nothing {
            encloser: encloser.expect("the apex exists"),
        }
    }

    /// What stands at the wildcard that could stand in for names below `encloser`.
    pub fn wildcard(&self, encloser: &Path) -> Truth<'_> {
        self.truth(&[encloser.as_slice(), &["*"]].concat())
    }

    /// Every name that exists, the empty ones among them.
    pub fn names(&self) -> BTreeSet<Path> {
        self.nodes
            .keys()
            .flat_map(|owner| (1..=owner.len()).map(|labels| owner[..labels].to_vec()))
            .collect()
    }

    fn exists(&self, name: &[&'static str]) -> bool {
        self.nodes.keys().any(|owner| owner.starts_with(name)) && !name.is_empty()
    }

    fn is_occluded(&self, name: &[&'static str]) -> bool {
        let above = self
            .nodes
            .iter()
            .filter(|(owner, _)| owner.len() < name.len() && name.starts_with(owner));
        above
            .into_iter()
            .any(|(_, types)| is_cut(types) || types.contains(&DNAME))
    }
}

pub fn is_cut(types: &Types) -> bool {
    types.contains(&NS) && !types.contains(&SOA)
}

/// The name in wire form.
pub fn wire(path: &[&str]) -> Vec<u8> {
    let label = |label: &&str| {
        [
            &[u8::try_from(label.len()).expect("short")],
            label.as_bytes(),
        ]
        .concat()
    };
    path.iter().rev().flat_map(label).chain([0]).collect()
}

/// A bitmap of types below 256 (RFC 4034 section 4.1.2).
pub fn bitmap(types: &Types) -> Vec<u8> {
    let Some(last) = types.last() else {
        return Vec::new();
    };
    let mut bits = vec![0; usize::from(last / 8) + 1];
    for rtype in types {
        bits[usize::from(rtype / 8)] |= 0x80 >> (rtype % 8);
    }
    [
        &[0, u8::try_from(bits.len()).expect("below 256")],
        bits.as_slice(),
    ]
    .concat()
}

/// Owner and RDATA of each NSEC (RFC 4035 section 2.3).
pub fn nsec_chain(zone: &Zone) -> Vec<(Vec<u8>, Vec<u8>)> {
    let nexts = zone.nodes.keys().cycle().skip(1);
    let link = |((owner, types), next): ((&Path, &Types), &Path)| {
        let types = types | &Types::from([RRSIG, NSEC]);
        (wire(owner), [wire(next), bitmap(&types)].concat())
    };
    zone.nodes.iter().zip(nexts).map(link).collect()
}

/// How an NSEC3 chain is hashed and flagged.
pub struct Hashing {
    pub opt_out: bool,
    pub iterations: u16,
    pub salt: Vec<u8>,
}

/// Owner and RDATA of each NSEC3 (RFC 5155 section 7.1).
pub fn nsec3_chain(zone: &Zone, hashing: &Hashing) -> Vec<(Vec<u8>, Vec<u8>)> {
    let types = |name: &Path| match zone.nodes.get(name) {
        Some(types) if is_cut(types) && !types.contains(&DS) => types.clone(),
        Some(types) => types | &Types::from([RRSIG]),
        None => Types::new(),
    };
    let hashed: BTreeMap<_, _> = zone
        .names()
        .into_iter()
        .map(|name| (hash(&name, hashing), types(&name)))
        .collect();
    let nexts = hashed.keys().cycle().skip(1);
    let head = |size: usize| u8::try_from(size).expect("short");
    let link = |((owner, types), next): ((&[u8; 20], &Types), &[u8; 20])| {
        let label = data_encoding::BASE32HEX_NOPAD.encode(owner);
        let rdata = [
            &[1, u8::from(hashing.opt_out)],
            hashing.iterations.to_be_bytes().as_slice(),
            &[head(hashing.salt.len())],
            &hashing.salt,
            &[20],
            next,
            &bitmap(types),
        ]
        .concat();
        (wire(&[APEX, &label]), rdata)
    };
    hashed.iter().zip(nexts).map(link).collect()
}

/// RFC 5155 section 5.
fn hash(name: &Path, hashing: &Hashing) -> [u8; 20] {
    let hash_with_salt = |octets: &[u8]| {
        let digest = ring::digest::digest(
            &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            &[octets, &hashing.salt].concat(),
        );
        digest.as_ref().try_into().expect("SHA-1 has 20 octets")
    };
    (0..hashing.iterations).fold(hash_with_salt(&wire(name)), |hash, _| hash_with_salt(&hash))
}
