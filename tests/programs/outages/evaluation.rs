//! What the shipped rules make of a replay, minute by minute, evaluated by promtool.

use std::fmt::Write as _;

use super::replay::{Schedule, Series, input_series};
use crate::process::{Directory, command};

/// An alert that fires at one minute.
#[derive(Clone, Debug)]
pub struct FiringAlert {
    pub minute: u32,
    pub name: String,
    pub severity: String,
    pub zone: String,
}

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/alerts.yml");
const RULES_TEXT: &str = include_str!("../../../deploy/alerts.yml");

/// Evaluates the rules each minute. promtool reports what it did not expect, and nothing is expected.
pub fn evaluate(series: &Series, schedule: Schedule) -> Vec<FiringAlert> {
    let is_read = |name: &str| {
        let metric = name.split('{').next().unwrap_or_default();
        RULES_TEXT.contains(metric)
    };
    let series: Series = series
        .iter()
        .filter(|(name, _)| is_read(name))
        .map(|(name, values)| (name.clone(), values.clone()))
        .collect();
    let mut test = format!(
        "rule_files: [{RULES:?}]\nevaluation_interval: 1m\ntests:\n  - interval: {}m\n    input_series:\n{}    promql_expr_test:\n",
        schedule.interval,
        input_series(&series)
    );
    for minute in 0..=schedule.last {
        // Writing to a String cannot fail.
        let _ = writeln!(
            test,
            "      - {{ expr: 'ALERTS{{alertstate=\"firing\"}}', eval_time: {minute}m, exp_samples: [] }}"
        );
    }
    let directory = Directory::new();
    let path = directory.path().join("replay.yml");
    std::fs::write(&path, test).expect("a file");
    let output = command("promtool")
        .args(["test", "rules"])
        .arg(&path)
        .output()
        .expect("promtool runs");
    let answer = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let firing = read(&answer);
    assert!(
        output.status.success() == firing.is_empty(),
        "promtool: {answer}"
    );
    firing
}

fn read(text: &str) -> Vec<FiringAlert> {
    let mut firing = Vec::new();
    let mut minute = 0;
    for line in text.lines() {
        if let Some((_, time)) = line.split_once("\", time: ") {
            minute = minutes_of(time.trim_end_matches(','));
        }
        let Some((_, got)) = line.split_once("got: ") else {
            continue;
        };
        for alert in got.split("__name__=\"ALERTS\"").skip(1) {
            let label = |name: &str| {
                let value = alert.split_once(&format!(" {name}=\""));
                value
                    .and_then(|(_, value)| value.split_once('"'))
                    .map(|(value, _)| value.to_owned())
            };
            firing.push(FiringAlert {
                minute,
                name: label("alertname").expect("a name"),
                severity: label("severity").unwrap_or_default(),
                zone: label("zone").unwrap_or_default(),
            });
        }
    }
    firing
}

/// Minutes of a duration like `1d1h5m`.
fn minutes_of(duration: &str) -> u32 {
    let mut rest = duration;
    let units = [('d', 1_440), ('h', 60), ('m', 1)];
    let parts = units.map(|(unit, length)| {
        let Some((number, after)) = rest.split_once(unit) else {
            return 0;
        };
        rest = after;
        number.parse::<u32>().expect("a number") * length
    });
    parts.iter().sum()
}
