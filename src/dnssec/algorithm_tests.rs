//! What ring verifies, and what it cannot: the difference between unsupported and bogus.

use super::*;
use crate::dns::testing::{self, Response};
use crate::dns::{Message, Rrset, Section, Timestamp};
use crate::dnssec::{Budget, Dnskeys, RrsetVerdict, validate_rrset};

const YEAR_2010: Timestamp = Timestamp(1_282_000_000);

/// The verdict on the A record of each zone of `rsa_tests.zone`, by the zone's own key.
fn verdicts() -> Vec<(String, RrsetVerdict)> {
    let answer = testing::records(include_str!("rsa_tests.zone"));
    let message = Message::read(Response::to("test", testing::A).answer(answer).octets()).unwrap();
    let rrsets = Rrset::group(&message, Section::Answer);
    let zones = rrsets.chunks(2).map(|pair| {
        let [dnskeys, address] = pair else {
            panic!("{pair:?}")
        };
        let keys = Dnskeys::new(dnskeys.owner.clone(), dnskeys).unwrap();
        (
            address.owner.to_string(),
            validate_rrset(address, &keys, YEAR_2010, &mut Budget::default()).verdict,
        )
    });
    zones.collect()
}

#[test]
fn rsa_keys_of_every_size_are_handled() {
    let unsupported = [
        ("bits-512.test.", Reason::UnsupportedKeySize),
        ("bits-1016.test.", Reason::UnsupportedKeySize),
        ("exponent-34-bits.test.", Reason::UnsupportedKeySize),
        ("exponent-even.test.", Reason::UnsupportedKeySize),
        ("exponent-1.test.", Reason::UnsupportedKeySize),
    ];
    let verdicts = verdicts();
    assert_eq!(verdicts.len(), 17);
    for (zone, verdict) in verdicts {
        match unsupported.iter().find(|(listed, _)| *listed == zone) {
            Some((_, reason)) => assert_eq!(verdict, RrsetVerdict::Undecided(*reason), "{zone}"),
            None => assert!(
                matches!(verdict, RrsetVerdict::Valid(_)),
                "{zone}: {verdict:?}"
            ),
        }
    }
}

fn rsa_key(algorithm: u8, public_key: &[u8]) -> Dnskey {
    Dnskey::read(&[&[1, 0, 3, algorithm], public_key].concat()).unwrap()
}

/// An RSA key: its exponent with the length before it, and a modulus of `octets` octets.
fn with_modulus(exponent: &[u8], octets: usize) -> Vec<u8> {
    [exponent, &vec![0xFF; octets]].concat()
}

#[test]
fn malformed_rsa_keys_are_rejected() {
    let key = with_modulus;
    let malformed = Some(Reason::MalformedRecord);
    let unsupported = Some(Reason::UnsupportedKeySize);
    let table = [
        ("empty", vec![], malformed),
        ("exponent cut", vec![3, 1, 0], malformed),
        ("long length cut", vec![0, 1], malformed),
        ("no modulus", vec![3, 1, 0, 1], malformed),
        ("modulus 0", vec![3, 1, 0, 1, 0, 0], malformed),
        ("exponent 0", key(&[1, 0], 128), malformed),
        ("no exponent", key(&[0, 0, 0], 128), malformed),
        ("1016 bits", key(&[1, 3], 127), unsupported),
        ("1024 bits", key(&[1, 3], 128), None),
        ("8192 bits", key(&[1, 3], 1024), None),
        ("8200 bits", key(&[1, 3], 1025), unsupported),
        (
            "exponent of 2^33-1",
            key(&[5, 1, 0xFF, 0xFF, 0xFF, 0xFF], 128),
            None,
        ),
        (
            "exponent of 2^33+1",
            key(&[5, 2, 0, 0, 0, 1], 128),
            unsupported,
        ),
        (
            "exponent of 9 octets",
            key(&[9, 1, 0, 0, 0, 0, 0, 0, 0, 1], 128),
            unsupported,
        ),
    ];
    for (case, public_key, expected) in table {
        let key = rsa_key(8, &public_key);
        assert_eq!(
            PublicKey::new(SupportedAlgorithm::RsaSha256, &key).err(),
            expected,
            "{case}"
        );
    }
}

#[test]
fn only_listed_algorithms_are_supported() {
    let supported: Vec<u8> = (0..=255)
        .filter(|&number| SupportedAlgorithm::try_from(Algorithm(number)).is_ok())
        .collect();
    assert_eq!(supported, [5, 7, 8, 10, 13, 14, 15]);
}

#[test]
fn key_bits_are_the_conventional_size() {
    let sized = |algorithm, public_key: &[u8]| key_bits(&rsa_key(algorithm, public_key));
    assert_eq!(
        sized(8, &[&[1, 3], vec![0x40; 128].as_slice()].concat()),
        Some(1023)
    );
    assert_eq!(
        sized(8, &[&[1, 3, 0, 0], vec![0x80; 256].as_slice()].concat()),
        Some(2048)
    );
    assert_eq!(sized(8, &[1, 3]), None);
    assert_eq!(
        [13, 14, 15, 16, 3].map(|algorithm| sized(algorithm, &[])),
        [Some(256), Some(384), Some(256), Some(456), None]
    );
}

#[test]
fn large_exponent_raises_the_verification_cost() {
    let modulus = vec![0xFF; 1024];
    let cost = |exponent: &[u8]| {
        SupportedAlgorithm::RsaSha256.cost(&rsa_key(8, &[exponent, &modulus].concat()))
    };
    let (common, largest) = (cost(&[3, 1, 0, 1]), cost(&[5, 1, 0xFF, 0xFF, 0xFF, 0xFF]));
    assert!(
        largest >= 3 * common,
        "{largest} us for 65 multiplications, {common} us for 17"
    );
}
