//! A request's parameters and the configuration, turned into a plan that cannot be invalid.

mod blackbox_plan;
mod names;
mod parameters;
mod questions;
mod target;
mod trust;
mod zone_plan;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{
    self, Config, DEFAULT_SIGNATURE_WARNING_SECONDS, DenialNames, DnssecPolicy, Module,
    NameserverRole,
};
use crate::dns::{Families, Name, Query, Rcode, RrType, Transports};
use parameters::{RequestParameters, effective_timeout};
use questions::ExtraQueryBuilder;
use target::{ParsedTarget, parse_target};

pub use blackbox_plan::BlackboxPlan;
pub use names::{NameDemand, NameQuestion};
pub use parameters::{
    PARAMETERS, ParameterError, SCRAPE_TIMEOUT_HEADER, SCRAPE_TIMEOUT_OFFSET, VIEW_PARAMETERS,
    scrape_limit,
};
pub use questions::{ExtraQuery, Purpose};
pub use trust::TrustSource;
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
    pub location: TargetLocation,
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
    pub extra_queries: Vec<ExtraQuery>,
    /// The names among them.
    pub names: Arc<[NameQuestion]>,
    /// What the zone's keys are held against.
    pub trust: TrustSource,
    /// How long signatures must still last, before alerts warn.
    pub signature_warning_seconds: u32,
}

/// Where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetLocation {
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
        let parameters = RequestParameters::read(parameters)?;
        if let Some(module) = parameters.blackbox_module(config) {
            let plan = BlackboxPlan::new(&parameters, limit, config, &module)?;
            return Ok(Self::Blackbox(Box::new(plan)));
        }
        let context = RequestContext::new(&parameters, limit, config)?;
        Ok(match parameters.optional("target") {
            Some(target) => Self::Target(Arc::new(TargetPlan::of_target(target, &context)?)),
            None => Self::Zone(Box::new(ZonePlan::new(&context)?)),
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

    fn of_target(target: &str, context: &RequestContext<'_>) -> Result<Self, ParameterError> {
        let parameters = context.parameters;
        let ParsedTarget {
            location,
            port,
            role,
        } = parse_target(target, context.config)
            .map_err(|message| ParameterError::new("target", message))?;
        let question = parameters.question(&context.zone, context.module)?;
        let transports = parameters
            .keyword("transport")?
            .unwrap_or(context.module.transport);
        let questions = context.questions(transports);
        let mut extra_queries = if context.is_validating() {
            questions.for_validation(&question.question)
        } else {
            Vec::new()
        };
        extra_queries.extend(context.denial_queries(&questions)?);
        extra_queries.extend(questions.for_exposure());
        let target = target.to_owned();
        Ok(Self {
            role,
            transports,
            extra_queries,
            ..context.plan(target, location, port, question)
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
struct RequestContext<'r> {
    parameters: &'r RequestParameters<'r>,
    config: &'r Config,
    zone: Name,
    zone_config: Option<&'r config::Zone>,
    module_name: &'r str,
    module: &'r Module,
    dnssec: DnssecPolicy,
    families: Families,
    timeout: Duration,
    trust: TrustSource,
    denial: DenialNames,
}

impl<'r> RequestContext<'r> {
    fn new(
        parameters: &'r RequestParameters<'r>,
        limit: Option<Duration>,
        config: &'r Config,
    ) -> Result<Self, ParameterError> {
        let requested_zone = parameters.zone()?;
        let (module_name, module) = parameters.module(
            requested_zone
                .as_ref()
                .and_then(|zone| config.zones.get(zone)),
            config,
        )?;
        let zone = requested_zone
            .or_else(|| module.zone.clone())
            .ok_or_else(|| ParameterError::new("zone", ZONE_REQUIRED))?;
        let zone_config = config.zones.get(&zone);
        let dnssec = parameters
            .keyword("dnssec")?
            .or(zone_config.map(|zone| zone.dnssec))
            .unwrap_or(DnssecPolicy::Auto);
        let is_validating = dnssec != DnssecPolicy::Off;
        let trust = TrustSource::new(
            &zone,
            &parameters.anchors(&zone)?,
            zone_config,
            &config.trust,
        );
        Ok(Self {
            parameters,
            config,
            zone_config,
            module_name,
            module,
            dnssec,
            families: parameters.keyword("family")?.unwrap_or(module.families),
            timeout: effective_timeout(module, limit),
            trust: if is_validating {
                trust
            } else {
                TrustSource::None
            },
            denial: parameters.denial(module, is_validating)?,
            zone,
        })
    }

    fn is_validating(&self) -> bool {
        self.dnssec != DnssecPolicy::Off
    }

    fn questions(&self, transports: Transports) -> ExtraQueryBuilder<'_> {
        ExtraQueryBuilder {
            zone: &self.zone,
            module: self.module,
            transports,
        }
    }

    /// What the zone lacks. A zone whose name leaves no room for a random one is asked for an absent type alone, unless the
    /// request wants the names.
    fn denial_queries(
        &self,
        questions: &ExtraQueryBuilder<'_>,
    ) -> Result<Vec<ExtraQuery>, ParameterError> {
        if self.denial == DenialNames::NONE {
            return Ok(Vec::new());
        }
        let queries = questions.for_denial(self.denial.count());
        if queries.len() <= self.denial.count() && self.parameters.optional("denial").is_some() {
            let problem = format!("no random name fits below {}", self.zone);
            return Err(ParameterError::new("denial", problem));
        }
        Ok(queries)
    }

    /// A plan that asks `question` alone.
    fn plan(
        &self,
        target: String,
        location: TargetLocation,
        port: u16,
        question: Query,
    ) -> TargetPlan {
        TargetPlan {
            target,
            location,
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
            extra_queries: Vec::new(),
            names: Arc::default(),
            trust: self.trust.clone(),
            signature_warning_seconds: self
                .zone_config
                .map_or(DEFAULT_SIGNATURE_WARNING_SECONDS, |zone| {
                    zone.signature_warning_seconds
                }),
        }
    }
}

#[cfg(test)]
mod tests;
