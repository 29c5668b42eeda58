//! A request's parameters and the configuration, turned into a plan that cannot be invalid.

mod parameters;
mod questions;
mod trust;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, DNS_PORT, DnssecPolicy, Endpoint, Families, Host, Transports, endpoint, port};
use crate::dns::{Name, Query, Rcode, RrType};
use parameters::{Given, SHORTEST_TIMEOUT};

pub use parameters::{
    PARAMETERS, ParameterError, SCRAPE_TIMEOUT_HEADER, SCRAPE_TIMEOUT_OFFSET, VIEW_PARAMETERS, scrape_limit,
};
pub use questions::{Beside, Purpose};
pub use trust::Trust;

/// Everything that one probe needs to know.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The target as it was written.
    pub target: String,
    /// Where the target is.
    pub place: Place,
    /// Its port.
    pub port: u16,
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
    /// The questions asked beside it; none with the policy `off`.
    pub beside: Vec<Beside>,
    /// What the zone's keys are held against.
    pub trust: Trust,
}

/// Where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At these addresses; at least one.
    Addresses(Vec<IpAddr>),
    /// Where its host name says: in ASCII, with the final dot only if it was written.
    Host(String),
}

impl Plan {
    /// Reads `parameters`; what they leave open the configuration says. `limit` is what the scrape allows, if it is one.
    pub fn new(
        parameters: &[(String, String)],
        limit: Option<Duration>,
        config: &Config,
    ) -> Result<Self, ParameterError> {
        let given = Given::read(parameters)?;
        let zone = given.zone()?;
        let configured = config.zones.get(&zone);
        let target = given.required("target", "required (the zone as a whole is not probed yet)")?;
        let (place, port) = locate(target, config).map_err(|message| ParameterError::new("target", message))?;
        let (module_name, module) = given.module(configured, config)?;
        let dnssec = given.word("dnssec")?.or(configured.map(|zone| zone.dnssec)).unwrap_or(DnssecPolicy::Auto);
        let question = given.question(&zone, module.udp_size)?;
        let judged = dnssec != DnssecPolicy::Off;
        let denial = given.denial(module, judged)?;
        let beside = questions::beside(&question.question, &zone, module.udp_size, denial)?;
        let trust = Trust::new(&zone, &given.anchors(&zone)?, configured, &config.trust);
        Ok(Self {
            target: target.to_owned(),
            place,
            port,
            module: module_name.to_owned(),
            families: given.word("family")?.unwrap_or(module.families),
            transports: given.word("transport")?.unwrap_or(module.transport),
            dnssec,
            valid_rcodes: module.valid_rcodes.clone(),
            timeout: limit.map_or(module.timeout, |limit| limit.min(module.timeout)).max(SHORTEST_TIMEOUT),
            beside: if judged { beside } else { Vec::new() },
            trust: if judged { trust } else { Trust::None },
            question: Arc::new(question),
            zone,
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

/// A nameserver of probes.json wins over a host of that name; its port may be written over. No name is an address, nor has a colon.
fn locate(target: &str, config: &Config) -> Result<(Place, u16), String> {
    let (name, digits) = match target.split_once(':') {
        Some((name, digits)) if !digits.contains(':') => (name, Some(digits)),
        _ => (target, None),
    };
    if let Some(nameserver) = config.nameservers.get(name) {
        let port = digits.map(port).transpose()?.unwrap_or(nameserver.port);
        return Ok((Place::Addresses(nameserver.addresses.clone()), port));
    }
    let Endpoint { host, port } = endpoint(target)?;
    let place = match host {
        Host::Address(address) => Place::Addresses(vec![address]),
        Host::Name(host) => Place::Host(host),
    };
    Ok((place, port.unwrap_or(DNS_PORT)))
}

#[cfg(test)]
mod tests;
