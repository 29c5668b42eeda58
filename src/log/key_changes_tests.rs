//! What is logged of a zone's keys.

use super::*;
use crate::dns::Algorithm;
use crate::dnssec::{EarlyChange, RolloverState};
use crate::report::{DnssecReport, EarlyChangeReport, KeyReport, KeyRole};

/// A zone at two servers, each with its keys by the octet that they are made of and the state of its rollover, or silent.
fn zone_with(
    servers: [Option<(&[u8], RolloverState)>; 2],
    early_changes: &[EarlyChange],
) -> AnyReport {
    let mut report = zone(&[Some(7), Some(7)], Vec::new());
    let AnyReport::Zone(zone) = &mut report else {
        panic!("a zone")
    };
    for (nameserver, shown) in zone.nameservers.iter_mut().zip(servers) {
        nameserver.addresses[0].server.dnssec = shown.map(|(keys, rollover)| DnssecReport {
            keys: keys.iter().copied().map(key).collect(),
            rollover: Some(rollover),
            ..DnssecReport::from_status(SecurityStatus::Secure)
        });
    }
    let early_changes = early_changes.iter().map(|kind| EarlyChangeReport {
        kind: *kind,
        too_early: true,
        until: Some(Timestamp(3_600)),
        detail: Some("who holds what".to_owned()),
    });
    zone.early_changes = early_changes.collect();
    report
}

fn key(octet: u8) -> KeyReport {
    KeyReport {
        key_tag: octet.into(),
        algorithm: Algorithm::ECDSAP256SHA256,
        flags: 257,
        role: KeyRole::Ksk,
        bits: Some(256),
        public_key: [octet; 64].into(),
    }
}

fn at_both(keys: &[u8], state: RolloverState) -> AnyReport {
    zone_with([Some((keys, state)), Some((keys, state))], &[])
}

fn logged(reports: &[AnyReport]) -> Vec<Vec<String>> {
    let mut state = ProbeState::default();
    let steps = reports.iter().map(|report| {
        let (now, entries) = detect_changes(&state, report);
        state = now;
        entries
            .into_iter()
            .map(|entry| {
                let zone = entry.fields.zone.as_deref();
                assert_eq!(zone, Some(ZONE), "{}", entry.message);
                entry.message
            })
            .collect()
    });
    steps.collect()
}

use RolloverState::{DsToBePublished, DsWithoutKey, InStep};

#[test]
fn key_is_logged_when_it_comes_and_when_no_server_has_it() {
    let steps = logged(&[
        at_both(&[1], InStep),
        zone_with([Some((&[1, 2], InStep)), Some((&[1], InStep))], &[]),
        at_both(&[1, 2], InStep),
        // Who is silent may serve it.
        zone_with([Some((&[2], InStep)), None], &[]),
        zone_with([None, None], &[]),
        at_both(&[2], InStep),
        at_both(&[2], InStep),
    ]);
    let none: [&str; 0] = [];
    assert_eq!(steps[0], none, "the keys of the first probe are no change");
    assert_eq!(
        steps[1],
        ["key appeared: example.net. key 2 (ECDSAP256SHA256), ksk"]
    );
    for index in [2, 3, 4, 6] {
        assert_eq!(steps[index], none, "step {index}");
    }
    assert_eq!(
        steps[5],
        ["key gone: example.net. key 1 (ECDSAP256SHA256), ksk"]
    );
}

#[test]
fn state_of_the_rollover_is_logged_at_once() {
    let steps = logged(&[
        at_both(&[1], DsWithoutKey),
        at_both(&[1], DsWithoutKey),
        zone_with([None, None], &[]),
        zone_with([Some((&[1], DsToBePublished)), Some((&[1], InStep))], &[]),
        at_both(&[1], InStep),
    ]);
    let changed = |is: &str, was: &str| {
        vec![format!(
            "rollover changed: example.net.: {is}, until now {was}"
        )]
    };
    assert_eq!(steps[0], changed("ds_without_key", "in_step"));
    assert_eq!((&steps[1], &steps[2]), (&Vec::new(), &Vec::new()));
    assert_eq!(
        steps[3],
        changed("in_step,ds_to_be_published", "ds_without_key")
    );
    assert_eq!(steps[4], changed("in_step", "in_step,ds_to_be_published"));
}

#[test]
fn early_change_is_logged_once_and_its_end() {
    let shown = Some((&[1][..], InStep));
    let early = |kinds| zone_with([shown, shown], kinds);
    let steps = logged(&[
        early(&[EarlyChange::KskRemoved]),
        early(&[EarlyChange::KskRemoved, EarlyChange::ZskUsed]),
        early(&[EarlyChange::ZskUsed]),
    ]);
    assert_eq!(steps[0], ["changed too early: example.net.: ksk_removed"]);
    assert_eq!(steps[1], ["changed too early: example.net.: zsk_used"]);
    assert_eq!(steps[2], ["copies have run out: example.net.: ksk_removed"]);
    let (state, entries) =
        detect_changes(&ProbeState::default(), &early(&[EarlyChange::KskRemoved]));
    assert!(state.has_faults());
    let fields = &entries[0].fields;
    assert_eq!(
        (fields.what.as_deref(), fields.until.as_deref()),
        (Some("ksk_removed"), Some("1970-01-01T01:00:00Z"))
    );
    assert_eq!(fields.detail.as_deref(), Some("who holds what"));
}
