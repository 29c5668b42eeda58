//! The ways to break a zone: before it is signed, with [`super::ZoneBuilder::altered`], or once it is signed.

use super::denial::hashed_owner;
use super::error::ZoneError;
use super::key::{SigningKey, ValidityPeriod};
use super::rrset::SignedRrset;
use super::signed::SignedZone;
use crate::dns::{Name, RrType, Rrsig};

impl SignedZone {
    /// One RRset, to break it in a way that no method here knows.
    pub fn rrset_mut(
        &mut self,
        owner: &Name,
        rtype: RrType,
    ) -> Result<&mut SignedRrset, ZoneError> {
        let (nodes, nsec3s) = self.parts_mut();
        let rrset = match rtype {
            RrType::NSEC3 => nsec3s.get_mut(owner),
            _ => nodes.get_mut(owner).and_then(|node| node.get_mut(&rtype)),
        };
        rrset.ok_or_else(|| ZoneError::NoRrset(owner.clone(), rtype))
    }

    /// Changes the last bit of an RRset's first record: of an address the host, of an SOA its last timer.
    pub fn tamper(&mut self, owner: &Name, rtype: RrType) -> Result<(), ZoneError> {
        let rrset = self.rrset_mut(owner, rtype)?;
        let octet = rrset.rdatas.first_mut().and_then(|rdata| rdata.last_mut());
        *octet.ok_or_else(|| ZoneError::NoRrset(owner.clone(), rtype))? ^= 1;
        Ok(())
    }

    /// Takes an RRset out of the zone with its signatures, and leaves the chain of NSEC or NSEC3 as it was. A name that
    /// has no RRset left is gone.
    pub fn remove(&mut self, owner: &Name, rtype: RrType) -> Result<SignedRrset, ZoneError> {
        let (nodes, nsec3s) = self.parts_mut();
        let removed = match rtype {
            RrType::NSEC3 => nsec3s.remove(owner),
            _ => nodes.get_mut(owner).and_then(|node| node.remove(&rtype)),
        };
        nodes.retain(|_, node| !node.is_empty());
        removed.ok_or_else(|| ZoneError::NoRrset(owner.clone(), rtype))
    }

    /// Takes every RRset of a type out of the zone with its signatures.
    pub fn remove_all(&mut self, rtype: RrType) -> Result<(), ZoneError> {
        let owners: Vec<_> = self
            .rrsets_mut()
            .filter(|(_, of, _)| *of == rtype)
            .map(|(owner, ..)| owner.clone())
            .collect();
        if owners.is_empty() {
            return Err(ZoneError::NoRrset(self.apex().clone(), rtype));
        }
        owners
            .iter()
            .try_for_each(|owner| self.remove(owner, rtype).map(|_| ()))
    }

    /// Changes the data of every record of a type.
    pub fn alter(
        &mut self,
        rtype: RrType,
        mut change: impl FnMut(&mut Vec<u8>),
    ) -> Result<(), ZoneError> {
        let none = ZoneError::NoRrset(self.apex().clone(), rtype);
        let of_type = self.rrsets_mut().filter(|(_, of, _)| *of == rtype);
        let changed: usize = of_type
            .map(|(_, _, rrset)| rrset.rdatas.iter_mut().map(&mut change).count())
            .sum();
        if changed == 0 { Err(none) } else { Ok(()) }
    }

    /// Takes away the signatures of every RRset that `which` names.
    pub fn strip_rrsigs(&mut self, which: impl Fn(&Name, RrType) -> bool) {
        for (_, _, rrset) in self
            .rrsets_mut()
            .filter(|(owner, rtype, _)| which(owner, *rtype))
        {
            rrset.rrsigs.clear();
        }
    }

    /// Changes the last bit of every signature over the RRsets that `which` names.
    pub fn tamper_rrsigs(&mut self, which: impl Fn(&Name, RrType) -> bool) {
        for (_, _, rrset) in self
            .rrsets_mut()
            .filter(|(owner, rtype, _)| which(owner, *rtype))
        {
            for octet in rrset.rrsigs.iter_mut().filter_map(|rrsig| rrsig.last_mut()) {
                *octet ^= 1;
            }
        }
    }

    /// Puts one signature in the place of those of an RRset, with fields of the RRSIG altered before it is signed, so
    /// that the signature fits them.
    pub fn sign_again(
        &mut self,
        (owner, rtype): (&Name, RrType),
        key: &SigningKey,
        validity: ValidityPeriod,
        alter: impl FnOnce(&mut Rrsig<'_>),
    ) -> Result<(), ZoneError> {
        let apex = self.apex().clone();
        let rrset = self.rrset_mut(owner, rtype)?;
        let rdatas = rrset.rdatas.iter().map(Vec::as_slice);
        let signed = (owner, rtype, rrset.ttl);
        rrset.rrsigs = vec![key.altered_rrsig_rdata(&apex, signed, rdatas, validity, alter)?];
        Ok(())
    }

    /// Puts every NSEC3 where no name hashes to: every bit of its owner's hash is turned over.
    pub fn misplace_nsec3s(&mut self) {
        let apex = self.apex().clone();
        self.move_nsec3s(|owner| inverted_owner(owner, &apex));
    }

    /// Gives every NSEC3 another owner, but for those where `to` gives none.
    pub fn move_nsec3s(&mut self, to: impl Fn(&Name) -> Option<Name>) {
        let (_, nsec3s) = self.parts_mut();
        let moved = std::mem::take(nsec3s)
            .into_iter()
            .map(|(owner, rrset)| (to(&owner).unwrap_or(owner), rrset));
        *nsec3s = moved.collect();
    }

    fn rrsets_mut(&mut self) -> impl Iterator<Item = (&Name, RrType, &mut SignedRrset)> {
        let (nodes, nsec3s) = self.parts_mut();
        let of_nodes = nodes.iter_mut().flat_map(|(owner, node)| {
            node.iter_mut()
                .map(move |(&rtype, rrset)| (owner, rtype, rrset))
        });
        of_nodes.chain(
            nsec3s
                .iter_mut()
                .map(|(owner, rrset)| (owner, RrType::NSEC3, rrset)),
        )
    }
}

fn inverted_owner(owner: &Name, apex: &Name) -> Option<Name> {
    let label = owner.labels().next()?.to_ascii_uppercase();
    let hash = data_encoding::BASE32HEX_NOPAD.decode(&label).ok()?;
    hashed_owner(&hash.iter().map(|octet| !octet).collect::<Vec<_>>(), apex)
}
