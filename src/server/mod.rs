//! The HTTP side: routes, parameters, limits, reload.

mod connections;
mod discovery;
mod exporter_metrics;
mod format;
mod hasty;
mod probe;
mod routes;
mod state;

pub use connections::serve;
pub use exporter_metrics::{ExporterMetrics, InFlight};
pub use format::{Format, render, transcript};
pub use routes::router;
pub use state::{ConfigSource, State};
