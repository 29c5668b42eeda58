//! What was seen of the keys of zones, from one probe to the next.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::assess::KeyHistory;
use crate::dns::{Name, Timestamp};

/// Zones of which something is kept, some 2 kB each, 20 at the most. Only those of probes.json are probed as a whole.
const MAX_ZONES: usize = 10_000;

/// The history of each zone's keys.
#[derive(Debug, Default)]
pub(crate) struct KeyHistories(Mutex<HashMap<Name, KeyHistory>>);

impl KeyHistories {
    /// What is known of a zone; nothing of one that was not probed yet.
    pub(crate) fn look_up(&self, zone: &Name) -> KeyHistory {
        let histories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        histories.get(zone).cloned().unwrap_or_default()
    }

    /// Keeps what is known of a zone at `at`. Past the limit, zones of which nothing is held any more make room, such as those that were
    /// taken out of probes.json. If there are none, a zone that is not known yet is not kept: to forget another would blind both.
    pub(crate) fn store(&self, zone: &Name, history: KeyHistory, at: Timestamp) {
        let mut histories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if histories.len() >= MAX_ZONES && !histories.contains_key(zone) {
            histories.retain(|_, known| known.is_held_at(at));
        }
        if histories.len() < MAX_ZONES || histories.contains_key(zone) {
            histories.insert(zone.clone(), history);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::LinkCache;

    const AT: Timestamp = Timestamp(1_000);

    fn zone(number: usize) -> Name {
        format!("z{number}.test.").parse().unwrap()
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_is_held() {
        let histories = KeyHistories::default();
        let held = || KeyHistory::with_ds_held_until(Timestamp(AT.0 + 1));
        for number in 0..MAX_ZONES {
            histories.store(&zone(number), held(), AT);
        }
        let knows = |number: usize| histories.0.lock().unwrap().contains_key(&zone(number));
        histories.store(&zone(MAX_ZONES), held(), AT);
        assert!(
            knows(0) && !knows(MAX_ZONES),
            "no zone is forgotten for another"
        );
        histories.store(&zone(0), KeyHistory::default(), AT);
        histories.store(&zone(MAX_ZONES), held(), AT);
        assert!(
            !knows(0) && knows(MAX_ZONES),
            "one of which nothing is held makes room"
        );
        assert_eq!(histories.0.lock().unwrap().len(), MAX_ZONES);
    }

    #[test]
    fn history_outlives_a_reload() {
        let former = LinkCache::default();
        former
            .key_histories()
            .store(&zone(0), KeyHistory::default(), AT);
        let next = LinkCache::succeeding(&former);
        assert!(
            next.key_histories()
                .0
                .lock()
                .unwrap()
                .contains_key(&zone(0))
        );
    }
}
