//! The alerts of deploy/: right for promtool and vmalert, each proven to fire and to stay silent, each with its runbook.
//! `tests/programs/zone/end_to_end.rs` and `tests/programs/zone/lesser_faults.rs` fire them by breaking real things.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::process::{Directory, Process, command, run};
use outsidein::reason::Reason;
use outsidein::view::catalog::{BackupMetric, ExporterMetric, ProbeMetric};

const RULES: &str = include_str!("../../deploy/alerts.yml");
/// It gives the metrics of its own backup.
const METRICS_BACKUP: &str = include_str!("../../deploy/outsidein-vmbackup");
/// What breaks real things.
const FAULTS: [&str; 2] = [
    include_str!("zone/end_to_end.rs"),
    include_str!("zone/lesser_faults.rs"),
];
const RUNBOOKS: &str = include_str!("../../docs/alerts.md");
const UNIT: &str = include_str!("../../deploy/vmalert.service");
const README: &str = include_str!("../../README.md");
const SCRAPE: &str = include_str!("../../deploy/scrape.yml");
const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");

/// Metrics of others that the rules read.
const FOREIGN: [&str; 3] = [
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "up",
];

/// One rule: its name, and its lines.
fn rules() -> Vec<(&'static str, &'static str)> {
    let rules = RULES
        .split("- alert: ")
        .skip(1)
        .filter_map(|rule| rule.split_once('\n'));
    let rules: Vec<_> = rules.collect();
    assert!(rules.len() > 20, "{rules:#?}");
    rules
}

fn names() -> BTreeSet<&'static str> {
    rules().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn promtool_and_vmalert_accept_the_rules() {
    run(command("promtool")
        .args(["check", "rules", "alerts.yml"])
        .current_dir(DEPLOY));
    run(command("vmalert")
        .args(["-dryRun", "-rule=alerts.yml"])
        .current_dir(DEPLOY));
}

#[test]
fn vmalert_unit_uses_existing_flags() {
    let unit = UNIT.replace("\\\n", " ");
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/usr/bin/vmalert "))
        .expect("its command");
    let start = start.replace("/etc/outsidein", DEPLOY);
    assert!(start.contains("/alerts.yml "), "{start}");
    run(command("vmalert")
        .arg("-dryRun")
        .args(start.split_whitespace()));
}

#[test]
fn readme_scrape_jobs_match_the_rules() {
    for (page, jobs) in [("README.md", README), ("deploy/scrape.yml", SCRAPE)] {
        for job in ["outsidein", "outsidein_exporter"] {
            assert!(RULES.contains(&format!("job=\"{job}\"")), "{job}");
            let line = format!("- job_name: {job}");
            let names = jobs
                .lines()
                .map(|text| text.split('#').next().unwrap_or_default().trim());
            assert!(
                names.into_iter().any(|name| name == line),
                "{page} has no job {job}"
            );
        }
    }
}

/// The queries that see every alert, by the names that the files of deploy/alerts_test/ give them.
const QUERIES: [(&str, &str); 3] = [
    (
        "minutes_firing",
        r#"'sum by (alertname) (count_over_time(ALERTS{alertstate="firing"}[1d]))'"#,
    ),
    (
        "hours_firing",
        r#"'sum by (alertname) (count_over_time(ALERTS{alertstate="firing"}[30d])) / 2'"#,
    ),
    (
        "fired",
        r#"'count by (alertname) (count_over_time(ALERTS{alertstate="firing"}["#,
    ),
];

/// The files of deploy/alerts_test/: path and text.
fn alert_tests() -> Vec<(String, String)> {
    let files = std::fs::read_dir(format!("{DEPLOY}/alerts_test")).expect("the folder");
    let paths = files.map(|file| file.expect("a file").path().display().to_string());
    let mut files: Vec<_> = paths
        .map(|path| (path.clone(), std::fs::read_to_string(path).expect("text")))
        .collect();
    files.sort();
    files
}

/// Each case of deploy/alerts_test/, from its name on.
fn cases(files: &[(String, String)]) -> Vec<&str> {
    files
        .iter()
        .flat_map(|(_, text)| text.split("\n  - name: ").skip(1))
        .collect()
}

/// Minutes of a duration like `1h50m`.
fn minutes(duration: &str) -> u32 {
    let units = [('d', 1440), ('h', 60), ('m', 1)];
    let parts = duration.split_inclusive(|c: char| c.is_ascii_alphabetic());
    parts
        .map(|part| {
            let found = units.iter().find_map(|(unit, length)| {
                let number: u32 = part.strip_suffix(*unit)?.parse().ok()?;
                Some(number * length)
            });
            found.unwrap_or_else(|| panic!("{duration:?} is not a duration"))
        })
        .sum()
}

#[test]
fn promtool_passes_every_alert_test() {
    let files = alert_tests();
    std::thread::scope(|scope| {
        for (path, _) in &files {
            scope.spawn(move || run(command("promtool").args(["test", "rules", path])));
        }
    });
}

#[test]
fn each_rule_fires_in_a_case_and_no_other_rule_with_it() {
    let files = alert_tests();
    let mut fired = BTreeSet::new();
    for case in cases(&files) {
        let name = case.lines().next().unwrap_or_default();
        let (mut time, mut last, mut last_for_all) = (0, 0, 0);
        let mut alert = None;
        for line in case.lines() {
            let value = |key| line.split(key).nth(1)?.split([',', ' ']).next();
            if let Some(text) = value("eval_time: ") {
                time = minutes(text);
                last = last.max(time);
            }
            if let Some(query) = value("expr: ") {
                let known = QUERIES.iter().any(|(known, expression)| {
                    query == format!("*{known}")
                        || query == format!("&{known}") && line.contains(expression)
                });
                assert!(known, "{name}: {line} does not see every alert");
                last_for_all = last_for_all.max(time);
            }
            alert = value(" alertname: ").or(alert);
            // An alert in full, or one that an earlier case has in full.
            if ["exp_labels: ", "exp_alerts: [*", "          - *"]
                .iter()
                .any(|expected| line.contains(expected))
            {
                fired.extend(alert);
            }
        }
        assert!(
            last > 0 && last_for_all == last,
            "{name}: no query sees every alert at its last minute, {last}"
        );
    }
    assert_eq!(fired, names(), "the rules that a case makes fire");
}

#[test]
fn no_rule_fires_in_the_healthy_case_and_in_the_unlucky_one() {
    let files = alert_tests();
    for start in ["'A healthy zone", "'Unlucky but harmless"] {
        let cases = cases(&files);
        let case = cases.iter().find(|case| case.starts_with(start));
        let case = case.unwrap_or_else(|| panic!("no case {start}"));
        let samples = case.lines().filter(|line| line.contains("exp_samples:"));
        let samples: Vec<_> = samples.collect();
        assert!(!samples.is_empty(), "{start}: no query sees every alert");
        for line in samples {
            assert!(line.ends_with("exp_samples: [] }"), "{start}: {line}");
        }
        assert!(!case.contains("alert_rule_test"), "{start}");
    }
}

#[test]
fn every_rule_is_covered_by_an_end_to_end_test() {
    let severity = |rule: &str| {
        if rule.contains("{ severity: critical }") {
            "critical"
        } else {
            "warning"
        }
    };
    let wanted: BTreeSet<_> = rules()
        .into_iter()
        .map(|(name, rule)| format!("{}: {name}", severity(rule)))
        .collect();
    let broken = |alert: &str| {
        FAULTS
            .iter()
            .any(|faults| faults.contains(&format!("\"{alert} ")))
    };
    let unproven: Vec<_> = wanted.iter().filter(|alert| !broken(alert)).collect();
    assert!(unproven.is_empty(), "{unproven:?}");
}

/// `OutsideinOneProviderLeft` holds back what its zone fails at the nameservers of its provider, and nothing for want of one.
#[test]
fn lost_provider_inhibits_only_its_own_alerts() {
    let directory = Directory::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let mut alertmanager = command("prometheus-alertmanager");
    alertmanager
        .arg(format!("--config.file={DEPLOY}/alertmanager.yml"))
        .arg("--cluster.listen-address=");
    alertmanager.arg(format!(
        "--storage.path={}",
        directory.path().join("data").display()
    ));
    let _alertmanager = Process::start(
        alertmanager.arg(format!("--web.listen-address={address}")),
        directory.path().join("alertmanager.log"),
    );
    let amtool = |arguments: &str| {
        let mut amtool = command("amtool");
        amtool
            .arg(format!("--alertmanager.url=http://{address}"))
            .args(arguments.split(' '));
        amtool.output().expect("amtool runs")
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while !amtool("alert query").status.success() {
        assert!(Instant::now() < deadline, "Alertmanager does not answer");
        std::thread::sleep(Duration::from_millis(100));
    }
    for lost in ["zone=a.test provider=a", "zone=b.test"] {
        assert!(
            amtool(&format!("alert add OutsideinOneProviderLeft {lost}"))
                .status
                .success()
        );
    }
    let failed = [
        "nameserver=told zone=a.test provider=a",
        "nameserver=elsewhere zone=a.test provider=b",
        "nameserver=another zone=c.test provider=a",
        "nameserver=nobodys zone=b.test",
    ];
    for failed in failed {
        assert!(
            amtool(&format!("alert add OutsideinResolutionFailed {failed}"))
                .status
                .success()
        );
    }
    assert!(
        amtool("alert add OutsideinNameserverDown nameserver=down provider=a")
            .status
            .success()
    );
    // An alert is held against the others once the dispatcher has seen it, within group_wait.
    let active_alerts = |which: &str| {
        let active_alerts = amtool(&format!("alert query {which} -o extended"));
        let active_alerts = String::from_utf8(active_alerts.stdout).expect("UTF-8");
        let names = ["told", "elsewhere", "another", "nobodys", "down"];
        names
            .into_iter()
            .filter(|name| active_alerts.contains(&format!("nameserver=\"{name}\"")))
            .collect::<Vec<_>>()
    };
    while active_alerts("--inhibited").is_empty() {
        assert!(
            Instant::now() < deadline.checked_add(Duration::from_mins(1)).expect("soon"),
            "nothing is held back"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(
        (active_alerts("--inhibited"), active_alerts("--active")),
        (
            vec!["told"],
            vec!["elsewhere", "another", "nobodys", "down"]
        )
    );
}

#[test]
fn every_rule_has_complete_annotations() {
    for (name, rule) in rules() {
        assert!(name.starts_with("Outsidein"), "{name}");
        let severity =
            rule.contains("{ severity: critical }") || rule.contains("{ severity: warning }");
        assert!(severity, "{name}");
        for line in [
            "        for: ",
            "          summary: \"",
            "          description: ",
        ] {
            assert!(
                rule.lines().any(|has| has.starts_with(line)),
                "{name} has no line {line:?}"
            );
        }
        let runbook = format!("runbook: docs/alerts.md#{}\n", name.to_lowercase());
        assert!(rule.contains(&runbook), "{name}: {runbook}");
    }
    // A section of more than one word is about all of them.
    let sections = RUNBOOKS.lines().filter_map(|line| line.strip_prefix("## "));
    let runbooks: BTreeSet<_> = sections.filter(|section| !section.contains(' ')).collect();
    assert_eq!(runbooks, names());
}

#[test]
fn every_reason_belongs_to_one_alert() {
    let of_dnssec: BTreeSet<_> = Reason::ALL
        .iter()
        .filter(|reason| reason.is_about_dnssec())
        .collect();
    let of_dnssec: BTreeSet<_> = of_dnssec
        .into_iter()
        .map(|reason| reason.as_str())
        .collect();
    let without_ds: BTreeSet<_> = of_dnssec
        .iter()
        .copied()
        .filter(|reason| *reason != "ds_mismatch")
        .collect();
    let left_out: BTreeSet<_> = of_dnssec
        .iter()
        .copied()
        .chain(["timeout", "local_error"])
        .collect();
    assert_eq!(
        reasons_of("OutsideinResolutionFailed", "reason!~\""),
        left_out,
        "what it leaves to others"
    );
    assert_eq!(
        reasons_of("OutsideinResolutionFailed", "reason=\""),
        BTreeSet::from(["timeout"]),
        "what lasts"
    );
    assert_eq!(
        reasons_of("OutsideinExporterExhausted", "reason=\""),
        BTreeSet::from(["local_error"])
    );
    assert_eq!(
        reasons_of("OutsideinDnssecFailed", "reason=~\""),
        without_ds
    );
    assert_eq!(
        reasons_of("OutsideinDsMismatch", "reason=\""),
        BTreeSet::from(["ds_mismatch"])
    );
}

fn reasons_of(alert: &str, matcher: &str) -> BTreeSet<&'static str> {
    let (_, rule) = rules()
        .into_iter()
        .find(|(name, _)| *name == alert)
        .expect("the rule");
    let alternatives = rule
        .split(matcher)
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("the matcher");
    alternatives.split('|').collect()
}

#[test]
fn every_metric_in_the_rules_exists() {
    let of_probes = ProbeMetric::ALL
        .iter()
        .map(|metric| metric.definition().name);
    let of_exporter = ExporterMetric::ALL
        .iter()
        .map(|metric| metric.definition().name);
    let of_backups = BackupMetric::ALL
        .iter()
        .map(|metric| metric.definition().name);
    let of_metrics = METRICS_BACKUP
        .split_whitespace()
        .filter(|word| word.starts_with("outsidein_metrics_backup_"));
    let known: BTreeSet<_> = of_probes
        .chain(of_exporter)
        .chain(of_backups)
        .chain(of_metrics)
        .chain(FOREIGN)
        .collect();
    let used = RULES.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let prefixes = [
        "probe_",
        "node_",
        "outsidein_key",
        "outsidein_config",
        "outsidein_http",
        "outsidein_build",
        "outsidein_metrics_",
    ];
    let used: BTreeSet<_> = used
        .filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
        .collect();
    assert!(used.len() > 15, "{used:?}");
    let unknown: Vec<_> = used
        .difference(&known)
        .filter(|word| **word != "outsidein_keys")
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
