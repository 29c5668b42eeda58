//! A network that gives the same answers to whoever asks, and what a probe over it costs in CPU.
#![allow(dead_code, reason = "each binary that includes this file uses a part of it")]

use std::hint::black_box;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use nix::time::{ClockId, clock_gettime};
use outsidein::config::Config;
use outsidein::dns::{Message, RrType};
use outsidein::exchange::{Ask, Exchange, Network, Outcome};
use outsidein::plan::Plan;
use outsidein::report::Report;
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
        let octets = if ask.query.question.rtype == RrType::DNSKEY { &self.0.keys } else { &self.0.answer };
        let message = Message::read(octets.as_slice()).expect("what hurts most can be read");
        Exchange {
            query: Arc::clone(&ask.query),
            transport: ask.transport,
            edns: ask.edns,
            connect: None,
            request: Some(Duration::from_millis(1)),
            clock: None,
            ignored: 0,
            outcome: Outcome::Response(Arc::new(message)),
        }
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        Err("the target is no host name".to_owned())
    }
}

/// The root at two addresses, over both transports.
pub fn plan() -> Plan {
    let config = r#"{ "nameservers": { "ns": { "addresses": ["192.0.2.1", "2001:db8::1"] } } }"#;
    let config = Config::parse(config, "test").expect("a configuration");
    let parameters = [("target", "ns"), ("zone", "."), ("qtype", "NS"), ("transport", "both"), ("dnssec", "auto")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Plan::new(&parameters, None, &config).expect("a plan")
}

/// The report, after it was shown as Prometheus and as a person with JSON would see it.
pub async fn probe_and_show(plan: &Plan, network: &Scripted<'_>) -> Report {
    let report = probe::probe(plan, network, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into())).await;
    assert_eq!(report.servers.len(), 2);
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
        (result, self.now() - begun)
    }

    fn now(&self) -> Duration {
        clock_gettime(self.0).expect("a clock that every Linux has").into()
    }
}
