//! The exporter under test, run as its users run it, and asked over HTTP.

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{LOOPBACK, Server};
use crate::http::get;
use crate::process::{Directory, Process};

const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// A running `outsidein serve`.
pub struct Exporter {
    address: SocketAddr,
    _process: Process,
    _directory: Directory,
}

impl Exporter {
    /// Starts it with `servers` as nameservers named after their kinds.
    pub fn start(servers: &[&Server]) -> Self {
        let entry = |server: &&Server| {
            (
                server.kind.to_owned(),
                json!({ "addresses": LOOPBACK, "port": server.port }),
            )
        };
        let nameservers: serde_json::Map<_, _> = servers.iter().map(entry).collect();
        let modules = json!({
            "negative": { "valid_rcodes": ["NOERROR", "NXDOMAIN"] },
            // What delv says is of the question alone.
            "question": { "denial": false },
        });
        Self::with_config(&json!({ "nameservers": nameservers, "modules": modules }).to_string())
    }

    /// Starts it with this probes.json, and without the machine's resolvers unless it names some.
    pub fn with_config(probes: &str) -> Self {
        let mut probes: Value = serde_json::from_str(probes).expect("JSON");
        let trust = probes.as_object_mut().expect("an object").entry("trust");
        trust.or_insert_with(|| json!({ "resolver": "none" }));
        let directory = Directory::new();
        let file = directory.write("probes.json", &probes.to_string());
        let mut command = Command::new(env!("CARGO_BIN_EXE_outsidein"));
        command
            .args([
                "serve",
                "--web.listen-address",
                "127.0.0.1:0",
                "--config.file",
            ])
            .arg(file);
        let mut process = Process::start(&command, directory.path().join("log"));
        let address = listening_address(&mut process);
        Self {
            address,
            _process: process,
            _directory: directory,
        }
    }

    /// `GET /probe` with these parameters, as JSON.
    pub fn probe(&self, parameters: &[(&str, &str)]) -> Value {
        let body = self.get("/probe", &[parameters, &[("format", "json")]].concat());
        serde_json::from_str(&body)
            .unwrap_or_else(|error| panic!("{parameters:?}: {error}: {body}"))
    }

    /// `GET` of any path; anything but 200 fails the test.
    pub fn get(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        get(self.address, path, parameters)
    }
}

/// The log's line `listening address=127.0.0.1:PORT` says where it is.
fn listening_address(process: &mut Process) -> SocketAddr {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        let log = process.log();
        let address = log
            .split_once("listening")
            .and_then(|(_, rest)| rest.split_once("address="));
        // Until the line has ended, the port may be half written.
        let complete = address.and_then(|(_, rest)| rest.split_once(|c: char| c.is_whitespace()));
        if let Some((address, _)) = complete {
            return address
                .trim_matches('"')
                .parse()
                .unwrap_or_else(|error| panic!("{address}: {error}"));
        }
        assert!(
            !process.has_ended() && Instant::now() < deadline,
            "outsidein does not listen:\n{log}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
