//! The chain of trust from an anchor above a zone to the zone's DS RRset (RFC 4035 section 5.2), followed through a
//! resolver that is asked with CD set and believed in nothing: each link is validated here.

mod cache;
mod link;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Transports;
use crate::dns::{Message, Name, Query, Rcode, RrType, Timestamp};
use crate::dnssec::{Budget, Dnskeys, Reason, TrustAnchor};
use crate::exchange::{self, Network, Outcome};
use link::{Cut, Found};

pub use cache::Cache;

/// How long each try of one question waits: a lost packet must not cost a probe its verdict. The last has what time is left.
const PATIENCE: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::MAX];

/// What the parent's side says of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delegation {
    /// The zone's keys are held against these.
    Signed(Arc<[TrustAnchor]>),
    /// It does not lead to keys.
    Ended(End),
}

/// Why a chain does not lead to a zone's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Whether it is proven that nothing below can be validated; else it could not be told, by no fault of the zone's servers.
    pub insecure: bool,
    /// Why.
    pub reason: Reason,
    /// At which name.
    pub at: Name,
    /// What was seen, for a person.
    pub detail: Arc<str>,
}

impl End {
    /// Whether it is proven that the parent has no DS for `zone` itself.
    pub fn proves_no_ds(&self, zone: &Name) -> bool {
        self.insecure && self.reason == Reason::InsecureDelegation && self.at == *zone
    }

    fn insecure(at: &Name, reason: Reason, detail: impl Into<Arc<str>>) -> Self {
        Self { insecure: true, reason, at: at.clone(), detail: detail.into() }
    }

    fn unknown(at: &Name, reason: Reason, detail: impl Into<Arc<str>>) -> Self {
        Self { insecure: false, reason, at: at.clone(), detail: detail.into() }
    }
}

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
    pub async fn delegation_of(&self, zone: &Name, start: &Name, anchors: &[TrustAnchor]) -> Delegation {
        match self.descend(zone, start, anchors).await {
            Ok(ds) => Delegation::Signed(ds),
            Err(end) => Delegation::Ended(end),
        }
    }

    async fn descend(&self, zone: &Name, start: &Name, anchors: &[TrustAnchor]) -> Result<Arc<[TrustAnchor]>, End> {
        let mut budget = Budget::for_chain();
        let mut keys = self.keys(start, anchors, &mut budget).await?;
        for name in names_between(start, zone) {
            match self.cut(&name, &keys, &mut budget).await? {
                Cut::Signed(ds) if name == *zone => return Ok(ds),
                Cut::Signed(ds) => keys = self.keys(&name, &ds, &mut budget).await?,
                Cut::None => {}
            }
        }
        Err(End::unknown(zone, Reason::ChainBroken, format!("{} proves that {zone} is not delegated", keys.zone)))
    }

    /// The keys of a zone that `anchors` enter.
    async fn keys(&self, zone: &Name, anchors: &[TrustAnchor], budget: &mut Budget) -> Result<Arc<Dnskeys>, End> {
        if let Some(known) = self.cache.keys.look_up(zone, (self.now)()) {
            return known;
        }
        let found = match self.paid_answer(zone, RrType::DNSKEY, budget).await {
            Ok(message) => link::keys(&message, zone, anchors, (self.now)(), budget),
            Err(end) => Found::failed(end, (self.now)()),
        };
        self.cache.keys.keep(zone, found, (self.now)())
    }

    /// Whether a zone begins at `name`, by the keys of the zone above it.
    async fn cut(&self, name: &Name, keys: &Dnskeys, budget: &mut Budget) -> Result<Cut, End> {
        if let Some(known) = self.cache.cuts.look_up(name, (self.now)()) {
            return known;
        }
        let found = match self.paid_answer(name, RrType::DS, budget).await {
            Ok(message) => link::cut(&message, name, keys, (self.now)(), budget),
            Err(end) => Found::failed(end, (self.now)()),
        };
        self.cache.cuts.keep(name, found, (self.now)())
    }

    /// An answer for which the budget had room: a chain of many links, each as large as a message gets, ends somewhere.
    async fn paid_answer(&self, name: &Name, rtype: RrType, budget: &mut Budget) -> Result<Arc<Message>, End> {
        let message = self.ask(name, rtype).await?;
        if budget.charge(&message) {
            return Ok(message);
        }
        let detail = format!("the answers down to {name} {rtype} are more than one probe may look at");
        Err(End::unknown(name, Reason::ValidationLimitReached, detail))
    }

    async fn ask(&self, name: &Name, rtype: RrType) -> Result<Arc<Message>, End> {
        let query = Arc::new(Query::to_resolver(name.clone(), rtype));
        let failed = |problem: String| {
            End::unknown(
                name,
                Reason::ResolverFailed,
                format!("{name} {rtype} from the resolver {}: {problem}", self.resolver),
            )
        };
        let mut problem = "no answer in time".to_owned();
        for patience in PATIENCE {
            if Instant::now() >= self.deadline {
                break;
            }
            let deadline = Instant::now().checked_add(patience).map_or(self.deadline, |own| own.min(self.deadline));
            let exchanges = exchange::ask(self.network, self.resolver, Transports::Udp, &query, deadline).await;
            problem = match exchanges.into_iter().next_back().map(|exchange| exchange.outcome) {
                Some(Outcome::Response(message)) => return answered(message).map_err(failed),
                Some(Outcome::Malformed { error, .. }) => return Err(failed(error.to_string())),
                Some(Outcome::NetworkError(error) | Outcome::LocalError(error)) => return Err(failed(error)),
                Some(Outcome::Timeout) | None => problem,
            };
        }
        Err(failed(problem))
    }
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
    let errors: Vec<_> = errors.map(|error| format!("EDE {} ({})", error.info_code.0, error.info_code)).collect();
    Err(std::iter::once(message.rcode.to_string()).chain(errors).collect::<Vec<_>>().join(", "))
}

/// The names from below `start` down to `zone`.
fn names_between(start: &Name, zone: &Name) -> Vec<Name> {
    let up = std::iter::successors(Some(zone.clone()), Name::parent).take_while(|name| name != start);
    let mut names: Vec<_> = up.collect();
    names.reverse();
    names
}
