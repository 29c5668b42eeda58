//! A zone as a whole, as its readers want it: what differs first, then nameserver by nameserver.

mod cds;
mod delegation;
mod metrics;
mod names;
mod signatures;
mod summary;

pub use metrics::zone_prometheus;
pub use summary::zone_text;
pub(super) use summary::{differing_server, parent_text};
