//! What must hold for any octets, any order and any case.

use crate::testing::{DNSKEY, MX, RRSIG, Response, SOA, SignatureFields, Signer, name, record};
use outsidein::dns::{Message, Name, Rrset, Section, Timestamp, dig_text};
use outsidein::dnssec::{Budget, Dnskeys, RrsetValidation, RrsetVerdict, validate_rrset};
use outsidein::reason::Reason;
use proptest::collection::vec;
use proptest::prelude::*;

const NOW: u32 = 1_800_000_000;

/// Labels of any octets that together make a name.
fn any_labels() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 1..=63), 0..=8).prop_filter("within 255 octets", |labels| {
        labels.iter().map(|label| label.len() + 1).sum::<usize>() < 255
    })
}

fn name_of(labels: &[Vec<u8>]) -> Name {
    labels.iter().rev().fold(Name::root(), |name, label| {
        name.prepend_label(label).unwrap()
    })
}

/// The records of one MX RRset with its signature, as a server may send them.
fn signed_zone(targets: &[Vec<u8>]) -> (Vec<Vec<u8>>, Vec<u8>, Signer) {
    let signer = Signer::new(7);
    let owner = name("mail.example");
    let rdatas: Vec<_> = targets
        .iter()
        .map(|target| [&[0, 10], target.to_ascii_lowercase().as_slice()].concat())
        .collect();
    let mut distinct = rdatas.clone();
    distinct.sort();
    distinct.dedup();
    let fields = SignatureFields {
        type_covered: MX,
        algorithm: Signer::ALGORITHM,
        labels: 2,
        original_ttl: 3600,
        expiration: NOW + 10,
        inception: NOW - 10,
        key_tag: signer.key_tag(),
        signer: name("example"),
    };
    let rrsig = signer.rrsig(&fields, &owner, &distinct);
    (rdatas, rrsig, signer)
}

fn validate_response(octets: Vec<u8>, signer: &Signer) -> Option<RrsetValidation> {
    let message = Message::read(octets).ok()?;
    let key_octets = Response::to("example", DNSKEY)
        .answer([record(&name("example"), DNSKEY, 0, &signer.dnskey())])
        .octets();
    let key_message = Message::read(key_octets).unwrap();
    let keys = Dnskeys::new(
        "example".parse().unwrap(),
        &Rrset::group(&key_message, Section::Answer)[0],
    )
    .unwrap();
    let rrsets = Rrset::group(&message, Section::Answer);
    let rrset = rrsets.iter().find(|rrset| {
        rrset.rtype.0 == MX && !rrset.records.is_empty() && !rrset.rrsigs.is_empty()
    })?;
    Some(validate_rrset(
        rrset,
        &keys,
        Timestamp(NOW.into()),
        &mut Budget::default(),
    ))
}

fn is_valid(verdict: &RrsetValidation) -> bool {
    matches!(verdict.verdict, RrsetVerdict::Valid(_))
}

/// Private keys as Knot and BIND write them.
const KEY_FILES: [&str; 5] = [
    include_str!("../../src/key_backup/samples/ed25519.pem"),
    include_str!("../../src/key_backup/samples/p256.pem"),
    include_str!("../../src/key_backup/samples/rsa1024.pem"),
    include_str!("../../src/key_backup/samples/p384.private"),
    include_str!("../../src/key_backup/samples/rsa1024.private"),
];

/// Places in a file, how many octets from there are lost, and what is in their stead.
fn damages() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, Vec<u8>)>> {
    let octet = prop_oneof![any::<u8>(), prop::sample::select(b"-\n\r :;=!".to_vec())];
    let lost = prop_oneof![0..3_usize, 0..100_usize];
    vec((any::<prop::sample::Index>(), lost, vec(octet, 0..3)), 0..6)
}

/// Targets below `example`, of letters in mixed case.
fn targets() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let label = vec(prop::sample::select(b"abcXYZ[{0-".to_vec()), 1..=3);
    vec(
        label.prop_map(|label| {
            [
                &[u8::try_from(label.len()).unwrap()],
                label.as_slice(),
                &name("example"),
            ]
            .concat()
        }),
        1..6,
    )
}

/// `octets` with the case of letters flipped where `flips` says.
fn recased(octets: &[u8], flips: &[bool]) -> Vec<u8> {
    let flip = |(octet, flip): (&u8, &bool)| {
        if *flip && octet.is_ascii_alphabetic() {
            octet ^ 0x20
        } else {
            *octet
        }
    };
    octets.iter().zip(flips.iter().cycle()).map(flip).collect()
}

proptest! {
    #[test]
    fn name_survives_a_text_round_trip(labels in any_labels()) {
        let name = name_of(&labels);
        let text = name.to_string();
        prop_assert!(text.bytes().all(|octet| octet.is_ascii_graphic()));
        let back: Name = text.parse().unwrap();
        prop_assert_eq!(back.as_wire(), name.as_wire());
        prop_assert!(back.labels().eq(labels.iter().map(Vec::as_slice)));
        prop_assert_eq!(&name.to_lowercase(), &name);
        prop_assert!((0..=labels.len()).all(|count| name.is_within(&name.rightmost_labels(count).unwrap())));
    }

    #[test]
    fn any_text_is_a_name_or_an_error_without_panic(text in any::<String>()) {
        if let Ok(name) = text.parse::<Name>() {
            prop_assert!(name.as_wire().len() <= 255);
            let back: Name = name.to_string().parse().unwrap();
            prop_assert_eq!(back.as_wire(), name.as_wire());
        }
    }

    #[test]
    fn name_order_is_total_and_consistent_with_equality(names in vec(any_labels(), 3)) {
        let [a, b, c] = [0, 1, 2].map(|index: usize| name_of(&names[index]));
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert!(!(a <= b && b <= c) || a <= c);
    }

    /// Reading, grouping, judging and printing take any octets; reading twice comes to the same end.
    #[test]
    fn any_octets_are_a_message_or_an_error_without_panic(
        octets in vec(any::<u8>(), 0..200),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let (rdatas, rrsig, signer) = signed_zone(&[name("a.example"), name("b.example")]);
        let owner = name("mail.example");
        let mut records: Vec<_> = rdatas.iter().map(|rdata| record(&owner, MX, 5, rdata)).collect();
        records.push(record(&owner, RRSIG, 5, &rrsig));
        records.push(record(&name("example"), DNSKEY, 5, &signer.dnskey()));
        records.push(record(&[0xC0, 12], SOA, 5, &[&[0xC0, 12, 0xC0, 12], [0; 20].as_slice()].concat()));
        let mut valid = Response::to("mail.example", MX).answer(records).octets();
        for (offset, octet) in changes {
            let offset = offset.index(valid.len());
            valid[offset] = octet;
        }
        for octets in [octets, valid] {
            let Ok(message) = Message::read(octets) else { continue };
            let _ = dig_text(&message);
            for section in [Section::Answer, Section::Authority, Section::Additional] {
                for rrset in Rrset::group(&message, section) {
                    let keys = Dnskeys::new(rrset.owner.clone(), &rrset).unwrap_or(Dnskeys::empty(rrset.owner.clone()));
                    let judged = || validate_rrset(&rrset, &keys, Timestamp(NOW.into()), &mut Budget::default());
                    prop_assert_eq!(judged(), judged());
                }
            }
        }
    }

    /// What is signed stays signed in any order, case and compression, with records twice and other TTLs.
    #[test]
    fn canonical_form_is_idempotent(
        targets in targets(),
        order in any::<prop::sample::Index>(),
        flips in vec(any::<bool>(), 7),
        compressed in vec(any::<bool>(), 5),
        twice in any::<bool>(),
        ttl in any::<u32>(),
    ) {
        let (rdatas, rrsig, signer) = signed_zone(&targets);
        let owner = recased(&name("mail.example"), &flips);
        // `example` stands behind `mail` in the question.
        let rdata = |(rdata, compress): (&Vec<u8>, &bool)| {
            let kept_length = if *compress { rdata.len() - name("example").len() } else { rdata.len() };
            let tail: &[u8] = if *compress { &[0xC0, 12 + 5] } else { &[] };
            [recased(&rdata[..kept_length], &flips).as_slice(), tail].concat()
        };
        let mut records: Vec<_> = rdatas.iter().zip(compressed.iter().cycle()).map(rdata).map(|rdata| record(&owner, MX, ttl, &rdata)).collect();
        if twice {
            records.extend(records.clone());
        }
        let length = records.len();
        records.rotate_left(order.index(length));
        records.insert(order.index(length), record(&name("mail.example"), RRSIG, 1, &rrsig));
        let octets = Response::to("mail.eXAMPLE", MX).answer(records).octets();
        let verdict = validate_response(octets, &signer).unwrap();
        prop_assert!(is_valid(&verdict), "{:?}", verdict);
    }

    /// A bit that is flipped in owner, RDATA or signature is never taken for signed, unless it is the case of a letter.
    #[test]
    fn flipped_bit_never_verifies(targets in targets(), position in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let (rdatas, rrsig, signer) = signed_zone(&targets);
        let owner = name("mail.example");
        let mut records: Vec<_> = rdatas.iter().map(|rdata| record(&owner, MX, 3600, rdata)).collect();
        let signed_records = records.len();
        records.push(record(&owner, RRSIG, 3600, &rrsig));
        let which = position.index(records.len());
        let within = position.index(records[which].len());
        let before = records[which][within];
        records[which][within] ^= 1 << bit;
        // The TTL of a record is not signed; the case of a name is not either, in the MX and in the RRSIG's signer.
        let is_ttl = (owner.len() + 4..owner.len() + 8).contains(&within);
        let is_case = bit == 5 && before.is_ascii_alphabetic() && (within < owner.len() || which < signed_records || {
            let signer_at = owner.len() + 10 + 18;
            (signer_at..signer_at + name("example").len()).contains(&within)
        });
        prop_assume!(!is_ttl && !is_case);
        // A record of another owner, type or class is out of the RRset: then one is missing, unless it stood there twice.
        let twice = rdatas.len() > rdatas.iter().collect::<std::collections::HashSet<_>>().len();
        prop_assume!(!twice);
        if let Some(verdict) = validate_response(Response::to("mail.example", MX).answer(records).octets(), &signer) {
            prop_assert!(!is_valid(&verdict), "record {}, octet {}, bit {}: {:?}", which, within, bit, verdict);
            prop_assert_ne!(verdict.verdict, RrsetVerdict::Undecided(Reason::ValidationLimitReached));
        }
    }

    /// Damaged files of private keys, one after the other, are read or refused, and no error and no `Debug` quotes them.
    #[test]
    fn damaged_private_keys_are_never_quoted(
        files in vec(prop::sample::select(KEY_FILES.to_vec()), 1..4),
        damages in damages(),
    ) {
        let mut octets = files.concat().into_bytes();
        for (position, lost, instead) in damages {
            let start = position.index(octets.len() + 1);
            let end = (start + lost).min(octets.len());
            octets.splice(start..end, instead);
        }
        crate::bodies::key_backup::run(&octets);
    }
}
