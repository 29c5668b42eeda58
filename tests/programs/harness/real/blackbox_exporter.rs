//! Debian's blackbox_exporter.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::{LOOPBACK, free_port};
use crate::http::get;
use crate::process::{Directory, Process, command};

/// A running blackbox_exporter.
pub struct BlackboxExporter {
    address: SocketAddr,
    _process: Process,
    _directory: Directory,
}

impl BlackboxExporter {
    /// Starts it with this blackbox.yml.
    pub fn start(configuration: &str) -> Self {
        let directory = Directory::new();
        let file = directory.write("blackbox.yml", configuration);
        let address = SocketAddr::new(LOOPBACK[0], free_port());
        let mut exporter = command("prometheus-blackbox-exporter");
        exporter
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--web.listen-address={address}"));
        let mut process = Process::start(&exporter, directory.path().join("log"));
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            assert!(
                !process.has_ended() && Instant::now() < deadline,
                "blackbox_exporter: {}",
                process.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self {
            address,
            _process: process,
            _directory: directory,
        }
    }

    /// The metrics of one probe.
    pub fn probe(&self, module: &str, target: &str) -> String {
        get(
            self.address,
            "/probe",
            &[("module", module), ("target", target)],
        )
    }

    /// What it says of one probe.
    pub fn log(&self, module: &str, target: &str) -> String {
        get(
            self.address,
            "/probe",
            &[("module", module), ("target", target), ("debug", "true")],
        )
    }

    /// Each record that it held against regexps, in its own words.
    pub fn records(&self, module: &str, target: &str) -> Vec<String> {
        let log = self.log(module, target);
        let quoted = log.lines().filter_map(|line| {
            line.split_once("msg=\"Validating RR\" rr=")
                .map(|(_, rr)| rr)
        });
        // Its log quotes a text as JSON does.
        quoted
            .map(|rr| serde_json::from_str(rr).unwrap_or_else(|error| panic!("{rr}: {error}")))
            .collect()
    }
}
