//! A request's parameters and the configuration, turned into a plan that cannot be invalid.

mod blackbox_plan;
mod parameters;
mod questions;
mod trust;
mod zone_plan;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{
    self, Config, DNS_PORT, DnssecPolicy, Endpoint, Host, Module, NameserverRole,
    SIGNATURE_WARNING_SECONDS, endpoint, port,
};
use crate::dns::{Families, Name, Query, Rcode, RrType, Transports};
use parameters::{Given, SHORTEST_TIMEOUT};
use questions::Asking;

pub use blackbox_plan::BlackboxPlan;
pub use parameters::{
    PARAMETERS, ParameterError, SCRAPE_TIMEOUT_HEADER, SCRAPE_TIMEOUT_OFFSET, VIEW_PARAMETERS,
    scrape_limit,
};
pub use questions::{Beside, Purpose};
pub use trust::Trust;
pub use zone_plan::{NameserverPlan, ZonePlan};

/// What a request asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// One nameserver.
    Target(Arc<TargetPlan>),
    /// The zone as a whole, over all the nameservers that probes.json lists for it.
    Zone(Box<ZonePlan>),
    /// One question of a module that asks as blackbox_exporter does.
    Blackbox(Box<BlackboxPlan>),
}

/// Everything that a probe of one nameserver needs to know.
#[derive(Clone, Debug)]
pub struct TargetPlan {
    /// The target as it was written.
    pub target: String,
    /// Where the target is.
    pub place: Place,
    /// Its port.
    pub port: u16,
    /// Its part in the zone transfer, as probes.json has it.
    pub role: Option<NameserverRole>,
    /// The apex of the zone.
    pub zone: Name,
    /// The module in force.
    pub module: String,
    /// The families wanted.
    pub families: Families,
    /// The transports wanted.
    pub transports: Transports,
    /// What is demanded of DNSSEC.
    pub dnssec: DnssecPolicy,
    /// Rcodes that count as an answer.
    pub valid_rcodes: Vec<Rcode>,
    /// The time limit.
    pub timeout: Duration,
    /// The question; its name and type are those of `name` and `qtype`.
    pub question: Arc<Query>,
    /// The questions asked beside it.
    pub beside: Vec<Beside>,
    /// What the zone's keys are held against.
    pub trust: Trust,
    /// How long signatures must still last, before alerts warn.
    pub signature_warning_seconds: u32,
}

/// Where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At these addresses; at least one.
    Addresses(Vec<IpAddr>),
    /// Where its host name says: in ASCII, with the final dot only if it was written.
    Host(String),
}

impl Request {
    /// Reads `parameters`; what they leave open the configuration says. `limit` is what the scrape allows, if it is one.
    pub fn read(
        parameters: &[(String, String)],
        limit: Option<Duration>,
        config: &Config,
    ) -> Result<Self, ParameterError> {
        let given = Given::read(parameters)?;
        if let Some(module) = given.blackbox_module(config) {
            let plan = BlackboxPlan::new(&given, limit, config, &module)?;
            return Ok(Self::Blackbox(Box::new(plan)));
        }
        let frame = Frame::new(&given, limit, config)?;
        Ok(match given.optional("target") {
            Some(target) => Self::Target(Arc::new(TargetPlan::of_target(target, &frame)?)),
            None => Self::Zone(Box::new(ZonePlan::new(&frame)?)),
        })
    }
}

impl TargetPlan {
    /// As [`Request::read`], for one nameserver.
    pub fn new(
        parameters: &[(String, String)],
        limit: Option<Duration>,
        config: &Config,
    ) -> Result<Arc<Self>, ParameterError> {
        match Request::read(parameters, limit, config)? {
            Request::Target(plan) => Ok(plan),
            Request::Zone(_) => Err(ParameterError::new("target", "required: the nameserver")),
            Request::Blackbox(_) => Err(ParameterError::new(
                "module",
                "asks a question of its own (`blackbox`)",
            )),
        }
    }

    fn of_target(target: &str, frame: &Frame<'_>) -> Result<Self, ParameterError> {
        let given = frame.given;
        let Located { place, port, role } = locate(target, frame.config)
            .map_err(|message| ParameterError::new("target", message))?;
        let question = given.question(&frame.zone, frame.module)?;
        let transports = given.word("transport")?.unwrap_or(frame.module.transport);
        let asking = frame.asking(transports);
        let mut beside = if frame.is_judged() {
            asking.for_judgement(&question.question)
        } else {
            Vec::new()
        };
        if frame.denial {
            beside.extend(asking.for_denial()?);
        }
        beside.extend(asking.for_strangers());
        let target = target.to_owned();
        Ok(Self {
            role,
            transports,
            beside,
            ..frame.plan(target, place, port, question)
        })
    }

    /// The owner name asked for.
    pub fn name(&self) -> &Name {
        &self.question.question.name
    }

    /// The type asked for.
    pub fn qtype(&self) -> RrType {
        self.question.question.rtype
    }
}

const ZONE_REQUIRED: &str = "required, unless the module has a `zone`: the apex of the zone, the name whose DNSKEY RRset signs";

/// What holds for every nameserver that a request is about.
struct Frame<'f> {
    given: &'f Given<'f>,
    config: &'f Config,
    zone: Name,
    configured: Option<&'f config::Zone>,
    module_name: &'f str,
    module: &'f Module,
    dnssec: DnssecPolicy,
    families: Families,
    timeout: Duration,
    trust: Trust,
    denial: bool,
}

impl<'f> Frame<'f> {
    fn new(
        given: &'f Given<'f>,
        limit: Option<Duration>,
        config: &'f Config,
    ) -> Result<Self, ParameterError> {
        let named = given.zone()?;
        let (module_name, module) = given.module(
            named.as_ref().and_then(|zone| config.zones.get(zone)),
            config,
        )?;
        let zone = named
            .or_else(|| module.zone.clone())
            .ok_or_else(|| ParameterError::new("zone", ZONE_REQUIRED))?;
        let configured = config.zones.get(&zone);
        let dnssec = given
            .word("dnssec")?
            .or(configured.map(|zone| zone.dnssec))
            .unwrap_or(DnssecPolicy::Auto);
        let judged = dnssec != DnssecPolicy::Off;
        let trust = Trust::new(&zone, &given.anchors(&zone)?, configured, &config.trust);
        Ok(Self {
            given,
            config,
            configured,
            module_name,
            module,
            dnssec,
            families: given.word("family")?.unwrap_or(module.families),
            timeout: timeout(module, limit),
            trust: if judged { trust } else { Trust::None },
            denial: given.denial(module, judged)?,
            zone,
        })
    }

    fn is_judged(&self) -> bool {
        self.dnssec != DnssecPolicy::Off
    }

    fn asking(&self, transports: Transports) -> Asking<'_> {
        Asking {
            zone: &self.zone,
            module: self.module,
            transports,
        }
    }

    /// A plan that asks `question` alone.
    fn plan(&self, target: String, place: Place, port: u16, question: Query) -> TargetPlan {
        TargetPlan {
            target,
            place,
            port,
            role: None,
            zone: self.zone.clone(),
            module: self.module_name.to_owned(),
            families: self.families,
            transports: self.module.transport,
            dnssec: self.dnssec,
            valid_rcodes: self.module.valid_rcodes.clone(),
            timeout: self.timeout,
            question: Arc::new(question),
            beside: Vec::new(),
            trust: self.trust.clone(),
            signature_warning_seconds: self.configured.map_or(SIGNATURE_WARNING_SECONDS, |zone| {
                zone.signature_warning_seconds
            }),
        }
    }
}

/// The smaller of the module's limit and the scrape's.
fn timeout(module: &Module, limit: Option<Duration>) -> Duration {
    limit
        .map_or(module.timeout, |limit| limit.min(module.timeout))
        .max(SHORTEST_TIMEOUT)
}

/// What a target says of a nameserver.
struct Located {
    place: Place,
    port: u16,
    role: Option<NameserverRole>,
}

/// A nameserver of probes.json wins over a host of that name; its port may be written over. No name is an address, nor has a colon.
fn locate(target: &str, config: &Config) -> Result<Located, String> {
    let (name, digits) = match target.split_once(':') {
        Some((name, digits)) if !digits.contains(':') => (name, Some(digits)),
        _ => (target, None),
    };
    if let Some(nameserver) = config.nameservers.get(name) {
        let port = digits.map(port).transpose()?.unwrap_or(nameserver.port);
        let place = Place::Addresses(nameserver.addresses.clone());
        return Ok(Located {
            place,
            port,
            role: nameserver.role,
        });
    }
    let Endpoint { host, port } = endpoint(target)?;
    let place = match host {
        Host::Address(address) => Place::Addresses(vec![address]),
        Host::Name(host) => Place::Host(host),
    };
    Ok(Located {
        place,
        port: port.unwrap_or(DNS_PORT),
        role: None,
    })
}

#[cfg(test)]
mod tests;
