//! Every zone of the table on one embedded nameserver, with the parent that signs their DS RRsets, and us to judge them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use data_encoding::HEXUPPER;
use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::demo::{
    DemoNameserver, KeyDuty, ServedZone, ServerBehaviour, SigningKey, ZoneBuilder,
};
use outsidein::dns::{Algorithm, Name, RrType, Timestamp};
use outsidein::dnssec::SecurityStatus;
use outsidein::network::SystemNetwork;
use outsidein::plan::TargetPlan;
use outsidein::probe::probe;
use outsidein::reason::Reason;
use outsidein::report::ServerReport;

use crate::scenarios::scenario::{Asked, Scenario, Status};
use crate::scenarios::workshop::{Workshop, key};

/// The parent of every zone.
pub const PARENT: &str = "test";

/// A zone of the table as its parent has it.
pub struct Child {
    /// Its row.
    pub scenario: &'static Scenario,
    /// Its apex, without a final dot.
    pub apex: String,
    /// The DS RRset in presentation form.
    pub ds: Vec<String>,
}

/// The nameserver and what it serves.
pub struct World {
    /// Of the parent's key, in presentation form.
    pub anchor: String,
    /// The zones of the table.
    pub children: Vec<Child>,
    nameserver: DemoNameserver,
    links: LinkCache,
}

/// What we hold of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedVerdict {
    /// The status.
    pub status: Status,
    /// Why it is not secure.
    pub reason: Option<Reason>,
    /// Every failure but `no_data`, the headline first.
    pub failures: Vec<Reason>,
}

impl World {
    /// Builds every zone as of now and serves it.
    pub async fn start(table: impl Iterator<Item = &'static Scenario>) -> Self {
        let at = Timestamp::from(SystemTime::now());
        let parent_key = key(Algorithm::ECDSAP256SHA256, SigningKey::KSK);
        let apex: Name = PARENT.parse().expect("a name");
        let mut parent = ZoneBuilder::new(&apex, at);
        let (mut zones, mut children) = (Vec::new(), Vec::new());
        for scenario in table {
            let apex: Name = format!("{}.{PARENT}", scenario.name)
                .parse()
                .expect("a name");
            let built = (scenario.build)(&Workshop::new(apex.clone(), at));
            let built = built.unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
            parent = parent.record(scenario.name, RrType::NS, &format!("ns1.{apex}"));
            parent = built.ds.iter().fold(parent, |parent, ds| {
                parent.rdata(scenario.name, RrType::DS, ds.clone())
            });
            let ds = built.ds.iter().map(|ds| ds_text(ds)).collect();
            zones.extend(built.zone.map(|zone| ServedZone {
                zone,
                behaviour: built.behaviour,
            }));
            children.push(Child {
                scenario,
                apex: apex.to_string().trim_end_matches('.').to_owned(),
                ds,
            });
        }
        let parent = parent
            .key(Arc::clone(&parent_key), KeyDuty::All)
            .sign()
            .expect("the parent");
        zones.push(ServedZone {
            zone: parent,
            behaviour: ServerBehaviour::Answer,
        });
        let nameserver = DemoNameserver::start(zones.into_iter().collect(), 0)
            .await
            .expect("a port");
        Self {
            anchor: ds_text(&parent_key.ds_rdata(&apex)),
            children,
            nameserver,
            links: LinkCache::default(),
        }
    }

    /// Where it serves, over IPv4.
    pub fn address(&self) -> SocketAddr {
        self.nameserver.addresses()[0]
    }

    /// Every question of the table.
    pub fn questions(&self) -> impl Iterator<Item = (&Child, &'static Asked)> {
        self.children
            .iter()
            .flat_map(|child| child.scenario.asked.iter().map(move |asked| (child, asked)))
    }

    /// What we hold of an answer, the chain followed from the parent; it is its own resolver.
    pub async fn validate(&self, child: &Child, asked: &Asked) -> ObservedVerdict {
        self.validate_with(child, asked, self.address(), &self.links, &[])
            .await
    }

    /// The same with another resolver, and with what was had from that one in `links`.
    pub async fn validate_through(
        &self,
        resolver: SocketAddr,
        links: &LinkCache,
        child: &Child,
        asked: &Asked,
    ) -> ObservedVerdict {
        self.validate_with(child, asked, resolver, links, &[]).await
    }

    /// What we hold of it with the DS RRset as trust anchors of the zone.
    pub async fn validate_pinned(&self, child: &Child, asked: &Asked) -> ObservedVerdict {
        self.validate_with(
            child,
            asked,
            self.address(),
            &self.links,
            &[("anchor", &child.ds.join(";"))],
        )
        .await
    }

    async fn validate_with(
        &self,
        child: &Child,
        asked: &Asked,
        resolver: SocketAddr,
        links: &LinkCache,
        more: &[(&str, &str)],
    ) -> ObservedVerdict {
        let trust =
            serde_json::json!({ "resolver": resolver, "anchors": { PARENT: [self.anchor] } });
        // What unbound and delv say is of the question alone.
        let module =
            serde_json::json!({ "valid_rcodes": ["NOERROR", "NXDOMAIN"], "denial": false });
        let modules = serde_json::json!({ "default": module });
        let text = serde_json::json!({ "trust": trust, "modules": modules }).to_string();
        let config = Config::parse(&text, "probes.json").expect("a configuration");
        let (target, rtype) = (self.address().to_string(), asked.rtype.to_string());
        let name = asked.name_in(&child.apex);
        let fixed = [
            ("target", target.as_str()),
            ("zone", &child.apex),
            ("name", &name),
            ("qtype", &rtype),
            ("family", "ipv4"),
        ];
        let parameters = fixed
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let plan = TargetPlan::new(&parameters.collect::<Vec<_>>(), None, &config).expect("a plan");
        let report = probe(&plan, &SystemNetwork::new(None), links, SystemTime::now()).await;
        ObservedVerdict::read(&report.servers[0])
    }
}

impl ObservedVerdict {
    fn read(server: &ServerReport) -> Self {
        // That there is no data is no news where a question asks for what is not there.
        let reported = server
            .failures
            .iter()
            .filter(|failure| failure.reason != Reason::NoData);
        let failures: Vec<_> = reported.map(|failure| failure.reason).collect();
        let status = server.dnssec.as_ref().map(|dnssec| dnssec.status);
        let status_word = match status {
            Some(SecurityStatus::Secure) => Status::Secure,
            Some(SecurityStatus::Insecure(_)) => Status::Insecure,
            Some(SecurityStatus::Bogus(_)) => Status::Bogus,
            Some(SecurityStatus::Indeterminate(_)) => Status::Indeterminate,
            None => Status::Unanswered,
        };
        let reason = match status {
            Some(status) => status.reason(),
            None => failures.first().copied(),
        };
        Self {
            status: status_word,
            reason,
            failures,
        }
    }
}

fn ds_text(rdata: &[u8]) -> String {
    let tag = u16::from_be_bytes([rdata[0], rdata[1]]);
    format!(
        "{tag} {} {} {}",
        rdata[2],
        rdata[3],
        HEXUPPER.encode(&rdata[4..])
    )
}
