//! `promtool check metrics` (Debian: prometheus) is silent on all that we say. A missing promtool is a failure.

use std::io::Write as _;
use std::process::{Command, Stdio};

use outsidein::report::{AnyReport, ServerReport};
use outsidein::server::ExporterMetrics;
use outsidein::view::{prometheus, zone_prometheus};

use super::fixtures::{self, AT};
use super::zone;

#[test]
fn is_silent_on_probes() {
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
fn is_silent_on_a_probe_that_reached_nobody() {
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
fn is_silent_on_a_server_that_tries_to_break_out_of_a_label() {
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
fn is_silent_on_the_exporter() {
    let metrics = ExporterMetrics::new("0.1.0", Some("abc1234")).unwrap();
    check(&metrics.encode());
    let _running = metrics.probe_started();
    metrics.probe_ended(&AnyReport::Target(fixtures::expired()));
    metrics.http_request(200, "/probe");
    metrics.config_reloaded(Some(5), AT);
    check(&metrics.encode());
}

#[test]
fn would_speak_up() {
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
    let said = [output.stdout, output.stderr].concat();
    let silent = output.status.success() && said.is_empty();
    if silent {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&said).into_owned())
    }
}
