//! The log: its events and fields, the thread that writes it, and what it says of probes. An event is logged when an address
//! begins to fail, fails for another reason or recovers, when its security status changes, and when servers of a zone begin or
//! cease to differ. A failure that goes on is in the metrics and not logged again at each scrape.

mod event;
mod key_changes;
mod changes;
mod memory;
mod report_fields;
mod writer;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::report::{AnyReport, Subject};
use event::LogEntry;
use memory::ProbeMemory;
use writer::log_entries;

pub use event::{Event, FIELDS, Fields};
pub use writer::{finish_log, flush_log, record_failed_log_write, start_log};

/// What was seen last, so that only what changes is logged. Nothing that a probe answers depends on it.
#[derive(Debug, Default)]
pub(crate) struct ChangeWatcher {
    memory: Mutex<ProbeMemory>,
    /// Keyed at each start: no caller can choose a probe that is taken for another.
    hasher: RandomState,
}

/// What makes two probes the same beside these: the zone, the target, the name, the type.
const IDENTIFYING_PARAMETERS: [&str; 6] = [
    "module",
    "family",
    "transport",
    "dnssec",
    "anchor",
    "denial",
];

impl ChangeWatcher {
    /// Logs what `report`, which a request with `parameters` came to, changes.
    pub(crate) async fn record(&self, parameters: &[(String, String)], report: &AnyReport) {
        let entries = self.changes(parameters, report);
        if !entries.is_empty() {
            log_entries(entries).await;
        }
    }

    fn changes(&self, parameters: &[(String, String)], report: &AnyReport) -> Vec<LogEntry> {
        let probe = self.probe_id(parameters, report);
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let before = memory.forget(probe).unwrap_or_default();
        let (now, entries) = changes::detect_changes(&before, report);
        memory.remember(probe, now);
        entries
    }

    /// The same for requests that mean the same question, however its names are written.
    fn probe_id(&self, parameters: &[(String, String)], report: &AnyReport) -> u64 {
        let target = match report.subject() {
            Subject::Target(report) => Some((&report.target, &report.name, report.qtype)),
            Subject::Zone(_) => None,
        };
        let mut other_parameters: Vec<_> = parameters
            .iter()
            .filter(|(name, _)| IDENTIFYING_PARAMETERS.contains(&name.as_str()))
            .collect();
        other_parameters.sort_unstable();
        self.hasher
            .hash_one((report.zone(), target, other_parameters))
    }
}

#[cfg(test)]
mod tests;
