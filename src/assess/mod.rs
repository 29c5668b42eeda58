//! What answers come to, apart from the validation of signatures: of one server, and of all servers of a zone.
//!
//! Pure: messages, keys, a time and a budget in, a report out.

mod answer;
mod dnssec;
mod exposure;
pub(crate) mod parent;
mod server;
mod zone;

pub(crate) use server::{Heard, judge_now, message_of, soa_in, timeout, transport_report};
pub(crate) use zone::report as zone_report;
