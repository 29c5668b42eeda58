use std::net::Ipv4Addr;

use super::super::{LiveServer, UnreadableKey, record};
use super::*;
use crate::dns::{DigestType, Name};
use crate::dnssec::{SecurityStatus, ds_digest};
use crate::reason::Reason;

const AT: Timestamp = Timestamp(1_795_348_800);
const ZONE: &str = "r.test.";

fn zone() -> Name {
    ZONE.parse().unwrap()
}

fn dnskey(text: &str) -> Dnskey {
    record::read(text).remove(0).unwrap().1
}

/// KSK 0, ZSKs from 1 on: Ed25519 keys made up from their numbers, which no private key is needed for.
fn key(number: u8) -> Dnskey {
    let flags: u16 = if number == 0 { 257 } else { 256 };
    Dnskey::read(&[flags.to_be_bytes().as_slice(), &[3, 15], &[number; 32]].concat()).unwrap()
}

fn server(authentic: bool) -> LiveServer {
    LiveServer {
        target: "ns1".to_owned(),
        address: Some(Ipv4Addr::LOCALHOST.into()),
        port: 53,
        answered: true,
        keys: 2,
        status: Some(if authentic {
            SecurityStatus::Secure
        } else {
            SecurityStatus::Bogus(Reason::SignatureExpired)
        }),
        problem: None,
        authentic,
    }
}

fn live(keys: &[Dnskey]) -> LiveZone {
    let role = |key: &Dnskey| {
        if key.flags == 257 {
            KeyRole::Ksk
        } else {
            KeyRole::Zsk
        }
    };
    let live = |dnskey: &Dnskey| LiveKey {
        role: role(dnskey),
        bits: None,
        authentic: true,
        dnskey: dnskey.clone(),
    };
    LiveZone {
        zone: zone(),
        servers: vec![server(true)],
        keys: keys.iter().map(live).collect(),
        ds: None,
    }
}

fn record(owner: Option<&str>, dnskey: Dnskey, is_standalone: bool) -> BackupRecord {
    BackupRecord {
        file: "K.key".to_owned(),
        owner: owner.map(|owner| owner.parse().unwrap()),
        dnskey,
        is_standalone,
    }
}

fn records(keys: &[Dnskey]) -> Backup {
    Backup {
        records: keys
            .iter()
            .map(|key| record(Some(ZONE), key.clone(), true))
            .collect(),
        ..Backup::default()
    }
}

/// The private key of samples/ed25519.pem and its record.
fn private() -> (PrivateKey, Dnskey) {
    let identity = super::super::pem::read(include_str!("samples/ed25519.pem"))
        .0
        .remove(0)
        .unwrap();
    let record = dnskey("r.test. DNSKEY 256 3 15 bgd9Y2yclIYNdaN1CNlq6+ElyGmBI4e0+kRGo4rqCMs=");
    (
        PrivateKey {
            file: "a.pem".to_owned(),
            identity,
        },
        record,
    )
}

fn states(comparison: &BackupComparison) -> Vec<(KeyState, Option<u16>)> {
    comparison
        .keys
        .iter()
        .map(|row| (row.state, row.key_tag))
        .collect()
}

fn ds(key: &Dnskey) -> Ds {
    let digest = ds_digest(DigestType::SHA_256, &zone(), key).unwrap();
    Ds {
        key_tag: key.key_tag,
        algorithm: key.algorithm,
        digest_type: DigestType::SHA_256,
        digest,
    }
}

#[test]
fn every_key_gets_the_expected_state() {
    let [ksk, zsk, new, retired] = [key(0), key(1), key(2), key(3)];
    let comparison = compare(
        live(&[ksk.clone(), zsk.clone(), new.clone()]),
        records(&[ksk.clone(), zsk.clone(), retired.clone()]),
        &[],
        AT,
    );
    assert_eq!(comparison.verdict, BackupVerdict::Incomplete);
    let [new, ksk, zsk, retired] = [new, ksk, zsk, retired].map(|key| Some(key.key_tag));
    let in_backup_and_live = KeyState::InBackupAndLive;
    assert_eq!(
        states(&comparison),
        [
            (KeyState::LiveOnly, new),
            (in_backup_and_live, ksk),
            (in_backup_and_live, zsk),
            (KeyState::BackupOnly, retired)
        ]
    );
}

#[test]
fn backup_with_every_live_key_is_complete() {
    let keys = [key(0), key(1)];
    assert_eq!(
        compare(live(&keys), records(&keys), &[], AT).verdict,
        BackupVerdict::Complete
    );
    let more = records(&[key(0), key(1), key(2)]);
    assert_eq!(
        compare(live(&keys), more, &[], AT).verdict,
        BackupVerdict::Complete
    );
    assert_eq!(
        compare(live(&keys), Backup::default(), &[], AT).verdict,
        BackupVerdict::Incomplete
    );
}

#[test]
fn flags_do_not_distinguish_keys_but_algorithms_do() {
    let revoked = Dnskey {
        flags: 0x101 | Dnskey::REVOKE,
        key_tag: 7,
        ..key(0)
    };
    assert_eq!(
        compare(live(&[revoked]), records(&[key(0)]), &[], AT).verdict,
        BackupVerdict::Complete
    );
    let other_algorithm = Dnskey {
        algorithm: Algorithm::ED448,
        ..key(0)
    };
    assert_eq!(
        compare(live(&[other_algorithm]), records(&[key(0)]), &[], AT).verdict,
        BackupVerdict::Incomplete
    );
}

#[test]
fn record_in_folder_counts_only_with_its_private_key() {
    let (private_key, public) = private();
    let in_folder = || record(Some(ZONE), public.clone(), false);
    let alone = Backup {
        records: vec![in_folder()],
        ..Backup::default()
    };
    let comparison = compare(live(std::slice::from_ref(&public)), alone, &[], AT);
    assert_eq!(
        (&comparison.verdict, comparison.keys[0].private_half),
        (&BackupVerdict::Incomplete, Some(PrivateHalf::Missing))
    );
    let both = Backup {
        records: vec![in_folder()],
        private_keys: vec![private_key],
        ..Backup::default()
    };
    let comparison = compare(live(std::slice::from_ref(&public)), both, &[], AT);
    assert_eq!(
        (&comparison.verdict, comparison.keys[0].private_half),
        (&BackupVerdict::Complete, Some(PrivateHalf::Held))
    );
    assert_eq!(
        comparison.keys[0].files,
        ["a.pem", "K.key"],
        "the private half first"
    );
    let standalone = compare(
        live(std::slice::from_ref(&public)),
        records(&[public]),
        &[],
        AT,
    );
    assert_eq!(
        (&standalone.verdict, standalone.keys[0].private_half),
        (&BackupVerdict::Complete, Some(PrivateHalf::NotShown))
    );
}

#[test]
fn other_signer_tag_excuses_exactly_one_key() {
    let twin = Dnskey {
        key_tag: key(1).key_tag,
        ..key(2)
    };
    let tag = key(1).key_tag;
    let one_missing = compare(live(&[key(0), key(1)]), records(&[key(0)]), &[tag, 9], AT);
    assert_eq!(
        (one_missing.verdict, one_missing.keys[1].state),
        (BackupVerdict::Complete, KeyState::OtherSigner)
    );
    assert_eq!(one_missing.other_signers_not_used, [9]);
    let two = compare(
        live(&[key(0), key(1), twin.clone()]),
        records(&[key(0)]),
        &[tag],
        AT,
    );
    assert_eq!(two.verdict, BackupVerdict::Incomplete);
    let own_key_missing_too = compare(
        live(&[key(0), key(1), twin]),
        records(&[key(0), key(1)]),
        &[tag],
        AT,
    );
    assert_eq!(own_key_missing_too.verdict, BackupVerdict::Complete);
}

#[test]
fn keys_of_other_zones_are_ignored_unless_live() {
    let foreign_record = |number| record(Some("other.test."), key(number), true);
    let backup = Backup {
        records: vec![
            foreign_record(1),
            foreign_record(2),
            record(None, key(3), true),
        ],
        ..Backup::default()
    };
    // Knot shares keys between zones (keymgr share).
    let comparison = compare(live(&[key(1)]), backup, &[], AT);
    assert_eq!(comparison.verdict, BackupVerdict::Complete);
    let [live, unnamed] = [key(1), key(3)].map(|key| Some(key.key_tag));
    assert_eq!(
        states(&comparison),
        [
            (KeyState::InBackupAndLive, live),
            (KeyState::BackupOnly, unnamed)
        ]
    );
}

#[test]
fn private_key_without_record_or_ds_is_unassigned() {
    let backup = || Backup {
        private_keys: vec![private().0],
        records: vec![record(Some(ZONE), key(0), true)],
        ..Backup::default()
    };
    let comparison = compare(live(&[key(0)]), backup(), &[], AT);
    assert_eq!(states(&comparison)[1], (KeyState::Unassigned, None));
    let standby = Dnskey::read(&[&[1, 1, 3, 15], &*private().1.public_key].concat()).unwrap();
    let with_ds = LiveZone {
        ds: Some(vec![ds(&key(0)), ds(&standby)]),
        ..live(&[key(0)])
    };
    let comparison = compare(with_ds, backup(), &[], AT);
    assert_eq!(
        states(&comparison)[1],
        (KeyState::BackupOnly, Some(standby.key_tag))
    );
    assert_eq!(
        comparison.keys.iter().map(|row| row.ds).collect::<Vec<_>>(),
        [Some(true), Some(true)]
    );
    assert_eq!(comparison.ds_without_key, []);
}

#[test]
fn ds_matches_its_key_by_digest_or_is_reported() {
    let stray = Ds {
        key_tag: key(1).key_tag,
        ..ds(&key(9))
    };
    let with_ds = LiveZone {
        ds: Some(vec![ds(&key(0)), stray.clone()]),
        ..live(&[key(0), key(1)])
    };
    let comparison = compare(with_ds, records(&[key(0), key(1)]), &[], AT);
    assert_eq!(
        comparison.keys.iter().map(|row| row.ds).collect::<Vec<_>>(),
        [Some(true), Some(false)]
    );
    assert_eq!(comparison.ds_without_key, [TrustAnchor::Ds(stray)]);
    let without = compare(live(&[key(0)]), records(&[key(0)]), &[], AT);
    assert_eq!(without.keys[0].ds, None);
}

#[test]
fn comparison_without_answer_or_keys_is_undecided() {
    let undecided = |live: LiveZone| compare(live, records(&[key(0)]), &[], AT).verdict;
    let silent = LiveZone {
        servers: vec![LiveServer {
            answered: false,
            ..server(false)
        }],
        ..live(&[])
    };
    assert_eq!(
        undecided(silent),
        BackupVerdict::Undecided(vec![UndecidedReason::NoServerAnswered])
    );
    assert_eq!(
        undecided(live(&[])),
        BackupVerdict::Undecided(vec![UndecidedReason::NoKeyServed])
    );
    let one_silent = vec![
        server(true),
        LiveServer {
            answered: false,
            ..server(false)
        },
    ];
    assert_eq!(
        undecided(LiveZone {
            servers: one_silent,
            ..live(&[key(0)])
        }),
        BackupVerdict::Complete
    );
}

#[test]
fn bogus_keys_leave_the_comparison_undecided() {
    let with_bogus_server = |bogus: Dnskey| {
        let mut live = live(&[key(0)]);
        live.servers.push(server(false));
        live.keys.push(LiveKey {
            dnskey: bogus,
            role: KeyRole::Zsk,
            bits: None,
            authentic: false,
        });
        live
    };
    let undecided = BackupVerdict::Undecided(vec![UndecidedReason::NotAuthentic]);
    assert_eq!(
        compare(
            with_bogus_server(key(1)),
            records(&[key(0), key(1)]),
            &[],
            AT
        )
        .verdict,
        undecided
    );
    assert_eq!(
        compare(with_bogus_server(key(1)), records(&[key(0)]), &[], AT).verdict,
        undecided
    );
    // What the other server serves is missing whatever this one says.
    assert_eq!(
        compare(with_bogus_server(key(1)), records(&[key(1)]), &[], AT).verdict,
        BackupVerdict::Incomplete
    );
}

#[test]
fn unreadable_key_leaves_only_possible_matches_undecided() {
    let with = |algorithm| {
        let unreadable = UnreadableKey {
            file: "x.pem".to_owned(),
            problem: "damaged".to_owned(),
            algorithm,
        };
        Backup {
            unreadable: vec![unreadable],
            ..records(&[key(0)])
        }
    };
    let verdict =
        |keys: &[Dnskey], algorithm| compare(live(keys), with(algorithm), &[], AT).verdict;
    let undecided = BackupVerdict::Undecided(vec![UndecidedReason::BackupUnreadable]);
    assert_eq!(verdict(&[key(0), key(1)], None), undecided);
    assert_eq!(
        verdict(&[key(0), key(1)], Some(Algorithm::ED25519)),
        undecided
    );
    assert_eq!(
        verdict(&[key(0), key(1)], Some(Algorithm::ED448)),
        BackupVerdict::Incomplete
    );
    assert_eq!(verdict(&[key(0)], None), BackupVerdict::Complete);
}
