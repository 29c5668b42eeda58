//! One probe: plan, exchange, judge, report. All of it is on this screen.

mod answer;
mod dnssec;
mod server;
mod turns;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{FutureExt as _, Shared, join_all};

use crate::chain::{Cache, Delegation, Way};
use crate::config::Family;
use crate::dns::Timestamp;
use crate::dnssec::{Budget, Reason};
use crate::exchange::{self, Network};
use crate::plan::{Place, Plan, Purpose, Trust};
use crate::report::{Failure, Report, ServerReport};
use server::Heard;

/// Asks what `plan` says from the time `at` on, judges what came, and reports it. Whatever the world does is data in the
/// report; links of the chain from a trust anchor are kept in `links` for the next probe.
pub async fn probe(plan: &Plan, network: &impl Network, links: &Cache, at: SystemTime) -> Report {
    let run = Run { plan, network, links, at, start: Instant::now() };
    let addresses = run.resolve().await;
    let lookup_time = matches!(plan.place, Place::Host(_)).then(|| run.start.elapsed());
    let servers = match addresses {
        Ok(addresses) => run.probe_each(&addresses).await,
        Err(error) => unreachable_families(plan, Reason::NameResolutionFailed, &error).collect(),
    };
    run.report(lookup_time, servers)
}

/// Addresses of a host name that one probe asks: no nameserver has more, and a stranger's name must not multiply what a
/// probe costs.
const MOST_ADDRESSES: usize = 12;

/// A probe under way.
struct Run<'r, N> {
    plan: &'r Plan,
    network: &'r N,
    links: &'r Cache,
    at: SystemTime,
    start: Instant,
}

impl<N: Network> Run<'_, N> {
    fn deadline(&self) -> Instant {
        self.start + self.plan.timeout
    }

    /// For what a verdict can do without, which must leave time to judge the rest: a resolver may fail, and a server that
    /// drops questions for CDS is held to nothing.
    fn early_deadline(&self) -> Instant {
        self.start + self.plan.timeout * 3 / 4
    }

    /// The validator's notion of the current time (RFC 4035 section 5.3.1): an answer is judged as of when it is there,
    /// for a server that signs as it answers may date its signature later than our question.
    fn now(&self) -> Timestamp {
        Timestamp::from(self.at + self.start.elapsed())
    }

    async fn resolve(&self) -> Result<Vec<IpAddr>, String> {
        match &self.plan.place {
            Place::Addresses(addresses) => Ok(addresses.clone()),
            Place::Host(host) => {
                let addresses = self.network.resolve(host, self.deadline()).await?;
                let count = addresses.len();
                let too_many = || format!("{host} has {count} addresses; one probe asks {MOST_ADDRESSES} at the most");
                if count > MOST_ADDRESSES { Err(too_many()) } else { Ok(addresses) }
            }
        }
    }

    /// All addresses at the same time, each on its own; a family without an address never borrows from the other.
    async fn probe_each(&self, addresses: &[IpAddr]) -> Vec<ServerReport> {
        let wanted = self.plan.families.each();
        let mut of_wanted: Vec<_> = addresses.iter().filter(|address| wanted.contains(&Family::of(address))).collect();
        of_wanted.sort();
        of_wanted.dedup();
        let missing = families_without(self.plan, &of_wanted);
        let delegation = self.delegation().shared();
        let budget = Budget::for_probe(of_wanted.len());
        let probes =
            of_wanted.into_iter().map(|&address| self.probe_address(address, delegation.clone(), budget.clone()));
        let mut servers = join_all(probes).await;
        servers.extend(missing);
        servers
    }

    /// What the zone's keys are held against: of one probe once, while its servers are asked.
    async fn delegation(&self) -> Option<Delegation> {
        match &self.plan.trust {
            Trust::None => None,
            Trust::Pinned(anchors) => Some(Delegation::Signed(anchors.clone())),
            Trust::Chain { start, anchors, resolver } => {
                let way = Way {
                    network: self.network,
                    resolver: *resolver,
                    cache: self.links,
                    deadline: self.early_deadline(),
                    now: || self.now(),
                };
                Some(way.delegation_of(&self.plan.zone, start, anchors.clone()).await)
            }
        }
    }

    /// All questions are asked side by side.
    async fn probe_address<D: Future<Output = Option<Delegation>>>(
        &self,
        address: IpAddr,
        delegation: Shared<D>,
        budget: Budget,
    ) -> ServerReport {
        let plan = self.plan;
        let server = SocketAddr::new(address, plan.port);
        let asked = std::iter::once((Purpose::Asked, &plan.question));
        let beside = plan.beside.iter().map(|(purpose, query)| (*purpose, query));
        let exchanges = join_all(asked.chain(beside).map(|(purpose, query)| async move {
            let deadline = match purpose {
                Purpose::Asked | Purpose::Dnskey | Purpose::AbsentName | Purpose::AbsentType => self.deadline(),
                Purpose::Cds | Purpose::Cdnskey => self.early_deadline(),
            };
            (purpose, exchange::ask(self.network, server, plan.transports, query, deadline).await)
        }));
        let hearing = exchanges.map(|exchanges| Heard { server, at: self.now(), exchanges });
        let (heard, delegation) = tokio::join!(hearing, delegation);
        server::judge(plan, heard, delegation, budget, self.deadline()).await
    }

    fn report(&self, lookup_time: Option<Duration>, servers: Vec<ServerReport>) -> Report {
        let plan = self.plan;
        Report {
            target: plan.target.clone(),
            zone: plan.zone.clone(),
            name: plan.name().clone(),
            qtype: plan.qtype(),
            module: plan.module.clone(),
            dnssec_policy: plan.dnssec,
            at: self.now(),
            success: !servers.is_empty() && servers.iter().all(|server| server.failures.is_empty()),
            duration: self.start.elapsed(),
            timeout: plan.timeout,
            lookup_time,
            servers,
        }
    }
}

/// A literal address or a list of them wants the families that it has; a host name wants what was asked for.
fn families_without(plan: &Plan, addresses: &[&IpAddr]) -> Vec<ServerReport> {
    let is_host = matches!(plan.place, Place::Host(_));
    if !is_host && !addresses.is_empty() {
        return Vec::new();
    }
    let detail = format!("{} has no address in this family", plan.target);
    unreachable_families(plan, Reason::NoAddress, &detail)
        .filter(|report| !addresses.iter().any(|address| Family::of(address) == report.family))
        .collect()
}

fn unreachable_families(plan: &Plan, reason: Reason, detail: &str) -> impl Iterator<Item = ServerReport> {
    plan.families
        .each()
        .iter()
        .map(move |&family| ServerReport::unasked(family, plan.port, Failure::new(reason, detail)))
}
