//! Which addresses of a target are asked, and what is reported of a family that has none.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::dns::Family;
use crate::plan::{TargetLocation, TargetPlan};
use crate::reason::{Failure, Reason};
use crate::report::ServerReport;

/// The addresses in the families that `plan` wants, each once.
pub(crate) fn wanted_addresses(plan: &TargetPlan, addresses: &[IpAddr]) -> Vec<IpAddr> {
    let families = plan.families.members();
    let of_families = addresses
        .iter()
        .filter(|address| families.contains(&Family::of_address(address)))
        .copied();
    of_families.collect::<BTreeSet<_>>().into_iter().collect()
}

/// A literal address or a list of them wants the families that it has; a host name wants what was asked for.
pub(crate) fn families_without_address(
    plan: &TargetPlan,
    addresses: &[IpAddr],
) -> Vec<ServerReport> {
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

pub(crate) fn report_families(
    plan: &TargetPlan,
    reason: Reason,
    detail: &str,
) -> impl Iterator<Item = ServerReport> {
    plan.families.members().iter().map(move |&family| {
        ServerReport::not_queried(family, plan.port, plan.role, Failure::new(reason, detail))
    })
}
