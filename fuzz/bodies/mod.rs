//! What each fuzz target does with its octets: plain functions that panic when something is wrong.
//!
//! cargo-fuzz calls them from `fuzz/targets/`; `tests/in_process/fuzz_regressions.rs` includes this folder and calls them with every
//! file of `fuzz/regressions/`, so that what fuzzing found stays a test.

pub mod bytes;
pub mod config;
pub mod denial;
pub mod exposition;
pub mod import;
pub mod key_backup;
pub mod message;
pub mod validate;
pub mod zone;

/// Panics when something is wrong.
pub type Body = fn(&[u8]);

/// A target's name and what it does.
pub const TARGETS: [(&str, Body); 7] = [
    ("config", config::run),
    ("denial", denial::run),
    ("exposition", exposition::run),
    ("import", import::run),
    ("key_backup", key_backup::run),
    ("message", message::run),
    ("validate", validate::run),
];
