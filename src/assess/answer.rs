//! Whether a response answers its question as an authority for the zone must, apart from DNSSEC.

use std::collections::HashMap;

use crate::dns::{
    Class, Message, Name, Question, Rcode, Record, RrType, Rrset, Section, Serial, Transport,
    canonical_rdata,
};
use crate::exchange::Exchange;
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

/// A response that DNSSEC can be judged by: not truncated, not superseded, and an authority's answer to the question.
pub(super) struct AcceptedAnswer<'e> {
    pub(super) purpose: Purpose,
    pub(super) transport: Transport,
    pub(super) question: &'e Question,
    pub(super) message: &'e Message,
    /// The RRsets of the answer section.
    pub(super) rrsets: Vec<Rrset<'e>>,
    pub(super) kind: AnswerKind,
    /// The name that the answer is about in the end: where its CNAMEs lead.
    pub(super) final_name: Name,
    /// The name asked for and each name that the CNAMEs lead to.
    pub(super) names: Vec<Name>,
    /// Whether it fails for its form alone, such as a denial without the SOA: its DNSSEC status is determined all the same.
    pub(super) faulty: bool,
}

impl AcceptedAnswer<'_> {
    /// The version of the zone that it is from, where the server says.
    pub(super) fn zone_version(&self, zone: &Name) -> Option<Serial> {
        let version = self.message.edns.as_ref()?.zone_version;
        let version = version.filter(|version| version.is_of(zone));
        version.map(|version| version.serial)
    }
}

/// A response read as an answer.
pub(super) struct AssessedResponse {
    /// What it is; absent if DNSSEC cannot be judged by it.
    pub(super) kind: Option<AnswerKind>,
    pub(super) chain: CnameChain,
    /// Every failure that holds.
    pub(super) failures: Vec<Failure>,
}

/// Why the content of a response is not acceptable.
struct ContentFault {
    failure: Failure,
    /// What the answer is all the same, for DNSSEC.
    kind: Option<AnswerKind>,
}

impl From<Failure> for ContentFault {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            kind: None,
        }
    }
}

/// The question and the transport of an exchange, for a person.
pub(super) fn exchange_subject(exchange: &Exchange) -> String {
    let question = &exchange.query.question;
    format!(
        "{} {} over {}",
        question.name,
        question.rtype,
        exchange.transport.as_str()
    )
}

/// Reads `message` as the answer to `question` by an authority for `zone`; every failure that holds is told.
pub(super) fn assess_response(
    message: &Message,
    question: &Question,
    zone: &Name,
    valid_rcodes: &[Rcode],
) -> AssessedResponse {
    let chain = follow_cnames(message, question);
    let rejection = if message.header.tc {
        let detail = "TC=1 where no larger response can be had";
        Some(Failure::new(Reason::Truncated, detail))
    } else if !valid_rcodes.contains(&message.rcode) {
        let detail = format!("rcode {}", message.rcode);
        Some(Failure::new(Reason::from_rcode(message.rcode), detail))
    } else {
        None
    };
    if let Some(failure) = rejection {
        return AssessedResponse {
            kind: None,
            chain,
            failures: vec![failure],
        };
    }
    let content = match message.rcode {
        Rcode::NOERROR => assess_content(message, question, &chain, zone),
        Rcode::NXDOMAIN if leads_elsewhere(message, &chain, zone) => Ok(AnswerKind::Positive),
        Rcode::NXDOMAIN => check_negative_soa(message, zone).map(|()| AnswerKind::Nxdomain),
        _ => {
            return AssessedResponse {
                kind: Some(AnswerKind::OtherRcode),
                chain,
                failures: Vec::new(),
            };
        }
    };
    let (kind, failure) = match content {
        Ok(kind) => (Some(kind), None),
        Err(ContentFault { failure, kind }) => (kind, Some(failure)),
    };
    // A referral and an answer of another zone say themselves that the server is no authority.
    let not_authoritative =
        (!message.header.aa).then(|| Failure::new(Reason::NotAuthoritative, "AA is not set"));
    AssessedResponse {
        kind: kind.filter(|_| message.header.aa),
        chain,
        failures: failure.into_iter().chain(not_authoritative).collect(),
    }
}

/// NOERROR: the data asked for, at the end of any CNAMEs that the answer holds.
fn assess_content(
    message: &Message,
    question: &Question,
    chain: &CnameChain,
    zone: &Name,
) -> Result<AnswerKind, ContentFault> {
    if records(message, Section::Answer).next().is_none() {
        return assess_no_data(message, zone);
    }
    if chain.is_alias() && question.name == *zone {
        // RFC 2181 section 10.1: a CNAME stands alone, so no SOA and no DNSKEY stand beside it.
        return Err(Failure::new(
            Reason::ZoneMismatch,
            format!("a CNAME stands at {zone}, so it is no zone's apex"),
        )
        .into());
    }
    let final_name = chain.final_name();
    let data = || records(message, Section::Answer).filter(|record| record.owner == *final_name);
    let mut asked_for = data()
        .filter(|record| is_asked_for(record.rtype, question.rtype))
        .peekable();
    if asked_for.peek().is_some() {
        check_readable(message, asked_for).map_err(|failure| ContentFault {
            failure,
            kind: Some(AnswerKind::Positive),
        })?;
        check_single_soa(message, question, zone)?;
        return Ok(AnswerKind::Positive);
    }
    if chain.is_loop {
        let detail = "the CNAMEs of the answer lead in a circle";
        return Err(ContentFault {
            failure: Failure::new(Reason::EmptyAnswer, detail),
            kind: Some(AnswerKind::Positive),
        });
    }
    if chain.is_alias() {
        return Ok(assess_alias(message, final_name, zone));
    }
    let failure = match records(message, Section::Answer).find(|record| record.owner != *final_name)
    {
        Some(unrelated) if data().next().is_none() => {
            let detail = format!(
                "asked for {final_name}, the answer is about {}",
                unrelated.owner
            );
            Failure::new(Reason::AnswerOwnerMismatch, detail)
        }
        _ => Failure::new(
            Reason::EmptyAnswer,
            format!("the answer holds no {} record", question.rtype),
        ),
    };
    Err(failure.into())
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

/// Whether NXDOMAIN is about the end of a chain of aliases that is in another zone: the rcode is that of the last name (RFC 6604
/// section 3), and the alias is all that this zone has to answer.
fn leads_elsewhere(message: &Message, chain: &CnameChain, zone: &Name) -> bool {
    let final_name = chain.final_name();
    let mut soas =
        records(message, Section::Authority).filter(|record| record.rtype == RrType::SOA);
    let is_elsewhere = match soas.next() {
        Some(soa) => {
            let is_below = soa.owner.is_within(zone) && final_name.is_within(&soa.owner);
            soa.owner != *zone && (is_below || !final_name.is_within(zone))
        }
        None => !final_name.is_within(zone),
    };
    chain.is_alias() && is_elsewhere
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
pub(super) struct CnameChain {
    /// The name asked for.
    start: Name,
    /// Each name that a CNAME leads to.
    targets: Vec<Name>,
    is_loop: bool,
}

impl CnameChain {
    fn is_alias(&self) -> bool {
        !self.targets.is_empty()
    }

    /// The name that the answer is about in the end.
    pub(super) fn final_name(&self) -> &Name {
        self.targets.last().unwrap_or(&self.start)
    }

    /// The name asked for and each name that the CNAMEs lead to.
    pub(super) fn into_names(self) -> Vec<Name> {
        std::iter::once(self.start).chain(self.targets).collect()
    }
}

/// Follows the CNAMEs of the answer from the name asked for, each once.
fn follow_cnames(message: &Message, question: &Question) -> CnameChain {
    let mut chain = CnameChain {
        start: question.name.clone(),
        targets: Vec::new(),
        is_loop: false,
    };
    if is_asked_for(RrType::CNAME, question.rtype) {
        return chain;
    }
    let targets: HashMap<_, _> = records(message, Section::Answer)
        .filter(|record| record.rtype == RrType::CNAME)
        .filter_map(|record| Some((&record.owner, alias_target(message, record)?)))
        .collect();
    while let Some(target) = targets.get(chain.final_name()) {
        chain.targets.push(target.clone());
        if chain.targets.len() > targets.len() {
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
fn assess_no_data(message: &Message, zone: &Name) -> Result<AnswerKind, ContentFault> {
    let authority =
        |rtype| records(message, Section::Authority).find(move |record| record.rtype == rtype);
    match (authority(RrType::SOA), authority(RrType::NS)) {
        (Some(soa), _) if soa.owner == *zone => Ok(AnswerKind::Nodata),
        (Some(soa), _) => Err(zone_mismatch_failure(soa, zone).into()),
        (None, Some(ns)) => Err(referral_failure(&ns.owner, zone).into()),
        (None, None) => Err(ContentFault {
            failure: Failure::new(
                Reason::EmptyAnswer,
                "NOERROR without an answer, an SOA or a referral",
            ),
            kind: has_proof(message).then_some(AnswerKind::Nodata),
        }),
    }
}

/// Whether the authority section has a record that may prove that something does not exist.
fn has_proof(message: &Message) -> bool {
    records(message, Section::Authority)
        .any(|record| matches!(record.rtype, RrType::NSEC | RrType::NSEC3))
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
fn check_negative_soa(message: &Message, zone: &Name) -> Result<(), ContentFault> {
    match records(message, Section::Authority).find(|record| record.rtype == RrType::SOA) {
        Some(soa) if soa.owner == *zone => Ok(()),
        Some(soa) => Err(zone_mismatch_failure(soa, zone).into()),
        None => Err(ContentFault {
            failure: Failure::new(Reason::EmptyAnswer, "NXDOMAIN without the zone's SOA"),
            kind: has_proof(message).then_some(AnswerKind::Nxdomain),
        }),
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
