//! One row for each way to break a zone: what we hold of it, and what unbound and delv hold of it.

mod denial;
mod scenario;
mod signatures;
mod testbed;
mod workshop;
mod world;

use std::collections::HashSet;

use scenario::{Asked, Scenario, Status};
use world::{Child, Held, World};

fn table() -> impl Iterator<Item = &'static Scenario> {
    testbed::ROWS.iter().chain(signatures::ROWS).chain(denial::ROWS)
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
    for child in &world.children {
        for asked in child.scenario.asked {
            problems.extend(unlike(child, asked, &world.judge(child, asked).await));
            if !child.ds.is_empty() {
                let pinned = world.judge_pinned(child, asked).await;
                problems.extend(unlike(child, asked, &pinned).map(|problem| format!("pinned: {problem}")));
            }
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Where what is held of an answer is not what its row says.
fn unlike(child: &Child, asked: &Asked, held: &Held) -> Option<String> {
    let headline = asked.headline.or(asked.reason);
    let first = held.failures.first();
    let headed = match asked.status {
        Status::Bogus | Status::Unanswered => first.map(|(reason, _)| *reason) == headline,
        // An insecure answer breaks no promise, so the policy `auto` holds nothing against it.
        Status::Secure | Status::Insecure | Status::Indeterminate => held.failures.is_empty(),
    };
    let error = held.reason.and_then(|reason| reason.info_code()).map(|code| code.0);
    let alike = held.status == asked.status && held.reason == asked.reason && error == asked.ede && headed;
    let place = format!("{} {} {}", child.scenario.name, asked.name, asked.rtype);
    (!alike).then(|| {
        format!("{place}: {:?} {:?} {headline:?} {:?} wanted, {held:?}", asked.status, asked.reason, asked.ede)
    })
}
