//! Builds a zone record by record and signs it; what comes out is right unless the builder was told otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::denial::{self, DenialMethod, Nsec3Parameters, OnlineDenial, OnlineSigner};
use super::error::ZoneError;
use super::key::{SigningKey, ValidityPeriod};
use super::nsec;
use super::rrset::{Node, SignedRrset};
use super::signed::SignedZone;
use crate::dns::{Name, RrType, Timestamp, rdata_from_text};

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDuty {
    /// The DNSKEY RRset: a KSK.
    Keys,
    /// All but the DNSKEY RRset: a ZSK.
    Data,
    /// Everything: a CSK.
    All,
    /// Nothing: it waits for a rollover, or stays until one has ended.
    Standby,
}

impl KeyDuty {
    fn covers(self, rtype: RrType) -> bool {
        match self {
            Self::Keys => rtype == RrType::DNSKEY,
            Self::Data => rtype != RrType::DNSKEY,
            Self::All => true,
            Self::Standby => false,
        }
    }
}

struct ZoneKey {
    key: Arc<SigningKey>,
    duty: KeyDuty,
    published: bool,
}

type Alteration = Box<dyn FnOnce(&mut SignedZone) -> Result<(), ZoneError>>;

/// A zone in the making. The first mistake is kept and told by [`ZoneBuilder::sign`].
pub struct ZoneBuilder {
    apex: Name,
    ttl: u32,
    nodes: BTreeMap<Name, Node>,
    keys: Vec<ZoneKey>,
    validity: ValidityPeriod,
    validity_of: Vec<(Name, RrType, ValidityPeriod)>,
    denial: DenialMethod,
    alterations: Vec<Alteration>,
    error: Option<ZoneError>,
}

impl ZoneBuilder {
    /// A zone with an SOA, an NS and the addresses 127.0.0.1 and ::1 for it; signatures will be valid from a day before
    /// `at` to 30 days after it.
    pub fn new(apex: &Name, at: Timestamp) -> Self {
        let empty = Self {
            ttl: 3600,
            nodes: BTreeMap::new(),
            keys: Vec::new(),
            validity: ValidityPeriod::days(at, -1, 30),
            validity_of: Vec::new(),
            denial: DenialMethod::default(),
            alterations: Vec::new(),
            error: None,
            apex: apex.clone(),
        };
        let suffix = suffix(apex);
        empty
            .record(
                "@",
                RrType::SOA,
                &format!("ns1{suffix} hostmaster{suffix} 2026112201 14400 3600 1209600 300"),
            )
            .record("@", RrType::NS, &format!("ns1{suffix}"))
            .record("ns1", RrType::A, "127.0.0.1")
            .record("ns1", RrType::AAAA, "::1")
    }

    /// The TTL of the records that follow; 3600 before.
    #[must_use]
    pub fn ttl(mut self, ttl: u32) -> Self {
        self.ttl = ttl;
        self
    }

    /// Adds a record in presentation form. The owner is `@`, relative to the apex, or absolute with a final dot; names in
    /// the data are absolute and become lower case. An SOA takes the place of the one before.
    #[must_use]
    pub fn record(mut self, owner: &str, rtype: RrType, text: &str) -> Self {
        let rdata = rdata_from_text(rtype, text).map_err(|error| ZoneError::Rdata {
            owner: owner.to_owned(),
            rtype,
            problem: error.to_string(),
        });
        let added = rdata.and_then(|rdata| self.add(owner, rtype, rdata));
        self.keep_error(added);
        self
    }

    /// Adds a record by its octets, names in them uncompressed and in the case that is wanted.
    #[must_use]
    pub fn rdata(mut self, owner: &str, rtype: RrType, rdata: impl Into<Vec<u8>>) -> Self {
        let added = self.add(owner, rtype, rdata.into());
        self.keep_error(added);
        self
    }

    /// Publishes a key and lets it sign.
    #[must_use]
    pub fn key(mut self, key: impl Into<Arc<SigningKey>>, duty: KeyDuty) -> Self {
        self.keys.push(ZoneKey {
            key: key.into(),
            duty,
            published: true,
        });
        self
    }

    /// Lets a key sign that is not in the DNSKEY RRset.
    #[must_use]
    pub fn unpublished_key(mut self, key: impl Into<Arc<SigningKey>>, duty: KeyDuty) -> Self {
        self.keys.push(ZoneKey {
            key: key.into(),
            duty,
            published: false,
        });
        self
    }

    /// The validity period of all signatures.
    #[must_use]
    pub fn validity(mut self, validity: ValidityPeriod) -> Self {
        self.validity = validity;
        self
    }

    /// The validity period of the signatures over one RRset.
    #[must_use]
    pub fn validity_of(mut self, owner: &str, rtype: RrType, validity: ValidityPeriod) -> Self {
        match self.owner(owner) {
            Ok(owner) => self.validity_of.push((owner, rtype, validity)),
            Err(error) => self.keep_error(Err(error)),
        }
        self
    }

    /// Proves by NSEC3 what does not exist, instead of by NSEC (RFC 5155); `iterations` are those after the first. With
    /// `opt_out`, unsigned delegations are left out of the chain (section 6).
    #[must_use]
    pub fn nsec3(mut self, iterations: u16, salt: &[u8], opt_out: bool) -> Self {
        let longest = usize::from(u8::MAX);
        let fits = if salt.len() > longest {
            Err(ZoneError::SaltTooLong(salt.len()))
        } else {
            Ok(())
        };
        self.keep_error(fits);
        self.denial = DenialMethod::Nsec3 {
            hashing: Nsec3Parameters {
                iterations,
                salt: salt.to_vec(),
            },
            opt_out,
        };
        self
    }

    /// Proves what does not exist by an NSEC that is made and signed for the answer. Wildcards are expanded and signed.
    #[must_use]
    pub fn online_denial(mut self, lie: OnlineDenial) -> Self {
        self.denial = DenialMethod::Online(lie);
        self
    }

    /// Changes the zone once its chain of NSEC or NSEC3 is linked and before it is signed, so that what is wrong with it
    /// is validly signed.
    #[must_use]
    pub fn altered(
        mut self,
        alteration: impl FnOnce(&mut SignedZone) -> Result<(), ZoneError> + 'static,
    ) -> Self {
        self.alterations.push(Box::new(alteration));
        self
    }

    /// Publishes the keys, links the chain of NSEC or NSEC3 and signs what a zone signs (RFC 4035 section 2). A zone
    /// without keys stays unsigned.
    pub fn sign(mut self) -> Result<SignedZone, ZoneError> {
        for key in self.keys.iter().filter(|key| key.published) {
            let rdata = key.key.dnskey_rdata();
            insert_record(
                &mut self.nodes,
                self.apex.clone(),
                RrType::DNSKEY,
                self.ttl,
                rdata,
            );
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        let nodes = std::mem::take(&mut self.nodes);
        let mut zone = if self.keys.is_empty() {
            SignedZone::new(self.apex.clone(), nodes)
        } else {
            self.link_denial_records(nodes)
        };
        for alteration in std::mem::take(&mut self.alterations) {
            alteration(&mut zone)?;
        }
        if !self.keys.is_empty() {
            self.sign_parts(&mut zone)?;
        }
        Ok(zone)
    }

    fn link_denial_records(&self, mut nodes: BTreeMap<Name, Node>) -> SignedZone {
        let (apex, ttl) = (self.apex.clone(), nsec::negative_ttl(&self.apex, &nodes));
        match &self.denial {
            DenialMethod::Nsec => {
                nsec::link(&apex, &mut nodes);
                SignedZone::new(apex, nodes)
            }
            DenialMethod::Nsec3 { hashing, opt_out } => {
                let nsec3s = denial::link_nsec3(&apex, &mut nodes, ttl, (hashing, *opt_out));
                SignedZone::new(apex, nodes).with_nsec3s(nsec3s)
            }
            DenialMethod::Online(lie) => {
                let keys = self
                    .keys
                    .iter()
                    .filter(|key| key.duty.covers(RrType::NSEC))
                    .map(|key| Arc::clone(&key.key));
                let (lie, keys, validity) = (*lie, keys.collect(), self.validity);
                let signer = OnlineSigner {
                    apex: apex.clone(),
                    lie,
                    keys,
                    validity,
                    ttl,
                };
                SignedZone::new(apex, nodes).with_online_signer(signer)
            }
        }
    }

    fn sign_parts(&self, zone: &mut SignedZone) -> Result<(), ZoneError> {
        let (nodes, nsec3s) = zone.parts_mut();
        let authority: Vec<_> = nodes
            .keys()
            .map(|owner| nsec::authority_over(&self.apex, nodes, owner))
            .collect();
        for ((owner, node), authority) in nodes.iter_mut().zip(authority) {
            for (&rtype, rrset) in node
                .iter_mut()
                .filter(|(rtype, _)| authority.signs(**rtype))
            {
                rrset.rrsigs = self.rrsigs(owner, rtype, rrset)?;
            }
        }
        for (owner, rrset) in nsec3s {
            rrset.rrsigs = self.rrsigs(owner, RrType::NSEC3, rrset)?;
        }
        Ok(())
    }

    fn rrsigs(
        &self,
        owner: &Name,
        rtype: RrType,
        rrset: &SignedRrset,
    ) -> Result<Vec<Vec<u8>>, ZoneError> {
        let special = self
            .validity_of
            .iter()
            .find(|(name, of, _)| name == owner && *of == rtype);
        let validity = special.map_or(self.validity, |(_, _, validity)| *validity);
        let signers = self.keys.iter().filter(|key| key.duty.covers(rtype));
        let rdatas = || rrset.rdatas.iter().map(Vec::as_slice);
        signers
            .map(|key| {
                key.key
                    .rrsig_rdata(&self.apex, (owner, rtype, rrset.ttl), rdatas(), validity)
            })
            .collect()
    }

    fn add(&mut self, owner: &str, rtype: RrType, rdata: Vec<u8>) -> Result<(), ZoneError> {
        let owner = self.owner(owner)?;
        if rtype == RrType::SOA {
            self.nodes.entry(owner.clone()).or_default().remove(&rtype);
        }
        insert_record(&mut self.nodes, owner, rtype, self.ttl, rdata);
        Ok(())
    }

    fn owner(&self, text: &str) -> Result<Name, ZoneError> {
        let full = match text {
            "@" => return Ok(self.apex.clone()),
            _ if text.ends_with('.') => text.to_owned(),
            _ => format!("{text}{}", suffix(&self.apex)),
        };
        let name: Name = full
            .parse()
            .map_err(|error| ZoneError::Name { text: full, error })?;
        if name.is_within(&self.apex) {
            Ok(name)
        } else {
            Err(ZoneError::OutsideZone(name))
        }
    }

    fn keep_error(&mut self, result: Result<(), ZoneError>) {
        self.error = self.error.take().or(result.err());
    }
}

/// All records of an RRset have one TTL: that of the first (RFC 2181 section 5.2).
fn insert_record(
    nodes: &mut BTreeMap<Name, Node>,
    owner: Name,
    rtype: RrType,
    ttl: u32,
    rdata: Vec<u8>,
) {
    let new = || SignedRrset {
        ttl,
        rdatas: Vec::new(),
        rrsigs: Vec::new(),
    };
    nodes
        .entry(owner)
        .or_default()
        .entry(rtype)
        .or_insert_with(new)
        .rdatas
        .push(rdata);
}

/// What stands after a label to make it a name below `apex`.
fn suffix(apex: &Name) -> String {
    if apex.is_root() {
        ".".to_owned()
    } else {
        format!(".{apex}")
    }
}

#[cfg(test)]
#[path = "zone_tests.rs"]
mod tests;
