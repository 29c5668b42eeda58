//! The chain of trust from an anchor above a zone to the zone's DS RRset (RFC 4035 section 5.2), followed through a
//! resolver that is asked with CD set and believed in nothing: each link is validated here.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod cache;
mod key_histories;
mod parents;
mod resolver;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::cpu_queue::{self, Admission};
use crate::dns::{Message, Name, RrType, Timestamp};
use crate::dnssec::link::{self, CacheableLink, ZoneCut};
use crate::dnssec::{Budget, ChainEnd, ChainOutcome, Dnskeys, TrustAnchor, expected_cost};
use crate::network::Network;
use crate::reason::Reason;

pub use cache::LinkCache;
pub(crate) use parents::{KnownParent, ParentMemory};
pub(crate) use resolver::ResolverClient;
pub use resolver::ResolverHealth;

/// Whom the links are had from, and until when.
#[derive(Debug)]
pub struct ChainWalker<'a, N, C> {
    /// The network.
    pub network: &'a N,
    /// The resolvers; the next is asked when one fails.
    pub resolvers: &'a [SocketAddr],
    /// Links that were validated before.
    pub cache: &'a LinkCache,
    /// When waiting ends.
    pub deadline: Instant,
    /// The time as of which an answer is judged.
    pub now: C,
}

impl<N: Network, C: Fn() -> Timestamp + Sync> ChainWalker<'_, N, C> {
    /// Follows the chain from `start`, whose keys `anchors` fit, down to the delegation of `zone`, which lies below it.
    pub async fn follow(
        &self,
        zone: &Name,
        start: &Name,
        anchors: Arc<[TrustAnchor]>,
    ) -> ChainOutcome {
        match self.descend(zone, start, anchors).await {
            Ok(ds) => ChainOutcome::Signed(ds),
            Err(end) => ChainOutcome::Ended(end),
        }
    }

    async fn descend(
        &self,
        zone: &Name,
        start: &Name,
        anchors: Arc<[TrustAnchor]>,
    ) -> Result<Arc<[TrustAnchor]>, ChainEnd> {
        let mut budget = Budget::for_chain();
        let mut keys = self
            .validate_keys(start, anchors, &mut budget, require_signature)
            .await
            .map_err(|end| mention_anchors(end, start))?;
        for name in names_between(start, zone) {
            match self
                .validate_cut(&name, Arc::clone(&keys), &mut budget)
                .await?
            {
                ZoneCut::Signed(ds) if name == *zone => return Ok(ds),
                ZoneCut::Signed(ds) => {
                    keys = self
                        .validate_keys(&name, ds, &mut budget, |_| Ok(()))
                        .await?;
                }
                ZoneCut::None => {}
            }
        }
        Err(ChainEnd::indeterminate(
            zone,
            Reason::ChainBroken,
            format!("{} proves that {zone} is not delegated", keys.zone),
        ))
    }

    /// The keys of a zone that `anchors` enter.
    async fn validate_keys(
        &self,
        zone: &Name,
        anchors: Arc<[TrustAnchor]>,
        budget: &mut Budget,
        accept: impl Fn(&Message) -> Result<(), String> + Sync,
    ) -> Result<Arc<Dnskeys>, ChainEnd> {
        if let Some(cached) = self.cache.keys.look_up(zone, (self.now)()) {
            return cached;
        }
        let link = match self
            .query_within_budget(zone, RrType::DNSKEY, budget, accept)
            .await
        {
            Ok(message) => {
                let (zone, at) = (zone.clone(), (self.now)());
                validate_off_reactor(message, budget, self.deadline, move |message, budget| {
                    link::validate_keys(message, &zone, &anchors, at, budget)
                })
                .await
            }
            Err(error) => error.into_cacheable((self.now)()),
        };
        self.cache.keys.store(zone, link, (self.now)())
    }

    /// Whether a zone begins at `name`, by the keys of the zone above it.
    async fn validate_cut(
        &self,
        name: &Name,
        keys: Arc<Dnskeys>,
        budget: &mut Budget,
    ) -> Result<ZoneCut, ChainEnd> {
        if let Some(cached) = self.cache.cuts.look_up(name, (self.now)()) {
            return cached;
        }
        let link = match self
            .query_within_budget(name, RrType::DS, budget, |_| Ok(()))
            .await
        {
            Ok(message) => {
                let (name, at) = (name.clone(), (self.now)());
                validate_off_reactor(message, budget, self.deadline, move |message, budget| {
                    link::validate_cut(message, &name, &keys, at, budget)
                })
                .await
            }
            Err(error) => error.into_cacheable((self.now)()),
        };
        self.cache.cuts.store(name, link, (self.now)())
    }

    /// An answer for which the budget had room: a chain of many links, each as large as a message gets, ends somewhere.
    async fn query_within_budget(
        &self,
        name: &Name,
        rtype: RrType,
        budget: &mut Budget,
        accept: impl Fn(&Message) -> Result<(), String> + Sync,
    ) -> Result<Arc<Message>, FetchError> {
        let message = self.query_resolvers(name, rtype, accept).await?;
        if budget.charge(&message) {
            return Ok(message);
        }
        let detail =
            format!("the answers down to {name} {rtype} are more than one probe may look at");
        Err(FetchError::local(ChainEnd::indeterminate(
            name,
            Reason::ValidationLimitReached,
            detail,
        )))
    }

    async fn query_resolvers(
        &self,
        name: &Name,
        rtype: RrType,
        accept: impl Fn(&Message) -> Result<(), String> + Sync,
    ) -> Result<Arc<Message>, FetchError> {
        let client = ResolverClient {
            network: self.network,
            resolvers: self.resolvers,
            health: &self.cache.resolvers,
            deadline: self.deadline,
        };
        let answer = client.query(name, rtype, accept).await;
        answer.map_err(|error| FetchError {
            end: ChainEnd::indeterminate(name, Reason::ResolverFailed, error.detail),
            by_resolver: error.by_resolver,
        })
    }
}

/// Why there is no answer, and whether that says something to the next probe.
struct FetchError {
    end: ChainEnd,
    by_resolver: bool,
}

impl FetchError {
    fn local(end: ChainEnd) -> Self {
        Self {
            end,
            by_resolver: false,
        }
    }

    fn into_cacheable<T>(self, at: Timestamp) -> CacheableLink<T> {
        if self.by_resolver {
            CacheableLink::failed(self.end, at)
        } else {
            CacheableLink {
                result: Err(self.end),
                until: at,
            }
        }
    }
}

/// Judges an answer. Where this machine has no time for that before `deadline`, the chain ends undecided.
async fn validate_off_reactor<T: Send + 'static>(
    message: Arc<Message>,
    budget: &mut Budget,
    deadline: Instant,
    validate: impl FnOnce(&Message, &mut Budget) -> CacheableLink<T> + Send + 'static,
) -> CacheableLink<T> {
    let cost = expected_cost(std::iter::once(&*message)).min(budget.remaining());
    let mut remaining_budget = std::mem::replace(budget, Budget::exhausted());
    let work = move |admission| {
        if admission == Admission::Refused {
            remaining_budget = Budget::exhausted();
        }
        (validate(&message, &mut remaining_budget), remaining_budget)
    };
    let (link, remaining_budget) = cpu_queue::run(cost, deadline, work).await;
    *budget = remaining_budget;
    link
}

/// The zone that the anchors are of has keys, and they are signed: a resolver that gives none, or no signature, knows no DNSSEC, and
/// no zone is at fault.
fn require_signature(message: &Message) -> Result<(), String> {
    let has = |rtype| message.answer.iter().any(|record| record.rtype == rtype);
    let missing = match (has(RrType::DNSKEY), has(RrType::RRSIG)) {
        (true, true) => return Ok(()),
        (true, false) => "no RRSIG with the DNSKEY RRset",
        (false, _) => "no DNSKEY RRset",
    };
    Err(format!(
        "{missing} ({}): the resolver does not support DNSSEC",
        message.rcode
    ))
}

/// Where the chain does not even begin, the anchors that are configured are as likely to be wrong as what the resolver gives.
fn mention_anchors(end: ChainEnd, start: &Name) -> ChainEnd {
    if end.reason != Reason::ChainBroken {
        return end;
    }
    let detail = format!(
        "{}; the keys of {start} are held against the trust anchors that are configured for it",
        end.detail
    );
    ChainEnd {
        detail: detail.into(),
        ..end
    }
}

/// The names from below `start` down to `zone`.
fn names_between(start: &Name, zone: &Name) -> Vec<Name> {
    let ancestors =
        std::iter::successors(Some(zone.clone()), Name::parent).take_while(|name| name != start);
    let mut names: Vec<_> = ancestors.collect();
    names.reverse();
    names
}
