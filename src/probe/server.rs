//! One address: what its exchanges come to, on the reactor or off it.

use std::panic::resume_unwind;
use std::time::Instant;

use crate::assess::{Heard, message_of};
use crate::cpu_queue;
use crate::dnssec::{Budget, Delegation, LONG, expected_cost};
use crate::plan::Plan;

/// The assessment of one server: its report alone, or with the facts for the assessment of its zone.
pub(super) type Assess<A> = fn(&Plan, Heard, Option<&Delegation>, Budget) -> A;

/// Assesses what one address answered, with `budget`; off the reactor where that takes long, so that other probes' clocks
/// are kept. Where this machine has no time for that before `deadline`, what costs anything is left undecided.
pub(super) async fn judge<A: Send + 'static>(
    plan: &Plan,
    heard: Heard,
    delegation: Option<Delegation>,
    mut budget: Budget,
    deadline: Instant,
    assess: Assess<A>,
) -> A {
    let messages = heard.of_zone().filter_map(message_of);
    let cost = expected_cost(messages.clone()).min(budget.left());
    messages.for_each(|message| {
        budget.charge(message);
    });
    if cost <= LONG {
        return assess(plan, heard, delegation.as_ref(), budget);
    }
    let (turn, budget) = match cpu_queue::take(cost, deadline).await {
        Some(turn) => (Some(turn), budget),
        None => (
            cpu_queue::take_to_refuse(deadline).await,
            Budget::exhausted(),
        ),
    };
    let plan = plan.clone();
    let judged = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        assess(&plan, heard, delegation.as_ref(), budget)
    });
    judged
        .await
        .unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
