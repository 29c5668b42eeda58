//! Trust anchors as they are written: in probes.json, in a parameter, in a file of records.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dns::Name;
use crate::dnssec::{AnchorRecord, ROOT_ANCHORS, TrustAnchor};

/// The anchors of the root that are built in.
pub(super) fn root_anchors() -> (Name, Vec<TrustAnchor>) {
    let anchors = ROOT_ANCHORS
        .iter()
        .filter_map(|text| text.parse::<AnchorRecord>().ok());
    (Name::root(), anchors.map(|record| record.anchor).collect())
}

/// Reads a trust anchor of `zone`; an owner that is written must be that.
pub(crate) fn parse_anchor(text: &str, zone: &Name) -> Result<TrustAnchor, String> {
    let record: AnchorRecord = text.parse().map_err(|error| format!("{text:?}: {error}"))?;
    match record.owner {
        Some(owner) if owner != *zone => {
            Err(format!("{text:?} is an anchor of {owner}, not of {zone}"))
        }
        _ => Ok(record.anchor),
    }
}

/// Reads a file of DS and DNSKEY records, each with its owner; `;` begins a comment, and parentheses lead over the ends of
/// lines.
pub(super) fn read_file(path: &Path) -> Result<BTreeMap<Name, Vec<TrustAnchor>>, String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
    let mut anchors: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for FileRecord {
        line,
        record,
        is_open,
    } in split_records(&text)
    {
        let error_at_line = |problem: String| format!("{file}:{line}: {problem}");
        if is_open {
            return Err(error_at_line("no ) after (".to_owned()));
        }
        let parsed = record.parse::<AnchorRecord>();
        let anchor_record = parsed.map_err(|error| {
            error_at_line(if names_record_type(&record) {
                format!("{error}")
            } else {
                NOT_A_RECORD.to_owned()
            })
        })?;
        let owner = anchor_record.owner.ok_or_else(|| {
            error_at_line("the name of the zone is missing before the record".to_owned())
        })?;
        anchors.entry(owner).or_default().push(anchor_record.anchor);
    }
    if anchors.is_empty() {
        Err(format!("{file} holds no DS or DNSKEY record"))
    } else {
        Ok(anchors)
    }
}

/// What is said of a line that is no record at all: of another form of file, such as BIND's `trust-anchors { ... };`.
const NOT_A_RECORD: &str = "not a record: one DS or DNSKEY record a line, with its owner";

/// Whether it says of which type it is, so that what is wrong with its data is worth telling.
fn names_record_type(record: &str) -> bool {
    let is_type = |word: &str| {
        ["DS", "DNSKEY"]
            .iter()
            .any(|rtype| word.eq_ignore_ascii_case(rtype))
    };
    record.split_whitespace().any(is_type)
}

/// One record as it stands in a file.
struct FileRecord {
    /// Where it begins.
    line: usize,
    record: String,
    /// Whether a parenthesis in it waits for its other half.
    is_open: bool,
}

fn split_records(text: &str) -> impl Iterator<Item = FileRecord> {
    let mut records: Vec<FileRecord> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let (data, comment) = line.split_once(';').unwrap_or((line, ""));
        let data = if is_active(comment) { data } else { "" };
        let is_open = |before| (before || data.contains('(')) && !data.contains(')');
        let plain = data.replace(['(', ')'], " ");
        match records.last_mut().filter(|record| record.is_open) {
            Some(open_record) => {
                open_record.record.extend([" ", &plain]);
                open_record.is_open = is_open(true);
            }
            None => records.push(FileRecord {
                line: number,
                record: plain,
                is_open: is_open(false),
            }),
        }
    }
    records
        .into_iter()
        .filter(|file_record| !file_record.record.trim().is_empty())
}

/// Unbound follows a zone's keys in such a file (`auto-trust-anchor-file`) and notes the state of each beside it: one that is
/// new and on trial, or was revoked, is no anchor (RFC 5011 section 4.2).
fn is_active(comment: &str) -> bool {
    const VALID: &str = "2";
    const MISSING: &str = "3";
    let mut words = comment
        .split_whitespace()
        .map(|word| word.trim_start_matches(';'));
    let state = words.find_map(|word| word.strip_prefix("state="));
    state.is_none_or(|state| [VALID, MISSING].contains(&state))
}

#[cfg(test)]
#[path = "anchors_tests.rs"]
mod tests;
