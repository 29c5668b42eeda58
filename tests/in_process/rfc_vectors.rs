//! The examples that the RFCs publish, judged at a time at which they were good: every signature there must verify.
//!
//! The zones stand in `tests/rfc/`; nothing in them was made here. Keys of 512 bits, as RFC 5155 and RFC 5702 section 6.1
//! have them, are beyond ring: there the signed data is held against the signature by textbook RSA below.

use crate::testing;
use crate::testing::Response;
use outsidein::dns::{Dnskey, Message, Name, RrType, Rrset, Rrsig, Section, Timestamp};
use outsidein::dnssec::{
    Budget, CanonicalRrset, Dnskeys, RrsetValidation, RrsetVerdict, SignedOwner, signed_owner,
    validate_rrset,
};
use outsidein::reason::Reason;

const MAY_2004: Timestamp = Timestamp(1_083_369_600);
const YEAR_2010: Timestamp = Timestamp(1_282_000_000);
const AUGUST_2015: Timestamp = Timestamp(1_439_000_000);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The zone as the answer of one message.
fn message(zone_file: &str) -> Message {
    Message::read(
        Response::to("example.", testing::SOA)
            .answer(testing::records(zone_file))
            .octets(),
    )
    .unwrap()
}

fn keys(rrsets: &[Rrset<'_>], zone: &str) -> Dnskeys {
    rrsets
        .iter()
        .find_map(|rrset| Dnskeys::new(name(zone), rrset))
        .unwrap()
}

/// Every RRset of the zone but a delegation's and its glue, with its verdict.
fn validate(message: &Message, zone: &str, at: Timestamp) -> Vec<(Name, RrType, RrsetValidation)> {
    let rrsets = Rrset::group(message, Section::Answer);
    let keys = keys(&rrsets, zone);
    let validate_one = |rrset: &Rrset<'_>| {
        (
            rrset.owner.clone(),
            rrset.rtype,
            validate_rrset(rrset, &keys, at, &mut Budget::default()),
        )
    };
    rrsets.iter().map(validate_one).collect()
}

fn valid(validation: &RrsetValidation) -> bool {
    matches!(validation.verdict, RrsetVerdict::Valid(_))
}

#[test]
fn rfc_4034_section_5_4_key_tag() {
    let message = message(include_str!("../rfc/rfc4034.zone"));
    let [.., dnskey, ds] = message.answer.as_slice() else {
        panic!("{message:?}")
    };
    let key = Dnskey::read(message.rdata(dnskey)).unwrap();
    assert_eq!(
        (key.flags, key.protocol, key.algorithm.0, key.key_tag),
        (256, 3, 5, 60_485)
    );
    assert_eq!(outsidein::dnssec::key_bits(&key), Some(1024));
    // The DS beside it shows that the key is the published one.
    let digested = [dnskey.owner.as_wire(), message.rdata(dnskey)].concat();
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &digested);
    assert_eq!(digest.as_ref(), &message.rdata(ds)[4..]);
}

#[test]
fn rfc_4034_section_3_3_fields_and_presentation() {
    let message = message(include_str!("../rfc/rfc4034.zone"));
    let record = &message.answer[2];
    let rrsig = Rrsig::read(message.rdata(record)).unwrap();
    assert_eq!(
        (
            rrsig.type_covered,
            rrsig.algorithm.0,
            rrsig.labels,
            rrsig.original_ttl
        ),
        (RrType::A, 5, 3, 86_400)
    );
    assert_eq!(
        (rrsig.expiration, rrsig.inception, rrsig.key_tag),
        (1_048_354_263, 1_045_762_263, 2642)
    );
    assert_eq!(rrsig.signer, name("example.com"));
    let text = outsidein::dns::rdata_text(&message, record);
    assert!(
        text.starts_with(
            "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1W6WNGv+l"
        ),
        "{text}"
    );
    assert!(text.ends_with("8nN+6pBzeDQfsS3Ap3o="), "{text}");
}

#[test]
fn rfc_4034_section_6_1_canonical_order_of_names() {
    let ordered = [
        "example",
        "a.example",
        "yljkjljk.a.example",
        "Z.a.example",
        "zABC.a.EXAMPLE",
        "z.example",
        r"\001.z.example",
        "*.z.example",
        r"\200.z.example",
    ];
    let ordered: Vec<Name> = ordered.iter().map(|text| name(text)).collect();
    let mut sorted = ordered.clone();
    sorted.reverse();
    sorted.sort();
    assert_eq!(sorted, ordered);
}

#[test]
fn rfc_4035_appendix_a_every_rrset_is_valid() {
    let zone_file = include_str!("../rfc/rfc4035-appendix-a.zone");
    let message = message(zone_file);
    let verdicts = validate(&message, "example.", MAY_2004);
    let delegated = |owner: &Name| {
        ["a.example", "b.example"]
            .iter()
            .any(|cut| owner.is_within(&name(cut)))
    };
    let mut signatures = 0;
    for (owner, rtype, validation) in &verdicts {
        if delegated(owner) && matches!(*rtype, RrType::NS | RrType::A) {
            assert_eq!(
                validation.verdict,
                RrsetVerdict::Invalid(Reason::RrsigsMissing),
                "{owner} {rtype}"
            );
            continue;
        }
        assert!(
            validation
                .signatures
                .iter()
                .all(|signature| signature.verdict.reason().is_none()),
            "{owner} {rtype}: {validation:?}"
        );
        assert!(valid(validation), "{owner} {rtype}: {validation:?}");
        assert_eq!(
            validation.expiration,
            Some(Timestamp(1_084_127_779)),
            "{owner} {rtype}"
        );
        signatures += validation.signatures.len();
    }
    assert_eq!(signatures, zone_file.matches(" IN RRSIG ").count());
}

#[test]
fn rfc_4035_appendix_b_6_wildcard_expansion() {
    let zone = include_str!("../rfc/rfc4035-appendix-a.zone")
        .replace("*.w.example. 3600 IN MX", "a.z.w.example. 3600 IN MX");
    let zone = zone.replace(
        "*.w.example. 3600 IN RRSIG MX",
        "a.z.w.example. 3600 IN RRSIG MX",
    );
    let message = message(&zone);
    let verdicts = validate(&message, "example.", MAY_2004);
    let expanded = verdicts
        .iter()
        .find(|(owner, rtype, _)| *owner == name("a.z.w.example") && *rtype == RrType::MX);
    let RrsetVerdict::Valid(verified) = &expanded.unwrap().2.verdict else {
        panic!("{expanded:?}")
    };
    assert_eq!(verified.wildcard(), Some(&name("*.w.example")));
    // In the zone itself `*` is a label like any other (RFC 4592 section 2.1).
    let literal = verdicts
        .iter()
        .find(|(owner, rtype, _)| *owner == name("*.w.example") && *rtype == RrType::NSEC);
    let RrsetVerdict::Valid(verified) = &literal.unwrap().2.verdict else {
        panic!("{literal:?}")
    };
    assert_eq!(verified.wildcard(), None);
}

#[test]
fn rfc_4035_appendix_a_expired_signatures_are_invalid() {
    let message = message(include_str!("../rfc/rfc4035-appendix-a.zone"));
    let verdict_at = |at| {
        validate(&message, "example.", Timestamp(at))
            .swap_remove(0)
            .2
    };
    assert!(valid(&verdict_at(1_084_127_779)));
    let expired = verdict_at(1_084_127_780);
    assert_eq!(
        expired.verdict,
        RrsetVerdict::Invalid(Reason::SignatureExpired)
    );
    assert_eq!(expired.expiration, Some(Timestamp(1_084_127_779)));
    assert!(valid(&verdict_at(1_081_535_779)));
    assert_eq!(
        verdict_at(1_081_535_778).verdict,
        RrsetVerdict::Invalid(Reason::SignatureNotYetValid)
    );
}

#[test]
fn rfc_examples_of_every_algorithm_verify() {
    let table = [
        (
            "RFC 5702 section 6.2",
            include_str!("../rfc/rfc5702-6.2.zone"),
            "example.net.",
            YEAR_2010,
            3740,
        ),
        (
            "RFC 6605 section 6.1",
            include_str!("../rfc/rfc6605-6.1.zone"),
            "example.net.",
            YEAR_2010,
            55_648,
        ),
        (
            "RFC 6605 section 6.2",
            include_str!("../rfc/rfc6605-6.2.zone"),
            "example.net.",
            YEAR_2010,
            10_771,
        ),
        (
            "RFC 8080 section 6.1",
            include_str!("../rfc/rfc8080-6.1.zone"),
            "example.com.",
            AUGUST_2015,
            3613,
        ),
    ];
    for (rfc, zone_file, zone, at, key_tag) in table {
        let message = message(zone_file);
        let key = Dnskey::read(message.rdata(&message.answer[0])).unwrap();
        assert_eq!(key.key_tag, key_tag, "{rfc}");
        let verdicts = validate(&message, zone, at);
        let signed: Vec<_> = verdicts
            .iter()
            .filter(|(_, rtype, _)| *rtype != RrType::DNSKEY)
            .collect();
        assert_eq!(signed.len(), 1, "{rfc}");
        let validation = &signed[0].2;
        assert!(valid(validation), "{rfc}: {validation:?}");
        assert!(
            validation
                .signatures
                .iter()
                .all(|signature| signature.verdict.reason().is_none()),
            "{rfc}: {validation:?}"
        );
    }
}

#[test]
fn rfc_8080_section_6_2_ed448_is_unsupported() {
    let message = message(include_str!("../rfc/rfc8080-6.2.zone"));
    let verdicts = validate(&message, "example.com.", AUGUST_2015);
    assert_eq!(
        verdicts[1].2.verdict,
        RrsetVerdict::Undecided(Reason::UnsupportedDnskeyAlgorithm)
    );
    let key = Dnskey::read(message.rdata(&message.answer[0])).unwrap();
    assert_eq!(key.key_tag, 9713);
}

#[test]
fn rfc_5702_section_6_1_512_bit_key_is_unsupported() {
    let message = message(include_str!("../rfc/rfc5702-6.1.zone"));
    let verdicts = validate(&message, "example.net.", YEAR_2010);
    assert_eq!(
        verdicts[1].2.verdict,
        RrsetVerdict::Undecided(Reason::UnsupportedKeySize)
    );
    assert_eq!(textbook_verified(&message, "example.net."), 1);
}

#[test]
fn rfc_5155_appendix_a_every_rrset_is_valid() {
    let zone_file = include_str!("../rfc/rfc5155-appendix-a.zone");
    let message = message(zone_file);
    for (owner, rtype, validation) in validate(&message, "example.", YEAR_2010) {
        let expected = match validation.signatures.len() {
            0 => RrsetVerdict::Invalid(Reason::RrsigsMissing),
            _ => RrsetVerdict::Undecided(Reason::UnsupportedKeySize),
        };
        assert_eq!(validation.verdict, expected, "{owner} {rtype}");
    }
    assert_eq!(
        textbook_verified(&message, "example."),
        zone_file.matches(" IN RRSIG ").count()
    );
}

/// Holds every signature of `message` against our signed data by textbook RSA; how many there were.
fn textbook_verified(message: &Message, zone: &str) -> usize {
    let rrsets = Rrset::group(message, Section::Answer);
    let keys = keys(&rrsets, zone);
    let mut verified = 0;
    for rrset in &rrsets {
        let canonical = CanonicalRrset::new(rrset).unwrap();
        for record in &rrset.rrsigs {
            let rrsig = Rrsig::read(message.rdata(record)).unwrap();
            let signed_data = match signed_owner(rrset.owner, rrsig.labels).unwrap() {
                SignedOwner::AsIs => canonical.signed_data(rrset.owner, &rrsig),
                SignedOwner::Wildcard(wildcard) => canonical.signed_data(&wildcard, &rrsig),
            };
            let key = keys
                .candidates(rrsig.key_tag, rrsig.algorithm)
                .next()
                .unwrap();
            let modulus = &key.public_key[4..];
            let expected = pkcs1(rrsig.algorithm.0, &signed_data, modulus.len());
            assert_eq!(
                power_of_65537(rrsig.signature, modulus),
                expected,
                "{} {}",
                rrset.owner,
                rrset.rtype
            );
            verified += 1;
        }
    }
    verified
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2), with the DigestInfo prefixes of its note 1.
fn pkcs1(algorithm: u8, signed_data: &[u8], size: usize) -> Vec<u8> {
    let (prefix, hash): (&[u8], _) = match algorithm {
        7 => (
            b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
        ),
        8 => (
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
            &ring::digest::SHA256,
        ),
        other => panic!("algorithm {other} has no example with a key of 512 bits"),
    };
    let digest = ring::digest::digest(hash, signed_data);
    let tail = [prefix, digest.as_ref()].concat();
    [
        &[0, 1],
        vec![0xFF; size - tail.len() - 3].as_slice(),
        &[0],
        &tail,
    ]
    .concat()
}

/// `base` to the power of 65537 modulo `modulus`, both in big-endian octets: sixteen squarings and one multiplication.
fn power_of_65537(base: &[u8], modulus: &[u8]) -> Vec<u8> {
    let mut power = base.to_vec();
    for _ in 0..16 {
        power = product(&power, &power, modulus);
    }
    product(&power, base, modulus)
}

fn product(a: &[u8], b: &[u8], modulus: &[u8]) -> Vec<u8> {
    let bits = b
        .iter()
        .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1));
    bits.fold(vec![0; modulus.len()], |sum, bit| {
        let doubled = sum_modulo(&sum, &sum, modulus);
        if bit {
            sum_modulo(&doubled, a, modulus)
        } else {
            doubled
        }
    })
}

fn sum_modulo(a: &[u8], b: &[u8], modulus: &[u8]) -> Vec<u8> {
    let mut sum = vec![0; modulus.len()];
    let mut carry = 0;
    for index in (0..modulus.len()).rev() {
        let column = u16::from(a[index]) + u16::from(b[index]) + carry;
        [carry, sum[index]] = [column >> 8, column & 0xFF];
    }
    let at_least_modulus = carry > 0
        || sum
            .iter()
            .copied()
            .ge(modulus.iter().map(|&octet| u16::from(octet)));
    let mut borrow = 0;
    for index in (0..modulus.len()).rev().filter(|_| at_least_modulus) {
        let taken = u16::from(modulus[index]) + borrow;
        borrow = u16::from(sum[index] < taken);
        sum[index] = (sum[index] + (borrow << 8)) - taken;
    }
    sum.into_iter()
        .map(|octet| u8::try_from(octet).unwrap())
        .collect()
}
