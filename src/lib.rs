//! outsidein asks a public nameserver the questions that a validating resolver would ask, validates every signature
//! itself, and reports the result as metrics, JSON and text.
//!
//! # One probe, in flow order
//!
//! 1. [`config`] reads probes.json into a [`config::Config`], which cannot be invalid. Errors name file, line and JSON pointer.
//! 2. [`plan`] turns the parameters of a request and the configuration into a [`plan::Request`]: of a target, of a zone as a
//!    whole, or by blackbox_exporter's rules ([`blackbox`]).
//! 3. [`probe`] sends the queries of the plan over a [`network`]. Each one becomes an [`exchange::Exchange`]: data, without a
//!    judgement.
//! 4. [`chain`] finds the DS RRset of the zone through a resolver. It validates each link and trusts nothing else.
//! 5. [`dnssec`] validates the RRsets and proofs in the answers; `assess` decides what the answers amount to, for one server and
//!    for all servers of a zone. Both are pure. Expensive work waits in `cpu_queue` for a free core.
//! 6. [`report`] holds the result as plain data. Whatever fails has a [`reason`].
//! 7. [`view`] renders the report; [`mod@log`] writes an event if something changed; [`server`] answers the request.
//!
//! [`dns`] has the vocabulary for all of them. Next to the probes, [`discovery`] lists what to scrape, [`key_backup`] compares
//! the keys of a backup with those that are served, [`mod@reference`] generates pages of the documentation, [`demo`] serves
//! broken zones, and [`drill`] proves with one that alerts arrive. [`cli`] starts everything.
//!
//! A module imports only from modules above it in the list below. Those before [`network`] are the pure core. `ARCHITECTURE.md`
//! is the map, `docs/decisions.md` gives the reasons.

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
pub mod demo;
pub mod drill;
pub mod server;
pub mod cli;
