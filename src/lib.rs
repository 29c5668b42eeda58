//! outsidein asks a public nameserver the questions that a validating resolver would ask, checks every signature
//! itself, and reports what it saw. ARCHITECTURE.md holds the map; the modules stand here in the order in which data flows.

// A probe cannot fail as a program. Tests may: a test that fails by an unwrap has failed where it should.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::panic, clippy::todo))]
// clippy.toml lists what only one place may call.
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod dns;
pub mod reason;
pub mod exchange;
pub mod dnssec;
pub mod config;
pub mod plan;
pub mod report;
mod assess;
pub mod blackbox;
pub mod key_backup;
pub mod view;
pub mod discovery;
pub mod reference;
pub mod network;
mod cpu_queue;
pub mod chain;
pub mod probe;
pub mod log;
pub mod server;
pub mod demo;
pub mod cli;
