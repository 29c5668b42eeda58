//! Times and costs, which are right only where nothing else runs: these tests are a binary of their own, take turns in it,
//! and `scripts/test` runs nothing at the same time.

mod hostile_cost;
mod latency;
mod on_time;

#[path = "../support/hostile.rs"]
mod hostile;
#[path = "../support/scripted.rs"]
mod scripted;
#[allow(dead_code, reason = "each test binary uses its part of the support")]
#[path = "../support/mod.rs"]
mod support;
#[path = "../../src/dns/testing.rs"]
mod testing;

/// What each test here holds from its begin to its end: the machine, and the clock of the process, for itself.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
