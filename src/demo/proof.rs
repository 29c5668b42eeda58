//! The records that prove what does not exist (RFC 4035 section 3.1.3, RFC 5155 section 7.2).

use std::borrow::Cow;

use super::denial::{Nsec3Parameters, OnlineDenial, OnlineSigner};
use super::nsec::authority_over;
use super::reply::{ReplyRecord, ancestors};
use super::rrset::SignedRrset;
use super::signed::SignedZone;
use crate::dns::{Name, RrType};

/// What is not there; `encloser` is the nearest name above that exists.
#[derive(Clone, Copy, Debug)]
pub(super) enum MissingData<'n> {
    /// A type, at a name that exists.
    Type(&'n Name),
    /// A name, and the wildcard that would stand for it.
    Name { name: &'n Name, encloser: &'n Name },
    /// A name for which a wildcard answers.
    NameOfAnswer { name: &'n Name, encloser: &'n Name },
    /// A name, and a type at the wildcard that stands for it.
    TypeAtWildcard { name: &'n Name, encloser: &'n Name },
}

/// An RRset of a proof: one of the zone's, or one made for the answer.
pub(super) type ProofRrset<'z> = (Name, RrType, Cow<'z, SignedRrset>);

/// The RRsets that prove it, as far as the zone has them; one may come twice.
pub(super) fn prove_absence<'z>(
    zone: &'z SignedZone,
    absent: MissingData<'_>,
) -> Vec<ProofRrset<'z>> {
    if let Some(signer) = zone.online() {
        return online_proof(zone, signer, absent);
    }
    let param = zone.rrset(zone.apex(), RrType::NSEC3PARAM);
    match param.and_then(|param| Nsec3Parameters::read(param.rdatas.first()?)) {
        Some(hashing) => Nsec3Prover { zone, hashing }.prove(absent),
        None => nsec_proof(zone, absent),
    }
}

/// The NSECs that match or cover the names (RFC 4035 sections 3.1.3.1 to 3.1.3.4).
fn nsec_proof<'z>(zone: &'z SignedZone, absent: MissingData<'_>) -> Vec<ProofRrset<'z>> {
    let (name, wildcard) = match absent {
        MissingData::Type(name) | MissingData::NameOfAnswer { name, .. } => (name, None),
        MissingData::Name { name, encloser } | MissingData::TypeAtWildcard { name, encloser } => {
            (name, wildcard_of(encloser))
        }
    };
    let nsec = |name: &Name| {
        let mut before = zone.nodes().range(..=name.clone()).rev();
        before.find_map(|(owner, node)| Some((owner, node.get(&RrType::NSEC)?)))
    };
    let rrsets = [Some(name), wildcard.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(nsec);
    rrsets
        .map(|(owner, rrset)| (owner.clone(), RrType::NSEC, Cow::Borrowed(rrset)))
        .collect()
}

fn online_proof<'z>(
    zone: &SignedZone,
    signer: &OnlineSigner,
    absent: MissingData<'_>,
) -> Vec<ProofRrset<'z>> {
    let matching = |name: &Name| {
        let authority = authority_over(zone.apex(), zone.nodes(), name);
        Some((
            name.clone(),
            signer.matching(name, authority, zone.nodes().get(name))?,
        ))
    };
    let rrsets = match absent {
        MissingData::Type(name) => vec![matching(name)],
        MissingData::Name { name, encloser } => match signer.lie {
            OnlineDenial::White => {
                let names = [next_closer(name, encloser), wildcard_of(encloser)];
                names
                    .iter()
                    .flatten()
                    .map(|name| signer.covering(name))
                    .collect()
            }
            OnlineDenial::Black => vec![signer.without_name(name)],
        },
        // Its expansion is signed as if the name had the data: there is nothing to deny.
        MissingData::NameOfAnswer { .. } => Vec::new(),
        // Nor is there anything but the type, at a name that the answer says to exist.
        MissingData::TypeAtWildcard { name, encloser } => {
            let node = wildcard_of(encloser).and_then(|wildcard| zone.nodes().get(&wildcard));
            let authority = authority_over(zone.apex(), zone.nodes(), name);
            vec![
                signer
                    .matching(name, authority, node)
                    .map(|nsec| (name.clone(), nsec)),
            ]
        }
    };
    rrsets
        .into_iter()
        .flatten()
        .map(|(owner, rrset)| (owner, RrType::NSEC, Cow::Owned(rrset)))
        .collect()
}

/// A zone with NSEC3, which a server looks up with the parameters that NSEC3PARAM names (RFC 5155 section 7.2).
struct Nsec3Prover<'z> {
    zone: &'z SignedZone,
    hashing: Nsec3Parameters,
}

impl<'z> Nsec3Prover<'z> {
    fn prove(&self, absent: MissingData<'_>) -> Vec<ProofRrset<'z>> {
        let rrsets = match absent {
            // RFC 5155 sections 7.2.3 and 7.2.7; 7.2.4 where the delegation is left out of the chain.
            MissingData::Type(name) => match self.matching(name) {
                Some(matching) => vec![Some(matching)],
                None => self.closest_encloser(name),
            },
            // Section 7.2.6.
            MissingData::NameOfAnswer { name, encloser } => vec![self.next_closer(name, encloser)],
            // Sections 7.2.2 and 7.2.5: what covers the wildcard, and what matches it.
            MissingData::Name { name, encloser }
            | MissingData::TypeAtWildcard { name, encloser } => {
                let mut proof = self.closest_encloser(name);
                proof.push(
                    wildcard_of(encloser).and_then(|wildcard| self.matching_or_covering(&wildcard)),
                );
                proof
            }
        };
        let rrset = |(owner, rrset): (&Name, &'z SignedRrset)| {
            (owner.clone(), RrType::NSEC3, Cow::Borrowed(rrset))
        };
        rrsets.into_iter().flatten().map(rrset).collect()
    }

    /// The nearest name at or above `name` that has an NSEC3, and what covers the next name towards it (section 7.2.1).
    fn closest_encloser(&self, name: &Name) -> Vec<Option<(&'z Name, &'z SignedRrset)>> {
        let apex = self.zone.apex();
        let nearest = ancestors(name, apex).find_map(|above| Some((self.matching(&above)?, above)));
        match nearest {
            Some((matching, encloser)) => vec![Some(matching), self.next_closer(name, &encloser)],
            // A broken chain has none: the server gives what it finds.
            None => vec![
                self.matching_or_covering(apex),
                self.matching_or_covering(name),
            ],
        }
    }

    fn next_closer(&self, name: &Name, encloser: &Name) -> Option<(&'z Name, &'z SignedRrset)> {
        self.matching_or_covering(&next_closer(name, encloser)?)
    }

    fn matching(&self, name: &Name) -> Option<(&'z Name, &'z SignedRrset)> {
        let hashed = self.hashing.owner(name, self.zone.apex())?;
        self.matching_or_covering(name)
            .filter(|(owner, _)| **owner == hashed)
    }

    /// The NSEC3 at the hash of `name`, or else the one before it; before the first comes the last.
    fn matching_or_covering(&self, name: &Name) -> Option<(&'z Name, &'z SignedRrset)> {
        let hashed = self.hashing.owner(name, self.zone.apex())?;
        let has_parameters = |(_, rrset): &(&'z Name, &'z SignedRrset)| {
            rrset
                .rdatas
                .first()
                .and_then(|rdata| Nsec3Parameters::read(rdata))
                .is_some_and(|hashing| hashing == self.hashing)
        };
        let nsec3s = self.zone.nsec3s();
        let before = nsec3s.range(..=hashed).rev().find(has_parameters);
        before.or_else(|| nsec3s.iter().rev().find(has_parameters))
    }
}

/// The name below `encloser` that is `name` or stands above it.
fn next_closer(name: &Name, encloser: &Name) -> Option<Name> {
    ancestors(name, encloser)
        .filter(|above| above != encloser)
        .last()
}

fn wildcard_of(encloser: &Name) -> Option<Name> {
    encloser.prepend_label(b"*").ok()
}

/// An RRset made for the answer as records, with its signatures.
pub(super) fn owned_records<'z>(
    owner: &Name,
    rtype: RrType,
    rrset: SignedRrset,
) -> Vec<ReplyRecord<'z>> {
    let ttl = rrset.ttl;
    let record = |rtype, rdata| ReplyRecord {
        owner: owner.clone(),
        rtype,
        ttl,
        rdata: Cow::Owned(rdata),
    };
    let data = rrset.rdatas.into_iter().map(|rdata| record(rtype, rdata));
    data.chain(
        rrset
            .rrsigs
            .into_iter()
            .map(|rdata| record(RrType::RRSIG, rdata)),
    )
    .collect()
}
