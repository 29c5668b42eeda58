//! RFC 4035 section 5.2, one row or one test each way to enter a zone, or not.

use super::*;
use crate::dns::testing::{self, DNSKEY, Response, SignatureFields, Signer, record};
use crate::dns::{Algorithm, Message, Section};

const NOW: u32 = 1_800_000_000;
const ZONE: &str = "Example.";

/// The zone's key answer: `keys` served, `signers` signing them until `expiration`.
fn key_answer(keys: &[&Signer], signers: &[&Signer], expiration: u32) -> Message {
    let apex = testing::name("example");
    let rdatas: Vec<_> = keys.iter().map(|key| key.dnskey()).collect();
    let rrsigs = signers.iter().map(|signer| {
        let fields = SignatureFields {
            type_covered: DNSKEY,
            algorithm: Signer::ALGORITHM,
            labels: 1,
            original_ttl: 3600,
            expiration,
            inception: NOW - 86_400,
            key_tag: signer.key_tag(),
            signer: apex.clone(),
        };
        record(
            &apex,
            testing::RRSIG,
            3600,
            &signer.rrsig(&fields, &apex, &rdatas),
        )
    });
    let records = rdatas
        .iter()
        .map(|rdata| record(&apex, DNSKEY, 3600, rdata))
        .chain(rrsigs);
    Message::read(Response::to("example", DNSKEY).answer(records).octets()).unwrap()
}

fn entry(message: &Message, anchors: &[TrustAnchor]) -> DnskeyValidation {
    let zone: Name = ZONE.parse().unwrap();
    let rrsets = Rrset::group(message, Section::Answer);
    let rrset = rrsets.first();
    let keys = rrset.map_or_else(
        || Dnskeys::empty(zone.clone()),
        |rrset| Dnskeys::new(zone.clone(), rrset).unwrap(),
    );
    validate_dnskeys(
        rrset,
        &keys,
        anchors,
        Timestamp(NOW.into()),
        &mut Budget::default(),
    )
}

fn key(signer: &Signer) -> Dnskey {
    Dnskey::read(&signer.dnskey()).unwrap()
}

fn ds(signer: &Signer, digest_type: u8) -> TrustAnchor {
    let (key, digest_type) = (key(signer), DigestType(digest_type));
    let digest =
        ds_digest(digest_type, &ZONE.parse().unwrap(), &key).unwrap_or_else(|_| [7; 32].into());
    TrustAnchor::Ds(Ds {
        key_tag: key.key_tag,
        algorithm: key.algorithm,
        digest_type,
        digest,
    })
}

fn changed(anchor: TrustAnchor, change: impl Fn(&mut Ds)) -> TrustAnchor {
    let TrustAnchor::Ds(mut ds) = anchor else {
        panic!("a key has nothing to change here")
    };
    change(&mut ds);
    TrustAnchor::Ds(ds)
}

fn ksk(seed: u8) -> Signer {
    with_flags(seed, 257)
}

fn with_flags(seed: u8, flags: u16) -> Signer {
    let mut signer = Signer::new(seed);
    signer.flags = flags;
    signer
}

#[test]
fn status_depends_on_the_matching_anchors() {
    let (ksk, zsk, unrelated) = (ksk(1), Signer::new(2), ksk(3));
    let good = key_answer(&[&ksk, &zsk], &[&ksk, &zsk], NOW + 1);
    let wrong_digest = |anchor| changed(anchor, |ds| ds.digest[0] ^= 1);
    let of_algorithm = |number| changed(ds(&ksk, 2), |ds| ds.algorithm = Algorithm(number));
    let mismatch = SecurityStatus::Bogus(Reason::DsMismatch);
    for (case, anchors, status) in [
        ("SHA-1", vec![ds(&ksk, 1)], SecurityStatus::Secure),
        ("SHA-256", vec![ds(&ksk, 2)], SecurityStatus::Secure),
        ("SHA-384", vec![ds(&ksk, 4)], SecurityStatus::Secure),
        (
            "a key",
            vec![TrustAnchor::Dnskey(key(&ksk))],
            SecurityStatus::Secure,
        ),
        (
            "another key",
            vec![TrustAnchor::Dnskey(key(&unrelated))],
            mismatch,
        ),
        ("wrong digest", vec![wrong_digest(ds(&ksk, 2))], mismatch),
        (
            "wrong tag",
            vec![changed(ds(&ksk, 2), |ds| ds.key_tag ^= 1)],
            mismatch,
        ),
        ("wrong algorithm", vec![of_algorithm(13)], mismatch),
        (
            "one of two fits",
            vec![ds(&unrelated, 2), ds(&ksk, 2)],
            SecurityStatus::Secure,
        ),
        (
            "good SHA-1 beside a wrong SHA-256",
            vec![ds(&ksk, 1), wrong_digest(ds(&ksk, 2))],
            mismatch,
        ),
        (
            "good SHA-1, and SHA-256 of a key of another algorithm that is not served",
            vec![
                ds(&ksk, 1),
                changed(ds(&unrelated, 2), |ds| ds.algorithm = Algorithm(8)),
            ],
            mismatch,
        ),
        (
            "good SHA-1, and SHA-256 of an algorithm that cannot be checked",
            vec![
                ds(&ksk, 1),
                changed(ds(&unrelated, 2), |ds| ds.algorithm = Algorithm(100)),
            ],
            SecurityStatus::Secure,
        ),
        (
            "good SHA-1 beside an unknown digest",
            vec![ds(&ksk, 1), ds(&ksk, 250)],
            SecurityStatus::Secure,
        ),
        (
            "an unusable one does not make it insecure",
            vec![ds(&ksk, 250), ds(&unrelated, 2)],
            mismatch,
        ),
    ] {
        assert_eq!(entry(&good, &anchors).status, status, "{case}");
    }
}

#[test]
fn zone_is_insecure_without_a_usable_anchor() {
    let (ksk, zsk) = (ksk(1), Signer::new(2));
    let good = key_answer(&[&ksk, &zsk], &[&ksk, &zsk], NOW + 1);
    let of_algorithm = |number| changed(ds(&ksk, 2), |ds| ds.algorithm = Algorithm(number));
    let insecure_algorithm = SecurityStatus::Insecure(Reason::UnsupportedDnskeyAlgorithm);
    let insecure_digest = SecurityStatus::Insecure(Reason::UnsupportedDsDigestType);
    for (case, anchors, status) in [
        (
            "digest of an unknown type",
            vec![ds(&ksk, 250)],
            insecure_digest,
        ),
        ("GOST", vec![ds(&ksk, 3)], insecure_digest),
        (
            "unassigned algorithm",
            vec![of_algorithm(100)],
            insecure_algorithm,
        ),
        (
            "Ed448 and an unknown digest",
            vec![of_algorithm(16), ds(&ksk, 250)],
            insecure_algorithm,
        ),
    ] {
        assert_eq!(entry(&good, &anchors).status, status, "{case}");
    }
}

#[test]
fn matching_key_must_sign_the_dnskey_rrset() {
    let (ksk, zsk) = (ksk(1), Signer::new(2));
    let entered = |message: &Message| entry(message, &[ds(&ksk, 2)]).status;
    let by_zsk_alone = key_answer(&[&ksk, &zsk], &[&zsk], NOW + 1);
    assert_eq!(
        entered(&by_zsk_alone),
        SecurityStatus::Bogus(Reason::DnskeyRrsigMissing)
    );
    let unsigned = key_answer(&[&ksk, &zsk], &[], NOW + 1);
    assert_eq!(
        entered(&unsigned),
        SecurityStatus::Bogus(Reason::RrsigsMissing)
    );
    let expired = key_answer(&[&ksk, &zsk], &[&ksk, &zsk], NOW - 1);
    assert_eq!(
        entered(&expired),
        SecurityStatus::Bogus(Reason::SignatureExpired)
    );
    let without_keys = Message::read(Response::to("example", DNSKEY).octets()).unwrap();
    assert_eq!(
        entered(&without_keys),
        SecurityStatus::Bogus(Reason::DnskeyMissing)
    );
}

#[test]
fn non_signing_key_is_not_a_secure_entry_point() {
    for (flags, reason) in [
        (0x0001, Reason::NoZoneKeyBitSet),
        (0x0181, Reason::KeyRevoked),
    ] {
        let signer = with_flags(1, flags);
        let message = key_answer(&[&signer], &[&signer], NOW + 1);
        assert_eq!(
            entry(&message, &[ds(&signer, 2)]).status,
            SecurityStatus::Bogus(reason),
            "{flags}"
        );
        // That another key signed as well tells less.
        let zsk = Signer::new(2);
        let message = key_answer(&[&signer, &zsk], &[&signer, &zsk], NOW + 1);
        assert_eq!(
            entry(&message, &[ds(&signer, 2)]).status,
            SecurityStatus::Bogus(reason),
            "{flags} beside another"
        );
    }
}

#[test]
fn every_anchor_reports_whether_it_matches() {
    let (ksk, unrelated) = (ksk(1), ksk(3));
    let message = key_answer(&[&ksk], &[&ksk], NOW + 1);
    let found = entry(
        &message,
        &[ds(&ksk, 1), ds(&ksk, 2), ds(&unrelated, 2), ds(&ksk, 250)],
    );
    assert_eq!(found.matched, [Some(true), Some(true), Some(false), None]);
    assert_eq!(found.expiration, Some(Timestamp((NOW + 1).into())));
}

/// RFC 4509 section 2.3.
#[test]
fn ds_digest_matches_the_rfc_example() {
    let text = "DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
    let TrustAnchor::Dnskey(key) = text.parse::<crate::dnssec::AnchorRecord>().unwrap().anchor
    else {
        panic!()
    };
    let ds = "DS 60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A";
    let TrustAnchor::Ds(ds) = ds.parse::<crate::dnssec::AnchorRecord>().unwrap().anchor else {
        panic!()
    };
    assert_eq!(
        ds_matches(&ds, &"dskey.example.com".parse().unwrap(), &key),
        Ok(true)
    );
    assert_eq!(
        ds_matches(&ds, &"dskey.example.org".parse().unwrap(), &key),
        Ok(false)
    );
}
