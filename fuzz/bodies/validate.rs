//! Validation behind valid signatures: an RRSIG whose signature begins with a marker is signed with the zone's key before
//! the message is validated, so that mutation gets past the cryptography.
//!
//! The first octet chooses the zone; the rest is a message.

use outsidein::dns::{Dnskey, Message, Name, Record, RrType, Rrset, Rrsig, Section, Timestamp};
use outsidein::dnssec::{
    Budget, CanonicalRrset, Dnskeys, Proofs, RrsetVerdict, SignatureVerdict, SignedOwner,
    TrustAnchor, VerifiedRrset, prove_no_ds, prove_nodata, prove_nxdomain, prove_wildcard_answer,
    signed_owner, validate_dnskeys, validate_rrset,
};
use outsidein::reason::Reason;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::testing::Signer;

pub const NOW: Timestamp = Timestamp(1_800_000_000);
const MARKER: &[u8] = b"SIGN";
const SIGNATURE_OCTETS: usize = 64;
/// Why a denial may be unproven.
const REASONS: [Reason; 4] = [
    Reason::NsecMissing,
    Reason::DenialContradicted,
    Reason::UnsupportedNsec3Iterations,
    Reason::ValidationLimitReached,
];
const ZONES: [&str; 4] = [".", "example", "www.example", "*.example"];

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::new(1));

pub fn run(octets: &[u8]) {
    let Some((choice, octets)) = octets.split_first() else {
        return;
    };
    let zone: Name = ZONES[usize::from(*choice) % ZONES.len()]
        .parse()
        .expect("a name");
    let Ok(unsigned) = Message::read(octets) else {
        return;
    };
    let signer = &*SIGNER;
    let (octets, marked) = sign(&unsigned, signer, |_, rrsig| {
        rrsig.signature.starts_with(MARKER)
    });
    // Names may be compressed by what lay where a signature lies now; then this is another message.
    let Ok(message) = Message::read(octets) else {
        return;
    };
    let is_unchanged = sign(&message, signer, |at, _| marked.contains(&at)).0 == message.octets();
    let key = Dnskey::read(&signer.dnskey()).expect("a key");
    let keys = Dnskeys {
        zone: zone.clone(),
        keys: vec![key.clone()],
    };
    let rrsets: Vec<_> = [Section::Answer, Section::Authority]
        .into_iter()
        .flat_map(|section| Rrset::group(&message, section))
        .collect();
    let is_signed_well =
        |record: &Record| is_unchanged && marked.contains(&record.rdata_range().start);
    let mut verified = Vec::new();
    for rrset in &rrsets {
        if let Some(proof) = check_rrset(rrset, &keys, is_signed_well) {
            verified.push((rrset, proof));
        }
    }
    check_entry(&rrsets, &keys, TrustAnchor::Dnskey(key));
    let proofs = Proofs::new(
        &zone,
        verified.iter().map(|(rrset, verified)| (*rrset, verified)),
    );
    check_denials(&proofs, &message);
}

/// Validates one RRset twice, and compares the verdict with what its signatures allow.
fn check_rrset(
    rrset: &Rrset<'_>,
    keys: &Dnskeys,
    is_signed_well: impl Fn(&Record) -> bool,
) -> Option<VerifiedRrset> {
    let mut budget = Budget::default();
    let validation = validate_rrset(rrset, keys, NOW, &mut budget);
    assert_eq!(
        validation,
        validate_rrset(rrset, keys, NOW, &mut Budget::default())
    );
    assert_eq!(validation.signatures.len(), rrset.rrsigs.len());
    let holds = |record: &&Record| should_verify(rrset, record, &keys.zone);
    match validation.verdict {
        RrsetVerdict::Valid(verified) => {
            assert!(
                rrset.rrsigs.iter().any(holds),
                "{} {} is not the zone's to sign",
                rrset.owner,
                rrset.rtype
            );
            assert!(
                validation
                    .expiration
                    .is_some_and(|expiration| expiration >= NOW)
            );
            return Some(verified);
        }
        RrsetVerdict::Undecided(Reason::ValidationLimitReached) => {}
        RrsetVerdict::Invalid(_) | RrsetVerdict::Undecided(_) => {
            let must_hold = rrset
                .rrsigs
                .iter()
                .any(|record| is_signed_well(record) && holds(record));
            assert!(
                !must_hold,
                "{} {}: {validation:?}",
                rrset.owner, rrset.rtype
            );
            assert!(
                validation
                    .signatures
                    .iter()
                    .all(|signature| signature.verdict != SignatureVerdict::Valid)
            );
        }
    }
    None
}

/// The message with each signature for which `is_chosen` made good, as far as the rest of its RRSIG lets it be, and the places
/// of those.
fn sign(
    message: &Message,
    signer: &Signer,
    is_chosen: impl Fn(usize, &Rrsig<'_>) -> bool,
) -> (Vec<u8>, HashSet<usize>) {
    let (mut octets, mut offsets) = (message.octets().to_vec(), HashSet::new());
    for section in [Section::Answer, Section::Authority] {
        for rrset in Rrset::group(message, section) {
            for record in &rrset.rrsigs {
                let range = record.rdata_range();
                let mut rdata = message.rdata(record).to_vec();
                if !Rrsig::read(&rdata).is_ok_and(|rrsig| is_chosen(range.start, &rrsig)) {
                    continue;
                }
                rdata[2] = Signer::ALGORITHM;
                rdata[16..18].copy_from_slice(&signer.key_tag().to_be_bytes());
                if let Some(data) = signed_data(&rrset, &rdata) {
                    let at = rdata.len() - SIGNATURE_OCTETS;
                    rdata[at..].copy_from_slice(&signer.sign(&data));
                    octets[range.clone()].copy_from_slice(&rdata);
                    offsets.insert(range.start);
                }
            }
        }
    }
    (octets, offsets)
}

fn signed_data(rrset: &Rrset<'_>, rrsig: &[u8]) -> Option<Vec<u8>> {
    let rrsig = Rrsig::read(rrsig)
        .ok()
        .filter(|rrsig| rrsig.signature.len() == SIGNATURE_OCTETS)?;
    let canonical = CanonicalRrset::new(rrset).ok()?;
    Some(match signed_owner(rrset.owner, rrsig.labels)? {
        SignedOwner::AsIs => canonical.signed_data(rrset.owner, &rrsig),
        SignedOwner::Wildcard(wildcard) => canonical.signed_data(&wildcard, &rrsig),
    })
}

/// What RFC 4035 section 5.3.1 asks of a signature over something beside the cryptography, written anew.
fn should_verify(rrset: &Rrset<'_>, rrsig: &Record, zone: &Name) -> bool {
    let Ok(rrsig) = Rrsig::read(rrset.message.rdata(rrsig)) else {
        return false;
    };
    let labels =
        rrset.owner.labels().count() - usize::from(rrset.owner.labels().next() == Some(b"*"));
    let distance = |from: u32, to: u32| i32::from_be_bytes(to.wrapping_sub(from).to_be_bytes());
    !rrset.records.is_empty()
        && rrsig.signer == *zone
        && rrset.owner.is_within(zone)
        && rrsig.type_covered == rrset.rtype
        && (usize::from(zone.rrsig_label_count())..=labels).contains(&usize::from(rrsig.labels))
        && distance(NOW.as_rrsig_field(), rrsig.expiration) >= 0
        && distance(rrsig.inception, NOW.as_rrsig_field()) >= 0
        && distance(rrsig.inception, rrsig.expiration) >= 0
}

/// The zone entered by its own key is secure just where its DNSKEY RRset is validly signed.
fn check_entry(rrsets: &[Rrset<'_>], keys: &Dnskeys, anchor: TrustAnchor) {
    let rrset = rrsets
        .iter()
        .find(|rrset| rrset.rtype == RrType::DNSKEY && *rrset.owner == keys.zone);
    let validation = validate_dnskeys(rrset, keys, &[anchor], NOW, &mut Budget::default());
    assert_eq!(validation.matched, [Some(true)]);
    assert!(validation.status.reason().is_some() || rrset.is_some());
}

/// Every question that the message could be the answer to.
fn check_denials(proofs: &Proofs, message: &Message) {
    let owners = message
        .answer
        .iter()
        .chain(&message.authority)
        .map(|record| &record.owner);
    let asked = message.question.iter().map(|question| &question.name);
    for name in asked.chain(owners).take(8) {
        let budget = &mut Budget::default();
        let proof = prove_nxdomain(proofs, name, budget);
        for rtype in [RrType::A, RrType::DS, RrType::NSEC, RrType::ANY] {
            let _ = prove_nodata(proofs, name, rtype, budget);
        }
        let _ = prove_no_ds(proofs, name, budget);
        if let Some(wildcard) = name
            .parent()
            .and_then(|parent| parent.prepend_label(b"*").ok())
        {
            let _ = prove_wildcard_answer(proofs, name, &wildcard, budget);
        }
        assert!(
            proof.is_err() || !proofs.is_empty(),
            "nothing proves nothing"
        );
        assert_eq!(proof, prove_nxdomain(proofs, name, &mut Budget::default()));
        if let Err(error) = proof {
            assert!(REASONS.contains(&error.reason), "{error:?}");
        }
    }
}
