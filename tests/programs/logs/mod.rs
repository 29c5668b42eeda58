//! The log as its readers get it: events of the real program over real nameservers, from standard error and from a real
//! systemd-journald, which needs no systemd to run.

mod documented;
mod exporter;
mod formats;
mod journal;
mod missing_config;
mod story;
mod unwritable;
mod upload;

use std::collections::BTreeMap;

/// The fields of one event by their documented names, and `message`.
pub type Event = BTreeMap<String, String>;
