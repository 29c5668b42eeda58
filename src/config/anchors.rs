//! Trust anchors as they are written: in probes.json, in a parameter, in a file of records.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dns::Name;
use crate::dnssec::{ROOT_ANCHORS, TrustAnchor, WrittenAnchor};

/// The anchors of the root that are built in.
pub(super) fn of_root() -> (Name, Vec<TrustAnchor>) {
    let anchors = ROOT_ANCHORS.iter().filter_map(|text| text.parse::<WrittenAnchor>().ok());
    (Name::root(), anchors.map(|written| written.anchor).collect())
}

/// Reads a trust anchor of `zone`; an owner that is written must be that.
pub(crate) fn anchor(text: &str, zone: &Name) -> Result<TrustAnchor, String> {
    let written: WrittenAnchor = text.parse().map_err(|error| format!("{text:?}: {error}"))?;
    match written.owner {
        Some(owner) if owner != *zone => Err(format!("{text:?} is an anchor of {owner}, not of {zone}")),
        _ => Ok(written.anchor),
    }
}

/// Reads a file of DS and DNSKEY records, one a line, each with its owner; `;` begins a comment.
pub(super) fn read(path: &Path) -> Result<BTreeMap<Name, Vec<TrustAnchor>>, String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
    let mut anchors: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let record = line.split(';').next().unwrap_or_default().trim();
        if record.is_empty() {
            continue;
        }
        let told = |problem: String| format!("{file}:{}: {problem}", number + 1);
        let written: WrittenAnchor = record.parse().map_err(|error| told(format!("{error}")))?;
        let owner =
            written.owner.ok_or_else(|| told("the name of the zone is missing before the record".to_owned()))?;
        anchors.entry(owner).or_default().push(written.anchor);
    }
    if anchors.is_empty() { Err(format!("{file} holds no DS or DNSKEY record")) } else { Ok(anchors) }
}
