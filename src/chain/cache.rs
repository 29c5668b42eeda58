//! Links that were validated, each kept no longer than its TTL and its signatures allow (RFC 4035 section 4.5).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::key_histories::KeyHistories;
use super::parents::ParentMemory;
use super::resolver::ResolverHealth;
use crate::dns::{Name, Timestamp};
use crate::dnssec::ChainEnd;
use crate::dnssec::Dnskeys;
use crate::dnssec::link::{CacheableLink, ZoneCut};

/// Links of one kind that are kept. Who may ask chooses the names, so they must not fill the memory.
const MAX_LINKS: usize = 10_000;

/// What probes have in common: the keys of the zones above, where zones begin, which resolvers answer, what the parents' servers
/// answered last, and what was seen of the zones' own keys.
#[derive(Debug, Default)]
pub struct LinkCache {
    pub(super) keys: LinkTable<Arc<Dnskeys>>,
    pub(super) cuts: LinkTable<ZoneCut>,
    pub(super) resolvers: ResolverHealth,
    parents: ParentMemory,
    key_histories: Arc<KeyHistories>,
}

impl LinkCache {
    /// Which resolvers answer.
    pub fn resolver_health(&self) -> &ResolverHealth {
        &self.resolvers
    }

    /// An empty one with the key histories of `former`: what resolvers hold is the same under another configuration.
    #[must_use]
    pub fn succeeding(former: &Self) -> Self {
        Self {
            key_histories: Arc::clone(&former.key_histories),
            ..Self::default()
        }
    }

    /// What was seen of the zones' keys.
    pub(crate) fn key_histories(&self) -> &KeyHistories {
        &self.key_histories
    }

    /// What the parents' servers answered last.
    pub(crate) fn parents(&self) -> &ParentMemory {
        &self.parents
    }
}

/// One kind of link by name.
#[derive(Debug)]
pub(super) struct LinkTable<T>(Mutex<HashMap<Name, CachedLink<T>>>);

#[derive(Debug)]
struct CachedLink<T> {
    result: Result<T, ChainEnd>,
    /// Held against the clock too: one that was ahead and is set back would keep this until that day.
    from: Timestamp,
    until: Timestamp,
}

impl<T> CachedLink<T> {
    fn is_valid_at(&self, at: Timestamp) -> bool {
        (self.from..self.until).contains(&at)
    }
}

impl<T> Default for LinkTable<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> LinkTable<T> {
    pub(super) fn look_up(&self, name: &Name, at: Timestamp) -> Option<Result<T, ChainEnd>> {
        let links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links
            .get(name)
            .filter(|cached| cached.is_valid_at(at))
            .map(|cached| cached.result.clone())
    }

    pub(super) fn store(
        &self,
        name: &Name,
        link: CacheableLink<T>,
        at: Timestamp,
    ) -> Result<T, ChainEnd> {
        let CacheableLink { result, until } = link;
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if links.len() >= MAX_LINKS {
            links.retain(|_, cached| cached.is_valid_at(at));
        }
        if links.len() >= MAX_LINKS {
            links.clear();
        }
        links.insert(
            name.clone(),
            CachedLink {
                result: result.clone(),
                from: at,
                until,
            },
        );
        result
    }
}
