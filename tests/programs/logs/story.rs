//! One nameserver over a day: not there, without the zone, healthy, with other keys. Each state is scraped five times, and
//! each change is told once, alike in each form of the log.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant, SystemTime};

use outsidein::demo::{Demo, DemoNameserver, SignedZone};
use outsidein::dns::{Name, Timestamp};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::logs::Event;
use crate::logs::exporter::{Exporter, Starter, free_port, no_resolver};
use crate::logs::formats;
use crate::logs::journal::{Journal, apart};

const ZONE: &str = "healthy.test";
const SCRAPES: usize = 5;
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

#[test]
fn text_log_tells_the_whole_story() {
    apart(text_log_tells_the_whole_story, || {
        check(&run_story(Starter::Shell, &[], |exporter| {
            formats::of_text(&exporter.standard_error())
        }));
    });
}

#[test]
fn json_log_tells_the_whole_story() {
    apart(json_log_tells_the_whole_story, || {
        let flags = ["--log.format", "json"];
        check(&run_story(Starter::Shell, &flags, |exporter| {
            formats::of_json(&exporter.standard_error())
        }));
    });
}

#[test]
fn journald_log_tells_the_whole_story() {
    apart(journald_log_tells_the_whole_story, || {
        let journal = Journal::start();
        check(&run_story(Starter::Systemd, &[], |_| journal.events()));
        let entries = journal.entries();
        let failed: Vec<_> = entries
            .iter()
            .filter(|entry| entry["F_EVENT"] == "probe_failed")
            .collect();
        assert!(!failed.is_empty());
        for entry in failed {
            let wanted = json!({
                "SYSLOG_IDENTIFIER": "outsidein", "PRIORITY": "4", "_TRANSPORT": "journal", "_COMM": "outsidein",
                "F_ZONE": "healthy.test.", "F_TARGET": "ns1", "F_ADDRESS": "127.0.0.1", "F_QTYPE": "SOA",
            });
            for (name, value) in wanted.as_object().expect("an object") {
                assert_eq!(&entry[name], value, "{name} of {entry}");
            }
        }
        let started = entries
            .iter()
            .find(|entry| entry["F_EVENT"] == "started")
            .expect("it started");
        assert_eq!(started["PRIORITY"], "6");
    });
}

/// What the log says in the end.
fn run_story(
    starter: Starter,
    flags: &[&str],
    read: impl Fn(&Exporter) -> Vec<Event>,
) -> Vec<Event> {
    let runtime = Runtime::new().expect("a runtime");
    let port = free_port();
    let mut exporter = Exporter::start(starter, flags, &probes(port, &[]));
    let scrape = |success: bool| {
        for _ in 0..SCRAPES {
            let body = exporter.scrape(&format!("target=ns1&zone={ZONE}"));
            assert!(
                body.contains(&format!("\nprobe_success {}\n", u8::from(success))),
                "{body}"
            );
        }
    };
    scrape(false);
    let without_zone = runtime.block_on(until_bound(|| {
        DemoNameserver::start(std::iter::empty().collect(), port)
    }));
    scrape(false);
    drop(without_zone);
    let demo = runtime.block_on(until_bound(|| Demo::start(port, now())));
    assert_eq!(exporter.reload(&probes(port, &anchors(&demo))), 200);
    scrape(true);
    drop(demo);
    // A second one has keys of its own, which the anchors do not fit.
    let demo = runtime.block_on(until_bound(|| Demo::start(port, now())));
    scrape(false);
    assert_eq!(exporter.reload("{ \"nameservers\": 1 }"), 500);
    assert_eq!(exporter.reload(&probes(port, &anchors(&demo))), 200);
    scrape(true);
    exporter.stop();
    wait_for_stopped(|| read(&exporter))
}

fn wait_for_stopped(read: impl Fn() -> Vec<Event>) -> Vec<Event> {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        let events = read();
        if events.iter().any(|event| event["event"] == "stopped") {
            return events;
        }
        assert!(
            Instant::now() < deadline,
            "it does not say that it stopped: {events:#?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Every event in order, each with its word first and what else it must say.
const EVENTS: [&[(&str, &str)]; 12] = [
    &[
        ("event", "started"),
        ("zones", "1"),
        ("nameservers", "1"),
        ("modules", "1"),
        ("version", env!("CARGO_PKG_VERSION")),
    ],
    &[
        ("event", "probe_failed"),
        ("reason", "network_error"),
        ("reasons", "network_error"),
        ("info_code", "23"),
    ],
    &[
        ("event", "probe_reason_changed"),
        ("reason", "refused"),
        ("previous_reason", "network_error"),
        ("rcode", "REFUSED"),
        ("info_code", "18"),
    ],
    &[("event", "config_reloaded"), ("zones", "1")],
    &[
        ("event", "probe_recovered"),
        ("previous_reason", "refused"),
        ("rcode", "NOERROR"),
        ("status", "secure"),
    ],
    &[
        ("event", "probe_failed"),
        ("reason", "ds_mismatch"),
        ("status", "bogus"),
        ("rcode", "NOERROR"),
    ],
    &[
        ("event", "status_changed"),
        ("previous_status", "secure"),
        ("status", "bogus"),
        ("status_reason", "ds_mismatch"),
    ],
    &[("event", "config_refused")],
    &[("event", "config_reloaded")],
    &[
        ("event", "probe_recovered"),
        ("previous_reason", "ds_mismatch"),
    ],
    &[
        ("event", "status_changed"),
        ("previous_status", "bogus"),
        ("status", "secure"),
    ],
    &[("event", "stopped"), ("signal", "SIGTERM")],
];

fn check(events: &[Event]) {
    let event_names: Vec<_> = events.iter().map(|event| event["event"].as_str()).collect();
    let names: Vec<_> = EVENTS.iter().map(|fields| fields[0].1).collect();
    assert_eq!(event_names, names, "{events:#?}");
    let of_probe = [
        ("zone", "healthy.test."),
        ("target", "ns1"),
        ("name", "healthy.test."),
        ("qtype", "SOA"),
        ("module", "default"),
        ("family", "ipv4"),
        ("address", "127.0.0.1"),
        ("transport", "udp"),
    ];
    for (event, fields) in events.iter().zip(EVENTS) {
        let is_of_probe =
            event["event"].starts_with("probe_") || event["event"] == "status_changed";
        for (name, value) in fields
            .iter()
            .chain(if is_of_probe { &of_probe[..] } else { &[] })
        {
            assert_eq!(
                event.get(*name).map(String::as_str),
                Some(*value),
                "{name} of {event:#?}"
            );
        }
        assert!(!event["message"].is_empty());
    }
    let refused = &events[7];
    assert!(refused["error"].contains("/nameservers"), "{refused:#?}");
    assert!(
        refused["file"].ends_with("/probes.json") && refused["error"].contains(&refused["file"]),
        "{refused:#?}"
    );
    assert_eq!(
        events[1]["message"],
        "probe failed: healthy.test. SOA at ns1 (127.0.0.1): network_error"
    );
    assert!(
        events[4]["failed_seconds"].parse::<u64>().is_ok()
            && events[11]["uptime_seconds"].parse::<u64>().is_ok()
    );
}

/// A server whose predecessor at this port may not be gone yet.
async fn until_bound<T, F: Future<Output = std::io::Result<T>>>(start: impl Fn() -> F) -> T {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        match start().await {
            Ok(server) => return server,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

fn anchors(demo: &Demo) -> Vec<String> {
    let apex: Name = ZONE.parse().expect("a name");
    let anchors = demo
        .zone(&apex)
        .map(SignedZone::trust_anchors)
        .expect("the demo serves it");
    anchors.iter().map(ToString::to_string).collect()
}

fn probes(port: u16, anchors: &[String]) -> String {
    let mut zone = json!({ "nameservers": ["ns1"], "dnssec": "required" });
    if !anchors.is_empty() {
        zone["trust_anchors"] = json!(anchors);
    }
    let nameserver = json!({ "addresses": [Ipv4Addr::LOCALHOST], "port": port });
    json!({ "nameservers": { "ns1": nameserver }, "zones": { ZONE: zone }, "trust": no_resolver() })
        .to_string()
}
