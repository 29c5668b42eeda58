//! What was seen of the keys of zones, from one probe to the next.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::assess::KeyHistory;
use crate::dns::Name;

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

    /// Keeps what is known of a zone. Past the limit, that of a zone which is not known yet is not kept: to forget another would blind
    /// both.
    pub(crate) fn store(&self, zone: &Name, history: KeyHistory) {
        let mut histories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if histories.len() < MAX_ZONES || histories.contains_key(zone) {
            histories.insert(zone.clone(), history);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::LinkCache;

    #[test]
    fn memory_is_bounded_and_keeps_known_zones() {
        let histories = KeyHistories::default();
        let zone = |number: usize| format!("z{number}.test.").parse::<Name>().unwrap();
        for number in 0..=MAX_ZONES {
            histories.store(&zone(number), KeyHistory::default());
        }
        let known = histories.0.lock().unwrap();
        assert_eq!(known.len(), MAX_ZONES);
        assert!(known.contains_key(&zone(0)) && !known.contains_key(&zone(MAX_ZONES)));
    }

    #[test]
    fn history_outlives_a_reload() {
        let zone = "z.test.".parse::<Name>().unwrap();
        let former = LinkCache::default();
        former.key_histories().store(&zone, KeyHistory::default());
        let next = LinkCache::succeeding(&former);
        assert!(next.key_histories().0.lock().unwrap().contains_key(&zone));
    }
}
