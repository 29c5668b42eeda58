//! Whether a response answers its question as an authority for the zone must, apart from DNSSEC.

use std::collections::HashMap;

use crate::dns::{
    Class, Message, Name, Question, Rcode, Record, RrType, Section, Transport, canonical_rdata,
};
use crate::plan::Purpose;
use crate::reason::{Failure, Reason};

/// What a response is, once nothing is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerKind {
    /// It holds the data asked for, or the CNAME that stands in its place.
    Positive,
    /// It says that the name has no data of the type (RFC 2308 section 2.2).
    Nodata,
    /// It says that the name does not exist, and that is held valid.
    Nxdomain,
    /// Another rcode that the module holds valid.
    OtherRcode,
}

/// A response that stands: not truncated, not superseded, and an acceptable answer.
pub(super) struct AcceptedAnswer<'e> {
    pub(super) purpose: Purpose,
    pub(super) transport: Transport,
    pub(super) question: &'e Question,
    pub(super) message: &'e Message,
    pub(super) kind: AnswerKind,
    /// The name that the answer is about in the end: where its CNAMEs lead.
    pub(super) final_name: Name,
}

/// Reads `message` as the answer to `question` by an authority for `zone`; every failure that holds is told.
pub(super) fn assess_response(
    message: &Message,
    question: &Question,
    zone: &Name,
    valid_rcodes: &[Rcode],
) -> Result<(AnswerKind, Name), Vec<Failure>> {
    if message.header.tc {
        return Err(vec![Failure::new(
            Reason::Truncated,
            "TC=1 where no larger response can be had",
        )]);
    }
    if !valid_rcodes.contains(&message.rcode) {
        return Err(vec![Failure::new(
            Reason::from_rcode(message.rcode),
            format!("rcode {}", message.rcode),
        )]);
    }
    let chain = follow_cnames(message, question);
    let content = match message.rcode {
        Rcode::NOERROR => assess_content(message, question, &chain, zone),
        Rcode::NXDOMAIN => check_negative_soa(message, zone).map(|()| AnswerKind::Nxdomain),
        _ => return Ok((AnswerKind::OtherRcode, chain.final_name)),
    };
    let not_authoritative = if message.header.aa {
        None
    } else {
        Some(Failure::new(Reason::NotAuthoritative, "AA is not set"))
    };
    match (content, not_authoritative) {
        (Ok(kind), None) => Ok((kind, chain.final_name)),
        (Ok(_), Some(failure)) => Err(vec![failure]),
        // A referral and an answer of another zone say themselves that the server is no authority.
        (Err(failure), not_authoritative) => {
            Err(std::iter::once(failure).chain(not_authoritative).collect())
        }
    }
}

/// NOERROR: the data asked for, at the end of any CNAMEs that the answer holds.
fn assess_content(
    message: &Message,
    question: &Question,
    chain: &CnameChain,
    zone: &Name,
) -> Result<AnswerKind, Failure> {
    if records(message, Section::Answer).next().is_none() {
        return assess_no_data(message, zone);
    }
    if chain.length > 0 && question.name == *zone {
        // RFC 2181 section 10.1: a CNAME stands alone, so no SOA and no DNSKEY stand beside it.
        return Err(Failure::new(
            Reason::ZoneMismatch,
            format!("a CNAME stands at {zone}, so it is no zone's apex"),
        ));
    }
    let data =
        || records(message, Section::Answer).filter(|record| record.owner == chain.final_name);
    let mut asked_for = data()
        .filter(|record| is_asked_for(record.rtype, question.rtype))
        .peekable();
    if asked_for.peek().is_some() {
        return check_readable(message, asked_for)
            .and_then(|()| check_single_soa(message, question, zone))
            .map(|()| AnswerKind::Positive);
    }
    if chain.is_loop {
        return Err(Failure::new(
            Reason::EmptyAnswer,
            "the CNAMEs of the answer lead in a circle",
        ));
    }
    if chain.length > 0 {
        return Ok(assess_alias(message, &chain.final_name, zone));
    }
    match records(message, Section::Answer).find(|record| record.owner != chain.final_name) {
        Some(unrelated) if data().next().is_none() => {
            let detail = format!(
                "asked for {}, the answer is about {}",
                chain.final_name, unrelated.owner
            );
            Err(Failure::new(Reason::AnswerOwnerMismatch, detail))
        }
        _ => Err(Failure::new(
            Reason::EmptyAnswer,
            format!("the answer holds no {} record", question.rtype),
        )),
    }
}

/// The records of a section in class IN: others are no part of the zone.
fn records(message: &Message, section: Section) -> impl Iterator<Item = &Record> {
    message
        .section(section)
        .iter()
        .filter(|record| record.class == Class::IN)
}

/// The CNAME itself answers. Where it leads out of the zone or into a child the authority may stop there (RFC 1034
/// section 4.3.2); only its own SOA says that the name is the zone's and has nothing.
fn assess_alias(message: &Message, final_name: &Name, zone: &Name) -> AnswerKind {
    match records(message, Section::Authority).find(|record| record.rtype == RrType::SOA) {
        Some(soa) if final_name.is_within(zone) && soa.owner == *zone => AnswerKind::Nodata,
        _ => AnswerKind::Positive,
    }
}

/// What was asked for must be readable as its type, whether or not somebody signed it.
fn check_readable<'m>(
    message: &Message,
    mut asked_for: impl Iterator<Item = &'m Record>,
) -> Result<(), Failure> {
    let problem = asked_for.find_map(|record| {
        let result = canonical_rdata(
            record.rtype,
            message.octets(),
            record.rdata_range(),
            &mut Vec::new(),
        );
        result
            .err()
            .map(|error| format!("{} {}: {error}", record.owner, record.rtype))
    });
    problem.map_or(Ok(()), |problem| {
        Err(Failure::new(Reason::MalformedRecord, problem))
    })
}

fn is_asked_for(rtype: RrType, qtype: RrType) -> bool {
    qtype == RrType::ANY || rtype == qtype
}

/// Where the CNAMEs of an answer lead.
struct CnameChain {
    final_name: Name,
    length: usize,
    is_loop: bool,
}

/// Follows the CNAMEs of the answer from the name asked for, each once.
fn follow_cnames(message: &Message, question: &Question) -> CnameChain {
    let mut chain = CnameChain {
        final_name: question.name.clone(),
        length: 0,
        is_loop: false,
    };
    if is_asked_for(RrType::CNAME, question.rtype) {
        return chain;
    }
    let targets: HashMap<_, _> = records(message, Section::Answer)
        .filter(|record| record.rtype == RrType::CNAME)
        .filter_map(|record| Some((&record.owner, alias_target(message, record)?)))
        .collect();
    while let Some(target) = targets.get(&chain.final_name) {
        chain.final_name = target.clone();
        chain.length += 1;
        if chain.length > targets.len() {
            chain.is_loop = true;
            break;
        }
    }
    chain
}

/// The name in the RDATA of a CNAME or DNAME.
pub(super) fn alias_target(message: &Message, record: &Record) -> Option<Name> {
    record.single_name(message).ok()
}

/// An SOA was asked for and came: a zone has one (RFC 2181 section 6.1), and its owner is the apex.
fn check_single_soa(message: &Message, question: &Question, zone: &Name) -> Result<(), Failure> {
    let soas = || records(message, Section::Answer).filter(|record| record.rtype == RrType::SOA);
    if question.rtype != RrType::SOA {
        return Ok(());
    }
    if let Some(foreign_soa) = soas().find(|soa| soa.owner != *zone) {
        return Err(zone_mismatch_failure(foreign_soa, zone));
    }
    let mut rdatas = soas().map(|soa| message.rdata(soa));
    let first = rdatas.next();
    match rdatas.find(|rdata| Some(*rdata) != first) {
        Some(_) => Err(Failure::new(
            Reason::MalformedRecord,
            format!("{zone} has two SOA records"),
        )),
        None => Ok(()),
    }
}

/// NOERROR without an answer: NODATA or a referral, told apart by what the authority section holds (RFC 2308 section 2.2).
fn assess_no_data(message: &Message, zone: &Name) -> Result<AnswerKind, Failure> {
    let authority =
        |rtype| records(message, Section::Authority).find(move |record| record.rtype == rtype);
    match (authority(RrType::SOA), authority(RrType::NS)) {
        (Some(soa), _) if soa.owner == *zone => Ok(AnswerKind::Nodata),
        (Some(soa), _) => Err(zone_mismatch_failure(soa, zone)),
        (None, Some(ns)) => Err(referral_failure(&ns.owner, zone)),
        (None, None) => Err(Failure::new(
            Reason::EmptyAnswer,
            "NOERROR without an answer, an SOA or a referral",
        )),
    }
}

fn referral_failure(to: &Name, zone: &Name) -> Failure {
    let detail = format!("the server refers to {to}");
    if to == zone {
        Failure::new(Reason::SelfReferral, detail)
    } else if to.is_within(zone) {
        Failure::new(Reason::Referral, detail)
    } else {
        Failure::new(Reason::UpwardReferral, detail)
    }
}

/// A negative answer carries the SOA of the zone that it speaks for (RFC 2308 section 3).
fn check_negative_soa(message: &Message, zone: &Name) -> Result<(), Failure> {
    match records(message, Section::Authority).find(|record| record.rtype == RrType::SOA) {
        Some(soa) if soa.owner == *zone => Ok(()),
        Some(soa) => Err(zone_mismatch_failure(soa, zone)),
        None => Err(Failure::new(
            Reason::EmptyAnswer,
            "NXDOMAIN without the zone's SOA",
        )),
    }
}

fn zone_mismatch_failure(soa: &Record, zone: &Name) -> Failure {
    Failure::new(
        Reason::ZoneMismatch,
        format!(
            "asked about the zone {zone}, the SOA is that of {}",
            soa.owner
        ),
    )
}
