//! The HTTP side: routes, parameters, limits, reload.

mod connections;
mod discovery;
mod events;
mod format;
mod hasty;
mod probe;
mod routes;
mod state;

pub use connections::serve;
pub use discovery::external_url;
pub use events::{Event, FIELDS, Fields, end_log, log_write_failed, log_written, start_log};
pub use format::{Format, render, transcript};
pub use routes::router;
pub use state::{ConfigSource, State};
