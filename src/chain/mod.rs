//! The chain of trust from an anchor above a zone to the zone's DS RRset (RFC 4035 section 5.2), followed through a
//! resolver that is asked with CD set and believed in nothing: each link is validated here.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod cache;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cpu_queue::{self, Admission};
use crate::dns::{Message, Name, Query, Rcode, RrType, Timestamp, Transports};
use crate::dnssec::link::{self, CacheableLink, ZoneCut};
use crate::dnssec::{Budget, ChainEnd, ChainOutcome, Dnskeys, TrustAnchor, expected_cost};
use crate::exchange::Exchange;
use crate::network::clock;
use crate::network::{self, Network};
use crate::reason::Reason;

pub use cache::LinkCache;

/// How long each try of one question waits: a lost packet must not cost a probe its verdict. The last has what time is left.
const ATTEMPT_TIMEOUTS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::MAX,
];

/// Whom the links are had from, and until when.
#[derive(Debug)]
pub struct ChainWalker<'a, N, C> {
    /// The network.
    pub network: &'a N,
    /// The resolver.
    pub resolver: SocketAddr,
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
            .validate_keys(start, anchors, &mut budget)
            .await
            .map_err(|end| mention_anchors(end, start))?;
        for name in names_between(start, zone) {
            match self
                .validate_cut(&name, Arc::clone(&keys), &mut budget)
                .await?
            {
                ZoneCut::Signed(ds) if name == *zone => return Ok(ds),
                ZoneCut::Signed(ds) => keys = self.validate_keys(&name, ds, &mut budget).await?,
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
    ) -> Result<Arc<Dnskeys>, ChainEnd> {
        if let Some(cached) = self.cache.keys.look_up(zone, (self.now)()) {
            return cached;
        }
        let link = match self.query_within_budget(zone, RrType::DNSKEY, budget).await {
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
        let link = match self.query_within_budget(name, RrType::DS, budget).await {
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
    ) -> Result<Arc<Message>, FetchError> {
        let message = self.query_resolver(name, rtype).await?;
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

    async fn query_resolver(&self, name: &Name, rtype: RrType) -> Result<Arc<Message>, FetchError> {
        let query = Arc::new(Query::to_resolver(name.clone(), rtype));
        let resolver_failure = |problem: String| {
            let detail = format!(
                "{name} {rtype} from the resolver {}: {problem}",
                self.resolver
            );
            ChainEnd::indeterminate(name, Reason::ResolverFailed, detail)
        };
        let start = clock::monotonic_now();
        for timeout in ATTEMPT_TIMEOUTS {
            let attempt_deadline = clock::monotonic_now().checked_add(timeout);
            let deadline = attempt_deadline.map_or(self.deadline, |attempt_deadline| {
                attempt_deadline.min(self.deadline)
            });
            let exchanges = network::ask(
                self.network,
                self.resolver,
                Transports::Udp,
                &query,
                deadline,
            )
            .await;
            match exchanges.last().map(Exchange::response) {
                Some(Ok(message)) => {
                    return accept_response(Arc::clone(message))
                        .map_err(|problem| FetchError::by_resolver(resolver_failure(problem)));
                }
                Some(Err(failure)) if failure.reason == Reason::LocalError => {
                    return Err(FetchError::local(resolver_failure(failure.detail)));
                }
                Some(Err(failure)) if failure.reason != Reason::Timeout => {
                    return Err(FetchError::by_resolver(resolver_failure(failure.detail)));
                }
                Some(Err(_)) | None if clock::monotonic_now() >= self.deadline => break,
                Some(Err(_)) | None => {}
            }
        }
        let end = resolver_failure("no answer in time".to_owned());
        // Who has less patience than one try takes has learnt nothing about the resolver.
        Err(if start.elapsed() >= ATTEMPT_TIMEOUTS[0] {
            FetchError::by_resolver(end)
        } else {
            FetchError::local(end)
        })
    }
}

/// Why there is no answer, and whether that says something to the next probe.
struct FetchError {
    end: ChainEnd,
    by_resolver: bool,
}

impl FetchError {
    fn by_resolver(end: ChainEnd) -> Self {
        Self {
            end,
            by_resolver: true,
        }
    }

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

/// A response that says something about the name; the resolver's own extended errors tell why another does not.
fn accept_response(message: Arc<Message>) -> Result<Arc<Message>, String> {
    if message.header.tc {
        return Err("truncated even over TCP".to_owned());
    }
    if matches!(message.rcode, Rcode::NOERROR | Rcode::NXDOMAIN) {
        return Ok(message);
    }
    let errors = message.edns.iter().flat_map(|edns| &edns.extended_errors);
    let errors: Vec<_> = errors
        .map(|error| format!("EDE {} ({})", error.info_code.0, error.info_code))
        .collect();
    Err(std::iter::once(message.rcode.to_string())
        .chain(errors)
        .collect::<Vec<_>>()
        .join(", "))
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
