//! Rollovers step by step, done right and done wrong: what is found too early at each step.

use std::collections::BTreeSet;

use super::*;
use crate::assess::zone::current_keys::CurrentDs;
use crate::dns::{DigestType, Dnskey, Ds, Name};
use crate::dnssec::{Dnskeys, KeyId, ds_digest};

const DS_TTL: u32 = 7_200;
const KEY_TTL: u32 = 3_600;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

fn zone() -> Name {
    "z.test.".parse().unwrap()
}

/// Capital letters are KSKs.
fn key(letter: char) -> Dnskey {
    let flags = u8::from(letter.is_ascii_uppercase());
    let mut rdata = vec![1, flags, 3, 13];
    rdata.extend([letter as u8; 64]);
    Dnskey::read(&rdata).unwrap()
}

fn id(letter: char) -> KeyId {
    (key(letter).key_tag, key(letter).algorithm)
}

fn ids(letters: &str) -> Vec<KeyId> {
    let ids: BTreeSet<_> = letters.chars().map(id).collect();
    ids.into_iter().collect()
}

fn ds(letter: char) -> Ds {
    let key = key(letter);
    Ds {
        key_tag: key.key_tag,
        algorithm: key.algorithm,
        digest_type: DigestType::SHA_256,
        digest: ds_digest(DigestType::SHA_256, &zone(), &key).unwrap(),
    }
}

/// `"AB z / A / z"`: the keys that are served, those of them that sign the DNSKEY RRset, those that sign data.
fn keys(text: &str) -> KeyFacts {
    let parts: Vec<_> = text.split('/').map(|part| part.replace(' ', "")).collect();
    let [served, signers, data] = parts.as_slice() else {
        panic!("{text}")
    };
    KeyFacts {
        served: SignedDnskeys {
            dnskeys: Dnskeys {
                zone: zone(),
                keys: served.chars().map(key).collect(),
            },
            signers: ids(signers),
        },
        is_valid: !signers.is_empty(),
        expiration: Some(Timestamp(1_000 * HOUR)),
        data_signers: data
            .split(',')
            .filter(|set| !set.is_empty())
            .map(ids)
            .collect(),
    }
}

/// The DS RRset at the parent, or at each of its servers; `?` where it is not known.
fn parent(text: &str, at: Timestamp) -> Option<Vec<CurrentDs>> {
    let servers = text.split(',').map(|letters| CurrentDs {
        ds: letters.chars().map(ds).collect(),
        seen_at: at,
        ttl: (!letters.is_empty()).then_some(DS_TTL),
        is_from_parent: true,
    });
    (text != "?").then(|| servers.collect())
}

/// What is seen at a time: the parent's DS, the keys at each server, and what is found too early.
type Step = (
    i64,
    &'static str,
    &'static [&'static str],
    &'static [EarlyChange],
);

/// What is reported after each step: the kinds that are too early, and those that are not.
fn walk(steps: &[Step], check: impl Fn(usize, &[EarlyChangeReport])) {
    let mut history = KeyHistory::default();
    for (index, (at, ds, servers, _)) in steps.iter().enumerate() {
        let at = Timestamp(*at);
        let facts: Vec<_> = servers
            .iter()
            .map(|text| keys(text.trim_end_matches('-')))
            .collect();
        let current = CurrentKeys {
            at,
            ds: parent(ds, at),
            servers: facts
                .iter()
                .zip(*servers)
                .map(|(keys, text)| ServerKeys {
                    name: "ns1",
                    address: None,
                    keys,
                    ttl: Some(KEY_TTL),
                    is_current: !text.ends_with('-'),
                })
                .collect(),
        };
        check(index, &assess_early_changes(&mut history, &current));
    }
}

fn too_early(reports: &[EarlyChangeReport]) -> Vec<EarlyChange> {
    let found = reports.iter().filter(|report| report.too_early);
    found.map(|report| report.kind).collect()
}

use EarlyChange::{DsChanged, KskRemoved, ZskUsed};

const STORIES: &[(&str, &[Step])] = &[
    (
        "KSK rollover by double signature, in time",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (HOUR, "A", &["ABz/AB/z"], &[]),
            (3 * HOUR, "B", &["ABz/AB/z"], &[]),
            (5 * HOUR, "B", &["Bz/B/z"], &[]),
        ],
    ),
    (
        "the TLD of 2023: the old key's signature goes while its DS is held",
        &[
            (0, "A", &["ABz/AB/z"], &[]),
            (HOUR, "B", &["ABz/AB/z"], &[]),
            (HOUR + MINUTE, "B", &["ABz/B/z"], &[KskRemoved]),
            (2 * HOUR - 1, "B", &["ABz/B/z"], &[KskRemoved]),
            (2 * HOUR, "B", &["ABz/B/z"], &[]),
        ],
    ),
    (
        "the old key goes while its DS is held, and comes back",
        &[
            (0, "A", &["ABz/AB/z"], &[]),
            (MINUTE, "B", &["ABz/AB/z"], &[]),
            (2 * MINUTE, "B", &["Bz/B/z"], &[KskRemoved]),
            (3 * MINUTE, "B", &["ABz/AB/z"], &[]),
        ],
    ),
    (
        "the SaaS company of 2021: unsigned while the DS is held",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "", &["Az/A/z"], &[]),
            (2 * MINUTE, "", &["//"], &[KskRemoved]),
            (3 * HOUR, "", &["//"], &[]),
        ],
    ),
    (
        "unsigned in time",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "", &["Az/A/z"], &[]),
            (2 * HOUR, "", &["//"], &[]),
        ],
    ),
    (
        "the DS is changed while the DNSKEY RRset without its key is held",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (HOUR, "A", &["ABz/AB/z"], &[]),
            // The key was last missed at the beginning.
            (HOUR + MINUTE, "B", &["ABz/AB/z"], &[]),
        ],
    ),
    (
        "the DS is changed a minute after the key came",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "A", &["ABz/AB/z"], &[]),
            (2 * MINUTE, "B", &["ABz/AB/z"], &[DsChanged]),
            (HOUR - 1, "B", &["ABz/AB/z"], &[DsChanged]),
            (HOUR, "B", &["ABz/AB/z"], &[]),
        ],
    ),
    (
        "the DS is changed and the key with it: both copies miss",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "B", &["Bz/B/z"], &[KskRemoved, DsChanged]),
        ],
    ),
    (
        "KSK rollover by double DS, in time",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "AB", &["Az/A/z"], &[]),
            (2 * HOUR + MINUTE, "AB", &["Bz/B/z"], &[]),
            (4 * HOUR, "B", &["Bz/B/z"], &[]),
        ],
    ),
    (
        "KSK rollover by double DS, the key too early",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "AB", &["Az/A/z"], &[]),
            (2 * MINUTE, "AB", &["Bz/B/z"], &[KskRemoved]),
        ],
    ),
    (
        "ZSK rollover by pre-publication, in time",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "A", &["Azy/A/z"], &[]),
            (HOUR, "A", &["Azy/A/y,z"], &[]),
            (2 * HOUR, "A", &["Azy/A/y"], &[]),
            (4 * HOUR, "A", &["Ay/A/y"], &[]),
        ],
    ),
    (
        "a ZSK that signs when it appears",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "A", &["Azy/A/y"], &[ZskUsed]),
            (HOUR, "A", &["Azy/A/y"], &[]),
        ],
    ),
    (
        "a ZSK that signs part of the data when it appears",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "A", &["Azy/A/z,y"], &[ZskUsed]),
        ],
    ),
    (
        "ZSK rollover by double signature",
        &[
            (0, "A", &["Az/A/z"], &[]),
            (MINUTE, "A", &["Azy/A/zy"], &[]),
            (2 * HOUR, "A", &["Ay/A/y"], &[]),
        ],
    ),
    (
        "algorithm rollover of a CSK: signatures first, then keys, DS, keys, signatures",
        &[
            (0, "A", &["A/A/A"], &[]),
            (MINUTE, "A", &["A/A/AB"], &[]),
            (2 * HOUR, "A", &["AB/AB/AB"], &[]),
            (4 * HOUR, "B", &["AB/AB/AB"], &[]),
            (7 * HOUR, "B", &["B/B/AB"], &[]),
            (9 * HOUR, "B", &["B/B/B"], &[]),
        ],
    ),
    (
        "the DNSKEY RRset of before never had a DS: nobody validated it",
        &[(0, "", &["Az/A/z"], &[]), (MINUTE, "B", &["By/B/y"], &[])],
    ),
    (
        "a DS that never worked is replaced: nobody loses anything",
        &[(0, "B", &["Az/A/z"], &[]), (MINUTE, "A", &["Az/A/z"], &[])],
    ),
    (
        "a secondary that lags for minutes prolongs nothing",
        &[
            (0, "A", &["Az/A/z", "Az/A/z"], &[]),
            (MINUTE, "A", &["Azy/A/z", "Az/A/z-"], &[]),
            (5 * MINUTE, "A", &["Azy/A/z", "Az/A/z-"], &[]),
            (6 * MINUTE, "A", &["Azy/A/z", "Azy/A/z"], &[]),
            (HOUR, "A", &["Azy/A/y", "Azy/A/y"], &[]),
        ],
    ),
    (
        "a secondary that lags for half an hour does",
        &[
            (0, "A", &["Az/A/z", "Az/A/z"], &[]),
            (MINUTE, "A", &["Azy/A/z", "Az/A/z-"], &[]),
            (30 * MINUTE, "A", &["Azy/A/z", "Az/A/z-"], &[]),
            (31 * MINUTE, "A", &["Azy/A/z", "Azy/A/z"], &[]),
            (HOUR, "A", &["Azy/A/y", "Azy/A/y"], &[ZskUsed]),
            (90 * MINUTE, "A", &["Azy/A/y", "Azy/A/y"], &[]),
        ],
    ),
    (
        "signers with keys of their own, each with its DS: differing is not early",
        &[
            (0, "AB", &["Az/A/z", "By/B/y"], &[]),
            (MINUTE, "AB", &["Az/A/z", "By/B/y"], &[]),
        ],
    ),
    (
        "signers with keys of their own, one loses its DS: it fails for everyone there",
        &[
            (0, "AB", &["Az/A/z", "By/B/y"], &[]),
            (MINUTE, "B", &["Az/A/z", "By/B/y"], &[]),
        ],
    ),
    (
        "signers with keys of their own: data of one does not validate by keys of the other, whenever",
        &[
            (0, "AB", &["Az/A/z", "Bzy/B/z"], &[]),
            (MINUTE, "AB", &["Az/A/z", "Bzy/B/y"], &[]),
        ],
    ),
    (
        "one server drops the key first: that is enough",
        &[
            (0, "A", &["ABz/AB/z", "ABz/AB/z"], &[]),
            (MINUTE, "B", &["Bz/B/z", "ABz/AB/z-"], &[KskRemoved]),
        ],
    ),
    (
        "one server of the parent still gives the old DS",
        &[
            (0, "A,A", &["ABz/AB/z"], &[]),
            (MINUTE, "B,A", &["Bz/B/z"], &[KskRemoved]),
        ],
    ),
    (
        "what fails for everyone is reported as that",
        &[(0, "A", &["Az/A/z"], &[]), (MINUTE, "A", &["Bz/B/z"], &[])],
    ),
    (
        "silence does not end it, and it ends in time",
        &[
            (0, "A", &["ABz/AB/z"], &[]),
            (MINUTE, "B", &["Bz/B/z"], &[KskRemoved]),
            (2 * MINUTE, "?", &[], &[KskRemoved]),
            (3 * MINUTE, "B", &["Bz/B/z"], &[KskRemoved]),
            (2 * HOUR, "?", &[], &[]),
        ],
    ),
    (
        "without a parent the keys alone are assessed",
        &[
            (0, "?", &["Az/A/z"], &[]),
            (MINUTE, "?", &["Azy/A/y"], &[ZskUsed]),
        ],
    ),
    (
        "a clock that was ahead leaves nothing",
        &[
            (100 * HOUR, "A", &["ABz/AB/z"], &[]),
            (0, "B", &["Bz/B/z"], &[]),
        ],
    ),
];

#[test]
fn each_step_of_a_rollover_is_judged_by_what_resolvers_hold() {
    for (story, steps) in STORIES {
        walk(steps, |index, reports| {
            let (at, .., expected) = steps[index];
            let found = too_early(reports);
            assert_eq!(found, expected, "{story}, at {at}: {reports:?}");
        });
    }
}

#[test]
fn report_names_the_keys_and_the_time() {
    let steps: &[Step] = &[(0, "A", &["Az/A/z"], &[]), (MINUTE, "B", &["By/B/y"], &[])];
    walk(steps, |index, reports| {
        if index == 0 {
            return;
        }
        let [a, b, y, z] = ['A', 'B', 'y', 'z'].map(|letter| key(letter).key_tag);
        let details: Vec<_> = reports
            .iter()
            .map(|report| report.detail.clone().unwrap())
            .collect();
        let until = reports.iter().map(|report| report.until.unwrap().0);
        assert_eq!(until.collect::<Vec<_>>(), [2 * HOUR, HOUR, HOUR]);
        assert_eq!(
            details,
            [
                format!(
                    "resolvers may hold the DS RRset of key {a} until 1970-01-01T02:00:00Z, and ns1 no longer serves that key"
                ),
                format!(
                    "resolvers may hold the DNSKEY RRset of keys {a}, {z} until 1970-01-01T01:00:00Z, which the DS RRset of key {b} does not lead to"
                ),
                format!(
                    "resolvers may hold the DNSKEY RRset of keys {a}, {z} until 1970-01-01T01:00:00Z, and ns1 signs data with key {y} alone"
                ),
            ]
        );
    });
}

#[test]
fn what_cannot_be_assessed_is_absent() {
    let kinds_after = |time, ds, servers: &'static [&'static str]| {
        let found = std::cell::RefCell::new(Vec::new());
        walk(
            &[(0, ds, servers, &[]), (time, ds, servers, &[])],
            |index, reports| {
                let kinds = reports.iter().map(|report| report.kind);
                found.borrow_mut().extend(kinds.filter(|_| index == 1));
            },
        );
        found.into_inner()
    };
    let kinds = |ds, servers| kinds_after(25 * HOUR, ds, servers);
    assert_eq!(kinds("A", &["Az/A/z"]), EarlyChange::ALL);
    assert_eq!(kinds("", &["Az/A/z"]), [KskRemoved, DsChanged]);
    assert_eq!(kinds("?", &["Az/A/z"]), [ZskUsed]);
    assert_eq!(kinds("A", &["By/B/y"]), []);
    assert_eq!(kinds("A", &[]), []);
    assert_eq!(kinds("?", &["Az//z"]), []);
    // What was changed before the start is not known.
    assert_eq!(kinds_after(HOUR - 1, "A", &["Az/A/z"]), []);
    assert_eq!(kinds_after(HOUR, "A", &["Az/A/z"]), [DsChanged, ZskUsed]);
    assert_eq!(kinds_after(2 * HOUR, "A", &["Az/A/z"]), EarlyChange::ALL);
    assert_eq!(kinds_after(23 * HOUR, "", &["Az/A/z"]), [DsChanged]);
}

/// What was seen to be too early is known to be over.
#[test]
fn undone_change_is_reported_as_over() {
    let steps: &[Step] = &[
        (0, "A", &["ABz/AB/z"], &[]),
        (MINUTE, "B", &["Bz/B/z"], &[KskRemoved]),
        (2 * MINUTE, "B", &["ABz/AB/z"], &[]),
    ];
    walk(steps, |index, reports| {
        let reported = reports.iter().map(|report| (report.kind, report.too_early));
        let expected = [None, Some((KskRemoved, true)), Some((KskRemoved, false))][index];
        assert_eq!(reported.collect::<Vec<_>>(), Vec::from_iter(expected));
    });
}
