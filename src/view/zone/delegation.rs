//! The delegation, as Prometheus text: what the parent's servers make of the zone, and where the chain of trust leads.

use crate::report::{ChainReport, ChainStatus, ParentReport, ParentResult, ZoneReport};
use crate::view::catalog::ProbeMetric as M;
use crate::view::formatting::unix_time;
use crate::view::samples::{LabelledSamples, Samples, flag};

/// Adds what the parent and the zones above it give for the zone.
pub(super) fn add_delegation(samples: &mut Samples, report: &ZoneReport) {
    let zone = &mut samples.labelled(&[]);
    zone.add_if(
        M::ZoneParentServersEqual,
        report.agreement.parent_servers_equal.map(flag),
    );
    for (metric, ttl) in [
        (M::DnskeyTtl, report.ttls.dnskey),
        (M::ZoneNsTtl, report.ttls.ns),
        (M::ZoneSoaTtl, report.ttls.soa),
        (M::ZoneMaxTtl, report.ttls.max),
    ] {
        zone.add_if(metric, ttl.map(f64::from));
    }
    for change in &report.early_changes {
        let kind = change.kind.as_str();
        zone.add(M::ZoneRolloverTooEarly, &[&kind], flag(change.too_early));
        if let Some(until) = change.until {
            zone.add(M::ZoneRolloverHeldUntil, &[&kind], unix_time(until));
        }
    }
    if let Some(parent) = &report.parent {
        add_parent(zone, parent);
    }
    if let Some(chain) = &report.chain {
        add_chain(zone, chain);
    }
}

fn add_parent(zone: &mut LabelledSamples<'_>, parent: &ParentReport) {
    let delegates = parent
        .result
        .map(|result| flag(result == ParentResult::Delegates));
    zone.add_if(M::ZoneParentDelegates, delegates);
    zone.add_if(M::DsTtl, parent.ds_ttl.map(f64::from));
    zone.add_if(M::ZoneParentNsTtl, parent.ns_ttl.map(f64::from));
    zone.add_if(M::ZoneParentNsDigest, parent.ns_digest.map(exact));
    zone.add_if(M::ZoneDsDigest, parent.ds_digest.map(exact));
    for (family, answers) in &parent.answering {
        zone.add(M::ZoneParentAnswering, &[&family.as_str()], flag(*answers));
    }
    if parent.servers.is_empty() {
        return;
    }
    for result in ParentResult::ALL {
        let servers = parent.servers.iter();
        let count = servers.filter(|server| server.result == result).count();
        zone.add(
            M::ZoneParentServers,
            &[&result.as_str()],
            u32::try_from(count).unwrap_or(u32::MAX).into(),
        );
    }
}

fn add_chain(zone: &mut LabelledSamples<'_>, chain: &ChainReport) {
    for status in ChainStatus::ALL {
        zone.add(
            M::ZoneChainStatus,
            &[&status.as_str()],
            flag(chain.status == status),
        );
    }
}

/// A digest is less than 2^53.
#[expect(clippy::cast_precision_loss, reason = "48 bits fit a float")]
fn exact(digest: u64) -> f64 {
    digest as f64
}
