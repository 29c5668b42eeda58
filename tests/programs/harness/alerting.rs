//! From rules to a message: vmalert, Alertmanager, and the webhook that a bridge to Matrix would listen on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::process::{Process, command};

/// An alert: its severity, its name, and the labels that say what it is about.
pub type Alert = String;

/// Where Alertmanager listens.
const ALERTMANAGER: &str = "127.0.0.1:9093";

/// vmalert with these rules over the database; `directory` takes its log. A series without new samples is gone after 20
/// seconds, as it is after five minutes for anybody else.
pub fn vmalert(directory: &Path, rules: &Path, database: SocketAddr) -> Process {
    let mut vmalert = command("vmalert");
    vmalert
        .arg(format!("-rule={}", rules.display()))
        .arg(format!("-notifier.url=http://{ALERTMANAGER}"));
    vmalert.args([
        "-httpListenAddr=127.0.0.1:8880",
        "-evaluationInterval=1s",
        "-remoteRead.lookback=5m",
    ]);
    vmalert.args(["-datasource.queryStep=20s", "-remoteWrite.flushInterval=1s"]);
    for role in ["datasource", "remoteWrite", "remoteRead"] {
        vmalert.arg(format!("-{role}.url=http://{database}"));
    }
    Process::start(&vmalert, directory.join("vmalert.log"))
}

/// Alertmanager with this configuration.
pub fn alertmanager(directory: &Path, configuration: &Path) -> Process {
    let mut alertmanager = command("prometheus-alertmanager");
    alertmanager.arg(format!("--config.file={}", configuration.display()));
    alertmanager.arg(format!(
        "--storage.path={}",
        directory.join("alertmanager").display()
    ));
    alertmanager
        .arg(format!("--web.listen-address={ALERTMANAGER}"))
        .arg("--cluster.listen-address=");
    Process::start(&alertmanager, directory.join("alertmanager.log"))
}

/// What has arrived.
#[derive(Clone, Default)]
pub struct ReceivedAlerts {
    firing: BTreeSet<Alert>,
    known: BTreeSet<Alert>,
    news: BTreeSet<Alert>,
}

/// Takes what Alertmanager posts.
pub struct Webhook {
    received: Arc<Mutex<ReceivedAlerts>>,
}

impl Webhook {
    /// Listens at `address`.
    pub fn start(address: &str) -> Self {
        let listener =
            TcpListener::bind(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        let received = Arc::new(Mutex::new(ReceivedAlerts::default()));
        let shared = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let message = read_message(stream.expect("a connection"));
                record(&mut shared.lock().expect("nobody panics with it"), &message);
            }
        });
        Self { received }
    }

    /// What is firing now, as far as somebody in the room would know.
    pub fn firing(&self) -> BTreeSet<Alert> {
        self.received
            .lock()
            .expect("nobody panics with it")
            .firing
            .clone()
    }

    /// What was firing when this was asked last, and everything that began to fire since.
    pub fn take_news(&self) -> (BTreeSet<Alert>, BTreeSet<Alert>) {
        let mut received = self.received.lock().expect("nobody panics with it");
        let now = received.firing.clone();
        (
            std::mem::replace(&mut received.known, now),
            std::mem::take(&mut received.news),
        )
    }
}

/// One message as JSON, which is answered.
pub fn read_message(stream: TcpStream) -> Value {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        if line.trim().is_empty() {
            break;
        }
        if let Some((_, value)) = line
            .split_once(':')
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    reader.into_inner().write_all(answer).expect("an answer");
    serde_json::from_slice(&body).expect("JSON")
}

fn record(received: &mut ReceivedAlerts, message: &Value) {
    for alert in message["alerts"].as_array().expect("alerts") {
        for annotation in ["summary", "description", "runbook_url", "dashboard_url"] {
            let text = alert["annotations"][annotation]
                .as_str()
                .unwrap_or_default();
            // What a template makes of a label that is not there.
            assert!(
                !text.is_empty() && !text.contains("no value") && !text.ends_with('='),
                "{annotation}: {alert}"
            );
        }
        let labels = alert["labels"].as_object().expect("labels").iter();
        let name =
            named(labels.map(|(name, value)| (name.as_str(), value.as_str().expect("a text"))));
        match alert["status"].as_str() {
            // Whatever of a group changes, Alertmanager posts again all of it that still fires: that is no news.
            Some("firing") => {
                if received.firing.insert(name.clone()) {
                    received.news.insert(name);
                }
            }
            Some("resolved") => drop(received.firing.remove(&name)),
            status => panic!("{status:?}: {alert}"),
        }
    }
}

/// An alert by its labels; which group its rule stands in is nobody's concern.
pub fn named<'l>(labels: impl Iterator<Item = (&'l str, &'l str)>) -> Alert {
    let mut labels: BTreeMap<_, _> = labels.collect();
    let mut take = |name| {
        labels
            .remove(name)
            .unwrap_or_else(|| panic!("an alert without {name}"))
    };
    let alert = format!("{}: {}", take("severity"), take("alertname"));
    let about = labels
        .into_iter()
        .filter(|(name, _)| !["alertgroup", "alertstate"].contains(name));
    about.fold(alert, |alert, (name, value)| {
        format!("{alert} {name}={value}")
    })
}
