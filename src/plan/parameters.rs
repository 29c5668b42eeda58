//! The parameters of a request: which there are, what each may say, and the errors that name them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{
    BlackboxSettings, Config, DEFAULT_MODULE, DenialNames, Module, Zone, on_one_line, parse,
    parse_anchor,
};
use crate::dns::{Name, Query, RrType, UnknownKeyword};
use crate::dnssec::TrustAnchor;

/// The parameters that say what is probed.
pub const PARAMETERS: &[&str] = &[
    "target",
    "zone",
    "qtype",
    "name",
    "module",
    "family",
    "transport",
    "dnssec",
    ANCHOR,
    "denial",
];
/// The one parameter that may be given more than once.
const ANCHOR: &str = "anchor";
/// Anchors that one request may bring: more than any zone has keys to enter by.
const MAX_ANCHORS: usize = 32;
/// Parameters of a request that say how a report is shown: whoever shows it takes them away before it makes a plan.
pub const VIEW_PARAMETERS: &[&str] = &["format", "debug"];

/// The header in which a scraper tells its time limit, in seconds.
pub const SCRAPE_TIMEOUT_HEADER: &str = "X-Prometheus-Scrape-Timeout-Seconds";
/// What a probe leaves of the scrape's limit for the way back (blackbox_exporter's `--timeout-offset` has the same default).
pub const SCRAPE_TIMEOUT_OFFSET: Duration = Duration::from_millis(500);
/// No plan has less time, so that none fails before it starts.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);

/// The time that a scrape leaves for a probe: the value of its header less `offset`, or half of what is no longer than that.
pub fn scrape_limit(header: &str, offset: Duration) -> Result<Duration, ParameterError> {
    let seconds = header
        .trim()
        .parse()
        .ok()
        .filter(|&seconds: &f64| seconds > 0.0);
    let scrape = seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| {
            ParameterError::new(
                SCRAPE_TIMEOUT_HEADER,
                format!("{header:?} is not a number of seconds above 0"),
            )
        })?;
    let remaining = scrape
        .checked_sub(offset)
        .filter(|remaining| !remaining.is_zero());
    Ok(remaining.unwrap_or(scrape / 2).max(MIN_TIMEOUT))
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
        Self {
            parameter: parameter.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.parameter == SCRAPE_TIMEOUT_HEADER {
            "header"
        } else {
            "parameter"
        };
        f.write_str(&on_one_line(&format!(
            "{kind} \"{}\": {}",
            self.parameter, self.message
        )))
    }
}

impl std::error::Error for ParameterError {}

/// A module that asks a question of its own.
pub(super) struct BlackboxModule<'c> {
    pub(super) name: &'c str,
    pub(super) module: &'c Module,
    pub(super) blackbox: &'c Arc<BlackboxSettings>,
}

/// The parameters of a request: known, none empty, each given once but for trust anchors.
pub(super) struct RequestParameters<'p> {
    single: BTreeMap<&'p str, &'p str>,
    anchors: Vec<&'p str>,
}

impl<'p> RequestParameters<'p> {
    pub(super) fn read(parameters: &'p [(String, String)]) -> Result<Self, ParameterError> {
        let mut single = BTreeMap::new();
        let mut anchors = Vec::new();
        for (name, value) in parameters {
            let known_parameters = || {
                PARAMETERS
                    .iter()
                    .chain(VIEW_PARAMETERS)
                    .copied()
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            if !PARAMETERS.contains(&name.as_str()) {
                return Err(ParameterError::new(
                    name,
                    format!("unknown; known parameters are {}", known_parameters()),
                ));
            }
            let is_blank = |part: &str| part.trim().is_empty();
            if value.is_empty() || (name == ANCHOR && value.split(';').all(is_blank)) {
                return Err(ParameterError::new(
                    name,
                    "empty; leave it out or give it a value",
                ));
            }
            if name == ANCHOR {
                anchors.extend(
                    value
                        .split(';')
                        .map(str::trim)
                        .filter(|text| !text.is_empty()),
                );
            } else if single.insert(name.as_str(), value.as_str()).is_some() {
                return Err(ParameterError::new(name, "given more than once"));
            }
        }
        Ok(Self { single, anchors })
    }

    pub(super) fn optional(&self, parameter: &str) -> Option<&'p str> {
        self.single.get(parameter).copied()
    }

    pub(super) fn zone(&self) -> Result<Option<Name>, ParameterError> {
        self.optional("zone")
            .map(|text| domain_name("zone", text))
            .transpose()
    }

    /// What is asked. A DS is data of the parent, whose key signs it (RFC 4035 section 2.4). The root has no parent and denies its DS
    /// itself.
    pub(super) fn question(&self, zone: &Name, module: &Module) -> Result<Query, ParameterError> {
        let (name, qtype) = (self.owner(zone, module)?, self.qtype(module)?);
        if qtype == RrType::DS && name == *zone && !zone.is_root() {
            let problem = format!(
                "the DS of {zone} stands in its parent: ask with the parent as zone and name={zone}"
            );
            return Err(ParameterError::new("qtype", problem));
        }
        Ok(Query::new(name, qtype, module.udp_size))
    }

    /// The owner name asked for, which only this zone can answer for.
    fn owner(&self, zone: &Name, module: &Module) -> Result<Name, ParameterError> {
        let (name, origin) = match (self.optional("name"), &module.name) {
            (Some(text), _) => (domain_name("name", text)?, ""),
            (None, Some(name)) => (name.clone(), ", which the module has for `name`,"),
            (None, None) => return Ok(zone.clone()),
        };
        if name.is_within(zone) {
            return Ok(name);
        }
        Err(ParameterError::new(
            "name",
            format!("{name}{origin} is neither the zone {zone} nor below it"),
        ))
    }

    fn qtype(&self, module: &Module) -> Result<RrType, ParameterError> {
        let Some(text) = self.optional("qtype") else {
            return Ok(module.qtype.unwrap_or(RrType::SOA));
        };
        parse::rr_type(text).map_err(|message| ParameterError::new("qtype", message))
    }

    /// The module of the parameter, else of the zone, else `default`, with its name.
    pub(super) fn module<'c>(
        &self,
        zone: Option<&Zone>,
        config: &'c Config,
    ) -> Result<(&'c str, &'c Module), ParameterError> {
        let name = self
            .optional("module")
            .or(zone.map(|zone| zone.module.as_str()))
            .unwrap_or(DEFAULT_MODULE);
        config
            .modules
            .get_key_value(name)
            .map(|(name, module)| (name.as_str(), module))
            .ok_or_else(|| {
                let module_names = config
                    .modules
                    .keys()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(", ");
                ParameterError::new(
                    "module",
                    format!("{name:?} is no module of probes.json; there are {module_names}"),
                )
            })
    }

    /// The module of the parameter, else `default`, where it asks a question of its own.
    pub(super) fn blackbox_module<'c>(&self, config: &'c Config) -> Option<BlackboxModule<'c>> {
        let (name, module) = config
            .modules
            .get_key_value(self.optional("module").unwrap_or(DEFAULT_MODULE))?;
        module.blackbox.as_ref().map(|blackbox| BlackboxModule {
            name,
            module,
            blackbox,
        })
    }

    /// A parameter that says more than which target and which module.
    pub(super) fn conflicting_parameter(&self) -> Option<&'p str> {
        let single = self
            .single
            .keys()
            .copied()
            .find(|name| !matches!(*name, "target" | "module"));
        single.or((!self.anchors.is_empty()).then_some(ANCHOR))
    }

    /// The trust anchors for this probe alone; none given means that the configuration's hold.
    pub(super) fn anchors(&self, zone: &Name) -> Result<Vec<TrustAnchor>, ParameterError> {
        if self.anchors.len() > MAX_ANCHORS {
            let problem = format!(
                "{} trust anchors; {MAX_ANCHORS} are the most",
                self.anchors.len()
            );
            return Err(ParameterError::new(ANCHOR, problem));
        }
        let anchors = self.anchors.iter().map(|text| parse_anchor(text, zone));
        anchors
            .collect::<Result<_, _>>()
            .map_err(|problem| ParameterError::new(ANCHOR, problem))
    }

    /// Whether proofs of non-existence are asked for: by the request, else by the module where signatures are judged at all.
    pub(super) fn denial(
        &self,
        module: &Module,
        is_validating: bool,
    ) -> Result<DenialNames, ParameterError> {
        let requested = self.optional("denial").map(str::parse::<DenialNames>);
        let requested = requested.transpose();
        match requested.map_err(|problem| ParameterError::new("denial", problem))? {
            Some(names) if names != DenialNames::NONE && !is_validating => {
                Err(ParameterError::new(
                    "denial",
                    "the DNSSEC policy is `off`, so no proof would be judged",
                ))
            }
            Some(names) => Ok(names),
            None if is_validating => Ok(module.denial),
            None => Ok(DenialNames::NONE),
        }
    }

    pub(super) fn keyword<T: FromStr<Err = UnknownKeyword>>(
        &self,
        parameter: &str,
    ) -> Result<Option<T>, ParameterError> {
        let keyword = self.optional(parameter).map(str::parse).transpose();
        keyword.map_err(|error: UnknownKeyword| ParameterError::new(parameter, error.to_string()))
    }
}

fn domain_name(parameter: &str, text: &str) -> Result<Name, ParameterError> {
    text.parse().map_err(|error| {
        ParameterError::new(parameter, format!("{text:?} is not a domain name: {error}"))
    })
}

/// The smaller of the module's limit and the scrape's.
pub(super) fn effective_timeout(module: &Module, limit: Option<Duration>) -> Duration {
    limit
        .map_or(module.timeout, |limit| limit.min(module.timeout))
        .max(MIN_TIMEOUT)
}
