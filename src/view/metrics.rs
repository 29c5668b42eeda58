//! A report as Prometheus text: each series stands for something that was measured, and each is written once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::net::IpAddr;

use prometheus::TEXT_FORMAT;

use super::catalog::ProbeMetric as M;
use super::formatting::{nameserver_role, unix_time};
use super::samples::{LabelledSamples, Samples, flag};
use crate::dns::Timestamp;
use crate::dnssec::{RolloverState, SecurityStatus};
use crate::report::{
    AnchorReport, DnssecReport, KeyReport, ResponseReport, RrsetReport, RrsigReport, ServerReport,
    TargetReport, TransportReport, Validity,
};

/// The media type of [`prometheus()`]: text 0.0.4, which every scraper reads.
pub const PROMETHEUS_CONTENT_TYPE: &str = TEXT_FORMAT;

/// The metrics of one probe.
pub fn prometheus(report: &TargetReport) -> String {
    let mut samples = Samples::default();
    add_probe(&mut samples, report);
    for server in &report.servers {
        add_server(&mut samples, server);
    }
    samples.encode()
}

fn add_probe(samples: &mut Samples, report: &TargetReport) {
    let probe = &mut samples.labelled(&[]);
    probe.add(M::Success, &[], flag(report.success));
    probe.add(M::Duration, &[], report.duration.as_secs_f64());
    probe.add(M::Timeout, &[], report.timeout.as_secs_f64());
    let mut dnssec = report
        .servers
        .iter()
        .filter_map(|server| server.dnssec.as_ref());
    if dnssec.any(|dnssec| dnssec.earliest_expiration.is_some()) {
        probe.add(
            M::SignatureWarning,
            &[],
            report.signature_warning_seconds.into(),
        );
    }
    probe.add_if(
        M::LookupTime,
        report.lookup_time.map(|time| time.as_secs_f64()),
    );
}

fn add_server(samples: &mut Samples, server: &ServerReport) {
    let family = server.family.as_str();
    let address = server
        .address
        .as_ref()
        .map(IpAddr::to_string)
        .unwrap_or_default();
    let server_series = &mut samples.labelled(&[family, &address]);
    for failure in &server.failures {
        server_series.add_reason(M::Failure, failure.reason);
    }
    if let Some(headline) = server.headline() {
        server_series.add_reason(M::FailureHeadline, headline.reason);
    }
    for warning in &server.warnings {
        server_series.add(M::Warning, &[&warning.kind], 1.0);
    }
    if let Some(nsid) = &server.nsid {
        server_series.add(M::ServerInfo, &[nsid], 1.0);
    }
    if let Some(soa) = &server.soa {
        server_series.add(M::Serial, &[], soa.serial.0.into());
        server_series.add(M::SoaRefresh, &[], soa.refresh.into());
        server_series.add(M::SoaRetry, &[], soa.retry.into());
        server_series.add(M::SoaExpire, &[], soa.expire.into());
        server_series.add(M::SoaMinimum, &[], soa.minimum.into());
    }
    if let Some(seconds) = server.expire_seconds {
        server_series.add(M::Expire, &[&nameserver_role(server.role)], seconds.into());
    }
    server_series.add_if(
        M::Version,
        server.zone_version.map(|serial| serial.0.into()),
    );
    server_series.add_if(M::RecursionOffered, server.recursion_offered.map(flag));
    server_series.add_if(M::TransferOpen, server.transfer_open.map(flag));
    if let Some(dnssec) = &server.dnssec {
        add_dnssec(server_series, dnssec);
    }
    for transport in &server.transports {
        add_transport(
            &mut samples.labelled(&[family, &address, transport.transport.as_str()]),
            transport,
        );
    }
}

fn add_transport(series: &mut LabelledSamples<'_>, transport: &TransportReport) {
    series.add(M::QuerySucceeded, &[], flag(transport.answered));
    series.add(M::IgnoredResponses, &[], transport.ignored_responses.into());
    add_phases(series, transport);
    if let Some(response) = &transport.response {
        add_response(series, response);
    }
}

/// How long each phase of the exchange took.
pub(super) fn add_phases(series: &mut LabelledSamples<'_>, transport: &TransportReport) {
    for (phase, duration) in [
        ("connect", transport.connect),
        ("request", transport.request),
    ] {
        if let Some(duration) = duration {
            series.add(M::DnsDuration, &[&phase], duration.as_secs_f64());
        }
    }
}

fn add_response(series: &mut LabelledSamples<'_>, response: &ResponseReport) {
    let flags = response.flags;
    series.add(M::Rcode, &[&response.rcode], 1.0);
    for (name, set) in [
        ("aa", flags.aa),
        ("tc", flags.tc),
        ("ra", flags.ra),
        ("ad", flags.ad),
    ] {
        series.add(M::Flag, &[&name], flag(set));
    }
    series.add(M::AnswerRrs, &[], response.answer_rrs.into());
    series.add(M::AuthorityRrs, &[], response.authority_rrs.into());
    series.add(M::AdditionalRrs, &[], response.additional_rrs.into());
    // A DNS message has at most 65,535 octets.
    series.add(
        M::ResponseSize,
        &[],
        u32::try_from(response.size_bytes)
            .unwrap_or(u32::MAX)
            .into(),
    );
    series.add_if(M::EdnsUdpSize, response.edns_udp_size_bytes.map(f64::from));
    for error in &response.extended_errors {
        series.add(M::ExtendedError, &[&error.info_code.0], 1.0);
    }
}

/// Keys and signatures of one address that become series: a zone in a rollover has a handful, and a server must not
/// decide how large a scrape gets. The other views show all.
const MAX_KEY_SERIES: usize = 64;
const MAX_SIGNATURE_SERIES: usize = 256;

fn add_dnssec(series: &mut LabelledSamples<'_>, dnssec: &DnssecReport) {
    series.add_if(M::SignaturesValid, dnssec.signatures_valid.map(flag));
    for word in SecurityStatus::NAMES {
        series.add(M::Status, &[&word], flag(dnssec.status.as_str() == word));
    }
    if let Some(reason) = dnssec.status_reason {
        series.add_reason(M::StatusReason, reason);
    }
    series.add_if(
        M::EarliestExpiration,
        dnssec.earliest_expiration.map(unix_time),
    );
    add_signatures(series, std::iter::once(dnssec));
    add_keys(series, &dnssec.keys);
    add_anchors(series, &dnssec.anchors);
    if let Some(state) = dnssec.rollover {
        for each in RolloverState::ALL {
            series.add(M::RolloverState, &[&each.as_str()], flag(*each == state));
        }
    }
    add_denials(series, dnssec);
}

/// The signatures that these reports show together.
pub(super) fn add_signatures<'r>(
    series: &mut LabelledSamples<'_>,
    reports: impl Iterator<Item = &'r DnssecReport>,
) {
    let rrsets = reports.flat_map(|dnssec| &dnssec.rrsets);
    let signatures = signatures(rrsets).into_iter().take(MAX_SIGNATURE_SERIES);
    for ((type_covered, key_tag, algorithm), signature) in signatures {
        let labels: [&dyn Display; 3] = [&type_covered, &key_tag, &algorithm];
        match signature.validity {
            Validity::Valid => series.add(M::RrsigValid, &labels, 1.0),
            Validity::Invalid => series.add(M::RrsigValid, &labels, 0.0),
            Validity::Undecided => {}
        }
        series.add(M::RrsigExpiration, &labels, unix_time(signature.expiration));
        series.add(M::RrsigInception, &labels, unix_time(signature.inception));
    }
}

/// The keys that are served.
pub(super) fn add_keys<'r>(
    series: &mut LabelledSamples<'_>,
    keys: impl IntoIterator<Item = &'r KeyReport>,
) {
    let keys: BTreeSet<_> = keys
        .into_iter()
        .map(|key| {
            let bits = key.bits.map(|bits| bits.to_string()).unwrap_or_default();
            (key.key_tag, key.algorithm.0, key.role.as_str(), bits)
        })
        .collect();
    for (key_tag, algorithm, role, bits) in keys.into_iter().take(MAX_KEY_SERIES) {
        series.add(M::DnskeyInfo, &[&key_tag, &algorithm, &role, &bits], 1.0);
    }
}

/// The DS records that the keys are compared with.
pub(super) fn add_anchors<'r>(
    series: &mut LabelledSamples<'_>,
    anchors: impl IntoIterator<Item = &'r AnchorReport>,
) {
    let anchors: BTreeSet<_> = anchors
        .into_iter()
        .filter_map(|anchor| {
            let matched = anchor.matched.map(|matched| matched.to_string());
            let digest_type = anchor.digest_type?.0;
            let key = (anchor.key_tag, anchor.algorithm.0);
            Some((key, digest_type, matched.unwrap_or_default()))
        })
        .collect();
    for ((key_tag, algorithm), digest_type, matched) in anchors.into_iter().take(MAX_KEY_SERIES) {
        let labels: [&dyn Display; 4] = [&key_tag, &algorithm, &digest_type, &matched];
        series.add(M::DsInfo, &labels, 1.0);
    }
}

/// Of one kind the worst counts; what could not be told counts for nothing.
pub(super) fn add_denials(series: &mut LabelledSamples<'_>, dnssec: &DnssecReport) {
    let decided = dnssec
        .denials
        .iter()
        .filter(|denial| denial.held != Validity::Undecided);
    // A probe asks for a dozen at the most.
    let tested = u32::try_from(decided.clone().count()).unwrap_or(u32::MAX);
    series.add_if(M::DenialsTested, (tested > 0).then(|| tested.into()));
    let mut kinds = BTreeMap::new();
    for denial in decided {
        *kinds.entry(denial.kind).or_insert(true) &= denial.held == Validity::Valid;
    }
    for (kind, valid) in kinds {
        series.add(M::DenialValid, &[&kind.as_str()], flag(valid));
    }
}

/// What the series of one set of labels say.
#[derive(Clone, Copy)]
struct SignatureSeries {
    validity: Validity,
    expiration: Timestamp,
    inception: Timestamp,
}

impl SignatureSeries {
    fn of(rrsig: &RrsigReport) -> Self {
        Self {
            validity: rrsig.held,
            expiration: rrsig.expiration,
            inception: rrsig.inception,
        }
    }

    /// Of two signatures over one RRset: one that verifies is enough (RFC 6840 section 5.4), and the later one lasts.
    fn best(self, second: Self) -> Self {
        let rank = |signature: Self| {
            (
                validity_rank(signature.validity),
                signature.expiration,
                signature.inception,
            )
        };
        if rank(second) > rank(self) {
            second
        } else {
            self
        }
    }

    /// Of two RRsets, each is needed: what holds of one alone does not hold, and the first to expire counts.
    fn worst(self, second: Self) -> Self {
        let validity = if validity_rank(second.validity) < validity_rank(self.validity) {
            second.validity
        } else {
            self.validity
        };
        let ends = |signature: Self| (signature.expiration, signature.inception);
        let earliest = if ends(second) < ends(self) {
            second
        } else {
            self
        };
        Self {
            validity,
            ..earliest
        }
    }
}

const fn validity_rank(validity: Validity) -> u8 {
    match validity {
        Validity::Invalid => 0,
        Validity::Undecided => 1,
        Validity::Valid => 2,
    }
}

/// Type covered, key tag, algorithm: not unique, since tags collide and an address answers for more than one RRset of a type.
type SignatureLabels = (String, u16, u8);

fn signatures<'r>(
    rrsets: impl Iterator<Item = &'r RrsetReport>,
) -> BTreeMap<SignatureLabels, SignatureSeries> {
    let mut all = BTreeMap::new();
    for rrset in rrsets {
        let mut of_rrset = BTreeMap::new();
        for rrsig in &rrset.rrsigs {
            let labels = (rrsig.type_covered, rrsig.key_tag, rrsig.algorithm);
            merge_series(
                &mut of_rrset,
                labels,
                SignatureSeries::of(rrsig),
                SignatureSeries::best,
            );
        }
        for ((type_covered, key_tag, algorithm), signature) in of_rrset {
            let labels = (type_covered.to_string(), key_tag, algorithm.0);
            merge_series(&mut all, labels, signature, SignatureSeries::worst);
        }
    }
    all
}

fn merge_series<K: Ord>(
    series: &mut BTreeMap<K, SignatureSeries>,
    key: K,
    new: SignatureSeries,
    choose: fn(SignatureSeries, SignatureSeries) -> SignatureSeries,
) {
    series
        .entry(key)
        .and_modify(|old| *old = choose(*old, new))
        .or_insert(new);
}
