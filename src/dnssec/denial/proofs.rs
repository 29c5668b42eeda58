//! Which records may prove anything at all.

use data_encoding::BASE32HEX_NOPAD;

use crate::dns::{Class, Name, Nsec, Nsec3, Record, RrType, Rrset, TypeBitmap};
use crate::dnssec::validate::VerifiedRrset;

/// The NSEC and NSEC3 records of one response that the zone validly signed.
#[derive(Clone, Debug)]
pub struct Proofs {
    pub(super) zone: Name,
    pub(super) nsecs: Vec<NsecRecord>,
    pub(super) nsec3_chain: Option<Nsec3Chain>,
}

/// An NSEC and where it stands.
#[derive(Clone, Debug)]
pub(super) struct NsecRecord {
    pub(super) owner: Name,
    pub(super) next: Name,
    pub(super) types: TypeBitmap,
}

/// NSEC3 records of one way to hash.
///
/// A zone answers from one chain (RFC 5155 section 7.2); records with other parameters than the first are left out, so that
/// a response cannot have every name hashed in many ways.
#[derive(Clone, Debug)]
pub(super) struct Nsec3Chain {
    pub(super) iterations: u16,
    pub(super) salt: Box<[u8]>,
    pub(super) records: Vec<Nsec3Record>,
}

/// A SHA-1 hash.
pub(super) type Hash = [u8; 20];

/// An NSEC3 by the hashes that it leads from and to.
#[derive(Clone, Debug)]
pub(super) struct Nsec3Record {
    pub(super) owner: Hash,
    pub(super) next: Hash,
    pub(super) opt_out: bool,
    pub(super) types: TypeBitmap,
}

impl Proofs {
    /// Takes those of the `verified` RRsets that can prove something about names of `zone`, whose keys verified them.
    ///
    /// Left out are, beside other types: what was made from a wildcard, since its owner is the server's word
    /// (CVE-2017-15105); an owner with several NSEC or NSEC3, which contradict each other; and all that RFC 4034
    /// section 4 and RFC 5155 sections 3 and 8.2 do not allow.
    pub fn new<'a, 'm: 'a>(
        zone: &Name,
        verified: impl IntoIterator<Item = (&'a Rrset<'m>, &'a VerifiedRrset)>,
    ) -> Self {
        let mut proofs = Self {
            zone: zone.clone(),
            nsecs: Vec::new(),
            nsec3_chain: None,
        };
        for (rrset, verified) in verified {
            if verified.wildcard().is_none() {
                proofs.add(rrset);
            }
        }
        proofs
    }

    /// Whether there is no record that could prove anything.
    pub fn is_empty(&self) -> bool {
        self.nsecs.is_empty() && self.nsec3_chain.is_none()
    }

    pub(super) fn add(&mut self, rrset: &Rrset<'_>) {
        let Some(record) = single_record(rrset).filter(|_| rrset.class == Class::IN) else {
            return;
        };
        match rrset.rtype {
            RrType::NSEC => self.add_nsec(rrset, record),
            RrType::NSEC3 => self.add_nsec3(rrset.owner, rrset.message.rdata(record)),
            _ => {}
        }
    }

    fn add_nsec(&mut self, rrset: &Rrset<'_>, record: &Record) {
        let owner = rrset.owner;
        let Ok(Nsec { next, types }) = Nsec::read_in(rrset.message, record) else {
            return;
        };
        if owner.is_within(&self.zone) && next.is_within(&self.zone) {
            self.nsecs.push(NsecRecord {
                owner: owner.clone(),
                next,
                types,
            });
        }
    }

    fn add_nsec3(&mut self, owner: &Name, rdata: &[u8]) {
        let Some(owner) = self.owner_hash(owner) else {
            return;
        };
        let Ok(nsec3) = Nsec3::read(rdata) else {
            return;
        };
        let Ok(next) = Hash::try_from(&*nsec3.next_hashed_owner) else {
            return;
        };
        // RFC 5155 sections 8.1 and 8.2: what is not known is ignored.
        if nsec3.hash_algorithm != Nsec3::SHA_1 || nsec3.flags & !Nsec3::OPT_OUT != 0 {
            return;
        }
        let Nsec3 {
            flags,
            iterations,
            salt,
            types,
            ..
        } = nsec3;
        let chain = self.nsec3_chain.get_or_insert_with(|| Nsec3Chain {
            iterations,
            salt: salt.clone(),
            records: Vec::new(),
        });
        if chain.iterations == iterations && chain.salt == salt {
            chain.records.push(Nsec3Record {
                owner,
                next,
                opt_out: flags == Nsec3::OPT_OUT,
                types,
            });
        }
    }

    /// The hash that an NSEC3's owner is made of: one label in base32hex below the apex (RFC 5155 section 3).
    fn owner_hash(&self, owner: &Name) -> Option<Hash> {
        let label = owner.labels().next()?;
        let in_zone = owner.parent().is_some_and(|parent| parent == self.zone);
        let hash = BASE32HEX_NOPAD
            .decode(&label.to_ascii_uppercase())
            .ok()
            .filter(|_| in_zone)?;
        Hash::try_from(hash).ok()
    }
}

/// The record of an RRset that has one, however often it was sent.
fn single_record<'m>(rrset: &Rrset<'m>) -> Option<&'m Record> {
    let mut records = rrset.records.iter().copied();
    let first = records.next()?;
    let rdata = |record: &'m Record| rrset.message.rdata(record);
    records
        .all(|record| rdata(record) == rdata(first))
        .then_some(first)
}

#[cfg(test)]
#[path = "proofs_tests.rs"]
mod tests;
