//! The scrape job that the README gives, and service discovery by file, on real scrapers.

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::SystemTime;

use crate::database::{Database, Labels};
use outsidein::config::Config;
use outsidein::demo::{Demo, SignedZone};
use outsidein::dns::Timestamp;
use outsidein::server::ConfigSource;
use serde_json::Value;

use crate::process;
use crate::support::Exporter;

const README: &str = include_str!("../../README.md");
const DISCOVERY: &str = include_str!("../../docs/discovery.md");
const PROBES: &str = include_str!("../../probes.json");

/// The demo's nameservers, and the exporter with its probes.json on top.
async fn demo() -> (Demo, Exporter) {
    let demo = Demo::start(0, Timestamp::from(SystemTime::now()))
        .await
        .expect("the demo starts");
    let mut config = Config::parse(PROBES, "probes.json").expect("probes.json is right");
    config
        .nameservers
        .get_mut("demo")
        .expect("probes.json has the nameserver")
        .port = demo.port();
    for (apex, zone) in &mut config.zones {
        zone.trust_anchors = demo
            .zone(apex)
            .map(SignedZone::trust_anchors)
            .unwrap_or_default();
    }
    let exporter = Exporter::start(ConfigSource::Fixed(config)).await;
    (demo, exporter)
}

async fn blocking(check: impl FnOnce() + Send + 'static) {
    tokio::task::spawn_blocking(check)
        .await
        .expect("every check holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_needs_no_relabelling() {
    let (_demo, exporter) = demo().await;
    let over_http = job_of_readme(exporter.address);
    let file = process::Directory::new();
    let from_file = file.write("outsidein.json", &config_discovery(exporter.address));
    let from_file = format!(
        "global: {{ scrape_interval: 1s }}\nscrape_configs:\n  - job_name: outsidein\n    file_sd_configs: [ {{ files: [{}] }} ]\n",
        from_file.display()
    );
    blocking(move || {
        for start in [Database::victoria_metrics, Database::prometheus] {
            for job in [&over_http, &from_file] {
                assert_eq!(
                    wait_for_every_target(&start(job)),
                    targets_of_probes_json(),
                    "{job}"
                );
            }
        }
    })
    .await;
}

/// Its scrapes have the time that its probe takes, and half a second: none to lose on a connection that was closed meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn silent_nameserver_is_reported_without_failing_scrapes() {
    let silent = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    let port = silent
        .local_addr()
        .expect("a bound socket has an address")
        .port();
    let probes = format!(
        r#"{{ "nameservers": {{ "silent": {{ "addresses": ["127.0.0.1"], "port": {port} }} }},
             "zones": {{ "a.test": {{ "nameservers": ["silent"], "interval_seconds": 12 }} }},
             "modules": {{ "default": {{ "timeout_seconds": 1 }} }} }}"#
    );
    let config = Config::parse(&probes, "probes.json").expect("probes.json is right");
    let exporter = Exporter::start(ConfigSource::Fixed(config)).await;
    let job = job_of_readme(exporter.address);
    blocking(move || {
        let database = Database::victoria_metrics(&job);
        let probes = "{zone=\"a.test\"}";
        let scrapes = format!("count_over_time(up{probes}[5m])");
        database.wait_until(&scrapes, |found| {
            found.iter().any(|(_, count)| *count >= 2.0)
        });
        let always = |metric: &str, value: u8| {
            let found = database.query(&format!("min_over_time({metric}{probes}[5m]) == {value}"));
            assert_eq!(
                found.len(),
                1,
                "{metric}: {:#?}",
                database.query(&format!("scrape_duration_seconds{probes}"))
            );
        };
        always("up", 1);
        always("probe_success", 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_discovery_request_is_rejected_by_name() {
    let exporter = Exporter::start(ConfigSource::Fixed(Config::default())).await;
    let empty = exporter.get("/sd").await;
    assert_eq!(
        (
            empty.status,
            empty.content_type.as_str(),
            empty.body.as_str()
        ),
        (200, "application/json", "[]\n")
    );
    let parameter = exporter.get("/sd?zone=example.net").await;
    assert_eq!(
        (parameter.status, parameter.body.as_str()),
        (400, "parameter \"zone\": unknown; /sd takes none\n")
    );
    let nameless = "GET /sd HTTP/1.0\r\n\r\n";
    let answer = exporter.raw(nameless).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            400,
            "header \"Host\": required, the host and port that scrapes are to go to\n"
        )
    );
    for host in [
        "a.example:abc",
        "a.example:",
        "a.example:0",
        "a.example:65536",
        ":80",
    ] {
        let answer = exporter
            .raw(&format!(
                "GET /sd HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            ))
            .await;
        let expected = format!(
            "header \"Host\": \"{host}\" is not a host, with a port from 1 to 65535 if there is one\n"
        );
        assert_eq!((answer.status, answer.body), (400, expected));
    }
}

/// docs/discovery.md shows what follows from the probes.json of the README.
#[test]
fn documented_discovery_output_is_current() {
    let probes = README
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("its probes.json");
    let file = process::Directory::new();
    let file = file.write("probes.json", probes);
    let mut command = Command::new(env!("CARGO_BIN_EXE_outsidein"));
    let output = command
        .args(["config", "discovery", "--config.file"])
        .arg(file)
        .output()
        .expect("outsidein runs");
    let groups: Vec<Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let found: Vec<_> = groups
        .into_iter()
        .map(|group| group["labels"].clone())
        .collect();
    let shown = DISCOVERY
        .lines()
        .filter(|line| line.starts_with("{\"__metrics_path__\""));
    let shown: Vec<Value> = shown
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(shown, found);
}

/// The series `probe_success` of every target, once each has one.
fn wait_for_every_target(database: &Database) -> BTreeSet<Labels> {
    let wanted = targets_of_probes_json();
    let found = database.wait_until("probe_success", |found| found.len() >= wanted.len());
    found.into_iter().map(|(labels, _)| labels).collect()
}

/// The labels that the scraped series must have, told from probes.json by itself.
fn targets_of_probes_json() -> BTreeSet<Labels> {
    let probes: Value = serde_json::from_str(PROBES).expect("JSON");
    let mut targets = BTreeSet::new();
    for (zone, _) in probes["zones"].as_object().expect("an object") {
        targets.insert(labels(&[("instance", zone), ("zone", zone)]));
    }
    assert_eq!(targets.len(), 11, "one for each zone");
    targets
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let pairs = pairs.iter().chain(&[("job", "outsidein")]);
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn config_discovery(exporter: SocketAddr) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outsidein"));
    command.args([
        "config",
        "discovery",
        "--config.file",
        concat!(env!("CARGO_MANIFEST_DIR"), "/probes.json"),
    ]);
    let output = command
        .arg(format!("--web.external-url=http://{exporter}"))
        .output()
        .expect("outsidein runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The README's scrape job with our address in it.
fn job_of_readme(exporter: SocketAddr) -> String {
    let job = yaml_block("scrape_configs:");
    assert!(job.contains("http://127.0.0.1:9853/sd"), "{job}");
    "global: { scrape_interval: 1s }\n".to_owned()
        + &job.replace("127.0.0.1:9853", &exporter.to_string())
}

fn yaml_block(start: &str) -> String {
    let blocks = README
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    blocks
        .into_iter()
        .find(|block| block.starts_with(start))
        .expect("the README has the block")
        .to_owned()
}
