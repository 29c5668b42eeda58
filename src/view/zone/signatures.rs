//! What the answers of all addresses show of a zone's keys and signatures, as samples of the zone, and of one address's.

use crate::dnssec::{RolloverState, SecurityStatus};
use crate::report::{DnssecReport, ServerReport, ZoneReport};
use crate::view::catalog::ProbeMetric as M;
use crate::view::formatting::unix_time;
use crate::view::metrics::{add_anchors, add_denials, add_keys, add_signatures};
use crate::view::samples::{LabelledSamples, flag};

/// What has one value for the zone: an address that differs is a difference, or fails.
pub(super) fn add_zone_dnssec(zone: &mut LabelledSamples<'_>, report: &ZoneReport) {
    let reports = || servers(report).filter_map(|server| server.dnssec.as_ref());
    if reports().any(|dnssec| dnssec.earliest_expiration.is_some()) {
        zone.add(
            M::SignatureWarning,
            &[],
            report.signature_warning_seconds.into(),
        );
    }
    if reports().next().is_some() {
        for status in SecurityStatus::NAMES {
            let is_found = reports().any(|dnssec| dnssec.status.as_str() == status);
            zone.add(M::Status, &[&status], flag(is_found));
        }
    }
    add_signatures(zone, reports());
    add_keys(zone, reports().flat_map(|dnssec| &dnssec.keys));
    add_anchors(zone, reports().flat_map(|dnssec| &dnssec.anchors));
    let rollovers = || reports().filter_map(|dnssec| dnssec.rollover);
    if rollovers().next().is_some() {
        for each in RolloverState::ALL {
            let is_found = rollovers().any(|state| state == *each);
            zone.add(M::RolloverState, &[&each.as_str()], flag(is_found));
        }
    }
}

fn servers(report: &ZoneReport) -> impl Iterator<Item = &ServerReport> + Clone {
    let addresses = report
        .nameservers
        .iter()
        .flat_map(|nameserver| &nameserver.addresses);
    addresses.map(|address| &address.server)
}

/// What each address has of its own.
pub(super) fn add_server_dnssec(series: &mut LabelledSamples<'_>, dnssec: &DnssecReport) {
    series.add_if(M::SignaturesValid, dnssec.signatures_valid.map(flag));
    if let Some(reason) = dnssec.status_reason {
        series.add_reason(M::StatusReason, reason);
    }
    series.add_if(
        M::EarliestExpiration,
        dnssec.earliest_expiration.map(unix_time),
    );
    add_denials(series, dnssec);
}
