//! docs/reasons.md is what the code says, its links lead somewhere, and the commands that it names exist.
//! `OUTSIDEIN_BLESS=1` writes it anew.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::Command;

#[test]
fn page_matches_the_reasons() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reasons.md");
    let now = outsidein::reference::reasons_reference();
    if std::env::var_os("OUTSIDEIN_BLESS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    // Not `assert_eq!`, which would print the page twice.
    assert!(
        now == stored,
        "docs/reasons.md is stale: OUTSIDEIN_BLESS=1 cargo test --test in_process reasons_reference"
    );
}

#[test]
fn every_reason_link_resolves() {
    let page = outsidein::reference::reasons_reference();
    let headings: HashSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    let linked = |page: &str, start: &str| -> HashSet<_> {
        page.split(start)
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
            .collect()
    };
    let anchor = |question: &str| {
        let words = question.to_lowercase().replace(' ', "-");
        words
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect::<String>()
    };
    let anchors: HashSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(anchor)
        .collect();
    let all: HashSet<_> = headings.union(&anchors).cloned().collect();
    assert_eq!(
        linked(&page, "](#"),
        all,
        "the links and the headings of docs/reasons.md"
    );
    let metrics = outsidein::reference::metrics_reference();
    assert_eq!(
        linked(&metrics, "](reasons.md#"),
        headings,
        "the list in docs/metrics.md"
    );
}

/// The tools of nameservers whose commands are read, and what makes each say what it knows.
const TOOLS: &[(&str, &[&str])] = &[
    ("knotc", &["--help"]),
    ("keymgr", &["--help"]),
    ("rndc", &[]),
    ("delv", &["-h"]),
    ("dig", &["-h"]),
    ("dnssec-dsfromkey", &["-h"]),
    ("dnssec-settime", &["-h"]),
    ("dnssec-signzone", &["-h"]),
    ("dnssec-verify", &["-h"]),
    ("named-checkconf", &["-h"]),
    ("nsd-control", &["-h"]),
    ("nsd-checkconf", &["-h"]),
    ("nsd-checkzone", &["-h"]),
    ("ldns-signzone", &["-h"]),
    ("ldns-verify-zone", &["-h"]),
    ("pdnsutil", &["--help"]),
    ("pdns_control", &["--help"]),
];

/// pdns_control asks the server what it knows; this is what PowerDNS 4.7.3 answered to `pdns_control help`.
const PDNS_CONTROL: &str =
    "current-config list-zones notify purge rediscover reload retrieve rping show version";

/// What the operator hands to an option or an action, and no help lists; each was tried.
const ARGUMENTS: &[&str] = &["all", "ip-address", "policy"];

#[test]
fn every_documented_command_exists() {
    let page = outsidein::reference::reasons_reference();
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    let mut unknown = Vec::new();
    let mut checked = 0;
    for command in page.split('`').skip(1).step_by(2) {
        let mut words = command.split_whitespace();
        let Some((tool, ask)) = TOOLS
            .iter()
            .find(|(tool, _)| words.clone().next() == Some(tool))
        else {
            continue;
        };
        let help = known.entry(tool).or_insert_with(|| help(tool, ask));
        for word in words.by_ref().skip(1).filter(|word| is_command_word(word)) {
            checked += 1;
            if !says(help, word) {
                unknown.push(format!("`{command}`: {tool} does not know `{word}`"));
            }
        }
    }
    assert!(
        checked > 100,
        "only {checked} words were checked: the reader of commands is broken"
    );
    unknown.sort();
    unknown.dedup();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn every_command_belongs_to_a_known_tool() {
    let page = outsidein::reference::reasons_reference();
    let stray: Vec<_> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|span| span.contains(" example.net"))
        .filter(|span| {
            !TOOLS
                .iter()
                .any(|(tool, _)| span.starts_with(&format!("{tool} ")))
        })
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}

/// What `tool` says that it knows; a tool that is not installed is a failure.
fn help(tool: &str, ask: &[&str]) -> String {
    let output = Command::new(tool).args(ask).output();
    let output = output
        .unwrap_or_else(|error| panic!("{tool} is needed (scripts/test installs it): {error}"));
    let text = [output.stdout, output.stderr].concat();
    let command = if tool == "pdns_control" {
        PDNS_CONTROL
    } else {
        ""
    };
    format!("{}\n{command}", String::from_utf8_lossy(&text))
}

/// Whether `word` is the tool's own, and no name, number, file, type or text that stands for the operator's.
fn is_command_word(word: &str) -> bool {
    let is_own =
        |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '+' | '_') || c.is_ascii_digit();
    !ARGUMENTS.contains(&word)
        && word.chars().all(is_own)
        && word.chars().any(|c| c.is_ascii_lowercase())
}

/// Whether `help` has `word` as a word; `+norecurse` stands there as `+[no]recurse`.
fn says(help: &str, word: &str) -> bool {
    let words = || help.split(|c: char| c.is_whitespace() || "[]()<>{},:=|".contains(c));
    let has = |sought: &str| {
        words().any(|known| known == sought || known.strip_prefix('+') == Some(sought))
    };
    if let Some(keyword) = word.strip_prefix('+') {
        return has(keyword) || keyword.strip_prefix("no").is_some_and(has);
    }
    // `-lntu` is known where each letter is, alone (`-l`) or in a bundle of the usage line (`[-chijlvz]`).
    let bundles = || {
        words()
            .filter_map(|known| known.strip_prefix('-'))
            .filter(|known| !known.starts_with('-'))
    };
    let is_letter = |letter| bundles().any(|bundle| bundle.contains(letter));
    has(word)
        || word
            .strip_prefix('-')
            .is_some_and(|letters| letters.chars().all(is_letter))
}
