//! A report as its readers want it: metrics, JSON, text, a transcript. Nothing here measures or judges.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod backup;
mod blackbox_metrics;
mod canary;
pub mod catalog;
mod debug;
mod dnssec_summary;
mod format;
mod json;
mod metrics;

mod samples;
mod table;
mod summary;
mod formatting;
mod zone;

pub use backup::{backup_json, backup_prometheus, backup_text};
pub use blackbox_metrics::blackbox_prometheus;
pub use canary::canary_prometheus;
pub use debug::{blackbox_debug, debug, zone_debug};
pub use format::{Format, render, transcript};
pub(crate) use formatting::{printable, unix_time};
pub use json::{blackbox_json, json, zone_json};
pub use metrics::{PROMETHEUS_CONTENT_TYPE, prometheus};
pub use summary::text;
pub use zone::{zone_prometheus, zone_text};
