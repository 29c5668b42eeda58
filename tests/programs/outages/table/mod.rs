//! The outages: what happens, and which alert reports it after how many minutes.

mod content;
mod denial;
mod exporter;
mod intermittent;
mod parent;
mod reachability;
mod signatures;

use outsidein::dns::Transport;
use outsidein::exchange::Ask;

use super::lab::{Lab, RESOLVER, Servers};
use super::replay::probes_json;
use super::rollovers;

pub use intermittent::{scattered, several_signers};

/// An alert that must fire, within so many minutes of the fault.
pub struct Report {
    pub alert: &'static str,
    pub severity: &'static str,
    pub within: u32,
}

/// The servers of each minute; `None` where the scrape fails.
pub type Script = Box<dyn Fn(u32) -> Option<Servers>>;

/// One replay.
pub struct Outage {
    pub id: &'static str,
    pub happened: &'static str,
    /// The minute at which it begins.
    pub since: u32,
    /// How long it is watched.
    pub minutes: u32,
    /// The minutes from one scrape to the next.
    pub interval: u32,
    pub config: fn(&Lab) -> String,
    pub script: Box<dyn Fn(&Lab) -> Script + Sync>,
    pub reports: Vec<Report>,
    /// Whether chance may end its alert for some minutes: answers are right and wrong by turns.
    pub may_pause: bool,
}

pub const fn critical(alert: &'static str, within: u32) -> Report {
    Report {
        alert,
        severity: "critical",
        within,
    }
}

pub const fn warning(alert: &'static str, within: u32) -> Report {
    Report {
        alert,
        severity: "warning",
        within,
    }
}

/// The default set-up: the chain from the root, through a resolver.
pub fn default_config(lab: &Lab) -> String {
    let trust = format!(
        r#"{{ "resolver": "{RESOLVER}", "anchors": {{ ".": ["{}"] }} }}"#,
        lab.anchor()
    );
    probes_json("", &trust)
}

/// The minute at which faults begin.
const SINCE: u32 = 12;

/// Two scrapes that fail in the middle of each fault: they end nothing.
const FAILED_SCRAPES: std::ops::Range<u32> = 33..35;

/// Healthy until the fault, which `change` makes of the healthy servers, and then for half an hour.
pub fn outage(
    id: &'static str,
    happened: &'static str,
    reports: Vec<Report>,
    change: impl Fn(&Lab, &mut Servers) + Sync + 'static,
) -> Outage {
    let script = move |lab: &Lab| -> Script {
        let healthy = lab.all_healthy();
        let mut faulty = healthy.clone();
        change(lab, &mut faulty);
        Box::new(move |minute| {
            let now = if minute < SINCE { &healthy } else { &faulty };
            (!FAILED_SCRAPES.contains(&minute)).then(|| now.clone())
        })
    };
    Outage {
        id,
        happened,
        since: SINCE,
        minutes: 45,
        interval: 1,
        config: default_config,
        script: Box::new(script),
        reports,
        may_pause: false,
    }
}

fn is_tcp(ask: &Ask) -> bool {
    ask.transport == Transport::Tcp
}

fn is_udp(ask: &Ask) -> bool {
    ask.transport == Transport::Udp
}

pub fn outages() -> Vec<Outage> {
    [
        reachability::reachability(),
        reachability::half_dead_servers(),
        reachability::paths_and_middleboxes(),
        denial::denial(),
        denial::contradictions(),
        signatures::keys_and_copies(),
        intermittent::intermittent(),
        exporter::exporters_own(),
        parent::parents(),
        parent::ds_records(),
        parent::names_of_nameservers(),
        content::names(),
        signatures::signatures(),
        signatures::keys(),
        rollovers::outages(),
        content::content(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
