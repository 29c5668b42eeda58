//! Modules that ask as blackbox_exporter does, so that its users can move over: one bare question to one address, no TCP
//! after truncation, and its rules of what is a success.
//!
//! Here is what has no counterpart in other probes: the import of a blackbox.yml, and the rules. What each stage of a
//! probe has of this mode stands in one file there: `config/blackbox_module.rs` and `config/record_rules.rs` (what a module
//! says), `plan/blackbox_plan.rs`, `report/blackbox_report.rs`, `view/blackbox_metrics.rs`, `probe/blackbox_probe.rs`.

mod assess;
mod import;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use assess::{
    CheckResult, check_records, choose_address, exchange_failures, family_mismatch, measure,
    out_of_time_failure, server_report, truncate_to_limit,
};
pub use import::{ImportNote, ImportResult, import};
