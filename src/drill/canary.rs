//! The canary zone: signed anew for each drill and after it, served on loopback, and probed as any other zone is.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use crate::chain::LinkCache;
use crate::config::{
    Config, DEFAULT_MODULE, DEFAULT_SIGNATURE_WARNING_SECONDS, DnssecPolicy, Nameserver,
    ResolverChoice, Zone,
};
use crate::demo::{
    DemoNameserver, KeyDuty, ServedZone, ServedZones, ServerBehaviour, SignedZone, SigningKey,
    ZoneBuilder, ZoneError,
};
use crate::dns::{Algorithm, Name, RrType, Timestamp};
use crate::dnssec::SecurityStatus;
use crate::network::SystemNetwork;
use crate::plan::Request;
use crate::probe::execute;
use crate::report::AnyReport;
use crate::view::canary_prometheus;

/// Its nameserver in the configuration of its probe; no label of a metric shows it.
const NAMESERVER: &str = "canary";

/// The zone on a port of the kernel's choice. It ends when this is dropped, and so do its keys.
#[derive(Debug)]
pub(super) struct Canary {
    zone: Name,
    /// The drill for which it is broken.
    drill: Option<String>,
    /// Nothing but this zone, so that its probe sends no packet off this host.
    config: Config,
    network: SystemNetwork,
    link_cache: LinkCache,
    _nameserver: DemoNameserver,
}

impl Canary {
    /// Builds, signs and serves the zone as of `at`: broken where there is a `drill`, else sound.
    pub(super) async fn start(zone: &Name, drill: Option<&str>, at: Timestamp) -> io::Result<Self> {
        let signed = sign(zone, drill.is_some(), at).map_err(io::Error::other)?;
        let trust_anchors = signed.trust_anchors();
        let served = ServedZone {
            zone: signed,
            behaviour: ServerBehaviour::Answer,
        };
        let nameserver = DemoNameserver::start(ServedZones::from_iter([served]), 0).await?;
        let mut config = Config::default();
        config.trust.resolver = ResolverChoice::None;
        config
            .nameservers
            .insert(NAMESERVER.to_owned(), entry(&nameserver));
        let probed = Zone {
            nameservers: vec![NAMESERVER.to_owned()],
            qtypes: vec![RrType::SOA],
            names: Vec::new(),
            dnssec: DnssecPolicy::Required,
            module: DEFAULT_MODULE.to_owned(),
            signature_warning_seconds: DEFAULT_SIGNATURE_WARNING_SECONDS,
            interval_seconds: None,
            trust_anchors,
        };
        config.zones.insert(zone.clone(), probed);
        Ok(Self {
            zone: zone.clone(),
            drill: drill.map(str::to_owned),
            network: SystemNetwork::new(config.trust.host_resolvers().iter().copied()),
            link_cache: LinkCache::default(),
            config,
            _nameserver: nameserver,
        })
    }

    /// Whether it serves `zone`, broken for this `drill` or sound for none.
    pub(super) fn is_for(&self, zone: &Name, drill: Option<&str>) -> bool {
        self.zone == *zone && self.drill.as_deref() == drill
    }

    /// What a probe from `at` on, within `limit`, makes of it, as Prometheus text.
    pub(super) async fn probe(
        &self,
        limit: Option<Duration>,
        at: SystemTime,
    ) -> Result<String, String> {
        let parameters = [("zone".to_owned(), self.zone.to_string())];
        let request =
            Request::read(&parameters, limit, &self.config).map_err(|error| error.to_string())?;
        let report = execute(&request, &self.network, &self.link_cache, at).await;
        Ok(canary_prometheus(is_bogus(&report), self.drill.as_deref()))
    }
}

fn entry(nameserver: &DemoNameserver) -> Nameserver {
    Nameserver {
        addresses: nameserver.addresses().iter().map(SocketAddr::ip).collect(),
        port: nameserver.port(),
        provider: None,
        role: None,
        host: None,
        hidden: false,
        anycast: false,
    }
}

/// A broken zone has an SOA that was changed after it was signed: a failure that no clock and no network can feign.
fn sign(zone: &Name, is_broken: bool, at: Timestamp) -> Result<SignedZone, ZoneError> {
    let key = SigningKey::generate(Algorithm::ECDSAP256SHA256, SigningKey::KSK)?;
    let mut signed = ZoneBuilder::new(zone, at).key(key, KeyDuty::All).sign()?;
    if is_broken {
        signed.tamper(zone, RrType::SOA)?;
    }
    Ok(signed)
}

/// `None` where nothing answered that could be validated.
fn is_bogus(report: &AnyReport) -> Option<bool> {
    let servers = report.servers();
    let statuses = servers
        .iter()
        .filter_map(|(_, server)| server.dnssec.as_ref())
        .map(|dnssec| dnssec.status);
    let verdicts: Vec<_> = statuses
        .filter_map(|status| match status {
            SecurityStatus::Bogus(_) => Some(true),
            SecurityStatus::Secure => Some(false),
            SecurityStatus::Insecure(_) | SecurityStatus::Indeterminate(_) => None,
        })
        .collect();
    (!verdicts.is_empty()).then(|| verdicts.contains(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The metric by its value, for a canary in this state.
    async fn seen(drill: Option<&str>) -> String {
        let at = SystemTime::now();
        let zone = "drill.test".parse().unwrap();
        let canary = Canary::start(&zone, drill, at.into()).await.unwrap();
        let text = canary.probe(None, at).await.unwrap();
        text.lines().last().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn canary_is_bogus_in_a_drill_and_secure_without_one() {
        assert_eq!(seen(None).await, "outsidein_drill_canary_bogus 0");
        assert_eq!(
            seen(Some("a")).await,
            "outsidein_drill_canary_bogus{drill=\"a\"} 1"
        );
    }
}
