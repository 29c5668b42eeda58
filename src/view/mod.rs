//! A report as its readers want it: metrics, JSON, text, a transcript. Nothing here measures or judges.

mod backup;
pub mod catalog;
mod debug;
mod exporter;
mod json;
mod metrics;
mod reasons;
mod reference;
mod table;
mod text;
mod words;

pub use backup::{backup_json, backup_prometheus, backup_text};
pub use debug::debug;
pub use exporter::{ExporterMetrics, InFlight};
pub use json::json;
pub use metrics::{PROMETHEUS_CONTENT_TYPE, prometheus};
pub use reasons::reasons_reference;
pub use reference::metrics_reference;
pub use text::text;
