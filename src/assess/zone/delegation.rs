//! Whether the delegation leads to the zone, as resolvers follow it: the parent's servers, the names of the nameservers, and
//! the chain of trust.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::assess::parent::has_same_records;
use crate::dns::Name;
use crate::dnssec::ChainOutcome;
use crate::plan::{TrustSource, ZonePlan};
use crate::reason::Reason;
use crate::report::{
    ChainReport, ChainStatus, Delegation, Inconsistency, InconsistencyKind, NsHostReport,
    NsHostResult, ParentReport, ParentResult, ParentServerReport,
};

/// What is wrong with the delegation.
#[derive(Default)]
pub(super) struct DelegationFindings {
    /// Whether all servers of the parent give the same; `None` without two that give anything.
    pub(super) servers_equal: Option<bool>,
    pub(super) differences: Vec<Inconsistency>,
}

/// `zone_ns` is the zone's own NS RRset, `configured` the host names of probes.json where it has all of them.
pub(super) fn assess_delegation(
    plan: &ZonePlan,
    zone_ns: Option<&BTreeSet<Name>>,
    configured: Option<&BTreeSet<Name>>,
    parent: &ParentReport,
) -> DelegationFindings {
    let mut differences = Vec::new();
    let mut add = |kind, detail| {
        differences.push(Inconsistency::of_nameserver(kind, None, detail));
    };
    if let (Some(result), Some(problem)) = (parent.result, &parent.problem)
        && result != ParentResult::Delegates
    {
        let zone = parent.zone.as_ref().map(ToString::to_string);
        let zone = zone.unwrap_or_default();
        add(
            InconsistencyKind::ParentDelegation,
            format!("{zone} does not delegate to any nameserver: {problem}"),
        );
    }
    let differing: Vec<_> = differing_servers(parent).collect();
    for detail in &differing {
        add(InconsistencyKind::ParentServers, detail.clone());
    }
    let definite = parent.servers.iter().filter(|server| is_definite(server));
    for (kind, detail) in name_differences(plan, zone_ns, configured, parent) {
        add(kind, detail);
    }
    for host in &parent.hosts {
        for (kind, detail) in host_differences(plan, host) {
            add(kind, detail);
        }
    }
    DelegationFindings {
        servers_equal: (definite.count() > 1).then_some(differing.is_empty()),
        differences,
    }
}

/// Whether the server shows what the parent has. An error of one server does not: its copy may be the right one.
fn is_definite(server: &ParentServerReport) -> bool {
    match server.result {
        ParentResult::Delegates | ParentResult::NxDomain | ParentResult::NotDelegated => true,
        ParentResult::ServesZone | ParentResult::Failed | ParentResult::Silent => false,
    }
}

/// Each server of the parent that gives something else than most: it has an old copy, or the others do.
fn differing_servers(parent: &ParentReport) -> impl Iterator<Item = String> {
    let reference = Delegation {
        ns: parent.ns.clone(),
        ds: parent.ds.clone(),
        ..Delegation::default()
    };
    let is_delegated = parent.result == Some(ParentResult::Delegates);
    let servers = parent.servers.iter().filter(|server| is_definite(server));
    servers.filter_map(move |server| {
        let detail = match &server.delegation {
            Some(delegation) if has_same_records(delegation, &reference) => return None,
            Some(delegation) => describe_delegation(delegation),
            // If none delegates, that is the finding.
            None if !is_delegated => return None,
            None => server.detail.clone().unwrap_or_default(),
        };
        let (name, address) = (&server.name, server.address.ip());
        let elsewhere = describe_delegation(&reference);
        Some(format!("{name} {address}: {detail}; elsewhere {elsewhere}"))
    })
}

fn describe_delegation(delegation: &Delegation) -> String {
    let ds = if delegation.ds.is_empty() {
        "no DS".to_owned()
    } else {
        let ds: Vec<_> = delegation.ds.iter().map(ToString::to_string).collect();
        format!("DS {}", ds.join(", "))
    };
    format!("NS {}, {ds}", list(&delegation.ns))
}

fn list<'n>(names: impl IntoIterator<Item = &'n Name>) -> String {
    let names: Vec<_> = names.into_iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// A nameserver that nobody but the parent knows may be an attacker's; one that the parent does not have is not asked.
fn name_differences(
    plan: &ZonePlan,
    zone_ns: Option<&BTreeSet<Name>>,
    configured: Option<&BTreeSet<Name>>,
    parent: &ParentReport,
) -> Vec<(InconsistencyKind, String)> {
    if parent.result != Some(ParentResult::Delegates) || zone_ns.or(configured).is_none() {
        return Vec::new();
    }
    let has_listed_address = |name: &Name| {
        let mut hosts = parent.hosts.iter().filter(|host| host.name == *name);
        hosts.any(|host| {
            host.addresses
                .iter()
                .any(|address| is_listed(plan, *address))
        })
    };
    let is_known = |name: &Name| {
        let of_zone = zone_ns.is_some_and(|names| names.contains(name));
        of_zone || configured_host(plan, name) || has_listed_address(name)
    };
    let unknown: Vec<_> = parent.ns.iter().filter(|name| !is_known(name)).collect();
    let missing = zone_ns.into_iter().flatten();
    let missing: Vec<_> = missing.filter(|name| !parent.ns.contains(name)).collect();
    let mut differences = Vec::new();
    if !unknown.is_empty() {
        let detail = format!(
            "the parent delegates to {}, which neither the zone nor probes.json has",
            list(unknown)
        );
        differences.push((InconsistencyKind::ParentUnknownNs, detail));
    }
    if !missing.is_empty() {
        let detail = format!("the zone has {}, the parent does not", list(missing));
        differences.push((InconsistencyKind::ParentMissingNs, detail));
    }
    differences
}

fn is_listed(plan: &ZonePlan, address: IpAddr) -> bool {
    let mut nameservers = plan.nameservers.iter();
    nameservers.any(|nameserver| nameserver.nameserver.addresses.contains(&address))
}

fn configured_host(plan: &ZonePlan, name: &Name) -> bool {
    let mut nameservers = plan.nameservers.iter();
    nameservers.any(|nameserver| nameserver.nameserver.host.as_ref() == Some(name))
}

/// What is wrong with the name of one nameserver of the delegation.
fn host_differences(plan: &ZonePlan, host: &NsHostReport) -> Vec<(InconsistencyKind, String)> {
    let name = &host.name;
    let mut differences = Vec::new();
    match host.result {
        NsHostResult::Found => {}
        NsHostResult::NxDomain => differences.push((
            InconsistencyKind::NsName,
            format!("{name} does not exist (NXDOMAIN)"),
        )),
        NsHostResult::NoAddress => {
            differences.push((InconsistencyKind::NsName, format!("{name} has no address")));
        }
        NsHostResult::Unknown => return differences,
    }
    let mut nameservers = plan.nameservers.iter();
    let configured =
        nameservers.find(|nameserver| nameserver.nameserver.host.as_ref() == Some(name));
    if let Some(configured) = configured.filter(|_| {
        // A question that failed may have had the address that is missing.
        host.result == NsHostResult::Found && host.problem.is_none()
    }) {
        let listed: BTreeSet<_> = configured.nameserver.addresses.iter().collect();
        let found: BTreeSet<_> = host.addresses.iter().collect();
        if listed != found {
            let detail = format!("{name} has {found:?}; {listed:?} in probes.json");
            differences.push((InconsistencyKind::NsAddress, detail));
        }
    }
    let lame = host
        .unlisted
        .iter()
        .filter(|server| server.answers == Some(false));
    for server in lame {
        let detail = format!(
            "{name} {} does not answer for the zone: {}",
            server.address,
            server.detail.as_deref().unwrap_or_default()
        );
        differences.push((InconsistencyKind::NsLame, detail));
    }
    differences
}

/// Where the chain of trust leads; `None` if it does not begin above the zone.
pub(super) fn chain_report(
    trust: &TrustSource,
    outcome: Option<ChainOutcome>,
) -> Option<ChainReport> {
    match trust {
        TrustSource::Chain { .. } => {}
        TrustSource::None | TrustSource::NoResolver { .. } | TrustSource::Pinned(_) => return None,
    }
    Some(match outcome? {
        ChainOutcome::Signed(_) => ChainReport {
            status: ChainStatus::Secure,
            reason: None,
            ends_at: None,
            detail: None,
        },
        ChainOutcome::Ended(end) => ChainReport {
            status: match end.reason {
                _ if end.insecure => ChainStatus::Insecure,
                Reason::ChainBroken => ChainStatus::Broken,
                _ => ChainStatus::Undecided,
            },
            reason: Some(end.reason),
            ends_at: Some(end.at),
            detail: Some(end.detail.to_string()),
        },
    })
}

#[cfg(test)]
#[path = "delegation_tests.rs"]
mod tests;
