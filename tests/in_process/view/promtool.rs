//! `promtool check metrics` (Debian: prometheus) is silent on all that we say. A missing promtool is a failure.

use std::io::Write as _;
use std::process::{Command, Stdio};

use outsidein::report::{AnyReport, ServerReport};
use outsidein::server::ExporterMetrics;
use outsidein::view::{prometheus, zone_prometheus};

use super::fixtures::{self, AT};
use super::zone;

#[test]
fn promtool_accepts_probe_metrics() {
    for report in [
        fixtures::healthy(),
        fixtures::expired(),
        fixtures::v6_dead(),
    ] {
        check(&prometheus(&report));
    }
    check(&zone_prometheus(&zone::diverged()));
}

#[test]
fn promtool_accepts_metrics_of_an_unreachable_target() {
    check(&prometheus(&fixtures::report(
        "healthy.test.",
        false,
        vec![fixtures::server(None)],
    )));
    check(&prometheus(&fixtures::report(
        "healthy.test.",
        false,
        Vec::new(),
    )));
}

#[test]
fn promtool_accepts_hostile_label_values() {
    let nsid = Some("quote \" line\n{} back\\slash \u{1b} ü".to_owned());
    let server = ServerReport {
        nsid,
        ..fixtures::server(Some("192.0.2.1"))
    };
    let text = prometheus(&fixtures::report("healthy.test.", true, vec![server]));
    let escaped = "nsid=\"quote \\\" line\\n{} back\\\\slash \u{1b} ü\"} 1\n";
    assert!(text.contains(escaped), "{text}");
    check(&text);
}

#[test]
fn promtool_accepts_exporter_metrics() {
    let metrics = ExporterMetrics::new("0.1.0", Some("abc1234")).unwrap();
    check(&metrics.encode(std::time::SystemTime::UNIX_EPOCH));
    let _running = metrics.start_probe();
    metrics.record_probe(&AnyReport::Target(fixtures::expired()));
    metrics.record_http_request(200, "/probe");
    metrics.record_config_reload(Some(&fixtures::five_zones()), AT);
    metrics.record_resolvers([("192.0.2.53:53".parse().unwrap(), true)]);
    check(&metrics.encode(std::time::SystemTime::UNIX_EPOCH));
}

#[test]
fn promtool_rejects_a_bad_metric() {
    assert!(run("# TYPE probe_days gauge\nprobe_days 1\n").is_err());
}

pub fn check(metrics: &str) {
    run(metrics).unwrap_or_else(|complaint| panic!("{complaint}\n{metrics}"));
}

fn run(metrics: &str) -> Result<(), String> {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is needed (Debian: apt-get install prometheus)");
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(metrics.as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let silent = output.status.success() && text.is_empty();
    if silent {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&text).into_owned())
    }
}
