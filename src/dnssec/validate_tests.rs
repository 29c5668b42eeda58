//! Everything that RFC 4035 section 5.3.1 asks of a signature, one row or one test each.

use super::*;
use crate::dns::testing::{self, A, DNSKEY, Response, SignatureFields, Signer, name, record};
use crate::dns::{Message, RrType, Section};
use crate::dnssec::SignatureVerdict::{self, Invalid, Undecided, Valid};

const NOW: u32 = 1_800_000_000;
const ADDRESS: [u8; 4] = [192, 0, 2, 1];

/// A signature of `signer` over the A record of `www.example`, good from a day before [`NOW`] until a day after it.
fn fields(signer: &Signer) -> SignatureFields {
    SignatureFields {
        type_covered: A,
        algorithm: Signer::ALGORITHM,
        labels: 2,
        original_ttl: 3600,
        expiration: NOW + 86_400,
        inception: NOW - 86_400,
        key_tag: signer.key_tag(),
        signer: name("example"),
    }
}

fn signed(signer: &Signer, fields: &SignatureFields) -> Vec<u8> {
    signer.rrsig(fields, &name("www.example"), &[ADDRESS.to_vec()])
}

/// A good signature, then changed.
fn rrsig(signer: &Signer, change: impl FnOnce(&mut SignatureFields)) -> Vec<u8> {
    let mut fields = fields(signer);
    change(&mut fields);
    signed(signer, &fields)
}

/// The verdict on the A record of `owner` with these RRSIGs, by these keys of `zone`.
fn validate_rrsigs(
    owner: &[u8],
    rrsigs: &[Vec<u8>],
    zone: &str,
    keys: &[Vec<u8>],
    at: i64,
    budget: &mut Budget,
) -> RrsetValidation {
    let address = record(owner, A, 60, &ADDRESS);
    let rrsigs = rrsigs
        .iter()
        .map(|rdata| record(owner, testing::RRSIG, 60, rdata));
    let message = read(std::iter::once(address).chain(rrsigs).collect());
    let apex = name(zone);
    let key_message = read(
        keys.iter()
            .map(|rdata| record(&apex, DNSKEY, 60, rdata))
            .collect(),
    );
    let key_rrsets = Rrset::group(&key_message, Section::Answer);
    let zone: Name = zone.parse().unwrap();
    let dnskeys = match key_rrsets.first() {
        Some(rrset) => Dnskeys::new(zone, rrset).unwrap(),
        None => Dnskeys::empty(zone),
    };
    validate_rrset(
        &Rrset::group(&message, Section::Answer)[0],
        &dnskeys,
        Timestamp(at),
        budget,
    )
}

fn read(answer: Vec<Vec<u8>>) -> Message {
    Message::read(Response::to("www.example", A).answer(answer).octets()).unwrap()
}

fn validate(rrsigs: &[Vec<u8>], keys: &[Vec<u8>], at: i64) -> RrsetValidation {
    validate_rrsigs(
        &name("www.example"),
        rrsigs,
        "example.",
        keys,
        at,
        &mut Budget::default(),
    )
}

fn single_verdict(validation: &RrsetValidation) -> SignatureVerdict {
    assert_eq!(validation.signatures.len(), 1, "{validation:?}");
    validation.signatures[0].verdict
}

fn is_valid(validation: &RrsetValidation) -> bool {
    matches!(validation.verdict, RrsetVerdict::Valid(_))
}

/// A key that has the tag of `signer`'s and is another: the sum of the octet pairs stays.
fn colliding(signer: &Signer, number: u8) -> Vec<u8> {
    let mut key = signer.dnskey();
    key[4] = key[4].wrapping_add(number);
    key[6] = key[6].wrapping_sub(number);
    for offset in [4, 6] {
        assert!(offset < key.len());
    }
    key
}

/// Keys that collide with `signer`'s, as many as asked for.
fn collisions(signer: &Signer, count: usize) -> Vec<Vec<u8>> {
    let all = (1..=255).map(|number| colliding(signer, number));
    let same_tag: Vec<_> = all
        .filter(|key| testing::key_tag(key) == signer.key_tag())
        .take(count)
        .collect();
    assert_eq!(same_tag.len(), count);
    same_tag
}

type SignatureCase = (&'static str, Vec<u8>, SignatureVerdict);

fn signer_and_label_cases(signer: &Signer) -> Vec<SignatureCase> {
    vec![
        ("nothing wrong", rrsig(signer, |_| ()), Valid),
        (
            "signer in another case",
            rrsig(signer, |fields| fields.signer = name("eXaMPLe")),
            Valid,
        ),
        (
            "signer above",
            rrsig(signer, |fields| fields.signer = name("")),
            Invalid(Reason::SignerNameMismatch),
        ),
        (
            "signer below",
            rrsig(signer, |fields| fields.signer = name("www.example")),
            Invalid(Reason::SignerNameMismatch),
        ),
        (
            "signer beside",
            rrsig(signer, |fields| fields.signer = name("other")),
            Invalid(Reason::SignerNameMismatch),
        ),
        (
            "labels too many",
            rrsig(signer, |fields| fields.labels = 3),
            Invalid(Reason::LabelsInvalid),
        ),
        (
            "labels 255",
            rrsig(signer, |fields| fields.labels = 255),
            Invalid(Reason::LabelsInvalid),
        ),
        (
            "labels fewer than the zone's",
            rrsig(signer, |fields| fields.labels = 0),
            Invalid(Reason::LabelsInvalid),
        ),
        (
            "not a wildcard's",
            rrsig(signer, |fields| fields.labels = 1),
            Invalid(Reason::SignatureInvalid),
        ),
    ]
}

/// `unknown` is a key of an algorithm that is not known.
fn key_cases(signer: &Signer, unknown: &[u8]) -> Vec<SignatureCase> {
    vec![
        (
            "no such key",
            rrsig(signer, |fields| fields.key_tag ^= 1),
            Invalid(Reason::DnskeyMissing),
        ),
        (
            "no such algorithm among the keys",
            rrsig(signer, |fields| fields.algorithm = 13),
            Invalid(Reason::DnskeyMissing),
        ),
        (
            "unknown algorithm, and no key of it",
            rrsig(signer, |fields| fields.algorithm = 200),
            Invalid(Reason::DnskeyMissing),
        ),
        (
            "unknown algorithm of a key",
            rrsig(signer, |fields| {
                (fields.algorithm, fields.key_tag) = (200, testing::key_tag(unknown));
            }),
            Undecided(Reason::UnsupportedDnskeyAlgorithm),
        ),
    ]
}

#[test]
fn every_requirement_on_a_signature_is_checked() {
    let signer = Signer::new(1);
    let unknown = vec![1, 0, 3, 200, 7, 7];
    let keys = [signer.dnskey(), unknown.clone()];
    let mut table = signer_and_label_cases(&signer);
    table.extend(key_cases(&signer, &unknown));
    for (case, rrsig, expected) in table {
        assert_eq!(
            single_verdict(&validate(&[rrsig], &keys, NOW.into())),
            expected,
            "{case}"
        );
    }
}

#[test]
fn changed_data_fails_verification() {
    let signer = Signer::new(1);
    let good = rrsig(&signer, |_| ());
    // Everything before the signer's name is signed too, apart from what decides which key and which owner are tried.
    for (field, octet) in [
        ("type covered", 1),
        ("original TTL", 7),
        ("expiration", 11),
        ("inception", 15),
    ] {
        let mut changed = good.clone();
        changed[octet] ^= 1;
        let validation = validate(&[changed], &[signer.dnskey()], NOW.into());
        let expected = if field == "type covered" {
            Reason::RrsigsMissing
        } else {
            Reason::SignatureInvalid
        };
        assert_eq!(
            validation.verdict,
            RrsetVerdict::Invalid(expected),
            "{field}"
        );
    }
    let mut signature = good.clone();
    *signature.last_mut().unwrap() ^= 1;
    assert_eq!(
        single_verdict(&validate(&[signature], &[signer.dnskey()], NOW.into())),
        Invalid(Reason::SignatureInvalid)
    );
    for length in [good.len() - 1, good.len() - 64] {
        let cut = good[..length].to_vec();
        assert_eq!(
            single_verdict(&validate(&[cut], &[signer.dnskey()], NOW.into())),
            Invalid(Reason::SignatureInvalid)
        );
    }
}

#[test]
fn owner_outside_the_zone_is_rejected() {
    let signer = Signer::new(1);
    let outside = name("www.other");
    let rrsig = signer.rrsig(&fields(&signer), &outside, &[ADDRESS.to_vec()]);
    let validation = validate_rrsigs(
        &outside,
        &[rrsig],
        "example.",
        &[signer.dnskey()],
        NOW.into(),
        &mut Budget::default(),
    );
    assert_eq!(
        single_verdict(&validation),
        Invalid(Reason::SignerNameMismatch)
    );
}

#[test]
fn wildcard_above_the_apex_is_rejected() {
    let signer = Signer::new(1);
    let fields = SignatureFields {
        labels: 1,
        signer: name("sub.example"),
        ..fields(&signer)
    };
    let rrsig = signer.rrsig(&fields, &name("*.example"), &[ADDRESS.to_vec()]);
    let owner = name("www.sub.example");
    let validation = validate_rrsigs(
        &owner,
        &[rrsig],
        "sub.example.",
        &[signer.dnskey()],
        NOW.into(),
        &mut Budget::default(),
    );
    assert_eq!(single_verdict(&validation), Invalid(Reason::LabelsInvalid));
}

#[test]
fn wildcard_is_recognised_by_its_label_count() {
    let signer = Signer::new(1);
    // Owner, labels, what was signed, the wildcard that a proof must stand beside.
    let table = [
        ("a.b.example", 1, "*.example", Some("*.example.")),
        ("a.b.example", 2, "*.b.example", Some("*.b.example.")),
        ("a.b.example", 3, "a.b.example", None),
        ("*.example", 1, "*.example", None),
        ("*.b.example", 1, "*.example", Some("*.example.")),
        ("x.*.example", 3, "x.*.example", None),
        ("example", 1, "example", None),
    ];
    for (owner, labels, signed_owner, wildcard) in table {
        let fields = SignatureFields {
            labels,
            ..fields(&signer)
        };
        let rrsig = signer.rrsig(&fields, &name(signed_owner), &[ADDRESS.to_vec()]);
        let keys = [signer.dnskey()];
        let validation = validate_rrsigs(
            &name(owner),
            &[rrsig],
            "example.",
            &keys,
            NOW.into(),
            &mut Budget::default(),
        );
        let RrsetVerdict::Valid(verified) = &validation.verdict else {
            panic!("{owner}: {validation:?}")
        };
        assert_eq!(
            verified.wildcard().map(Name::to_string).as_deref(),
            wildcard,
            "{owner} {labels}"
        );
    }
}

#[test]
fn validity_period_is_exact_and_wraps_in_2106() {
    const WRAP: i64 = 1 << 32;
    let signer = Signer::new(1);
    let now = i64::from(NOW);
    let (expired, early) = (
        Invalid(Reason::SignatureExpired),
        Invalid(Reason::SignatureNotYetValid),
    );
    let backward = Invalid(Reason::SignatureExpiredBeforeValid);
    // Inception, expiration, when, verdict.
    let table = [
        (NOW, NOW + 10, now, Valid),
        (NOW, NOW + 10, now - 1, early),
        (NOW - 10, NOW, now, Valid),
        (NOW - 10, NOW, now + 1, expired),
        (NOW, NOW, now, Valid),
        (NOW + 10, NOW - 10, now, backward),
        (NOW + 1, NOW, now, backward),
        (NOW - 20, NOW - 30, now, backward),
        // The fields wrap in February 2106 (RFC 4034 section 3.1.5).
        (u32::MAX - 10, 10, WRAP - 5, Valid),
        (u32::MAX - 10, 10, WRAP + 10, Valid),
        (u32::MAX - 10, 10, WRAP + 11, expired),
        (u32::MAX - 10, 10, WRAP - 12, early),
        (u32::MAX - 10, u32::MAX, WRAP, expired),
        (5, 10, WRAP - 1, early),
        (10, u32::MAX - 10, WRAP, backward),
        (0, 10, WRAP + 5, Valid),
        // A period of 2^31 seconds or more has no order in serial arithmetic (RFC 1982 section 3.2).
        (NOW, NOW + ((1 << 31) - 1), now, Valid),
        (
            NOW - (1 << 30),
            (NOW - (1 << 30)).wrapping_add(1 << 31),
            now,
            backward,
        ),
        (
            NOW - (1 << 30) - 9,
            (NOW - (1 << 30)).wrapping_add(1 << 31),
            now,
            backward,
        ),
    ];
    for (inception, expiration, at, expected) in table {
        let rrsig = rrsig(&signer, |fields| {
            (fields.inception, fields.expiration) = (inception, expiration);
        });
        assert_eq!(
            single_verdict(&validate(&[rrsig], &[signer.dnskey()], at)),
            expected,
            "{inception} to {expiration} at {at}"
        );
    }
}

#[test]
fn date_reason_implies_a_cryptographically_valid_signature() {
    let signer = Signer::new(1);
    let mut rrsig = rrsig(&signer, |fields| fields.expiration = NOW - 10);
    let yesterday = validate(std::slice::from_ref(&rrsig), &[signer.dnskey()], NOW.into());
    assert_eq!(
        yesterday.verdict,
        RrsetVerdict::Invalid(Reason::SignatureExpired)
    );
    assert_eq!(yesterday.expiration, Some(Timestamp(i64::from(NOW) - 10)));
    *rrsig.last_mut().unwrap() ^= 1;
    let forged = validate(&[rrsig], &[signer.dnskey()], NOW.into());
    assert_eq!(
        forged.verdict,
        RrsetVerdict::Invalid(Reason::SignatureInvalid)
    );
    assert_eq!(forged.expiration, None);
}

#[test]
fn every_requirement_on_a_key_is_checked() {
    let signer = |flags, protocol| {
        let mut signer = Signer::new(1);
        (signer.flags, signer.protocol) = (flags, protocol);
        signer
    };
    let table = [
        ("zone key", signer(0x0100, 3), Valid),
        ("zone key with SEP", signer(0x0101, 3), Valid),
        ("unassigned flags", signer(0x7F7E | 0x0100, 3), Valid),
        (
            "no zone key",
            signer(0x0001, 3),
            Invalid(Reason::NoZoneKeyBitSet),
        ),
        ("revoked", signer(0x0180, 3), Invalid(Reason::KeyRevoked)),
        (
            "protocol 2",
            signer(0x0100, 2),
            Invalid(Reason::KeyProtocolInvalid),
        ),
        (
            "protocol 0",
            signer(0x0101, 0),
            Invalid(Reason::KeyProtocolInvalid),
        ),
    ];
    for (case, signer, expected) in table {
        let rrsig = rrsig(&signer, |_| ());
        assert_eq!(
            single_verdict(&validate(&[rrsig], &[signer.dnskey()], NOW.into())),
            expected,
            "{case}"
        );
    }
    let good = Signer::new(1);
    let (rrsig, key) = (rrsig(&good, |_| ()), good.dnskey());
    assert_eq!(
        single_verdict(&validate(&[rrsig], &[], NOW.into())),
        Invalid(Reason::DnskeyMissing)
    );
    for length in [4, 5, key.len() - 1] {
        let short = key[..length].to_vec();
        let tagged = self::rrsig(&good, |fields| fields.key_tag = testing::key_tag(&short));
        assert_eq!(
            single_verdict(&validate(&[tagged], &[short], NOW.into())),
            Invalid(Reason::MalformedRecord),
            "{length}"
        );
    }
}

#[test]
fn colliding_key_tags_are_tried_up_to_a_limit() {
    let signer = Signer::new(1);
    let rrsig = [rrsig(&signer, |_| ())];
    let behind = |count| {
        let mut keys = collisions(&signer, count);
        keys.push(signer.dnskey());
        validate(&rrsig, &keys, NOW.into()).verdict
    };
    for count in 0..4 {
        assert!(
            matches!(behind(count), RrsetVerdict::Valid(_)),
            "{count} keys stand in front"
        );
    }
    assert_eq!(
        behind(4),
        RrsetVerdict::Undecided(Reason::ValidationLimitReached)
    );
    let none_fits = |count| validate(&rrsig, &collisions(&signer, count), NOW.into()).verdict;
    assert_eq!(
        none_fits(4),
        RrsetVerdict::Invalid(Reason::SignatureInvalid)
    );
    assert_eq!(
        none_fits(5),
        RrsetVerdict::Undecided(Reason::ValidationLimitReached)
    );
    // The same key served again is one key (RFC 2181 section 5).
    let again = vec![signer.dnskey(); 6];
    let forged = [self::rrsig(&signer, |fields| fields.labels = 1)];
    assert_eq!(
        validate(&forged, &again, NOW.into()).verdict,
        RrsetVerdict::Invalid(Reason::SignatureInvalid)
    );
}

#[test]
fn one_valid_signature_is_enough() {
    let signer = Signer::new(1);
    let ed448 = vec![1, 0, 3, 16, 7, 7];
    let keys = [signer.dnskey(), ed448.clone()];
    let good = |expiration| rrsig(&signer, |fields| fields.expiration = expiration);
    let expired = good(NOW - 1);
    let unsupported = rrsig(&signer, |fields| {
        (fields.algorithm, fields.key_tag) = (16, testing::key_tag(&ed448));
    });
    let missing = rrsig(&signer, |fields| fields.key_tag ^= 1);
    let garbage = vec![0, 1, 15];
    let signature_validation = |rrsigs: &[&Vec<u8>]| {
        let rrsigs: Vec<_> = rrsigs.iter().map(|&rrsig| rrsig.clone()).collect();
        validate(&rrsigs, &keys, NOW.into())
    };
    for bad in [&expired, &unsupported, &missing, &garbage] {
        for order in [[bad, &good(NOW + 5)], [&good(NOW + 5), bad]] {
            let validation = signature_validation(&order);
            assert!(is_valid(&validation), "{validation:?}");
            assert_eq!(validation.expiration, Some(Timestamp(i64::from(NOW) + 5)));
        }
    }
    let latest = signature_validation(&[&good(NOW + 5), &good(NOW + 50), &good(NOW + 7), &expired]);
    assert_eq!(latest.expiration, Some(Timestamp(i64::from(NOW) + 50)));
    let failures = [
        (
            vec![&unsupported],
            RrsetVerdict::Undecided(Reason::UnsupportedDnskeyAlgorithm),
        ),
        (
            vec![&unsupported, &expired],
            RrsetVerdict::Invalid(Reason::SignatureExpired),
        ),
        (
            vec![&missing, &expired],
            RrsetVerdict::Invalid(Reason::SignatureExpired),
        ),
        (
            vec![&unsupported, &missing],
            RrsetVerdict::Invalid(Reason::DnskeyMissing),
        ),
        (
            vec![&garbage],
            RrsetVerdict::Invalid(Reason::MalformedRecord),
        ),
        (vec![], RrsetVerdict::Invalid(Reason::RrsigsMissing)),
    ];
    for (rrsigs, expected) in failures {
        assert_eq!(
            signature_validation(&rrsigs).verdict,
            expected,
            "{rrsigs:?}"
        );
    }
}

#[test]
fn verdicts_keep_the_received_order() {
    let signer = Signer::new(1);
    let rrsigs = [
        rrsig(&signer, |fields| fields.expiration = NOW - 1),
        vec![0, 1],
        rrsig(&signer, |_| ()),
        rrsig(&signer, |fields| fields.key_tag ^= 1),
    ];
    let validation = validate(&rrsigs, &[signer.dnskey()], NOW.into());
    let expected = [
        Invalid(Reason::SignatureExpired),
        Invalid(Reason::MalformedRecord),
        Valid,
        Invalid(Reason::DnskeyMissing),
    ];
    assert_eq!(
        validation
            .signatures
            .iter()
            .map(|signature| signature.verdict)
            .collect::<Vec<_>>(),
        expected
    );
    assert_eq!(validation.signatures[1].fields, None);
    let fields = validation.signatures[2].fields.as_ref().unwrap();
    assert_eq!(
        (fields.key_tag, fields.signer.to_string().as_str()),
        (signer.key_tag(), "example.")
    );
}

#[test]
fn truncated_signature_is_malformed_and_a_compressed_one_is_read() {
    let signer = Signer::new(1);
    let good = rrsig(&signer, |_| ());
    let keys = [signer.dnskey()];
    // The first two octets say to which RRset it belongs; what has fewer belongs to none.
    for length in 2..18 + name("example").len() {
        let cut = good[..length].to_vec();
        assert_eq!(
            single_verdict(&validate(&[cut], &keys, NOW.into())),
            Invalid(Reason::MalformedRecord),
            "{length} octets"
        );
    }
    // RFC 4034 section 3.1.7 binds the sender. The pointer leads to `example` in the question.
    let compressed = [
        &good[..18],
        &[0xC0, 12 + 4],
        &good[18 + name("example").len()..],
    ]
    .concat();
    assert_eq!(
        single_verdict(&validate(&[compressed], &keys, NOW.into())),
        Valid
    );
}

#[test]
fn unreadable_rrset_is_malformed_for_every_signature() {
    let signer = Signer::new(1);
    let owner = name("www.example");
    let fields = SignatureFields {
        type_covered: testing::MX,
        ..fields(&signer)
    };
    let rrsig = signer.rrsig(&fields, &owner, &[vec![0, 1]]);
    let message = read(vec![
        record(&owner, testing::MX, 60, &[0, 1]),
        record(&owner, testing::RRSIG, 60, &rrsig),
    ]);
    let rrsets = Rrset::group(&message, Section::Answer);
    let keys = Dnskeys {
        zone: "example".parse().unwrap(),
        keys: vec![crate::dns::Dnskey::read(&signer.dnskey()).unwrap()],
    };
    let validation = validate_rrset(
        &rrsets[0],
        &keys,
        Timestamp(NOW.into()),
        &mut Budget::default(),
    );
    assert_eq!((rrsets.len(), rrsets[0].rtype), (1, RrType::MX));
    assert_eq!(
        validation.verdict,
        RrsetVerdict::Invalid(Reason::MalformedRecord)
    );
    assert_eq!(
        single_verdict(&validation),
        Invalid(Reason::MalformedRecord)
    );
}

#[test]
fn seventeenth_verification_is_undecided() {
    let signer = Signer::new(1);
    let forged = |number: u32| {
        rrsig(&signer, |fields| {
            (fields.labels, fields.original_ttl) = (1, number);
        })
    };
    let after = |count| {
        let mut rrsigs: Vec<_> = (0..count).map(forged).collect();
        rrsigs.push(rrsig(&signer, |_| ()));
        validate(&rrsigs, &[signer.dnskey()], NOW.into())
    };
    assert!(is_valid(&after(15)));
    assert_eq!(
        after(16).verdict,
        RrsetVerdict::Undecided(Reason::ValidationLimitReached)
    );
    // What is out of date is tried last, so that it cannot use up what the good one needs.
    let mut stale: Vec<_> = (0..20)
        .map(|number| rrsig(&signer, |fields| fields.expiration = NOW - 1 - number))
        .collect();
    stale.push(rrsig(&signer, |_| ()));
    assert!(is_valid(&validate(&stale, &[signer.dnskey()], NOW.into())));
}

#[test]
fn rrset_without_records_is_never_valid() {
    let signer = Signer::new(1);
    let nothing_signed = signer.rrsig(&fields(&signer), &name("www.example"), &[]);
    let message = read(vec![record(
        &name("www.example"),
        testing::RRSIG,
        60,
        &nothing_signed,
    )]);
    let rrsets = Rrset::group(&message, Section::Answer);
    let key = crate::dns::Dnskey::read(&signer.dnskey()).unwrap();
    let keys = Dnskeys {
        zone: "example".parse().unwrap(),
        keys: vec![key],
    };
    let validation = validate_rrset(
        &rrsets[0],
        &keys,
        Timestamp(NOW.into()),
        &mut Budget::default(),
    );
    assert_eq!(
        (
            rrsets.len(),
            rrsets[0].records.len(),
            rrsets[0].rrsigs.len()
        ),
        (1, 0, 1)
    );
    assert_eq!(
        validation.verdict,
        RrsetVerdict::Invalid(Reason::MalformedRecord)
    );
    assert_eq!(
        single_verdict(&validation),
        Invalid(Reason::MalformedRecord)
    );
}

#[test]
fn keys_of_another_class_are_ignored() {
    let signer = Signer::new(1);
    let mut octets = record(&name("example"), DNSKEY, 60, &signer.dnskey());
    let keys = |octets: &[u8]| {
        let message = read(vec![octets.to_vec()]);
        Dnskeys::new(
            "example".parse().unwrap(),
            &Rrset::group(&message, Section::Answer)[0],
        )
        .map(|keys| keys.keys.len())
    };
    assert_eq!(keys(&octets), Some(1));
    octets[name("example").len() + 3] = 3;
    assert_eq!(keys(&octets), None, "CHAOS");
}

#[test]
fn dates_are_checked_for_unsupported_algorithms() {
    let signer = Signer::new(1);
    let ed448 = vec![1, 0, 3, 16, 7, 7];
    let ended = rrsig(&signer, |fields| {
        (fields.algorithm, fields.key_tag) = (16, testing::key_tag(&ed448));
        fields.expiration = NOW - 1;
    });
    assert_eq!(
        validate(&[ended], &[ed448], NOW.into()).verdict,
        RrsetVerdict::Invalid(Reason::SignatureExpired)
    );
}
