//! The views of a comparison of a key backup, kept as files that a person has read. `OUTSIDEIN_BLESS=1` writes them anew.

use std::net::IpAddr;

use outsidein::dns::Algorithm;
use outsidein::dnssec::{AnchorRecord, SecurityStatus, TrustAnchor};
use outsidein::key_backup::{
    BackupComparison, BackupVerdict, KeyRow, KeyState, LiveServer, PrivateHalf, UndecidedReason,
    UnreadableKey,
};
use outsidein::reason::Reason;
use outsidein::report::KeyRole;
use outsidein::view::{backup_json, backup_prometheus, backup_text};

use super::fixtures::AT;
use super::{golden, promtool};

fn row(state: KeyState, key_tag: u16, role: KeyRole, private_half: Option<PrivateHalf>) -> KeyRow {
    KeyRow {
        state,
        key_tag: Some(key_tag),
        algorithm: Some(Algorithm::ECDSAP256SHA256),
        role: Some(role),
        bits: Some(256),
        ds: Some(role == KeyRole::Ksk && state != KeyState::BackupOnly),
        private_half,
        files: private_half
            .map(|_| format!("restored/keys/{key_tag}.pem"))
            .into_iter()
            .collect(),
        public_key: Some(key_tag.to_be_bytes().into()),
    }
}

fn server(address: &str, status: SecurityStatus, problem: Option<&str>) -> LiveServer {
    LiveServer {
        target: "ns1".to_owned(),
        address: Some(address.parse::<IpAddr>().unwrap()),
        port: 53,
        answered: true,
        keys: 2,
        status: Some(status),
        problem: problem.map(str::to_owned),
        authentic: status == SecurityStatus::Secure,
    }
}

fn comparison(verdict: BackupVerdict, keys: Vec<KeyRow>) -> BackupComparison {
    BackupComparison {
        zone: "example.net.".to_owned(),
        at: AT,
        verdict,
        keys,
        ds_without_key: Vec::new(),
        servers: vec![
            server("192.0.2.1", SecurityStatus::Secure, None),
            server("2001:db8::1", SecurityStatus::Secure, None),
        ],
        unreadable: Vec::new(),
        other_files: 2,
        other_signers_not_used: Vec::new(),
    }
}

fn complete() -> BackupComparison {
    let private_half = Some(PrivateHalf::Held);
    let unassigned = KeyRow {
        state: KeyState::Unassigned,
        key_tag: None,
        algorithm: None,
        role: None,
        bits: Some(2048),
        ds: None,
        ..row(KeyState::Unassigned, 1, KeyRole::Zsk, private_half)
    };
    comparison(
        BackupVerdict::Complete,
        vec![
            row(
                KeyState::InBackupAndLive,
                11_223,
                KeyRole::Ksk,
                private_half,
            ),
            row(
                KeyState::InBackupAndLive,
                44_556,
                KeyRole::Zsk,
                Some(PrivateHalf::NotShown),
            ),
            row(KeyState::OtherSigner, 9_981, KeyRole::Ksk, None),
            row(KeyState::BackupOnly, 7, KeyRole::Zsk, private_half),
            unassigned,
        ],
    )
}

fn incomplete() -> BackupComparison {
    let stray: AnchorRecord =
        "DS 5 13 2 AB00AB00AB00AB00AB00AB00AB00AB00AB00AB00AB00AB00AB00AB00AB00AB00"
            .parse()
            .unwrap();
    let TrustAnchor::Ds(stray) = stray.anchor else {
        panic!("a DS")
    };
    BackupComparison {
        ds_without_key: vec![TrustAnchor::Ds(stray)],
        other_signers_not_used: vec![5],
        ..comparison(
            BackupVerdict::Incomplete,
            vec![
                row(KeyState::LiveOnly, 33_221, KeyRole::Ksk, None),
                row(
                    KeyState::LiveOnly,
                    12,
                    KeyRole::Zsk,
                    Some(PrivateHalf::Missing),
                ),
                row(
                    KeyState::InBackupAndLive,
                    44_556,
                    KeyRole::Zsk,
                    Some(PrivateHalf::Held),
                ),
            ],
        )
    }
}

fn undecided() -> BackupComparison {
    let silent = LiveServer {
        answered: false,
        status: None,
        ..server("192.0.2.1", SecurityStatus::Secure, Some("timeout: UDP"))
    };
    let bogus = server(
        "2001:db8::1",
        SecurityStatus::Bogus(Reason::DsMismatch),
        Some("ds_mismatch: \u{1b}[2J"),
    );
    let unreadable = UnreadableKey {
        file: "restored/\u{1b}[2J.pem".to_owned(),
        problem: "an encrypted private key".to_owned(),
        algorithm: None,
    };
    BackupComparison {
        servers: vec![silent, bogus],
        unreadable: vec![unreadable],
        ..comparison(
            BackupVerdict::Undecided(vec![
                UndecidedReason::NotAuthentic,
                UndecidedReason::BackupUnreadable,
            ]),
            vec![row(KeyState::LiveOnly, 33_221, KeyRole::Ksk, None)],
        )
    }
}

#[test]
fn every_verdict_matches_its_golden_file() {
    for (name, comparison) in [
        ("complete", complete()),
        ("incomplete", incomplete()),
        ("untold", undecided()),
    ] {
        golden::keep(&format!("backup-{name}.txt"), &backup_text(&comparison));
        golden::keep(&format!("backup-{name}.json"), &backup_json(&comparison));
        golden::keep(
            &format!("backup-{name}.prom"),
            &backup_prometheus(&comparison),
        );
        promtool::check(&backup_prometheus(&comparison));
    }
}

#[test]
fn file_and_server_text_cannot_control_the_terminal() {
    let text = backup_text(&undecided());
    assert!(
        text.lines().all(|line| !line.chars().any(char::is_control)),
        "{text}"
    );
}

#[test]
fn labels_match_the_catalog() {
    use outsidein::view::catalog::BackupMetric;
    let text = backup_prometheus(&complete());
    for metric in BackupMetric::ALL {
        let definition = metric.definition();
        let series = text
            .lines()
            .find_map(|line| line.strip_prefix(definition.name)?.strip_prefix('{'));
        let series = series.unwrap_or_else(|| panic!("{} is not rendered", definition.name));
        for label in definition.labels {
            assert!(series.contains(&format!("{}=\"", label.name)), "{series}");
        }
        assert!(text.contains(&format!("# HELP {} {}\n", definition.name, definition.help)));
    }
}
