//! A zone as a whole as Prometheus text. What one address answered in full is for the probe of that nameserver to say.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::dns::Family;
use crate::dnssec::SecurityStatus;
use crate::report::{
    AddressReport, Availability, AvailabilityCount, Inconsistency, NameserverReport, ZoneReport,
};
use crate::view::catalog::ProbeMetric as M;
use crate::view::formatting::nameserver_role;
use crate::view::samples::{LabelledSamples, Samples, flag};

/// The metrics of one probe of a zone as a whole.
pub fn zone_prometheus(report: &ZoneReport) -> String {
    let mut samples = Samples::default();
    add_zone(&mut samples.labelled(&[]), report);
    add_availability(&mut samples, &report.reach);
    for nameserver in &report.nameservers {
        samples
            .labelled(&[&nameserver.name])
            .add_if(M::ZoneNsidEqual, nameserver.nsid_equal.map(flag));
        for address in &nameserver.addresses {
            add_address(&mut samples, nameserver, address);
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
    let series = &mut samples.labelled(&[&nameserver.name, server.family.as_str(), &ip]);
    series.add(M::ZoneServerSuccess, &[], flag(server.is_success()));
    for failure in &server.failures {
        series.add_reason(M::ZoneFailure, failure.reason);
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
