//! What the dashboard shows: the demo's zones, a real primary and its secondary, the exporter, a backup of keys, a host.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use outsidein::demo::{Demo, SignedZone};
use outsidein::dns::Timestamp;
use outsidein::server::ConfigSource;
use serde_json::{Value, json};

use crate::key_backup::live::{ds_of, ksks, wait_for};
use crate::process::{Directory, Process, command, run};
use crate::real::{LOOPBACK, Server, free_port, knot};
use crate::support::Exporter;

const PROBES: &str = include_str!("../../../probes.json");
const ALERTS: &str = include_str!("../../../deploy/alerts.yml");
pub const RECORDING: &str = include_str!("../../../deploy/recording.yml");
const SCRAPE: &str = include_str!("../../../deploy/scrape.yml");
/// The zone of the real servers.
pub const ZONE: &str = "example.net";

/// All that is scraped.
pub struct Stack {
    pub primary: Option<Server>,
    exporter: Exporter,
    node: SocketAddr,
    _demo: Demo,
    _secondary: Server,
    _node_exporter: Process,
    _directory: Directory,
}

impl Stack {
    pub async fn start() -> Self {
        let demo = Demo::start(0, Timestamp::from(SystemTime::now()))
            .await
            .expect("the demo starts");
        let servers = tokio::task::spawn_blocking(|| {
            let primary = knot::start_primary(ZONE);
            wait_for("the zone is signed", || ksks(&primary).len() == 1);
            let secondary = knot::start_secondary(&primary);
            (primary, secondary)
        });
        let (primary, secondary) = servers.await.expect("both servers start");
        let directory = Directory::new();
        let probes = directory.write(
            "probes.json",
            &probes(&demo, &primary, &secondary).to_string(),
        );
        let exporter = Exporter::start(ConfigSource::File(probes.clone())).await;
        let keys = primary.directory().path().join("database/keys");
        let textfiles = directory.path().join("textfiles");
        tokio::task::spawn_blocking(move || compare_keys(&probes, &keys, &textfiles))
            .await
            .expect("keys are compared");
        let node = SocketAddr::new(LOOPBACK[0], free_port());
        let node_exporter = node_exporter(&directory, node);
        Self {
            primary: Some(primary),
            exporter,
            node,
            _demo: demo,
            _secondary: secondary,
            _node_exporter: node_exporter,
            _directory: directory,
        }
    }

    /// Where the exporter listens.
    pub fn exporter(&self) -> SocketAddr {
        self.exporter.address
    }

    /// deploy/scrape.yml, each second, with our addresses in it.
    pub fn scrape_jobs(&self) -> String {
        let jobs = SCRAPE.replace("127.0.0.1:9853", &self.exporter.address.to_string());
        "global: { scrape_interval: 1s }\n".to_owned()
            + &jobs.replace("127.0.0.1:9100", &self.node.to_string())
    }
}

/// deploy/alerts.yml without `for`, since nobody waits here until a fault has lasted, and deploy/recording.yml.
pub struct Rules {
    directory: Directory,
    files: [PathBuf; 2],
}

impl Rules {
    pub fn new() -> Self {
        let lines = ALERTS
            .lines()
            .filter(|line| !line.starts_with("        for: "));
        let rules: Vec<_> = lines.collect();
        let directory = Directory::new();
        let files = [
            directory.write("alerts.yml", &rules.join("\n")),
            directory.write("recording.yml", RECORDING),
        ];
        Self { directory, files }
    }

    /// Scrape jobs of a Prometheus that evaluates them each second.
    pub fn in_prometheus(&self, jobs: &str) -> String {
        let global = "{ scrape_interval: 1s, evaluation_interval: 1s }";
        jobs.replace("{ scrape_interval: 1s }", global)
            + &format!("\nrule_files: {:?}\n", self.files)
    }

    /// A vmalert that evaluates them each second; nobody is notified.
    pub fn in_vmalert(&self, database: SocketAddr) -> Process {
        let mut vmalert = command("vmalert");
        let files = self.files.iter();
        vmalert.args(files.map(|file| format!("-rule={}", file.display())));
        vmalert.args([
            "-notifier.url=http://127.0.0.1:9",
            "-evaluationInterval=1s",
            "-remoteWrite.flushInterval=1s",
        ]);
        vmalert.arg(format!(
            "-httpListenAddr={}",
            SocketAddr::new(LOOPBACK[0], free_port())
        ));
        for role in ["datasource", "remoteWrite"] {
            vmalert.arg(format!("-{role}.url=http://{database}"));
        }
        Process::start(&vmalert, self.directory.path().join("vmalert.log"))
    }
}

/// The demo's probes.json, with the anchors of its zones, the real servers, and everything asked that can be.
fn probes(demo: &Demo, primary: &Server, secondary: &Server) -> Value {
    let mut probes: Value = serde_json::from_str(PROBES).expect("probes.json is JSON");
    probes.as_object_mut().expect("an object").remove("$schema");
    probes["nameservers"]["demo"]["port"] = demo.port().into();
    for (apex, zone) in probes["zones"].as_object_mut().expect("zones") {
        let anchors = demo
            .zone(&apex.parse().expect("a name"))
            .map(SignedZone::trust_anchors)
            .unwrap_or_default();
        // An empty list is refused, and an unsigned zone has none.
        if !anchors.is_empty() {
            zone["trust_anchors"] = anchors.iter().map(ToString::to_string).collect();
        }
    }
    for (name, server, provider, role) in [
        ("ns1", primary, "home", "primary"),
        ("ns2", secondary, "elsewhere", "secondary"),
    ] {
        let nameserver = json!({ "addresses": LOOPBACK, "port": server.port, "provider": provider, "role": role });
        probes["nameservers"][name] = nameserver;
    }
    probes["zones"][ZONE] = json!({
        "nameservers": ["ns1", "ns2"],
        "qtypes": ["SOA", "DNSKEY"],
        "dnssec": "required",
        "signature_warning_seconds": 604_800,
        "trust_anchors": ksks(primary).iter().map(|key| ds_of(primary, key)).collect::<Vec<_>>(),
    });
    probes["modules"]["default"] =
        json!({ "timeout_seconds": 3, "recursion": true, "transfer": true });
    probes
}

/// What the timer of deploy/ leaves each day.
fn compare_keys(probes: &Path, keys: &Path, textfiles: &Path) {
    fs::create_dir(textfiles).expect("a directory for metrics");
    let mut compare = std::process::Command::new(env!("CARGO_BIN_EXE_outsidein"));
    compare
        .args(["keys", "compare", "--zone", ZONE, "--config.file"])
        .arg(probes)
        .arg("--backup")
        .arg(keys);
    compare
        .arg("--output.textfile")
        .arg(textfiles.join("outsidein_key_backup.prom"));
    run(&mut compare);
}

fn node_exporter(directory: &Directory, address: SocketAddr) -> Process {
    let textfiles: PathBuf = directory.path().join("textfiles");
    let mut node_exporter = command("prometheus-node-exporter");
    node_exporter
        .arg(format!("--web.listen-address={address}"))
        .arg("--collector.disable-defaults");
    node_exporter.arg("--collector.textfile");
    node_exporter.arg(format!(
        "--collector.textfile.directory={}",
        textfiles.display()
    ));
    Process::start(&node_exporter, directory.path().join("node.log"))
}
