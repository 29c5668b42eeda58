//! probes.json as a value that cannot be wrong: parse, don't validate.

mod anchors;
mod blackbox_builder;
mod blackbox_module;
mod builder;
mod denial_names;
mod drill;
mod drill_builder;
mod error;
mod names;
mod names_builder;
pub(crate) mod parse;
mod policy;
mod position;
mod raw;
mod record_rules;
mod resolvers;
mod value_types;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::dns::{EDNS_UDP_SIZE, Families, Name, Rcode, RrType, Transports};
use crate::dnssec::TrustAnchor;

pub use blackbox_module::BlackboxSettings;
pub use denial_names::DenialNames;
pub use drill::DrillConfig;
pub use error::{ConfigError, Position, Problem};
pub use names::{ExpectedData, ExpectedRecord, ZoneName};
pub use policy::{DnssecPolicy, NameserverRole};
pub use record_rules::{Pattern, RecordRules};
pub use resolvers::{RESOLV_CONF, ResolverChoice, system_resolvers};

pub(crate) use anchors::parse_anchor;
pub(crate) use error::on_one_line;
pub(crate) use position::child;

/// The port of DNS over UDP and TCP (RFC 1035 section 4.2).
pub const DNS_PORT: u16 = 53;
/// How long signatures must still last where a zone does not say: Knot before 3.4 lets those of a zone whose TTL is an hour
/// run down to two, so a warning at less is never a false one, and never early.
pub const DEFAULT_SIGNATURE_WARNING_SECONDS: u32 = 3_600;
/// The module that always exists.
pub const DEFAULT_MODULE: &str = "default";

/// Everything that probes.json says, every reference in it resolved to something that exists.
///
/// It serialises as a probes.json that says the same, defaults written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Nameservers by the name that `target` may take.
    pub nameservers: BTreeMap<String, Nameserver>,
    /// Zones by apex.
    pub zones: BTreeMap<Name, Zone>,
    /// Probe profiles; `default` is always among them.
    pub modules: BTreeMap<String, Module>,
    /// Whom outsidein believes.
    pub trust: TrustConfig,
    /// The drill of the way that alerts take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill: Option<DrillConfig>,
}

/// Whom outsidein believes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrustConfig {
    /// The resolvers through which chains are followed and parents found. Those listed here also look up host names of
    /// targets, which is otherwise up to the system.
    pub resolver: ResolverChoice,
    /// The resolvers of the system, as [`Config::set_system_resolvers`] last had them.
    #[serde(skip)]
    pub system_resolvers: Vec<SocketAddr>,
    /// Trust anchors by zone; the root's are always among them.
    pub anchors: BTreeMap<Name, Vec<TrustAnchor>>,
}

/// A nameserver that is probed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nameserver {
    /// Its addresses; at least one.
    pub addresses: Vec<IpAddr>,
    /// Its port.
    pub port: u16,
    /// Who runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Its part in the zone transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<NameserverRole>,
    /// Its host name, as the NS records of its zones have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Name>,
    /// Whether its zones' NS records leave it out (RFC 9499 section 6, "hidden primary").
    pub hidden: bool,
    /// Whether each address leads to many machines (RFC 9499 section 7, "anycast").
    pub anycast: bool,
}

/// A zone that is probed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Zone {
    /// Names of `nameservers`; at least one.
    pub nameservers: Vec<String>,
    /// The types that its apex must have; at least one.
    pub qtypes: Vec<RrType>,
    /// Names that each of its servers is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<ZoneName>,
    /// The policy for this zone.
    pub dnssec: DnssecPolicy,
    /// The module for this zone.
    pub module: String,
    /// How long its signatures must still last, before alerts warn.
    pub signature_warning_seconds: u32,
    /// How often discovery has it scraped; without it, as often as the scrape job says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u32>,
    /// Its own trust anchors; without any, the chain from [`TrustConfig::anchors`] is followed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trust_anchors: Vec<TrustAnchor>,
}

impl Zone {
    /// Types of `qtypes` that are asked for at the apex beside those that every probe of a zone asks for.
    pub fn apex_types(&self) -> impl Iterator<Item = RrType> {
        let types = self.qtypes.iter().copied();
        types.filter(|&rtype| names::is_asked_at_apex(rtype))
    }
}

/// A probe profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Module {
    /// The time limit; a scrape's own may be shorter.
    #[serde(rename = "timeout_seconds", serialize_with = "as_seconds")]
    pub timeout: Duration,
    /// Address families.
    pub families: Families,
    /// Transports.
    pub transport: Transports,
    /// The UDP payload that queries advertise, in octets.
    pub udp_size: u16,
    /// Rcodes that count as an answer; at least one.
    pub valid_rcodes: Vec<Rcode>,
    /// How many random names each address is asked for, so that the zone's proofs of non-existence are verified.
    pub denial: DenialNames,
    /// Whether it is asked if the server resolves for strangers.
    pub recursion: bool,
    /// Whether it is asked if the server hands the whole zone to strangers.
    pub transfer: bool,
    /// The question of a module that asks as blackbox_exporter does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blackbox: Option<Arc<BlackboxSettings>>,
    /// The zone that is meant where a request names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Name>,
    /// The type that is asked for where a request names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qtype: Option<RrType>,
    /// The owner name that is asked for where a request names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

impl Config {
    /// Reads `path`.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let octets = std::fs::read(path).map_err(|error| ConfigError::unreadable(&file, &error))?;
        let text = std::str::from_utf8(&octets)
            .map_err(|error| ConfigError::not_utf8(&file, &octets, error))?;
        Self::parse(text, &file)
    }

    /// Reads `text`, which errors call `file`, and beside that path the file of trust anchors that it may name.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfigError> {
        let config_error = |problems| ConfigError {
            file: file.to_owned(),
            problems,
        };
        raw::check_syntax(text).map_err(|problem| config_error(vec![problem]))?;
        let positions = position::Positions::new(text);
        let duplicates = positions.duplicates();
        if !duplicates.is_empty() {
            return Err(config_error(duplicates));
        }
        let raw = raw::read(text, &positions).map_err(|problem| config_error(vec![problem]))?;
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        builder::build_config(&raw, folder).map_err(|problems| {
            let mut problems: Vec<_> = problems
                .into_iter()
                .map(|problem| problem.locate(&positions))
                .collect();
            problems.sort_by_key(|problem| problem.position);
            config_error(problems)
        })
    }
}

impl Config {
    /// Notes the resolvers that the system has now. Which they are is not part of probes.json, and reading that asks for
    /// nothing of the machine.
    pub fn set_system_resolvers(&mut self, resolvers: Vec<SocketAddr>) {
        self.trust.system_resolvers = resolvers;
    }
}

impl TrustConfig {
    /// The resolvers to ask, in this order; empty if there is none.
    pub fn resolvers(&self) -> &[SocketAddr] {
        match &self.resolver {
            ResolverChoice::System => &self.system_resolvers,
            ResolverChoice::None => &[],
            ResolverChoice::Listed(resolvers) => resolvers,
        }
    }

    /// The resolvers that look up host names of targets; empty if that is up to the system.
    pub fn host_resolvers(&self) -> &[SocketAddr] {
        match &self.resolver {
            ResolverChoice::System | ResolverChoice::None => &[],
            ResolverChoice::Listed(resolvers) => resolvers,
        }
    }

    /// The resolvers and where they come from, or why there is none.
    pub fn describe_resolvers(&self) -> String {
        let list = |resolvers: &[SocketAddr]| {
            let resolvers: Vec<_> = resolvers.iter().map(ToString::to_string).collect();
            resolvers.join(", ")
        };
        match &self.resolver {
            ResolverChoice::System if self.system_resolvers.is_empty() => {
                format!("none ({RESOLV_CONF} names none, and trust.resolver is not set)")
            }
            ResolverChoice::System => format!("{} ({RESOLV_CONF})", list(&self.system_resolvers)),
            ResolverChoice::None => "none (trust.resolver is \"none\")".to_owned(),
            ResolverChoice::Listed(resolvers) => format!("{} (trust.resolver)", list(resolvers)),
        }
    }
}

impl Default for Config {
    /// What `{}` says.
    fn default() -> Self {
        Self {
            nameservers: BTreeMap::new(),
            zones: BTreeMap::new(),
            modules: BTreeMap::from([(DEFAULT_MODULE.to_owned(), Module::default())]),
            trust: TrustConfig {
                resolver: ResolverChoice::default(),
                system_resolvers: Vec::new(),
                anchors: BTreeMap::from([anchors::root_anchors()]),
            },
            drill: None,
        }
    }
}

impl Default for Module {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            families: Families::Both,
            transport: Transports::Udp,
            udp_size: EDNS_UDP_SIZE,
            valid_rcodes: vec![Rcode::NOERROR],
            denial: DenialNames::default(),
            recursion: false,
            transfer: false,
            blackbox: None,
            zone: None,
            qtype: None,
            name: None,
        }
    }
}

/// The JSON Schema of probes.json, made from the types that read it.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(raw::RawConfig).to_value()
}

/// Durations as Prometheus has them: seconds in a float.
pub(crate) fn as_seconds<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
