//! A network that gives the same answers to whoever asks, and what a probe over it costs in CPU.
#![allow(
    dead_code,
    reason = "each binary that includes this file uses a part of it"
)]

use std::hint::black_box;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use nix::time::{ClockId, clock_gettime};
use outsidein::chain::Cache;
use outsidein::config::Config;
use outsidein::dns::{Message, RrType};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::Network;
use outsidein::plan::{Plan, Request, ZonePlan};
use outsidein::report::{Report, ZoneReport};
use outsidein::{probe, view};

use crate::hostile::{Hostile, NOW};

/// Serves one hostile zone; every answer is read anew.
pub struct Scripted<'h>(&'h Hostile);

impl<'h> Scripted<'h> {
    pub fn new(hostile: &'h Hostile) -> Self {
        Self(hostile)
    }
}

impl Network for Scripted<'_> {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let octets = if ask.query.question.rtype == RrType::DNSKEY {
            &self.0.keys
        } else {
            &self.0.answer
        };
        let message = Message::read(octets.as_slice()).expect("what hurts most can be read");
        Exchange::untimed(ask, Outcome::Response(Arc::new(message)))
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        Err("the target is no host name".to_owned())
    }
}

/// How much a probe asks of each address: two questions over UDP leave the budget to what is in the answers, and four over
/// both transports are what nobody can refuse to read.
#[derive(Clone, Copy, Debug)]
pub enum Asks {
    Little,
    Much,
}

impl Asks {
    pub const ALL: [Self; 2] = [Self::Little, Self::Much];
}

/// The root at two addresses.
pub fn plan(hostile: &Hostile, asks: Asks) -> Plan {
    let config = r#"{
        "nameservers": { "ns": { "addresses": ["192.0.2.1", "2001:db8::1"] } },
        "modules": { "negative": { "valid_rcodes": ["NOERROR", "NXDOMAIN"] } }
    }"#;
    let config = Config::parse(config, "test").expect("a configuration");
    let (transport, denial) = match asks {
        Asks::Little => ("udp", "false"),
        Asks::Much => ("both", "true"),
    };
    let parameters = [
        ("target", "ns"),
        ("zone", "."),
        ("name", hostile.qname.as_str()),
        ("qtype", "NS"),
        ("module", "negative"),
        ("transport", transport),
        ("denial", denial),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Plan::new(&parameters, None, &config).expect("a plan")
}

/// The root as a whole: both addresses, SOA, NS and DNSKEY over both transports, and proofs.
pub fn zone_plan() -> ZonePlan {
    let config = r#"{
        "nameservers": { "ns": { "addresses": ["192.0.2.1", "2001:db8::1"] } },
        "zones": { ".": { "nameservers": ["ns"] } }
    }"#;
    let config = Config::parse(config, "test").expect("a configuration");
    let parameters = [("zone", "."), ("denial", "true")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    match Request::read(&parameters, None, &config) {
        Ok(Request::Zone(plan)) => *plan,
        other => panic!("no target, so a zone as a whole: {other:?}"),
    }
}

/// Regexps as users write them, dear ones among them; no answer here has what they look for.
const REGEXPS: [&str; 10] = [
    r"\tSOA\tns1\.example\.net\. ",
    "(?i)v=spf1 .*-all",
    r"^_dmarc\..*\tTXT\t.v=DMARC1; ?p=(none|quarantine|reject)",
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b$",
    r"[\w+/=]{40,}==.$",
    r".*\.example\.net\.$",
    r"^(?:[a-z0-9-]{1,63}\.){1,10}example\.\t\d+\tIN\tA\t192\.0\.2\.\d+$",
    r"(?:key|p)=[A-Za-z0-9+/]{300,}",
    "[0-9].{30}[xyz].{30}[g-p]",
    r"^(.*?,){11}P",
];

/// A module that asks as blackbox_exporter does, and holds many regexps against each section.
pub fn blackbox_plan() -> Plan {
    let lists = serde_json::json!({ "fail_if_matches_regexp": REGEXPS, "fail_if_none_matches_regexp": REGEXPS });
    let config = serde_json::json!({ "modules": { "m": { "transport": "tcp", "blackbox": {
        "name": ".", "qtype": "TXT", "preferred_family": "ipv4",
        "validate_answer_rrs": lists, "validate_authority_rrs": lists, "validate_additional_rrs": lists,
    } } } });
    let config = Config::parse(&config.to_string(), "test").expect("a configuration");
    let parameters = [("target", "192.0.2.1"), ("module", "m")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Plan::new(&parameters, None, &config).expect("a plan")
}

/// The report of a zone as a whole, after it was shown.
pub async fn probe_zone_and_show(plan: &ZonePlan, network: &impl Network) -> ZoneReport {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into());
    let report = probe::probe_zone(plan, network, &Cache::default(), at).await;
    black_box(view::zone_prometheus(&report));
    black_box(view::zone_json(&report));
    report
}

/// The report, after it was shown as Prometheus and as a person with JSON would see it.
pub async fn probe_and_show(plan: &Plan, network: &impl Network) -> Report {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into());
    let report = probe::probe(plan, network, &Cache::default(), at).await;
    assert_eq!(
        report.servers.len(),
        if report.blackbox.is_some() { 1 } else { 2 }
    );
    assert!(!report.success, "what hurts does not succeed");
    black_box(view::prometheus(&report));
    black_box(view::json(&report));
    report
}

/// A clock that runs while this process, or this thread, has a core.
pub struct CpuClock(ClockId);

impl CpuClock {
    pub fn of_process() -> Self {
        Self(ClockId::CLOCK_PROCESS_CPUTIME_ID)
    }

    pub fn of_thread() -> Self {
        Self(ClockId::CLOCK_THREAD_CPUTIME_ID)
    }

    pub fn time<T>(&self, work: impl FnOnce() -> T) -> Duration {
        self.timed(|| black_box(work())).1
    }

    pub fn timed<T>(&self, work: impl FnOnce() -> T) -> (T, Duration) {
        let begun = self.now();
        let result = work();
        (result, self.now().saturating_sub(begun))
    }

    fn now(&self) -> Duration {
        clock_gettime(self.0)
            .expect("a clock that every Linux has")
            .into()
    }
}
