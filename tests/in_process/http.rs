//! The HTTP contract, end to end: the demo's nameservers below, a client above.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use crate::support::Exporter;
use outsidein::config::Config;
use outsidein::demo::{Demo, ZONES};
use outsidein::dns::{Family, Timestamp};
use outsidein::server::ConfigSource;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

const PROBES: &str = include_str!("../../probes.json");

async fn demo() -> (Demo, Exporter) {
    let demo = Demo::start(0, Timestamp::from(SystemTime::now()))
        .await
        .expect("the demo starts");
    let mut config = Config::parse(PROBES, "probes.json").expect("probes.json is right");
    config
        .nameservers
        .get_mut("demo")
        .expect("probes.json has the nameserver")
        .port = demo.port();
    let exporter = Exporter::start(ConfigSource::Fixed(config)).await;
    (demo, exporter)
}

fn reasons(server: &Value) -> Vec<String> {
    let mut reasons: Vec<_> = server["failures"]
        .as_array()
        .expect("failures are a list")
        .iter()
        .map(|failure| {
            failure["reason"]
                .as_str()
                .expect("a failure has a reason")
                .to_owned()
        })
        .collect();
    reasons.dedup();
    reasons
}

#[tokio::test(flavor = "multi_thread")]
async fn every_demo_zone_fails_for_exactly_its_reasons() {
    let (_demo, exporter) = demo().await;
    for zone in ZONES {
        let path = format!(
            "/probe?target=demo&zone={}&dnssec=required&format=json",
            zone.apex
        );
        let report: Value = serde_json::from_str(&exporter.get(&path).await.body).expect("JSON");
        let servers = report["servers"].as_array().expect("servers are a list");
        assert_eq!(servers.len(), 2, "{}: one entry a family", zone.apex);
        for (server, family) in servers.iter().zip([Family::Ipv4, Family::Ipv6]) {
            assert_eq!(server["family"], family.as_str());
            let wanted: Vec<_> = zone
                .reasons(family)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(
                reasons(server),
                wanted,
                "{} over {}: {server:#}",
                zone.apex,
                family.as_str()
            );
        }
        let healthy = [Family::Ipv4, Family::Ipv6]
            .iter()
            .all(|family| zone.reasons(*family).is_empty());
        assert_eq!(report["success"], healthy, "{}", zone.apex);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_zone_has_every_documented_series() {
    let (_demo, exporter) = demo().await;
    let response = exporter
        .get("/probe?target=demo&zone=healthy.test&transport=both")
        .await;
    assert_eq!(
        (response.status, response.content_type.as_str()),
        (200, "text/plain; version=0.0.4; charset=utf-8")
    );
    let has = |series: &str| response.body.lines().any(|line| line.starts_with(series));
    for series in [
        "probe_success 1",
        "probe_dns_query_succeeded{family=\"ipv6\",address=\"::1\",transport=\"tcp\"} 1",
        "probe_dns_duration_seconds{family=\"ipv4\",address=\"127.0.0.1\",transport=\"tcp\",phase=\"connect\"}",
        "probe_dns_duration_seconds{family=\"ipv4\",address=\"127.0.0.1\",transport=\"udp\",phase=\"request\"}",
        "probe_dns_rcode{family=\"ipv4\",address=\"127.0.0.1\",transport=\"udp\",rcode=\"NOERROR\"} 1",
        "probe_dns_flag{family=\"ipv4\",address=\"127.0.0.1\",transport=\"udp\",flag=\"aa\"} 1",
        "probe_dns_serial{family=\"ipv4\",address=\"127.0.0.1\"}",
        "probe_dns_soa_expire_seconds{family=\"ipv4\",address=\"127.0.0.1\"}",
        "probe_dns_expire_seconds{family=\"ipv4\",address=\"127.0.0.1\",role=",
        "probe_dns_version_serial{family=\"ipv4\",address=\"127.0.0.1\"}",
        "probe_dns_server_info{family=\"ipv4\",address=\"127.0.0.1\",nsid=\"demo\"} 1",
        "probe_dnssec_signatures_valid{family=\"ipv4\",address=\"127.0.0.1\"} 1",
        "probe_dnssec_status{family=\"ipv4\",address=\"127.0.0.1\",status=\"indeterminate\"} 1",
        "probe_dnssec_status{family=\"ipv4\",address=\"127.0.0.1\",status=\"secure\"} 0",
        "probe_dnssec_earliest_expiration_timestamp_seconds{family=\"ipv4\",address=\"127.0.0.1\"}",
        "probe_dnssec_dnskey_info{family=\"ipv4\",address=\"127.0.0.1\"",
    ] {
        assert!(has(series), "{series} is missing from\n{}", response.body);
    }
    assert!(!has("probe_failure{"), "{}", response.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn unmeasured_values_are_absent() {
    let (_demo, exporter) = demo().await;
    let refused = exporter
        .get("/probe?target=demo&zone=refused.test")
        .await
        .body;
    assert!(refused.contains("rcode=\"REFUSED\"} 1"), "{refused}");
    for absent in [
        "probe_dns_serial{",
        "probe_dnssec_",
        "probe_dns_expire_seconds{",
    ] {
        assert!(
            !refused.contains(&format!("\n{absent}")),
            "{absent} was not measured:\n{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anchor_above_without_resolver_is_reported() {
    let (_demo, exporter) = demo().await;
    let json = exporter
        .get("/probe?target=demo&zone=healthy.test&format=json")
        .await
        .body;
    let json: Value = serde_json::from_str(&json).unwrap();
    let dnssec = &json["servers"][0]["dnssec"];
    assert_eq!(dnssec["status_reason"], "no_trust_anchor");
    let detail = dnssec["status_detail"].as_str().expect("why");
    assert_eq!(
        detail,
        "the closest trust anchor is that of ., and there is no resolver to follow the chain from there (trust.resolver)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_target_probes_the_whole_zone() {
    let (_demo, exporter) = demo().await;
    let metrics = exporter.get("/probe?zone=healthy.test").await.body;
    for series in [
        "probe_success 1",
        "probe_zone_server_success{nameserver=\"demo\",provider=\"demo\",family=\"ipv6\",address=\"::1\"} 1",
        "probe_zone_serial_lag{nameserver=\"demo\",provider=\"demo\",family=\"ipv4\",address=\"127.0.0.1\"} 0",
        "probe_zone_serials_equal 1",
        "probe_zone_nameservers_equal 1",
        "probe_zone_servers{state=\"answering\"} 1",
    ] {
        assert!(
            metrics.contains(&format!("\n{series}\n")),
            "{series} is missing from\n{metrics}"
        );
    }
    // 30 days of signatures, 14 of SOA expire, an hour of TTL.
    let outlive = "probe_zone_signatures_outlive_expire_seconds{nameserver=\"demo\",provider=\"demo\",family=\"ipv6\",address=\"::1\"} ";
    let outlive = metrics
        .lines()
        .find_map(|line| line.strip_prefix(outlive))
        .expect("the horizon is known");
    assert!(
        (16.0 * 86_400.0 - 3_600.0 - outlive.parse::<f64>().unwrap()).abs() < 60.0,
        "{outlive}"
    );
    let text = exporter
        .get("/probe?zone=healthy.test&format=text")
        .await
        .body;
    assert!(
        text.starts_with("SUCCESS  2 addresses answered as they should\n"),
        "{text}"
    );
    let json = exporter
        .get("/probe?zone=silent-ipv6.test&format=json")
        .await
        .body;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["reach"]["addresses"]["ipv6"]["answering"], 0);
    assert_eq!(
        (&json["success"], &json["serials"]["equal"]),
        (&false.into(), &true.into()),
        "silence is no divergence"
    );
    let stale = exporter.get("/probe?zone=stale-ipv6.test").await.body;
    for series in [
        "probe_success 1",
        "probe_zone_serial_lag{nameserver=\"demo\",provider=\"demo\",family=\"ipv6\",address=\"::1\"} 3",
        "probe_zone_serials_equal 0",
        "probe_zone_difference{nameserver=\"demo\",family=\"ipv6\",address=\"::1\",what=\"serial\"} 1",
        "probe_zone_difference{nameserver=\"demo\",family=\"ipv6\",address=\"::1\",what=\"ns\"} 1",
        "probe_zone_dnskeys_equal 1",
    ] {
        assert!(
            stale.contains(&format!("\n{series}\n")),
            "{series} is missing from\n{stale}"
        );
    }
    let debug = exporter
        .get("/probe?zone=healthy.test&debug=true")
        .await
        .body;
    assert!(
        debug.contains("== nameserver demo\n") && debug.contains("\n--- metrics\n"),
        "{debug}"
    );
}

/// A query, the parameter that its error names, and what else the error contains.
const BAD_PARAMETERS: &[(&str, &str, &str)] = &[
    ("", "zone", "apex"),
    ("?zone=elsewhere.test", "target", "probes.json"),
    ("?zone=healthy.test&qtype=NS", "qtype", "target"),
    ("?zone=healthy.test&name=www.healthy.test", "name", "target"),
    ("?target=demo", "zone", ""),
    ("?target=demo&zone=a..b", "zone", "empty label"),
    (
        "?target=demo&zone=healthy.test&qtype=SOAP",
        "qtype",
        "TYPE<number>",
    ),
    ("?target=demo&zone=healthy.test&qtype=AXFR", "qtype", "AXFR"),
    ("?target=demo&zone=healthy.test&qtype=DS", "qtype", "parent"),
    (
        "?target=demo&zone=healthy.test&name=www.expired.test",
        "name",
        "healthy.test.",
    ),
    (
        "?target=demo&zone=healthy.test&module=none",
        "module",
        "default",
    ),
    (
        "?target=demo&zone=healthy.test&family=ipv5",
        "family",
        "ipv6",
    ),
    (
        "?target=demo&zone=healthy.test&transport=quic",
        "transport",
        "both",
    ),
    (
        "?target=demo&zone=healthy.test&dnssec=yes",
        "dnssec",
        "required",
    ),
    (
        "?target=demo&zone=healthy.test&format=xml",
        "format",
        "json",
    ),
    ("?target=demo&zone=healthy.test&debug=1", "debug", "true"),
    (
        "?target=demo&zone=healthy.test&format=json&format=text",
        "format",
        "more than once",
    ),
    (
        "?target=demo&zone=healthy.test&zone=expired.test",
        "zone",
        "more than once",
    ),
    (
        "?target=demo&zone=healthy.test&colour=red",
        "colour",
        "qtype",
    ),
    ("?target=127.0.0.1:0&zone=healthy.test", "target", "port"),
];

#[tokio::test(flavor = "multi_thread")]
async fn bad_parameter_is_400_and_names_it() {
    let (_demo, exporter) = demo().await;
    for (query, parameter, says) in BAD_PARAMETERS {
        let response = exporter.get(&format!("/probe{query}")).await;
        assert_eq!(response.status, 400, "{query}: {}", response.body);
        assert!(
            response.body.contains(&format!("\"{parameter}\"")),
            "{query} names `{parameter}`: {}",
            response.body
        );
        assert!(
            response.body.contains(says),
            "{query} says `{says}`: {}",
            response.body
        );
        assert_eq!(
            response.body.trim_end().lines().count(),
            1,
            "one line: {}",
            response.body
        );
    }
    let header = [("X-Prometheus-Scrape-Timeout-Seconds", "soon")];
    let response = exporter
        .request("GET", "/probe?target=demo&zone=healthy.test", &header)
        .await;
    assert_eq!(response.status, 400);
    assert!(
        response
            .body
            .to_lowercase()
            .contains("x-prometheus-scrape-timeout-seconds"),
        "{}",
        response.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn probe_answers_before_the_scrape_timeout() {
    let (_demo, exporter) = demo().await;
    let start = Instant::now();
    let header = [("X-Prometheus-Scrape-Timeout-Seconds", "1.000")];
    let response = exporter
        .request("GET", "/probe?target=demo&zone=silent-ipv6.test", &header)
        .await;
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(450),
        "it waited for the silent address: {took:?}"
    );
    assert!(
        took < Duration::from_secs(1),
        "it answered within the scrape's limit: {took:?}"
    );
    assert!(
        response.body.contains("\nprobe_timeout_seconds 0.5\n"),
        "{}",
        response.body
    );
    assert!(
        response
            .body
            .contains("reason=\"timeout\",info_code=\"22\"} 1"),
        "{}",
        response.body
    );
    assert!(
        response
            .body
            .contains("probe_dnssec_signatures_valid{family=\"ipv4\",address=\"127.0.0.1\"} 1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_header_and_parameters_select_the_format() {
    let (_demo, exporter) = demo().await;
    let cases = [
        ("*/*", "", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/json", "", "application/json"),
        (
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
            "",
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (
            "application/json",
            "&format=text",
            "text/plain; charset=utf-8",
        ),
        ("*/*", "&debug=true", "text/plain; charset=utf-8"),
    ];
    for (accept, parameters, content_type) in cases {
        let path = format!("/probe?target=demo&zone=healthy.test{parameters}");
        let response = exporter.request("GET", &path, &[("Accept", accept)]).await;
        assert_eq!(response.content_type, content_type, "{accept} {parameters}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transcript_shows_query_response_and_failure() {
    let (_demo, exporter) = demo().await;
    let text = exporter
        .get("/probe?target=demo&zone=tampered.test&debug=true")
        .await
        .body;
    for part in [
        "tampered.test. IN SOA",
        "DNSKEY",
        "status: NOERROR",
        "RRSIG",
        "signature_invalid",
        "--- metrics",
        "probe_success 0",
    ] {
        assert!(text.contains(part), "{part} is missing from\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reload_applies_good_and_rejects_bad_configuration() {
    let file = std::env::temp_dir().join(format!("outsidein-reload-{}.json", std::process::id()));
    let with = |name: &str, zones: &str| {
        format!(
            r#"{{ "nameservers": {{ "{name}": {{ "addresses": ["192.0.2.1"] }} }}, "zones": {{ {zones} }} }}"#
        )
    };
    fs::write(&file, with("first", "")).expect("a temporary file can be written");
    let exporter = Exporter::start(ConfigSource::File(file.clone())).await;
    assert!(exporter.get("/config").await.body.contains("\"first\""));

    assert!(
        exporter
            .get("/metrics")
            .await
            .body
            .contains("\noutsidein_config_scrape_targets 0\n")
    );
    let zone = r#""a.test": { "nameservers": ["second"], "qtypes": ["SOA", "NS"] }"#;
    fs::write(&file, with("second", zone)).expect("a temporary file can be written");
    assert_eq!(
        exporter.get("/-/reload").await.status,
        405,
        "GET changes nothing"
    );
    assert_eq!(
        exporter
            .request("POST", "/-/reload", &[("Content-Length", "0")])
            .await
            .status,
        200
    );
    assert!(exporter.get("/config").await.body.contains("\"second\""));

    assert_eq!(
        exporter
            .get("/sd")
            .await
            .body
            .matches("\"targets\"")
            .count(),
        1
    );
    assert!(
        exporter
            .get("/metrics")
            .await
            .body
            .contains("\noutsidein_config_scrape_targets 1\n")
    );

    fs::write(&file, "{ \"nameservers\": 1 }").expect("a temporary file can be written");
    let refused = exporter
        .request("POST", "/-/reload", &[("Content-Length", "0")])
        .await;
    assert_eq!(refused.status, 500);
    assert!(
        refused.body.contains("/nameservers"),
        "the error points at the place: {}",
        refused.body
    );
    assert!(
        exporter.get("/config").await.body.contains("\"second\""),
        "the former stays in force"
    );
    let metrics = exporter.get("/metrics").await.body;
    assert!(
        metrics.contains("\noutsidein_config_last_reload_successful 0\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("\noutsidein_config_scrape_targets 1\n"),
        "{metrics}"
    );
    fs::remove_file(&file).expect("the temporary file is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn exporter_counts_its_own_work() {
    let (_demo, exporter) = demo().await;
    exporter.get("/probe?target=demo&zone=healthy.test").await;
    exporter.get("/probe?target=demo&zone=expired.test").await;
    exporter.get("/nowhere").await;
    let metrics = exporter.get("/metrics").await.body;
    for series in [
        "outsidein_probes_total{result=\"success\"} 1",
        "outsidein_probes_total{result=\"failure\"} 1",
        "outsidein_probe_failures_total{reason=\"signature_expired\"} 2",
        "outsidein_http_requests_total{code=\"200\",handler=\"/probe\"} 2",
        "outsidein_http_requests_total{code=\"404\",handler=\"other\"} 1",
        "outsidein_probes_in_flight 0",
    ] {
        assert!(
            metrics.contains(series),
            "{series} is missing from\n{metrics}"
        );
    }
}

/// A scraper comes back each few minutes, by the connection that it has: VictoriaMetrics loses two seconds where it is closed.
#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_are_kept_but_slow_requests_closed() {
    const LONGER: Duration = Duration::from_secs(12);
    let silent = UdpSocket::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let port = silent
        .local_addr()
        .expect("a bound socket has an address")
        .port();
    let probes = format!(
        r#"{{ "nameservers": {{ "silent": {{ "addresses": ["127.0.0.1"], "port": {port} }} }},
             "modules": {{ "default": {{ "timeout_seconds": {} }} }} }}"#,
        LONGER.as_secs()
    );
    let config = Config::parse(&probes, "probes.json").expect("probes.json is right");
    let exporter = Exporter::start(ConfigSource::Fixed(config)).await;
    // How many parts, each sent after a pause, are answered before the connection ends.
    let answered = async |parts: Vec<(Duration, &str)>| {
        let mut stream = TcpStream::connect(exporter.address)
            .await
            .expect("the exporter listens");
        for (number, (pause, part)) in parts.iter().enumerate() {
            tokio::time::sleep(*pause).await;
            let sent = stream.write_all(part.as_bytes()).await;
            let length = tokio::time::timeout(LONGER, stream.read(&mut [0; 1024]))
                .await
                .expect("an answer, or an end");
            if sent.is_err() || !length.is_ok_and(|length| length > 0) {
                return number;
            }
        }
        parts.len()
    };
    let (now, whole, half) = (
        Duration::ZERO,
        "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /-/healthy HTTP/1.1\r\nHo",
    );
    let (waits, says_nothing, dawdles, dawdles_later, response) = tokio::join!(
        answered(vec![(now, whole), (LONGER, whole)]),
        answered(vec![(now, "")]),
        answered(vec![(now, half)]),
        answered(vec![(now, whole), (now, half)]),
        exporter.get("/probe?target=silent&zone=a.test&family=ipv4"),
    );
    assert_eq!((waits, says_nothing, dawdles, dawdles_later), (2, 0, 0, 1));
    assert!(
        response.status == 200 && response.body.contains("reason=\"timeout\""),
        "{}",
        response.body
    );
}
