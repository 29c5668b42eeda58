//! What the views make of a report.

mod backup;
mod fixtures;
mod golden;
mod promtool;
mod reasons;
mod series;
mod transcript;
mod zone;
