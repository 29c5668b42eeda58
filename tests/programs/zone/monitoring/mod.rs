//! The exporter and our user's monitoring over the lab, as deploy/ has them; only times are shorter.

mod host;
mod vantage;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::alerting::{self, Alert, Webhook};
use crate::database::Database;
use crate::process::{Directory, Process, command, run};
use crate::zone::lab::Lab;
use crate::zone::world::CONTROL;

pub use vantage::Vantage;

use host::Host;

/// How long a fault may take to arrive, or to be gone.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);
/// How long nothing else may follow.
const QUIET: Duration = Duration::from_secs(6);

/// Each series that is scraped here says so.
const SCRAPE: &str = include_str!("../../../../deploy/scrape.yml");
const SCRAPE_HERE: &str = "global: { scrape_interval: 2s, external_labels: { vantage: home } }\n";

pub struct Monitoring {
    pub host: Host,
    exporter: Option<Process>,
    database: Database,
    webhook: Webhook,
    _processes: [Process; 2],
    directory: Directory,
}

impl Monitoring {
    pub fn start(lab: &Lab) -> Self {
        let directory = Directory::new();
        let path = directory.path().to_owned();
        let rules = directory.write("alerts.yml", &sooner(&all_rules()));
        let alertmanager = include_str!("../../../../deploy/alertmanager.yml");
        assert!(
            alertmanager.contains("receiver: blackhole"),
            "{alertmanager}"
        );
        let alertmanager = sooner(&alertmanager.replace("receiver: blackhole", "receiver: matrix"));
        let alertmanager = directory.write("alertmanager.yml", &alertmanager);
        directory.write("probes.json", &two_providers(&lab.place("probes.json")));
        let webhook = Webhook::start("127.0.0.1:3001");
        let database = Database::victoria_metrics_at(CONTROL, &(SCRAPE_HERE.to_owned() + SCRAPE));
        let processes = [
            alerting::alertmanager(&path, &alertmanager),
            alerting::vmalert(&path, &rules, database.address),
        ];
        let host = Host::start(&path, &lab.keys(), &database);
        let mut monitoring = Self {
            host,
            exporter: None,
            database,
            webhook,
            _processes: processes,
            directory,
        };
        monitoring.start_exporter();
        monitoring
    }

    pub fn start_exporter(&mut self) {
        let mut outsidein = Command::new(env!("CARGO_BIN_EXE_outsidein"));
        outsidein
            .args(["serve", "--config.file"])
            .arg(self.probes());
        self.exporter = Some(Process::start(
            &outsidein,
            self.directory.path().join("outsidein.log"),
        ));
    }

    /// From here on the exporter has no file or socket left to open; those that are open stay.
    pub fn starve_exporter(&self) {
        let exporter = self.exporter.as_ref().expect("it runs").id().to_string();
        run(command("prlimit").args(["--pid", &exporter, "--nofile=8:"]));
    }

    pub fn stop_exporter(&mut self) {
        self.exporter = None;
    }

    /// Gives the running exporter another probes.json, as JSON or not.
    pub fn configure(&self, probes: &str) {
        self.directory.write("probes.json", probes);
        self.exporter.as_ref().expect("it runs").signal("HUP");
    }

    /// The probes.json that is in force.
    pub fn configuration(&self) -> String {
        std::fs::read_to_string(self.probes()).expect("probes.json")
    }

    /// Another vantage point over the same nameservers, into the same database.
    pub fn away(&self) -> Vantage {
        let scrape = "global: { scrape_interval: 2s }\n".to_owned() + SCRAPE;
        let (of_exporter, _) = scrape
            .split_once("  # node_exporter")
            .expect("the job of the hosts");
        Vantage::start(
            &self.directory.path().join("away"),
            &self.probes(),
            of_exporter,
            self.database.address,
        )
    }

    fn probes(&self) -> PathBuf {
        self.directory.path().join("probes.json")
    }

    /// Everything is probed, everything is well, and nobody is told anything.
    pub fn is_green(&self, probes: usize) {
        self.database
            .wait_until("probe_success{vantage=\"home\"} == 1", |found| {
                found.len() == probes
            });
        self.database
            .wait_until("up{vantage=\"home\"} == 1", |found| {
                found.len() == probes + 2
            });
        std::thread::sleep(QUIET);
        self.resolves("the start");
    }

    /// Everything is probed from there too, everything is well, and nobody is told anything.
    pub fn is_green_away(&self, probes: usize) {
        self.database
            .wait_until("probe_success{vantage=\"away\"} == 1", |found| {
                found.len() == probes
            });
        self.database
            .wait_until("up{vantage=\"away\"} == 1", |found| {
                found.len() == probes + 1
            });
        self.is_green(probes);
    }

    /// These alerts reach the room, and no others; `ALERTS` in the database has the same.
    pub fn fires(&self, fault: &str, wanted: &[&str]) {
        let wanted: BTreeSet<_> = wanted.iter().map(|&alert| alert.to_owned()).collect();
        self.await_alerts(fault, &wanted);
        std::thread::sleep(QUIET);
        self.await_alerts(fault, &wanted);
        let (known, news) = self.webhook.take_news();
        assert!(
            news.iter().eq(wanted.difference(&known)),
            "{fault}: the room knew {known:#?} and was told {news:#?}"
        );
    }

    /// All is well again, and on the way nothing new was told.
    pub fn resolves(&self, fault: &str) {
        self.await_alerts(&format!("after {fault}"), &BTreeSet::new());
        let (_, news) = self.webhook.take_news();
        assert!(
            news.is_empty(),
            "on the way back from {fault} the room was told {news:?}"
        );
    }

    fn await_alerts(&self, condition: &str, wanted: &BTreeSet<Alert>) {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            let (received, stands) = (self.webhook.firing(), self.standing());
            if received == *wanted && stands == *wanted {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{condition}: there should be {wanted:#?}; the room knows {received:#?}; ALERTS has {stands:#?}\n{:#?}",
                self.database
                    .query("probe_failure_headline or probe_zone_difference")
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn standing(&self) -> BTreeSet<Alert> {
        let found = self.database.query("ALERTS{alertstate=\"firing\"}");
        let labels = found.iter().map(|(labels, _)| {
            labels
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
        });
        labels.map(alerting::named).collect()
    }
}

/// The lab's probes.json with two providers: who runs the primary, and somebody else.
fn two_providers(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("the lab's probes.json");
    let mut probes: Value = serde_json::from_str(&text).expect("JSON");
    for (_, nameserver) in probes["nameservers"].as_object_mut().expect("an object") {
        if nameserver["provider"] != "own" {
            nameserver["provider"] = "other".into();
        }
    }
    for (_, zone) in probes["zones"].as_object_mut().expect("an object") {
        zone["qtypes"] = serde_json::json!(["SOA", "DNSKEY"]);
    }
    probes.to_string()
}

/// Those about outsidein and those about its hosts, in one file.
fn all_rules() -> String {
    let host = include_str!("../../../../deploy/alerts-host.yml");
    let (_, host_groups) = host.split_once("\ngroups:\n").expect("its groups");
    include_str!("../../../../deploy/alerts.yml").to_owned() + host_groups
}

/// Minutes become seconds, and so do days.
fn sooner(text: &str) -> String {
    const TIMES: [(&str, &str); 32] = [
        ("for: 1m", "for: 2s"),
        ("for: 2m", "for: 3s"),
        ("for: 3m", "for: 4s"),
        ("for: 4m", "for: 6s"),
        ("for: 5m", "for: 6s"),
        ("for: 6m", "for: 9s"),
        ("for: 7m", "for: 12s"),
        ("for: 8m", "for: 10s"),
        ("for: 10m", "for: 9s"),
        ("for: 15m", "for: 8s"),
        ("for: 30m", "for: 10s"),
        ("for: 1h", "for: 30s"),
        ("for: 1d", "for: 60s"),
        ("for: 3d", "for: 45s"),
        ("offset 5m", "offset 5s"),
        ("offset 10m", "offset 10s"),
        ("offset 30m", "offset 15s"),
        ("offset 1h", "offset 30s"),
        ("[4m]", "[5s]"),
        ("[5m]", "[5s]"),
        ("[8m]", "[8s]"),
        ("[10m:1m]", "[10s:1s]"),
        ("[10m]", "[10s]"),
        ("[15m]", "[12s]"),
        ("[30m]", "[15s]"),
        ("[1h]", "[30s]"),
        ("[1d]", "[40s]"),
        ("> -600", "> -1"),
        ("> 2 * 86400", "> 60"),
        // Of SOA EXPIRE, which counts down in seconds here as anywhere.
        ("/ 4", "* 0.95"),
        ("group_wait: 30s", "group_wait: 5s"),
        ("group_interval: 5m", "group_interval: 1s"),
    ];
    let text = TIMES.iter().fold(text.to_owned(), |text, (usual, soon)| {
        text.replace(usual, soon)
    });
    let late: Vec<_> = text
        .lines()
        .filter(|line| line.trim_start().starts_with("for: ") && !line.ends_with('s'))
        .collect();
    assert!(late.is_empty(), "these would not come in a test: {late:?}");
    text
}
