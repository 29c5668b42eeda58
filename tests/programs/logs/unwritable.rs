//! A log that cannot be written, because its disk is full, its reader gone, or its reader stalls: nothing else stops for it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::logs::Event;
use crate::logs::exporter::{DISK, Exporter, Starter};
use crate::logs::formats::{of_json, of_text};
use crate::logs::journal::{apart, wait_for};
use crate::process::{command, run};

/// The longest that a stop may take where no request runs.
const STOP: Duration = Duration::from_secs(5);

/// All that an exporter does, and most of it is told in the log.
fn goes_on(exporter: &mut Exporter) {
    let scrape = |zone: &str| {
        assert!(
            exporter
                .scrape(&format!("target=127.0.0.1:1&zone={zone}"))
                .contains("probe_success 0")
        );
    };
    scrape("before.example");
    assert_eq!(exporter.reload("{ \"nameservers\": 1 }"), 500);
    assert_eq!(exporter.reload("{ \"zones\": {} }"), 200);
    let connections: Vec<_> = (0..40)
        .map(|_| TcpStream::connect(exporter.address).expect("it listens"))
        .collect();
    // It tries to accept ten times a second.
    std::thread::sleep(Duration::from_millis(500));
    drop(connections);
    scrape("after.example");
    exporter.signal("HUP");
    scrape("again.example");
    let start = Instant::now();
    assert_eq!(exporter.stop(), Some(0));
    assert!(start.elapsed() < STOP, "{:?}", start.elapsed());
}

#[test]
fn full_log_disk_does_not_stop_the_exporter() {
    apart(full_log_disk_does_not_stop_the_exporter, || {
        goes_on(&mut Exporter::start(Starter::Full, &[], "{}"));
    });
}

#[test]
fn closed_log_pipe_does_not_stop_the_exporter() {
    apart(closed_log_pipe_does_not_stop_the_exporter, || {
        let mut exporter = Exporter::start(Starter::Deserted, &[], "{}");
        goes_on(&mut exporter);
        assert_eq!(
            of_text(&exporter.standard_error())[0]["event"],
            "started",
            "what was read"
        );
    });
}

#[test]
fn stalled_log_reader_does_not_stop_the_exporter() {
    apart(stalled_log_reader_does_not_stop_the_exporter, || {
        goes_on(&mut Exporter::start(Starter::Stalled, &[], "{}"));
        goes_on(&mut Exporter::start(
            Starter::Stalled,
            &["--log.format", "json"],
            "{}",
        ));
    });
}

#[test]
fn stalled_journald_does_not_stop_the_exporter() {
    apart(stalled_journald_does_not_stop_the_exporter, || {
        fs::create_dir_all("/run/systemd/journal").expect("/run is ours");
        let journald = UnixDatagram::bind(JOURNALD).expect("a socket");
        stuff();
        goes_on(&mut Exporter::start(
            Starter::Shell,
            &["--log.format", "journald"],
            "{}",
        ));
        stuff();
        let _exporter = Exporter::start(Starter::Shell, &["--log.format", "journald"], "{}");
        journald
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a read timeout");
        let mut datagram = [0; 4096];
        // Once it goes on, it is told what it has missed.
        loop {
            let length = journald
                .recv(&mut datagram)
                .expect("that it started, in the end");
            if String::from_utf8_lossy(&datagram[..length]).contains("listening on") {
                break;
            }
        }
    });
}

const JOURNALD: &str = "/run/systemd/journal/socket";

/// Sends to journald until it takes no more.
fn stuff() {
    let stuffing = UnixDatagram::unbound().expect("a socket");
    stuffing.set_nonblocking(true).expect("it can be");
    while stuffing.send_to(b"MESSAGE=more\n", JOURNALD).is_ok() {}
}

/// The reader comes back as the exporter is told to stop.
#[test]
fn pending_events_are_written_in_order_at_exit() {
    apart(pending_events_are_written_in_order_at_exit, || {
        fs::create_dir("/run/small").expect("/run is ours");
        run(Command::new("mkfifo").arg(DISK));
        let mut both = File::options()
            .read(true)
            .write(true)
            .open(DISK)
            .expect("a pipe");
        let mut reader = File::open(DISK).expect("its other end");
        // As many octets as a pipe holds.
        both.write_all(&vec![b'\n'; 1 << 16])
            .expect("it holds them");
        let mut exporter = Exporter::start(Starter::OnDisk, &["--log.format", "json"], "{}");
        drop(both);
        exporter.scrape("target=127.0.0.1:1&zone=first.example");
        assert_eq!(exporter.reload("{}"), 200);
        exporter.scrape("target=127.0.0.1:1&zone=second.example");
        exporter.signal("TERM");
        let mut log = String::new();
        reader.read_to_string(&mut log).expect("text, and its end");
        assert_eq!(exporter.stop(), Some(0));
        let events = of_json(log.trim_start());
        let event_names: Vec<_> = events.iter().map(|event| event["event"].as_str()).collect();
        assert_eq!(
            event_names,
            [
                "started",
                "probe_failed",
                "config_reloaded",
                "probe_failed",
                "stopped"
            ]
        );
    });
}

#[test]
fn stalled_fallback_log_does_not_stop_the_exporter() {
    apart(stalled_fallback_log_does_not_stop_the_exporter, || {
        goes_on(&mut Exporter::start(
            Starter::Stalled,
            &["--log.format", "journald"],
            "{}",
        ));
    });
}

#[test]
fn log_resumes_and_reports_lost_events() {
    apart(log_resumes_and_reports_lost_events, || {
        fs::create_dir("/run/small").expect("/run is ours");
        run(command("mount").args(["-t", "tmpfs", "-o", "size=64k", "none", "/run/small"]));
        let exporter = Exporter::start(Starter::OnDisk, &["--log.format", "json"], "{}");
        let ballast = fs::write("/run/small/ballast", vec![0; 1 << 20]);
        assert!(ballast.is_err(), "the disk is full");
        let scrape = |zone: &str| drop(exporter.scrape(&format!("target=127.0.0.1:1&zone={zone}")));
        // What is left of the page that the log ends in takes some of them, and a part of one.
        for number in 0..20 {
            scrape(&format!("{number}.lost.example"));
        }
        assert_eq!(exporter.reload("{}"), 200);
        fs::remove_file("/run/small/ballast").expect("it is there");
        scrape("told.example");
        let log = || fs::read_to_string(DISK).expect("the log");
        wait_for(|| log().contains("events_lost"));
        let events = whole(&log());
        let of_zone = |zone: &str| {
            events
                .iter()
                .filter(|event| event.get("zone").is_some_and(|z| z.ends_with(zone)))
                .count()
        };
        let lost: usize = events
            .iter()
            .filter_map(|event| event.get("lost")?.parse::<usize>().ok())
            .sum();
        assert_eq!(of_zone("told.example."), 1, "{events:#?}");
        assert!(
            lost > 1 && of_zone("lost.example.") + lost == 21,
            "{lost} of 21 (a reload is one): {events:#?}"
        );
    });
}

/// The events that a full disk has left whole.
fn whole(log: &str) -> Vec<Event> {
    let lines = log
        .lines()
        .filter(|line| line.starts_with('{') && line.ends_with('}'));
    lines.flat_map(of_json).collect()
}
