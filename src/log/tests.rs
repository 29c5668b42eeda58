//! The memory and what comes out of it: bounded, and in lines that nobody else wrote.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::memory::MAX_REMEMBERED;
use super::*;
use crate::config::DnssecPolicy;
use crate::dns::{Family, RrType, Timestamp};
use crate::reason::{Failure, Reason};
use crate::report::{ServerReport, TargetReport};

fn report(zone: &str, target: &str, reasons: &[Reason]) -> AnyReport {
    let failure = |reason: &Reason| Failure::new(*reason, "seen");
    let server = ServerReport {
        address: Some("192.0.2.1".parse().unwrap()),
        failures: reasons.iter().map(failure).collect(),
        ..ServerReport::not_queried(Family::Ipv4, 53, None, Failure::new(Reason::NoAddress, ""))
    };
    AnyReport::Target(TargetReport {
        target: target.to_owned(),
        zone: zone.parse().unwrap(),
        name: zone.parse().unwrap(),
        qtype: RrType::SOA,
        module: "default".to_owned(),
        dnssec_policy: DnssecPolicy::Auto,
        at: Timestamp(0),
        success: reasons.is_empty(),
        duration: Duration::ZERO,
        timeout: Duration::ZERO,
        signature_warning_seconds: 3_600,
        lookup_time: None,
        servers: vec![server],
    })
}

/// What was written while `work` ran.
#[derive(Clone, Default)]
struct LogBuffer(Arc<Mutex<Vec<u8>>>);

impl Write for LogBuffer {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for LogBuffer {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

fn capture_log(as_json: bool, work: impl FnOnce()) -> String {
    let buffer = LogBuffer::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(buffer.clone())
        .with_ansi(false);
    if as_json {
        let subscriber = subscriber
            .json()
            .flatten_event(true)
            .with_target(false)
            .finish();
        tracing::subscriber::with_default(subscriber, work);
    } else {
        tracing::subscriber::with_default(subscriber.finish(), work);
    }
    // Another test's thread may hold the subscriber for a moment: tracing looks at all of them when it meets a new callsite.
    let octets = buffer.0.lock().unwrap().clone();
    String::from_utf8(octets).unwrap()
}

fn owned_parameters(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn equivalent_requests_are_the_same_probe() {
    let watch = ChangeWatcher::default();
    let id = |parameters: &[(&str, &str)], zone: &str| {
        watch.probe_id(&owned_parameters(parameters), &report(zone, "ns1", &[]))
    };
    let first_id = id(
        &[
            ("zone", "example.net"),
            ("target", "ns1"),
            ("dnssec", "off"),
            ("family", "ipv4"),
        ],
        "example.net.",
    );
    let same = [
        ("family", "ipv4"),
        ("dnssec", "off"),
        ("qtype", "SOA"),
        ("target", "ns1"),
        ("zone", "EXAMPLE.net."),
    ];
    assert_eq!(first_id, id(&same, "EXAMPLE.net."));
    let different_requests = [
        ("zone", "example.net"),
        ("target", "ns1"),
        ("dnssec", "auto"),
        ("family", "ipv4"),
    ];
    assert_ne!(
        first_id,
        id(&different_requests, "example.net."),
        "what it demands makes another probe"
    );
    assert_ne!(first_id, id(&different_requests[..2], "example.net."));
    let id_of = |watch: &ChangeWatcher, zone, target| {
        watch.probe_id(&owned_parameters(&same), &report(zone, target, &[]))
    };
    assert_eq!(first_id, id_of(&watch, "example.net.", "ns1"));
    assert_ne!(first_id, id_of(&watch, "example.net.", "ns2"));
    assert_ne!(first_id, id_of(&watch, "example.org.", "ns1"));
    assert_ne!(
        first_id,
        id_of(&ChangeWatcher::default(), "example.net.", "ns1"),
        "keyed at each start"
    );
}

#[test]
fn every_identifying_parameter_makes_another_probe() {
    let watch = ChangeWatcher::default();
    let id = |parameters: &[(&str, &str)], zone: &str| {
        watch.probe_id(&owned_parameters(parameters), &report(zone, "ns1", &[]))
    };
    let request = [("zone", "example.net"), ("target", "ns1")];
    let each: std::collections::HashSet<_> = IDENTIFYING_PARAMETERS
        .iter()
        .map(|name| id(&[&request[..], &[(*name, "x")]].concat(), "example.net."))
        .collect();
    assert_eq!(
        each.len(),
        IDENTIFYING_PARAMETERS.len(),
        "each of them makes another probe"
    );
    assert!(!each.contains(&id(
        &[&request[..], &[("format", "x")]].concat(),
        "example.net."
    )));
    assert_eq!(
        crate::plan::PARAMETERS.len(),
        IDENTIFYING_PARAMETERS.len() + ["zone", "target", "name", "qtype"].len(),
        "a new parameter makes another probe too"
    );
}

#[test]
fn memory_is_bounded_and_keeps_recent_probes() {
    let watch = ChangeWatcher::default();
    let failing = |zone: &str| {
        for entry in watch.changes(&[], &report(zone, "ns1", &[Reason::Timeout])) {
            entry.fields.log(entry.event, &entry.message);
        }
    };
    let lines = capture_log(false, || {
        failing("kept.example");
        failing("forgotten.example");
        for number in 0..MAX_REMEMBERED - 2 {
            failing(&format!("{number}.example"));
        }
        // Every place is taken, and the oldest was just used.
        failing("kept.example");
        failing("one-too-many.example");
    });
    assert_eq!(
        lines.lines().count(),
        MAX_REMEMBERED + 1,
        "each is told once"
    );
    let again = capture_log(false, || {
        failing("kept.example");
        failing("forgotten.example");
    });
    assert!(
        again.contains("forgotten.example.") && again.lines().count() == 1,
        "{again}"
    );
}

/// More probes than there is room for, in turn, as scrapes of many zones are: what fails is told once, and its end too.
#[test]
fn healthy_probes_are_forgotten_before_failing_ones() {
    let watch = ChangeWatcher::default();
    let events =
        |zone: &str, reasons: &[Reason]| watch.changes(&[], &report(zone, "ns1", reasons)).len();
    assert_eq!(events("failing.example", &[Reason::Timeout]), 1);
    for number in 0..=MAX_REMEMBERED {
        assert_eq!(events(&format!("{number}.example"), &[]), 0);
    }
    assert_eq!(
        events("failing.example", &[Reason::Timeout]),
        0,
        "it was told"
    );
    for number in 0..=MAX_REMEMBERED {
        assert_eq!(events(&format!("{number}.example"), &[]), 0);
    }
    assert_eq!(events("failing.example", &[]), 1, "it recovered");
}

/// What a caller or a server would write if it could.
const FORGED: &str = "ns1\n2026-11-23T00:00:00Z ERROR outsidein: forged\r\n\"}\n{\"event\":\"forged\u{1b}[2J\u{202e}\u{2028}\u{85}";

#[test]
fn control_characters_cannot_forge_a_log_line() {
    let log = || {
        let fields = Fields {
            target: Some(FORGED.to_owned()),
            detail: Some(FORGED.to_owned()),
            ..Fields::default()
        };
        fields.log(Event::ProbeFailed, FORGED);
    };
    for as_json in [false, true] {
        let line = capture_log(as_json, log);
        assert!(line.ends_with('\n'));
        let line = line.trim_end_matches('\n');
        let breaking = line
            .chars()
            .find(|char| char.is_control() || matches!(char, '\u{2028}' | '\u{202e}'));
        assert_eq!(breaking, None, "{line:?}");
        assert!(
            !as_json
                || serde_json::from_str::<BTreeMap<String, String>>(line).unwrap()["event"]
                    == "probe_failed"
        );
    }
}

#[test]
fn long_values_are_truncated() {
    let long = "ü".repeat(100_000);
    let fields = Fields {
        detail: Some(long.clone()),
        ..Fields::default()
    };
    let line = capture_log(true, || fields.log(Event::ProbeFailed, &long));
    let fields: BTreeMap<String, String> = serde_json::from_str(&line).unwrap();
    assert_eq!(fields["detail"].chars().count(), 2_003);
    assert!(fields["detail"].ends_with("ü..."));
    assert_eq!(fields["message"].chars().count(), 2_003);
}

#[test]
fn every_event_has_a_level_and_unique_name() {
    for event in Event::ALL {
        let line = capture_log(false, || Fields::default().log(*event, "told"));
        // The default subscriber leaves out what is for developers.
        let shown = event.level() <= tracing::Level::INFO;
        assert_eq!(
            line.contains(&format!(
                " {} outsidein: told event=\"{}\"",
                event.level(),
                event.as_str()
            )),
            shown,
            "{line}"
        );
    }
    let names: std::collections::HashSet<_> =
        Event::ALL.iter().map(|event| event.as_str()).collect();
    assert_eq!(names.len(), Event::ALL.len());
    // What journald would strip or take for its own.
    let fit = |name: &str| {
        name.bytes()
            .all(|octet| octet.is_ascii_lowercase() || octet == b'_')
            && !name.starts_with('_')
    };
    assert!(FIELDS.iter().all(|(name, _)| fit(name)), "{FIELDS:?}");
    // An object of the JSON form has these already.
    assert!(
        !FIELDS
            .iter()
            .any(|(name, _)| ["timestamp", "level", "message"].contains(name))
    );
}
