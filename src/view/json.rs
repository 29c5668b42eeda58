//! A report as JSON: the types' own order, so that two of them can be compared by `diff`.

use serde::Serialize;

use crate::report::{BlackboxReport, TargetReport, ZoneReport};

/// The whole report but its transcript.
pub fn json(report: &TargetReport) -> String {
    pretty(report)
}

/// The same of a probe by blackbox_exporter's rules.
pub fn blackbox_json(report: &BlackboxReport) -> String {
    pretty(report)
}

/// The same of a zone as a whole.
pub fn zone_json(report: &ZoneReport) -> String {
    pretty(report)
}

fn pretty(report: &impl Serialize) -> String {
    // A report holds no map with keys other than text and no number that JSON lacks, so this cannot fail.
    let mut json = serde_json::to_string_pretty(report).unwrap_or_default();
    json.push('\n');
    json
}
