//! The exporter under test: the library that the program is made of, over the probes.json that the lab writes.

use std::net::SocketAddr;
use std::time::SystemTime;

use outsidein::chain::LinkCache;
use outsidein::config::{Config, DNS_PORT};
use outsidein::dnssec::SecurityStatus;
use outsidein::network::SystemNetwork;
use outsidein::plan::Request;
use outsidein::probe::execute;
use outsidein::report::{AnyReport, InconsistencyKind, ZoneReport};
use outsidein::view::zone_prometheus;
use serde_json::{Value, json};

use crate::process::Directory;
use crate::zone::world::{CONTROL, MEMBERS, Member, ZONE};

/// An exporter with its configuration and what it keeps from probe to probe.
pub struct Exporter {
    runtime: tokio::runtime::Runtime,
    network: SystemNetwork,
    links: LinkCache,
    config: Config,
}

/// One probe.
pub struct Seen {
    pub report: ZoneReport,
    /// As Prometheus gets it.
    pub text: String,
}

impl Exporter {
    /// An exporter over the probes.json that it writes.
    pub fn new(directory: &Directory, root_ds: &str) -> Self {
        let nameserver = |member: &Member| {
            let entry = json!({
                "addresses": member.addresses(),
                "provider": member.provider,
                "role": member.role,
                "host": format!("{}.{ZONE}", member.name),
            });
            (member.name.to_owned(), entry)
        };
        let names: Vec<_> = MEMBERS.iter().map(|member| member.name).collect();
        let probes = json!({
            "nameservers": MEMBERS.iter().map(nameserver).collect::<serde_json::Map<_, _>>(),
            "zones": { ZONE: { "nameservers": names, "dnssec": "required" } },
            "modules": {
                "default": { "timeout_seconds": 3, "recursion": true, "transfer": true },
                "polite": { "timeout_seconds": 3 },
            },
            "trust": { "resolver": SocketAddr::from((CONTROL, DNS_PORT)), "anchors": { ".": [root_ds] } },
        });
        Self::with_probes(directory, &probes)
    }

    /// An exporter over this probes.json.
    pub fn with_probes(directory: &Directory, probes: &Value) -> Self {
        let config = Config::load(directory.write("probes.json", &probes.to_string()))
            .expect("probes.json is right");
        let network = SystemNetwork::new(config.trust.host_resolvers().iter().copied());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        Self {
            runtime: runtime.expect("a runtime"),
            network,
            links: LinkCache::default(),
            config,
        }
    }

    /// One probe of the zone as a whole.
    pub fn probe(&self, parameters: &[(&str, &str)]) -> Seen {
        let parameters = [&[("zone", ZONE)], parameters].concat();
        let parameters: Vec<_> = parameters
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let request = Request::read(&parameters, None, &self.config).expect("parameters are right");
        match self.runtime.block_on(execute(
            &request,
            &self.network,
            &self.links,
            SystemTime::now(),
        )) {
            AnyReport::Zone(report) => Seen {
                text: zone_prometheus(&report),
                report: *report,
            },
            report @ (AnyReport::Target(_) | AnyReport::Blackbox(_)) => {
                panic!("a probe without a target is of the zone: {report:?}")
            }
        }
    }

    /// Forgets the links of the chain of trust.
    pub fn forget(&mut self) {
        self.links = LinkCache::default();
    }
}

impl Seen {
    /// Who differs in what, with what is said of it.
    pub fn details(&self, kind: InconsistencyKind) -> Vec<&str> {
        let of_what = self
            .report
            .differences
            .iter()
            .filter(|difference| difference.what == kind);
        of_what
            .map(|difference| difference.detail.as_str())
            .collect()
    }

    /// Whether the chain of trust from the root holds at every address.
    pub fn is_secure(&self) -> bool {
        let addresses = self
            .report
            .nameservers
            .iter()
            .flat_map(|nameserver| &nameserver.addresses);
        let mut status =
            addresses.map(|address| address.server.dnssec.as_ref().map(|dnssec| &dnssec.status));
        status.all(|status| matches!(status, Some(SecurityStatus::Secure)))
    }

    /// The value of a series, written as in the exposition.
    pub fn value(&self, series: &str) -> Option<f64> {
        let line = self
            .text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map(|value| {
            value
                .parse()
                .unwrap_or_else(|_| panic!("{series}: {value}"))
        })
    }
}
