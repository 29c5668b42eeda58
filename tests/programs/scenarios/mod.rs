//! One row for each way to break a zone: what we hold of it, and what unbound and delv hold of it.

mod delv;
mod denial;
mod scenario;
mod signatures;
mod testbed;
mod testbed_keys;
mod unbound;
pub mod workshop;
mod world;

use std::collections::HashSet;

use outsidein::chain::LinkCache;
use outsidein::reason::Reason;

use crate::lists::{Comparison, DivergenceList};
use delv::Delv;
use scenario::{Asked, Scenario, Status};
use unbound::Unbound;
use world::{Child, ObservedVerdict, World};

/// Where a judge holds something else of an answer than we do, and why we stay with ours.
const DIVERGENCES: DivergenceList = DivergenceList {
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
fn scenario_names_are_unique() {
    let names: HashSet<_> = table().map(|row| row.name).collect();
    assert_eq!(names.len(), table().count());
    assert!(table().all(|row| !row.asked.is_empty() && !row.what.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_has_the_expected_status_and_reason() {
    let world = World::start(table()).await;
    let mut problems = Vec::new();
    for (child, asked) in world.questions() {
        problems.extend(mismatch(child, asked, &world.validate(child, asked).await));
        if !child.ds.is_empty() {
            let pinned = world.validate_pinned(child, asked).await;
            problems.extend(
                mismatch(child, asked, &pinned).map(|problem| format!("pinned: {problem}")),
            );
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
fn mismatch(child: &Child, asked: &Asked, verdict: &ObservedVerdict) -> Option<String> {
    let headline = asked.headline.or(asked.reason);
    let headed = match asked.status {
        Status::Bogus | Status::Unanswered => verdict.failures.first().copied() == headline,
        // An insecure answer breaks no promise, so the policy `auto` holds nothing against it.
        Status::Secure | Status::Insecure | Status::Indeterminate => verdict.failures.is_empty(),
    };
    let error = verdict
        .reason
        .and_then(Reason::info_code)
        .map(|code| code.0);
    let alike = verdict.status == asked.status
        && verdict.reason == asked.reason
        && error == asked.ede
        && headed;
    let question = format!("{} {} {}", child.scenario.name, asked.name, asked.rtype);
    (!alike).then(|| {
        format!(
            "{question}: {:?} {:?} {headline:?} {:?} wanted, {verdict:?}",
            asked.status, asked.reason, asked.ede
        )
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unbound_agrees_on_status_and_error() {
    let world = World::start(table()).await;
    let unbound = Unbound::start(&world);
    let (mut statuses, mut errors) = (Vec::new(), Vec::new());
    for (child, asked) in world.questions() {
        let verdict = world.validate(child, asked).await;
        let opinion = unbound.validate(&asked.name_in(&child.apex), asked.rtype);
        let ours = verdict
            .reason
            .and_then(Reason::info_code)
            .map(|code| code.0);
        statuses.push(comparison(
            child,
            asked,
            verdict.status == opinion.status,
            (&verdict, opinion.status.as_str()),
        ));
        // Of what it holds bogus it tells an error; of an insecure answer it has nothing to tell.
        if let Some(ours) =
            ours.filter(|_| (verdict.status, opinion.status) == (Status::Bogus, Status::Bogus))
        {
            let agrees = opinion.errors.contains(&ours);
            errors.push(comparison(
                child,
                asked,
                agrees,
                (&verdict, &format!("{:?}", opinion.errors)),
            ));
        }
    }
    DIVERGENCES.assert_matches("unbound", |_| true, &statuses);
    DIVERGENCES.assert_matches("unbound-error", |_| true, &errors);
}

/// A real resolver in the chain, which validates by itself and must not with CD set, changes no verdict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verdicts_are_the_same_through_unbound() {
    let world = World::start(table()).await;
    let (unbound, links) = (Unbound::start(&world), LinkCache::default());
    let mut problems = Vec::new();
    for (child, asked) in world.questions() {
        let verdict = world
            .validate_through(unbound.address(), &links, child, asked)
            .await;
        problems.extend(mismatch(child, asked, &verdict));
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delv_agrees_on_every_status() {
    let world = World::start(table()).await;
    let opinions = Delv::new(&world).validate_all();
    let mut statuses = Vec::new();
    for ((child, asked), (status, words)) in world.questions().zip(opinions) {
        let verdict = world.validate(child, asked).await;
        let theirs = format!("{}: {words}", status.as_str());
        statuses.push(comparison(
            child,
            asked,
            verdict.status == status,
            (&verdict, &theirs),
        ));
    }
    DIVERGENCES.assert_matches("delv", |_| true, &statuses);
}

fn comparison(
    child: &Child,
    asked: &Asked,
    agrees: bool,
    (ours, theirs): (&ObservedVerdict, &str),
) -> Comparison {
    let question = [child.scenario.name, asked.name, &asked.rtype.to_string()]
        .map(str::to_owned)
        .to_vec();
    let reason = ours
        .reason
        .map(|reason| format!(" {reason}"))
        .unwrap_or_default();
    Comparison {
        question,
        ours: format!("{}{reason}", ours.status.as_str()),
        theirs: theirs.to_owned(),
        agrees,
    }
}
