//! One probe: plan, exchange, judge, report. All of it is on this screen.

mod answer;
mod dnssec;
mod server;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::config::Family;
use crate::dns::Timestamp;
use crate::dnssec::Reason;
use crate::exchange::{self, Network};
use crate::plan::{Place, Plan};
use crate::report::{Failure, Report, ServerReport};
use server::Heard;

/// Asks what `plan` says, judges what came at the time `at`, and reports it. Whatever the world does is data in the report.
pub async fn probe(plan: &Plan, network: &impl Network, at: Timestamp) -> Report {
    let start = Instant::now();
    let deadline = start + plan.timeout;
    let addresses = resolve(plan, network, deadline).await;
    let lookup_time = matches!(plan.place, Place::Host(_)).then(|| start.elapsed());
    let servers = match addresses {
        Ok(addresses) => probe_each(plan, network, &addresses, deadline, at).await,
        Err(error) => unreachable_families(plan, Reason::NameResolutionFailed, &error).collect(),
    };
    report(plan, at, start, lookup_time, servers)
}

async fn resolve(plan: &Plan, network: &impl Network, deadline: Instant) -> Result<Vec<IpAddr>, String> {
    match &plan.place {
        Place::Addresses(addresses) => Ok(addresses.clone()),
        Place::Host(host) => network.resolve(host, deadline).await,
    }
}

/// All addresses at the same time, each on its own; a family without an address never borrows from the other.
async fn probe_each(
    plan: &Plan,
    network: &impl Network,
    addresses: &[IpAddr],
    deadline: Instant,
    at: Timestamp,
) -> Vec<ServerReport> {
    let wanted = plan.families.each();
    let mut of_wanted: Vec<_> = addresses.iter().filter(|address| wanted.contains(&Family::of(address))).collect();
    of_wanted.sort();
    of_wanted.dedup();
    let missing = families_without(plan, &of_wanted);
    let probes = of_wanted.into_iter().map(|&address| probe_address(plan, network, address, deadline, at));
    let mut servers = join_all(probes).await;
    servers.extend(missing);
    servers
}

/// The question and the zone's keys are asked side by side.
async fn probe_address(
    plan: &Plan,
    network: &impl Network,
    address: IpAddr,
    deadline: Instant,
    at: Timestamp,
) -> ServerReport {
    let server = SocketAddr::new(address, plan.port);
    let ask = |query| exchange::ask(network, server, plan.transports, query, deadline);
    let keys = async {
        match &plan.dnskey {
            Some(query) => ask(query).await,
            None => Vec::new(),
        }
    };
    let (question, dnskey) = tokio::join!(ask(&plan.question), keys);
    server::judge(plan, Heard { server, question, dnskey }, at).await
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

fn report(
    plan: &Plan,
    at: Timestamp,
    start: Instant,
    lookup_time: Option<Duration>,
    servers: Vec<ServerReport>,
) -> Report {
    Report {
        target: plan.target.clone(),
        zone: plan.zone.clone(),
        name: plan.name().clone(),
        qtype: plan.qtype(),
        module: plan.module.clone(),
        dnssec_policy: plan.dnssec,
        at,
        success: !servers.is_empty() && servers.iter().all(|server| server.failures.is_empty()),
        duration: start.elapsed(),
        timeout: plan.timeout,
        lookup_time,
        servers,
    }
}
