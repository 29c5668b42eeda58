//! Which keys of a report sign what.

use super::*;
use crate::dns::{Algorithm, Transport};
use crate::dnssec::SecurityStatus;
use crate::report::KeyRole;

const ALGORITHM: Algorithm = Algorithm::ECDSAP256SHA256;

fn zone() -> Name {
    "z.test.".parse().unwrap()
}

fn rrsig(key_tag: u16, signer: &str, held: Validity, reason: Option<Reason>) -> RrsigReport {
    RrsigReport {
        type_covered: RrType::SOA,
        key_tag,
        algorithm: ALGORITHM,
        signer: signer.parse().unwrap(),
        inception: Timestamp(0),
        expiration: Timestamp(100),
        held,
        reason,
    }
}

fn good(key_tag: u16) -> RrsigReport {
    rrsig(key_tag, "z.test.", Validity::Valid, None)
}

fn bad(key_tag: u16, reason: Reason) -> RrsigReport {
    rrsig(key_tag, "z.test.", Validity::Invalid, Some(reason))
}

fn rrset(rtype: RrType, held: Validity, rrsigs: Vec<RrsigReport>) -> RrsetReport {
    RrsetReport {
        owner: zone(),
        rtype,
        transport: Transport::Udp,
        zone_version: None,
        records: 1,
        held,
        reason: None,
        expiration: Some(Timestamp(100)),
        wildcard: None,
        rrsigs,
    }
}

fn key(key_tag: u16) -> KeyReport {
    KeyReport {
        key_tag,
        algorithm: ALGORITHM,
        flags: 257,
        role: KeyRole::Csk,
        bits: None,
        public_key: [7; 64].into(),
    }
}

fn facts(keys: &[u16], rrsets: Vec<RrsetReport>) -> KeyFacts {
    let dnssec = DnssecReport {
        keys: keys.iter().copied().map(key).collect(),
        rrsets,
        ..DnssecReport::from_status(SecurityStatus::Secure)
    };
    KeyFacts::read(&dnssec, &zone())
}

fn ids(tags: &[u16]) -> Vec<KeyId> {
    tags.iter().map(|tag| (*tag, ALGORITHM)).collect()
}

#[test]
fn signers_are_those_whose_signatures_may_hold() {
    let unsupported = Some(Reason::UnsupportedDnskeyAlgorithm);
    let of_keys = vec![
        good(2),
        good(1),
        bad(3, Reason::SignatureExpired),
        bad(4, Reason::KeyRevoked),
        bad(5, Reason::DnskeyMissing),
        rrsig(6, "z.test.", Validity::Undecided, unsupported),
        rrsig(7, "other.test.", Validity::Undecided, unsupported),
    ];
    let facts = facts(
        &[2, 1],
        vec![rrset(RrType::DNSKEY, Validity::Valid, of_keys)],
    );
    assert_eq!(facts.served.signers, ids(&[1, 2, 6]));
    let tags: Vec<_> = facts
        .served
        .dnskeys
        .keys
        .iter()
        .map(|key| key.key_tag)
        .collect();
    assert_eq!(tags, [1, 2], "in an order of their own");
    assert!(facts.is_valid && facts.data_signers.is_empty());
    assert_eq!(facts.expiration, Some(Timestamp(100)));
}

#[test]
fn signature_by_a_key_that_has_gone_counts_for_data() {
    let facts = facts(
        &[1],
        vec![
            rrset(
                RrType::SOA,
                Validity::Valid,
                vec![good(1), bad(5, Reason::DnskeyMissing)],
            ),
            rrset(
                RrType::NS,
                Validity::Valid,
                vec![good(1), bad(3, Reason::SignatureExpired)],
            ),
            rrset(RrType::MX, Validity::Valid, vec![good(1)]),
            rrset(
                RrType::A,
                Validity::Invalid,
                vec![bad(9, Reason::DnskeyMissing)],
            ),
            rrset(RrType::CDS, Validity::Valid, vec![good(8)]),
        ],
    );
    let sets: Vec<_> = facts.data_signers.into_iter().collect();
    assert_eq!(sets, [ids(&[1]), ids(&[1, 5])]);
    assert!(!facts.is_valid && facts.served.signers.is_empty());
}

#[test]
fn unsigned_zone_serves_no_key() {
    let facts = facts(&[], Vec::new());
    assert!(facts.served.dnskeys.keys.is_empty() && !facts.is_valid);
}
