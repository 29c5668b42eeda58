//! A report as blackbox_exporter shows it: its names without labels of ours, so that dashboards and alerts go on.

use std::net::IpAddr;

use prometheus::{GaugeVec, Opts, Registry, TextEncoder};

use super::catalog::{BlackboxMetric as B, MetricDefinition, ProbeMetric as M};
use super::formatting::info_code;
use super::samples::flag;
use crate::reason::Reason;
use crate::report::{BlackboxMeasurements, BlackboxReport, ServerReport, TargetReport};

/// The metrics of one probe by blackbox_exporter's rules.
pub fn blackbox_prometheus(report: &BlackboxReport) -> String {
    // Registering and encoding fail for names that are none, which would fail every test of this view.
    metrics(&report.report, &report.blackbox).unwrap_or_default()
}

fn metrics(
    report: &TargetReport,
    blackbox: &BlackboxMeasurements,
) -> Result<String, prometheus::Error> {
    let registry = Registry::new();
    let durations = family(&registry, B::DnsDuration.definition())?;
    // A look-up that found nothing is no phase of a query.
    let resolve = blackbox
        .address
        .map(|_| blackbox.lookup)
        .unwrap_or_default();
    let phases = [
        ("resolve", resolve),
        ("connect", blackbox.connect),
        ("request", blackbox.request),
    ];
    for (phase, duration) in phases {
        durations
            .with_label_values(&[phase])
            .set(duration.as_secs_f64());
    }
    let [answer, authority, additional] = blackbox.rrs;
    let ip_protocol = match blackbox.address {
        Some(IpAddr::V4(_)) => 4.0,
        Some(IpAddr::V6(_)) => 6.0,
        None => 0.0,
    };
    let plain = [
        (B::AnswerRrs, answer.into()),
        (B::AuthorityRrs, authority.into()),
        (B::AdditionalRrs, additional.into()),
        (B::LookupTime, blackbox.lookup.as_secs_f64()),
        (B::QuerySucceeded, flag(blackbox.query_succeeded)),
        (B::Duration, report.duration.as_secs_f64()),
        (B::IpAddrHash, blackbox.address.map_or(0.0, address_hash)),
        (B::IpProtocol, ip_protocol),
        (B::Success, flag(report.success)),
    ];
    let serial = blackbox.serial.map(|serial| (B::Serial, f64::from(serial)));
    for (metric, value) in plain.into_iter().chain(serial) {
        set(&registry, metric.definition(), value)?;
    }
    set(
        &registry,
        M::Timeout.definition(),
        report.timeout.as_secs_f64(),
    )?;
    report
        .servers
        .iter()
        .try_for_each(|server| add_failures(&registry, server))?;
    TextEncoder::new().encode_to_string(&registry.gather())
}

/// What blackbox_exporter does not tell: why. There is one server, so each family is registered once.
fn add_failures(registry: &Registry, server: &ServerReport) -> Result<(), prometheus::Error> {
    let address = server
        .address
        .map(|address| address.to_string())
        .unwrap_or_default();
    let add = |family: &GaugeVec, reason: Reason| {
        let labels = [
            server.family.as_str(),
            &address,
            reason.as_str(),
            &info_code(reason, ""),
        ];
        family.with_label_values(&labels).set(1.0);
    };
    let failures = family(registry, M::Failure.definition())?;
    server
        .failures
        .iter()
        .for_each(|failure| add(&failures, failure.reason));
    let headlines = family(registry, M::FailureHeadline.definition())?;
    server
        .headline()
        .into_iter()
        .for_each(|headline| add(&headlines, headline.reason));
    Ok(())
}

fn set(
    registry: &Registry,
    definition: &MetricDefinition,
    value: f64,
) -> Result<(), prometheus::Error> {
    family(registry, definition)?
        .with_label_values::<&str>(&[])
        .set(value);
    Ok(())
}

fn family(
    registry: &Registry,
    definition: &MetricDefinition,
) -> Result<GaugeVec, prometheus::Error> {
    let labels: Vec<_> = definition.labels.iter().map(|label| label.name).collect();
    let family = GaugeVec::new(Opts::new(definition.name, definition.help), &labels)?;
    registry.register(Box::new(family.clone()))?;
    Ok(family)
}

/// FNV-1a of 32 bits over the octets of the address, as Go's `fnv.New32a` has it.
fn address_hash(address: IpAddr) -> f64 {
    let fold = |octets: &[u8]| {
        let step = |hash: u32, octet: &u8| (hash ^ u32::from(*octet)).wrapping_mul(16_777_619);
        octets.iter().fold(2_166_136_261, step)
    };
    f64::from(match address {
        IpAddr::V4(address) => fold(&address.octets()),
        IpAddr::V6(address) => fold(&address.octets()),
    })
}
