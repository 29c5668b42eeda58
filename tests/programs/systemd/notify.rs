//! What the manager is told: ready, reloading, stopping, and that tasks still run.

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::http::get;
use crate::process::run;
use crate::systemd::manager::{Manager, ended};

const SERVE: [&str; 3] = ["serve", "--web.listen-address", "127.0.0.1:0"];

/// Where it says that it listens.
fn address(messages: &[String]) -> SocketAddr {
    let [ready, status] = messages else {
        panic!("{messages:?}")
    };
    assert_eq!(ready, "READY=1");
    let address = status
        .strip_prefix("STATUS=listening on ")
        .and_then(|address| address.parse().ok());
    address.unwrap_or_else(|| panic!("{status}"))
}

/// Microseconds of the monotonic clock, which counts from the start of the machine as its uptime does.
fn monotonic_microseconds(messages: &[String]) -> f64 {
    let [reloading, at] = messages else {
        panic!("{messages:?}")
    };
    assert_eq!(reloading, "RELOADING=1");
    let at = at
        .strip_prefix("MONOTONIC_USEC=")
        .and_then(|at| at.parse().ok());
    at.unwrap_or_else(|| panic!("{messages:?}"))
}

fn uptime_microseconds() -> f64 {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC).expect("a clock");
    Duration::from(time).as_secs_f64() * 1e6
}

#[test]
fn systemd_is_notified_of_ready_reload_and_stop() {
    let manager = Manager::new();
    let probes = manager.probes("{}");
    let flag = ["--config.file", probes.to_str().expect("UTF-8")];
    let mut exporter = manager.start(&[], &[&SERVE[..], &flag].concat());
    let address = address(&manager.received_states());
    let loaded = |wanted: &str| {
        assert!(
            get(address, "/metrics", &[]).contains(wanted),
            "{wanted}: {}",
            exporter.log()
        );
    };
    loaded("outsidein_config_last_reload_successful 1\n");

    // A good configuration and a wrong one: ready either way, since the former stays in force.
    for (text, successful) in [("{ \"zones\": {} }", 1), ("{", 0)] {
        manager.probes(text);
        let before = uptime_microseconds();
        exporter.signal("HUP");
        let at = monotonic_microseconds(&manager.received_states());
        assert!(
            (before..=uptime_microseconds()).contains(&(at + 1.0)),
            "{before} {at}"
        );
        assert_eq!(manager.received_states(), ["READY=1"]);
        loaded(&format!(
            "outsidein_config_last_reload_successful {successful}\n"
        ));
    }

    exporter.signal("TERM");
    assert_eq!(manager.received_states(), ["STOPPING=1"]);
    ended(&mut exporter);
}

/// As on a network file system whose server is gone.
#[test]
fn stalled_configuration_read_does_not_delay_exit() {
    let manager = Manager::new();
    let probes = manager.probes("{}");
    let flag = ["--config.file", probes.to_str().expect("UTF-8")];
    let mut exporter = manager.start(&[], &[&SERVE[..], &flag].concat());
    address(&manager.received_states());
    std::fs::remove_file(&probes).expect("it is there");
    run(Command::new("mkfifo").arg(&probes));
    exporter.signal("HUP");
    monotonic_microseconds(&manager.received_states());
    exporter.signal("TERM");
    assert_eq!(manager.received_states(), ["STOPPING=1"]);
    ended(&mut exporter);
}

#[test]
fn watchdog_is_notified_twice_per_period() {
    let manager = Manager::new();
    let _exporter = manager.start(&["WATCHDOG_USEC=400000"], &SERVE);
    let mut notifications = 0;
    let mut start = None;
    while notifications < 10 {
        match manager.received_states().first().map(String::as_str) {
            Some("READY=1") => {}
            Some("WATCHDOG=1") => {
                start.get_or_insert_with(Instant::now);
                notifications += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    // Nine times 200 ms; a busy machine makes one turn late and the next early.
    let took = start.expect("it was heard").elapsed();
    assert!(
        took > Duration::from_millis(1500) && took < Duration::from_secs(3),
        "{took:?}"
    );
}

#[test]
fn watchdog_of_another_process_is_not_notified() {
    let manager = Manager::new();
    let exporter = manager.start(&["WATCHDOG_USEC=20000", "WATCHDOG_PID=1"], &SERVE);
    address(&manager.received_states());
    std::thread::sleep(Duration::from_millis(200));
    exporter.signal("TERM");
    assert_eq!(manager.received_states(), ["STOPPING=1"]);
}

/// Managers of containers have one (sd_notify(3)).
#[test]
fn abstract_notify_socket_is_supported() {
    let manager = Manager::abstract_one();
    let mut exporter = manager.start(&[], &SERVE);
    let address = address(&manager.received_states());
    assert!(get(address, "/-/ready", &[]).contains("ready"));
    exporter.signal("HUP");
    monotonic_microseconds(&manager.received_states());
    assert_eq!(manager.received_states(), ["READY=1"]);
    exporter.signal("TERM");
    assert_eq!(manager.received_states(), ["STOPPING=1"]);
    ended(&mut exporter);
}

#[test]
fn unreachable_notify_socket_is_an_error_at_start() {
    let manager = Manager::new();
    let nowhere = manager.directory.path().join("nobody");
    let nowhere = nowhere.to_str().expect("UTF-8");
    let no_listener = "@outsidein-nobody";
    let cases = [
        (nowhere, "No such file"),
        (no_listener, "Connection refused"),
        (
            "vsock:2:9999",
            "vsock:2:9999 is neither the path of a Unix socket nor @ and its name",
        ),
    ];
    for (socket, why) in cases {
        let mut command = Command::new("timeout");
        command
            .arg("30")
            .arg(env!("CARGO_BIN_EXE_outsidein"))
            .args(SERVE)
            .env("NOTIFY_SOCKET", socket);
        let output = command.output().expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let wanted =
            format!("NOTIFY_SOCKET: systemd cannot be told that the exporter is ready: {why}");
        assert!(stderr.contains(&wanted), "{wanted}: {stderr}");
    }
}
