//! The generated pages of the documentation: docs/metrics.md and docs/reasons.md.

mod metrics;
mod reasons;

pub use metrics::metrics_reference;
pub use reasons::reasons_reference;
