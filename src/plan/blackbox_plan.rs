//! The plan of a module that asks as blackbox_exporter does: one question, which the module says, to one address.

use std::sync::Arc;
use std::time::Duration;

use super::parameters::{BlackboxModule, RequestParameters, effective_timeout};
use super::target::{ParsedTarget, parse_blackbox_target};
use super::{ParameterError, TargetLocation};
use crate::config::{BlackboxSettings, Config, NameserverRole};
use crate::dns::{Query, Rcode, Transport, Transports};

/// Everything that a probe by blackbox_exporter's rules needs to know.
#[derive(Clone, Debug)]
pub struct BlackboxPlan {
    /// The target as it was written.
    pub target: String,
    /// Where the target is.
    pub location: TargetLocation,
    /// Its port.
    pub port: u16,
    /// Its part in the zone transfer, as probes.json has it.
    pub role: Option<NameserverRole>,
    /// The module in force.
    pub module: String,
    /// The transport.
    pub transport: Transport,
    /// Rcodes that count as an answer.
    pub valid_rcodes: Vec<Rcode>,
    /// The time limit.
    pub timeout: Duration,
    /// The question.
    pub question: Arc<Query>,
    /// How one address is chosen, and what is wanted of the answer.
    pub blackbox: Arc<BlackboxSettings>,
}

impl BlackboxPlan {
    pub(super) fn new(
        parameters: &RequestParameters<'_>,
        limit: Option<Duration>,
        config: &Config,
        blackbox_module: &BlackboxModule<'_>,
    ) -> Result<Self, ParameterError> {
        let BlackboxModule {
            name: module_name,
            module,
            blackbox,
        } = *blackbox_module;
        if let Some(parameter) = parameters.conflicting_parameter() {
            let problem = format!(
                "leave it out: module {module_name:?} asks a question of its own (`blackbox`)"
            );
            return Err(ParameterError::new(parameter, problem));
        }
        let target = parameters
            .optional("target")
            .ok_or_else(|| ParameterError::new("target", "required: the nameserver"))?;
        let ParsedTarget {
            location,
            port,
            role,
        } = parse_blackbox_target(target, config);
        let BlackboxSettings {
            name,
            qtype,
            class,
            recursion_desired,
            ..
        } = &**blackbox;
        let question = Query::plain(name.clone(), *qtype, *class, *recursion_desired);
        Ok(Self {
            target: target.to_owned(),
            location,
            port,
            role,
            module: module_name.to_owned(),
            transport: match module.transport {
                Transports::Tcp => Transport::Tcp,
                Transports::Udp | Transports::Both => Transport::Udp,
            },
            valid_rcodes: module.valid_rcodes.clone(),
            timeout: effective_timeout(module, limit),
            question: Arc::new(question),
            blackbox: Arc::clone(blackbox),
        })
    }
}
