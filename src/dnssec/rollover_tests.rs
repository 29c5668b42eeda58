//! Each state, and what must not be taken for it.

use super::*;
use crate::dns::testing::Signer;
use crate::dns::{DigestType, Name};
use crate::dnssec::ds_digest;

const ZONE: &str = "example.";

fn zone() -> Name {
    ZONE.parse().unwrap()
}

fn key(seed: u8) -> Dnskey {
    let mut signer = Signer::new(seed);
    signer.flags = 257;
    Dnskey::read(&signer.dnskey()).unwrap()
}

fn ds_of(seed: u8, digest_type: DigestType) -> Ds {
    let key = key(seed);
    let digest = ds_digest(digest_type, &zone(), &key).unwrap_or_else(|_| [9; 32].into());
    Ds {
        key_tag: key.key_tag,
        algorithm: key.algorithm,
        digest_type,
        digest,
    }
}

fn sha_256(seeds: &[u8]) -> Vec<Ds> {
    seeds
        .iter()
        .map(|&seed| ds_of(seed, DigestType::SHA_256))
        .collect()
}

fn keys(seeds: &[u8]) -> Vec<Dnskey> {
    seeds.iter().map(|&seed| key(seed)).collect()
}

fn state(
    served: &[u8],
    ds: Option<&[Ds]>,
    cds: Option<&[Ds]>,
    cdnskey: Option<&[Dnskey]>,
) -> Option<&'static str> {
    let keys = Dnskeys {
        zone: zone(),
        keys: keys(served),
    };
    rollover_state(
        &RolloverRecords {
            keys: &keys,
            ds,
            cds,
            cdnskey,
            signers: ApexSigners::default(),
        },
        &mut Budget::default(),
    )
    .map(RolloverState::as_str)
}

const KEY_1: u8 = 1;
const KEY_2: u8 = 2;

/// A case: the keys that are served, those with a DS, those of the CDS and CDNSKEY, and the state.
type RolloverCase = (
    &'static str,
    &'static [u8],
    &'static [u8],
    &'static [u8],
    &'static str,
);

const ROLLOVER_CASES: &[RolloverCase] = &[
    ("not yet delegated", &[KEY_1], &[], &[], "ds_missing"),
    (
        "first key asked for",
        &[KEY_1],
        &[],
        &[KEY_1],
        "ds_to_be_published",
    ),
    ("steady", &[KEY_1], &[KEY_1], &[], "in_step"),
    ("steady, CDS kept", &[KEY_1], &[KEY_1], &[KEY_1], "in_step"),
    ("standby key", &[KEY_1, KEY_2], &[KEY_1], &[], "in_step"),
    (
        "new key asked for, old one kept",
        &[KEY_1, KEY_2],
        &[KEY_1],
        &[KEY_1, KEY_2],
        "ds_to_be_published",
    ),
    (
        "new key asked for in the old one's place",
        &[KEY_1, KEY_2],
        &[KEY_1],
        &[KEY_2],
        "ds_to_be_replaced",
    ),
    (
        "both DS there",
        &[KEY_1, KEY_2],
        &[KEY_1, KEY_2],
        &[KEY_2],
        "ds_to_be_withdrawn",
    ),
    ("done", &[KEY_2], &[KEY_2], &[KEY_2], "in_step"),
    (
        "old DS left over",
        &[KEY_2],
        &[KEY_1, KEY_2],
        &[],
        "ds_without_key",
    ),
    (
        "old DS left over, and asked away",
        &[KEY_2],
        &[KEY_1, KEY_2],
        &[KEY_2],
        "ds_to_be_withdrawn",
    ),
    (
        "key changed without the parent",
        &[KEY_2],
        &[KEY_1],
        &[],
        "ds_mismatch",
    ),
    (
        "key changed without the parent, which is asked",
        &[KEY_2],
        &[KEY_1],
        &[KEY_2],
        "ds_mismatch",
    ),
    (
        "CDS of a key that is not served",
        &[KEY_1],
        &[KEY_1],
        &[KEY_2],
        "cds_without_key",
    ),
    ("unsigned", &[], &[], &[], "in_step"),
    ("unsigned under a DS", &[], &[KEY_1], &[], "ds_mismatch"),
    (
        "two signers, each its own key",
        &[KEY_1],
        &[KEY_1, KEY_2],
        &[KEY_1, KEY_2],
        "in_step",
    ),
];

#[test]
fn rollover_passes_through_its_states() {
    for &(case, served, ds, cds, expected) in ROLLOVER_CASES {
        let (ds, cds, cdnskey) = (sha_256(ds), sha_256(cds), keys(cds));
        assert_eq!(
            state(served, Some(&ds), Some(&cds), Some(&[])),
            Some(expected),
            "{case}, by CDS"
        );
        assert_eq!(
            state(served, Some(&ds), Some(&[]), Some(&cdnskey)),
            Some(expected),
            "{case}, by CDNSKEY"
        );
        assert_eq!(
            state(served, Some(&ds), Some(&cds), Some(&cdnskey)),
            Some(expected),
            "{case}, by both"
        );
    }
}

#[test]
fn digest_type_does_not_affect_the_state() {
    let by_sha_384 = [ds_of(1, DigestType::SHA_384)];
    assert_eq!(
        state(
            &[1],
            Some(&sha_256(&[1])),
            Some(&by_sha_384),
            Some(&keys(&[1]))
        ),
        Some("in_step")
    );
    let by_unknown = [ds_of(1, DigestType(250))];
    assert_eq!(
        state(
            &[1],
            Some(&sha_256(&[1])),
            Some(&by_unknown),
            Some(&keys(&[1]))
        ),
        Some("in_step")
    );
    assert_eq!(
        state(&[1], Some(&by_unknown), Some(&[]), Some(&[])),
        Some("in_step"),
        "insecure, and no mismatch"
    );
    assert_eq!(
        state(&[2], Some(&by_unknown), Some(&[]), Some(&[])),
        Some("ds_mismatch"),
        "no key of its tag"
    );
    let both = [sha_256(&[1]), by_unknown.to_vec()].concat();
    assert_eq!(
        state(&[1], Some(&both), Some(&sha_256(&[1])), Some(&[])),
        Some("in_step"),
        "none to be withdrawn"
    );
}

#[test]
fn large_colliding_keys_are_charged_to_the_budget() {
    let large = |index: usize| {
        let mut public = [0x11; 4000];
        // Moved by a word, what differs leaves the sum and so the tag as it is.
        public[index * 2..index * 2 + 2].copy_from_slice(&[0x22, 0x22]);
        Dnskey::read(&[[1, 1, 3, 15].as_slice(), &public].concat()).unwrap()
    };
    let [served, asked_for] = [0..15, 14..30].map(|indexes| indexes.map(large).collect::<Vec<_>>());
    let digest = |key: &Dnskey| ds_digest(DigestType::SHA_1, &zone(), key).unwrap();
    let ds = |digest| Ds {
        key_tag: served[0].key_tag,
        algorithm: Algorithm(15),
        digest_type: DigestType::SHA_1,
        digest,
    };
    let cds: Vec<_> = asked_for.iter().map(digest).map(ds).collect();
    assert_eq!(cds[0].key_tag, large(29).key_tag);
    let at_parent: Vec<_> = (0..16).map(|number| ds([number; 20].into())).collect();
    let keys = Dnskeys {
        zone: zone(),
        keys: served.clone(),
    };
    let sets = RolloverRecords {
        keys: &keys,
        ds: Some(&at_parent),
        cds: Some(&cds),
        cdnskey: Some(&asked_for),
        signers: ApexSigners::default(),
    };
    assert_eq!(rollover_state(&sets, &mut Budget::for_probe(12)), None);
    assert_eq!(
        rollover_state(&sets, &mut Budget::default()),
        Some(RolloverState::DsMismatch)
    );
}

/// RFC 7344 section 4.1: key 1 has a DS, key 2 has none. A row: the keys named, who signs the CDS and CDNSKEY RRsets, who signs the
/// DNSKEY RRset, and the state.
#[test]
fn parent_does_not_act_on_an_untrusted_or_breaking_request() {
    for (case, named, cds_signers, dnskey_signers, expected) in [
        (
            "by the key with a DS",
            &[1_u8, 2][..],
            &[1_u8][..],
            &[1_u8, 2][..],
            "ds_to_be_published",
        ),
        ("by both", &[1, 2], &[1, 2], &[1, 2], "ds_to_be_published"),
        (
            "by the new key alone",
            &[1, 2],
            &[2],
            &[1, 2],
            "cds_untrusted",
        ),
        ("by none", &[1, 2], &[], &[1, 2], "cds_untrusted"),
        (
            "the new key does not sign",
            &[2],
            &[1],
            &[1],
            "cds_key_not_signing",
        ),
        ("it signs", &[2], &[1], &[1, 2], "ds_to_be_replaced"),
        (
            "the old one signs, a standby is added",
            &[1, 2],
            &[1],
            &[1],
            "ds_to_be_published",
        ),
        ("nothing to do", &[1], &[2], &[1], "in_step"),
    ] {
        let ids = |seeds: &[u8]| -> Vec<KeyId> {
            seeds
                .iter()
                .map(|&seed| (key(seed).key_tag, key(seed).algorithm))
                .collect()
        };
        let served = Dnskeys {
            zone: zone(),
            keys: keys(&[1, 2]),
        };
        let (cds_ids, dnskey_ids) = (ids(cds_signers), ids(dnskey_signers));
        let state = |ds: &[Ds], cds: &[Ds], cdnskey: &[Dnskey]| {
            let records = RolloverRecords {
                keys: &served,
                ds: Some(ds),
                cds: Some(cds),
                cdnskey: Some(cdnskey),
                signers: ApexSigners {
                    dnskey: Some(&dnskey_ids),
                    cds: Some(&cds_ids),
                    cdnskey: Some(&cds_ids),
                },
            };
            rollover_state(&records, &mut Budget::default()).map(RolloverState::as_str)
        };
        let found = state(&sha_256(&[1]), &sha_256(named), &keys(named));
        assert_eq!(found, Some(expected), "{case}");
        let first_ds = state(&[], &sha_256(&[1]), &keys(&[1]));
        assert_eq!(
            first_ds.filter(|_| dnskey_signers.contains(&1)),
            Some("ds_to_be_published"),
            "{case}: a first DS has rules of its own"
        );
        let delete = Ds {
            key_tag: 0,
            algorithm: Algorithm(0),
            digest_type: DigestType(0),
            digest: [0].into(),
        };
        let deletion = if cds_signers.contains(&1) {
            "delete_requested"
        } else {
            "cds_untrusted"
        };
        assert_eq!(
            state(&sha_256(&[1]), &[delete], &[]),
            Some(deletion),
            "{case}"
        );
    }
}

#[test]
fn cds_and_cdnskey_must_match() {
    let ds = sha_256(&[1]);
    for (cds, cdnskey) in [(&[1, 2][..], &[1][..]), (&[1], &[1, 2]), (&[1], &[2])] {
        let found = state(
            &[1, 2],
            Some(&ds),
            Some(&sha_256(cds)),
            Some(&keys(cdnskey)),
        );
        assert_eq!(found, Some("cds_cdnskey_mismatch"), "{cds:?} {cdnskey:?}");
    }
}

#[test]
fn deletion_request_must_be_the_only_record() {
    let delete = Ds {
        key_tag: 0,
        algorithm: Algorithm(0),
        digest_type: DigestType(0),
        digest: [0].into(),
    };
    let delete_key = Dnskey::read(&[0, 0, 3, 0, 0]).unwrap();
    let ds = sha_256(&[1]);
    let asked = |cds: &[Ds], cdnskey: &[Dnskey]| state(&[1], Some(&ds), Some(cds), Some(cdnskey));
    assert_eq!(
        asked(std::slice::from_ref(&delete), &[]),
        Some("delete_requested")
    );
    assert_eq!(
        asked(&[], std::slice::from_ref(&delete_key)),
        Some("delete_requested")
    );
    assert_eq!(
        asked(
            std::slice::from_ref(&delete),
            std::slice::from_ref(&delete_key)
        ),
        Some("delete_requested")
    );
    assert_eq!(
        asked(&[delete.clone(), ds[0].clone()], &[]),
        Some("cds_cdnskey_mismatch")
    );
    assert_eq!(
        asked(std::slice::from_ref(&delete), &keys(&[1])),
        Some("cds_cdnskey_mismatch")
    );
    assert_eq!(
        asked(&ds, std::slice::from_ref(&delete_key)),
        Some("cds_cdnskey_mismatch")
    );
    assert_eq!(
        state(&[1], Some(&[]), Some(&[delete]), Some(&[])),
        Some("in_step"),
        "done"
    );
}

#[test]
fn unknown_parent_ds_yields_only_zone_side_states() {
    assert_eq!(state(&[1], None, Some(&[]), Some(&[])), None);
    assert_eq!(
        state(&[1], None, Some(&sha_256(&[1])), Some(&keys(&[1]))),
        None
    );
    assert_eq!(
        state(&[1], Some(&sha_256(&[1])), Some(&[]), None),
        None,
        "CDNSKEY may ask for something"
    );
    assert_eq!(
        state(&[1], Some(&sha_256(&[1])), None, Some(&[])),
        None,
        "CDS may ask for something"
    );
    assert_eq!(
        state(&[1], None, Some(&sha_256(&[2])), None),
        Some("cds_without_key")
    );
    assert_eq!(
        state(&[1, 2], None, Some(&sha_256(&[1])), Some(&keys(&[2]))),
        Some("cds_cdnskey_mismatch")
    );
}

#[test]
fn too_many_records_leave_the_state_unknown() {
    let many = vec![ds_of(1, DigestType::SHA_256); 17];
    assert_eq!(
        state(&[1], Some(&sha_256(&[1])), Some(&many), Some(&[])),
        None
    );
    assert_eq!(state(&[1], Some(&many), Some(&[]), Some(&[])), None);
}
