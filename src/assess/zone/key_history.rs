//! What was seen of a zone's keys at earlier probes, as far as resolvers may still hold it.

use std::collections::BTreeSet;

use crate::dns::{Ds, Timestamp};
use crate::dnssec::{EarlyChange, SignedDnskeys};
use crate::report::EarlyChangeReport;

/// RRsets of one kind that are remembered of a zone: a rollover of an algorithm goes through five.
const MAX_RRSETS: usize = 8;
/// Records of an RRset that is remembered. A larger one is not: no rollover needs as many, and it must not fill the memory.
const MAX_RECORDS: usize = 16;
/// How long caches keep anything, in seconds, whatever its TTL: BIND's limit, a week, which RFC 8767 section 4 recommends.
const MAX_HOLD_SECONDS: i64 = 7 * 86_400;
/// How long a server may be behind, in seconds. What it serves meanwhile is what the signer's propagation delay is for, so that it
/// does not prolong what resolvers may hold.
const MAX_LAG_SECONDS: i64 = 600;

/// The RRsets of one zone that resolvers may hold, and what was found of them. In memory alone: it begins anew with the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyHistory {
    /// DS RRsets of the parent.
    pub(super) ds: RrsetHistory<Vec<Ds>>,
    /// DNSKEY RRsets that a DS led to.
    pub(super) keys: RrsetHistory<SignedDnskeys>,
    /// What was too early at the probe before.
    pub(super) findings: Vec<EarlyChangeReport>,
    /// The first probe.
    since: Option<Timestamp>,
    /// What was too early at any time, and is known to be over when it is.
    witnessed: BTreeSet<EarlyChange>,
}

impl KeyHistory {
    /// Begins a probe: forgets what no resolver can hold at `at`, and what a clock that was ahead has left.
    pub(super) fn advance_to(&mut self, at: Timestamp) {
        self.ds.forget_expired(at);
        self.keys.forget_expired(at);
        self.since = self.since.filter(|since| *since <= at).or(Some(at));
    }

    /// Whether all that resolvers hold for `ttl` seconds was seen, so that nothing found means that nothing was too early. Before that,
    /// the process may have been started after the change.
    pub(super) fn covers(&self, kind: EarlyChange, ttl: u32, at: Timestamp) -> bool {
        let is_old_enough =
            |since: Timestamp| at.0 - since.0 >= i64::from(ttl).min(MAX_HOLD_SECONDS);
        self.witnessed.contains(&kind) || self.since.is_some_and(is_old_enough)
    }

    /// Keeps what was found for the next probe.
    pub(super) fn keep_findings(&mut self, reports: &[EarlyChangeReport]) {
        let findings = reports.iter().filter(|report| report.too_early);
        self.findings = findings.cloned().collect();
        self.witnessed
            .extend(self.findings.iter().map(|finding| finding.kind));
    }
}

/// RRsets of one kind, each once.
#[derive(Clone, Debug)]
pub(super) struct RrsetHistory<T>(Vec<RememberedRrset<T>>);

impl<T> Default for RrsetHistory<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// One look at an RRset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    pub(super) at: Timestamp,
    /// Until when who got it then may hold it.
    pub(super) until: Timestamp,
    /// Whether it is of the newest version of the zone.
    pub(super) is_current: bool,
    /// Whether a validator took it.
    pub(super) is_good: bool,
}

impl Sighting {
    /// What was got at `at` is held for `ttl` seconds.
    pub(super) fn new(at: Timestamp, ttl: u32) -> Self {
        Self {
            at,
            until: Timestamp(at.0 + i64::from(ttl).min(MAX_HOLD_SECONDS)),
            is_current: true,
            is_good: true,
        }
    }
}

#[derive(Clone, Debug)]
struct RememberedRrset<T> {
    rrset: T,
    /// Whether it was ever good: an RRset that never was is no loss.
    was_good: bool,
    last_seen: Timestamp,
    until: Timestamp,
    /// The last time when it was seen in the newest version of the zone, or when it was first seen at all.
    last_current: Timestamp,
    until_by_current: Timestamp,
}

impl<T> RememberedRrset<T> {
    fn new(rrset: T, at: Timestamp) -> Self {
        Self {
            rrset,
            was_good: false,
            last_seen: at,
            until: at,
            last_current: at,
            until_by_current: at,
        }
    }

    fn record(&mut self, sighting: Sighting) {
        self.was_good |= sighting.is_good;
        self.last_seen = self.last_seen.max(sighting.at);
        self.until = self.until.max(sighting.until);
        if sighting.is_current {
            self.last_current = self.last_current.max(sighting.at);
            self.until_by_current = self.until_by_current.max(sighting.until);
        }
    }

    /// Until when resolvers may hold it.
    fn held_until(&self) -> Timestamp {
        if self.last_seen.0 - self.last_current.0 <= MAX_LAG_SECONDS {
            self.until_by_current
        } else {
            self.until
        }
    }
}

impl<T: Clone + PartialEq> RrsetHistory<T> {
    /// Remembers an RRset with so many records. If there is no room, the one that runs out first is forgotten.
    pub(super) fn record(&mut self, rrset: &T, records: usize, sighting: Sighting) {
        if records > MAX_RECORDS {
            return;
        }
        if let Some(known) = self.0.iter_mut().find(|known| known.rrset == *rrset) {
            return known.record(sighting);
        }
        if self.0.len() >= MAX_RRSETS {
            self.0
                .sort_by_key(|known| std::cmp::Reverse(known.held_until()));
            self.0.truncate(MAX_RRSETS - 1);
        }
        let mut remembered = RememberedRrset::new(rrset.clone(), sighting.at);
        remembered.record(sighting);
        self.0.push(remembered);
    }

    /// The good ones that resolvers may hold at `at`, each with the time when they cannot any more; the last to run out first.
    pub(super) fn held_at(&self, at: Timestamp) -> Vec<(&T, Timestamp)> {
        let held = self.0.iter().filter(|known| known.was_good);
        let mut held: Vec<_> = held
            .map(|known| (&known.rrset, known.held_until()))
            .filter(|(_, until)| *until > at)
            .collect();
        held.sort_by_key(|(_, until)| std::cmp::Reverse(*until));
        held
    }
}

impl<T> RrsetHistory<T> {
    fn forget_expired(&mut self, at: Timestamp) {
        self.0
            .retain(|known| known.last_seen <= at && known.until > at);
    }
}

#[cfg(test)]
#[path = "key_history_tests.rs"]
mod tests;
