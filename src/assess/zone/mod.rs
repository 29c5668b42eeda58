//! What the answers of all nameservers of a zone come to together.

mod apex_rrsets;
mod availability;
mod consistency;
mod serials;

use std::time::Duration;

use crate::dns::{Serial, Timestamp};
use crate::plan::{NameserverPlan, ZonePlan};
use crate::report::{AddressReport, NameserverReport, ParentReport, ServerReport, ZoneReport};
use consistency::Findings;

/// `servers` stand in the order of the plan's nameservers.
pub(crate) fn report(
    plan: &ZonePlan,
    servers: Vec<Vec<ServerReport>>,
    parent: Option<ParentReport>,
    at: Timestamp,
    duration: Duration,
) -> ZoneReport {
    let serials = serials::compare(&servers);
    let Findings {
        agreement,
        mut differences,
    } = consistency::compare(plan, &servers, parent.as_ref());
    differences.splice(0..0, serials::differences(plan, &servers, serials));
    let nameservers = plan
        .nameservers
        .iter()
        .zip(servers)
        .map(|(nameserver, servers)| {
            let addresses = servers.into_iter().map(|server| AddressReport {
                serial_lag: serial_of(&server)
                    .zip(serials.newest)
                    .and_then(|(serial, newest)| serial.behind(newest)),
                transports_equal: consistency::transports_equal(&server, &plan.zone),
                signatures_outlive_expire_seconds: signatures_outlive_expire(&server, at),
                server,
            });
            nameserver_report(nameserver, addresses.collect())
        });
    let nameservers: Vec<_> = nameservers.collect();
    ZoneReport {
        zone: plan.zone.clone(),
        module: plan.module.clone(),
        dnssec_policy: plan.dnssec,
        at,
        success: nameservers
            .iter()
            .flat_map(|one| &one.addresses)
            .all(|address| address.server.is_success()),
        duration,
        timeout: plan.timeout,
        differences,
        serials,
        agreement,
        parent,
        reach: availability::count(&nameservers),
        nameservers,
    }
}

fn serial_of(server: &ServerReport) -> Option<Serial> {
    server.authoritys_soa().map(|soa| soa.serial)
}

fn nameserver_report(plan: &NameserverPlan, addresses: Vec<AddressReport>) -> NameserverReport {
    let nameserver = &plan.nameserver;
    NameserverReport {
        name: plan.plan.target.clone(),
        provider: nameserver.provider.clone(),
        role: nameserver.role,
        hidden: nameserver.hidden,
        nsid_equal: consistency::nsid_equal(
            nameserver,
            addresses.iter().map(|address| &address.server),
        ),
        addresses,
    }
}

/// A secondary that can no longer transfer answers until SOA expire is over: its last signature should not be over before
/// (RFC 6781 section 4.4.1).
fn signatures_outlive_expire(server: &ServerReport, at: Timestamp) -> Option<i64> {
    let horizon = server.dnssec.as_ref()?.earliest_expiration?;
    let expire = server.authoritys_soa()?.expire;
    Some(horizon.0 - at.0 - i64::from(expire))
}
