//! Keys and signatures in, warnings out.

use super::*;
use crate::dns::{Dnskey, Ds, Name, RrType, Timestamp, Transport};
use crate::report::{RrsigReport, Validity};

fn keys(algorithms: &[u8]) -> Dnskeys {
    let key = |&algorithm: &u8| Dnskey::read(&[1, 1, 3, algorithm, 1, 2, 3, 4]).unwrap();
    Dnskeys {
        zone: "example".parse().unwrap(),
        keys: algorithms.iter().map(key).collect(),
    }
}

fn rrset(rtype: RrType, algorithms: &[u8]) -> RrsetReport {
    let apex: Name = "example".parse().unwrap();
    let rrsig = |&algorithm: &u8| RrsigReport {
        type_covered: rtype,
        key_tag: 1,
        algorithm: Algorithm(algorithm),
        signer: apex.clone(),
        inception: Timestamp(0),
        expiration: Timestamp(1),
        held: Validity::Valid,
        reason: None,
    };
    RrsetReport {
        owner: apex.clone(),
        rtype,
        transport: Transport::Udp,
        zone_version: None,
        records: 1,
        held: Validity::Valid,
        reason: None,
        expiration: None,
        wildcard: None,
        rrsigs: algorithms.iter().map(rrsig).collect(),
    }
}

#[test]
fn algorithm_that_signs_only_part_is_a_warning() {
    for (case, key_algorithms, of_keys, of_soa, expected) in [
        ("one", &[13_u8][..], &[13_u8][..], &[13_u8][..], None),
        ("both sign all", &[8, 13], &[8, 13], &[8, 13], None),
        (
            "the second signs the keys alone",
            &[8, 13],
            &[8, 13],
            &[8],
            Some("ECDSAP256SHA256 signs 1 of 2 RRsets, not example. SOA"),
        ),
        ("the second signs nothing yet", &[8, 13], &[8], &[8], None),
        (
            "no signature at all is a failure",
            &[8, 13],
            &[8, 13],
            &[],
            None,
        ),
    ] {
        let rrsets = [rrset(RrType::DNSKEY, of_keys), rrset(RrType::SOA, of_soa)];
        let found = warnings(&keys(key_algorithms), &rrsets, None);
        let details: Vec<_> = found
            .iter()
            .map(|warning| warning.detail.as_str())
            .collect();
        assert_eq!(details, expected.into_iter().collect::<Vec<_>>(), "{case}");
    }
}

#[test]
fn sha_1_of_keys_and_ds_is_a_warning() {
    let ds = |number| {
        TrustAnchor::Ds(Ds {
            key_tag: 7,
            algorithm: Algorithm(13),
            digest_type: DigestType(number),
            digest: [1; 20].into(),
        })
    };
    let signed = |digest_types: &[u8]| {
        let anchors: Vec<_> = digest_types.iter().map(|&number| ds(number)).collect();
        ChainOutcome::Signed(anchors.into())
    };
    for (key_algorithm, digest_types, expected) in [
        (13, &[2_u8][..], &[][..]),
        (5, &[2], &[WarningKind::Sha1Key]),
        (7, &[2], &[WarningKind::Sha1Key]),
        (8, &[2], &[]),
        (13, &[1], &[WarningKind::Sha1Ds]),
        (13, &[2, 1], &[WarningKind::Sha1Ds]),
    ] {
        let found = warnings(&keys(&[key_algorithm]), &[], Some(&signed(digest_types)));
        let kinds: Vec<_> = found.iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, expected, "{key_algorithm} {digest_types:?}");
    }
}
