//! Messages as `dig` prints them, for the operator who reads a transcript.

use std::fmt::Write as _;
use std::ops::Range;

use hickory_proto::rr::{RData, RecordType};
use hickory_proto::serialize::binary::{BinDecoder, Restrict};

use super::edns::Edns;
use super::message::{Message, Record};
use super::name::Name;
use super::records::{Dnskey, Rrsig};
use super::registry::RrType;
use super::wire::Cursor;

/// The whole message in dig's form.
pub fn dig_text(message: &Message) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_message(&mut text, message);
    text
}

fn write_message(out: &mut String, message: &Message) -> std::fmt::Result {
    let header = message.header;
    let flags = [
        (header.qr, "qr"),
        (header.aa, "aa"),
        (header.tc, "tc"),
        (header.rd, "rd"),
        (header.ra, "ra"),
        (header.ad, "ad"),
        (header.cd, "cd"),
    ];
    let flags: Vec<_> = flags
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| *name)
        .collect();
    let [question, answer, authority, additional] = header.counts;
    writeln!(
        out,
        ";; ->>HEADER<<- opcode: {}, status: {}, id: {}",
        header.opcode, message.rcode, header.id
    )?;
    writeln!(
        out,
        ";; flags: {}; QUERY: {question}, ANSWER: {answer}, AUTHORITY: {authority}, ADDITIONAL: {additional}",
        flags.join(" ")
    )?;
    if message.trailing_octets > 0 {
        writeln!(
            out,
            ";; WARNING: {} octets after the end of the message",
            message.trailing_octets
        )?;
    }
    if let Some(edns) = &message.edns {
        write_edns(out, edns)?;
    }
    if let Some(question) = &message.question {
        writeln!(out, ";; QUESTION SECTION:\n;{question}")?;
    }
    for (title, records) in [
        ("ANSWER", &message.answer),
        ("AUTHORITY", &message.authority),
        ("ADDITIONAL", &message.additional),
    ] {
        if !records.is_empty() {
            writeln!(out, ";; {title} SECTION:")?;
        }
        for record in records {
            let rdata = rdata_text(message, record);
            writeln!(
                out,
                "{} {} {} {} {rdata}",
                record.owner, record.ttl, record.class, record.rtype
            )?;
        }
    }
    Ok(())
}

fn write_edns(out: &mut String, edns: &Edns) -> std::fmt::Result {
    let flags = if edns.dnssec_ok { " do" } else { "" };
    writeln!(
        out,
        ";; OPT PSEUDOSECTION:\n; EDNS: version: {}, flags:{flags}; udp: {}",
        edns.version, edns.udp_size
    )?;
    if let Some(nsid) = edns.nsid_text() {
        writeln!(out, "; NSID: {}", nsid.escape_debug())?;
    }
    if let Some(expire) = edns.expire {
        writeln!(out, "; EXPIRE: {expire}")?;
    }
    for error in &edns.extended_errors {
        writeln!(
            out,
            "; EDE: {} ({}): ({})",
            error.info_code.0,
            error.info_code,
            error.extra_text.escape_debug()
        )?;
    }
    Ok(())
}

/// RDATA in presentation form; what cannot be read as its type stands as RFC 3597 section 5 writes it.
pub fn rdata_text(message: &Message, record: &Record) -> String {
    text_in(message.octets(), record.rdata_range(), record.rtype)
}

/// As [`rdata_text`], of RDATA whose names are not compressed.
pub fn uncompressed_rdata_text(rtype: RrType, rdata: &[u8]) -> String {
    text_in(rdata, 0..rdata.len(), rtype)
}

fn text_in(octets: &[u8], range: Range<usize>, rtype: RrType) -> String {
    let rdata = octets.get(range.clone()).unwrap_or_default();
    let text = match rtype {
        RrType::RRSIG => rrsig_text(rdata),
        RrType::DNSKEY => dnskey_text(rdata),
        RrType::TXT | RrType::SPF | RrType::HINFO => strings_text(rdata),
        RrType::NSEC => nsec_text(rdata),
        _ => hickory_text(octets, range, rtype),
    };
    text.unwrap_or_else(|| generic_text(rdata))
}

fn hickory_text(octets: &[u8], range: Range<usize>, rtype: RrType) -> Option<String> {
    let start = u16::try_from(range.start).ok()?;
    let length = u16::try_from(range.len()).ok()?;
    let mut decoder = BinDecoder::new(octets.get(..range.end)?).clone(start);
    match RData::read(
        &mut decoder,
        RecordType::from(rtype.0),
        Restrict::new(length),
    )
    .ok()?
    {
        RData::Unknown { .. } | RData::NULL(_) => None,
        known => Some(known.to_string().chars().map(escape_control).collect()),
    }
}

/// A control character in a record must not steer the operator's terminal.
fn escape_control(character: char) -> String {
    if character.is_control() {
        character.escape_unicode().to_string()
    } else {
        character.to_string()
    }
}

/// Character strings, quoted and escaped as RFC 1035 section 5.1 has them.
pub(super) fn strings_text(rdata: &[u8]) -> Option<String> {
    let mut cursor = Cursor::new(rdata);
    let mut strings = Vec::new();
    while !cursor.is_at_end() {
        let length = cursor.u8().ok()?;
        strings.push(quote(cursor.take(usize::from(length)).ok()?));
    }
    (!strings.is_empty()).then(|| strings.join(" "))
}

/// One character string.
pub(super) fn quote(octets: &[u8]) -> String {
    let escaped = octets.iter().map(|&octet| match octet {
        b'"' | b'\\' => format!("\\{}", char::from(octet)),
        b' '..=b'~' => char::from(octet).to_string(),
        _ => format!("\\{octet:03}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn generic_text(rdata: &[u8]) -> String {
    let hex = data_encoding::HEXUPPER.encode(rdata);
    format!("\\# {} {hex}", rdata.len()).trim_end().to_owned()
}

/// RFC 4034 section 4.2: the next name and the types; a type without a mnemonic as `TYPE123`.
fn nsec_text(rdata: &[u8]) -> Option<String> {
    let mut cursor = Cursor::new(rdata);
    let mut words = vec![Name::read_uncompressed(&mut cursor).ok()?.to_string()];
    while !cursor.is_at_end() {
        let window = u16::from(cursor.u8().ok()?) << 8;
        let length = cursor.u8().ok()?;
        let bitmap = cursor.take(usize::from(length)).ok()?;
        let is_set = |bit: &u16| {
            bitmap
                .get(usize::from(bit / 8))
                .is_some_and(|octet| octet & (0x80 >> (bit % 8)) != 0)
        };
        words.extend(
            (0..256)
                .filter(is_set)
                .map(|bit| RrType(window | bit).to_string()),
        );
    }
    Some(words.join(" "))
}

/// RFC 4034 section 2.2, with the key tag behind it as dig has it.
fn dnskey_text(rdata: &[u8]) -> Option<String> {
    let key = Dnskey::read(rdata).ok()?;
    let public_key = base64(&key.public_key);
    Some(format!(
        "{} {} {} {public_key} ; key id = {}",
        key.flags, key.protocol, key.algorithm.0, key.key_tag
    ))
}

/// RFC 4034 section 3.2.
fn rrsig_text(rdata: &[u8]) -> Option<String> {
    let Rrsig {
        type_covered,
        algorithm,
        labels,
        original_ttl,
        expiration,
        inception,
        key_tag,
        signer,
        signature,
    } = Rrsig::read(rdata).ok()?;
    let (expiration, inception, signature) = (date(expiration), date(inception), base64(signature));
    Some(format!(
        "{type_covered} {} {labels} {original_ttl} {expiration} {inception} {key_tag} {signer} {signature}",
        algorithm.0
    ))
}

/// `YYYYMMDDHHmmSS` of the field read as seconds since 1970 (RFC 4034 section 3.2).
pub(super) fn date(field: u32) -> String {
    match jiff::Timestamp::from_second(i64::from(field)) {
        Ok(time) => time.strftime("%Y%m%d%H%M%S").to_string(),
        Err(_) => field.to_string(),
    }
}

pub(super) fn base64(octets: &[u8]) -> String {
    data_encoding::BASE64.encode(octets)
}

#[cfg(test)]
#[path = "presentation_tests.rs"]
mod tests;
