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
use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::dns::{Message, RrType};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::Network;
use outsidein::plan::Request;
use outsidein::probe;
use outsidein::report::AnyReport;
use outsidein::view::{self, Format};

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
pub enum QuestionCount {
    Few,
    Many,
}

impl QuestionCount {
    pub const ALL: [Self; 2] = [Self::Few, Self::Many];
}

/// The root at two addresses.
pub fn request(hostile: &Hostile, asks: QuestionCount) -> Request {
    let config = r#"{
        "nameservers": { "ns": { "addresses": ["192.0.2.1", "2001:db8::1"] } },
        "modules": { "negative": { "valid_rcodes": ["NOERROR", "NXDOMAIN"] } }
    }"#;
    let config = Config::parse(config, "test").expect("a configuration");
    let (transport, denial) = match asks {
        QuestionCount::Few => ("udp", "false"),
        QuestionCount::Many => ("both", "true"),
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
    Request::read(&parameters, None, &config).expect("a request")
}

/// The root as a whole: both addresses, SOA, NS and DNSKEY over both transports, and proofs.
pub fn zone_request() -> Request {
    let config = r#"{
        "nameservers": { "ns": { "addresses": ["192.0.2.1", "2001:db8::1"] } },
        "zones": { ".": { "nameservers": ["ns"] } }
    }"#;
    let config = Config::parse(config, "test").expect("a configuration");
    let parameters = [("zone", "."), ("denial", "true")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Request::read(&parameters, None, &config).expect("a request")
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
pub fn blackbox_request() -> Request {
    let lists = serde_json::json!({ "fail_if_matches_regexp": REGEXPS, "fail_if_none_matches_regexp": REGEXPS });
    let config = serde_json::json!({ "modules": { "m": { "transport": "tcp", "blackbox": {
        "name": ".", "qtype": "TXT", "preferred_family": "ipv4",
        "validate_answer_rrs": lists, "validate_authority_rrs": lists, "validate_additional_rrs": lists,
    } } } });
    let config = Config::parse(&config.to_string(), "test").expect("a configuration");
    let parameters = [("target", "192.0.2.1"), ("module", "m")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Request::read(&parameters, None, &config).expect("a request")
}

/// The report, after it was shown as Prometheus and as a person with JSON would see it.
pub async fn probe_and_show(request: &Request, network: &impl Network) -> AnyReport {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into());
    let report = probe::execute(request, network, &LinkCache::default(), at).await;
    let (servers, may_succeed) = match request {
        Request::Target(_) => (2, false),
        Request::Zone(_) => (2, true),
        Request::Blackbox(_) => (1, false),
    };
    assert_eq!(report.servers().len(), servers);
    assert!(
        may_succeed || !report.is_success(),
        "what hurts does not succeed"
    );
    for format in [Format::Prometheus, Format::Json] {
        black_box(view::render(&report, format));
    }
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
        let start = self.now();
        let result = work();
        (result, self.now().saturating_sub(start))
    }

    fn now(&self) -> Duration {
        clock_gettime(self.0)
            .expect("a clock that every Linux has")
            .into()
    }
}
