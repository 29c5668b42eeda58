//! The alerts of deploy/: right for promtool and vmalert, each proven to fire and to stay silent, each with its runbook.
//! `tests/zone/end_to_end.rs` fires them by breaking real nameservers.

#[path = "judges/process.rs"]
#[allow(dead_code, reason = "each test binary uses its part of the harness")]
mod process;

use std::collections::BTreeSet;

use outsidein::dnssec::Reason;
use outsidein::view::catalog::{BackupMetric, ExporterMetric, ProbeMetric};
use process::{command, run};

const RULES: &str = include_str!("../deploy/alerts.yml");
const TESTS: &str = include_str!("../deploy/alerts_test.yml");
const RUNBOOKS: &str = include_str!("../docs/alerts.md");
const README: &str = include_str!("../README.md");
const SCRAPE: &str = include_str!("../deploy/scrape.yml");
const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");

/// Metrics of others that the rules read.
const FOREIGN: [&str; 3] = ["node_filesystem_avail_bytes", "node_filesystem_size_bytes", "up"];

/// One rule: its name, and its lines.
fn rules() -> Vec<(&'static str, &'static str)> {
    let rules = RULES.split("- alert: ").skip(1).filter_map(|rule| rule.split_once('\n'));
    let rules: Vec<_> = rules.collect();
    assert!(rules.len() > 20, "{rules:#?}");
    rules
}

fn names() -> BTreeSet<&'static str> {
    rules().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn promtool_and_vmalert_take_the_rules() {
    run(command("promtool").args(["check", "rules", "alerts.yml"]).current_dir(DEPLOY));
    run(command("vmalert").args(["-dryRun", "-rule=alerts.yml"]).current_dir(DEPLOY));
}

#[test]
fn each_rule_fires_and_stays_silent_as_its_tests_say() {
    run(command("promtool").args(["test", "rules", "alerts_test.yml"]).current_dir(DEPLOY));
    let asked = |silent: bool| -> BTreeSet<_> {
        let lines = TESTS.lines().filter(|line| line.contains("alertname: "));
        let lines = lines.filter(|line| line.contains("exp_alerts: []") == silent);
        let name = |line: &'static str| line.split("alertname: ").nth(1)?.split(',').next();
        lines.filter_map(name).collect()
    };
    assert_eq!(asked(false), names(), "every rule is seen to fire, and none that is not there");
    assert_eq!(asked(true), names(), "every rule is seen to stay silent");
}

#[test]
fn each_rule_has_one_prefix_a_severity_a_summary_a_description_and_a_runbook() {
    for (name, rule) in rules() {
        assert!(name.starts_with("Outsidein"), "{name}");
        let severity = rule.contains("{ severity: critical }") || rule.contains("{ severity: warning }");
        assert!(severity, "{name}");
        for line in ["        for: ", "          summary: \"", "          description: "] {
            assert!(rule.lines().any(|has| has.starts_with(line)), "{name} has no line {line:?}");
        }
        let runbook = format!("runbook: docs/alerts.md#{}\n", name.to_lowercase());
        assert!(rule.contains(&runbook), "{name}: {runbook}");
    }
    let runbooks: BTreeSet<_> = RUNBOOKS.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(runbooks, names());
}

#[test]
fn each_reason_belongs_to_one_alert() {
    let of_dnssec: BTreeSet<_> = Reason::ALL.iter().filter(|reason| reason.is_of_dnssec()).collect();
    let of_dnssec: BTreeSet<_> = of_dnssec.into_iter().map(|reason| reason.as_str()).collect();
    let without_ds: BTreeSet<_> = of_dnssec.iter().copied().filter(|reason| *reason != "ds_mismatch").collect();
    assert_eq!(reasons_of("OutsideinResolutionFailed", "reason!~\""), of_dnssec, "what it leaves to others");
    assert_eq!(reasons_of("OutsideinDnssecFailed", "reason=~\""), without_ds);
    assert_eq!(reasons_of("OutsideinDsMismatch", "reason=\""), BTreeSet::from(["ds_mismatch"]));
}

/// Who pastes the README's jobs beside the rules has no alert about a job that nobody told of.
#[test]
fn each_job_of_the_rules_is_in_the_scrape_jobs_of_the_readme_and_of_deploy() {
    let named = |text: &'static str, before: &str, end: char| -> BTreeSet<_> {
        text.split(before).skip(1).filter_map(|rest| rest.split(end).next()).map(str::trim).collect()
    };
    let wanted = named(RULES, "job=\"", '"');
    assert_eq!(wanted, BTreeSet::from(["outsidein", "outsidein_exporter"]));
    assert_eq!(named(README, "- job_name: ", '\n'), wanted, "README.md: without one its alert fires falsely");
    assert!(named(SCRAPE, "- job_name: ", '\n').is_superset(&wanted), "deploy/scrape.yml");
}

fn reasons_of(alert: &str, matcher: &str) -> BTreeSet<&'static str> {
    let (_, rule) = rules().into_iter().find(|(name, _)| *name == alert).expect("the rule");
    let alternatives = rule.split(matcher).nth(1).and_then(|rest| rest.split('"').next()).expect("the matcher");
    alternatives.split('|').collect()
}

#[test]
fn each_metric_of_the_rules_is_one_that_somebody_gives() {
    let of_probes = ProbeMetric::ALL.iter().map(|metric| metric.definition().name);
    let of_exporter = ExporterMetric::ALL.iter().map(|metric| metric.definition().name);
    let of_backups = BackupMetric::ALL.iter().map(|metric| metric.definition().name);
    let known: BTreeSet<_> = of_probes.chain(of_exporter).chain(of_backups).chain(FOREIGN).collect();
    let used = RULES.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let prefixes = ["probe_", "node_", "outsidein_key", "outsidein_config", "outsidein_http", "outsidein_build"];
    let used: BTreeSet<_> = used.filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix))).collect();
    assert!(used.len() > 15, "{used:?}");
    let unknown: Vec<_> = used.difference(&known).filter(|word| **word != "outsidein_keys").collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
