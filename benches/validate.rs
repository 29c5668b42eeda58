//! Judging one RRset, per algorithm: canonical form, budget, one verification and the verdict, over the signatures that the
//! RFCs publish (RSA with 1024 bits, as they have it; the RRset by Ed25519 has two of them).
//!
//! Floor: `ring`, the bare verification of the same signature over the same octets. What `validate_rrset` takes beyond it is ours.
//! `SupportedAlgorithm`'s costs in `src/dnssec/algorithm.rs` are rounded up from here.

#[path = "../src/dns/testing.rs"]
mod testing;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use outsidein::dns::{Dnskey, Message, RrType, Rrset, Rrsig, Section, Timestamp};
use outsidein::dnssec::{Budget, CanonicalRrset, Dnskeys, RrsetVerdict, validate_rrset};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

/// Name, zone file, owner, type judged, and a time at which its signature was good.
const CASES: [(&str, &str, &str, RrType, i64); 5] = [
    (
        "RSASHA1-1024",
        include_str!("../tests/rfc/rfc4035-appendix-a.zone"),
        "example.",
        RrType::SOA,
        1_083_369_600,
    ),
    (
        "RSASHA512-1024",
        include_str!("../tests/rfc/rfc5702-6.2.zone"),
        "www.example.net.",
        RrType::A,
        1_282_000_000,
    ),
    (
        "ECDSAP256SHA256",
        include_str!("../tests/rfc/rfc6605-6.1.zone"),
        "www.example.net.",
        RrType::A,
        1_282_000_000,
    ),
    (
        "ECDSAP384SHA384",
        include_str!("../tests/rfc/rfc6605-6.2.zone"),
        "www.example.net.",
        RrType::A,
        1_282_000_000,
    ),
    (
        "ED25519",
        include_str!("../tests/rfc/rfc8080-6.1.zone"),
        "example.com.",
        RrType::MX,
        1_439_000_000,
    ),
];

fn single_rrset(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("validate");
    for (algorithm, zone_file, owner, rtype, at) in CASES {
        let octets = testing::Response::to(owner, testing::SOA)
            .answer(testing::records(zone_file))
            .octets();
        let message = Message::read(octets).expect("the zone is a message");
        let rrsets = Rrset::group(&message, Section::Answer);
        let owner = owner.parse().expect("a name");
        let rrset = rrsets
            .iter()
            .find(|rrset| *rrset.owner == owner && rrset.rtype == rtype)
            .expect("the RRset");
        let signer = Rrsig::read(message.rdata(rrset.rrsigs[0]))
            .expect("an RRSIG")
            .signer;
        let keys = rrsets
            .iter()
            .find_map(|rrset| Dnskeys::new(signer.clone(), rrset))
            .expect("the keys");
        let at = Timestamp(at);
        let validation = validate_rrset(rrset, &keys, at, &mut Budget::default());
        assert!(
            matches!(validation.verdict, RrsetVerdict::Valid(_)),
            "{algorithm}: {validation:?}"
        );
        group.bench_with_input(
            BenchmarkId::new("validate", algorithm),
            rrset,
            |bencher, rrset| {
                bencher
                    .iter(|| validate_rrset(black_box(rrset), &keys, at, &mut Budget::default()));
            },
        );
        let verify = bare_verification(rrset, &keys);
        assert!(verify(), "{algorithm}: the floor verifies the same");
        group.bench_function(BenchmarkId::new("ring", algorithm), |bencher| {
            bencher.iter(|| black_box(verify()));
        });
    }
    group.finish();
}

/// ring alone, for every signature of the RRset: data, keys and signatures laid out beforehand.
fn bare_verification(rrset: &Rrset<'_>, keys: &Dnskeys) -> impl Fn() -> bool {
    let all: Vec<_> = rrset
        .rrsigs
        .iter()
        .map(|record| prepare_verification(rrset, rrset.message.rdata(record), keys))
        .collect();
    move || all.iter().all(|verify| verify())
}

fn prepare_verification(
    rrset: &Rrset<'_>,
    rrsig: &[u8],
    keys: &Dnskeys,
) -> impl Fn() -> bool + use<> {
    let rrsig = Rrsig::read(rrsig).expect("an RRSIG");
    let data = CanonicalRrset::new(rrset)
        .expect("canonical form")
        .signed_data(rrset.owner, &rrsig);
    let key = keys
        .candidates(rrsig.key_tag, rrsig.algorithm)
        .next()
        .expect("the key");
    let (algorithm, signature, key): (u8, Vec<u8>, Dnskey) =
        (rrsig.algorithm.0, rrsig.signature.to_vec(), key.clone());
    let point = [&[4_u8][..], &key.public_key].concat();
    move || match algorithm {
        5 => rsa(
            &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            &key.public_key,
            &data,
            &signature,
        ),
        10 => rsa(
            &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            &key.public_key,
            &data,
            &signature,
        ),
        13 => UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, &point)
            .verify(&data, &signature)
            .is_ok(),
        14 => UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, &point)
            .verify(&data, &signature)
            .is_ok(),
        _ => UnparsedPublicKey::new(&signature::ED25519, &key.public_key)
            .verify(&data, &signature)
            .is_ok(),
    }
}

/// RFC 3110: these keys have their exponent's length in one octet.
fn rsa(
    parameters: &'static signature::RsaParameters,
    public_key: &[u8],
    data: &[u8],
    signature: &[u8],
) -> bool {
    let (e, n) = public_key[1..].split_at(usize::from(public_key[0]));
    RsaPublicKeyComponents { n, e }
        .verify(parameters, data, signature)
        .is_ok()
}

criterion_group!(benches, single_rrset);
criterion_main!(benches);
