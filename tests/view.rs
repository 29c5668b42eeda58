//! What the views make of a report.

#[path = "view/backup.rs"]
mod backup;
#[path = "view/fixtures.rs"]
mod fixtures;
#[path = "view/golden.rs"]
mod golden;
#[path = "view/promtool.rs"]
mod promtool;
#[path = "view/reasons.rs"]
mod reasons;
#[path = "view/series.rs"]
mod series;
#[path = "view/transcript.rs"]
mod transcript;
#[path = "view/zone.rs"]
mod zone;
