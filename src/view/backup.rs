//! A comparison of a key backup: for an operator, as JSON, and for node_exporter's textfile collector.

use std::fmt::{self, Display, Write as _};
use std::net::SocketAddr;

use prometheus::{GaugeVec, Opts, Registry, TextEncoder};

use super::catalog::BackupMetric as M;
use super::formatting::{count_with_noun, printable, unix_time};
use super::table::{EMPTY_CELL, Table};
use crate::dnssec::SecurityStatus;
use crate::key_backup::{
    BackupComparison, BackupVerdict, KeyRow, KeyState, LiveServer, PrivateHalf,
};
use crate::report::KeyRole;

/// What an operator reads: the verdict first.
pub fn backup_text(comparison: &BackupComparison) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_comparison(&mut out, comparison);
    out
}

/// The whole comparison.
pub fn backup_json(comparison: &BackupComparison) -> String {
    // A comparison holds no map with keys other than text and no number that JSON lacks, so this cannot fail.
    let mut json = serde_json::to_string_pretty(comparison).unwrap_or_default();
    json.push('\n');
    json
}

/// What a collector reads: what could not be told is absent, and the time is there all the same, so that a former success
/// does not stand.
pub fn backup_prometheus(comparison: &BackupComparison) -> String {
    // Registering and encoding fail for names that are none, which would fail every test of this view.
    metrics(comparison).unwrap_or_default()
}

fn metrics(comparison: &BackupComparison) -> Result<String, prometheus::Error> {
    let registry = Registry::new();
    // As scrape jobs and probes.json have it, so that series can be joined; the root is a dot.
    let zone = comparison
        .zone
        .strip_suffix('.')
        .filter(|zone| !zone.is_empty())
        .unwrap_or(&comparison.zone);
    let complete = match comparison.verdict {
        BackupVerdict::Complete => Some(1.0),
        BackupVerdict::Incomplete => Some(0.0),
        BackupVerdict::Undecided(_) => None,
    };
    if let Some(complete) = complete {
        let keys = family(&registry, M::Keys)?;
        for state in KeyState::ALL {
            keys.with_label_values(&[zone, state.as_str()])
                .set(count(comparison, *state));
        }
        family(&registry, M::Complete)?
            .with_label_values(&[zone])
            .set(complete);
    }
    family(&registry, M::Timestamp)?
        .with_label_values(&[zone])
        .set(unix_time(comparison.at));
    TextEncoder::new().encode_to_string(&registry.gather())
}

fn family(registry: &Registry, metric: M) -> Result<GaugeVec, prometheus::Error> {
    let definition = metric.definition();
    let labels: Vec<_> = definition.labels.iter().map(|label| label.name).collect();
    let family = GaugeVec::new(Opts::new(definition.name, definition.help), &labels)?;
    registry.register(Box::new(family.clone()))?;
    Ok(family)
}

fn count(comparison: &BackupComparison, state: KeyState) -> f64 {
    let count = comparison
        .keys
        .iter()
        .filter(|row| row.state == state)
        .count();
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

fn write_comparison(out: &mut String, comparison: &BackupComparison) -> fmt::Result {
    write_headline(out, comparison)?;
    let BackupComparison { zone, at, .. } = comparison;
    writeln!(out, "\nzone      {zone}\ncompared  at {at}")?;
    write_table(out, &keys(&comparison.keys));
    write_table(out, &servers(&comparison.servers));
    write_table(out, &unreadable(comparison));
    let notes = notes(comparison);
    if !notes.is_empty() {
        writeln!(out)?;
    }
    notes
        .iter()
        .try_for_each(|note| writeln!(out, "  note: {note}"))
}

fn write_headline(out: &mut String, comparison: &BackupComparison) -> fmt::Result {
    let zone = &comparison.zone;
    let count_states = |states: &[KeyState]| {
        comparison
            .keys
            .iter()
            .filter(|row| states.contains(&row.state))
            .count()
    };
    let live = count_states(&[
        KeyState::LiveOnly,
        KeyState::InBackupAndLive,
        KeyState::OtherSigner,
    ]);
    match &comparison.verdict {
        BackupVerdict::Complete => {
            let other_signers = match count_states(&[KeyState::OtherSigner]) {
                0 => String::new(),
                other_signers => format!(" or another signer's ({other_signers})"),
            };
            writeln!(
                out,
                "COMPLETE    every live key of {zone} is in the backup{other_signers}: {live} of {live}"
            )
        }
        BackupVerdict::Incomplete => write_incomplete(out, comparison, live),
        BackupVerdict::Undecided(reasons) => {
            writeln!(
                out,
                "UNTOLD      whether every live key of {zone} is in the backup could not be told"
            )?;
            reasons
                .iter()
                .try_for_each(|reason| writeln!(out, "            {reason}"))
        }
    }
}

/// Which of the `live` keys are missing, and what losing the host means.
fn write_incomplete(out: &mut String, comparison: &BackupComparison, live: usize) -> fmt::Result {
    let missing: Vec<_> = comparison
        .keys
        .iter()
        .filter(|row| row.state == KeyState::LiveOnly)
        .collect();
    let tags: Vec<_> = missing
        .iter()
        .filter_map(|row| row.key_tag)
        .map(|tag| tag.to_string())
        .collect();
    let (tags, verb) = (
        tags.join(", "),
        if missing.len() == 1 { "is" } else { "are" },
    );
    let keys = count_with_noun(live, "live key");
    writeln!(
        out,
        "INCOMPLETE  {} of {keys} of {} {verb} not in the backup: {tags}",
        missing.len(),
        comparison.zone
    )?;
    let parent_note = if missing.iter().any(|row| row.ds == Some(true)) {
        ", with a new DS at the parent"
    } else {
        ""
    };
    writeln!(
        out,
        "            losing the host now means an emergency rollover{parent_note}"
    )
}

fn write_table(out: &mut String, table: &Table) {
    let mut lines = String::new();
    table.write(&mut lines, "  ");
    if !lines.is_empty() {
        out.push('\n');
        out.push_str(&lines);
    }
}

/// Private keys that name no zone are told in a note: a KASP may have those of a thousand zones.
fn keys(rows: &[KeyRow]) -> Table {
    let mut table = Table::new(&[
        "key",
        "role",
        "algorithm",
        "bits",
        "state",
        "DS",
        "private half",
        "in the backup at",
    ]);
    for row in rows.iter().filter(|row| row.state != KeyState::Unassigned) {
        let private_half = row.private_half.map(|half| match half {
            PrivateHalf::Held => "held",
            PrivateHalf::NotShown => "not shown",
            PrivateHalf::Missing => "missing",
        });
        table.add_row([
            or_empty_cell(row.key_tag),
            or_empty_cell(row.role.map(KeyRole::as_str)),
            or_empty_cell(row.algorithm),
            or_empty_cell(row.bits),
            row.state.as_str().to_owned(),
            or_empty_cell(row.ds.map(|ds| if ds { "yes" } else { "no" })),
            or_empty_cell(private_half),
            or_empty_cell(row.files.first().map(|file| printable(file))),
        ]);
    }
    table
}

fn servers(servers: &[LiveServer]) -> Table {
    let mut table = Table::new(&["server", "address", "keys", "status", "what is wrong"]);
    for server in servers {
        table.add_row([
            printable(&server.target),
            or_empty_cell(
                server
                    .address
                    .map(|address| SocketAddr::new(address, server.port)),
            ),
            or_empty_cell(server.answered.then_some(server.keys)),
            or_empty_cell(server.status.map(SecurityStatus::as_str)),
            or_empty_cell(server.problem.as_deref().map(printable)),
        ]);
    }
    table
}

fn unreadable(comparison: &BackupComparison) -> Table {
    let mut table = Table::new(&["not read", "why"]);
    for unreadable in &comparison.unreadable {
        table.add_row([printable(&unreadable.file), printable(&unreadable.problem)]);
    }
    table
}

fn notes(comparison: &BackupComparison) -> Vec<String> {
    let mut notes = backup_notes(comparison);
    notes.extend(live_notes(comparison));
    notes
}

/// What is to be said of the keys in the backup.
fn backup_notes(comparison: &BackupComparison) -> Vec<String> {
    let rows = &comparison.keys;
    let mut notes = Vec::new();
    let mut note = |holds: bool, text: String| {
        if holds {
            notes.push(text);
        }
    };
    let any_key_has = |half| rows.iter().any(|row| row.private_half == Some(half));
    let not_shown = "of some keys a record alone was given, which does not show that their private half is in the backup";
    note(any_key_has(PrivateHalf::NotShown), not_shown.to_owned());
    let missing =
        "of some keys the folder holds the record without the private half, which is of no use";
    note(any_key_has(PrivateHalf::Missing), missing.to_owned());
    let unassigned = rows
        .iter()
        .filter(|row| row.state == KeyState::Unassigned)
        .count();
    let known_alone = "private keys in the backup that are not live and name no zone (retired, unpublished, or another zone's)";
    note(unassigned > 0, format!("{known_alone}: {unassigned}"));
    let has_keys =
        rows.iter().any(|row| row.private_half.is_some()) || !comparison.unreadable.is_empty();
    let files = count_with_noun(comparison.other_files, "other file");
    note(
        !has_keys,
        format!("the backup holds no key at all ({files})"),
    );
    notes
}

/// What is to be said of the live keys, and of the servers that were asked for them.
fn live_notes(comparison: &BackupComparison) -> Vec<String> {
    let mut notes = Vec::new();
    for ds in &comparison.ds_without_key {
        notes.push(format!("no key that is live or in the backup fits {ds}"));
    }
    for tag in &comparison.other_signers_not_used {
        notes.push(format!(
            "--other-signer {tag} names no live key that is missing from the backup, or more than one"
        ));
    }
    let silent = comparison
        .servers
        .iter()
        .filter(|server| !server.answered)
        .count();
    if silent > 0 {
        let servers = count_with_noun(comparison.servers.len(), "server");
        notes.push(format!(
            "of {servers} {silent} did not say which keys the zone has"
        ));
    }
    let is_indeterminate = comparison
        .servers
        .iter()
        .filter_map(|server| server.status)
        .any(|status| matches!(status, SecurityStatus::Indeterminate(_)));
    if is_indeterminate {
        let no_anchor = "nobody vouches for the live keys: give --anchor, or trust_anchors or a trust resolver in probes.json";
        notes.push(no_anchor.to_owned());
    }
    notes
}

fn or_empty_cell(value: Option<impl Display>) -> String {
    value.map_or_else(|| EMPTY_CELL.to_owned(), |value| value.to_string())
}
