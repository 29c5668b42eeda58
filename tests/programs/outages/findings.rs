//! What the probe shows of each outage, beside its alerts: findings.txt lists it, and docs/outages.md takes it from there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::replay::Series;
use super::table::Outage;

const PATH: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/programs/outages/findings.txt"
);

/// Metrics with the label that names what they find.
const NAMING: [(&str, &str); 4] = [
    ("probe_failure_headline", "reason"),
    ("probe_zone_difference", "what"),
    ("probe_zone_warning", "warning"),
    ("probe_zone_rollover_too_early", "kind"),
];

/// Each finding after the fault began, and in how many scrapes it was there.
pub fn of_replay(series: &Series, outage: &Outage) -> BTreeMap<String, usize> {
    let begin = (outage.since / outage.interval) as usize;
    let mut findings = BTreeMap::new();
    for (name, values) in series {
        let values = values.get(begin..).unwrap_or_default();
        let Some((finding, present)) = finding(name) else {
            continue;
        };
        let count = values
            .iter()
            .filter(|value| **value == Some(present))
            .count();
        if count > 0 {
            let most = findings.entry(finding).or_default();
            *most = count.max(*most);
        }
    }
    findings
}

/// The finding that a series stands for, and its value where it is there.
fn finding(series: &str) -> Option<(String, f64)> {
    let (metric, labels) = series.split_once('{')?;
    let label = |name: &str| {
        let (_, value) = labels.split_once(&format!("{name}=\""))?;
        value.split_once('"').map(|(value, _)| value)
    };
    match metric {
        "probe_zone_chain_status" if label("status") == Some("broken") => {
            Some(("chain broken".to_owned(), 1.0))
        }
        "probe_zone_parent_delegates" => Some(("no delegation".to_owned(), 0.0)),
        "outsidein_resolver_up" => Some(("resolver down".to_owned(), 0.0)),
        _ => {
            let (_, name) = NAMING.iter().find(|(known, _)| *known == metric)?;
            Some((label(name)?.to_owned(), 1.0))
        }
    }
}

/// The findings that findings.txt lists, by outage.
pub fn listed() -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(PATH).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines
        .map(|(id, findings)| {
            let findings = findings.split(", ").filter(|finding| !finding.is_empty());
            (id.to_owned(), findings.map(str::to_owned).collect())
        })
        .collect()
}

/// Those that are listed and were not there.
pub fn missing(outage: &Outage, findings: &BTreeMap<String, usize>) -> Option<String> {
    let listed = listed();
    let Some(listed) = listed.get(outage.id) else {
        return Some("findings.txt has no line for it".to_owned());
    };
    let missing: Vec<_> = listed
        .iter()
        .filter(|finding| !findings.contains_key(*finding))
        .map(String::as_str)
        .collect();
    (!missing.is_empty()).then(|| format!("the probe does not show {}", missing.join(", ")))
}

/// Writes what each outage showed in at least half of the scrapes in which its most frequent finding was there: what comes by
/// chance is left out.
pub fn write(findings: &BTreeMap<&str, BTreeMap<String, usize>>) {
    let mut text = String::new();
    for (id, findings) in findings {
        let most = findings.values().max().copied().unwrap_or_default();
        let steady = findings.iter().filter(|(_, count)| **count * 2 >= most);
        let steady: Vec<_> = steady.map(|(finding, _)| finding.as_str()).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{id}: {}", steady.join(", "));
    }
    std::fs::write(PATH, text).expect("findings.txt is written");
}
