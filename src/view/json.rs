//! A report as JSON: the types' own order, so that two of them can be compared by `diff`.

use crate::report::Report;

/// The whole report but its transcript.
pub fn json(report: &Report) -> String {
    // A report holds no map with keys other than text and no number that JSON lacks, so this cannot fail.
    let mut json = serde_json::to_string_pretty(report).unwrap_or_default();
    json.push('\n');
    json
}
