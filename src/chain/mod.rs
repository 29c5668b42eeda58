//! The chain of trust from an anchor above a zone to the zone's DS RRset (RFC 4035 section 5.2), followed through a
//! resolver that is asked with CD set and believed in nothing: each link is validated here.

mod cache;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cpu_queue::{self, Admission};
use crate::dns::{Message, Name, Query, Rcode, RrType, Timestamp, Transports};
use crate::dnssec::link::{self, Cut, Found};
use crate::dnssec::{Budget, Delegation, Dnskeys, End, TrustAnchor, expected_cost};
use crate::exchange::Exchange;
use crate::network::{self, Network};
use crate::reason::Reason;

pub use cache::Cache;

/// How long each try of one question waits: a lost packet must not cost a probe its verdict. The last has what time is left.
const PATIENCE: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::MAX,
];

/// Whom the links are had from, and until when.
#[derive(Debug)]
pub struct Way<'a, N, C> {
    /// The network.
    pub network: &'a N,
    /// The resolver.
    pub resolver: SocketAddr,
    /// Links that were validated before.
    pub cache: &'a Cache,
    /// When waiting ends.
    pub deadline: Instant,
    /// The time as of which an answer is judged.
    pub now: C,
}

impl<N: Network, C: Fn() -> Timestamp + Sync> Way<'_, N, C> {
    /// Follows the chain from `start`, whose keys `anchors` fit, down to the delegation of `zone`, which lies below it.
    pub async fn delegation_of(
        &self,
        zone: &Name,
        start: &Name,
        anchors: Arc<[TrustAnchor]>,
    ) -> Delegation {
        match self.descend(zone, start, anchors).await {
            Ok(ds) => Delegation::Signed(ds),
            Err(end) => Delegation::Ended(end),
        }
    }

    async fn descend(
        &self,
        zone: &Name,
        start: &Name,
        anchors: Arc<[TrustAnchor]>,
    ) -> Result<Arc<[TrustAnchor]>, End> {
        let mut budget = Budget::for_chain();
        let mut keys = self
            .keys(start, anchors, &mut budget)
            .await
            .map_err(|end| of_anchors(end, start))?;
        for name in names_between(start, zone) {
            match self.cut(&name, Arc::clone(&keys), &mut budget).await? {
                Cut::Signed(ds) if name == *zone => return Ok(ds),
                Cut::Signed(ds) => keys = self.keys(&name, ds, &mut budget).await?,
                Cut::None => {}
            }
        }
        Err(End::unknown(
            zone,
            Reason::ChainBroken,
            format!("{} proves that {zone} is not delegated", keys.zone),
        ))
    }

    /// The keys of a zone that `anchors` enter.
    async fn keys(
        &self,
        zone: &Name,
        anchors: Arc<[TrustAnchor]>,
        budget: &mut Budget,
    ) -> Result<Arc<Dnskeys>, End> {
        if let Some(known) = self.cache.keys.look_up(zone, (self.now)()) {
            return known;
        }
        let found = match self.paid_answer(zone, RrType::DNSKEY, budget).await {
            Ok(message) => {
                let (zone, at) = (zone.clone(), (self.now)());
                judged(message, budget, self.deadline, move |message, budget| {
                    link::keys(message, &zone, &anchors, at, budget)
                })
                .await
            }
            Err(failed) => failed.found((self.now)()),
        };
        self.cache.keys.keep(zone, found, (self.now)())
    }

    /// Whether a zone begins at `name`, by the keys of the zone above it.
    async fn cut(&self, name: &Name, keys: Arc<Dnskeys>, budget: &mut Budget) -> Result<Cut, End> {
        if let Some(known) = self.cache.cuts.look_up(name, (self.now)()) {
            return known;
        }
        let found = match self.paid_answer(name, RrType::DS, budget).await {
            Ok(message) => {
                let (name, at) = (name.clone(), (self.now)());
                judged(message, budget, self.deadline, move |message, budget| {
                    link::cut(message, &name, &keys, at, budget)
                })
                .await
            }
            Err(failed) => failed.found((self.now)()),
        };
        self.cache.cuts.keep(name, found, (self.now)())
    }

    /// An answer for which the budget had room: a chain of many links, each as large as a message gets, ends somewhere.
    async fn paid_answer(
        &self,
        name: &Name,
        rtype: RrType,
        budget: &mut Budget,
    ) -> Result<Arc<Message>, Failed> {
        let message = self.ask(name, rtype).await?;
        if budget.charge(&message) {
            return Ok(message);
        }
        let detail =
            format!("the answers down to {name} {rtype} are more than one probe may look at");
        Err(Failed::here(End::unknown(
            name,
            Reason::ValidationLimitReached,
            detail,
        )))
    }

    async fn ask(&self, name: &Name, rtype: RrType) -> Result<Arc<Message>, Failed> {
        let query = Arc::new(Query::to_resolver(name.clone(), rtype));
        let ended = |problem: String| {
            let detail = format!(
                "{name} {rtype} from the resolver {}: {problem}",
                self.resolver
            );
            End::unknown(name, Reason::ResolverFailed, detail)
        };
        let begun = Instant::now();
        for patience in PATIENCE {
            let own = Instant::now().checked_add(patience);
            let deadline = own.map_or(self.deadline, |own| own.min(self.deadline));
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
                    return answered(Arc::clone(message))
                        .map_err(|problem| Failed::by_resolver(ended(problem)));
                }
                Some(Err(failure)) if failure.reason == Reason::LocalError => {
                    return Err(Failed::here(ended(failure.detail)));
                }
                Some(Err(failure)) if failure.reason != Reason::Timeout => {
                    return Err(Failed::by_resolver(ended(failure.detail)));
                }
                Some(Err(_)) | None if Instant::now() >= self.deadline => break,
                Some(Err(_)) | None => {}
            }
        }
        let end = ended("no answer in time".to_owned());
        // Who has less patience than one try takes has learnt nothing about the resolver.
        Err(if begun.elapsed() >= PATIENCE[0] {
            Failed::by_resolver(end)
        } else {
            Failed::here(end)
        })
    }
}

/// Why there is no answer, and whether that says something to the next probe.
struct Failed {
    end: End,
    by_resolver: bool,
}

impl Failed {
    fn by_resolver(end: End) -> Self {
        Self {
            end,
            by_resolver: true,
        }
    }

    fn here(end: End) -> Self {
        Self {
            end,
            by_resolver: false,
        }
    }

    fn found<T>(self, at: Timestamp) -> Found<T> {
        if self.by_resolver {
            Found::failed(self.end, at)
        } else {
            Found {
                result: Err(self.end),
                until: at,
            }
        }
    }
}

/// Judges an answer. Where this machine has no time for that before `deadline`, the chain ends undecided.
async fn judged<T: Send + 'static>(
    message: Arc<Message>,
    budget: &mut Budget,
    deadline: Instant,
    judge: impl FnOnce(&Message, &mut Budget) -> Found<T> + Send + 'static,
) -> Found<T> {
    let cost = expected_cost(std::iter::once(&*message)).min(budget.left());
    let mut left = std::mem::replace(budget, Budget::exhausted());
    let work = move |admission| {
        if admission == Admission::Refused {
            left = Budget::exhausted();
        }
        (judge(&message, &mut left), left)
    };
    let (found, left) = cpu_queue::run(cost, deadline, work).await;
    *budget = left;
    found
}

/// A response that says something about the name; the resolver's own extended errors tell why another does not.
fn answered(message: Arc<Message>) -> Result<Arc<Message>, String> {
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
fn of_anchors(end: End, start: &Name) -> End {
    if end.reason != Reason::ChainBroken {
        return end;
    }
    let detail = format!(
        "{}; the keys of {start} are held against the trust anchors that are configured for it",
        end.detail
    );
    End {
        detail: detail.into(),
        ..end
    }
}

/// The names from below `start` down to `zone`.
fn names_between(start: &Name, zone: &Name) -> Vec<Name> {
    let up =
        std::iter::successors(Some(zone.clone()), Name::parent).take_while(|name| name != start);
    let mut names: Vec<_> = up.collect();
    names.reverse();
    names
}
