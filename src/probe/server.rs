//! One address: what its exchanges come to, on the reactor or off it.

use std::sync::Arc;
use std::time::Instant;

use crate::assess::ServerExchanges;
use crate::cpu_queue::{self, Admission};
use crate::dnssec::{Budget, ChainOutcome, expected_cost};
use crate::exchange::Exchange;
use crate::plan::TargetPlan;

/// The assessment of one server: its report alone, or with the facts for the assessment of its zone.
pub(super) type AssessFn<A> = fn(&TargetPlan, ServerExchanges, Option<&ChainOutcome>, Budget) -> A;

/// Assesses what one address answered, with `budget`. Where this machine has no time for that before `deadline`, what costs
/// anything is left undecided.
pub(super) async fn assess_server<A: Send + 'static>(
    plan: &Arc<TargetPlan>,
    server_exchanges: ServerExchanges,
    chain_outcome: Option<ChainOutcome>,
    mut budget: Budget,
    deadline: Instant,
    assess: AssessFn<A>,
) -> A {
    let messages = server_exchanges.about_zone().filter_map(Exchange::message);
    let cost = expected_cost(messages.clone()).min(budget.remaining());
    messages.for_each(|message| {
        budget.charge(message);
    });
    let plan = Arc::clone(plan);
    let work = move |admission| {
        let budget = match admission {
            Admission::Granted => budget,
            Admission::Refused => Budget::refused(),
        };
        assess(&plan, server_exchanges, chain_outcome.as_ref(), budget)
    };
    cpu_queue::run(cost, deadline, work).await
}
