//! What changed of a zone's keys from one probe to the next: keys that come and go, how they stand to the DS at the parent, and what was
//! changed too early. Pure, as `changes`.

use std::collections::BTreeSet;

use super::event::{Event, Fields, LogEntry};
use crate::dns::Algorithm;
use crate::dnssec::{EarlyChange, RolloverState};
use crate::report::{AddressReport, DnssecReport, EarlyChangeReport, KeyReport, ZoneReport};

/// Keys of a zone that are remembered: a server may make up new ones for each probe.
const MAX_KEYS: usize = 64;

/// What is remembered of a zone's keys. Absent is not known yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyState {
    /// Keys that a server served.
    keys: Option<Vec<KnownKey>>,
    /// The states of the rollover that any server shows, in the order of the documentation.
    rollover: Option<Vec<RolloverState>>,
    early_changes: Vec<EarlyChange>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct KnownKey {
    key_tag: u16,
    algorithm: Algorithm,
    public_key: Box<[u8]>,
    role: &'static str,
}

impl From<&KeyReport> for KnownKey {
    fn from(key: &KeyReport) -> Self {
        Self {
            key_tag: key.key_tag,
            algorithm: key.algorithm,
            public_key: key.public_key.clone(),
            role: key.role.as_str(),
        }
    }
}

impl KnownKey {
    /// Its role is what it was seen to sign, which changes.
    fn is_same_as(&self, other: &Self) -> bool {
        (self.key_tag, self.algorithm, &self.public_key)
            == (other.key_tag, other.algorithm, &other.public_key)
    }
}

impl KeyState {
    /// How many things are remembered.
    pub(super) fn weight(&self) -> usize {
        self.keys.as_ref().map_or(0, Vec::len) + self.early_changes.len()
    }

    /// Whether there is something that may end.
    pub(super) fn has_faults(&self) -> bool {
        !self.early_changes.is_empty()
    }
}

/// What `report` changes: what is remembered from now on, and what is to be logged with `fields`.
pub(super) fn detect_key_changes(
    before: &KeyState,
    report: &ZoneReport,
    fields: &Fields,
) -> (KeyState, Vec<LogEntry>) {
    let mut log = KeyLog {
        report,
        fields,
        entries: Vec::new(),
    };
    let state = KeyState {
        keys: log.keys(before.keys.as_deref()),
        rollover: log.rollover(before.rollover.as_deref()),
        early_changes: log.early_changes(&before.early_changes),
    };
    (state, log.entries)
}

struct KeyLog<'r> {
    report: &'r ZoneReport,
    fields: &'r Fields,
    entries: Vec<LogEntry>,
}

impl<'r> KeyLog<'r> {
    fn addresses(&self) -> impl Iterator<Item = &'r AddressReport> {
        let nameservers = self.report.nameservers.iter();
        nameservers.flat_map(|nameserver| &nameserver.addresses)
    }

    fn dnssec_reports(&self) -> impl Iterator<Item = &'r DnssecReport> {
        self.addresses()
            .filter_map(|address| address.server.dnssec.as_ref())
    }

    fn keys(&mut self, before: Option<&[KnownKey]>) -> Option<Vec<KnownKey>> {
        let mut now: Vec<KnownKey> = Vec::new();
        for key in self.dnssec_reports().flat_map(|dnssec| &dnssec.keys) {
            let key = KnownKey::from(key);
            let is_new = !now.iter().any(|known| known.is_same_as(&key));
            if is_new && now.len() < MAX_KEYS {
                now.push(key);
            }
        }
        if self.dnssec_reports().next().is_none() {
            return before.map(<[_]>::to_vec);
        }
        let Some(before) = before else {
            return Some(now);
        };
        for key in &now {
            if !before.iter().any(|known| known.is_same_as(key)) {
                self.log_key(Event::KeyAppeared, "key appeared", key);
            }
        }
        let is_complete = self
            .addresses()
            .all(|address| address.server.dnssec.is_some());
        for key in before {
            if now.iter().any(|known| known.is_same_as(key)) {
                continue;
            }
            if is_complete {
                self.log_key(Event::KeyGone, "key gone", key);
            } else if now.len() < MAX_KEYS {
                // Who did not answer may serve it still.
                now.push(key.clone());
            }
        }
        Some(now)
    }

    fn log_key(&mut self, event: Event, verb: &str, key: &KnownKey) {
        let KnownKey {
            key_tag,
            algorithm,
            role,
            ..
        } = key;
        let message = format!(
            "{verb}: {} key {key_tag} ({algorithm}), {role}",
            self.report.zone
        );
        let fields = Fields {
            key_tag: Some(u64::from(*key_tag)),
            algorithm: Some(u64::from(algorithm.0)),
            role: Some((*role).to_owned()),
            ..self.fields.clone()
        };
        self.push(event, message, fields);
    }

    fn rollover(&mut self, before: Option<&[RolloverState]>) -> Option<Vec<RolloverState>> {
        let states: Vec<_> = self
            .dnssec_reports()
            .filter_map(|dnssec| dnssec.rollover)
            .collect();
        let now: Vec<_> = RolloverState::ALL
            .iter()
            .filter(|state| states.contains(state))
            .copied()
            .collect();
        if now.is_empty() {
            return before.map(<[_]>::to_vec);
        }
        let was_expected = before.unwrap_or(&[RolloverState::InStep]);
        if now != was_expected {
            let (is, was) = (state_list(&now), state_list(was_expected));
            let zone = &self.report.zone;
            let message = format!("rollover changed: {zone}: {is}, until now {was}");
            let fields = Fields {
                rollover: Some(is),
                previous_rollover: before.map(state_list),
                ..self.fields.clone()
            };
            self.push(Event::RolloverChanged, message, fields);
        }
        Some(now)
    }

    fn early_changes(&mut self, before: &[EarlyChange]) -> Vec<EarlyChange> {
        let changes = self.report.early_changes.iter();
        let now: Vec<&EarlyChangeReport> = changes.filter(|change| change.too_early).collect();
        for change in &now {
            if before.contains(&change.kind) {
                continue;
            }
            let (zone, kind) = (&self.report.zone, change.kind.as_str());
            let message = format!("changed too early: {zone}: {kind}");
            let fields = Fields {
                what: Some(kind.to_owned()),
                until: change.until.map(|until| until.to_string()),
                detail: change.detail.clone(),
                ..self.fields.clone()
            };
            self.push(Event::ChangedTooEarly, message, fields);
        }
        let kinds: BTreeSet<_> = now.iter().map(|change| change.kind).collect();
        for kind in before.iter().filter(|kind| !kinds.contains(kind)) {
            let zone = &self.report.zone;
            let message = format!("copies have run out: {zone}: {}", kind.as_str());
            let fields = Fields {
                what: Some(kind.as_str().to_owned()),
                ..self.fields.clone()
            };
            self.push(Event::CopiesExpired, message, fields);
        }
        kinds.into_iter().collect()
    }

    fn push(&mut self, event: Event, message: String, fields: Fields) {
        self.entries.push(LogEntry {
            event,
            message,
            fields,
        });
    }
}

fn state_list(states: &[RolloverState]) -> String {
    let names: Vec<_> = states.iter().map(|state| state.as_str()).collect();
    names.join(",")
}
