//! The truth table: what each DS RRset makes of each DNSKEY RRset, whichever is the older one, and which keys validate what.

use std::slice;

use super::*;
use crate::dns::{DigestType, Dnskey, Name};
use crate::dnssec::ds_digest;
use DsVerdict::{Insecure, NoKey, NoSignature, Secure, Undecided};

const P256: u8 = 13;
const UNKNOWN_ALGORITHM: u8 = 200;
const UNKNOWN_DIGEST: u8 = 200;

fn zone() -> Name {
    "z.test.".parse().unwrap()
}

/// A key that is told from others by the octet that it is made of.
fn key(octet: u8, algorithm: u8) -> Dnskey {
    let mut rdata = vec![1, 1, 3, algorithm];
    rdata.extend([octet; 64]);
    Dnskey::read(&rdata).unwrap()
}

fn ds(key: &Dnskey, digest_type: u8) -> Ds {
    let digest_type = DigestType(digest_type);
    Ds {
        key_tag: key.key_tag,
        algorithm: key.algorithm,
        digest_type,
        digest: ds_digest(digest_type, &zone(), key).unwrap_or_else(|_| [0; 32].into()),
    }
}

fn dnskeys(keys: &[&Dnskey]) -> Dnskeys {
    Dnskeys {
        zone: zone(),
        keys: keys.iter().map(|key| (*key).clone()).collect(),
    }
}

fn ids(keys: &[&Dnskey]) -> Vec<KeyId> {
    keys.iter()
        .map(|key| (key.key_tag, key.algorithm))
        .collect()
}

fn signed(keys: &[&Dnskey], signers: &[&Dnskey]) -> SignedDnskeys {
    SignedDnskeys {
        dnskeys: dnskeys(keys),
        signers: ids(signers),
    }
}

#[test]
fn dnskey_rrset_is_judged_by_ds_rrset_of_another_time() {
    let (a, b) = (&key(1, P256), &key(2, P256));
    let unknown = &key(3, UNKNOWN_ALGORITHM);
    let (ds_a, ds_b) = (ds(a, 2), ds(b, 2));
    let unknown_digest = ds(a, UNKNOWN_DIGEST);
    let rows: &[(&str, &[Ds], SignedDnskeys, DsVerdict)] = &[
        (
            "as before",
            slice::from_ref(&ds_a),
            signed(&[a], &[a]),
            Secure,
        ),
        (
            "both keys sign",
            slice::from_ref(&ds_a),
            signed(&[a, b], &[a, b]),
            Secure,
        ),
        (
            "one DS of two",
            &[ds_a.clone(), ds_b.clone()],
            signed(&[b], &[b]),
            Secure,
        ),
        (
            "key removed",
            slice::from_ref(&ds_a),
            signed(&[b], &[b]),
            NoKey,
        ),
        (
            "signature removed",
            slice::from_ref(&ds_a),
            signed(&[a, b], &[b]),
            NoSignature,
        ),
        (
            "went unsigned",
            slice::from_ref(&ds_a),
            signed(&[], &[]),
            NoKey,
        ),
        ("no DS", &[], signed(&[a], &[a]), Insecure),
        (
            "unknown algorithm",
            &[ds(unknown, 2)],
            signed(&[b], &[b]),
            Insecure,
        ),
        (
            "unknown digest type",
            slice::from_ref(&unknown_digest),
            signed(&[b], &[b]),
            Insecure,
        ),
        (
            "an unknown digest type counts for nothing beside one that is known",
            &[unknown_digest.clone(), ds_b.clone()],
            signed(&[a], &[a]),
            NoKey,
        ),
        // RFC 4509 section 3.
        (
            "SHA-1 counts for nothing beside SHA-256",
            &[ds(a, 1), ds_b],
            signed(&[a], &[a]),
            NoKey,
        ),
        ("SHA-1 alone", &[ds(a, 1)], signed(&[a], &[a]), Secure),
    ];
    for (name, ds, keys, verdict) in rows {
        let found = judge_by_ds(ds, keys, &mut Budget::default());
        assert_eq!(found, *verdict, "{name}");
        let is_bogus = [NoKey, NoSignature].contains(verdict);
        assert_eq!(found.is_bogus(), is_bogus, "{name}");
    }
    let undecided = judge_by_ds(&[ds_a], &signed(&[a], &[a]), &mut Budget::exhausted());
    assert_eq!(undecided, Undecided);
}

/// The keys that are held, those that are served, those that sign, and whether who holds the first can validate.
type DataRow<'k> = (
    &'k str,
    &'k [&'k Dnskey],
    &'k [&'k Dnskey],
    &'k [&'k Dnskey],
    bool,
);

#[test]
fn data_is_validated_by_a_key_that_is_held() {
    let (a, b) = (&key(1, P256), &key(2, P256));
    let mut twin = a.clone();
    twin.public_key = [9; 64].into();
    let rows: &[DataRow<'_>] = &[
        ("as before", &[a], &[a], &[a], true),
        ("published and not used", &[a], &[a, b], &[a], true),
        ("used before it was published", &[a], &[a, b], &[b], false),
        ("published long enough", &[a, b], &[a, b], &[b], true),
        ("both sign", &[a], &[a, b], &[a, b], true),
        // The last step of an algorithm rollover: the key has gone, its signatures follow (RFC 6781 section 4.1.4).
        ("signatures outlive their key", &[a], &[b], &[a, b], true),
        ("another key with the tag", &[a], &[&twin], &[&twin], false),
        ("unsigned data", &[a], &[a], &[], false),
    ];
    for (name, held, served, signers, expected) in rows {
        let found = can_validate(&dnskeys(held), &dnskeys(served), &ids(signers));
        assert_eq!(found, *expected, "{name}");
    }
}
