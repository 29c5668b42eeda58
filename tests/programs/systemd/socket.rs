//! The socket that is passed, and every way in which it is not the one that is wanted.

use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::http::get;
use crate::process::{Process, command};
use crate::systemd::manager::{Manager, WAIT_TIMEOUT, free_address};

/// Passes a socket at `address` to the program as soon as somebody connects.
fn activate(manager: &Manager, address: SocketAddr, arguments: &[&str]) -> Process {
    let mut activate = command("systemd-socket-activate");
    activate.args([
        "--listen",
        &address.to_string(),
        "-E",
        &manager.notify_socket(),
    ]);
    activate
        .arg(env!("CARGO_BIN_EXE_outsidein"))
        .args(arguments);
    Process::start(&activate, manager.directory.path().join("log"))
}

#[test]
fn passed_socket_is_used() {
    let (manager, address) = (Manager::new(), free_address());
    let exporter = activate(&manager, address, &["serve", "--web.systemd-socket"]);
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while TcpStream::connect(address).is_err() {
        assert!(
            Instant::now() < deadline,
            "nobody listens:\n{}",
            exporter.log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(
        manager.received_states(),
        [
            "READY=1".to_owned(),
            format!("STATUS=listening on {address}")
        ]
    );
    assert!(get(address, "/metrics", &[]).contains("outsidein_build_info"));
}

/// What the program says where the shell has opened something `before`, at descriptor 3.
fn run_with(before: &str, flags: &[&str]) -> Output {
    // Should it not refuse, it would serve for ever.
    let mut shell = Command::new("timeout");
    let script = format!("{before} LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; exec \"$@\"");
    shell
        .args([
            "30",
            "bash",
            "-c",
            &script,
            "bash",
            env!("CARGO_BIN_EXE_outsidein"),
            "serve",
        ])
        .args(flags);
    shell.output().expect("bash runs")
}

fn refused(output: &Output, why: &str) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{why}: {output:?}");
    assert!(complaint.contains(why), "{why}: {complaint}");
}

#[test]
fn passed_socket_and_flag_must_agree() {
    const FLAG: &[&str] = &["--web.systemd-socket"];
    // A connection, as Accept=yes would pass it.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let connected = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{}; LISTEN_FDS=1",
        listener.local_addr().expect("its address").port()
    );
    let free = ["--web.listen-address", "127.0.0.1:0"];
    refused(
        &run_with("exec 3</dev/null; LISTEN_FDS=1", &free),
        "--web.systemd-socket: a socket was passed (LISTEN_FDS), and",
    );
    refused(
        &run_with("LISTEN_FDS=0", FLAG),
        "--web.systemd-socket: no socket was passed (LISTEN_FDS, LISTEN_PID)",
    );
    refused(
        &run_with("exec 3</dev/null 4</dev/null; LISTEN_FDS=2", FLAG),
        "--web.systemd-socket: 2 sockets were passed",
    );
    refused(
        &run_with("exec 3</dev/null; LISTEN_FDS=1", FLAG),
        "--web.systemd-socket: what was passed is no socket of TCP",
    );
    refused(
        &run_with(&connected, FLAG),
        "--web.systemd-socket: the socket that was passed does not listen; its unit needs Accept=no",
    );
    refused(
        &run_with("LISTEN_FDS=0", &[FLAG, &free].concat()),
        "cannot be used with",
    );
}
