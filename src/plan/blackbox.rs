//! A plan of a module that asks as blackbox_exporter does: one question, which the module says, to one address.

use std::sync::Arc;
use std::time::Duration;

use super::parameters::{BlackboxModule, Given};
use super::{Located, ParameterError, Plan, Trust, locate, timeout};
use crate::config::{Blackbox, Config, DnssecPolicy, SIGNATURE_WARNING_SECONDS};
use crate::dns::{Families, Query};

impl Plan {
    pub(super) fn of_blackbox(
        given: &Given<'_>,
        limit: Option<Duration>,
        config: &Config,
        of: &BlackboxModule<'_>,
    ) -> Result<Self, ParameterError> {
        let BlackboxModule {
            name: module_name,
            module,
            blackbox,
        } = *of;
        if let Some(parameter) = given.beyond_target() {
            let problem = format!(
                "leave it out: module {module_name:?} asks a question of its own (`blackbox`)"
            );
            return Err(ParameterError::new(parameter, problem));
        }
        let target = given
            .optional("target")
            .ok_or_else(|| ParameterError::new("target", "required: the nameserver"))?;
        let Located { place, port, role } =
            locate(target, config).map_err(|message| ParameterError::new("target", message))?;
        let Blackbox {
            name,
            qtype,
            class,
            recursion_desired,
            ..
        } = &**blackbox;
        Ok(Self {
            target: target.to_owned(),
            place,
            port,
            role,
            zone: name.clone(),
            module: module_name.to_owned(),
            families: Families::Both,
            transports: module.transport,
            dnssec: DnssecPolicy::Off,
            valid_rcodes: module.valid_rcodes.clone(),
            timeout: timeout(module, limit),
            question: Arc::new(Query::plain(
                name.clone(),
                *qtype,
                *class,
                *recursion_desired,
            )),
            beside: Vec::new(),
            trust: Trust::None,
            signature_warning_seconds: SIGNATURE_WARNING_SECONDS,
            blackbox: Some(Arc::clone(blackbox)),
        })
    }
}
