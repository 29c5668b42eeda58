//! No series stands twice, whatever a report holds; what was not measured is absent; every metric can be seen.

use std::collections::{BTreeMap, HashSet};

use outsidein::dns::{
    Algorithm, DigestType, ExtendedError, Family, InfoCode, Rcode, RrType, Timestamp, Transport,
};
use outsidein::dnssec::{RolloverState, SecurityStatus};
use outsidein::reason::{Failure, Reason};
use outsidein::report::{
    AnyReport, BlackboxMeasurements, BlackboxReport, DenialKind, DnssecReport, Held, KeyReport,
    Role, RrsetReport, RrsigReport, ServerReport, TargetReport,
};
use outsidein::server::ExporterMetrics;
use outsidein::view::catalog::{BlackboxMetric, Definition, ExporterMetric, ProbeMetric};
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

fn judged(rrsets: Vec<RrsetReport>, keys: Vec<KeyReport>) -> TargetReport {
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

fn signature(held: Held, expires_after: i64) -> RrsigReport {
    rrsig(RrType::SOA, 1, after(expires_after), held, None)
}

fn of_rrset(owner: &str, rrsigs: Vec<RrsigReport>) -> RrsetReport {
    rrset(&name(owner), RrType::SOA, Held::Valid, None, rrsigs)
}

/// Of the one set of labels: valid, expiration and inception as seconds after `AT`.
fn merged(rrsets: Vec<RrsetReport>) -> (Option<i64>, i64, i64) {
    let all = series(&prometheus(&judged(rrsets, Vec::new())));
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
fn of_signatures_over_one_rrset_the_best_counts() {
    use Held::{Invalid, Undecided, Valid};
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
fn over_rrsets_and_transports_the_worst_counts() {
    use Held::{Invalid, Undecided, Valid};
    for (held, other, expected) in [
        ((Valid, 100), (Valid, 200), (Some(1), 100)),
        ((Valid, 100), (Invalid, 200), (Some(0), 100)),
        ((Invalid, 200), (Valid, 100), (Some(0), 100)),
        ((Undecided, 50), (Valid, 100), (None, 50)),
        ((Undecided, 150), (Invalid, 100), (Some(0), 100)),
    ] {
        let one = of_rrset("healthy.test.", vec![signature(held.0, held.1)]);
        let owner = of_rrset("www.healthy.test.", vec![signature(other.0, other.1)]);
        let transport = RrsetReport {
            transport: Transport::Tcp,
            ..of_rrset("healthy.test.", vec![signature(other.0, other.1)])
        };
        for second in [owner, transport] {
            let (valid, expiration, inception) = merged(vec![one_again(&one), second]);
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
fn a_key_that_is_served_twice_and_two_keys_of_one_tag_are_told_apart() {
    let one = key(1, Role::Zsk, Algorithm::RSASHA256, Some(2_048));
    let keys = vec![
        one.clone(),
        key(1, Role::Zsk, Algorithm::RSASHA256, Some(1_024)),
        one,
    ];
    let all = series(&prometheus(&judged(Vec::new(), keys)));
    assert_eq!(
        all.keys()
            .filter(|series| series.starts_with("probe_dnssec_dnskey_info"))
            .count(),
        2
    );
}

#[test]
fn one_of_four_statuses_holds() {
    let text = prometheus(&judged(Vec::new(), Vec::new()));
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
fn what_was_not_measured_is_absent() {
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
fn a_family_without_an_address_has_an_empty_one() {
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
fn every_metric_of_blackbox_exporter_is_there_whatever_was_measured() {
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
    let said = names(&report);
    assert!(
        theirs
            .iter()
            .all(|name| said.iter().any(|other| other == name)),
        "{said:?}"
    );
    report.blackbox = BlackboxMeasurements::default();
    let said = names(&report);
    let missing: Vec<_> = theirs
        .iter()
        .filter(|name| !said.iter().any(|other| other == *name))
        .collect();
    assert_eq!(missing, [&"probe_dns_serial"], "of a type that has none");
}

#[test]
fn every_metric_of_the_catalog_is_seen() {
    let targets = prometheus(&fixtures::healthy()) + &prometheus(&fixtures::expired());
    let probes = targets + &view::zone_prometheus(&zone::diverged());
    for metric in ProbeMetric::ALL {
        assert_seen(&probes, metric.definition());
    }
    let exporter = ExporterMetrics::new("0.1.0", None).unwrap();
    exporter.http_request(400, "/probe");
    exporter.config_reloaded(Some(5), AT);
    let text = exporter.encode();
    for metric in ExporterMetric::ALL {
        assert_seen(&text, metric.definition());
    }
}

fn assert_seen(
    text: &str,
    Definition {
        name, help, kind, ..
    }: &Definition,
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
fn the_exporter_counts() {
    let exporter = ExporterMetrics::new("0.1.0", None).unwrap();
    let before = series(&exporter.encode());
    assert!(
        !before
            .keys()
            .any(|series| series.starts_with("outsidein_config")),
        "not read yet: {before:?}"
    );
    let running = exporter.probe_started();
    assert_eq!(
        series(&exporter.encode())["outsidein_probes_in_flight"],
        "1"
    );
    let mut expired = fixtures::expired();
    expired.servers[0]
        .failures
        .push(Failure::new(Reason::SignatureExpired, "once more"));
    exporter.probe_ended(&AnyReport::Target(expired));
    drop(running);
    exporter.config_reloaded(Some(5), AT);
    exporter.config_reloaded(None, after(60));
    exporter.http_request(400, "/probe");
    let after = series(&exporter.encode());
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
    let held = select(&[Held::Valid, Held::Invalid, Held::Undecided][..]);
    (types, 0..3_u16, select(&[8, 13][..]), -5..5_i64, held).prop_map(
        |(rtype, tag, algorithm, expires, held)| RrsigReport {
            algorithm: Algorithm(algorithm),
            ..rrsig(rtype, tag, after(expires), held, None)
        },
    )
}

fn dnssec_reports() -> impl Strategy<Value = DnssecReport> {
    let owners = select(&["healthy.test.", "www.healthy.test."][..]);
    let rrsets =
        (owners, vec(rrsig_reports(), 0..4)).prop_map(|(owner, rrsigs)| of_rrset(owner, rrsigs));
    let roles = select(&[Role::Ksk, Role::Zsk, Role::Csk][..]);
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
    let helds = select(&[Held::Valid, Held::Invalid, Held::Undecided][..]);
    let denials = (kinds, helds).prop_map(|(kind, held)| denial(kind, held, None));
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
    fn no_series_stands_twice_and_each_has_the_labels_of_the_catalog(servers in vec(servers(), 0..4)) {
        let report = report("healthy.test.", false, servers);
        for series in series(&prometheus(&report)).into_keys() {
            let name = series.split('{').next().unwrap();
            let metric = ProbeMetric::ALL.iter().find(|metric| metric.definition().name == name).unwrap();
            let labels: Vec<_> = metric.definition().labels.iter().map(|label| label.name).collect();
            prop_assert_eq!(label_names(&series), labels, "{}", series);
        }
    }

    #[test]
    fn the_order_of_a_report_does_not_show(servers in vec(servers(), 0..4)) {
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
    fn every_view_bears_every_report(servers in vec(servers(), 0..4)) {
        let report = report("healthy.test.", false, servers);
        prop_assert!(view::text(&report).lines().all(|line| !line.ends_with(' ') && !line.chars().any(char::is_control)));
        prop_assert!(view::debug(&report).contains("\n--- metrics\n"));
        let json: serde_json::Value = serde_json::from_str(&view::json(&report)).unwrap();
        prop_assert_eq!(json["servers"].as_array().map(Vec::len), Some(report.servers.len()));
        prop_assert!(report.servers.iter().all(|server| server.address.is_some() || server.family == Family::Ipv6));
    }
}

#[test]
fn a_server_does_not_decide_how_many_series_there_are() {
    let apex = name("many.test.");
    let keys = (0..1000)
        .map(|tag| key(tag, Role::Zsk, Algorithm::ED25519, Some(256)))
        .collect();
    let signatures = (0..1000)
        .map(|tag| rrsig(RrType::SOA, tag, after(60), Held::Valid, None))
        .collect();
    let rrsets = vec![rrset(&apex, RrType::SOA, Held::Valid, None, signatures)];
    let text = prometheus(&judged(rrsets, keys));
    let count = |metric: &str| text.lines().filter(|line| line.starts_with(metric)).count();
    assert_eq!(count("probe_dnssec_dnskey_info{"), 64);
    assert_eq!(count("probe_dnssec_rrsig_valid{"), 256);
}

/// The value of one series of a report on these anchors and denials.
#[test]
fn what_could_not_be_told_of_a_parent_or_a_denial_is_not_told() {
    let anchors = vec![
        ds(1, DigestType::SHA_256, Some(false)),
        ds(1, DigestType::SHA_256, Some(false)),
        ds(2, DigestType(9), None),
    ];
    let denials = vec![
        denial(DenialKind::Nxdomain, Held::Valid, None),
        denial(DenialKind::Nxdomain, Held::Invalid, None),
        denial(DenialKind::Nodata, Held::Valid, None),
        denial(DenialKind::Wildcard, Held::Undecided, None),
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
        let own = all.iter().filter(|(series, _)| series.starts_with(name));
        own.map(|(series, value)| {
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
