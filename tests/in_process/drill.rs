//! The drill over HTTP: closed without one, and with one open for the alert of the drill under way alone. Alertmanager itself
//! is in `tests/programs/drill.rs`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use outsidein::config::Config;
use outsidein::dns::Timestamp;
use outsidein::drill;
use outsidein::server::{self, ConfigSource, ExporterMetrics, State};

use crate::support::{Exporter, Response};

const WEBHOOK: &str = "/drill/alertmanager";

/// A probes.json whose drill begins now.
fn probes() -> String {
    let now = Timestamp::from(SystemTime::now()).0.rem_euclid(86_400);
    format!(r#"{{ "drill": {{ "zone": "canary.test", "offset_seconds": {now} }} }}"#)
}

/// An exporter that keeps the schedule, as `outsidein serve` has it.
async fn drilling(source: ConfigSource) -> Exporter {
    let metrics = ExporterMetrics::new("test", None).expect("the exporter's metrics register");
    let state = State::new(source, metrics, Duration::ZERO).expect("the configuration is right");
    tokio::spawn(drill::run(state.drill()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound socket has one");
    let router = server::router(Arc::new(state));
    tokio::spawn(server::serve(listener, router, std::future::pending()));
    Exporter { address }
}

async fn post(exporter: &Exporter, path: &str, body: &str) -> Response {
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    let length = body.len();
    exporter
        .raw(&format!("{head}Content-Length: {length}\r\n\r\n{body}"))
        .await
}

/// What Alertmanager posts about one alert.
fn message(status: &str, drill: &str) -> String {
    format!(
        r#"{{ "version": "4", "status": "firing", "alerts": [
             {{ "status": "{status}", "labels": {{ "alertname": "OutsideinDrill", "drill": "{drill}" }}, "annotations": {{}} }} ] }}"#
    )
}

/// The drill under way, once the canary zone is broken for it.
async fn drill_under_way(exporter: &Exporter) -> String {
    for _ in 0..100 {
        let canary = exporter.get("/drill/probe").await;
        if let Some((_, rest)) = canary
            .body
            .split_once("outsidein_drill_canary_bogus{drill=\"")
        {
            let (drill, value) = rest.split_once("\"} ").expect("a value");
            assert_eq!(value, "1\n", "{canary:?}");
            return drill.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no drill begins: {:?}", exporter.get("/drill/probe").await);
}

/// The value of a metric of the drill; empty if there is none.
async fn metric(exporter: &Exporter, name: &str) -> String {
    let metrics = exporter.get("/metrics").await.body;
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(&format!("outsidein_drill_{name} ")));
    line.unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_drill_nothing_is_accepted_or_listed() {
    let exporter = drilling(ConfigSource::Fixed(Config::default())).await;
    for response in [
        post(&exporter, WEBHOOK, &message("firing", "a")).await,
        exporter.get("/drill/probe").await,
    ] {
        assert_eq!(response.status, 404, "{response:?}");
    }
    assert_eq!(exporter.get("/sd").await.body, "[]\n");
    let metrics = exporter.get("/metrics").await.body;
    assert!(!metrics.contains("outsidein_drill_"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_alert_of_the_drill_under_way_counts() {
    let config = Config::parse(&probes(), "probes.json").expect("it is right");
    let exporter = drilling(ConfigSource::Fixed(config)).await;
    let drill = drill_under_way(&exporter).await;
    for (body, status) in [
        (message("firing", "2026-11-30T10:00:00Z-00000000"), 200),
        (message("firing", ""), 200),
        (message("resolved", &drill), 200),
        (message("firing", &drill).replace("\"4\"", "\"3\""), 400),
        ("{".to_owned(), 400),
        (format!("\"{}\"", "a".repeat(256 * 1024)), 413),
    ] {
        let response = post(&exporter, WEBHOOK, &body).await;
        assert_eq!(response.status, status, "{response:?}");
        assert_eq!(
            metric(&exporter, "last_arrival_timestamp_seconds").await,
            ""
        );
        assert_eq!(metric(&exporter, "last_successful").await, "");
    }
    let before = Timestamp::from(SystemTime::now()).0;
    let response = post(&exporter, WEBHOOK, &message("firing", &drill)).await;
    assert_eq!(response.body, "the alert of the last drill\n");
    assert_eq!(metric(&exporter, "last_successful").await, "1");
    let arrival = metric(&exporter, "last_arrival_timestamp_seconds").await;
    let arrival: i64 = arrival.parse().expect("a time");
    assert!((before..before + 30).contains(&arrival), "{arrival}");
}

/// One more target, under another path; its only series has a name of its own.
#[tokio::test(flavor = "multi_thread")]
async fn canary_is_discovered_and_shows_no_metric_of_a_zone() {
    let config = Config::parse(&probes(), "probes.json").expect("it is right");
    let exporter = drilling(ConfigSource::Fixed(config)).await;
    let groups: serde_json::Value =
        serde_json::from_str(&exporter.get("/sd").await.body).expect("JSON");
    let wanted = serde_json::json!([{
        "targets": ["localhost"],
        "labels": { "__metrics_path__": "/drill/probe", "__scheme__": "http", "canary": "true",
                    "instance": "canary.test", "zone": "canary.test" },
    }]);
    assert_eq!(groups, wanted);
    let metrics = exporter.get("/metrics").await.body;
    assert!(metrics.contains("\noutsidein_config_scrape_targets 1\n"));
    drill_under_way(&exporter).await;
    let text = exporter.get("/drill/probe").await.body;
    let series = text.lines().filter(|line| !line.starts_with('#'));
    let others: Vec<_> = series
        .filter(|line| !line.starts_with("outsidein_drill_canary_bogus"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    let unknown = exporter.get("/probe?zone=canary.test").await;
    assert_eq!(unknown.status, 400, "no zone of probes.json: {unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reload_begins_and_ends_the_drill() {
    let file: PathBuf = std::env::temp_dir().join(format!("drill-{}.json", std::process::id()));
    fs::write(&file, "{}").expect("a temporary file");
    let exporter = drilling(ConfigSource::File(file.clone())).await;
    let reload = async |text: &str| {
        fs::write(&file, text).expect("a temporary file");
        let response = post(&exporter, "/-/reload", "").await;
        assert_eq!(response.status, 200, "{response:?}");
    };
    let probes = probes();
    reload(&probes).await;
    let drill = drill_under_way(&exporter).await;
    reload(&probes).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(drill_under_way(&exporter).await, drill, "undisturbed");
    reload("{}").await;
    assert_eq!(exporter.get("/drill/probe").await.status, 404);
    assert_eq!(metric(&exporter, "interval_seconds").await, "");
    fs::remove_file(&file).expect("the temporary file is still there");
}
