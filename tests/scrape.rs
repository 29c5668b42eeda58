//! The scrape job and the alerts that the README gives, on a real VictoriaMetrics.

#[allow(dead_code, reason = "each test binary uses its part of the harness")]
mod real;
#[allow(dead_code, reason = "each test binary uses its part of the support")]
mod support;

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use outsidein::config::Config;
use outsidein::demo::{Demo, SignedZone};
use outsidein::dns::Timestamp;
use outsidein::server::ConfigSource;
use real::exporter::get;
use real::process::{Directory, Process, command};
use real::{LOOPBACK, free_port};
use serde_json::Value;
use support::Exporter;

const README: &str = include_str!("../README.md");
const PROBES: &str = include_str!("../probes.json");
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn the_scrape_job_of_the_readme_fills_victoria_metrics_and_its_alerts_see_it() {
    let demo = Demo::start(0, Timestamp::from(SystemTime::now())).await.expect("the demo starts");
    let mut config = Config::parse(PROBES, "probes.json").expect("probes.json is right");
    config.nameservers.get_mut("demo").expect("probes.json has the nameserver").port = demo.port();
    for (apex, zone) in &mut config.zones {
        zone.trust_anchors = demo.zone(apex).map(SignedZone::trust_anchors).unwrap_or_default();
    }
    let exporter = Exporter::start(ConfigSource::Fixed(config)).await;
    let exporter = exporter.address;
    let checks = tokio::task::spawn_blocking(move || {
        for zone in ["healthy.test", "expired.test"] {
            check(exporter, zone);
        }
    });
    checks.await.expect("every check holds");
}

fn check(exporter: SocketAddr, zone: &str) {
    let victoria = VictoriaMetrics::start(&scrape_job(exporter, zone));
    let healthy = zone == "healthy.test";
    let success = victoria.wait_for(&format!("probe_success{{zone=\"{zone}\",qtype=\"SOA\",target=\"demo\"}}"));
    assert_eq!(success, if healthy { "1" } else { "0" }, "{zone}");
    victoria.wait_for(&format!("probe_success{{zone=\"{zone}\",qtype=\"DNSKEY\"}}"));
    let firing: Vec<_> = alerts().into_iter().filter(|(_, expr)| victoria.query(expr).is_some()).collect();
    let names: Vec<_> = firing.iter().map(|(name, _)| name.as_str()).collect();
    let wanted: &[&str] = if healthy { &[] } else { &["DNSProbeFailed", "DNSNotSecure", "DNSSignaturesEndSoon"] };
    assert_eq!(names, wanted, "{zone}");
}

/// The README's scrape job with our names in it.
fn scrape_job(exporter: SocketAddr, zone: &str) -> String {
    let job = yaml_block("scrape_configs:");
    for part in ["[ns1, ns2]", "zone: example.net", "127.0.0.1:9853"] {
        assert!(job.contains(part), "the README's job still has {part}: {job}");
    }
    let job = job.replace("[ns1, ns2]", "[demo]").replace("example.net", zone);
    "global: { scrape_interval: 1s }\n".to_owned() + &job.replace("127.0.0.1:9853", &exporter.to_string())
}

/// Name and expression of each alert in the README.
fn alerts() -> Vec<(String, String)> {
    let block = yaml_block("- alert:");
    let mut alerts = Vec::new();
    for line in block.lines() {
        if let Some(name) = line.strip_prefix("- alert:") {
            let name = name.split('#').next().unwrap_or_default();
            alerts.push((name.trim().to_owned(), String::new()));
        } else if let (Some(expr), Some((_, last))) = (line.trim().strip_prefix("expr:"), alerts.last_mut()) {
            expr.trim().clone_into(last);
        }
    }
    assert_eq!(alerts.len(), 4, "{block}");
    alerts
}

fn yaml_block(start: &str) -> String {
    let blocks = README.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.starts_with(start)).expect("the README has the block").to_owned()
}

struct VictoriaMetrics {
    address: SocketAddr,
    process: Process,
    _directory: Directory,
}

impl VictoriaMetrics {
    fn start(scrape: &str) -> Self {
        let directory = Directory::new();
        let file = directory.path().join("scrape.yml");
        fs::write(&file, scrape).expect("a scrape configuration");
        let address = SocketAddr::new(LOOPBACK[0], free_port());
        let mut command = command("victoria-metrics");
        command.arg(format!("-storageDataPath={}", directory.path().join("data").display()));
        command.arg(format!("-httpListenAddr={address}"));
        command.arg(format!("-promscrape.config={}", file.display()));
        command.args(["-search.latencyOffset=0s", "-promscrape.config.strictParse=true"]);
        let process = Process::start(&command, directory.path().join("log"));
        Self { address, process, _directory: directory }
    }

    /// The value of the first series that `query` finds, once there is one.
    fn wait_for(&self, query: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let listens = std::net::TcpStream::connect(self.address).is_ok();
            if let Some(value) = listens.then(|| self.query(query)).flatten() {
                return value;
            }
            assert!(Instant::now() < deadline, "{query} finds nothing:\n{}", self.process.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn query(&self, query: &str) -> Option<String> {
        let body = get(self.address, "/api/v1/query", &[("query", query)]);
        let answer: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{query}: {error}: {body}"));
        assert_eq!(answer["status"], "success", "{query}: {body}");
        answer["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
    }
}
