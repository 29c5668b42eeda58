//! No series stands twice, whatever a report holds; what was not measured is absent; every metric can be seen.

use std::collections::{BTreeMap, HashSet};

use outsidein::dns::{
    Algorithm, DigestType, ExtendedError, Family, InfoCode, Rcode, RrType, Timestamp, Transport,
};
use outsidein::dnssec::{RolloverState, SecurityStatus};
use outsidein::drill::DrillStatus;
use outsidein::reason::{Failure, Reason};
use outsidein::report::{
    AnyReport, BlackboxMeasurements, BlackboxReport, DenialKind, DnssecReport, KeyReport, KeyRole,
    RrsetReport, RrsigReport, ServerReport, TargetReport, Validity,
};
use outsidein::server::ExporterMetrics;
use outsidein::view::catalog::{BlackboxMetric, ExporterMetric, MetricDefinition, ProbeMetric};
use outsidein::view::{self, prometheus};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::fixtures::{
    self, AT, after, denial, dnssec, ds, key, name, report, rrset, rrsig, server, udp,
};
use super::zone;

/// The value of each series; fails where one stands twice.
fn series(text: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        value.parse::<f64>().unwrap();
        assert!(
            all.insert(series.to_owned(), value.to_owned()).is_none(),
            "twice: {series}"
        );
    }
    all
}

fn report_of(rrsets: Vec<RrsetReport>, keys: Vec<KeyReport>) -> TargetReport {
    let dnssec = DnssecReport {
        status: SecurityStatus::Secure,
        status_reason: None,
        rrsets,
        keys,
        ..dnssec()
    };
    report(
        "healthy.test.",
        true,
        vec![ServerReport {
            dnssec: Some(dnssec),
            ..server(Some("192.0.2.1"))
        }],
    )
}

fn signature(validity: Validity, expires_after: i64) -> RrsigReport {
    rrsig(RrType::SOA, 1, after(expires_after), validity, None)
}

fn of_rrset(owner: &str, rrsigs: Vec<RrsigReport>) -> RrsetReport {
    rrset(&name(owner), RrType::SOA, Validity::Valid, None, rrsigs)
}

/// Of the one set of labels: valid, expiration and inception as seconds after `AT`.
fn merged(rrsets: Vec<RrsetReport>) -> (Option<i64>, i64, i64) {
    let all = series(&prometheus(&report_of(rrsets, Vec::new())));
    let labels = "{family=\"ipv4\",address=\"192.0.2.1\",type_covered=\"SOA\",key_tag=\"1\",algorithm=\"13\"}";
    let value = |metric: ProbeMetric| {
        all.get(&format!("{}{labels}", metric.definition().name))
            .map(|value| value.parse().unwrap())
    };
    let seconds = |metric| value(metric).map(|time: i64| time - AT.0).unwrap();
    (
        value(ProbeMetric::RrsigValid),
        seconds(ProbeMetric::RrsigExpiration),
        seconds(ProbeMetric::RrsigInception),
    )
}

const TERM: i64 = 14 * 86_400;

#[test]
fn best_signature_of_an_rrset_counts() {
    use Validity::{Invalid, Undecided, Valid};
    for (signatures, expected) in [
        (
            vec![signature(Invalid, 900), signature(Valid, 100)],
            (Some(1), 100),
        ),
        (
            vec![signature(Valid, 100), signature(Invalid, 900)],
            (Some(1), 100),
        ),
        (
            vec![signature(Valid, 100), signature(Valid, 200)],
            (Some(1), 200),
        ),
        (
            vec![signature(Invalid, 100), signature(Invalid, 200)],
            (Some(0), 200),
        ),
        (
            vec![signature(Undecided, 100), signature(Invalid, 200)],
            (None, 100),
        ),
        (vec![signature(Undecided, 100)], (None, 100)),
    ] {
        let (valid, expiration, inception) = merged(vec![of_rrset("healthy.test.", signatures)]);
        assert_eq!((valid, expiration), expected);
        assert_eq!(inception, expiration - TERM);
    }
}

#[test]
fn worst_rrset_or_transport_counts() {
    use Validity::{Invalid, Undecided, Valid};
    for (first, second_rrset, expected) in [
        ((Valid, 100), (Valid, 200), (Some(1), 100)),
        ((Valid, 100), (Invalid, 200), (Some(0), 100)),
        ((Invalid, 200), (Valid, 100), (Some(0), 100)),
        ((Undecided, 50), (Valid, 100), (None, 50)),
        ((Undecided, 150), (Invalid, 100), (Some(0), 100)),
    ] {
        let rrset = of_rrset("healthy.test.", vec![signature(first.0, first.1)]);
        let owner = of_rrset(
            "www.healthy.test.",
            vec![signature(second_rrset.0, second_rrset.1)],
        );
        let transport = RrsetReport {
            transport: Transport::Tcp,
            ..of_rrset(
                "healthy.test.",
                vec![signature(second_rrset.0, second_rrset.1)],
            )
        };
        for second in [owner, transport] {
            let (valid, expiration, inception) = merged(vec![one_again(&rrset), second]);
            assert_eq!((valid, expiration), expected);
            assert_eq!(inception, expiration - TERM);
        }
    }
}

fn one_again(rrset: &RrsetReport) -> RrsetReport {
    let rrsigs = rrset
        .rrsigs
        .iter()
        .map(|rrsig| signature(rrsig.held, rrsig.expiration.0 - AT.0))
        .collect();
    of_rrset("healthy.test.", rrsigs)
}

#[test]
fn duplicate_keys_and_colliding_tags_are_distinguished() {
    let first_key = key(1, KeyRole::Zsk, Algorithm::RSASHA256, Some(2_048));
    let keys = vec![
        first_key.clone(),
        key(1, KeyRole::Zsk, Algorithm::RSASHA256, Some(1_024)),
        first_key,
    ];
    let all = series(&prometheus(&report_of(Vec::new(), keys)));
    assert_eq!(
        all.keys()
            .filter(|series| series.starts_with("probe_dnssec_dnskey_info"))
            .count(),
        2
    );
}

#[test]
fn exactly_one_status_is_1() {
    let text = prometheus(&report_of(Vec::new(), Vec::new()));
    for (status, value) in [
        ("secure", 1),
        ("insecure", 0),
        ("bogus", 0),
        ("indeterminate", 0),
    ] {
        let line = format!(
            "probe_dnssec_status{{family=\"ipv4\",address=\"192.0.2.1\",status=\"{status}\"}} {value}\n"
        );
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn unmeasured_values_are_absent() {
    let mut silent = udp(1);
    (silent.answered, silent.request, silent.response) = (false, None, None);
    let server = ServerReport {
        failures: vec![
            Failure::new(Reason::Timeout, "first"),
            Failure::new(Reason::Timeout, "second"),
        ],
        transports: vec![silent],
        ..server(Some("192.0.2.1"))
    };
    let all = series(&prometheus(&report("healthy.test.", false, vec![server])));
    let labels = "family=\"ipv4\",address=\"192.0.2.1\"";
    let expected = [
        "probe_success".to_owned(),
        "probe_duration_seconds".to_owned(),
        "probe_timeout_seconds".to_owned(),
        format!("probe_failure{{{labels},reason=\"timeout\",info_code=\"22\"}}"),
        format!("probe_failure_headline{{{labels},reason=\"timeout\",info_code=\"22\"}}"),
        format!("probe_dns_query_succeeded{{{labels},transport=\"udp\"}}"),
        format!("probe_dns_ignored_responses{{{labels},transport=\"udp\"}}"),
    ];
    assert_eq!(
        all.keys().cloned().collect::<HashSet<_>>(),
        HashSet::from(expected)
    );
}

#[test]
fn family_without_address_has_an_empty_label() {
    let server = ServerReport {
        failures: vec![Failure::new(Reason::NoAddress, "no AAAA")],
        ..server(None)
    };
    let text = prometheus(&report("healthy.test.", false, vec![server]));
    let labels = "family=\"ipv6\",address=\"\",reason=\"no_address\",info_code=\"\"";
    for metric in ["probe_failure", "probe_failure_headline"] {
        assert!(
            text.contains(&format!("\n{metric}{{{labels}}} 1\n")),
            "{text}"
        );
    }
}

#[test]
fn every_blackbox_metric_is_always_present() {
    let mut report = fixtures::blackbox();
    let names = |report: &BlackboxReport| -> Vec<_> {
        let text = view::blackbox_prometheus(report);
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
        lines.map(str::to_owned).collect()
    };
    let theirs: Vec<_> = BlackboxMetric::ALL
        .iter()
        .map(|metric| metric.definition().name)
        .collect();
    let metric_names = names(&report);
    assert!(
        theirs
            .iter()
            .all(|name| metric_names.iter().any(|other| other == name)),
        "{metric_names:?}"
    );
    report.blackbox = BlackboxMeasurements::default();
    let metric_names = names(&report);
    let missing: Vec<_> = theirs
        .iter()
        .filter(|name| !metric_names.iter().any(|other| other == *name))
        .collect();
    assert_eq!(missing, [&"probe_dns_serial"], "of a type that has none");
}

#[test]
fn every_catalog_metric_is_rendered() {
    let targets = prometheus(&fixtures::healthy()) + &prometheus(&fixtures::expired());
    let probes = targets + &view::zone_prometheus(&zone::diverged());
    for metric in ProbeMetric::ALL {
        assert_seen(&probes, metric.definition());
    }
    let exporter = ExporterMetrics::new("0.1.0", None).unwrap();
    exporter.record_http_request(400, "/probe");
    exporter.record_config_reload(Some(&fixtures::five_zones()), AT);
    exporter.record_resolvers([("192.0.2.53:53".parse().unwrap(), true)]);
    exporter.record_drill(Some(&DrillStatus {
        interval_seconds: 86_400,
        deadline_seconds: 600,
        last_start: Some(AT),
        last_arrival: Some(AT),
        last_successful: Some(false),
    }));
    let text = exporter.encode(std::time::SystemTime::UNIX_EPOCH);
    for metric in ExporterMetric::ALL {
        assert_seen(&text, metric.definition());
    }
}

fn assert_seen(
    text: &str,
    MetricDefinition {
        name, help, kind, ..
    }: &MetricDefinition,
) {
    assert!(
        text.contains(&format!(
            "# HELP {name} {help}\n# TYPE {name} {}\n",
            kind.as_str()
        )),
        "{name} is never rendered"
    );
}

#[test]
fn exporter_metrics_are_counted() {
    let exporter = ExporterMetrics::new("0.1.0", None).unwrap();
    let before = series(&exporter.encode(std::time::SystemTime::UNIX_EPOCH));
    assert!(
        !before
            .keys()
            .any(|series| series.starts_with("outsidein_config")),
        "not read yet: {before:?}"
    );
    let running = exporter.start_probe();
    assert_eq!(
        series(&exporter.encode(std::time::SystemTime::UNIX_EPOCH))["outsidein_probes_in_flight"],
        "1"
    );
    let mut expired = fixtures::expired();
    expired.servers[0]
        .failures
        .push(Failure::new(Reason::SignatureExpired, "once more"));
    exporter.record_probe(&AnyReport::Target(expired));
    drop(running);
    exporter.record_config_reload(Some(&fixtures::five_zones()), AT);
    exporter.record_resolvers([("192.0.2.53:53".parse().unwrap(), true)]);
    exporter.record_config_reload(None, after(60));
    exporter.record_http_request(400, "/probe");
    let after = series(&exporter.encode(std::time::SystemTime::UNIX_EPOCH));
    for (series, value) in [
        ("outsidein_build_info{revision=\"\",version=\"0.1.0\"}", "1"),
        ("outsidein_probes_in_flight", "0"),
        ("outsidein_probes_total{result=\"failure\"}", "1"),
        ("outsidein_probes_total{result=\"success\"}", "0"),
        (
            "outsidein_probe_failures_total{reason=\"signature_expired\"}",
            "1",
        ),
        ("outsidein_probe_failures_total{reason=\"timeout\"}", "0"),
        ("outsidein_probe_duration_seconds_count", "1"),
        ("outsidein_probe_duration_seconds_bucket{le=\"0.025\"}", "1"),
        ("outsidein_probe_duration_seconds_bucket{le=\"0.01\"}", "0"),
        ("outsidein_config_last_reload_successful", "0"),
        (
            "outsidein_config_last_reload_success_timestamp_seconds",
            "1795348800",
        ),
        ("outsidein_config_scrape_targets", "5"),
        ("outsidein_config_resolvers", "2"),
        ("outsidein_resolver_up{resolver=\"192.0.2.53:53\"}", "1"),
        (
            "outsidein_http_requests_total{code=\"400\",handler=\"/probe\"}",
            "1",
        ),
    ] {
        assert_eq!(
            after.get(series).map(String::as_str),
            Some(value),
            "{series} in {after:#?}"
        );
    }
    assert!(after.contains_key("process_resident_memory_bytes"));
}

fn rrsig_reports() -> impl Strategy<Value = RrsigReport> {
    let types = select(&[RrType::SOA, RrType::DNSKEY, RrType(65_280)][..]);
    let validity = select(&[Validity::Valid, Validity::Invalid, Validity::Undecided][..]);
    (types, 0..3_u16, select(&[8, 13][..]), -5..5_i64, validity).prop_map(
        |(rtype, tag, algorithm, expires, validity)| RrsigReport {
            algorithm: Algorithm(algorithm),
            ..rrsig(rtype, tag, after(expires), validity, None)
        },
    )
}

fn dnssec_reports() -> impl Strategy<Value = DnssecReport> {
    let owners = select(&["healthy.test.", "www.healthy.test."][..]);
    let rrsets =
        (owners, vec(rrsig_reports(), 0..4)).prop_map(|(owner, rrsigs)| of_rrset(owner, rrsigs));
    let roles = select(&[KeyRole::Ksk, KeyRole::Zsk, KeyRole::Csk][..]);
    let keys = (0..3_u16, roles, option::of(0..2_usize))
        .prop_map(|(tag, role, bits)| key(tag, role, Algorithm(13), bits));
    let anchors = (0..2_u16, 1..3_u8, option::of(any::<bool>()))
        .prop_map(|(tag, digest_type, matched)| ds(tag, DigestType(digest_type), matched));
    let kinds = select(
        &[
            DenialKind::Nxdomain,
            DenialKind::Nodata,
            DenialKind::Wildcard,
        ][..],
    );
    let helds = select(&[Validity::Valid, Validity::Invalid, Validity::Undecided][..]);
    let denials = (kinds, helds).prop_map(|(kind, validity)| denial(kind, validity, None));
    let parent = (
        vec(anchors, 0..4),
        option::of(select(RolloverState::ALL)),
        vec(denials, 0..4),
    );
    (
        vec(rrsets, 0..4),
        vec(keys, 0..4),
        option::of(any::<bool>()),
        option::of(any::<i64>()),
        parent,
    )
        .prop_map(
            |(rrsets, keys, signatures_valid, horizon, (anchors, rollover, denials))| {
                DnssecReport {
                    anchors,
                    rollover,
                    denials,
                    signatures_valid,
                    status: SecurityStatus::Bogus(Reason::DnskeyMissing),
                    earliest_expiration: horizon.map(Timestamp),
                    rrsets,
                    keys,
                    ..dnssec()
                }
            },
        )
}

fn servers() -> impl Strategy<Value = ServerReport> {
    let addresses = select(
        &[
            None,
            Some("192.0.2.1"),
            Some("192.0.2.2"),
            Some("2001:db8::1"),
        ][..],
    );
    let transports =
        vec((any::<bool>(), any::<u16>(), vec(0..3_u16, 0..3)), 0..3).prop_map(|transports| {
            let transport = |(tcp, rcode, errors): (bool, u16, Vec<u16>)| {
                let mut transport = udp(1);
                transport.transport = if tcp { Transport::Tcp } else { Transport::Udp };
                let response = transport.response.as_mut().unwrap();
                response.rcode = Rcode(rcode);
                let error = |code| ExtendedError {
                    info_code: InfoCode(code),
                    extra_text: String::new(),
                };
                response.extended_errors = errors.into_iter().map(error).collect();
                transport
            };
            transports.into_iter().map(transport).collect::<Vec<_>>()
        });
    let failures = vec(select(Reason::ALL), 0..4);
    let nsid = option::of("(?s).{0,8}");
    (
        addresses,
        transports,
        failures,
        nsid,
        option::of(dnssec_reports()),
    )
        .prop_map(|(address, transports, failures, nsid, dnssec)| {
            let failures = failures
                .into_iter()
                .map(|reason| Failure::new(reason, "seen"))
                .collect();
            ServerReport {
                transports,
                failures,
                nsid,
                dnssec,
                ..server(address)
            }
        })
}

/// The names of a series' labels; values may hold anything but an unescaped quote.
fn label_names(series: &str) -> Vec<String> {
    let Some((_, labels)) = series.split_once('{') else {
        return Vec::new();
    };
    let mut names = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for char in labels.trim_end_matches('}').chars() {
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(String::new()),
            '=' if !quoted => {}
            _ if !quoted => names.last_mut().unwrap().push(char),
            _ => {}
        }
    }
    names
}

proptest! {
    #[test]
    fn series_are_unique_and_have_catalog_labels(servers in vec(servers(), 0..4)) {
        let report = report("healthy.test.", false, servers);
        for series in series(&prometheus(&report)).into_keys() {
            let name = series.split('{').next().unwrap();
            let metric = ProbeMetric::ALL.iter().find(|metric| metric.definition().name == name).unwrap();
            let labels: Vec<_> = metric.definition().labels.iter().map(|label| label.name).collect();
            prop_assert_eq!(label_names(&series), labels, "{}", series);
        }
    }

    #[test]
    fn report_order_does_not_affect_the_output(servers in vec(servers(), 0..4)) {
        // One entry for an address and for a transport to it, as the probe writes them.
        let mut seen = HashSet::new();
        let mut servers: Vec<_> = servers.into_iter().filter(|server| seen.insert((server.family, server.address))).collect();
        for server in &mut servers {
            let mut seen = HashSet::new();
            server.transports.retain(|transport| seen.insert(transport.transport));
        }
        let mut report = report("healthy.test.", false, servers);
        let text = prometheus(&report);
        report.servers.reverse();
        for server in &mut report.servers {
            server.transports.reverse();
            server.failures.reverse();
            if let Some(dnssec) = &mut server.dnssec {
                dnssec.keys.reverse();
                dnssec.rrsets.reverse();
                dnssec.rrsets.iter_mut().for_each(|rrset| rrset.rrsigs.reverse());
            }
        }
        prop_assert_eq!(text, prometheus(&report));
    }

    #[test]
    fn every_view_renders_any_report(servers in vec(servers(), 0..4)) {
        let report = report("healthy.test.", false, servers);
        prop_assert!(view::text(&report).lines().all(|line| !line.ends_with(' ') && !line.chars().any(char::is_control)));
        prop_assert!(view::debug(&report).contains("\n--- metrics\n"));
        let json: serde_json::Value = serde_json::from_str(&view::json(&report)).unwrap();
        prop_assert_eq!(json["servers"].as_array().map(Vec::len), Some(report.servers.len()));
        prop_assert!(report.servers.iter().all(|server| server.address.is_some() || server.family == Family::Ipv6));
    }
}

#[test]
fn series_count_is_bounded() {
    let apex = name("many.test.");
    let keys = (0..1000)
        .map(|tag| key(tag, KeyRole::Zsk, Algorithm::ED25519, Some(256)))
        .collect();
    let signatures = (0..1000)
        .map(|tag| rrsig(RrType::SOA, tag, after(60), Validity::Valid, None))
        .collect();
    let rrsets = vec![rrset(&apex, RrType::SOA, Validity::Valid, None, signatures)];
    let text = prometheus(&report_of(rrsets, keys));
    let count = |metric: &str| text.lines().filter(|line| line.starts_with(metric)).count();
    assert_eq!(count("probe_dnssec_dnskey_info{"), 64);
    assert_eq!(count("probe_dnssec_rrsig_valid{"), 256);
}

/// The value of one series of a report on these anchors and denials.
#[test]
fn undecided_parent_and_denial_values_are_absent() {
    let anchors = vec![
        ds(1, DigestType::SHA_256, Some(false)),
        ds(1, DigestType::SHA_256, Some(false)),
        ds(2, DigestType(9), None),
    ];
    let denials = vec![
        denial(DenialKind::Nxdomain, Validity::Valid, None),
        denial(DenialKind::Nxdomain, Validity::Invalid, None),
        denial(DenialKind::Nodata, Validity::Valid, None),
        denial(DenialKind::Wildcard, Validity::Undecided, None),
    ];
    let dnssec = DnssecReport {
        anchors,
        denials,
        ..dnssec()
    };
    let report = report(
        "healthy.test.",
        true,
        vec![ServerReport {
            dnssec: Some(dnssec),
            ..server(Some("192.0.2.1"))
        }],
    );
    let all = series(&prometheus(&report));
    let of = |name: &str| -> Vec<_> {
        let series_of_metric = all.iter().filter(|(series, _)| series.starts_with(name));
        series_of_metric
            .map(|(series, value)| {
                (
                    series
                        .split_once("address=\"192.0.2.1\",")
                        .unwrap()
                        .1
                        .to_owned(),
                    value.as_str(),
                )
            })
            .collect()
    };
    assert_eq!(
        of("probe_dnssec_denial_valid"),
        [
            ("kind=\"nodata\"}".to_owned(), "1"),
            ("kind=\"nxdomain\"}".to_owned(), "0")
        ]
    );
    assert_eq!(of("probe_dnssec_ds_info").len(), 2);
    assert!(of("probe_dnssec_rollover_state").is_empty());
}
