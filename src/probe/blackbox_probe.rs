//! A probe as blackbox_exporter makes it: one bare question to one address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use super::run::ProbeRun;
use crate::blackbox::{
    CheckResult, check_records, choose_address, exchange_failures, family_mismatch, measure,
    out_of_time_failure, server_report, truncate_to_limit,
};
use crate::config::{BlackboxSettings, DEFAULT_SIGNATURE_WARNING_SECONDS, DnssecPolicy};
use crate::cpu_queue::{self, Admission};
use crate::dns::Message;
use crate::exchange::{Ask, Exchange, Outcome};
use crate::network::{Network, clock};
use crate::plan::{BlackboxPlan, TargetLocation};
use crate::reason::Failure;
use crate::report::{BlackboxMeasurements, BlackboxReport, ServerReport, TargetReport};

impl<N: Network> ProbeRun<'_, N> {
    pub(super) async fn probe_as_blackbox(&self, plan: &BlackboxPlan) -> BlackboxReport {
        let addresses = match &plan.location {
            TargetLocation::Addresses(addresses) => Ok(addresses.clone()),
            TargetLocation::Host(host) => self.network.resolve(host, self.deadline()).await,
        };
        let lookup = self.start.elapsed();
        let (server, measurements) = match choose_address(plan, addresses) {
            Ok(address) => self.query_address(plan, address).await,
            Err(failure) => {
                let family = plan.blackbox.preferred_family;
                let server = ServerReport::not_queried(family, plan.port, plan.role, failure);
                (server, BlackboxMeasurements::default())
            }
        };
        BlackboxReport {
            report: self.blackbox_target_report(plan, lookup, server),
            blackbox: BlackboxMeasurements {
                lookup,
                ..measurements
            },
        }
    }

    async fn query_address(
        &self,
        plan: &BlackboxPlan,
        address: IpAddr,
    ) -> (ServerReport, BlackboxMeasurements) {
        let server = SocketAddr::new(address, plan.port);
        let deadline = self.deadline();
        let ask = Ask {
            server,
            transport: plan.transport,
            query: Arc::clone(&plan.question),
            edns: false,
            deadline,
            source: plan.blackbox.source_address,
        };
        let start = clock::monotonic_now();
        let exchange = match family_mismatch(&ask) {
            Some(problem) => Exchange::untimed(ask, Outcome::LocalError(problem)),
            None => truncate_to_limit(self.network.exchange(ask).await),
        };
        let elapsed = start.elapsed();
        let (exchange, rule_failures) = check_exchange(&plan.blackbox, exchange, deadline).await;
        let measurements = measure(&exchange, elapsed, address);
        let failures = exchange_failures(plan, &exchange, rule_failures);
        (
            server_report(plan, server, exchange, failures),
            measurements,
        )
    }

    fn blackbox_target_report(
        &self,
        plan: &BlackboxPlan,
        lookup: Duration,
        server: ServerReport,
    ) -> TargetReport {
        let question = &plan.question.question;
        TargetReport {
            target: plan.target.clone(),
            zone: question.name.clone(),
            name: question.name.clone(),
            qtype: question.rtype,
            module: plan.module.clone(),
            dnssec_policy: DnssecPolicy::Off,
            at: self.now(),
            success: server.is_success(),
            duration: self.start.elapsed(),
            timeout: plan.timeout,
            signature_warning_seconds: DEFAULT_SIGNATURE_WARNING_SECONDS,
            lookup_time: Some(lookup),
            servers: vec![server],
        }
    }
}

/// The exchange with the rules that its records break. A record that cannot be read as its type makes the whole message
/// one that cannot be read.
async fn check_exchange(
    blackbox: &Arc<BlackboxSettings>,
    exchange: Exchange,
    deadline: Instant,
) -> (Exchange, Vec<Failure>) {
    let Outcome::Response(message) = &exchange.outcome else {
        return (exchange, Vec::new());
    };
    match check_in_time(Arc::clone(blackbox), Arc::clone(message), deadline).await {
        Ok(failures) => (exchange, failures),
        Err(error) => {
            let octets = message.octets().into();
            let outcome = Outcome::Malformed { octets, error };
            (
                Exchange {
                    outcome,
                    ..exchange
                },
                Vec::new(),
            )
        }
    }
}

/// Where this machine has no time for it, what is wanted of the records is undecided, which fails.
async fn check_in_time(
    blackbox: Arc<BlackboxSettings>,
    message: Arc<Message>,
    deadline: Instant,
) -> CheckResult {
    // About what the worst of answers takes a build without optimisation; an optimised one is far below.
    let cost = Duration::from_micros(u64::try_from(message.octets().len()).unwrap_or(u64::MAX));
    let has_rules = !blackbox.has_no_rules();
    let undecided = move || {
        Ok(has_rules
            .then(out_of_time_failure)
            .into_iter()
            .collect::<Vec<_>>())
    };
    let is_out_of_time = move || clock::monotonic_now() >= deadline;
    let work = move |admission| match admission {
        Admission::Granted => check_records(&blackbox, &message, &is_out_of_time),
        Admission::Refused => undecided(),
    };
    // A regexp that is expensive on a long text ends on its own, and the check stops before the next one.
    timeout_at(deadline.into(), cpu_queue::run(cost, deadline, work))
        .await
        .unwrap_or_else(|_| undecided())
}

#[cfg(test)]
#[path = "blackbox_probe_tests.rs"]
mod tests;
