//! One address: what its exchanges come to, on the reactor or off it.

use std::sync::Arc;
use std::time::Instant;

use crate::assess::{Heard, judge_now};
use crate::cpu_queue::{self, Admission};
use crate::dnssec::{Budget, Delegation, expected_cost};
use crate::exchange::Exchange;
use crate::plan::TargetPlan;
use crate::report::ServerReport;

/// Judges what one address answered, with `budget`. Where this machine has no time for that before `deadline`, what costs
/// anything is left undecided.
pub(super) async fn judge(
    plan: &Arc<TargetPlan>,
    heard: Heard,
    delegation: Option<Delegation>,
    mut budget: Budget,
    deadline: Instant,
) -> ServerReport {
    let messages = heard.of_zone().filter_map(Exchange::message);
    let cost = expected_cost(messages.clone()).min(budget.left());
    messages.for_each(|message| {
        budget.charge(message);
    });
    let plan = Arc::clone(plan);
    let work = move |admission| {
        let budget = match admission {
            Admission::Granted => budget,
            Admission::Refused => Budget::exhausted(),
        };
        judge_now(&plan, heard, delegation.as_ref(), budget)
    };
    cpu_queue::run(cost, deadline, work).await
}
