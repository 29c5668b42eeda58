//! The steps of a probe under way, and its deadlines.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{FutureExt as _, Shared, join_all};

use super::server::{self, AssessFn};
use crate::assess::{AssessedServer, ServerExchanges, assess_for_zone, families_without_address};
use crate::chain::{ChainWalker, LinkCache};
use crate::dns::{Name, Timestamp};
use crate::dnssec::{Budget, ChainEnd, ChainOutcome};
use crate::network::{self, Network, clock};
use crate::plan::{Purpose, TargetLocation, TargetPlan, TrustSource};
use crate::report::{ServerReport, TargetReport};

/// Addresses of a host name that one probe asks: no nameserver has more, and a stranger's name must not multiply what a
/// probe costs.
const MAX_ADDRESSES: usize = 12;

/// A probe under way.
pub(super) struct ProbeRun<'r, N> {
    pub(super) network: &'r N,
    link_cache: &'r LinkCache,
    at: SystemTime,
    pub(super) start: Instant,
    timeout: Duration,
}

impl<'r, N: Network> ProbeRun<'r, N> {
    /// A probe that starts now, at the time `at` of the wall clock.
    pub(super) fn begin(
        network: &'r N,
        link_cache: &'r LinkCache,
        at: SystemTime,
        timeout: Duration,
    ) -> Self {
        Self {
            network,
            link_cache,
            at,
            start: clock::monotonic_now(),
            timeout,
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.start + self.timeout
    }

    /// For what a verdict can do without, which must leave time to judge the rest: a resolver may fail, and a server may
    /// drop questions that it is held to nothing by.
    pub(super) fn early_deadline(&self) -> Instant {
        self.start + self.timeout * 3 / 4
    }

    /// The validator's notion of the current time (RFC 4035 section 5.3.1): an answer is judged as of when it is there,
    /// for a server that signs as it answers may date its signature later than our question.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from(self.at + self.start.elapsed())
    }

    pub(super) async fn resolve(&self, location: &TargetLocation) -> Result<Vec<IpAddr>, String> {
        match location {
            TargetLocation::Addresses(addresses) => Ok(addresses.clone()),
            TargetLocation::Host(host) => {
                let addresses = self.network.resolve(host, self.deadline()).await?;
                let count = addresses.len();
                let too_many = || {
                    format!(
                        "{host} has {count} addresses; one probe asks {MAX_ADDRESSES} at the most"
                    )
                };
                if count > MAX_ADDRESSES {
                    Err(too_many())
                } else {
                    Ok(addresses)
                }
            }
        }
    }

    /// All addresses at the same time, each on its own; a family without an address never borrows from the other.
    pub(super) async fn probe_addresses<
        D: Future<Output = Option<ChainOutcome>>,
        A: Send + 'static,
    >(
        &self,
        plan: &Arc<TargetPlan>,
        addresses: &[IpAddr],
        chain_outcome: Shared<D>,
        budget: Budget,
        assess: AssessFn<A>,
    ) -> Vec<A> {
        let probes = addresses.iter().map(|&address| {
            self.probe_address(plan, address, chain_outcome.clone(), budget.clone(), assess)
        });
        join_all(probes).await
    }

    pub(super) async fn probe_nameserver<D: Future<Output = Option<ChainOutcome>>>(
        &self,
        plan: &Arc<TargetPlan>,
        addresses: &[IpAddr],
        chain_outcome: Shared<D>,
        budget: Budget,
    ) -> Vec<AssessedServer> {
        let mut servers = self
            .probe_addresses(plan, addresses, chain_outcome, budget, assess_for_zone)
            .await;
        let not_queried = families_without_address(plan, addresses).into_iter();
        servers.extend(not_queried.map(AssessedServer::not_queried));
        servers
    }

    /// What the zone's keys are held against: of one probe once, while its servers are asked.
    pub(super) async fn follow_chain(
        &self,
        zone: &Name,
        trust: &TrustSource,
    ) -> Option<ChainOutcome> {
        match trust {
            TrustSource::None => None,
            TrustSource::NoResolver { start } => {
                Some(ChainOutcome::Ended(ChainEnd::no_resolver(zone, start)))
            }
            TrustSource::Pinned(anchors) => Some(ChainOutcome::Signed(anchors.clone())),
            TrustSource::Chain {
                start,
                anchors,
                resolvers,
            } => {
                let walker = ChainWalker {
                    network: self.network,
                    resolvers,
                    cache: self.link_cache,
                    deadline: self.early_deadline(),
                    now: || self.now(),
                };
                Some(walker.follow(zone, start, anchors.clone()).await)
            }
        }
    }

    /// All questions are asked side by side.
    async fn probe_address<D: Future<Output = Option<ChainOutcome>>, A: Send + 'static>(
        &self,
        plan: &Arc<TargetPlan>,
        address: IpAddr,
        chain_outcome: Shared<D>,
        budget: Budget,
        assess: AssessFn<A>,
    ) -> A {
        let server = SocketAddr::new(address, plan.port);
        let question = std::iter::once((Purpose::Asked, plan.transports, &plan.question));
        let extra_queries = plan.extra_queries.iter().map(|extra_query| {
            (
                extra_query.purpose,
                extra_query.transports,
                &extra_query.query,
            )
        });
        let exchanges = join_all(question.chain(extra_queries).map(
            |(purpose, transports, query)| async move {
                let deadline = if purpose.affects_verdict() {
                    self.deadline()
                } else {
                    self.early_deadline()
                };
                (
                    purpose,
                    network::ask(self.network, server, transports, query, deadline).await,
                )
            },
        ));
        let pending_exchanges = exchanges.map(|exchanges| ServerExchanges {
            server,
            at: self.now(),
            exchanges,
        });
        let (server_exchanges, chain_outcome) = tokio::join!(pending_exchanges, chain_outcome);
        server::assess_server(
            plan,
            server_exchanges,
            chain_outcome,
            budget,
            self.deadline(),
            assess,
        )
        .await
    }

    pub(super) fn target_report(
        &self,
        plan: &TargetPlan,
        lookup_time: Option<Duration>,
        servers: Vec<ServerReport>,
    ) -> TargetReport {
        TargetReport {
            target: plan.target.clone(),
            zone: plan.zone.clone(),
            name: plan.name().clone(),
            qtype: plan.qtype(),
            module: plan.module.clone(),
            dnssec_policy: plan.dnssec,
            at: self.now(),
            success: !servers.is_empty() && servers.iter().all(ServerReport::is_success),
            duration: self.start.elapsed(),
            timeout: plan.timeout,
            signature_warning_seconds: plan.signature_warning_seconds,
            lookup_time,
            servers,
        }
    }
}
