//! Links that were validated, each kept no longer than its TTL and its signatures allow (RFC 4035 section 4.5).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dns::{Name, Timestamp};
use crate::dnssec::Dnskeys;
use crate::dnssec::End;
use crate::dnssec::link::{Cut, Found};

/// Links of one kind that are kept. Who may ask chooses the names, so they must not fill the memory.
const MOST: usize = 10_000;

/// What chains have in common: the keys of the zones above, and where zones begin.
#[derive(Debug, Default)]
pub struct Cache {
    pub(super) keys: Table<Arc<Dnskeys>>,
    pub(super) cuts: Table<Cut>,
}

/// One kind of link by name.
#[derive(Debug)]
pub(super) struct Table<T>(Mutex<HashMap<Name, Kept<T>>>);

#[derive(Debug)]
struct Kept<T> {
    result: Result<T, End>,
    /// Held against the clock too: one that was ahead and is set back would keep this until that day.
    from: Timestamp,
    until: Timestamp,
}

impl<T> Kept<T> {
    fn holds(&self, at: Timestamp) -> bool {
        (self.from..self.until).contains(&at)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Table<T> {
    pub(super) fn look_up(&self, name: &Name, at: Timestamp) -> Option<Result<T, End>> {
        let links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links
            .get(name)
            .filter(|kept| kept.holds(at))
            .map(|kept| kept.result.clone())
    }

    pub(super) fn keep(&self, name: &Name, found: Found<T>, at: Timestamp) -> Result<T, End> {
        let Found { result, until } = found;
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if links.len() >= MOST {
            links.retain(|_, kept| kept.holds(at));
        }
        if links.len() >= MOST {
            links.clear();
        }
        links.insert(
            name.clone(),
            Kept {
                result: result.clone(),
                from: at,
                until,
            },
        );
        result
    }
}
