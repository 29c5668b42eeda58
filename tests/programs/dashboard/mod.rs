//! deploy/dashboard.json: what Grafana's own types and a parser of PromQL make of it, and what every expression finds in
//! a real VictoriaMetrics and a real Prometheus that scrape the demo, real nameservers and the exporter.

mod board;
mod layout;
mod python;
mod stack;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use crate::database::{Database, Labels};
use crate::http;
use crate::real;
use serde_json::{Value, json};
use stack::{Rules, Stack};

#[test]
fn dashboard_uses_known_keys_and_valid_promql() {
    let (written, filled) = (board::written(), board::filled(board::WHAT_FAILS));
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
    let (jobs, exporter) = (stack.scrape_jobs(), stack.exporter());
    let checked = tokio::task::spawn_blocking(move || {
        let rules = Rules::new();
        let databases = [
            Database::victoria_metrics(&jobs),
            Database::prometheus(&rules.in_prometheus(&jobs)),
        ];
        let _vmalert = rules.in_vmalert(databases[0].address);
        for database in &databases {
            finds_something(database, &board::filled(board::ALL_ZONES));
            cells_are_right(database);
            filter_leaves_what_fails(database);
            recording_rules_find_something(database);
        }
        links_lead_somewhere(exporter);
    });
    checked.await.expect("every expression finds something");
}

fn finds_something(database: &Database, board: &Value) {
    for (panel, expression) in board::expressions(board) {
        println!("{panel}");
        database.wait_until(expression, |found| !found.is_empty());
        for selector in board::selectors(expression) {
            database.wait_until(selector, |found| !found.is_empty());
        }
    }
    for (series, label) in board::variables(board) {
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

/// VictoriaMetrics fills what a comparison on the left of `or` left out with values from the right, under the labels of the left.
fn cells_are_right(database: &Database) {
    let board = board::filled(board::ALL_ZONES);
    let expressions = board::expressions(&board);
    let expression = |title: &str| {
        let found = expressions
            .iter()
            .find(|(panel, _)| panel.starts_with(title));
        found.expect("the panel").1
    };
    let answers = expression("Answers: ");
    for (zone, reason) in [
        ("healthy.test", "1"),
        ("expired.test", "signature_expired"),
        ("refused.test", "refused"),
    ] {
        database.wait_until(answers, |found| {
            let mut cells = found.iter().filter(|(labels, _)| labels["zone"] == zone);
            cells.clone().count() == 2 && cells.all(|(labels, _)| labels["reason"] == reason)
        });
    }
    let status = expression("Security status: ");
    let [bogus, secure, indeterminate] = [0.0, 1.0, 3.0];
    for (zone, value) in [
        ("healthy.test", secure),
        ("expired.test", bogus),
        ("unsigned.test", indeterminate),
    ] {
        database.wait_until(status, |found| {
            let mut cells = found.iter().filter(|(labels, _)| labels["zone"] == zone);
            cells.clone().count() == 2 && cells.all(|(_, found)| is(*found, value))
        });
    }
    // One provider by choice is all; the zone that refuses has none.
    let providers = expressions
        .iter()
        .filter(|(panel, _)| *panel == "Who is left")
        .nth(1);
    let (_, providers) = providers.expect("the second of them");
    for (zone, value) in [("healthy.test", 3.0), ("refused.test", 0.0)] {
        database.wait_until(providers, |found| {
            let mut cells = found.iter().filter(|(labels, _)| labels["zone"] == zone);
            cells.any(|(_, found)| is(*found, value))
        });
    }
}

/// Whether a whole number is that one.
fn is(found: f64, value: f64) -> bool {
    (found - value).abs() < 0.5
}

/// "only what fails" leaves zones out, and no zone that fails.
fn filter_leaves_what_fails(database: &Database) {
    let zones = |found: &[(Labels, f64)]| -> BTreeSet<String> {
        let zones = found.iter().filter_map(|(labels, _)| labels.get("zone"));
        zones.cloned().collect()
    };
    let failing = "min by (zone) (probe_success{job=\"outsidein\"}) == 0";
    database.wait_until(failing, |found| {
        found.len() > 5 && !zones(found).contains(stack::ZONE)
    });
    let boards = [board::ALL_ZONES, board::WHAT_FAILS].map(board::filled);
    let [all, filtered] = boards.each_ref().map(board::expressions);
    let mut compared = 0;
    for ((panel, all), (_, filtered)) in all.into_iter().zip(filtered) {
        if all == filtered {
            continue;
        }
        println!("{panel}: only what fails");
        // Asked for each time: on a busy machine a healthy zone may fail for a moment.
        database.wait_until(filtered, |found| {
            let failing = zones(&database.query(failing));
            let all = zones(&database.query(all));
            zones(found) == all.intersection(&failing).cloned().collect()
        });
        compared += 1;
    }
    assert!(compared > 10, "{compared}");
}

/// What deploy/recording.yml records of this moment is there, and the averages of an hour can be had of it.
fn recording_rules_find_something(database: &Database) {
    let (momentary, hourly) = stack::RECORDING
        .split_once("  - name: outsidein_availability_hour")
        .expect("the group of hours");
    let hourly = hourly.split("  - name: ").next().unwrap_or_default();
    let rules = |group: &'static str| group.split("- record: ").skip(1);
    let mut recorded = 0;
    for rule in rules(momentary) {
        let series = rule.lines().next().unwrap_or_default();
        database.wait_until(series, |found| !found.is_empty());
        recorded += 1;
    }
    for rule in rules(hourly) {
        let (_, expression) = rule.split_once("expr: ").expect("an expression");
        let lines = expression
            .lines()
            .map(|line| line.trim_start_matches('|').trim());
        let lines: Vec<_> = lines.filter(|line| !line.starts_with('#')).collect();
        // Subqueries step from one whole minute to the next, and here data are seconds old.
        let expression = lines.join(" ").replace("[1h:1m]", "[1h:1s]");
        database.wait_until(&expression, |found| !found.is_empty());
        recorded += 1;
    }
    assert!(recorded > 12, "{recorded}");
    // Answers of the one do not validate; all zones but the last have one nameserver.
    for (level, zone, value) in [
        ("address", "expired.test", 0.0),
        ("address", "healthy.test", 1.0),
        ("zone", "healthy.test", 0.0),
        ("zone", stack::ZONE, 1.0),
    ] {
        let available = format!("{level}:probe_zone_spec10_available:bool{{zone={zone:?}}}");
        database.wait_until(&available, |found| {
            found.iter().any(|(_, found)| is(*found, value))
        });
    }
}

/// What a click on a cell of `ns1` and its zone asks the exporter for; of the log the query alone is known.
fn links_lead_somewhere(exporter: SocketAddr) {
    let board = board::written();
    let links = board::links(&board);
    assert!(links.len() >= 6, "{links:?}");
    for (panel, url) in links {
        let url = [
            ("${__data.fields.zone:percentencode}", stack::ZONE),
            ("${__data.fields.nameserver:percentencode}", "ns1"),
            ("${__data.fields.family:percentencode}", "ipv4"),
        ]
        .iter()
        .fold(url.to_owned(), |url, (variable, value)| {
            url.replace(variable, value)
        });
        if let Some(query) = url.strip_prefix("${exporter:raw}/probe?") {
            let parameters: Vec<_> = query
                .split('&')
                .map(|parameter| parameter.split_once('=').expect("a value"))
                .collect();
            let page = http::get(exporter, "/probe", &parameters);
            assert!(page.contains(stack::ZONE), "{panel}: {url}: {page}");
        } else {
            let log = "${logs:raw}/select/vmui/?#/?query=F_ZONE%3A%3D%22example.net.%22&g0.range_input=1d";
            assert_eq!(url, log, "{panel}");
        }
    }
}

/// `cargo test --test programs dashboard -- --ignored` draws docs/dashboard/*.svg anew: five minutes in which the primary is away for
/// a while and a key begins to be rolled.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws docs/dashboard/*.svg from five minutes of data; no check"]
async fn dashboard_pictures_are_drawn() {
    let mut stack = Stack::start().await;
    let (rules, database) = (
        Rules::new(),
        Database::victoria_metrics(&stack.scrape_jobs()),
    );
    let _vmalert = rules.in_vmalert(database.address);
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
        python::run("draw.py", &arguments, &board::filled(board::ALL_ZONES))
    });
    assert_eq!(drawn.await.expect("they are drawn"), "");
}
