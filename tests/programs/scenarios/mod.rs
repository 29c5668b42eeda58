//! One row for each way to break a zone: what we hold of it, and what unbound and delv hold of it.

mod delv;
mod denial;
mod scenario;
mod signatures;
mod testbed;
mod testbed_keys;
mod unbound;
mod workshop;
mod world;

use std::collections::HashSet;

use outsidein::chain::Cache;
use outsidein::reason::Reason;

use crate::lists::{Comparison, List};
use delv::Delv;
use scenario::{Asked, Scenario, Status};
use unbound::Unbound;
use world::{Child, Held, World};

/// Where a judge holds something else of an answer than we do, and why we stay with ours.
const DIVERGENCES: List = List {
    text: include_str!("divergences.txt"),
    begins: |word| table().any(|row| row.name == word),
    judges: &["unbound", "unbound-error", "delv"],
};

fn table() -> impl Iterator<Item = &'static Scenario> {
    testbed::ROWS
        .iter()
        .chain(testbed_keys::ROWS)
        .chain(signatures::ROWS)
        .chain(denial::ROWS)
}

#[test]
fn each_row_stands_once() {
    let names: HashSet<_> = table().map(|row| row.name).collect();
    assert_eq!(names.len(), table().count());
    assert!(table().all(|row| !row.asked.is_empty() && !row.what.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_answer_has_the_status_the_reason_and_the_error_of_its_row() {
    let world = World::start(table()).await;
    let mut problems = Vec::new();
    for (child, asked) in world.questions() {
        problems.extend(unlike(child, asked, &world.judge(child, asked).await));
        if !child.ds.is_empty() {
            let pinned = world.judge_pinned(child, asked).await;
            problems
                .extend(unlike(child, asked, &pinned).map(|problem| format!("pinned: {problem}")));
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// Where what is held of an answer is not what its row says.
fn unlike(child: &Child, asked: &Asked, held: &Held) -> Option<String> {
    let headline = asked.headline.or(asked.reason);
    let headed = match asked.status {
        Status::Bogus | Status::Unanswered => held.failures.first().copied() == headline,
        // An insecure answer breaks no promise, so the policy `auto` holds nothing against it.
        Status::Secure | Status::Insecure | Status::Indeterminate => held.failures.is_empty(),
    };
    let error = held.reason.and_then(Reason::info_code).map(|code| code.0);
    let alike =
        held.status == asked.status && held.reason == asked.reason && error == asked.ede && headed;
    let place = format!("{} {} {}", child.scenario.name, asked.name, asked.rtype);
    (!alike).then(|| {
        format!(
            "{place}: {:?} {:?} {headline:?} {:?} wanted, {held:?}",
            asked.status, asked.reason, asked.ede
        )
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unbound_gives_each_answer_the_status_and_the_error_that_we_give_it() {
    let world = World::start(table()).await;
    let unbound = Unbound::start(&world);
    let (mut statuses, mut errors) = (Vec::new(), Vec::new());
    for (child, asked) in world.questions() {
        let held = world.judge(child, asked).await;
        let opinion = unbound.judge(&asked.name_in(&child.apex), asked.rtype);
        let ours = held.reason.and_then(Reason::info_code).map(|code| code.0);
        statuses.push(comparison(
            child,
            asked,
            held.status == opinion.status,
            (&held, opinion.status.as_str()),
        ));
        // Of what it holds bogus it tells an error; of an insecure answer it has nothing to tell.
        if let Some(ours) =
            ours.filter(|_| (held.status, opinion.status) == (Status::Bogus, Status::Bogus))
        {
            let agrees = opinion.errors.contains(&ours);
            errors.push(comparison(
                child,
                asked,
                agrees,
                (&held, &format!("{:?}", opinion.errors)),
            ));
        }
    }
    DIVERGENCES.hold("unbound", |_| true, &statuses);
    DIVERGENCES.hold("unbound-error", |_| true, &errors);
}

/// A real resolver in the chain, which validates by itself and must not with CD set, changes no verdict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_unbound_as_resolver_each_answer_has_the_same_verdict() {
    let world = World::start(table()).await;
    let (unbound, links) = (Unbound::start(&world), Cache::default());
    let mut problems = Vec::new();
    for (child, asked) in world.questions() {
        let held = world
            .judge_through(unbound.address(), &links, child, asked)
            .await;
        problems.extend(unlike(child, asked, &held));
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delv_gives_each_answer_the_status_that_we_give_it() {
    let world = World::start(table()).await;
    let opinions = Delv::new(&world).judge_all();
    let mut statuses = Vec::new();
    for ((child, asked), (status, words)) in world.questions().zip(opinions) {
        let held = world.judge(child, asked).await;
        let theirs = format!("{}: {words}", status.as_str());
        statuses.push(comparison(
            child,
            asked,
            held.status == status,
            (&held, &theirs),
        ));
    }
    DIVERGENCES.hold("delv", |_| true, &statuses);
}

fn comparison(
    child: &Child,
    asked: &Asked,
    agrees: bool,
    (ours, theirs): (&Held, &str),
) -> Comparison {
    let place = [child.scenario.name, asked.name, &asked.rtype.to_string()]
        .map(str::to_owned)
        .to_vec();
    let reason = ours
        .reason
        .map(|reason| format!(" {reason}"))
        .unwrap_or_default();
    Comparison {
        place,
        ours: format!("{}{reason}", ours.status.as_str()),
        theirs: theirs.to_owned(),
        agrees,
    }
}
