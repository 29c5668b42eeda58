//! A request's parameters and the configuration, turned into a plan that cannot be invalid.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{
    Config, DEFAULT_MODULE, DNS_PORT, DnssecPolicy, Endpoint, Families, Host, Module, Transports, UnknownWord, Zone,
    endpoint, on_one_line, port, rr_type,
};
use crate::dns::{Name, Query, Rcode, RrType};

/// The parameters that say what is probed.
pub const PARAMETERS: &[&str] = &["target", "zone", "qtype", "name", "module", "family", "transport", "dnssec"];
/// Parameters of a request that say how a report is shown: whoever shows it takes them away before it makes a plan.
pub const VIEW_PARAMETERS: &[&str] = &["format", "debug"];

/// The header in which a scraper tells its time limit, in seconds.
pub const SCRAPE_TIMEOUT_HEADER: &str = "X-Prometheus-Scrape-Timeout-Seconds";
/// What a probe leaves of the scrape's limit for the way back (blackbox_exporter's `--timeout-offset` has the same default).
pub const SCRAPE_TIMEOUT_OFFSET: Duration = Duration::from_millis(500);
/// No plan has less time, so that none fails before it starts.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(1);

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
    /// The question for the zone's keys; absent with the policy `off`, and where `question` asks for them already.
    pub dnskey: Option<Arc<Query>>,
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
        let families = given.word("family")?.unwrap_or(module.families);
        let transports = given.word("transport")?.unwrap_or(module.transport);
        let dnssec = given.word("dnssec")?.or(configured.map(|zone| zone.dnssec)).unwrap_or(DnssecPolicy::Auto);
        let question = given.question(&zone, module.udp_size)?;
        let dnskey = dnskey_question(&question, &zone, dnssec, module);
        Ok(Self {
            target: target.to_owned(),
            place,
            port,
            zone,
            module: module_name.to_owned(),
            families,
            transports,
            dnssec,
            valid_rcodes: module.valid_rcodes.clone(),
            timeout: limit.map_or(module.timeout, |limit| limit.min(module.timeout)).max(SHORTEST_TIMEOUT),
            question: Arc::new(question),
            dnskey: dnskey.map(Arc::new),
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

/// The time that a scrape leaves for a probe: the value of its header less `offset`, or half of what is no longer than that.
pub fn scrape_limit(header: &str, offset: Duration) -> Result<Duration, ParameterError> {
    let seconds = header.trim().parse().ok().filter(|&seconds: &f64| seconds > 0.0);
    let scrape = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or_else(|| {
        ParameterError::new(SCRAPE_TIMEOUT_HEADER, format!("{header:?} is not a number of seconds above 0"))
    })?;
    let left = scrape.checked_sub(offset).filter(|left| !left.is_zero());
    Ok(left.unwrap_or(scrape / 2).max(SHORTEST_TIMEOUT))
}

/// A parameter that cannot be followed: the caller's to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterError {
    /// The parameter, or the header that counts as one.
    pub parameter: String,
    /// What is wrong with it.
    pub message: String,
}

impl ParameterError {
    /// `parameter` is wrong in the way that `message` says.
    pub fn new(parameter: impl Into<String>, message: impl Into<String>) -> Self {
        Self { parameter: parameter.into(), message: message.into() }
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.parameter == SCRAPE_TIMEOUT_HEADER { "header" } else { "parameter" };
        f.write_str(&on_one_line(&format!("{kind} \"{}\": {}", self.parameter, self.message)))
    }
}

impl std::error::Error for ParameterError {}

/// The parameters of a request: known, each given once, none empty.
struct Given<'p>(BTreeMap<&'p str, &'p str>);

impl<'p> Given<'p> {
    fn read(parameters: &'p [(String, String)]) -> Result<Self, ParameterError> {
        let mut given = BTreeMap::new();
        for (name, value) in parameters {
            let known = || PARAMETERS.iter().chain(VIEW_PARAMETERS).copied().collect::<Vec<_>>().join(", ");
            if !PARAMETERS.contains(&name.as_str()) {
                return Err(ParameterError::new(name, format!("unknown; known parameters are {}", known())));
            }
            if value.is_empty() {
                return Err(ParameterError::new(name, "empty; leave it out or give it a value"));
            }
            if given.insert(name.as_str(), value.as_str()).is_some() {
                return Err(ParameterError::new(name, "given more than once"));
            }
        }
        Ok(Self(given))
    }

    fn optional(&self, parameter: &str) -> Option<&'p str> {
        self.0.get(parameter).copied()
    }

    fn required(&self, parameter: &str, message: &str) -> Result<&'p str, ParameterError> {
        self.optional(parameter).ok_or_else(|| ParameterError::new(parameter, message))
    }

    fn zone(&self) -> Result<Name, ParameterError> {
        let text = self.required("zone", "required: the apex of the zone, the name whose DNSKEY RRset signs")?;
        domain_name("zone", text)
    }

    /// What is asked. A DS is data of the parent, whose key signs it (RFC 4035 section 2.4).
    fn question(&self, zone: &Name, udp_size: u16) -> Result<Query, ParameterError> {
        let (name, qtype) = (self.owner(zone)?, self.qtype()?);
        if qtype == RrType::DS && name == *zone {
            let problem = format!("the DS of {zone} stands in its parent: ask with the parent as zone and name={zone}");
            return Err(ParameterError::new("qtype", problem));
        }
        Ok(Query::new(name, qtype, udp_size))
    }

    /// The owner name asked for, which only this zone can answer for.
    fn owner(&self, zone: &Name) -> Result<Name, ParameterError> {
        let Some(text) = self.optional("name") else { return Ok(zone.clone()) };
        let name = domain_name("name", text)?;
        if name.is_within(zone) {
            return Ok(name);
        }
        Err(ParameterError::new("name", format!("{name} is neither the zone {zone} nor below it")))
    }

    fn qtype(&self) -> Result<RrType, ParameterError> {
        let Some(text) = self.optional("qtype") else { return Ok(RrType::SOA) };
        rr_type(text).map_err(|message| ParameterError::new("qtype", message))
    }

    /// The module of the parameter, else of the zone, else `default`, with its name.
    fn module<'c>(&self, zone: Option<&Zone>, config: &'c Config) -> Result<(&'c str, &'c Module), ParameterError> {
        let name = self.optional("module").or(zone.map(|zone| zone.module.as_str())).unwrap_or(DEFAULT_MODULE);
        config.modules.get_key_value(name).map(|(name, module)| (name.as_str(), module)).ok_or_else(|| {
            let known = config.modules.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            ParameterError::new("module", format!("{name:?} is no module of probes.json; there are {known}"))
        })
    }

    fn word<T: FromStr<Err = UnknownWord>>(&self, parameter: &str) -> Result<Option<T>, ParameterError> {
        let word = self.optional(parameter).map(str::parse).transpose();
        word.map_err(|error: UnknownWord| ParameterError::new(parameter, error.to_string()))
    }
}

fn domain_name(parameter: &str, text: &str) -> Result<Name, ParameterError> {
    text.parse().map_err(|error| ParameterError::new(parameter, format!("{text:?} is not a domain name: {error}")))
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

fn dnskey_question(question: &Query, zone: &Name, dnssec: DnssecPolicy, module: &Module) -> Option<Query> {
    let asked = &question.question;
    let is_asked_already = asked.rtype == RrType::DNSKEY && asked.name == *zone;
    let is_wanted = dnssec != DnssecPolicy::Off && !is_asked_already;
    is_wanted.then(|| Query::new(zone.clone(), RrType::DNSKEY, module.udp_size))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
