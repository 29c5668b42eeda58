//! What the budget pays for, in which order, and what becomes of what it stops.

use super::*;
use crate::dns::testing::{self, A, Response, SignatureFields, Signer, name, record};
use crate::dns::{Section, Timestamp};
use crate::dnssec::SignatureVerdict::{Undecided, Valid};
use crate::dnssec::{Dnskeys, RrsetValidation, RrsetVerdict, validate_rrset};
use crate::reason::Reason;

const NOW: u32 = 1_800_000_000;
const ADDRESS: [u8; 4] = [192, 0, 2, 1];
const LIMITED: RrsetVerdict = RrsetVerdict::Undecided(Reason::ValidationLimitReached);
/// Layout, and the data hashed twice.
const AROUND_A_VERIFICATION: u32 = 3;
const ED25519: u32 = 100;

fn fields(signer: &Signer) -> SignatureFields {
    SignatureFields {
        type_covered: A,
        algorithm: Signer::ALGORITHM,
        labels: 1,
        original_ttl: 0,
        expiration: NOW + 10,
        inception: NOW - 10,
        key_tag: signer.key_tag(),
        signer: name("example"),
    }
}

/// An A record and its signatures, each made of `fields` changed.
fn answer(signer: &Signer, changes: impl Iterator<Item = SignatureFields>) -> Message {
    let owner = name("example");
    let rrsig = |fields| {
        record(
            &owner,
            testing::RRSIG,
            0,
            &signer.rrsig(&fields, &owner, &[ADDRESS.to_vec()]),
        )
    };
    let address = record(&owner, A, 0, &ADDRESS);
    let answer =
        Response::to("example", A).answer(std::iter::once(address).chain(changes.map(rrsig)));
    Message::read(answer.octets()).unwrap()
}

/// One good signature that is over other data than that of any other number.
fn numbered(signer: &Signer, number: u32) -> Message {
    answer(
        signer,
        std::iter::once(SignatureFields {
            original_ttl: number,
            ..fields(signer)
        }),
    )
}

fn validate(message: &Message, signer: &Signer, budget: &mut Budget) -> RrsetValidation {
    let keys = Dnskeys {
        zone: "example".parse().unwrap(),
        keys: vec![Dnskey::read(&signer.dnskey()).unwrap()],
    };
    validate_rrset(
        &Rrset::group(message, Section::Answer)[0],
        &keys,
        Timestamp(NOW.into()),
        budget,
    )
}

fn is_valid(validation: &RrsetValidation) -> bool {
    matches!(validation.verdict, RrsetVerdict::Valid(_))
}

#[test]
fn probe_budget_is_shared_by_its_addresses() {
    let shares =
        [0, 1, 2, 3, 12, 13, 1000].map(|addresses| Budget::for_probe(addresses).microseconds);
    assert_eq!(
        shares,
        [60_000, 60_000, 30_000, 20_000, 5_000, 5_000, 5_000]
    );
}

/// A zone of P-384, each of whose servers signs by itself, is validated at every address.
#[test]
fn address_of_a_zone_has_budget_for_the_dearest_signer() {
    const RRSETS: u32 = 40;
    const P_384: u32 = 1_200;
    let budget = Budget::for_address_of_zone();
    assert!(budget.microseconds > RRSETS * (P_384 + AROUND_A_VERIFICATION));
}

#[test]
fn budget_is_shared_by_all_rrsets() {
    let signer = Signer::new(1);
    let budget = &mut Budget::for_probe(12);
    let validations: Vec<_> = (0..100)
        .map(|number| validate(&numbered(&signer, number), &signer, budget))
        .collect();
    let fitting = usize::try_from(5000 / (ED25519 + AROUND_A_VERIFICATION)).unwrap();
    assert!(validations[..fitting].iter().all(is_valid));
    assert!(
        validations[fitting..]
            .iter()
            .all(|validation| validation.verdict == LIMITED),
        "{:?}",
        validations[fitting]
    );
}

#[test]
fn verification_by_one_address_is_free_for_others() {
    let signer = Signer::new(1);
    let (first, second) = (&mut Budget::for_probe(12), &mut Budget::for_probe(12));
    let second_budget = &mut first.clone();
    for number in 0..40 {
        assert!(
            is_valid(&validate(&numbered(&signer, number), &signer, first)),
            "{number}"
        );
    }
    // As many again, which are more than the share of one.
    for number in 0..80 {
        assert!(
            is_valid(&validate(
                &numbered(&signer, number),
                &signer,
                second_budget
            )),
            "{number}"
        );
    }
    let alone = (0..80).map(|number| validate(&numbered(&signer, number), &signer, second));
    assert!(
        alone
            .last()
            .is_some_and(|validation| validation.verdict == LIMITED)
    );
}

#[test]
fn same_signature_is_verified_once() {
    let signer = Signer::new(1);
    let budget = &mut Budget::for_probe(12);
    let message = numbered(&signer, 0);
    for time in 0..1000 {
        assert!(is_valid(&validate(&message, &signer, budget)), "{time}");
    }
    let (spent, fitting) = (
        5000 - budget.microseconds,
        ED25519 + 999 * AROUND_A_VERIFICATION,
    );
    assert!((fitting - 999..=fitting + 3).contains(&spent), "{spent}");
}

#[test]
fn differing_octet_needs_another_verification() {
    let signer = Signer::new(1);
    let budget = &mut Budget::default();
    let message = numbered(&signer, 0);
    assert!(is_valid(&validate(&message, &signer, budget)));
    let octets = message.octets();
    let address = octets
        .windows(4)
        .position(|window| window == ADDRESS)
        .unwrap();
    for (case, offset) in [("data", address), ("signature", octets.len() - 1)] {
        let mut octets = octets.to_vec();
        octets[offset] ^= 1;
        let changed = Message::read(octets).unwrap();
        // What failed is remembered too.
        for _ in 0..2 {
            let validation = validate(&changed, &signer, budget);
            assert_eq!(
                validation.verdict,
                RrsetVerdict::Invalid(Reason::SignatureInvalid),
                "{case}"
            );
        }
    }
    let keys = Dnskeys {
        zone: "example".parse().unwrap(),
        keys: vec![Dnskey::read(&colliding(&signer)).unwrap()],
    };
    let with_other_key = validate_rrset(
        &Rrset::group(&message, Section::Answer)[0],
        &keys,
        Timestamp(NOW.into()),
        budget,
    );
    assert_eq!(
        with_other_key.verdict,
        RrsetVerdict::Invalid(Reason::SignatureInvalid),
        "key"
    );
}

/// Another key of the same tag (RFC 4034 appendix B): its pairs of octets in another order.
fn colliding(signer: &Signer) -> Vec<u8> {
    let mut colliding = signer.dnskey();
    colliding.swap(4, 6);
    colliding.swap(5, 7);
    assert_eq!(testing::key_tag(&colliding), signer.key_tag());
    colliding
}

#[test]
fn useful_signatures_are_verified_first() {
    let signer = Signer::new(1);
    let budget = &mut Budget::for_probe(12);
    // 30 RRsets with 3 signatures each: 9 ms of 5.
    let validations: Vec<_> = (0..30)
        .map(|number| {
            let ends = |more| SignatureFields {
                expiration: NOW + 10 + more,
                original_ttl: number,
                ..fields(&signer)
            };
            validate(
                &answer(&signer, [0, 2, 1].into_iter().map(ends)),
                &signer,
                budget,
            )
        })
        .collect();
    assert!(
        validations.iter().all(is_valid),
        "{:?}",
        validations.iter().find(|validation| !is_valid(validation))
    );
    let extras =
        |validation: &RrsetValidation| [0, 1, 2].map(|index| validation.signatures[index].verdict);
    assert_eq!(extras(&validations[0]), [Valid; 3]);
    let stopped = Undecided(Reason::ValidationLimitReached);
    assert_eq!(extras(&validations[29]), [stopped, Valid, stopped]);
    // The one that ends last is tried first, so that what was not tried cannot have held for longer.
    assert!(
        validations
            .iter()
            .all(|validation| validation.expiration == Some(Timestamp(i64::from(NOW) + 12)))
    );
}

#[test]
fn expired_signature_gives_the_reason_despite_exhausted_budget() {
    let signer = Signer::new(1);
    let budget = &mut Budget::for_probe(12);
    for number in 0..30 {
        let ended = |ago| SignatureFields {
            expiration: NOW - ago,
            original_ttl: number,
            ..fields(&signer)
        };
        let validation = validate(&answer(&signer, (1..4).map(ended)), &signer, budget);
        assert_eq!(
            validation.verdict,
            RrsetVerdict::Invalid(Reason::SignatureExpired),
            "{number}: {validation:?}"
        );
        assert_eq!(validation.expiration, Some(Timestamp(i64::from(NOW) - 1)));
    }
}

#[test]
fn free_checks_work_without_a_budget() {
    let signer = Signer::new(1);
    let budget = &mut Budget::exhausted();
    assert_eq!(
        validate(&numbered(&signer, 0), &signer, budget).verdict,
        LIMITED
    );
    let missing = SignatureFields {
        key_tag: signer.key_tag() ^ 1,
        ..fields(&signer)
    };
    let validation = validate(&answer(&signer, std::iter::once(missing)), &signer, budget);
    assert_eq!(
        validation.verdict,
        RrsetVerdict::Invalid(Reason::DnskeyMissing)
    );
    let unsigned = validate(&answer(&signer, std::iter::empty()), &signer, budget);
    assert_eq!(
        unsigned.verdict,
        RrsetVerdict::Invalid(Reason::RrsigsMissing)
    );
}

#[test]
fn rrset_is_canonicalised_only_within_budget() {
    let signer = Signer::new(1);
    // A thousand targets that two octets each stand for.
    let owner = name("example");
    let targets = (0..1000_u16).map(|number| {
        let [high, low] = number.to_be_bytes();
        record(&owner, testing::NS, 0, &[2, high, low, 0xC0, 12])
    });
    let fields = SignatureFields {
        type_covered: testing::NS,
        ..fields(&signer)
    };
    let rrsig = record(
        &owner,
        testing::RRSIG,
        0,
        &signer.rrsig(&fields, &owner, &[]),
    );
    let message = Message::read(
        Response::to("example", testing::NS)
            .answer(targets.chain([rrsig]))
            .octets(),
    )
    .unwrap();
    let cost = layout_cost(&Rrset::group(&message, Section::Answer)[0]);
    assert!(cost > 2000, "{cost}");
    let short_of_it = &mut Budget::with_microseconds(cost - 1);
    assert_eq!(validate(&message, &signer, short_of_it).verdict, LIMITED);
    assert_eq!(short_of_it.microseconds, cost - 1);
    let enough = &mut Budget::with_microseconds(cost + 1000);
    assert_eq!(
        validate(&message, &signer, enough).verdict,
        RrsetVerdict::Invalid(Reason::SignatureInvalid)
    );
}

#[test]
fn expected_cost_counts_all_candidate_keys() {
    let signer = Signer::new(1);
    let message = answer(
        &signer,
        (0..10).map(|number| SignatureFields {
            original_ttl: number,
            ..fields(&signer)
        }),
    );
    let keys = |keys: &[Vec<u8>]| {
        let records = keys
            .iter()
            .map(|key| record(&name("example"), testing::DNSKEY, 0, key));
        Message::read(
            Response::to("example", testing::DNSKEY)
                .answer(records)
                .octets(),
        )
        .unwrap()
    };
    let expected = |keys: &Message| {
        u32::try_from(expected_cost([&message, keys].into_iter()).as_micros()).unwrap()
    };
    let without = expected(&keys(&[]));
    assert!(without < 200, "{without}");
    let with_one = expected(&keys(&[signer.dnskey()]));
    assert!(
        (10 * ED25519..10 * ED25519 + 300).contains(&with_one),
        "{with_one}"
    );
    let with_two = expected(&keys(&[signer.dnskey(), colliding(&signer)]));
    assert!(
        (20 * ED25519..20 * ED25519 + 300).contains(&with_two),
        "{with_two}"
    );
}
