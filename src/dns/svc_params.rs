//! The parameters of SVCB and HTTPS (RFC 9460) in the words of the library that `record_line` prints as.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::presentation::base64;
use super::wire::Cursor;

/// Names of the keys that the library knows, by number; it has `keyNNN` for others.
const KEYS: [&str; 8] = [
    "mandatory",
    "alpn",
    "no-default-alpn",
    "port",
    "ipv4hint",
    "ech",
    "ipv6hint",
    "dohpath",
];

/// ` key="value"` for each parameter that is left, parted by blanks.
pub(super) fn format_parameters(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut parameters = Vec::new();
    while !cursor.is_at_end() {
        let (key, length) = (cursor.u16().ok()?, cursor.u16().ok()?);
        let value = format_value(key, cursor.take(usize::from(length)).ok()?)?;
        parameters.push(format!("{}=\"{value}\"", key_name(key)));
    }
    Some(parameters.join(" "))
}

fn key_name(key: u16) -> String {
    KEYS.get(usize::from(key))
        .map_or_else(|| format!("key{key}"), ToString::to_string)
}

fn format_value(key: u16, octets: &[u8]) -> Option<String> {
    let cursor = &mut Cursor::new(octets);
    Some(match key {
        0 => read_list(cursor, |cursor| Some(key_name(cursor.u16().ok()?)))?,
        1 => read_list(cursor, |cursor| {
            let length = cursor.u8().ok()?;
            Some(
                cursor
                    .take(usize::from(length))
                    .ok()?
                    .iter()
                    .map(|&octet| escape_list_octet(octet))
                    .collect(),
            )
        })?,
        2 if octets.is_empty() => String::new(),
        3 => u16::from_be_bytes(octets.try_into().ok()?).to_string(),
        4 => read_list(cursor, |cursor| {
            Some(Ipv4Addr::from(cursor.u32().ok()?).to_string())
        })?,
        5 => base64(octets),
        6 => read_list(cursor, |cursor| {
            Some(Ipv6Addr::from(<[u8; 16]>::try_from(cursor.take(16).ok()?).ok()?).to_string())
        })?,
        _ => octets.iter().map(|&octet| escape_octet(octet)).collect(),
    })
}

/// What the octets hold one after the other, parted by commas.
fn read_list(
    cursor: &mut Cursor<'_>,
    mut read: impl FnMut(&mut Cursor<'_>) -> Option<String>,
) -> Option<String> {
    let mut values = Vec::new();
    while !cursor.is_at_end() {
        values.push(read(cursor)?);
    }
    Some(values.join(","))
}

/// An octet of a value that stands in a list: what parts or escapes there is escaped twice (RFC 9460 appendix A.1).
fn escape_list_octet(octet: u8) -> String {
    match octet {
        b',' => r"\\\044".to_owned(),
        b'\\' => r"\\\092".to_owned(),
        _ => escape_octet(octet),
    }
}

fn escape_octet(octet: u8) -> String {
    match octet {
        b'"' | b';' | b' ' | b'\\' => format!("\\{}", char::from(octet)),
        b'!'..=b'~' => char::from(octet).to_string(),
        _ => format!("\\{octet:03}"),
    }
}
