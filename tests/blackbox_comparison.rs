//! What the README opens with: a zone whose signatures have expired, both exporters side by side.

#[allow(dead_code, reason = "each test binary uses its part of the harness")]
mod real;

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use real::exporter::Exporter;
use real::http::get;
use real::process::{Directory, Process, command};
use real::{LOOPBACK, Server, broken, free_port, nsd};

#[test]
fn blackbox_exporter_calls_an_expired_zone_a_success_and_we_do_not() {
    let directory = Directory::new();
    let expired = broken::expired_zone(&directory);
    let origin = expired.origin.clone();
    let nsd = nsd::start_with("nsd", directory, vec![expired]);

    let blackbox = Blackbox::start(&origin);
    for address in nsd.addresses() {
        let theirs = blackbox.probe(address);
        assert!(has_line(&theirs, "probe_success 1"), "{address}: {theirs}");
    }

    let ours = our_metrics(&nsd, &origin);
    assert!(has_line(&ours, "probe_success 0"), "{ours}");
    for (family, address) in [("ipv4", "127.0.0.1"), ("ipv6", "::1")] {
        let failure = format!(
            "probe_failure{{family=\"{family}\",address=\"{address}\",reason=\"signature_expired\",info_code=\"7\"}} 1"
        );
        assert!(has_line(&ours, &failure), "{failure} is not in\n{ours}");
    }
}

fn our_metrics(nsd: &Server, origin: &str) -> String {
    Exporter::start(&[nsd]).get("/probe", &[("target", nsd.kind), ("zone", origin)])
}

fn has_line(metrics: &str, line: &str) -> bool {
    metrics.lines().any(|other| other == line)
}

/// A running blackbox_exporter whose module asks for the SOA of one zone.
struct Blackbox {
    address: SocketAddr,
    _process: Process,
    _directory: Directory,
}

impl Blackbox {
    fn start(origin: &str) -> Self {
        let directory = Directory::new();
        let module = format!(
            "modules:\n  soa:\n    prober: dns\n    timeout: 5s\n    dns:\n      query_name: {origin}\n      query_type: SOA\n      \
             transport_protocol: udp\n      valid_rcodes: [NOERROR]\n      recursion_desired: false\n"
        );
        let file = directory.write("blackbox.yml", &module);
        let address = SocketAddr::new(LOOPBACK[0], free_port());
        let mut exporter = command("prometheus-blackbox-exporter");
        exporter.arg(format!("--config.file={}", file.display())).arg(format!("--web.listen-address={address}"));
        let mut process = Process::start(&exporter, directory.path().join("log"));
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            assert!(!process.has_ended() && Instant::now() < deadline, "blackbox_exporter: {}", process.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { address, _process: process, _directory: directory }
    }

    fn probe(&self, target: SocketAddr) -> String {
        get(self.address, "/probe", &[("module", "soa"), ("target", &target.to_string())])
    }
}
