//! Denial of existence held against what is true of a zone: any part of its chain proves nothing false, and the whole of it
//! proves all that is true.

use std::sync::LazyLock;

use outsidein::dns::{Dnskey, Message, Name, RrType, Rrset, Section};
use outsidein::dnssec::{
    Budget, DenialProof, Dnskeys, DsAbsence, ProofKind, Proofs, RrsetVerdict, VerifiedRrset,
    prove_no_ds, prove_nodata, prove_nxdomain, prove_wildcard_answer, validate_rrset,
};

use super::bytes::Bytes;
use super::validate::NOW;
use super::zone::{self, A, ANY, CNAME, DS, Hashing, MX, NSEC, Path, RRSIG, Truth, Types, Zone};
use crate::testing::{self, Response, SignatureFields, Signer, record};

const NSEC3: u16 = 50;
const QTYPES: [u16; 8] = [A, MX, CNAME, DS, NSEC, RRSIG, ANY, NSEC3];

pub fn run(octets: &[u8]) {
    let bytes = &mut Bytes(octets);
    let zone = Zone::new(bytes);
    let hashing = bytes.option(|bytes| Hashing {
        opt_out: bytes.flag(),
        iterations: u16::from(bytes.u8() % 4),
        salt: bytes.list(3, Bytes::u8),
    });
    let shown = if hashing.as_ref().is_some_and(|hashing| hashing.opt_out) {
        zone.without_unsigned_delegations()
    } else {
        zone.clone()
    };
    let (rtype, chain) = match &hashing {
        Some(hashing) => (NSEC3, zone::nsec3_chain(&shown, hashing)),
        None => (NSEC, zone::nsec_chain(&shown)),
    };
    let all_proofs = proofs(rtype, &chain);
    let part: Vec<_> = chain.iter().filter(|_| bytes.flag()).cloned().collect();
    let some_proofs = proofs(rtype, &part);
    while !bytes.is_empty() {
        let name = zone::path(bytes);
        let case = Case {
            zone: &zone,
            shown: &shown,
            hashed: rtype == NSEC3,
            name: &name,
        };
        let qtype = bytes.pick(&QTYPES);
        case.is_sound(&all_proofs, qtype);
        case.is_sound(&some_proofs, qtype);
        case.is_complete(&all_proofs, qtype);
    }
}

/// These records as if each had been verified.
fn proofs(rtype: u16, chain: &[(Vec<u8>, Vec<u8>)]) -> Proofs {
    let records = chain
        .iter()
        .map(|(owner, rdata)| record(owner, rtype, 60, rdata));
    let message =
        Message::read(Response::to("example", rtype).answer(records).octets()).expect("a message");
    let rrsets = Rrset::group(&message, Section::Answer);
    Proofs::new(
        &"example".parse().expect("a name"),
        rrsets.iter().map(|rrset| (rrset, &*VERIFIED)),
    )
}

/// The verdict on an RRset that was not made from a wildcard; one is as good as another.
static VERIFIED: LazyLock<VerifiedRrset> = LazyLock::new(|| {
    let (signer, owner) = (Signer::new(1), testing::name("example"));
    let fields = SignatureFields {
        type_covered: A,
        algorithm: Signer::ALGORITHM,
        labels: 1,
        original_ttl: 0,
        expiration: NOW.as_rrsig_field(),
        inception: NOW.as_rrsig_field(),
        key_tag: signer.key_tag(),
        signer: owner.clone(),
    };
    let rdata = vec![192, 0, 2, 1];
    let rrsig = record(
        &owner,
        RRSIG,
        0,
        &signer.rrsig(&fields, &owner, std::slice::from_ref(&rdata)),
    );
    let octets = Response::to("example", A)
        .answer([record(&owner, A, 0, &rdata), rrsig])
        .octets();
    let message = Message::read(octets).expect("a message");
    let key = Dnskey::read(&signer.dnskey()).expect("a key");
    let keys = Dnskeys {
        zone: "example".parse().expect("a name"),
        keys: vec![key],
    };
    match validate_rrset(
        &Rrset::group(&message, Section::Answer)[0],
        &keys,
        NOW,
        &mut Budget::default(),
    )
    .verdict
    {
        RrsetVerdict::Valid(verified) => verified,
        other => panic!("{other:?}"),
    }
});

/// One name and what is true of it.
#[derive(Debug)]
struct Case<'z> {
    zone: &'z Zone,
    /// The zone as its chain shows it.
    shown: &'z Zone,
    hashed: bool,
    name: &'z Path,
}

impl Case<'_> {
    /// Nothing false is proven, whatever is left out of the chain.
    fn is_sound(&self, proofs: &Proofs, qtype: u16) {
        let name = &self.asked();
        if let Ok(denied) = prove_nxdomain(proofs, name, &mut Budget::default()) {
            assert_eq!(denied.kind, ProofKind::Nxdomain, "{self:?}");
            assert!(
                self.seen(denied).is_absent(self.name),
                "nxdomain: {denied:?} {self:?}"
            );
        }
        if let Ok(denied) = prove_nodata(proofs, name, RrType(qtype), &mut Budget::default()) {
            let lacks = self.lacks(self.seen(denied), qtype);
            // Opt-Out leaves out names that it need not prove to be empty (erratum 3441 of RFC 5155).
            let left_open =
                denied.opt_out && matches!(self.shown.truth(self.name), Truth::Nothing { .. });
            assert!(
                lacks == Some(denied.kind) || left_open,
                "nodata {qtype}: {denied:?} {lacks:?} {self:?}"
            );
        }
        match prove_no_ds(proofs, name, &mut Budget::default()) {
            Ok(DsAbsence::InsecureDelegation { opt_out: false }) => {
                assert_eq!(
                    self.lacks(self.zone, DS),
                    Some(ProofKind::InsecureDelegation),
                    "{self:?}"
                );
            }
            Ok(DsAbsence::InsecureDelegation { opt_out: true }) => {
                assert!(
                    matches!(self.shown.truth(self.name), Truth::Nothing { .. }),
                    "{self:?}"
                );
            }
            Ok(DsAbsence::NotADelegation) => {
                let truth = self.zone.truth(self.name);
                let is_cut = matches!(truth, Truth::Types(types) if zone::is_cut(types));
                assert!(!is_cut && truth != Truth::Occluded, "{self:?}");
            }
            Err(_) => {}
        }
        for (encloser, wildcard) in self.wildcards() {
            if let Ok(denied) =
                prove_wildcard_answer(proofs, name, &wildcard, &mut Budget::default())
            {
                let expected = Truth::Nothing { encloser };
                assert_eq!(
                    self.seen(denied).truth(self.name),
                    expected,
                    "{wildcard}: {denied:?} {self:?}"
                );
            }
        }
    }

    /// All that is true of the zone as it is shown is proven by its whole chain.
    fn is_complete(&self, proofs: &Proofs, qtype: u16) {
        let name = &self.asked();
        if self.shown.is_absent(self.name) {
            assert!(
                prove_nxdomain(proofs, name, &mut Budget::default()).is_ok(),
                "nxdomain: {self:?}"
            );
        }
        if let Some(kind) = self.lacks(self.shown, qtype) {
            let denied = prove_nodata(proofs, name, RrType(qtype), &mut Budget::default());
            assert_eq!(
                denied.map(|denied| denied.kind),
                Ok(kind),
                "nodata {qtype}: {self:?}"
            );
        }
        if let Some(kind) = self.lacks(self.shown, DS) {
            let answer = prove_no_ds(proofs, name, &mut Budget::default())
                .unwrap_or_else(|error| panic!("{error:?}: {self:?}"));
            let is_cut = matches!(answer, DsAbsence::InsecureDelegation { opt_out: false });
            assert_eq!(is_cut, kind == ProofKind::InsecureDelegation, "{self:?}");
        }
        for (encloser, wildcard) in self.wildcards() {
            if self.shown.truth(self.name) == (Truth::Nothing { encloser }) {
                assert!(
                    prove_wildcard_answer(proofs, name, &wildcard, &mut Budget::default()).is_ok(),
                    "{wildcard}: {self:?}"
                );
            }
        }
    }

    fn asked(&self) -> Name {
        text(self.name)
    }

    /// The zone of which `denied` speaks.
    fn seen(&self, denied: DenialProof) -> &Zone {
        if denied.opt_out {
            self.shown
        } else {
            self.zone
        }
    }

    /// The wildcards of the zone that stand above the name, with their parents.
    fn wildcards(&self) -> Vec<(Path, Name)> {
        let above = self.shown.nodes.keys().filter_map(|owner| {
            let (label, encloser) = owner.split_last()?;
            (*label == "*" && self.name.len() > encloser.len() && self.name.starts_with(encloser))
                .then_some((owner, encloser))
        });
        above
            .map(|(owner, encloser)| (encloser.to_vec(), text(owner)))
            .collect()
    }

    /// By which proof the name has no data of `qtype` in `zone`, if it has none.
    fn lacks(&self, zone: &Zone, qtype: u16) -> Option<ProofKind> {
        match zone.truth(self.name) {
            Truth::Occluded => None,
            Truth::Empty => Some(ProofKind::EmptyNonTerminal),
            Truth::Types(types) if qtype == DS && zone::is_cut(types) => {
                (!types.contains(&DS)).then_some(ProofKind::InsecureDelegation)
            }
            Truth::Types(types) if zone::is_cut(types) => None,
            // Only the parent can deny the DS of the apex.
            Truth::Types(types) if qtype == DS && types.contains(&zone::SOA) => None,
            Truth::Types(types) => self.types_lack(types, qtype).then_some(ProofKind::Nodata),
            Truth::Nothing { encloser } => match zone.wildcard(&encloser) {
                Truth::Types(types) => self
                    .types_lack(types, qtype)
                    .then_some(ProofKind::WildcardNodata),
                Truth::Empty => Some(ProofKind::WildcardNodata),
                Truth::Nothing { .. } | Truth::Occluded => None,
            },
        }
    }

    fn types_lack(&self, types: &Types, qtype: u16) -> bool {
        let of_chain = qtype == RRSIG || (qtype == NSEC && !self.hashed);
        !types.contains(&CNAME) && !types.contains(&qtype) && qtype != ANY && !of_chain
    }
}

impl Zone {
    /// Neither the name exists nor a wildcard that stands in for it.
    fn is_absent(&self, name: &Path) -> bool {
        match self.truth(name) {
            Truth::Nothing { encloser } => {
                matches!(self.wildcard(&encloser), Truth::Nothing { .. })
            }
            Truth::Types(_) | Truth::Empty | Truth::Occluded => false,
        }
    }
}

fn text(path: &Path) -> Name {
    let labels: Vec<_> = path.iter().rev().copied().collect();
    labels.join(".").parse().expect("a name")
}
