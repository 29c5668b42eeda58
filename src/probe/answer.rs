//! Whether a response answers its question as an authority for the zone must, apart from DNSSEC.

use std::collections::HashSet;

use crate::config::Transport;
use crate::dns::{Message, Name, Question, Rcode, Record, RrType};
use crate::dnssec::Reason;
use crate::report::Failure;

/// What a response is, once nothing is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It holds the data asked for, or the CNAME that stands in its place.
    Positive,
    /// It says that the name does not exist, and the module holds that valid.
    Nxdomain,
    /// The zone has no keys, to our own question for them.
    NoKeys,
    /// Another rcode that the module holds valid.
    OtherRcode,
}

/// A response that stands: not truncated, not superseded, and an acceptable answer.
pub(super) struct Standing<'e> {
    pub(super) transport: Transport,
    pub(super) message: &'e Message,
    pub(super) answer: Answer,
}

/// Reads `message` as the answer to `question` by an authority for `zone`; every failure that holds is told.
pub(super) fn read(
    message: &Message,
    question: &Question,
    zone: &Name,
    valid_rcodes: &[Rcode],
) -> Result<Answer, Vec<Failure>> {
    if message.header.tc {
        return Err(vec![Failure::new(Reason::Truncated, "TC=1 where no larger response can be had")]);
    }
    if !valid_rcodes.contains(&message.rcode) {
        return Err(vec![Failure::new(Reason::of_rcode(message.rcode), format!("rcode {}", message.rcode))]);
    }
    let content = match message.rcode {
        Rcode::NOERROR => content(message, question, zone).map(|()| Answer::Positive),
        Rcode::NXDOMAIN => negative_soa(message, zone).map(|()| Answer::Nxdomain),
        _ => return Ok(Answer::OtherRcode),
    };
    let authoritative =
        if message.header.aa { None } else { Some(Failure::new(Reason::NotAuthoritative, "AA is not set")) };
    match (content, authoritative) {
        (Ok(answer), None) => Ok(answer),
        (Ok(_), Some(failure)) => Err(vec![failure]),
        // A referral and an answer of another zone say themselves that the server is no authority.
        (Err(failure), not_authoritative) => Err(std::iter::once(failure).chain(not_authoritative).collect()),
    }
}

/// NOERROR: the data asked for, at the end of any CNAMEs that the answer holds.
fn content(message: &Message, question: &Question, zone: &Name) -> Result<(), Failure> {
    let records = || message.answer.iter().filter(|record| record.class == question.class);
    if records().next().is_none() {
        return Err(no_data(message, zone));
    }
    let (owner, followed) = follow_cnames(message, question);
    let has_data = records().any(|record| record.owner == owner && is_asked_for(record.rtype, question.rtype));
    if has_data || (followed && !owner.is_within(zone)) {
        return zone_of_soa(message, question, zone);
    }
    if followed {
        // The chain ends inside the zone: in a child zone, or at a name without such data.
        return if has_referral(message) { Ok(()) } else { Err(no_data(message, zone)) };
    }
    match records().find(|record| record.owner != owner) {
        Some(other) if !records().any(|record| record.owner == owner) => {
            let detail = format!("asked for {owner}, the answer is about {}", other.owner);
            Err(Failure::new(Reason::AnswerOwnerMismatch, detail))
        }
        _ => Err(Failure::new(Reason::EmptyAnswer, format!("the answer holds no {} record", question.rtype))),
    }
}

fn is_asked_for(rtype: RrType, qtype: RrType) -> bool {
    qtype == RrType::ANY || rtype == qtype
}

/// The name at which the CNAMEs of the answer end, and whether there were any. Each CNAME is followed once.
fn follow_cnames(message: &Message, question: &Question) -> (Name, bool) {
    let mut owner = question.name.clone();
    let mut seen = HashSet::new();
    if is_asked_for(RrType::CNAME, question.rtype) {
        return (owner, false);
    }
    while seen.insert(owner.clone()) {
        let cname = message.answer.iter().find(|record| record.rtype == RrType::CNAME && record.owner == owner);
        match cname.and_then(|record| target(message, record)) {
            Some(target) => owner = target,
            None => break,
        }
    }
    (owner, seen.len() > 1)
}

/// The name in the RDATA of a CNAME or DNAME.
pub(super) fn target(message: &Message, record: &Record) -> Option<Name> {
    record.single_name(message).ok()
}

/// An SOA was asked for and one came: it must be that of the zone (RFC 1035 section 3.3.13: its owner is the apex).
fn zone_of_soa(message: &Message, question: &Question, zone: &Name) -> Result<(), Failure> {
    let is_soa = |record: &&Record| record.rtype == RrType::SOA;
    match message.answer.iter().filter(|_| question.rtype == RrType::SOA).find(is_soa) {
        Some(soa) if soa.owner != *zone => Err(zone_mismatch(soa, zone)),
        _ => Ok(()),
    }
}

/// NOERROR without an answer: NODATA or a referral, told apart by what the authority section holds (RFC 2308 section 2.2).
fn no_data(message: &Message, zone: &Name) -> Failure {
    let authority = |rtype| message.authority.iter().find(move |record| record.rtype == rtype);
    match (authority(RrType::SOA), authority(RrType::NS)) {
        (Some(soa), _) if soa.owner == *zone => {
            Failure::new(Reason::NoData, "NODATA: the name has no data of this type")
        }
        (Some(soa), _) => zone_mismatch(soa, zone),
        (None, Some(ns)) => referral(&ns.owner, zone),
        (None, None) => Failure::new(Reason::EmptyAnswer, "NOERROR without an answer, an SOA or a referral"),
    }
}

fn referral(to: &Name, zone: &Name) -> Failure {
    let detail = format!("the server refers to {to}");
    if to == zone {
        Failure::new(Reason::SelfReferral, detail)
    } else if to.is_within(zone) {
        Failure::new(Reason::Referral, detail)
    } else {
        Failure::new(Reason::UpwardReferral, detail)
    }
}

fn has_referral(message: &Message) -> bool {
    let authority = |rtype| message.authority.iter().any(|record| record.rtype == rtype);
    authority(RrType::NS) && !authority(RrType::SOA)
}

/// A negative answer carries the SOA of the zone that it speaks for (RFC 2308 section 3).
fn negative_soa(message: &Message, zone: &Name) -> Result<(), Failure> {
    match message.authority.iter().find(|record| record.rtype == RrType::SOA) {
        Some(soa) if soa.owner == *zone => Ok(()),
        Some(soa) => Err(zone_mismatch(soa, zone)),
        None => Err(Failure::new(Reason::EmptyAnswer, "NXDOMAIN without the zone's SOA")),
    }
}

fn zone_mismatch(soa: &Record, zone: &Name) -> Failure {
    Failure::new(Reason::ZoneMismatch, format!("asked about the zone {zone}, the SOA is that of {}", soa.owner))
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
