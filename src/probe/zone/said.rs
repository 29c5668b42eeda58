//! RRsets of the apex as servers gave them, in a form in which they can be held against each other.

use std::collections::BTreeSet;

use crate::config::Transport;
use crate::dns::{Class, Dnskey, Message, Name, Rcode, RrType, canonical_rdata};
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
    [Transport::Udp, Transport::Tcp].into_iter().find_map(|transport| over(server, zone, rtype, transport))
}

/// The same over UDP and over TCP.
pub(super) fn over_both(server: &ServerReport, zone: &Name, rtype: RrType) -> Option<(Records, Records)> {
    over(server, zone, rtype, Transport::Udp).zip(over(server, zone, rtype, Transport::Tcp))
}

/// `None` without an authority's whole answer; an answer that the apex has none of the type is the empty set.
fn over(server: &ServerReport, zone: &Name, rtype: RrType, transport: Transport) -> Option<Records> {
    let asked = |exchange: &&Exchange| {
        let question = &exchange.query.question;
        exchange.transport == transport && question.rtype == rtype && question.name == *zone
    };
    let last = server.exchanges.iter().rev().find(asked)?;
    match &last.outcome {
        Outcome::Response(message) => records(message, zone, rtype),
        Outcome::Malformed { .. } | Outcome::Timeout | Outcome::NetworkError(_) | Outcome::LocalError(_) => None,
    }
}

fn records(message: &Message, zone: &Name, rtype: RrType) -> Option<Records> {
    if !message.header.aa || message.header.tc || message.rcode != Rcode::NOERROR {
        return None;
    }
    let of_type = message.answer.iter().filter(|record| record.rtype == rtype && record.class == Class::IN);
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
    records.iter().filter_map(|rdata| Name::from_wire(rdata)).collect()
}

/// What tells one RRset from another, for a person.
pub(super) fn text(rtype: RrType, records: &Records) -> String {
    if records.is_empty() {
        return "none".to_owned();
    }
    if *records == too_many() {
        return format!("more than {MOST_RECORDS} records");
    }
    let mut told: Vec<_> = records.iter().take(MOST_TOLD).map(|rdata| record_text(rtype, rdata)).collect();
    match records.len() - told.len() {
        0 => {}
        more => told.push(format!("and {more} more")),
    }
    told.join(", ")
}

fn record_text(rtype: RrType, rdata: &[u8]) -> String {
    let text = match rtype {
        RrType::NS => Name::from_wire(rdata).map(|name| name.to_string()),
        RrType::DNSKEY => Dnskey::read(rdata).ok().map(|key| format!("key {} ({})", key.key_tag, key.algorithm)),
        RrType::SOA => {
            rdata.last_chunk::<20>().map(|[a, b, c, d, ..]| format!("serial {}", u32::from_be_bytes([*a, *b, *c, *d])))
        }
        _ => None,
    };
    text.unwrap_or_else(|| data_encoding::HEXLOWER.encode(rdata))
}
