//! A zone on a real server that rolls its keys, a scripted parent that follows its CDS at once, and probes of the zone as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::demo::{
    DemoNameserver, KeyDuty, ServedZone, ServedZones, ServerBehaviour, SignedZone, SigningKey,
    ZoneBuilder,
};
use outsidein::dns::{Algorithm, DigestType, Dnskey, Ds, Name, RrType, Timestamp};
use outsidein::dnssec::{EarlyChange, ds_digest};
use outsidein::exchange::{Ask, Exchange};
use outsidein::network::{Network, SystemNetwork};
use outsidein::plan::Request;
use outsidein::probe;
use outsidein::report::{AnyReport, ZoneReport};
use serde_json::json;

use crate::outages::lab::{Servers, serve};
use crate::real::{LOOPBACK, Server, ask};

pub const ZONE: &str = "example.test";
const PARENT: [&str; 2] = ["203.0.113.1", "203.0.113.2"];
const RESOLVER: &str = "192.0.2.53";
/// How long a rollover may take on a busy machine.
const WAIT_TIMEOUT: Duration = Duration::from_mins(3);
const PAUSE: Duration = Duration::from_millis(200);

/// The parent with its keys.
pub struct Parent {
    key: Arc<SigningKey>,
    root_key: Arc<SigningKey>,
    /// TTL of the DS RRset.
    ds_ttl: u32,
    port: u16,
    ds: BTreeSet<Vec<u8>>,
    server: Option<DemoNameserver>,
    runtime: tokio::runtime::Runtime,
}

fn key() -> Arc<SigningKey> {
    let key = SigningKey::generate(Algorithm::ECDSAP256SHA256, SigningKey::KSK);
    Arc::new(key.expect("a key"))
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

fn served(zone: &SignedZone) -> ServedZones {
    let served = ServedZone {
        zone: zone.clone(),
        behaviour: ServerBehaviour::Answer,
    };
    std::iter::once(served).collect()
}

impl Parent {
    /// A parent without a DS.
    pub fn start(ds_ttl: u32) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let mut parent = Self {
            key: key(),
            root_key: key(),
            ds_ttl,
            port: 0,
            ds: BTreeSet::new(),
            server: None,
            runtime,
        };
        parent.publish(BTreeSet::new());
        parent
    }

    /// Where signers ask it for the DS.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn publish(&mut self, ds: BTreeSet<Vec<u8>>) {
        self.ds = ds;
        let zone = self.zone();
        // The port is free again once the tasks of the former have ended.
        drop(self.server.take());
        let deadline = Instant::now() + Duration::from_secs(5);
        self.server = Some(loop {
            let started = DemoNameserver::start(served(&zone), self.port);
            match self.runtime.block_on(started) {
                Ok(server) => break server,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        });
        self.port = self.server.as_ref().map_or(0, DemoNameserver::port);
    }

    fn zone(&self) -> SignedZone {
        let zone = ZoneBuilder::new(&name("test"), now())
            .record("example", RrType::NS, "ns1.example.test.")
            .record("ns1.example", RrType::A, "127.0.0.1")
            .ttl(self.ds_ttl);
        let with_ds = self.ds.iter().fold(zone, |zone, ds| {
            zone.rdata("example", RrType::DS, ds.clone())
        });
        let zone = with_ds.altered(|zone| {
            let ipv4 = PARENT.map(|address| match address.parse() {
                Ok(IpAddr::V4(ipv4)) => ipv4.octets().to_vec(),
                other => panic!("{other:?}"),
            });
            zone.rrset_mut(&name("ns1.test"), RrType::A)?.rdatas = ipv4.to_vec();
            zone.rrset_mut(&name("ns1.test"), RrType::AAAA)?.rdatas = vec![[0; 16].to_vec()];
            Ok(())
        });
        let signed = zone.key(Arc::clone(&self.key), KeyDuty::All).sign();
        signed.expect("a parent")
    }

    fn root(&self) -> SignedZone {
        ZoneBuilder::new(&name("."), now())
            .record("test.", RrType::NS, "ns1.test.")
            .rdata("test.", RrType::DS, self.key.ds_rdata(&name("test")))
            .key(Arc::clone(&self.root_key), KeyDuty::All)
            .sign()
            .expect("a root")
    }

    fn servers(&self) -> Servers {
        let mut servers = Servers::default();
        servers.set(&PARENT, &serve([self.zone()]));
        servers.set(&[RESOLVER], &serve([self.root(), self.zone()]));
        servers
    }
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// The real server at its loopback addresses, everything else scripted.
struct LabNetwork<'w> {
    system: &'w SystemNetwork,
    scripted: Servers,
}

impl Network for LabNetwork<'_> {
    async fn exchange(&self, ask: Ask) -> Exchange {
        if ask.server.ip().is_loopback() {
            self.system.exchange(ask).await
        } else {
            self.scripted.exchange(ask).await
        }
    }

    async fn resolve(&self, host: &str, deadline: Instant) -> Result<Vec<IpAddr>, String> {
        self.scripted.resolve(host, deadline).await
    }
}

/// What a rollover has shown so far.
pub struct Watch<'s> {
    pub server: &'s Server,
    pub parent: Parent,
    config: Config,
    links: LinkCache,
    system: SystemNetwork,
    /// What was too early, each kind with its first detail.
    pub early: BTreeMap<EarlyChange, String>,
    /// Probes in which every server's answers were secure.
    pub secure_probes: usize,
}

impl<'s> Watch<'s> {
    pub fn new(server: &'s Server, parent: Parent) -> Self {
        let anchor = parent.root().trust_anchors()[0].to_string();
        let probes = json!({
            "nameservers": { "ns1": { "addresses": LOOPBACK, "port": server.port } },
            "zones": { "example.test": { "nameservers": ["ns1"] } },
            "trust": { "resolver": RESOLVER, "anchors": { ".": [anchor] } }
        });
        Self {
            config: Config::parse(&probes.to_string(), "probes.json").expect("a configuration"),
            links: LinkCache::default(),
            system: SystemNetwork::new([]),
            early: BTreeMap::new(),
            secure_probes: 0,
            parent,
            server,
        }
    }

    /// One probe.
    pub fn probe(&mut self) -> ZoneReport {
        let parameters = [("zone".to_owned(), ZONE.to_owned())];
        let request = Request::read(&parameters, None, &self.config).expect("a request");
        let network = LabNetwork {
            system: &self.system,
            scripted: self.parent.servers(),
        };
        let runtime = &self.parent.runtime;
        let report = runtime.block_on(probe::execute(
            &request,
            &network,
            &self.links,
            SystemTime::now(),
        ));
        let AnyReport::Zone(report) = report else {
            panic!("a zone")
        };
        for change in report
            .early_changes
            .iter()
            .filter(|change| change.too_early)
        {
            let detail = change.detail.clone().unwrap_or_default();
            self.early.entry(change.kind).or_insert(detail);
        }
        let mut addresses = report.nameservers.iter().flat_map(|ns| &ns.addresses);
        let is_secure = addresses.all(|address| {
            let dnssec = address.server.dnssec.as_ref();
            dnssec.is_some_and(|dnssec| dnssec.status.as_str() == "secure")
        });
        self.secure_probes += usize::from(is_secure);
        *report
    }

    /// Probes until something holds; the parent meanwhile does what the zone's CDS ask for.
    pub fn until(&mut self, condition: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            let report = self.probe();
            if holds(self) {
                return;
            }
            self.follow_cds();
            let keys = self.keys();
            assert!(
                Instant::now() < deadline,
                "{condition}: not within {WAIT_TIMEOUT:?}: {keys:?}\n{}",
                outsidein::view::zone_text(&report)
            );
            std::thread::sleep(PAUSE);
        }
    }

    /// Probes for so long.
    pub fn during(&mut self, duration: Duration) {
        let end = Instant::now() + duration;
        self.until("time passes", |_| Instant::now() >= end);
    }

    fn follow_cds(&mut self) {
        let cds = self.rdatas(RrType::CDS);
        let of_sha_256: BTreeSet<_> = cds.into_iter().filter(|cds| cds[3] == 2).collect();
        if !of_sha_256.is_empty() && of_sha_256 != self.parent.ds {
            self.parent.publish(of_sha_256);
        }
    }

    /// Has the parent publish the DS of these keys.
    pub fn publish_ds_of(&mut self, tags: &[u16]) {
        let keys = self.dnskeys();
        let keys = keys.iter().filter(|key| tags.contains(&key.key_tag));
        let ds = keys.map(|key| {
            let digest = ds_digest(DigestType::SHA_256, &name(ZONE), key).expect("a digest");
            let head = [key.key_tag.to_be_bytes(), [key.algorithm.0, 2]].concat();
            [&head, &*digest].concat()
        });
        self.parent.publish(ds.collect());
    }

    /// Tags of the keys that the parent has a DS of.
    pub fn ds_tags(&self) -> Vec<u16> {
        let ds = self.parent.ds.iter().map(|ds| Ds::read(ds).expect("a DS"));
        ds.map(|ds| ds.key_tag).collect()
    }

    /// Tags of the keys that the zone serves: its KSKs, and its ZSKs.
    pub fn keys(&self) -> (Vec<u16>, Vec<u16>) {
        let keys = self.dnskeys();
        let (ksks, zsks): (Vec<_>, Vec<_>) = keys
            .iter()
            .partition(|key| key.has_flag(Dnskey::SECURE_ENTRY_POINT));
        let tags = |keys: Vec<&Dnskey>| keys.iter().map(|key| key.key_tag).collect();
        (tags(ksks), tags(zsks))
    }

    fn dnskeys(&self) -> Vec<Dnskey> {
        let rdatas = self.rdatas(RrType::DNSKEY);
        let keys = rdatas.iter().map(|rdata| Dnskey::read(rdata));
        keys.map(|key| key.expect("a DNSKEY")).collect()
    }

    fn rdatas(&self, rtype: RrType) -> Vec<Vec<u8>> {
        let answer = ask::over_tcp(self.server.addresses()[0], ZONE, rtype).expect("an answer");
        let records = answer.answer.iter().filter(|record| record.rtype == rtype);
        records
            .map(|record| answer.rdata(record).to_vec())
            .collect()
    }
}
