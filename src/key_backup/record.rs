//! DNSKEY records in presentation form: what `keymgr ... dnskey` prints, BIND's `K*.key`, a zone file.

use zeroize::Zeroizing;

use crate::dns::{Dnskey, Name};
use crate::dnssec::{AnchorRecord, TrustAnchor};

/// A record, or the line at which it could not be read and why.
pub(super) type RecordResult = Result<(Option<Name>, Dnskey), (usize, String)>;

const MAX_PROBLEM_CHARACTERS: usize = 160;

/// Every DNSKEY record in the text, with its owner if that is written.
pub(super) fn read(text: &str) -> Vec<RecordResult> {
    let mut results = Vec::new();
    for (number, record) in records(text) {
        let Some(record) = dnskey(&record) else {
            continue;
        };
        results.push(match record.parse::<AnchorRecord>() {
            Ok(AnchorRecord {
                owner,
                anchor: TrustAnchor::Dnskey(key),
            }) => Ok((owner, key)),
            Ok(AnchorRecord {
                anchor: TrustAnchor::Ds(_),
                ..
            }) => Err((number, "a DS, not a DNSKEY".to_owned())),
            // A key that is cut short would be quoted whole.
            Err(error) => Err((
                number,
                error
                    .to_string()
                    .chars()
                    .take(MAX_PROBLEM_CHARACTERS)
                    .collect(),
            )),
        });
    }
    results
}

/// Each record on a line of its own with the number of its first: comments end with the line, parentheses do not, and in
/// quotes neither is one (RFC 1035 section 5.1). A parenthesis that is never closed encloses nothing.
fn records(text: &str) -> Vec<(usize, Zeroizing<String>)> {
    let (mut records, mut enclosed) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for (index, line) in text.lines().enumerate() {
        enclosed.push((index + 1, strip_comment(line, &mut depth)));
        if depth == 0 {
            let number = enclosed.first().map_or(index + 1, |&(number, _)| number);
            let lines: Vec<_> = enclosed.iter().map(|(_, line)| line.as_str()).collect();
            let record = Zeroizing::new(lines.join(" "));
            enclosed.clear();
            records.push((number, record));
        }
    }
    records.extend(enclosed);
    records
}

/// A line without its comment and its parentheses, of which `depth` are open before it. It is wiped: a private key in a
/// form that is not known here comes this far.
fn strip_comment(line: &str, depth: &mut usize) -> Zeroizing<String> {
    let mut bare = Zeroizing::new(String::with_capacity(line.len()));
    let mut quoted = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' if !quoted => break,
            '(' if !quoted => *depth += 1,
            ')' if !quoted => *depth = depth.saturating_sub(1),
            '"' => quoted = !quoted,
            _ => {}
        }
        bare.push(if !quoted && matches!(character, '(' | ')') {
            ' '
        } else {
            character
        });
        if character == '\\' {
            bare.extend(characters.next());
        }
    }
    bare
}

/// The record without TTL and class, if DNSKEY is its type, not a type that an RRSIG covers or that an NSEC lists: before it
/// stand an owner, a TTL and a class at the most. An owner in relation to an $ORIGIN that is not known here is none.
fn dnskey(record: &str) -> Option<String> {
    let fields: Vec<_> = record.split_whitespace().collect();
    let type_index = fields
        .iter()
        .position(|field| field.eq_ignore_ascii_case("DNSKEY"))?;
    let (before, data) = fields.split_at(type_index);
    let is_record = type_index <= 3 && before.iter().skip(1).all(|field| is_filler(field));
    let owner = before
        .first()
        .filter(|field| !is_filler(field) && **field != "@");
    is_record.then(|| {
        owner
            .into_iter()
            .chain(data)
            .copied()
            .collect::<Vec<_>>()
            .join(" ")
    })
}

/// A class or a TTL, which may have units: 1h30m.
fn is_filler(field: &str) -> bool {
    let is_of_ttl =
        |octet: u8| octet.is_ascii_digit() || b"smhdw".contains(&octet.to_ascii_lowercase());
    field.eq_ignore_ascii_case("IN")
        || field.starts_with(|c: char| c.is_ascii_digit()) && field.bytes().all(is_of_ttl)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
