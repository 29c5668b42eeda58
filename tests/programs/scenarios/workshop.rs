//! Where the zones of the table are made.

use std::sync::Arc;

use outsidein::demo::{
    KeyDuty, ServerBehaviour, SignedZone, SigningKey, ValidityPeriod, ZoneBuilder, ZoneError,
};
use outsidein::dns::{Algorithm, DigestType, Name, Nsec, RrType, Timestamp};

use crate::scenarios::scenario::Built;

/// What a zone is made of: its name, its time and its keys.
pub struct Workshop {
    /// The apex.
    pub apex: Name,
    /// The time at which it will be asked.
    pub at: Timestamp,
    /// The key that the DS is of.
    pub ksk: Arc<SigningKey>,
    /// The key that signs all.
    pub zsk: Arc<SigningKey>,
}

impl Workshop {
    /// A workshop for a zone.
    pub fn new(apex: Name, at: Timestamp) -> Self {
        let [ksk, zsk] =
            [SigningKey::KSK, SigningKey::ZSK].map(|flags| key(Algorithm::ECDSAP256SHA256, flags));
        Self { apex, at, ksk, zsk }
    }

    /// A name in the zone.
    pub fn name(&self, relative: &str) -> Name {
        if relative == "@" {
            self.apex.clone()
        } else {
            format!("{relative}.{}", self.apex).parse().expect("a name")
        }
    }

    /// The zone's records, with no keys yet.
    pub fn records(&self) -> ZoneBuilder {
        ZoneBuilder::new(&self.apex, self.at)
            .record("www", RrType::A, "192.0.2.80")
            .record("alias", RrType::CNAME, &self.name("www").to_string())
            .record("deep.empty", RrType::A, "192.0.2.81")
            .record("*.wild", RrType::TXT, "expanded")
            .record("plain", RrType::NS, &self.name("ns1").to_string())
    }

    /// The zone with its keys and NSEC. As dnssec-signzone does it, the DNSKEY RRset is signed by both keys.
    pub fn nsec(&self) -> ZoneBuilder {
        self.records()
            .key(Arc::clone(&self.ksk), KeyDuty::Keys)
            .key(Arc::clone(&self.zsk), KeyDuty::All)
    }

    /// The zone with its keys and NSEC3 as RFC 9276 wants it.
    pub fn nsec3(&self) -> ZoneBuilder {
        self.nsec().nsec3(0, &[], false)
    }

    /// The DS of the KSK.
    pub fn ds(&self) -> Vec<u8> {
        self.ksk.ds_rdata(&self.apex)
    }

    /// The DS of the KSK by another digest.
    pub fn ds_by(&self, digest_type: DigestType) -> Vec<u8> {
        self.ksk.ds_rdata_by(&self.apex, digest_type)
    }

    /// The zone behind the DS of its KSK.
    pub fn built(&self, zone: SignedZone) -> Built {
        self.behind(vec![self.ds()], zone)
    }

    /// The zone behind this DS RRset.
    pub fn behind(&self, ds: Vec<Vec<u8>>, zone: SignedZone) -> Built {
        assert_eq!(*zone.apex(), self.apex, "a zone made elsewhere");
        Built {
            zone: Some(zone),
            ds,
            behaviour: ServerBehaviour::Answer,
        }
    }

    /// The zone with NSEC3, broken once it is signed: what testbeds do to a zone file.
    pub fn broken(
        &self,
        fault: impl FnOnce(&mut SignedZone) -> Result<(), ZoneError>,
    ) -> Result<Built, ZoneError> {
        let mut zone = self.nsec3().sign()?;
        fault(&mut zone)?;
        Ok(self.built(zone))
    }

    /// The zone with NSEC, changed before it is signed: what a signer that errs does.
    pub fn mistaken(
        &self,
        change: impl FnOnce(&mut SignedZone) -> Result<(), ZoneError> + 'static,
    ) -> Result<Built, ZoneError> {
        Ok(self.built(self.nsec().altered(change).sign()?))
    }

    /// The same with NSEC3.
    pub fn mistaken3(
        &self,
        change: impl FnOnce(&mut SignedZone) -> Result<(), ZoneError> + 'static,
    ) -> Result<Built, ZoneError> {
        Ok(self.built(self.nsec3().altered(change).sign()?))
    }

    /// A validity period that holds now.
    pub fn valid(&self) -> ValidityPeriod {
        ValidityPeriod::days(self.at, -1, 30)
    }

    /// A validity period that is over.
    pub fn over(&self) -> ValidityPeriod {
        ValidityPeriod::days(self.at, -33, -3)
    }

    /// A validity period that has not begun.
    pub fn to_come(&self) -> ValidityPeriod {
        ValidityPeriod::days(self.at, 30, 60)
    }

    /// A validity period that ends before it begins.
    pub fn reversed(&self) -> ValidityPeriod {
        ValidityPeriod::days(self.at, -1, -366)
    }
}

/// A new key.
pub fn key(algorithm: Algorithm, flags: u16) -> Arc<SigningKey> {
    Arc::new(SigningKey::generate(algorithm, flags).expect("a key"))
}

/// A key of an algorithm that is not to be had here: as large as the algorithm's are, and without meaning.
pub fn opaque(algorithm: u8, flags: u16) -> Arc<SigningKey> {
    let key = SigningKey::opaque(Algorithm(algorithm), flags, &[0xA5; 57], &[0x5A; 114]);
    Arc::new(key.expect("a key"))
}

/// Turns over a bit of the public key in those DNSKEY records that have these flags.
pub fn spoil_keys(zone: &mut SignedZone, flags: u16) -> Result<(), ZoneError> {
    change_keys(zone, flags, |rdata| {
        *rdata.last_mut().expect("a public key") ^= 1;
    })
}

/// Changes those DNSKEY records that have these flags.
pub fn change_keys(
    zone: &mut SignedZone,
    flags: u16,
    change: impl Fn(&mut Vec<u8>),
) -> Result<(), ZoneError> {
    zone.alter(RrType::DNSKEY, |rdata| {
        if rdata.starts_with(&flags.to_be_bytes()) {
            change(rdata);
        }
    })
}

/// Takes out those DNSKEY records that have these flags.
pub fn drop_keys(zone: &mut SignedZone, flags: u16) -> Result<(), ZoneError> {
    let apex = zone.apex().clone();
    zone.rrset_mut(&apex, RrType::DNSKEY)?
        .rdatas
        .retain(|rdata| !rdata.starts_with(&flags.to_be_bytes()));
    Ok(())
}

/// Changes where the NSEC of a name leads.
pub fn lead_nsec(zone: &mut SignedZone, owner: &Name, next: &Name) -> Result<(), ZoneError> {
    let rdata = &mut zone.rrset_mut(owner, RrType::NSEC)?.rdatas[0];
    let old = next_name(rdata);
    *rdata = [next.as_wire(), &rdata[old.as_wire().len()..]].concat();
    Ok(())
}

/// Changes what an NSEC says of the types at its owner.
pub fn show_in_nsec(
    zone: &mut SignedZone,
    owner: &Name,
    types: &[RrType],
) -> Result<(), ZoneError> {
    let rdata = &mut zone.rrset_mut(owner, RrType::NSEC)?.rdatas[0];
    *rdata = [
        next_name(rdata).as_wire(),
        &outsidein::demo::type_bitmap(types.to_vec()),
    ]
    .concat();
    Ok(())
}

/// Where the NSEC of a name leads.
pub fn next_of(zone: &SignedZone, owner: &Name) -> Name {
    next_name(&zone.rrset(owner, RrType::NSEC).expect("an NSEC").rdatas[0])
}

fn next_name(rdata: &[u8]) -> Name {
    Nsec::read(rdata).expect("an NSEC").next
}

/// The owner of the NSEC3 that matches a name, or else of the one that covers it.
pub fn nsec3_for(zone: &SignedZone, name: &Name) -> Name {
    let hashed = zone.nsec3_owner(name).expect("a zone with NSEC3");
    let before = zone
        .nsec3s()
        .range(..=hashed)
        .next_back()
        .or_else(|| zone.nsec3s().last_key_value());
    before.expect("a chain").0.clone()
}

/// Takes out the NSEC3 of a name, as if the zone did not have the name.
pub fn drop_nsec3(zone: &mut SignedZone, name: &Name) -> Result<(), ZoneError> {
    let owner = zone.nsec3_owner(name).expect("a zone with NSEC3");
    zone.remove(&owner, RrType::NSEC3).map(|_| ())
}
