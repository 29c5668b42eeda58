//! The rules files of deploy/ as operators change them, and as other evaluators read them: links, rules that are left out, ranges that do
//! not include their left edge, recording rules.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Directory, command, run};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");
const PAGE: &str = include_str!("../../docs/alerts.md");
const ALERTS: &str = include_str!("../../deploy/alerts.yml");
const HOST_ALERTS: &str = include_str!("../../deploy/alerts-host.yml");

/// Copies files of deploy/, with their text changed.
fn copy(directory: &Path, names: &[&str], change: impl Fn(&str) -> String) {
    fs::create_dir_all(directory.join("alerts_test")).expect("a folder");
    for name in names {
        let text = fs::read_to_string(format!("{DEPLOY}/{name}")).expect("a file of deploy/");
        fs::write(directory.join(name), change(&text)).expect("a copy");
    }
}

/// promtool and vmalert take the rules.
fn accept(rules: &[PathBuf]) {
    run(command("promtool").args(["check", "rules"]).args(rules));
    let rules = rules.iter().map(|path| format!("-rule={}", path.display()));
    run(command("vmalert").arg("-dryRun").args(rules));
}

/// The command of docs/alerts.md that begins with `start`, without its prompt.
fn documented(start: &str) -> String {
    let whole = PAGE
        .split("```console\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .map(|block| block.replace("\\\n", " "))
        .find_map(|block| {
            let line = block
                .lines()
                .find_map(|line| line.strip_prefix("# ")?.strip_prefix(start));
            line.map(|rest| format!("{start}{rest}"))
        });
    whole.unwrap_or_else(|| panic!("docs/alerts.md has no command {start:?}"))
}

fn shell(command: &str, directory: &Path) {
    run(Command::new("/bin/sh")
        .args(["-euc", command])
        .current_dir(directory));
}

#[test]
fn documented_command_sets_every_link() {
    let directory = Directory::new();
    copy(
        directory.path(),
        &["alerts.yml", "alerts-host.yml", "alerts-pager.yml"],
        str::to_owned,
    );
    let set = documented("sed ").replace("/etc/outsidein/", "");
    // Again, as after a mistake: nothing is set twice.
    for _ in 0..2 {
        shell(&set, directory.path());
        let files = ["alerts.yml", "alerts-host.yml", "alerts-pager.yml"]
            .map(|name| directory.path().join(name));
        accept(&files);
        let texts = files.map(|file| fs::read_to_string(file).expect("a file"));
        for (key, base) in [
            (
                "runbook_url: ",
                "https://git.example.net/outsidein/docs/alerts.md#outsidein",
            ),
            ("dashboard_url: ", "https://grafana.example.net/d/outsidein"),
        ] {
            let links: Vec<_> = texts
                .iter()
                .flat_map(|text| text.split(key).skip(1))
                .collect();
            assert!(links.len() > 50, "{}", links.len());
            assert!(links.iter().all(|link| link.starts_with(base)), "{links:?}");
        }
    }
}

#[test]
fn any_rule_can_be_left_out_by_the_documented_command() {
    let alerts = |text: &str| -> BTreeSet<String> {
        let rules = text.split("      - alert: ").skip(1);
        rules
            .filter_map(|rule| rule.lines().next().map(str::to_owned))
            .collect()
    };
    let leave_out = documented("awk ").replace("/etc/outsidein/", "");
    let named = leave_out.split('\'').nth(1).expect("the names");
    let all = alerts(ALERTS);
    assert!(named.split('|').all(|name| all.contains(name)), "{named}");
    let directory = Directory::new();
    fs::create_dir(directory.path().join("deploy")).expect("a folder");
    fs::write(directory.path().join("deploy/alerts.yml"), ALERTS).expect("a copy");
    let mut lists: Vec<_> = all.iter().map(String::as_str).collect();
    lists.push(named);
    for names in lists {
        shell(&leave_out.replace(named, names), directory.path());
        let file = directory.path().join("alerts.yml");
        let kept = alerts(&fs::read_to_string(&file).expect("what awk wrote"));
        let left_out: Vec<_> = all.difference(&kept).map(String::as_str).collect();
        let mut wanted: Vec<_> = names.split('|').collect();
        wanted.sort_unstable();
        assert_eq!(left_out, wanted);
        accept(&[file]);
    }
}

/// The job `other` of a shared database is somebody else's.
#[test]
fn host_rules_read_only_the_jobs_that_they_name() {
    let selectors = |rules: &str, name: &str| -> Vec<String> {
        let code: String = rules
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .collect();
        let begin = format!("{name}{{");
        let found = code.match_indices(&begin);
        found
            .filter_map(|(at, _)| code[at..].split('}').next().map(str::to_owned))
            .collect()
    };
    for metric in [
        "up",
        "node_filesystem_avail_bytes",
        "node_filesystem_size_bytes",
    ] {
        let found = selectors(HOST_ALERTS, metric);
        assert_eq!(
            HOST_ALERTS
                .lines()
                .filter(|line| !line.trim_start().starts_with('#'))
                .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
                .filter(|word| *word == metric)
                .count(),
            found.len(),
            "{metric} without a selector"
        );
        assert!(
            !found.is_empty() && found.iter().all(|found| found.contains("job=~\"node\"")),
            "{found:?}"
        );
    }
    // The other rules about targets read the two jobs of outsidein, and no metric of a host.
    let found = selectors(ALERTS, "up");
    assert!(
        found.len() > 5
            && found
                .iter()
                .all(|found| found.contains("job=\"outsidein")
                    || found.contains("job=\\\"outsidein")),
        "{found:?}"
    );
    assert!(!ALERTS.contains("node_"));
}

/// Each range of PromQL in `text` without its left edge: samples lie at whole seconds, so a millisecond less leaves out that one alone.
fn left_open(text: &str) -> String {
    let mut changed = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        changed.push_str(before);
        changed.push('[');
        let length = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let unit = match after[length..].get(..1) {
            Some("s") => 1,
            Some("m") => 60,
            Some("h") => 3600,
            Some("d") => 86_400,
            _ => 0,
        };
        let is_range = matches!(after.get(length + 1..length + 2), Some("]" | ":"));
        match after[..length].parse::<u64>() {
            Ok(count) if unit > 0 && is_range => {
                // Writing to a String cannot fail.
                let _ = write!(changed, "{}ms", count * unit * 1000 - 1);
                rest = &after[length + 1..];
            }
            _ => rest = after,
        }
    }
    changed + rest
}

/// Prometheus 3 and MetricsQL leave the left edge of a range out, Debian's Prometheus 2 does not.
#[test]
fn no_alert_test_depends_on_the_left_edge_of_a_range() {
    assert_eq!(
        left_open("a[10m] b[1h:1m] c [x] [0-9m] d[21d] offset 7d"),
        "a[599999ms] b[3599999ms:1m] c [x] [0-9m] d[1814399999ms] offset 7d"
    );
    let directory = Directory::new();
    let tests: Vec<String> = fs::read_dir(format!("{DEPLOY}/alerts_test"))
        .expect("the folder")
        .map(|file| {
            let name = file.expect("a file").file_name();
            format!("alerts_test/{}", name.to_string_lossy())
        })
        .chain(RECORDING_TESTS.map(str::to_owned))
        .collect();
    let rules = [
        "alerts.yml",
        "alerts-host.yml",
        "alerts-pager.yml",
        "recording.yml",
    ];
    copy(directory.path(), &rules, left_open);
    let tests: Vec<_> = tests.iter().map(String::as_str).collect();
    copy(directory.path(), &tests, str::to_owned);
    std::thread::scope(|scope| {
        for test in tests {
            let path = directory.path().join(test);
            scope.spawn(move || run(command("promtool").args(["test", "rules"]).arg(path)));
        }
    });
}

/// The clock of vmalert-tool starts at 2000-01-01, that of promtool at 0.
#[test]
fn only_one_alert_test_file_has_dates() {
    let rules = ALERTS
        .split("      - alert: ")
        .filter(|rule| rule.contains("time()") || rule.contains("timestamp("));
    let words = rules.flat_map(|rule| rule.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    let dates: BTreeSet<_> = words
        .filter(|word| word.ends_with("_timestamp_seconds") || *word == "outsidein_time_seconds")
        .collect();
    assert!(dates.len() >= 4, "{dates:?}");
    let mut with_dates = Vec::new();
    for file in fs::read_dir(format!("{DEPLOY}/alerts_test")).expect("the folder") {
        let path = file.expect("a file").path();
        let text = fs::read_to_string(&path).expect("text");
        if dates
            .iter()
            .any(|metric| text.contains(&format!("{metric}{{")))
        {
            with_dates.push(path.file_name().expect("a name").to_owned());
        }
    }
    assert_eq!(with_dates, ["dates.yml"]);
}

const RECORDING_TESTS: [&str; 2] = ["recording_test.yml", "recording_days_test.yml"];

#[test]
fn recording_rules_are_accepted_and_record_what_they_say() {
    accept(&[Path::new(DEPLOY).join("recording.yml")]);
    for test in RECORDING_TESTS {
        run(command("promtool")
            .args(["test", "rules", test])
            .current_dir(DEPLOY));
    }
}

/// Each record is on the page that says how to read it, or is read by another rule.
#[test]
fn recorded_series_are_documented() {
    let (rules, page) = (
        include_str!("../../deploy/recording.yml"),
        include_str!("../../docs/availability.md"),
    );
    let records: Vec<_> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- record: "))
        .collect();
    assert!(records.len() > 20);
    for record in &records {
        let is_read = rules.matches(record).count() > 1;
        let (name, operation) = record.rsplit_once(':').expect("level:metric:operation");
        let is_on_page = page.contains(record)
            || page.contains(&format!("...:{operation}`")) && page.contains(&format!("`{name}:"));
        assert!(is_read || is_on_page, "docs/availability.md: {record}");
    }
    let words = page.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    for word in words.filter(|word| word.matches(':').count() == 2 && word.contains("probe_")) {
        assert!(records.contains(&word), "{word} is not recorded");
    }
}
