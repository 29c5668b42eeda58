//! DNSKEY records in presentation form: what `keymgr ... dnskey` prints, BIND's `K*.key`, a zone file.

use crate::dns::{Dnskey, Name};
use crate::dnssec::{TrustAnchor, WrittenAnchor};

/// A record, or the line at which it could not be read and why.
pub(super) type Read = Result<(Option<Name>, Dnskey), (usize, String)>;

const LONGEST_COMPLAINT: usize = 160;

/// Every DNSKEY record in the text, with its owner if that is written.
pub(super) fn read(text: &str) -> Vec<Read> {
    let mut found = Vec::new();
    for (number, record) in records(text) {
        if !is_dnskey(&record) {
            continue;
        }
        found.push(match record.parse::<WrittenAnchor>() {
            Ok(WrittenAnchor { owner, anchor: TrustAnchor::Dnskey(key) }) => Ok((owner, key)),
            Ok(WrittenAnchor { anchor: TrustAnchor::Ds(_), .. }) => Err((number, "a DS, not a DNSKEY".to_owned())),
            // A key that is cut short would be quoted whole.
            Err(error) => Err((number, error.to_string().chars().take(LONGEST_COMPLAINT).collect())),
        });
    }
    found
}

/// Each record on a line of its own with the number of its first: comments end with the line, parentheses do not
/// (RFC 1035 section 5.1).
fn records(text: &str) -> Vec<(usize, String)> {
    let mut records = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.split(';').next().unwrap_or_default();
        let (number, mut record) = open.take().unwrap_or((index + 1, String::new()));
        record.push_str(line);
        record.push(' ');
        if record.matches('(').count() > record.matches(')').count() {
            open = Some((number, record));
        } else {
            records.push((number, record.replace(['(', ')'], " ")));
        }
    }
    // One that is never closed is told by whoever reads it.
    records.extend(open);
    records
}

/// Whether DNSKEY is the record's type, not a type that an RRSIG covers or that an NSEC lists: before it stand an owner,
/// a TTL and a class at the most.
fn is_dnskey(record: &str) -> bool {
    let fields: Vec<_> = record.split_whitespace().collect();
    let Some(place) = fields.iter().position(|field| field.eq_ignore_ascii_case("DNSKEY")) else { return false };
    let is_filler = |field: &&str| field.eq_ignore_ascii_case("IN") || field.starts_with(|c: char| c.is_ascii_digit());
    place <= 3 && fields.iter().take(place).skip(1).all(is_filler)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
