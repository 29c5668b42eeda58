//! The monitoring that our user runs, from Debian, on loopback: scrapers that are databases too.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::{answer, get};
use crate::process::{Directory, Process, command};

const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// Labels of a series, without its name.
pub type Labels = BTreeMap<String, String>;

/// A database that scrapes what its configuration says and answers PromQL.
pub struct Database {
    pub address: SocketAddr,
    process: Process,
    directory: Directory,
}

impl Database {
    /// VictoriaMetrics, single-node, on loopback.
    pub fn victoria_metrics(scrape: &str) -> Self {
        Self::victoria_metrics_at(Ipv4Addr::LOCALHOST, scrape)
    }

    /// VictoriaMetrics where others reach it.
    pub fn victoria_metrics_at(host: Ipv4Addr, scrape: &str) -> Self {
        Self::start(
            host,
            scrape,
            "victoria-metrics",
            |directory, file, address| {
                vec![
                    format!("-storageDataPath={directory}/data"),
                    format!("-httpListenAddr={address}"),
                    format!("-promscrape.config={file}"),
                    "-search.latencyOffset=0s".to_owned(),
                    "-promscrape.config.strictParse=true".to_owned(),
                    "-promscrape.httpSDCheckInterval=2s".to_owned(),
                ]
            },
        )
    }

    /// Prometheus.
    pub fn prometheus(scrape: &str) -> Self {
        Self::start(
            Ipv4Addr::LOCALHOST,
            scrape,
            "prometheus",
            |directory, file, address| {
                vec![
                    format!("--storage.tsdb.path={directory}/data"),
                    format!("--web.listen-address={address}"),
                    format!("--config.file={file}"),
                    "--web.enable-remote-write-receiver".to_owned(),
                ]
            },
        )
    }

    /// `program` with what it needs to scrape: `arguments` takes its directory, its configuration and its address.
    fn start(
        host: Ipv4Addr,
        scrape: &str,
        program: &str,
        arguments: impl Fn(&str, &str, SocketAddr) -> Vec<String>,
    ) -> Self {
        let directory = Directory::new();
        let file = directory.path().join("scrape.yml");
        fs::write(&file, scrape).expect("a scrape configuration");
        let address = free_address(host);
        let mut command: Command = command(program);
        command.args(arguments(
            &directory.path().display().to_string(),
            &file.display().to_string(),
            address,
        ));
        let process = Process::start(&command, directory.path().join("log"));
        Self {
            address,
            process,
            directory,
        }
    }

    /// Where it has its data.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// What `query` finds, once that is as `wanted`.
    pub fn wait_until(
        &self,
        query: &str,
        wanted: impl Fn(&[(Labels, f64)]) -> bool,
    ) -> Vec<(Labels, f64)> {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            let found = if self.is_ready() {
                self.query(query)
            } else {
                Vec::new()
            };
            if wanted(&found) {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "{query} finds {found:#?}:\n{}",
                self.process.log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn is_ready(&self) -> bool {
        TcpStream::connect(self.address).is_ok() && answer(self.address, "/-/ready", &[]).0 == 200
    }

    /// Every series that `query` finds now.
    pub fn query(&self, query: &str) -> Vec<(Labels, f64)> {
        let body = get(self.address, "/api/v1/query", &[("query", query)]);
        let answer: Value =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{query}: {error}: {body}"));
        assert_eq!(answer["status"], "success", "{query}: {body}");
        let series = answer["data"]["result"]
            .as_array()
            .expect("a vector")
            .iter()
            .map(|series| {
                let labels = series["metric"].as_object().expect("labels").iter();
                let labels = labels.map(|(name, value)| {
                    (name.clone(), value.as_str().expect("a text").to_owned())
                });
                let value = series["value"][1]
                    .as_str()
                    .and_then(|value| value.parse().ok())
                    .expect("a number");
                (
                    labels.filter(|(name, _)| name != "__name__").collect(),
                    value,
                )
            });
        series.collect()
    }
}

/// A port of TCP that nobody has.
fn free_address(host: Ipv4Addr) -> SocketAddr {
    let listener = TcpListener::bind((host, 0)).expect("a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
}
