//! What needs no server but those that a test makes in its own process; a few ask dig, promtool and the like one question.

mod answers;
mod chain;
mod config;
mod denial_vectors;
mod drill;
mod exchange;
mod forged_answers;
mod fuzz_regressions;
mod http;
mod links;
mod metrics_reference;
mod names;
mod odd_answers;
mod properties;
mod reasons_reference;
mod rfc_vectors;
mod signed_answers;
mod view;

#[path = "../../fuzz/bodies/mod.rs"]
mod bodies;
#[path = "../support/mod.rs"]
mod support;
#[path = "../../src/dns/testing.rs"]
mod testing;
