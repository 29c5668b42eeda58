//! Judgement: octets, keys, a time and a budget in, a verdict with its reasons out. Nothing here awaits or reads a clock.

mod reason;
mod status;

pub use reason::Reason;
pub use status::SecurityStatus;
