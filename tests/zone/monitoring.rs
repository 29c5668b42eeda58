//! The exporter and our user's monitoring over the lab, as deploy/ has them; only times are shorter.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::alerting::{self, Alert, Webhook};
use crate::database::Database;
use crate::lab::Lab;
use crate::process::{Directory, Process, command};

/// How long a fault may take to arrive, or to be gone.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long nothing else may follow.
const QUIET: Duration = Duration::from_secs(6);

pub struct Monitoring {
    exporter: Option<Process>,
    database: Database,
    webhook: Webhook,
    _processes: [Process; 3],
    directory: Directory,
}

impl Monitoring {
    pub fn start(lab: &Lab) -> Self {
        let directory = Directory::new();
        let place = directory.path().to_owned();
        let rules = directory.write("alerts.yml", &sooner(include_str!("../../deploy/alerts.yml")));
        let alertmanager = include_str!("../../deploy/alertmanager.yml");
        assert!(alertmanager.contains("receiver: blackhole"), "{alertmanager}");
        let alertmanager = sooner(&alertmanager.replace("receiver: blackhole", "receiver: matrix"));
        let alertmanager = directory.write("alertmanager.yml", &alertmanager);
        directory.write("probes.json", &two_providers(&lab.place("probes.json")));
        let textfiles = place.join("textfiles");
        std::fs::create_dir(&textfiles).expect("a directory");
        let webhook = Webhook::start("127.0.0.1:3001");
        let scrape = include_str!("../../deploy/scrape.yml");
        let database = Database::victoria_metrics(&format!("global: {{ scrape_interval: 2s }}\n{scrape}"));
        let processes = [
            node_exporter(&place, &textfiles),
            alerting::alertmanager(&place, &alertmanager),
            alerting::vmalert(&place, &rules, database.address),
        ];
        let mut monitoring = Self { exporter: None, database, webhook, _processes: processes, directory };
        monitoring.start_exporter();
        monitoring
    }

    pub fn start_exporter(&mut self) {
        let mut outsidein = Command::new(env!("CARGO_BIN_EXE_outsidein"));
        outsidein.args(["serve", "--config.file"]).arg(self.probes());
        self.exporter = Some(Process::start(&outsidein, self.directory.path().join("outsidein.log")));
    }

    pub fn stop_exporter(&mut self) {
        self.exporter = None;
    }

    /// Holds the keys of a backup against the live ones, as the timer does each day.
    pub fn compare_keys(&self, backup: &Path, zone: &str) {
        let mut compare = Command::new(env!("CARGO_BIN_EXE_outsidein"));
        compare
            .args(["keys", "compare", "--zone", zone, "--config.file"])
            .arg(self.probes())
            .arg("--backup")
            .arg(backup);
        compare.arg("--output.textfile").arg(self.directory.path().join("textfiles/outsidein.prom"));
        // Its exit code says what the metrics say.
        compare.output().expect("outsidein runs");
    }

    fn probes(&self) -> PathBuf {
        self.directory.path().join("probes.json")
    }

    /// Everything is probed, everything is well, and nobody is told anything.
    pub fn is_green(&self, probes: usize) {
        self.database.wait_until("probe_success == 1", |found| found.len() == probes);
        self.database.wait_until("up == 1", |found| found.len() == probes + 2);
        std::thread::sleep(QUIET);
        self.resolves("the start", &[]);
    }

    /// These alerts reach the room, and no others; ALERTS in the database has those, and `held` that Alertmanager holds back.
    pub fn fires(&self, fault: &str, wanted: &[&str], held: &[&str]) {
        let wanted: BTreeSet<_> = wanted.iter().map(|&alert| alert.to_owned()).collect();
        let standing: BTreeSet<_> = wanted.iter().cloned().chain(held.iter().map(|&alert| alert.to_owned())).collect();
        self.await_both(fault, &wanted, &standing);
        std::thread::sleep(QUIET);
        self.await_both(fault, &wanted, &standing);
        assert_eq!(self.webhook.take_ever(), wanted, "{fault}: what the room was told");
    }

    /// All is well again; on the way nothing was told that is not in `allowed`.
    pub fn resolves(&self, fault: &str, allowed: &[&str]) {
        self.await_both(&format!("after {fault}"), &BTreeSet::new(), &BTreeSet::new());
        let told = self.webhook.take_ever();
        let surplus: Vec<_> = told.iter().filter(|alert| !allowed.contains(&alert.as_str())).collect();
        assert!(surplus.is_empty(), "on the way back from {fault} the room was told {surplus:?}");
    }

    fn await_both(&self, what: &str, wanted: &BTreeSet<Alert>, standing: &BTreeSet<Alert>) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (told, stands) = (self.webhook.firing(), self.standing());
            if told == *wanted && stands == *standing {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{what}: the room should know {wanted:#?} and knows {told:#?}; ALERTS should have {standing:#?} and has \
                 {stands:#?}\n{:#?}",
                self.database.query("probe_failure_headline or probe_zone_difference")
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn standing(&self) -> BTreeSet<Alert> {
        let found = self.database.query("ALERTS{alertstate=\"firing\"}");
        let labels = found.iter().map(|(labels, _)| labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        labels.map(alerting::named).collect()
    }
}

fn node_exporter(directory: &Path, textfiles: &Path) -> Process {
    let mut node_exporter = command("prometheus-node-exporter");
    // How full the disk of this machine is, is not the lab's.
    node_exporter.args(["--web.listen-address=127.0.0.1:9100", "--collector.disable-defaults"]);
    node_exporter.arg("--collector.textfile").arg(format!("--collector.textfile.directory={}", textfiles.display()));
    Process::start(&node_exporter, directory.join("node_exporter.log"))
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

/// Minutes become seconds. What waits for hours or days would not come in a test, and does not.
fn sooner(text: &str) -> String {
    const TIMES: [(&str, &str); 14] = [
        ("for: 5m", "for: 6s"),
        ("for: 6m", "for: 9s"),
        ("for: 10m", "for: 7s"),
        ("for: 15m", "for: 8s"),
        ("offset 15m", "offset 6s"),
        ("[10m:1m]", "[4s:1s]"),
        ("for: 25m", "for: 12s"),
        ("[30m]", "[10s]"),
        ("> -600", "> -1"),
        ("for: 1h", "for: 20s"),
        ("for: 1d", "for: 1d"),
        ("for: 3d", "for: 3d"),
        ("group_wait: 30s", "group_wait: 5s"),
        ("group_interval: 5m", "group_interval: 1s"),
    ];
    TIMES.iter().fold(text.to_owned(), |text, (usual, soon)| text.replace(usual, soon))
}
