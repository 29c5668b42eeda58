//! One probe: plan, exchange, judge, report. All of it is on this screen.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod blackbox_probe;
mod parent;
mod server;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{FutureExt as _, Shared, join_all};

use crate::assess::{AssessedServer, ServerExchanges, assess_for_zone, assess_inline, assess_zone};
use crate::chain::{ChainWalker, LinkCache};
use crate::dns::{Family, Name, Timestamp};
use crate::dnssec::{Budget, ChainEnd, ChainOutcome};
use crate::network::clock;
use crate::network::{self, Network};
use crate::plan::{
    BlackboxPlan, Purpose, Request, TargetLocation, TargetPlan, TrustSource, ZonePlan,
};
use crate::reason::{Failure, Reason};
use crate::report::{AnyReport, BlackboxReport, ServerReport, TargetReport, ZoneReport};
use server::AssessFn;

/// Does what `request` asks for.
pub async fn execute(
    request: &Request,
    network: &impl Network,
    link_cache: &LinkCache,
    at: SystemTime,
) -> AnyReport {
    match request {
        Request::Target(plan) => AnyReport::Target(probe(plan, network, link_cache, at).await),
        Request::Zone(plan) => {
            AnyReport::Zone(Box::new(probe_zone(plan, network, link_cache, at).await))
        }
        Request::Blackbox(plan) => AnyReport::Blackbox(Box::new(
            probe_as_blackbox(plan, network, link_cache, at).await,
        )),
    }
}

/// Asks what `plan` says from the time `at` on, judges what came, and reports it. Whatever the world does is data in the
/// report; links of the chain from a trust anchor are kept in `link_cache` for the next probe.
pub async fn probe(
    plan: &Arc<TargetPlan>,
    network: &impl Network,
    link_cache: &LinkCache,
    at: SystemTime,
) -> TargetReport {
    let run = ProbeRun {
        network,
        link_cache,
        at,
        start: clock::monotonic_now(),
        timeout: plan.timeout,
    };
    let addresses = run.resolve(&plan.location).await;
    let lookup_time = matches!(plan.location, TargetLocation::Host(_)).then(|| run.start.elapsed());
    let servers = match addresses {
        Ok(addresses) => {
            let addresses = wanted_addresses(plan, &addresses);
            let budget = Budget::for_probe(addresses.len());
            let delegation = run.follow_chain(&plan.zone, &plan.trust).shared();
            let mut servers = run
                .probe_addresses(plan, &addresses, delegation, budget, assess_inline)
                .await;
            servers.extend(families_without_address(plan, &addresses));
            servers
        }
        Err(error) => report_families(plan, Reason::NameResolutionFailed, &error).collect(),
    };
    run.target_report(plan, lookup_time, servers)
}

/// As [`probe`], of every nameserver of a zone at the same time, and what their answers come to together.
pub async fn probe_zone(
    plan: &ZonePlan,
    network: &impl Network,
    link_cache: &LinkCache,
    at: SystemTime,
) -> ZoneReport {
    let run = ProbeRun {
        network,
        link_cache,
        at,
        start: clock::monotonic_now(),
        timeout: plan.timeout,
    };
    let addresses: Vec<_> = plan
        .nameservers
        .iter()
        .map(|nameserver| wanted_addresses(&nameserver.plan, &nameserver.nameserver.addresses))
        .collect();
    let budget = Budget::for_probe(addresses.iter().map(Vec::len).sum());
    let delegation = run.follow_chain(&plan.zone, &plan.trust).shared();
    let servers = plan.nameservers.iter().zip(&addresses);
    let servers = servers.map(|(nameserver, addresses)| {
        run.probe_nameserver(
            &nameserver.plan,
            addresses,
            delegation.clone(),
            budget.clone(),
        )
    });
    let (servers, parent) = tokio::join!(
        join_all(servers),
        parent::probe_parent(plan, network, run.early_deadline())
    );
    assess_zone(plan, servers, parent, run.now(), run.start.elapsed())
}

/// As [`probe`], of one address by blackbox_exporter's rules.
async fn probe_as_blackbox(
    plan: &BlackboxPlan,
    network: &impl Network,
    link_cache: &LinkCache,
    at: SystemTime,
) -> BlackboxReport {
    let run = ProbeRun {
        network,
        link_cache,
        at,
        start: clock::monotonic_now(),
        timeout: plan.timeout,
    };
    run.probe_as_blackbox(plan).await
}

/// Addresses of a host name that one probe asks: no nameserver has more, and a stranger's name must not multiply what a
/// probe costs.
const MAX_ADDRESSES: usize = 12;

/// A probe under way.
struct ProbeRun<'r, N> {
    network: &'r N,
    link_cache: &'r LinkCache,
    at: SystemTime,
    start: Instant,
    timeout: Duration,
}

impl<N: Network> ProbeRun<'_, N> {
    fn deadline(&self) -> Instant {
        self.start + self.timeout
    }

    /// For what a verdict can do without, which must leave time to judge the rest: a resolver may fail, and a server may
    /// drop questions that it is held to nothing by.
    fn early_deadline(&self) -> Instant {
        self.start + self.timeout * 3 / 4
    }

    /// The validator's notion of the current time (RFC 4035 section 5.3.1): an answer is judged as of when it is there,
    /// for a server that signs as it answers may date its signature later than our question.
    fn now(&self) -> Timestamp {
        Timestamp::from(self.at + self.start.elapsed())
    }

    async fn resolve(&self, location: &TargetLocation) -> Result<Vec<IpAddr>, String> {
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
    async fn probe_addresses<D: Future<Output = Option<ChainOutcome>>, A: Send + 'static>(
        &self,
        plan: &Arc<TargetPlan>,
        addresses: &[IpAddr],
        delegation: Shared<D>,
        budget: Budget,
        assess: AssessFn<A>,
    ) -> Vec<A> {
        let probes = addresses.iter().map(|&address| {
            self.probe_address(plan, address, delegation.clone(), budget.clone(), assess)
        });
        join_all(probes).await
    }

    async fn probe_nameserver<D: Future<Output = Option<ChainOutcome>>>(
        &self,
        plan: &Arc<TargetPlan>,
        addresses: &[IpAddr],
        delegation: Shared<D>,
        budget: Budget,
    ) -> Vec<AssessedServer> {
        let mut servers = self
            .probe_addresses(plan, addresses, delegation, budget, assess_for_zone)
            .await;
        let not_queried = families_without_address(plan, addresses).into_iter();
        servers.extend(not_queried.map(AssessedServer::not_queried));
        servers
    }

    /// What the zone's keys are held against: of one probe once, while its servers are asked.
    async fn follow_chain(&self, zone: &Name, trust: &TrustSource) -> Option<ChainOutcome> {
        match trust {
            TrustSource::None => None,
            TrustSource::NoResolver { start } => {
                Some(ChainOutcome::Ended(ChainEnd::no_resolver(zone, start)))
            }
            TrustSource::Pinned(anchors) => Some(ChainOutcome::Signed(anchors.clone())),
            TrustSource::Chain {
                start,
                anchors,
                resolver,
            } => {
                let walker = ChainWalker {
                    network: self.network,
                    resolver: *resolver,
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
        delegation: Shared<D>,
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
        let (server_exchanges, delegation) = tokio::join!(pending_exchanges, delegation);
        server::assess_server(
            plan,
            server_exchanges,
            delegation,
            budget,
            self.deadline(),
            assess,
        )
        .await
    }

    fn target_report(
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

/// The addresses in the families that `plan` wants, each once.
fn wanted_addresses(plan: &TargetPlan, addresses: &[IpAddr]) -> Vec<IpAddr> {
    let families = plan.families.members();
    let of_families = addresses
        .iter()
        .filter(|address| families.contains(&Family::of_address(address)))
        .copied();
    of_families.collect::<BTreeSet<_>>().into_iter().collect()
}

/// A literal address or a list of them wants the families that it has; a host name wants what was asked for.
fn families_without_address(plan: &TargetPlan, addresses: &[IpAddr]) -> Vec<ServerReport> {
    let is_host = matches!(plan.location, TargetLocation::Host(_));
    if !is_host && !addresses.is_empty() {
        return Vec::new();
    }
    let detail = format!("{} has no address in this family", plan.target);
    report_families(plan, Reason::NoAddress, &detail)
        .filter(|report| {
            !addresses
                .iter()
                .any(|address| Family::of_address(address) == report.family)
        })
        .collect()
}

fn report_families(
    plan: &TargetPlan,
    reason: Reason,
    detail: &str,
) -> impl Iterator<Item = ServerReport> {
    plan.families.members().iter().map(move |&family| {
        ServerReport::not_queried(family, plan.port, plan.role, Failure::new(reason, detail))
    })
}

#[cfg(test)]
mod zone_tests;
