//! The alerts of deploy/: right for promtool and vmalert, each proven to fire and to stay silent, each with its runbook.
//! `tests/programs/outages/` fires those about zones and nameservers by replays, `tests/programs/zone/end_to_end.rs` and
//! `tests/programs/zone/lesser_faults.rs` by breaking real things.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::outages::table::outages;
use crate::process::{Directory, Process, command, run};
use outsidein::reason::Reason;
use outsidein::view::catalog::{BackupMetric, DrillMetric, ExporterMetric, ProbeMetric};

const RULES: &str = concat!(
    include_str!("../../deploy/alerts.yml"),
    include_str!("../../deploy/alerts-host.yml"),
    include_str!("../../deploy/alerts-pager.yml")
);
const FILES: [&str; 3] = ["alerts.yml", "alerts-host.yml", "alerts-pager.yml"];
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
        .args(["check", "rules"])
        .args(FILES)
        .current_dir(DEPLOY));
    run(command("vmalert")
        .arg("-dryRun")
        .args(FILES.map(|file| format!("-rule={file}")))
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
    for rules in FILES {
        assert!(start.contains(&format!("/{rules} ")), "{start}");
    }
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

/// The query that sees every alert, by the name that the files of deploy/alerts_test/ give it.
const FIRED: (&str, &str) = (
    "fired",
    r#"'count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[60d]))'"#,
);
/// The state of one moment.
const FIRING: (&str, &str) = (
    "firing",
    r#"'count by (alertname, severity) (ALERTS{alertstate="firing"})'"#,
);

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
                let is = |(known, expression): (&str, &str)| {
                    query == format!("*{known}")
                        || query == format!("&{known}") && line.contains(expression)
                };
                assert!(is(FIRED) || is(FIRING), "{name}: unknown query: {line}");
                if is(FIRED) {
                    last_for_all = last_for_all.max(time);
                }
            }
            alert = value(" alertname: ").or(alert);
            if let Some((_, labels)) = line.split_once("exp_labels: ") {
                let severity = labels.split("severity: ").nth(1).unwrap_or_default();
                let severity = severity.split([',', ' ']).next().unwrap_or_default();
                fired.insert(format!("{severity}: {}", alert.unwrap_or_default()));
            }
            // What fires at one moment, by name and severity.
            for labels in line.split("labels: '{").skip(1) {
                let label = |key| labels.split(key).nth(1)?.split('"').nth(1);
                if let (Some(alert), Some(severity)) = (label("alertname="), label("severity=")) {
                    fired.insert(format!("{severity}: {alert}"));
                }
            }
        }
        assert!(
            last > 0 && last_for_all == last,
            "{name}: no query sees every alert at its last minute, {last}"
        );
    }
    let unproven: Vec<_> = rules_by_severity()
        .difference(&fired.union(&replayed()).cloned().collect())
        .cloned()
        .collect();
    assert!(
        unproven.is_empty(),
        "no case and no replay makes these fire: {unproven:#?}"
    );
}

/// Each rule as `severity: name`.
fn rules_by_severity() -> BTreeSet<String> {
    let rules = rules().into_iter().map(|(name, rule)| {
        let severity = rule.split("labels: { severity: ").nth(1);
        let severity = severity.and_then(|rest| rest.split_once(" }"));
        format!("{}: {name}", severity.expect("a severity").0)
    });
    rules.collect()
}

/// Those that a replay makes fire, in the same form.
fn replayed() -> BTreeSet<String> {
    let outages = outages();
    let reports = outages.iter().flat_map(|outage| &outage.reports);
    reports
        .map(|report| format!("{}: {}", report.severity, report.alert))
        .collect()
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

const PAGER: [&str; 3] = [
    "critical: OutsideinDrillLost",
    "drill: OutsideinDrill",
    "none: OutsideinWatchdog",
];

/// By real servers in a lab, or by a replay through the real probe.
#[test]
fn every_rule_is_fired_by_something_that_breaks() {
    let is_in_lab = |alert: &str| {
        FAULTS
            .iter()
            .any(|faults| faults.contains(&format!("\"{alert} ")))
    };
    let replayed = replayed();
    let unproven: Vec<_> = rules_by_severity()
        .into_iter()
        .filter(|alert| !is_in_lab(alert) && !replayed.contains(alert))
        .collect();
    // tests/programs/drill.rs breaks the way that alerts take, and hears the watchdog.
    let unproven: Vec<_> = unproven
        .into_iter()
        .filter(|alert| !PAGER.contains(&alert.as_str()))
        .collect();
    // Cases in deploy/alerts_test/ alone: they take days.
    assert_eq!(
        unproven,
        [
            "warning: OutsideinRolloverStuck",
            "warning: OutsideinSignaturesNotRenewed"
        ]
    );
}

/// Prometheus takes the name of a YAML alias for the expression.
#[test]
fn no_expression_is_an_alias() {
    for (name, rule) in rules() {
        let expression = rule
            .lines()
            .find_map(|line| line.trim().strip_prefix("expr: "));
        let expression = expression.expect("an expression");
        assert!(!expression.starts_with(['*', '&']), "{name}: {expression}");
    }
}

/// Alerts that are added first, and one that must be suppressed or not.
struct Inhibition {
    greater: &'static str,
    lesser: &'static str,
    is_suppressed: bool,
}

const fn suppressed(greater: &'static str, lesser: &'static str) -> Inhibition {
    Inhibition {
        greater,
        lesser,
        is_suppressed: true,
    }
}

const fn active(greater: &'static str, lesser: &'static str) -> Inhibition {
    Inhibition {
        greater,
        lesser,
        is_suppressed: false,
    }
}

/// Each row has zones or vantage points of its own, so that no row disturbs another.
const INHIBITIONS: [Inhibition; 20] = [
    suppressed(
        "OutsideinExporterOffline vantage=v1",
        "OutsideinVantagePointCutOff vantage=v1 nameserver=n1 family=ipv4",
    ),
    active(
        "OutsideinExporterOffline vantage=v2",
        "OutsideinVantagePointCutOff vantage=v3 nameserver=n2 family=ipv4",
    ),
    active(
        "OutsideinExporterOffline vantage=v4",
        "OutsideinZoneDown zone=z4 severity=critical",
    ),
    active(
        "OutsideinExporterDown vantage=v5",
        "OutsideinProbesMissing vantage=v5",
    ),
    suppressed(
        "OutsideinExporterFamilyDead vantage=v6 family=ipv6",
        "OutsideinVantagePointCutOff vantage=v6 nameserver=n6 family=ipv6",
    ),
    active(
        "OutsideinExporterFamilyDead vantage=v7 family=ipv6",
        "OutsideinVantagePointCutOff vantage=v7 nameserver=n7 family=ipv4",
    ),
    suppressed(
        "OutsideinZoneDnssecFailed zone=z8",
        "OutsideinDsMismatch zone=z8",
    ),
    suppressed(
        "OutsideinZoneDnssecFailed zone=z9",
        "OutsideinDnssecFailed zone=z9 nameserver=n9 provider=p",
    ),
    active(
        "OutsideinZoneDnssecFailed zone=z10",
        "OutsideinDnssecFailed zone=z11 nameserver=n10 provider=p",
    ),
    active(
        "OutsideinZoneDnssecFailed zone=z12",
        "OutsideinResolutionFailed zone=z12 nameserver=n12 provider=p",
    ),
    suppressed(
        "OutsideinOneProviderLeft zone=z13",
        "OutsideinResolutionFailed zone=z13 nameserver=n13 provider=p",
    ),
    active(
        "OutsideinOneProviderLeft zone=z14",
        "OutsideinNameserverDown nameserver=n14 provider=p severity=critical",
    ),
    suppressed(
        "OutsideinSerialsDiverge severity=critical zone=z15 nameserver=n15",
        "OutsideinSerialsDiverge severity=warning zone=z15 nameserver=n15",
    ),
    active(
        "OutsideinSerialsDiverge severity=critical zone=z16 nameserver=n16",
        "OutsideinSerialsDiverge severity=warning zone=z16 nameserver=n17",
    ),
    active(
        "OutsideinExporterOffline vantage=v20",
        "OutsideinDrill vantage=v20",
    ),
    active(
        "OutsideinExporterDown vantage=v21",
        "OutsideinWatchdog vantage=v21",
    ),
    active(
        "OutsideinExporterDown vantage=v22",
        "OutsideinDrillLost vantage=v22",
    ),
    active(
        "OutsideinProbesMissing severity=critical vantage=v18",
        "OutsideinProbesMissing severity=warning vantage=v19",
    ),
    suppressed(
        "OutsideinDsMismatch zone=z20",
        "OutsideinRolloverTooEarly zone=z20",
    ),
    active(
        "OutsideinRolloverTooEarly zone=z21",
        "OutsideinZoneDnssecFailed zone=z21",
    ),
];

#[test]
fn alertmanager_suppresses_only_what_follows() {
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
    let deadline = Instant::now() + Duration::from_secs(90);
    while !amtool("alert query").status.success() {
        assert!(Instant::now() < deadline, "Alertmanager does not answer");
        std::thread::sleep(Duration::from_millis(100));
    }
    for Inhibition {
        greater, lesser, ..
    } in &INHIBITIONS
    {
        assert!(amtool(&format!("alert add {greater}")).status.success());
        assert!(
            amtool(&format!("alert add {lesser} row={}", row(lesser)))
                .status
                .success()
        );
    }
    let rows = |which: &str| -> BTreeSet<String> {
        let text = amtool(&format!("alert query {which} -o extended")).stdout;
        let text = String::from_utf8(text).expect("UTF-8");
        let rows = text.split("row=\"").skip(1);
        rows.filter_map(|row| Some(row.split_once('"')?.0.to_owned()))
            .collect()
    };
    let expected = |wanted: bool| -> BTreeSet<String> {
        let rows = INHIBITIONS.iter();
        rows.filter(|row| row.is_suppressed == wanted)
            .map(|inhibition| row(inhibition.lesser))
            .collect()
    };
    // Alertmanager evaluates inhibition when it dispatches a group, within group_wait.
    while rows("--inhibited").len() < expected(true).len() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(
        (rows("--inhibited"), rows("--active")),
        (expected(true), expected(false))
    );
}

/// Those that prove the way are sent where docs/drill.md says, and no person is.
#[test]
fn alertmanager_routes_the_proofs_to_their_receivers() {
    for (alert, receiver) in [
        ("OutsideinDrill", "drill"),
        ("OutsideinWatchdog", "watchdog"),
        ("OutsideinDrillLost", "blackhole"),
    ] {
        let mut amtool = command("amtool");
        amtool
            .args(["config", "routes", "test", "--config.file=alertmanager.yml"])
            .arg(format!("alertname={alert}"))
            .current_dir(DEPLOY);
        assert_eq!(run(&mut amtool).trim(), receiver, "{alert}");
    }
}

/// A label that names the row.
fn row(lesser: &str) -> String {
    lesser.replace([' ', '='], "_")
}

#[test]
fn every_rule_has_complete_annotations() {
    for (name, rule) in rules() {
        assert!(name.starts_with("Outsidein"), "{name}");
        // Those of the pager's own proof are no faults: a severity that no route to a person names.
        let severities = match name {
            "OutsideinWatchdog" => ["none"; 2],
            "OutsideinDrill" => ["drill"; 2],
            _ => ["critical", "warning"],
        };
        let severity = severities
            .iter()
            .any(|severity| rule.contains(&format!("{{ severity: {severity} }}")));
        assert!(severity, "{name}");
        // An alias takes another rule's texts.
        if rule.contains("annotations: *") {
            continue;
        }
        for line in ["          summary: \"", "          description: "] {
            assert!(
                rule.lines().any(|has| has.starts_with(line)),
                "{name} has no line {line:?}"
            );
        }
        // `runbook` is the former name of `runbook_url`, for one version.
        for key in ["runbook", "runbook_url"] {
            let link = format!("{key}: docs/alerts.md#{}\n", name.to_lowercase());
            assert!(rule.contains(&link), "{name}: {link}");
        }
        // The dashboard of what the alert is about, as far as its labels say.
        let label = |label: &str| rule.contains(&format!("$labels.{label} "));
        let about = ["zone", "nameserver"]
            .into_iter()
            .find(|about| label(about));
        let query = about.map(|about| format!("?var-{about}={{{{ $labels.{about} | urlquery }}}}"));
        let dashboard = format!("dashboard_url: /d/outsidein{}\n", query.unwrap_or_default());
        assert!(rule.contains(&dashboard), "{name}: {dashboard}");
    }
    // A section of more than one word is about all of them.
    let sections = RUNBOOKS.lines().filter_map(|line| line.strip_prefix("## "));
    let runbooks: BTreeSet<_> = sections.filter(|section| !section.contains(' ')).collect();
    assert_eq!(runbooks, names());
}

#[test]
fn every_reason_in_the_rules_exists() {
    let known: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let matchers = RULES.split("reason=").skip(1);
    let named: BTreeSet<_> = matchers
        .filter_map(|rest| {
            rest.trim_start_matches(['~', '\\', '"'])
                .split(['"', '\\'])
                .next()
        })
        .flat_map(|alternatives| alternatives.split('|'))
        .collect();
    assert!(named.contains("ds_mismatch"), "{named:?}");
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
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
    let of_canary = DrillMetric::ALL
        .iter()
        .map(|metric| metric.definition().name);
    let of_metrics = METRICS_BACKUP
        .split_whitespace()
        .filter(|word| word.starts_with("outsidein_metrics_backup_"));
    let known: BTreeSet<_> = of_probes
        .chain(of_exporter)
        .chain(of_backups)
        .chain(of_metrics)
        .chain(of_canary)
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
        "outsidein_time",
        "outsidein_drill",
    ];
    let used: BTreeSet<_> = used
        .filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
        .collect();
    assert!(used.len() > 15, "{used:?}");
    let unknown: Vec<_> = used
        .difference(&known)
        // The name of a group, and what a rule records.
        .filter(|word| !["outsidein_keys", "probe_dnssec_signature_horizon_seconds"].contains(word))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
