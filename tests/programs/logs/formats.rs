//! The forms of the log, and which one is taken: by the flag, by systemd, or because journald is not there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::time::{Duration, SystemTime};

use outsidein::demo::Demo;
use outsidein::dns::Timestamp;
use outsidein::log::{Event as Kind, Fields};
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::logs::Event;
use crate::logs::exporter::{Exporter, Starter, no_resolver};
use crate::logs::journal::{Journal, apart, wait_for};

/// The events of a log in JSON: one object a line.
pub fn of_json(log: &str) -> Vec<Event> {
    let event = |line: &str| -> Event {
        let object: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let fields = object.as_object().expect("an object").iter();
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned)
        };
        fields
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    };
    log.lines().map(event).collect()
}

/// The events of a log as text: the time, the level, the message, then `field="value"` and `field=number`.
pub fn of_text(log: &str) -> Vec<Event> {
    log.lines().map(of_line).collect()
}

fn of_line(line: &str) -> Event {
    let (head, mut rest) = line
        .split_once(" event=")
        .unwrap_or_else(|| panic!("no event: {line}"));
    let (_, message) = head
        .split_once(" outsidein: ")
        .unwrap_or_else(|| panic!("no message: {line}"));
    let mut event = Event::from([("message".to_owned(), message.to_owned())]);
    let mut name = "event";
    loop {
        let end = value_end(rest);
        let value = &rest[..end];
        // Rust's own way to quote, which for what a log may hold is JSON's.
        let value = if value.starts_with('"') {
            serde_json::from_str(value).expect(line)
        } else {
            value.to_owned()
        };
        event.insert(name.to_owned(), value);
        let Some((next, after)) = rest[end..].trim_start().split_once('=') else {
            return event;
        };
        (name, rest) = (next, after);
    }
}

fn value_end(text: &str) -> usize {
    let Some(quoted) = text.strip_prefix('"') else {
        return text.find(' ').unwrap_or(text.len());
    };
    let mut escaped = false;
    for (offset, char) in quoted.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return offset + 2,
            _ => {}
        }
    }
    panic!("a value without end: {text}")
}

#[test]
fn redirected_standard_error_under_systemd_gets_text() {
    let exporter = Exporter::start(Starter::UnderSystemd, &[], "{}");
    assert_eq!(of_text(&exporter.standard_error())[0]["event"], "started");
}

#[test]
fn format_flag_overrides_systemd() {
    apart(format_flag_overrides_systemd, || {
        let journal = Journal::start();
        let _text = Exporter::start(Starter::Systemd, &["--log.format", "text"], "{}");
        let _json = Exporter::start(Starter::Systemd, &["--log.format", "json"], "{}");
        wait_for(|| messages(&journal).len() == 2);
        let messages = messages(&journal);
        assert_eq!(of_text(&messages[0])[0]["event"], "started");
        assert_eq!(of_json(&messages[1])[0]["event"], "started");
        assert_eq!(journal.events(), Vec::<Event>::new(), "nothing natively");

        let forced = Exporter::start(Starter::Shell, &["--log.format", "journald"], "{}");
        wait_for(|| !journal.events().is_empty());
        assert_eq!(
            journal.events()[0]["listen_address"],
            forced.address.to_string()
        );
        assert_eq!(forced.standard_error(), "");

        let quiet = Exporter::start(
            Starter::Shell,
            &["--log.format", "journald", "--log.level", "warn"],
            "{}",
        );
        quiet.scrape("target=127.0.0.1:1&zone=example.net");
        wait_for(|| journal.events().len() == 2);
        assert_eq!(
            journal.events()[1]["event"],
            "probe_failed",
            "and not what is below the level"
        );
    });
}

fn messages(journal: &Journal) -> Vec<String> {
    let entries = journal.entries();
    let of_stream = entries
        .iter()
        .filter(|entry| entry["_TRANSPORT"] == "stdout");
    of_stream
        .filter_map(|entry| entry["MESSAGE"].as_str().map(ToOwned::to_owned))
        .collect()
}

#[test]
fn missing_journald_falls_back_to_standard_error() {
    apart(missing_journald_falls_back_to_standard_error, || {
        let exporter = Exporter::start(Starter::Shell, &["--log.format", "journald"], "{}");
        let events = of_text(&exporter.standard_error());
        let event_names: Vec<_> = events.iter().map(|event| event["event"].as_str()).collect();
        assert_eq!(event_names, ["journald_unreachable", "started"]);
        assert!(events[0]["error"].contains("No such file"), "{events:#?}");
    });
}

#[test]
fn log_level_filters_lower_events() {
    let exporter = Exporter::start(
        Starter::Shell,
        &["--log.level", "warn", "--log.format", "json"],
        "{}",
    );
    exporter.scrape("target=127.0.0.1:1&zone=example.net");
    let event_names: Vec<_> = of_json(&exporter.standard_error())
        .into_iter()
        .map(|event| event["event"].clone())
        .collect();
    assert_eq!(event_names, ["probe_failed"]);
}

#[test]
fn failed_accepts_are_logged_once() {
    let exporter = Exporter::start(Starter::Stingy, &["--log.format", "json"], "{}");
    let connections: Vec<_> = (0..40)
        .map(|_| TcpStream::connect(exporter.address).expect("it listens"))
        .collect();
    let events = || of_json(&exporter.standard_error());
    wait_for(|| {
        events()
            .iter()
            .any(|event| event["event"] == "accept_failed")
    });
    // What it had open when it began may close yet, and let one more in.
    std::thread::sleep(Duration::from_secs(1));
    let before = events();
    // It tries ten times a second.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(events(), before);
    drop(connections);
}

/// A pipe holds 64 KB, and some fifty of these events.
#[test]
fn unread_log_does_not_block_probes() {
    let exporter = Exporter::start(Starter::Unread, &[], "{}");
    let long = [["a"; 60].concat(), ["b"; 60].concat(), ["c"; 60].concat()].join(".");
    for number in 0..80 {
        exporter.scrape(&format!("target=127.0.0.1:1&zone={number}.{long}"));
    }
    assert_eq!(exporter.request("GET", "/-/healthy").0, 200);
}

/// What a caller or a server would write if it could: a line, a field of the journal, an object.
const FORGED: &str =
    "x\nPRIORITY=0\nF_ZONE=forged.\n\r\"}\n{\"event\":\"forged\"}\u{1b}[2J\u{202e}";

#[test]
fn journal_entries_and_fields_cannot_be_forged() {
    apart(journal_entries_and_fields_cannot_be_forged, || {
        let journal = Journal::start();
        let layer = tracing_journald::layer().expect("journald is there");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let text = || Some(FORGED.to_owned());
            let fields = Fields {
                zone: Some("true.".to_owned()),
                target: text(),
                detail: text(),
                ..Fields::default()
            };
            fields.log(Kind::ProbeFailed, FORGED);
        });
        wait_for(|| !journal.events().is_empty());
        let entries = journal.entries();
        let ours: Vec<_> = entries
            .iter()
            .filter(|entry| !entry["F_EVENT"].is_null())
            .collect();
        let [entry] = ours[..] else {
            panic!("{ours:#?}")
        };
        assert_eq!(
            (&entry["F_ZONE"], &entry["F_EVENT"]),
            (&json!("true."), &json!("probe_failed"))
        );
        assert_eq!(entry["PRIORITY"], "4");
        for name in ["MESSAGE", "F_TARGET", "F_DETAIL"] {
            let shown = entry[name]
                .as_str()
                .unwrap_or_else(|| panic!("{name} is no plain text: {entry}"));
            assert!(
                shown.contains("\\nF_ZONE=forged.") && !shown.contains(char::is_control),
                "{shown}"
            );
        }
    });
}

/// As far as the parameters of a request go.
#[test]
fn request_text_cannot_forge_log_lines() {
    let exporter = Exporter::start(Starter::Shell, &[], "{}");
    let nothing = "zone=a%5C010b%5C034%20event=%5C034forged.test&target=127.0.0.1:1";
    let (status, body) = exporter.request("GET", &format!("/probe?{nothing}"));
    assert_eq!(status, 400, "a blank must be escaped: {body}");
    exporter.scrape("zone=a%5C010b%5C034%5C032event=%5C034forged.test&target=127.0.0.1:1");
    for target in ["127.0.0.1:1%0Aforged", "a%0Aforged.test", "a%1B[2J.test"] {
        assert_eq!(
            exporter
                .request("GET", &format!("/probe?zone=b.test&target={target}"))
                .0,
            400,
            "{target}"
        );
    }
    let events = of_text(&exporter.standard_error());
    let event_names: Vec<_> = events.iter().map(|event| event["event"].as_str()).collect();
    assert_eq!(event_names, ["started", "probe_failed"]);
    assert_eq!(events[1]["zone"], "a\\010b\\\"\\032event=\\\"forged.test.");
}

#[test]
fn inconsistency_is_logged_once_at_start_and_end() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let demo = runtime
        .block_on(Demo::start(0, Timestamp::from(SystemTime::now())))
        .expect("the demo starts");
    let probes = |addresses: &[IpAddr]| {
        let nameserver = json!({ "addresses": addresses, "port": demo.port() });
        let zone = json!({ "nameservers": ["ns1"] });
        json!({ "nameservers": { "ns1": nameserver }, "zones": { "stale-ipv6.test": zone }, "trust": no_resolver() })
            .to_string()
    };
    let [v4, v6] = [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    ];
    let exporter = Exporter::start(
        Starter::Shell,
        &["--log.format", "json"],
        &probes(&[v4, v6]),
    );
    let scrape = || (0..5).for_each(|_| drop(exporter.scrape("zone=stale-ipv6.test")));
    scrape();
    assert_eq!(exporter.reload(&probes(&[v4])), 200);
    scrape();
    let events = of_json(&exporter.standard_error());
    let event_kinds: Vec<_> = events
        .iter()
        .map(|event| [event["event"].as_str(), event.get("what").map_or("", |w| w)])
        .collect();
    let wanted = [
        ["started", ""],
        ["difference_appeared", "serial"],
        ["difference_appeared", "ns"],
        ["config_reloaded", ""],
        ["difference_gone", "serial"],
        ["difference_gone", "ns"],
    ];
    assert_eq!(event_kinds, wanted, "{events:#?}");
    for event in events.iter().filter(|event| event.contains_key("what")) {
        let fields = ["zone", "nameserver", "family", "address"].map(|name| event[name].as_str());
        assert_eq!(fields, ["stale-ipv6.test.", "ns1", "ipv6", "::1"]);
        assert!(!event.contains_key("target"), "{event:#?}");
    }
    assert!(events[1]["detail"].contains(" behind "), "{events:#?}");
}
