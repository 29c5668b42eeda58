//! What answers come to, apart from the validation of signatures: of one server, and of all servers of a zone.
//!
//! Pure: messages, keys, a time and a budget in, a report out.

mod answer;
mod apex_rrsets;
mod dnssec;
mod exposure;
pub(crate) mod parent;
mod server;
mod server_facts;
mod zone;

pub(crate) use server::{
    ServerExchanges, assess_for_zone, assess_inline, soa_in, transport_report,
};
pub(crate) use server_facts::AssessedServer;
pub(crate) use zone::assess_zone;
