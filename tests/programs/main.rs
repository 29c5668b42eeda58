//! outsidein among real programs: nameservers, validators, monitoring and service managers from Debian, on loopback or in
//! network namespaces. `scripts/packages` lists them; a missing one fails the test that needs it.

mod alerts;
mod automatic_rollovers;
mod blackbox_comparison;
mod blackbox_import;
mod cli;
mod cluster;
mod dashboard;
mod demo;
mod differential;
mod drill;
mod key_backup;
mod kubernetes;
mod logs;
mod metrics_backup;
mod nixos;
mod outages;
mod real_denial;
mod real_rollover;
mod real_servers;
mod rule_files;
mod scenarios;
mod scrape;
mod systemd;
mod zone;

mod harness;
#[path = "../support/mod.rs"]
mod support;

use harness::{alerting, database, http, lists, namespaces, opinion, process, real};
