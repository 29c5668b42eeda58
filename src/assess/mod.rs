//! What answers come to, apart from the validation of signatures: of one server, and of all servers of a zone.
//!
//! Pure: messages, keys, a time and a budget in, a report out.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod answer;
mod compression;
mod apex_rrsets;
mod dnssec;
mod exposure;
mod families;
mod key_facts;
mod names;
pub(crate) mod parent;
mod server;
mod server_facts;
mod ttls;
mod zone;
mod zone_below;

pub(crate) use families::{families_without_address, report_families, wanted_addresses};
pub(crate) use server::{
    ServerExchanges, assess_for_target, assess_for_zone, soa_in, transport_report,
};
pub(crate) use server_facts::AssessedServer;
pub(crate) use zone::{AboveZone, KeyHistory, assess_zone};

/// What is wrong with one address's answers.
#[derive(Debug, Default)]
struct Problems {
    failures: Vec<crate::reason::Failure>,
    warnings: Vec<crate::reason::Warning>,
}
