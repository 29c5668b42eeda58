//! The zone as a whole: one plan for each of its nameservers, and what they are held against.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::names::{NameQuestion, name_questions};
use super::{ParameterError, RequestContext, TargetLocation, TargetPlan, TrustSource};
use crate::config::{DnssecPolicy, Nameserver};
use crate::dns::{Name, Query, RrType, Transports};

/// Everything that a probe of a zone as a whole needs to know.
#[derive(Clone, Debug)]
pub struct ZonePlan {
    /// The apex of the zone.
    pub zone: Name,
    /// The module in force.
    pub module: String,
    /// What is demanded of DNSSEC.
    pub dnssec: DnssecPolicy,
    /// The time limit.
    pub timeout: Duration,
    /// What its keys are held against.
    pub trust: TrustSource,
    /// How long signatures must still last, before alerts warn.
    pub signature_warning_seconds: u32,
    /// Its nameservers in the order of probes.json; at least one.
    pub nameservers: Vec<NameserverPlan>,
    /// The resolvers through which the parent is found, which delegates the zone; without any it is not asked.
    pub resolvers: Arc<[SocketAddr]>,
}

/// One nameserver of the zone.
#[derive(Clone, Debug)]
pub struct NameserverPlan {
    /// Who runs it, its role, its host name, as probes.json has it.
    pub nameserver: Nameserver,
    /// What it is asked; the target is its name.
    pub plan: Arc<TargetPlan>,
}

impl ZonePlan {
    pub(super) fn new(context: &RequestContext<'_>) -> Result<Self, ParameterError> {
        let zone = &context.zone;
        let Some(zone_config) = context.zone_config else {
            let problem = format!(
                "required: {zone} is no zone of probes.json, which would say what its nameservers are"
            );
            return Err(ParameterError::new("target", problem));
        };
        refuse_other_questions(context)?;
        // An answer over one transport is held against that over the other, unless one alone is wanted.
        let transports = context
            .parameters
            .keyword("transport")?
            .unwrap_or(Transports::Both);
        let names: Arc<[_]> = name_questions(zone, zone_config, context.config).into();
        let nameservers = zone_config
            .nameservers
            .iter()
            .filter_map(|name| context.config.nameservers.get_key_value(name));
        let nameservers = nameservers.map(|(name, nameserver)| {
            let plan = plan_nameserver(name, nameserver, transports, &names, context)?;
            Ok(NameserverPlan {
                nameserver: nameserver.clone(),
                plan: Arc::new(plan),
            })
        });
        Ok(Self {
            zone: zone.clone(),
            module: context.module_name.to_owned(),
            dnssec: context.dnssec,
            timeout: context.timeout,
            trust: context.trust.clone(),
            signature_warning_seconds: zone_config.signature_warning_seconds,
            nameservers: nameservers.collect::<Result<_, _>>()?,
            resolvers: context.config.trust.resolvers().into(),
        })
    }
}

fn plan_nameserver(
    name: &str,
    nameserver: &Nameserver,
    transports: Transports,
    names: &Arc<[NameQuestion]>,
    context: &RequestContext<'_>,
) -> Result<TargetPlan, ParameterError> {
    let question = Query::new(context.zone.clone(), RrType::SOA, context.module.udp_size);
    let questions = context.questions(transports);
    let mut extra_queries = if context.is_validating() {
        questions.for_zone_validation()
    } else {
        Vec::new()
    };
    extra_queries.push(questions.for_comparison());
    extra_queries.extend(context.denial_queries(&questions)?);
    extra_queries.extend(questions.for_names(names));
    extra_queries.extend(questions.for_exposure());
    let location = TargetLocation::Addresses(nameserver.addresses.clone());
    let plan = context.plan(name.to_owned(), location, nameserver.port, question);
    Ok(TargetPlan {
        role: nameserver.role,
        transports,
        extra_queries,
        names: Arc::clone(names),
        ..plan
    })
}

/// Each server is asked the same, which a request cannot change.
fn refuse_other_questions(context: &RequestContext<'_>) -> Result<(), ParameterError> {
    let is_soa = |text: &str| text.eq_ignore_ascii_case("SOA");
    let fixed_parameters = [
        ("name", context.parameters.optional("name")),
        (
            "qtype",
            context.parameters.optional("qtype").filter(|t| !is_soa(t)),
        ),
    ];
    match fixed_parameters
        .into_iter()
        .find(|(_, value)| value.is_some())
    {
        Some((parameter, _)) => {
            let problem = "of a zone as a whole SOA, NS and DNSKEY are asked; give a `target` to ask for something else";
            Err(ParameterError::new(parameter, problem))
        }
        None => Ok(()),
    }
}
