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

/// Each record on a line of its own with the number of its first: comments end with the line, parentheses do not, and in
/// quotes neither is one (RFC 1035 section 5.1). A parenthesis that is never closed encloses nothing.
fn records(text: &str) -> Vec<(usize, String)> {
    let (mut records, mut enclosed) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for (index, line) in text.lines().enumerate() {
        enclosed.push((index + 1, bare(line, &mut depth)));
        if depth == 0 {
            let number = enclosed.first().map_or(index + 1, |&(number, _)| number);
            let lines: Vec<_> = enclosed.drain(..).map(|(_, line)| line).collect();
            records.push((number, lines.join(" ")));
        }
    }
    records.extend(enclosed);
    records
}

/// A line without its comment and its parentheses, of which `depth` are open before it.
fn bare(line: &str, depth: &mut usize) -> String {
    let (mut bare, mut quoted) = (String::new(), false);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' if !quoted => break,
            '(' if !quoted => *depth += 1,
            ')' if !quoted => *depth = depth.saturating_sub(1),
            '"' => quoted = !quoted,
            _ => {}
        }
        bare.push(if !quoted && matches!(character, '(' | ')') { ' ' } else { character });
        if character == '\\' {
            bare.extend(characters.next());
        }
    }
    bare
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
