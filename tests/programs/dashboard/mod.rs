//! deploy/dashboard.json: what Grafana's own types and a parser of PromQL make of it, and what every expression finds in
//! a real VictoriaMetrics and a real Prometheus that scrape the demo, real nameservers and the exporter.

mod board;
mod layout;
mod python;
mod stack;

use std::time::Duration;

use crate::database::Database;
use crate::http;
use crate::real;
use serde_json::{Value, json};
use stack::Stack;

#[test]
fn dashboard_uses_known_keys_and_valid_promql() {
    let (written, filled) = (board::written(), board::filled());
    let expressions: Vec<_> = board::expressions(&filled)
        .into_iter()
        .map(|(_, expression)| expression)
        .collect();
    assert!(expressions.len() > 40, "{}", expressions.len());
    let complaints = python::run(
        "check.py",
        &[],
        &json!({ "dashboard": written, "expressions": expressions }),
    );
    assert_eq!(complaints, "");
    for expression in expressions {
        assert!(
            !expression.contains('$'),
            "{expression}: a variable that is not filled in"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_expression_returns_data_in_both_databases() {
    let stack = Stack::start().await;
    let jobs = stack.scrape_jobs();
    let checked = tokio::task::spawn_blocking(move || {
        let databases = [
            Database::victoria_metrics(&jobs),
            Database::prometheus(&jobs),
        ];
        let board = board::filled();
        for database in &databases {
            for (panel, expression) in board::expressions(&board) {
                println!("{panel}");
                database.wait_until(expression, |found| !found.is_empty());
                for selector in board::selectors(expression) {
                    database.wait_until(selector, |found| !found.is_empty());
                }
            }
            for (series, label) in board::variables(&board) {
                let answer = http::get(
                    database.address,
                    &format!("/api/v1/label/{label}/values"),
                    &[("match[]", series)],
                );
                let answer: Value = serde_json::from_str(&answer).expect("JSON");
                assert!(
                    !answer["data"].as_array().expect("values").is_empty(),
                    "{series}: {answer}"
                );
            }
        }
    });
    checked.await.expect("every expression finds something");
}

/// `cargo test --test programs dashboard -- --ignored` draws docs/dashboard/*.svg anew: five minutes in which the primary is away for
/// a while and a key begins to be rolled.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws docs/dashboard/*.svg from five minutes of data; no check"]
async fn dashboard_pictures_are_drawn() {
    let mut stack = Stack::start().await;
    let database = Database::victoria_metrics(&stack.scrape_jobs());
    tokio::time::sleep(Duration::from_secs(90)).await;
    let primary = stack.primary.as_mut().expect("a primary");
    real::knot::order(primary, &["zone-key-rollover", stack::ZONE, "ksk"]);
    tokio::time::sleep(Duration::from_secs(90)).await;
    drop(stack.primary.take());
    tokio::time::sleep(Duration::from_mins(2)).await;
    let drawn = tokio::task::spawn_blocking(move || {
        let pictures = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dashboard");
        let arguments = [
            format!("http://{}", database.address),
            "300".to_owned(),
            pictures.to_owned(),
        ];
        python::run("draw.py", &arguments, &board::filled())
    });
    assert_eq!(drawn.await.expect("they are drawn"), "");
}
