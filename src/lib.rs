//! outsidein asks a public nameserver the questions that a validating resolver would ask, checks every signature
//! itself, and reports what it saw. ARCHITECTURE.md holds the map; the modules stand here in the order in which data flows.

pub mod dns;
pub mod dnssec;
pub mod config;
pub mod plan;
pub mod exchange;
pub mod report;
pub mod probe;
pub mod view;
pub mod server;
pub mod demo;
pub mod cli;
