//! Asks the resolvers, one after the other until one answers, and remembers which of them do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::dns::{Message, Name, Query, Rcode, RrType, Transports};
use crate::network::clock;
use crate::network::{self, Network};
use crate::reason::Reason;

/// How long each try of one question waits: a lost packet must not cost a probe its verdict. The last has what time is left.
const ATTEMPT_TIMEOUTS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::MAX,
];
/// How long a resolver that failed is asked after the others.
const RETRY_INTERVAL: Duration = Duration::from_mins(1);

/// The resolvers, and until when they are waited for.
#[derive(Debug)]
pub(crate) struct ResolverClient<'a, N> {
    pub(crate) network: &'a N,
    pub(crate) resolvers: &'a [SocketAddr],
    pub(crate) health: &'a ResolverHealth,
    pub(crate) deadline: Instant,
}

/// Why no resolver gave a usable answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ResolverError {
    /// What was asked of whom, and what came.
    pub(crate) detail: String,
    /// Whether it tells the next probe anything: not if this machine could not ask, or had no patience.
    pub(crate) by_resolver: bool,
}

enum Attempt {
    Answered(Arc<Message>),
    Failed(String),
    LocalError(String),
    Silent,
}

impl<N: Network> ResolverClient<'_, N> {
    /// The first response that says something about `name` and that `accept` takes.
    pub(crate) async fn query(
        &self,
        name: &Name,
        rtype: RrType,
        accept: impl Fn(&Message) -> Result<(), String> + Sync,
    ) -> Result<Arc<Message>, ResolverError> {
        let query = Arc::new(Query::to_resolver(name.clone(), rtype));
        let start = clock::monotonic_now();
        let mut candidates = self.health.order(self.resolvers, start);
        let mut failures = Failures::default();
        for timeout in ATTEMPT_TIMEOUTS {
            for resolver in candidates.clone() {
                match self.attempt(resolver, &query, timeout, &accept).await {
                    Attempt::Answered(message) => return Ok(message),
                    Attempt::Failed(problem) => failures.add(resolver, problem, false),
                    Attempt::LocalError(problem) => failures.add(resolver, problem, true),
                    Attempt::Silent if clock::monotonic_now() >= self.deadline => break,
                    Attempt::Silent => continue,
                }
                candidates.retain(|&candidate| candidate != resolver);
            }
            if candidates.is_empty() || clock::monotonic_now() >= self.deadline {
                break;
            }
        }
        for resolver in candidates {
            // Who has less patience than one try takes has learnt nothing about the resolver.
            let is_impatient = start.elapsed() < ATTEMPT_TIMEOUTS[0];
            failures.add(resolver, "no answer in time".to_owned(), is_impatient);
        }
        Err(failures.into_error(name, rtype))
    }

    async fn attempt(
        &self,
        resolver: SocketAddr,
        query: &Arc<Query>,
        timeout: Duration,
        accept: impl Fn(&Message) -> Result<(), String>,
    ) -> Attempt {
        let start = clock::monotonic_now();
        let attempt_deadline = start.checked_add(timeout);
        let deadline = attempt_deadline.map_or(self.deadline, |attempt_deadline| {
            attempt_deadline.min(self.deadline)
        });
        let exchanges =
            network::ask(self.network, resolver, Transports::Udp, query, deadline).await;
        let record = |answers| {
            let now = clock::monotonic_now();
            self.health.record(resolver, answers, now);
        };
        match exchanges.last().map(|exchange| exchange.response()) {
            Some(Ok(message)) => {
                let accepted = accept_response(message).and_then(|()| accept(message));
                record_response(message, &query.question.name, accepted.is_ok(), record);
                match accepted {
                    Ok(()) => Attempt::Answered(Arc::clone(message)),
                    Err(problem) => Attempt::Failed(problem),
                }
            }
            Some(Err(failure)) if failure.reason == Reason::LocalError => {
                Attempt::LocalError(failure.detail)
            }
            Some(Err(failure)) if failure.reason != Reason::Timeout => {
                record(false);
                Attempt::Failed(failure.detail)
            }
            Some(Err(_)) | None => {
                if start.elapsed() >= ATTEMPT_TIMEOUTS[0] {
                    record(false);
                }
                Attempt::Silent
            }
        }
    }
}

/// A resolver may fail for a name because the servers of that name do: only what it says of the root, and REFUSED, is its own
/// fault.
fn record_response(message: &Message, name: &Name, usable: bool, record: impl Fn(bool)) {
    if usable {
        record(true);
    } else if name.is_root() || message.rcode == Rcode::REFUSED {
        record(false);
    }
}

#[derive(Default)]
struct Failures {
    by_resolver: Vec<(SocketAddr, String)>,
    is_only_local: Option<bool>,
}

impl Failures {
    fn add(&mut self, resolver: SocketAddr, problem: String, is_local: bool) {
        self.is_only_local = Some(self.is_only_local.unwrap_or(true) && is_local);
        self.by_resolver.push((resolver, problem));
    }

    fn into_error(self, name: &Name, rtype: RrType) -> ResolverError {
        let problems: Vec<_> = self
            .by_resolver
            .iter()
            .map(|(resolver, problem)| format!("{resolver}: {problem}"))
            .collect();
        let noun = if problems.len() == 1 {
            "resolver"
        } else {
            "resolvers"
        };
        ResolverError {
            detail: format!("{name} {rtype} from the {noun} {}", problems.join("; ")),
            by_resolver: !self.is_only_local.unwrap_or(false),
        }
    }
}

/// A response that says something about the name; the resolver's own extended errors tell why another does not.
fn accept_response(message: &Message) -> Result<(), String> {
    if message.header.tc {
        return Err("truncated even over TCP".to_owned());
    }
    if matches!(message.rcode, Rcode::NOERROR | Rcode::NXDOMAIN) {
        return Ok(());
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

/// Whether each resolver answers, as far as it was asked.
#[derive(Debug, Default)]
pub struct ResolverHealth(Mutex<Vec<ResolverState>>);

#[derive(Clone, Copy, Debug)]
struct ResolverState {
    resolver: SocketAddr,
    answers: bool,
    /// When one that does not answer is asked first again.
    retry_at: Instant,
}

impl ResolverHealth {
    /// Each resolver that was asked, and whether it answered the last question.
    pub fn snapshot(&self) -> Vec<(SocketAddr, bool)> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states
            .iter()
            .map(|state| (state.resolver, state.answers))
            .collect()
    }

    /// The order of probes.json, those that failed lately after the others. One query after each interval tries them again.
    fn order(&self, resolvers: &[SocketAddr], now: Instant) -> Vec<SocketAddr> {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_last = |resolver: &SocketAddr| {
            let state = states.iter_mut().find(|state| state.resolver == *resolver);
            state.is_some_and(|state| {
                if state.answers {
                    return false;
                }
                let is_last = now < state.retry_at;
                if !is_last {
                    state.retry_at = now + RETRY_INTERVAL;
                }
                is_last
            })
        };
        let (last, mut ordered): (Vec<_>, Vec<_>) =
            resolvers.iter().partition(|resolver| is_last(resolver));
        ordered.extend(last);
        ordered
    }

    fn record(&self, resolver: SocketAddr, answers: bool, now: Instant) {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = ResolverState {
            resolver,
            answers,
            retry_at: now + RETRY_INTERVAL,
        };
        match states.iter_mut().find(|state| state.resolver == resolver) {
            Some(known) => *known = state,
            // As many as probes.json or resolv.conf list, for the health is of one configuration.
            None => states.push(state),
        }
    }
}

#[cfg(test)]
#[path = "resolver_tests.rs"]
mod tests;
