//! The drill among the programs that alerts pass through: with each of them broken, the next drill is lost, and once it is repaired a drill
//! succeeds again. The rules, routes and receivers are those of deploy/; only times are shorter.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::alerting::read_message;
use crate::database::Database;
use crate::http::get;
use crate::process::{Directory, Process, command};
use crate::real::free_port;

/// The scraper is a program of its own.
const NO_JOBS: &str = "scrape_configs: []\n";
const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/alerts-pager.yml");
const ALERTMANAGER: &str = include_str!("../../deploy/alertmanager.yml");
const SCRAPE: &str = include_str!("../../deploy/scrape.yml");

/// From the start of a drill to the start of the next, and how soon its alert must be back, where a new series is seen at once.
const PERIOD: u32 = 12;
const DEADLINE: u32 = 5;
/// The same for VictoriaMetrics, whose caches hide a new series for up to ten seconds.
const LONG_PERIOD: u32 = 40;
const LONG_DEADLINE: u32 = 18;
/// How long everything may take that is no drill: programs start on a machine that does other things.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);
/// Longer than the watchdog's notifications are apart.
const WATCHDOG_INTERVAL: Duration = Duration::from_secs(4);

/// Everything between the canary zone and the webhook, and a service that expects the watchdog.
struct Way {
    directory: Directory,
    exporter: SocketAddr,
    alertmanager_address: SocketAddr,
    database: Database,
    scraper: Option<Process>,
    vmalert: Option<Process>,
    alertmanager: Option<Process>,
    watchdog: Arc<AtomicUsize>,
    watchdog_address: SocketAddr,
    exporter_process: Process,
}

fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, free_port()).into()
}

impl Way {
    /// Drills in `database`, each `period` seconds.
    fn start(database: Database, period: u32, deadline: u32) -> Self {
        let directory = Directory::new();
        let exporter = loopback();
        let (watchdog_address, watchdog) = count_messages();
        let process = start_exporter(&directory, exporter, period, deadline);
        let mut way = Self {
            exporter,
            alertmanager_address: loopback(),
            database,
            scraper: None,
            vmalert: None,
            alertmanager: None,
            watchdog,
            watchdog_address,
            exporter_process: process,
            directory,
        };
        way.configure_alertmanager(|shipped| shipped);
        way.start_alertmanager();
        way.start_vmalert();
        way.start_scraper();
        way
    }

    fn start_scraper(&mut self) {
        let (jobs, _) = SCRAPE.split_once("  # node_exporter").expect("its jobs");
        let jobs = jobs.replace("127.0.0.1:9853", &self.exporter.to_string());
        let scrape = "global: { scrape_interval: 1s }\n".to_owned() + &jobs;
        let file = self.directory.write("scrape.yml", &scrape);
        let mut vmagent = command("vmagent");
        vmagent
            .arg(format!("-promscrape.config={}", file.display()))
            .arg("-promscrape.httpSDCheckInterval=2s")
            .arg(format!("-httpListenAddr={}", loopback()))
            .arg(format!("-remoteWrite.tmpDataPath={}", self.place("queue")))
            .arg(format!(
                "-remoteWrite.url=http://{}/api/v1/write",
                self.database.address
            ));
        self.scraper = Some(self.run(&vmagent, "vmagent.log"));
    }

    fn start_vmalert(&mut self) {
        let mut vmalert = command("vmalert");
        vmalert
            .arg(format!("-rule={RULES}"))
            .arg(format!(
                "-notifier.url=http://{}",
                self.alertmanager_address
            ))
            .arg(format!("-httpListenAddr={}", loopback()))
            .args(["-evaluationInterval=1s", "-remoteWrite.flushInterval=1s"]);
        for role in ["datasource", "remoteWrite", "remoteRead"] {
            vmalert.arg(format!("-{role}.url=http://{}", self.database.address));
        }
        self.vmalert = Some(self.run(&vmalert, "vmalert.log"));
    }

    fn start_alertmanager(&mut self) {
        let mut alertmanager = command("prometheus-alertmanager");
        alertmanager
            .arg(format!("--config.file={}", self.place("alertmanager.yml")))
            .arg(format!("--storage.path={}", self.place("alertmanager")))
            .arg(format!(
                "--web.listen-address={}",
                self.alertmanager_address
            ))
            .arg("--cluster.listen-address=");
        self.alertmanager = Some(self.run(&alertmanager, "alertmanager.log"));
    }

    /// The shipped configuration with our addresses and shorter times, as `change` has it.
    fn configure_alertmanager(&self, change: impl Fn(String) -> String) {
        let text = [
            ("127.0.0.1:9853", self.exporter.to_string().as_str()),
            ("group_interval: 1m", "group_interval: 1s"),
            ("repeat_interval: 5m", "repeat_interval: 2s"),
            ("    # webhook_configs:", "    webhook_configs:"),
            (
                "    #   - url: \"https://hc-ping.com/your-uuid\"",
                &format!("      - url: http://{}", self.watchdog_address),
            ),
            (
                "    #     send_resolved: false",
                "        send_resolved: false",
            ),
        ]
        .iter()
        .fold(ALERTMANAGER.to_owned(), |text, (shipped, here)| {
            replaced(&text, shipped, here)
        });
        self.directory.write("alertmanager.yml", &change(text));
        if let Some(alertmanager) = &self.alertmanager {
            alertmanager.signal("HUP");
        }
    }

    fn place(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn run(&self, command: &Command, log: &str) -> Process {
        Process::start(command, self.directory.path().join(log))
    }

    /// A metric of the drill; `None` where it is absent.
    fn metric(&self, name: &str) -> Option<f64> {
        let is_there = TcpStream::connect(self.exporter).is_ok();
        assert!(is_there, "{}", self.exporter_process.log());
        let metrics = get(self.exporter, "/metrics", &[]);
        let name = format!("outsidein_drill_{name} ");
        let value = metrics.lines().find_map(|line| line.strip_prefix(&name))?;
        Some(value.parse().expect("a number"))
    }

    fn wait_until(&self, what: &str, timeout: Duration, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + timeout;
        while !holds() {
            let logs = ["vmagent", "vmalert", "alertmanager", "outsidein"].map(|program| {
                std::fs::read_to_string(self.place(&format!("{program}.log"))).unwrap_or_default()
            });
            assert!(Instant::now() < deadline, "{what}:\n{}", logs.join("\n\n"));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A drill that began after this was asked succeeds.
    fn succeeds(&self, when: &str) {
        let now = unix_time();
        self.wait_until(&format!("no drill succeeds {when}"), WAIT_TIMEOUT, || {
            // Not of the drill before: it may have begun earlier.
            let start = self.metric("last_start_timestamp_seconds");
            start > Some(now)
                && self.metric("last_arrival_timestamp_seconds") >= start
                && self.metric("last_successful") == Some(1.0)
        });
    }

    /// The next drill is lost, whose start is no more than a period away.
    fn loses_the_next_drill(&self, broken: &str) {
        let now = unix_time();
        let next = Duration::from_secs((PERIOD + DEADLINE + 5).into());
        self.wait_until(&format!("{broken} is not noticed"), next, || {
            self.metric("last_successful") == Some(0.0)
        });
        let start = self
            .metric("last_start_timestamp_seconds")
            .expect("a drill");
        assert!(
            (now..=now + f64::from(PERIOD) + 1.0).contains(&start),
            "{broken}: at {now}, lost was the drill of {start}"
        );
    }

    /// How many messages of the watchdog have arrived.
    fn watchdog(&self) -> usize {
        self.watchdog.load(Ordering::Relaxed)
    }

    /// Whether the watchdog is still sent; waits for longer than one is away from the next.
    fn watchdog_is_heard(&self) -> bool {
        let before = self.watchdog();
        std::thread::sleep(WATCHDOG_INTERVAL);
        self.watchdog() > before
    }

    fn lost_alert_fires(&self) {
        let query = "ALERTS{alertname=\"OutsideinDrillLost\",alertstate=\"firing\"}";
        self.database.wait_until(query, |found| found.len() == 1);
    }
}

/// A text that must be there, replaced.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from:?} is not in\n{text}");
    text.replace(from, to)
}

fn unix_time() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("a clock after 1970").as_secs_f64()
}

fn start_exporter(
    directory: &Directory,
    address: SocketAddr,
    period: u32,
    deadline: u32,
) -> Process {
    let probes = directory.write(
        "probes.json",
        &format!(
            r#"{{ "drill": {{ "interval_seconds": {period}, "duration_seconds": {}, "deadline_seconds": {deadline} }} }}"#,
            period / 2
        ),
    );
    let mut outsidein = Command::new(env!("CARGO_BIN_EXE_outsidein"));
    outsidein
        .args(["serve", "--config.file"])
        .arg(probes)
        .arg(format!("--web.listen-address={address}"));
    let process = Process::start(&outsidein, directory.path().join("outsidein.log"));
    let deadline = Instant::now() + WAIT_TIMEOUT;
    // By its own word: another program may have taken the port.
    while !process.log().contains("listening on") {
        assert!(Instant::now() < deadline, "{}", process.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    process
}

/// A service that counts what Alertmanager posts to it.
fn count_messages() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let count = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let message = read_message(stream.expect("a connection"));
            assert_eq!(message["groupLabels"]["alertname"], "OutsideinWatchdog");
            shared.fetch_add(1, Ordering::Relaxed);
        }
    });
    (address, count)
}

#[test]
fn each_broken_part_of_the_way_loses_the_next_drill() {
    let database = Database::prometheus(NO_JOBS);
    let mut way = Way::start(database, PERIOD, DEADLINE);
    way.succeeds("at the start");

    way.scraper = None;
    way.loses_the_next_drill("the scraper");
    assert!(way.watchdog_is_heard(), "it needs no scraper");
    way.start_scraper();
    way.succeeds("after the scraper is back");

    way.vmalert = None;
    way.loses_the_next_drill("vmalert");
    assert!(!way.watchdog_is_heard(), "nothing evaluates it");
    way.start_vmalert();
    way.succeeds("after vmalert is back");

    way.alertmanager = None;
    way.loses_the_next_drill("Alertmanager");
    way.lost_alert_fires();
    way.start_alertmanager();
    way.succeeds("after Alertmanager is back");

    way.configure_alertmanager(|text| {
        replaced(&text, "alertname = OutsideinDrill'", "alertname = Unknown'")
    });
    way.loses_the_next_drill("the route");
    way.lost_alert_fires();
    way.configure_alertmanager(|shipped| shipped);
    way.succeeds("after the route is back");

    way.configure_alertmanager(|text| replaced(&text, "/drill/alertmanager", "/drill/nowhere"));
    way.loses_the_next_drill("the receiver");
    way.configure_alertmanager(|shipped| shipped);
    way.succeeds("after the receiver is back");
    assert!(way.watchdog_is_heard(), "all is well again");
}

#[test]
fn drill_succeeds_through_victoria_metrics() {
    let way = Way::start(
        Database::victoria_metrics(NO_JOBS),
        LONG_PERIOD,
        LONG_DEADLINE,
    );
    way.succeeds("at the start");
    assert!(way.watchdog() > 0, "the watchdog is sent");
}

#[test]
fn documented_drill_is_valid() {
    let page = include_str!("../../docs/drill.md");
    let example = page.split("```json\n").nth(1).expect("an example");
    let example = example.split("```").next().expect("its end");
    let config = outsidein::config::Config::parse(example, "docs/drill.md").expect("it is right");
    assert!(config.drill.is_some());
}
