//! A zone as a whole, as its readers want it: what differs first, then nameserver by nameserver.

mod metrics;
mod text;

pub use metrics::zone_prometheus;
pub use text::zone_text;
pub(super) use text::{inconsistent_server, parent_text};
