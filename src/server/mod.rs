//! The HTTP side: routes, parameters, limits, reload.

mod connections;
mod discovery;
mod drill;
mod drill_metrics;
mod exporter_metrics;
mod header_timeout;
mod probe;
mod routes;
mod state;

pub use connections::serve;
pub use exporter_metrics::{ExporterMetrics, InFlightProbe};
pub use routes::router;
pub use state::{ConfigSource, State};
