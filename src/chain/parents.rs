//! What was last seen of the parents of zones, so that the servers of a large parent take turns.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dns::{Name, Timestamp};
use crate::report::ParentServerReport;

/// Zones of which something is kept. Only those of probes.json are probed as a whole.
const MAX_ZONES: usize = 10_000;

/// The parents of zones, by zone.
#[derive(Debug, Default)]
pub(crate) struct ParentMemory(Mutex<HashMap<Name, KnownParent>>);

/// What is known of one zone's parent.
#[derive(Clone, Debug)]
pub(crate) struct KnownParent {
    /// The parent zone.
    pub(crate) zone: Name,
    /// Its servers.
    pub(crate) servers: Arc<[(Name, SocketAddr)]>,
    /// When the resolvers gave them.
    pub(crate) found_at: Timestamp,
    /// What each of them answered last.
    pub(crate) observations: Vec<ParentServerReport>,
}

impl ParentMemory {
    pub(crate) fn look_up(&self, zone: &Name) -> Option<KnownParent> {
        let parents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parents.get(zone).cloned()
    }

    pub(crate) fn store(&self, zone: &Name, known: KnownParent) {
        let mut parents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if parents.len() >= MAX_ZONES && !parents.contains_key(zone) {
            parents.clear();
        }
        parents.insert(zone.clone(), known);
    }
}
