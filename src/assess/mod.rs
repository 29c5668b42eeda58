//! What answers come to, apart from the validation of signatures: of one server, and of all servers of a zone.
//!
//! Pure: messages, keys, a time and a budget in, a report out.

mod answer;
mod dnssec;
mod exposure;
mod server;
mod zone;

pub(crate) use server::{Heard, judge_now, soa_in, transport_report};
pub(crate) use zone::report as zone_report;
