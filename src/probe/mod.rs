//! One probe: plan, exchange, assess, report. All of it is on this screen; `run` has the steps.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod blackbox_probe;
mod parent;
mod run;
mod server;

use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::{FutureExt as _, join_all};

use crate::assess::{
    AboveZone, assess_for_target, assess_zone, families_without_address, report_families,
    wanted_addresses,
};
use crate::chain::LinkCache;
use crate::dnssec::Budget;
use crate::network::Network;
use crate::plan::{BlackboxPlan, Request, TargetLocation, TargetPlan, ZonePlan};
use crate::reason::Reason;
use crate::report::{AnyReport, BlackboxReport, TargetReport, ZoneReport};
use run::ProbeRun;

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
    let run = ProbeRun::begin(network, link_cache, at, plan.timeout);
    let addresses = run.resolve(&plan.location).await;
    let lookup_time = matches!(plan.location, TargetLocation::Host(_)).then(|| run.start.elapsed());
    let servers = match addresses {
        Ok(addresses) => {
            let addresses = wanted_addresses(plan, &addresses);
            let budget = Budget::for_probe(addresses.len());
            let chain_outcome = run.follow_chain(&plan.zone, &plan.trust).shared();
            let mut servers = run
                .probe_addresses(plan, &addresses, chain_outcome, budget, assess_for_target)
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
    let run = ProbeRun::begin(network, link_cache, at, plan.timeout);
    let addresses: Vec<_> = plan
        .nameservers
        .iter()
        .map(|nameserver| wanted_addresses(&nameserver.plan, &nameserver.nameserver.addresses))
        .collect();
    let budget = Budget::for_address_of_zone();
    let chain_outcome = run.follow_chain(&plan.zone, &plan.trust).shared();
    let servers = plan.nameservers.iter().zip(&addresses);
    let servers = servers.map(|(nameserver, addresses)| {
        run.probe_nameserver(
            &nameserver.plan,
            addresses,
            chain_outcome.clone(),
            budget.clone(),
        )
    });
    let (servers, parent, chain) = tokio::join!(
        join_all(servers),
        parent::probe_parent(plan, network, link_cache, run.now(), run.early_deadline()),
        chain_outcome,
    );
    let above = AboveZone { parent, chain };
    let mut history = link_cache.key_histories().look_up(&plan.zone);
    let (at, took) = (run.now(), run.start.elapsed());
    let report = assess_zone(plan, servers, above, &mut history, at, took);
    link_cache.key_histories().store(&plan.zone, history);
    report
}

/// As [`probe`], of one address by blackbox_exporter's rules.
async fn probe_as_blackbox(
    plan: &BlackboxPlan,
    network: &impl Network,
    link_cache: &LinkCache,
    at: SystemTime,
) -> BlackboxReport {
    let run = ProbeRun::begin(network, link_cache, at, plan.timeout);
    run.probe_as_blackbox(plan).await
}

#[cfg(test)]
mod zone_tests;
