//! What the unit forbids is nothing that the exporter does. No systemd is here to put it into the sandbox, so strace looks at
//! every system call of a run with all that there is to do: its start, probes over both transports, by name and by address, a
//! reload, the watchdog, journald, and its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::http::get;
use crate::process::{Process, command, path_of, run};
use crate::systemd::manager::{Manager, WAIT_TIMEOUT, ended, free_address};
use crate::systemd::units::settings;

/// System calls as strace prints them, `name(arguments`, each once a run.
type Calls = BTreeMap<String, BTreeSet<String>>;

#[test]
fn sandbox_allows_everything_the_exporter_needs() {
    let calls = traced();
    let allowed = allowed();
    for name in calls.keys() {
        assert!(
            allowed.contains(name),
            "SystemCallFilter= forbids {name}: {:?}",
            calls[name].first()
        );
    }
    let families = settings("RestrictAddressFamilies").join(" ");
    let families: BTreeSet<_> = families.split(' ').collect();
    let made: BTreeSet<_> = calls["socket"]
        .iter()
        .filter_map(|arguments| arguments.split(',').next())
        .collect();
    assert_eq!(
        made, families,
        "what sockets are made of, and what the unit allows"
    );
    // MemoryDenyWriteExecute: systemd.exec(5) has what it forbids.
    for arguments in calls["mmap"]
        .iter()
        .filter(|arguments| arguments.contains("PROT_EXEC"))
    {
        assert!(!arguments.contains("PROT_WRITE"), "mmap({arguments}");
    }
    for arguments in &calls["mprotect"] {
        assert!(!arguments.contains("PROT_EXEC"), "mprotect({arguments}");
    }
    // RestrictNamespaces.
    for arguments in ["clone", "clone3"]
        .iter()
        .filter_map(|name| calls.get(*name))
        .flatten()
    {
        assert!(!arguments.contains("CLONE_NEW"), "{arguments}");
    }
    // ProtectSystem=strict, ProtectHome and no state of its own: nothing is written to, but for the null device.
    let opened = ["open", "openat"]
        .iter()
        .filter_map(|name| calls.get(*name))
        .flatten();
    for arguments in
        opened.filter(|arguments| arguments.contains("O_WRONLY") || arguments.contains("O_RDWR"))
    {
        assert!(arguments.contains("\"/dev/null\""), "{arguments}");
    }
}

#[test]
fn sandbox_allows_reading_proc_stat() {
    assert_eq!(
        settings("ProcSubset"),
        Vec::<String>::new(),
        "process_start_time_seconds is 0 without /proc/stat"
    );
    let files = &traced()["openat"];
    assert!(
        files
            .iter()
            .any(|arguments| arguments.contains("\"/proc/stat\"")),
        "{files:?}"
    );
}

/// A run of the exporter.
fn traced() -> Calls {
    let manager = Manager::new();
    let (demo, port) = demo(manager.directory.path());
    let address = free_address();
    let probes = format!(
        r#"{{ "nameservers": {{ "demo": {{ "addresses": ["127.0.0.1", "::1"], "port": {port} }} }} }}"#
    );
    let (probes, trace) = (
        manager.probes(&probes),
        manager.directory.path().join("trace"),
    );
    let mut strace = command("strace");
    // As a grandchild, so that the exporter itself is the process that is signalled.
    strace
        .args(["-f", "-qq", "-D", "-s", "300", "-o"])
        .arg(&trace)
        .args(["--", "env", &manager.notify_socket()]);
    strace.args([
        "WATCHDOG_USEC=100000",
        env!("CARGO_BIN_EXE_outsidein"),
        "serve",
        "--log.format",
        "journald",
    ]);
    strace
        .args([
            "--web.listen-address",
            &address.to_string(),
            "--config.file",
        ])
        .arg(&probes);
    let mut exporter = Process::start(&strace, manager.directory.path().join("log"));
    assert_eq!(next_state(&manager), "READY=1");
    for target in ["demo", "localhost", "127.0.0.1:1"] {
        let parameters = [
            ("target", target),
            ("zone", "healthy.test"),
            ("transport", "both"),
            ("denial", "true"),
        ];
        let report = get(address, "/probe", &parameters);
        assert_eq!(
            report.contains("\nprobe_success 1\n"),
            target == "demo",
            "{target}: {report}"
        );
    }
    assert!(!get(address, "/metrics", &[]).contains("process_start_time_seconds 0\n"));
    exporter.signal("HUP");
    assert_eq!(
        [next_state(&manager), next_state(&manager)],
        ["RELOADING=1", "READY=1"]
    );
    exporter.signal("TERM");
    assert_eq!(next_state(&manager), "STOPPING=1");
    ended(&mut exporter);
    drop(demo);
    parsed(&trace)
}

/// What the manager is told, but for the watchdog.
fn next_state(manager: &Manager) -> String {
    loop {
        let first = manager.received_states().swap_remove(0);
        if first != "WATCHDOG=1" {
            return first;
        }
    }
}

/// Nameservers to ask, and their port.
fn demo(directory: &Path) -> (Process, u16) {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_outsidein"));
    demo.args([
        "demo",
        "--demo.port",
        "0",
        "--web.listen-address",
        "127.0.0.1:0",
    ]);
    let mut demo = Process::start(&demo, directory.join("demo"));
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        let log = demo.log();
        let port = log
            .split_once(", port ")
            .and_then(|(_, rest)| rest.split(',').next()?.parse().ok());
        // The address of the exporter comes last.
        if let (Some(port), true) = (port, log.contains("Stop with Ctrl-C.")) {
            return (demo, port);
        }
        assert!(!demo.has_ended() && Instant::now() < deadline, "{log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn parsed(trace: &Path) -> Calls {
    let mut calls = Calls::new();
    // strace writes on for a moment after its tracee has ended.
    std::thread::sleep(Duration::from_millis(300));
    let text = String::from_utf8_lossy(&fs::read(trace).expect("a trace")).into_owned();
    for line in text.lines() {
        let call = line.split_once(' ').map(|(_, call)| call.trim_start());
        // Neither signals, `--- SIGHUP ...`, nor ends of calls, `<... read resumed>`.
        let Some((name, arguments)) = call.and_then(|call| call.split_once('(')) else {
            continue;
        };
        if name
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
        {
            calls
                .entry(name.to_owned())
                .or_default()
                .insert(arguments.to_owned());
        }
    }
    assert!(
        text.contains("SIGTERM") && calls.len() > 30,
        "{} calls in {}",
        calls.len(),
        path_of("strace").display()
    );
    calls
}

/// What `SystemCallFilter=` leaves: one list of what is allowed, then lists of what is taken from it.
fn allowed() -> BTreeSet<String> {
    let filters = settings("SystemCallFilter");
    let mut remaining = BTreeSet::new();
    for filter in &filters {
        match filter.strip_prefix('~') {
            None => remaining.extend(filter.split(' ').flat_map(members)),
            Some(taken) => {
                for call in taken.split(' ').flat_map(members) {
                    remaining.remove(&call);
                }
            }
        }
    }
    assert!(
        remaining.contains("read") && !remaining.contains("reboot"),
        "{filters:?}"
    );
    // systemd itself needs it to start the program.
    remaining.insert("execve".to_owned());
    remaining
}

/// The calls of a set and of the sets in it; a call is its own.
fn members(set: &str) -> Vec<String> {
    if !set.starts_with('@') {
        return vec![set.to_owned()];
    }
    let printed = run(command("systemd-analyze").args(["syscall-filter", "--no-pager", set]));
    let lines = printed
        .lines()
        .skip(1)
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(members).collect()
}
