//! A zone as a whole as Prometheus text. `signatures` has what all addresses show of its keys and signatures; the counts of
//! records, sizes and header bits of each answer are for the probe of one nameserver.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::cds::add_cds;
use super::delegation::add_delegation;
use super::names::add_names;
use super::signatures::{add_server_dnssec, add_zone_dnssec};
use crate::dns::Family;
use crate::dnssec::SecurityStatus;
use crate::reason::Reason;
use crate::report::{
    AddressReport, Availability, AvailabilityCount, Inconsistency, NameserverReport, ServerReport,
    TransportReport, ZoneReport,
};
use crate::view::catalog::ProbeMetric as M;
use crate::view::formatting::nameserver_role;
use crate::view::metrics::add_phases;
use crate::view::samples::{LabelledSamples, Samples, flag};

/// The metrics of one probe of a zone as a whole.
pub fn zone_prometheus(report: &ZoneReport) -> String {
    let mut samples = Samples::default();
    add_zone(&mut samples.labelled(&[]), report);
    add_cds(&mut samples.labelled(&[]), report);
    add_soa(&mut samples.of_zone(), report);
    add_zone_dnssec(&mut samples.of_zone(), report);
    add_delegation(&mut samples, report);
    add_availability(&mut samples, &report.reach);
    for nameserver in &report.nameservers {
        samples
            .labelled(&[&nameserver.name, provider(nameserver)])
            .add_if(M::ZoneNsidEqual, nameserver.nsid_equal.map(flag));
        for address in &nameserver.addresses {
            add_address(&mut samples, nameserver, address);
            add_server(&mut samples, nameserver, &address.server);
            add_names(&mut samples, nameserver, address);
        }
    }
    for difference in &report.differences {
        add_difference(&mut samples, difference);
    }
    samples.encode()
}

fn add_zone(zone: &mut LabelledSamples<'_>, report: &ZoneReport) {
    zone.add(M::Success, &[], flag(report.success));
    zone.add(M::Duration, &[], report.duration.as_secs_f64());
    zone.add(M::Timeout, &[], report.timeout.as_secs_f64());
    let (serials, agreement) = (report.serials, report.agreement);
    for (metric, holds) in [
        (M::ZoneSerialsComparable, serials.comparable),
        (M::ZoneSerialsEqual, serials.equal),
        (M::ZoneNsEqual, agreement.ns_equal),
        (M::ZoneDnskeysEqual, agreement.dnskeys_equal),
        (M::ZoneConfiguredNsEqual, agreement.configured_ns_equal),
        (M::ZoneParentNsEqual, agreement.parent_ns_equal),
        (M::ZoneGlueEqual, agreement.glue_equal),
    ] {
        zone.add_if(metric, holds.map(flag));
    }
}

/// The timers of the newest version that an authority gave.
fn add_soa(zone: &mut LabelledSamples<'_>, report: &ZoneReport) {
    let addresses = report
        .nameservers
        .iter()
        .flat_map(|nameserver| &nameserver.addresses);
    let mut answering = addresses.filter(|address| address.is_answering());
    let newest = answering
        .clone()
        .find(|address| address.serial() == report.serials.newest)
        .or_else(|| answering.next());
    if let Some(soa) = newest.and_then(|address| address.server.soa.as_ref()) {
        zone.add(M::SoaRefresh, &[], soa.refresh.into());
        zone.add(M::SoaRetry, &[], soa.retry.into());
        zone.add(M::SoaExpire, &[], soa.expire.into());
        zone.add(M::SoaMinimum, &[], soa.minimum.into());
    }
}

fn provider(nameserver: &NameserverReport) -> &str {
    nameserver.provider.as_deref().unwrap_or_default()
}

fn add_availability(samples: &mut Samples, reach: &Availability) {
    add_count(&mut samples.labelled(&[]), M::ZoneServers, reach.servers);
    add_count(
        &mut samples.labelled(&[]),
        M::ZoneProviders,
        reach.providers,
    );
    for (metric, shares) in [
        (M::ZoneAddresses, &reach.addresses),
        (M::ZoneNetworks, &reach.networks),
    ] {
        add_counts(samples, metric, shares);
    }
}

fn add_counts(samples: &mut Samples, metric: M, shares: &BTreeMap<Family, AvailabilityCount>) {
    for (family, share) in shares {
        add_count(&mut samples.labelled(&[family.as_str()]), metric, *share);
    }
}

fn add_count(series: &mut LabelledSamples<'_>, metric: M, share: AvailabilityCount) {
    for (state, count) in [
        ("configured", share.configured),
        ("answering", share.answering),
    ] {
        // probes.json lists no more nameservers than fit 32 bits.
        series.add(
            metric,
            &[&state],
            u32::try_from(count).unwrap_or(u32::MAX).into(),
        );
    }
}

fn add_address(samples: &mut Samples, nameserver: &NameserverReport, address: &AddressReport) {
    let server = &address.server;
    let ip = server
        .address
        .as_ref()
        .map(IpAddr::to_string)
        .unwrap_or_default();
    let series = &mut samples.labelled(&[
        &nameserver.name,
        provider(nameserver),
        server.family.as_str(),
        &ip,
    ]);
    series.add(M::ZoneServerSuccess, &[], flag(server.is_success()));
    series.add_if(M::ZoneServerAnswering, answering(address).map(flag));
    series.add_if(M::ZoneDnssecValid, dnssec_valid(server).map(flag));
    for failure in &server.failures {
        series.add_reason(M::ZoneFailure, failure.reason);
    }
    for warning in &server.warnings {
        series.add(M::ZoneWarning, &[&warning.kind], 1.0);
    }
    let secure = server
        .dnssec
        .as_ref()
        .map(|dnssec| dnssec.status == SecurityStatus::Secure);
    series.add_if(M::ZoneSecure, secure.map(flag));
    series.add_if(
        M::ZoneSerial,
        address.serial().map(|serial| serial.0.into()),
    );
    series.add_if(M::ZoneSerialLag, address.serial_lag.map(f64::from));
    series.add_if(
        M::ZoneVersion,
        server.zone_version.map(|serial| serial.0.into()),
    );
    // Of a zone that a server does not serve it counts nothing down.
    if let Some(seconds) = server.expire_seconds.filter(|_| address.is_answering()) {
        series.add(
            M::ZoneExpire,
            &[&nameserver_role(server.role)],
            seconds.into(),
        );
    }
    let expire_answered = address
        .is_answering()
        .then_some(server.expire_seconds.is_some());
    series.add_if(M::ZoneExpireAnswered, expire_answered.map(flag));
    series.add_if(
        M::ZoneSignaturesOutliveExpire,
        address.signatures_outlive_expire_seconds.map(seconds),
    );
    series.add_if(M::ZoneTransportsEqual, address.transports_equal.map(flag));
    series.add_if(M::ZoneRecursionOffered, server.recursion_offered.map(flag));
    series.add_if(M::ZoneTransferOpen, server.transfer_open.map(flag));
}

/// `None` where the queries could not be sent.
fn answering(address: &AddressReport) -> Option<bool> {
    let mut failures = address.server.failures.iter();
    let could_not_ask = failures.any(|failure| failure.reason == Reason::LocalError);
    let is_answering = address.is_answering();
    (is_answering || !could_not_ask).then_some(is_answering)
}

/// `None` where nothing was there to validate, or this machine could not.
fn dnssec_valid(server: &ServerReport) -> Option<bool> {
    let reasons = || server.failures.iter().map(|failure| failure.reason);
    if reasons().any(|reason| reason.is_about_dnssec() && reason != Reason::DsMismatch) {
        return Some(false);
    }
    let could_not_validate = reasons().any(|reason| reason == Reason::LocalError);
    let dnssec = server.dnssec.as_ref().filter(|_| !could_not_validate)?;
    (dnssec.signed && !dnssec.rrsets.is_empty()).then_some(true)
}

/// What the probe of a target has for this address, as far as alerts and dashboards read it.
fn add_server(samples: &mut Samples, nameserver: &NameserverReport, server: &ServerReport) {
    let family = server.family.as_str();
    let address = server
        .address
        .as_ref()
        .map(IpAddr::to_string)
        .unwrap_or_default();
    let series = &mut samples.of_nameserver(nameserver, &[family, &address]);
    if let Some(headline) = server.headline() {
        series.add_reason(M::FailureHeadline, headline.reason);
    }
    if let Some(nsid) = &server.nsid {
        series.add(M::ServerInfo, &[nsid], 1.0);
    }
    if let Some(dnssec) = &server.dnssec {
        add_server_dnssec(series, dnssec);
    }
    for transport in &server.transports {
        let values = [family, &address, transport.transport.as_str()];
        add_transport(&mut samples.of_nameserver(nameserver, &values), transport);
    }
}

fn add_transport(series: &mut LabelledSamples<'_>, transport: &TransportReport) {
    series.add(M::QuerySucceeded, &[], flag(transport.answered));
    add_phases(series, transport);
    if let Some(response) = &transport.response {
        series.add(M::Rcode, &[&response.rcode], 1.0);
        for error in &response.extended_errors {
            series.add(M::ExtendedError, &[&error.info_code.0], 1.0);
        }
    }
}

fn add_difference(samples: &mut Samples, difference: &Inconsistency) {
    let nameserver = difference.nameserver.as_deref().unwrap_or_default();
    let family = difference.family.map(Family::as_str).unwrap_or_default();
    let address = difference
        .address
        .as_ref()
        .map(IpAddr::to_string)
        .unwrap_or_default();
    samples.labelled(&[nameserver, family, &address]).add(
        M::ZoneDifference,
        &[&difference.what.as_str()],
        1.0,
    );
}

/// Two 32-bit times lie no further apart than a float counts exactly.
fn seconds(seconds: i64) -> f64 {
    crate::view::formatting::unix_time(crate::dns::Timestamp(seconds))
}
