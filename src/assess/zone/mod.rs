//! What the answers of all nameservers of a zone come to together.
//!
//! It is assessed from the facts about each server (`server_facts`). The reports of the servers only pass through, into
//! the report of the zone.

mod availability;
mod consistency;
mod current_keys;
mod delegation;
mod early_changes;
mod key_history;
mod serials;

use std::time::Duration;

use super::server_facts::{AssessedServer, NameserverFacts, ServerFacts};
use super::ttls::longest;
use crate::dns::Timestamp;
use crate::dnssec::ChainOutcome;
use crate::plan::{NameserverPlan, ZonePlan};
use crate::report::{
    AddressReport, Agreement, Availability, Inconsistency, NameserverReport, ParentReport, Serials,
    ServerReport, TtlReport, ZoneReport,
};
use consistency::ConsistencyFindings;
use current_keys::{CurrentKeys, current_ds, current_keys};
use early_changes::assess_early_changes;

pub(crate) use key_history::KeyHistory;

/// What the zones above give for the zone.
pub(crate) struct AboveZone {
    /// `None` if the parent was not asked.
    pub(crate) parent: Option<ParentReport>,
    /// `None` if no chain was followed.
    pub(crate) chain: Option<ChainOutcome>,
}

/// Assesses the zone and puts its report together. `servers` are in the order of the plan's nameservers; what they show of its keys
/// is added to `history`.
pub(crate) fn assess_zone(
    plan: &ZonePlan,
    servers: Vec<Vec<AssessedServer>>,
    above: AboveZone,
    history: &mut KeyHistory,
    at: Timestamp,
    duration: Duration,
) -> ZoneReport {
    let AboveZone { parent, chain } = above;
    let (reports, facts): (Vec<_>, Vec<_>) = servers.into_iter().map(split_servers).unzip();
    let findings = compare_facts(plan, &facts, parent.as_ref(), at);
    let keys = current_keys(plan, &facts, findings.serials);
    let early_changes = keys.map(|servers| {
        let ds = current_ds(plan, parent.as_ref(), chain.as_ref(), at);
        assess_early_changes(history, &CurrentKeys { at, ds, servers })
    });
    let nameservers = plan.nameservers.iter().zip(findings.nameservers);
    let nameservers: Vec<_> = nameservers
        .zip(reports)
        .map(|((plan, findings), reports)| nameserver_report(plan, findings, reports))
        .collect();
    let mut addresses = nameservers
        .iter()
        .flat_map(|nameserver| &nameserver.addresses);
    ZoneReport {
        zone: plan.zone.clone(),
        module: plan.module.clone(),
        dnssec_policy: plan.dnssec,
        at,
        success: addresses.all(|address| address.server.is_success()),
        duration,
        timeout: plan.timeout,
        signature_warning_seconds: plan.signature_warning_seconds,
        differences: findings.differences,
        serials: findings.serials,
        agreement: findings.agreement,
        parent,
        ttls: findings.ttls,
        chain: delegation::chain_report(&plan.trust, chain),
        early_changes: early_changes.unwrap_or_default(),
        reach: findings.availability,
        nameservers,
    }
}

fn split_servers(servers: Vec<AssessedServer>) -> (Vec<ServerReport>, Vec<ServerFacts>) {
    servers
        .into_iter()
        .map(|server| (server.report, server.facts))
        .unzip()
}

/// Everything that only a comparison of the servers shows.
struct ZoneFindings {
    differences: Vec<Inconsistency>,
    serials: Serials,
    agreement: Agreement,
    ttls: TtlReport,
    availability: Availability,
    /// In the order of the plan.
    nameservers: Vec<NameserverFindings>,
}

struct NameserverFindings {
    nsid_equal: Option<bool>,
    addresses: Vec<AddressFindings>,
}

struct AddressFindings {
    serial_lag: Option<u32>,
    transports_equal: Option<bool>,
    signatures_outlive_expire_seconds: Option<i64>,
}

/// `facts` are in the order of the plan's nameservers.
fn compare_facts(
    plan: &ZonePlan,
    facts: &[Vec<ServerFacts>],
    parent: Option<&ParentReport>,
    at: Timestamp,
) -> ZoneFindings {
    let nameservers = plan.nameservers.iter().zip(facts);
    let nameservers: Vec<_> = nameservers
        .map(|(nameserver, servers)| NameserverFacts {
            name: &nameserver.plan.target,
            nameserver: &nameserver.nameserver,
            servers,
        })
        .collect();
    let serials = serials::assess_serials(&nameservers);
    let ConsistencyFindings {
        agreement,
        differences,
    } = consistency::assess_consistency(plan, &nameservers, parent);
    let serial_differences = serials::serial_inconsistencies(&nameservers, serials);
    ZoneFindings {
        differences: serial_differences.into_iter().chain(differences).collect(),
        serials,
        agreement,
        ttls: facts
            .iter()
            .flatten()
            .filter(|server| !server.contradicted_by_dnssec)
            .fold(TtlReport::default(), |ttls, server| {
                longest(ttls, server.ttls)
            }),
        availability: availability::assess_availability(&nameservers),
        nameservers: nameservers
            .iter()
            .map(|nameserver| nameserver_findings(nameserver, serials, at))
            .collect(),
    }
}

fn nameserver_findings(
    nameserver: &NameserverFacts<'_>,
    serials: Serials,
    at: Timestamp,
) -> NameserverFindings {
    let servers = nameserver.servers.iter();
    let addresses = servers.map(|server| AddressFindings {
        serial_lag: server
            .serial()
            .zip(serials.newest)
            .and_then(|(serial, newest)| serial.lag_behind(newest)),
        transports_equal: consistency::transports_equal(server),
        signatures_outlive_expire_seconds: server.signatures_outlive_expire(at),
    });
    NameserverFindings {
        nsid_equal: consistency::nsid_equal(nameserver),
        addresses: addresses.collect(),
    }
}

fn nameserver_report(
    plan: &NameserverPlan,
    findings: NameserverFindings,
    reports: Vec<ServerReport>,
) -> NameserverReport {
    let addresses = reports.into_iter().zip(findings.addresses);
    let addresses = addresses.map(|(server, findings)| AddressReport {
        server,
        serial_lag: findings.serial_lag,
        transports_equal: findings.transports_equal,
        signatures_outlive_expire_seconds: findings.signatures_outlive_expire_seconds,
    });
    let nameserver = &plan.nameserver;
    NameserverReport {
        name: plan.plan.target.clone(),
        provider: nameserver.provider.clone(),
        role: nameserver.role,
        hidden: nameserver.hidden,
        nsid_equal: findings.nsid_equal,
        addresses: addresses.collect(),
    }
}

#[cfg(test)]
mod tests;
