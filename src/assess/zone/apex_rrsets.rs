//! RRsets of the apex as servers gave them, in a form in which they can be held against each other.

use std::collections::BTreeSet;

use crate::dns::{Class, Dnskey, Message, Name, Rcode, RrType, Transport, canonical_rdata};
use crate::exchange::{Exchange, Outcome};
use crate::report::ServerReport;

/// The RDATA of an RRset in canonical form (RFC 4034 section 6.2): neither order nor case nor TTL makes a difference.
pub(super) type Records = BTreeSet<Vec<u8>>;

/// Records that are looked at: no apex has more of a type, and a server must not decide what a comparison costs.
const MOST_RECORDS: usize = 256;
/// Names or keys that a detail lists.
const MOST_TOLD: usize = 16;

/// What `server` says its apex has of a type, over whichever transport it said it first.
pub(super) fn by(server: &ServerReport, zone: &Name, rtype: RrType) -> Option<Records> {
    [Transport::Udp, Transport::Tcp]
        .into_iter()
        .find_map(|transport| over(server, zone, rtype, transport))
}

/// The same over UDP and over TCP.
pub(super) fn over_both(
    server: &ServerReport,
    zone: &Name,
    rtype: RrType,
) -> Option<(Records, Records)> {
    over(server, zone, rtype, Transport::Udp).zip(over(server, zone, rtype, Transport::Tcp))
}

/// `None` without an authority's whole answer; an answer that the apex has none of the type is the empty set.
fn over(
    server: &ServerReport,
    zone: &Name,
    rtype: RrType,
    transport: Transport,
) -> Option<Records> {
    let asked = |exchange: &&Exchange| {
        let question = &exchange.query.question;
        exchange.transport == transport && question.rtype == rtype && question.name == *zone
    };
    let last = server.exchanges.iter().rev().find(asked)?;
    match &last.outcome {
        Outcome::Response(message) => records(message, zone, rtype),
        Outcome::Malformed { .. }
        | Outcome::Timeout
        | Outcome::NetworkError(_)
        | Outcome::LocalError(_) => None,
    }
}

fn records(message: &Message, zone: &Name, rtype: RrType) -> Option<Records> {
    if !message.header.aa || message.header.tc || message.rcode != Rcode::NOERROR {
        return None;
    }
    let of_type = message
        .answer
        .iter()
        .filter(|record| record.rtype == rtype && record.class == Class::IN);
    let of_apex: Vec<_> = of_type.filter(|record| record.owner == *zone).collect();
    if of_apex.len() > MOST_RECORDS {
        return Some(too_many());
    }
    let canonical = of_apex.iter().map(|record| {
        let mut rdata = Vec::new();
        canonical_rdata(rtype, message.octets(), record.rdata_range(), &mut rdata).ok()?;
        (!rdata.is_empty()).then_some(rdata)
    });
    canonical.collect()
}

/// Stands for every RRset that is larger than any apex has: another than those that can be compared, whichever it is. It is
/// told by RDATA without an octet, which no record that is looked at has.
fn too_many() -> Records {
    [Vec::new()].into()
}

/// The names of an NS RRset.
pub(super) fn names(records: &Records) -> BTreeSet<Name> {
    records
        .iter()
        .filter_map(|rdata| Name::from_wire(rdata))
        .collect()
}

/// Two RRsets for a person, as short as tells one from the other.
pub(super) fn apart(rtype: RrType, one: &Records, other: &Records) -> (String, String) {
    let short = (
        text(one, |rdata| short(rtype, rdata)),
        text(other, |rdata| short(rtype, rdata)),
    );
    if short.0 != short.1 {
        return short;
    }
    // Keys of one tag, SOAs of one serial.
    (
        text(one, |rdata| in_full(rtype, rdata)),
        text(other, |rdata| in_full(rtype, rdata)),
    )
}

fn text(records: &Records, record_text: impl Fn(&[u8]) -> String) -> String {
    if records.is_empty() {
        return "none".to_owned();
    }
    if *records == too_many() {
        return format!("more than {MOST_RECORDS} records");
    }
    let mut told: Vec<_> = records
        .iter()
        .take(MOST_TOLD)
        .map(|rdata| record_text(rdata))
        .collect();
    match records.len() - told.len() {
        0 => {}
        more => told.push(format!("and {more} more")),
    }
    told.join(", ")
}

fn short(rtype: RrType, rdata: &[u8]) -> String {
    let text = match rtype {
        RrType::NS => Name::from_wire(rdata).map(|name| name.to_string()),
        RrType::DNSKEY => Dnskey::read(rdata)
            .ok()
            .map(|key| format!("key {} ({})", key.key_tag, key.algorithm)),
        RrType::SOA => soa_numbers(rdata).map(|[serial, ..]| format!("serial {serial}")),
        _ => None,
    };
    text.unwrap_or_else(|| data_encoding::HEXLOWER.encode(rdata))
}

fn in_full(rtype: RrType, rdata: &[u8]) -> String {
    let octets = data_encoding::HEXLOWER.encode(rdata);
    match soa_numbers(rdata).filter(|_| rtype == RrType::SOA) {
        Some([serial, refresh, retry, expire, minimum]) => {
            format!(
                "serial {serial}, refresh {refresh}, retry {retry}, expire {expire}, minimum {minimum} ({octets})"
            )
        }
        None => octets,
    }
}

/// The numbers of an SOA, which its names stand before (RFC 1035 section 3.3.13).
fn soa_numbers(rdata: &[u8]) -> Option<[u32; 5]> {
    let octets: &[u8; 20] = rdata.last_chunk()?;
    let mut numbers = [0; 5];
    for (number, octets) in numbers.iter_mut().zip(octets.chunks_exact(4)) {
        *number = octets.try_into().map(u32::from_be_bytes).ok()?;
    }
    Some(numbers)
}
