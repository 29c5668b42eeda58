//! One address: what its exchanges come to.

use std::net::SocketAddr;

use super::answer::{self, AcceptedAnswer, AnswerKind};
use super::apex_rrsets::ApexRrsets;
use super::server_facts::{AssessedServer, ServerFacts};
use super::{dnssec, exposure};
use crate::config::DnssecPolicy;
use crate::dns::{
    Class, Edns, Family, Message, Name, Rcode, RrType, Soa, Timestamp, Transport, ZoneVersion,
};
use crate::dnssec::{Budget, ChainOutcome, SecurityStatus};
use crate::exchange::{Exchange, Outcome};
use crate::plan::{Purpose, TargetPlan};
use crate::reason::{Failure, Reason};
use crate::report::{DnssecReport, HeaderFlags, ResponseReport, ServerReport, TransportReport};

/// What one address said to each question.
#[derive(Debug)]
pub(crate) struct ServerExchanges {
    pub(crate) server: SocketAddr,
    /// When the last answer was there.
    pub(crate) at: Timestamp,
    /// The question of the request first.
    pub(crate) exchanges: Vec<(Purpose, Vec<Exchange>)>,
}

impl ServerExchanges {
    /// Those that ask for what the zone has.
    pub(crate) fn of_zone(&self) -> impl Iterator<Item = &Exchange> + Clone {
        self.exchanges
            .iter()
            .filter(|(purpose, _)| purpose.asks_about_zone())
            .flat_map(|(_, exchanges)| exchanges)
    }

    /// The last response to the question for this purpose.
    fn last_response_to(&self, purpose: Purpose) -> Option<&Message> {
        let (_, exchanges) = self.exchanges.iter().find(|(asked, _)| *asked == purpose)?;
        exchanges.last().and_then(Exchange::message)
    }

    /// Those of the question of the request.
    fn asked(&self) -> &[Exchange] {
        self.exchanges
            .first()
            .map(|(_, exchanges)| exchanges.as_slice())
            .unwrap_or_default()
    }

    fn into_exchanges(self) -> Vec<Exchange> {
        self.exchanges
            .into_iter()
            .flat_map(|(_, exchanges)| exchanges)
            .collect()
    }
}

/// Judges what one address answered, with `budget`.
pub(crate) fn assess_inline(
    plan: &TargetPlan,
    server_exchanges: ServerExchanges,
    delegation: Option<&ChainOutcome>,
    budget: Budget,
) -> ServerReport {
    Assessment::new(plan, &server_exchanges, delegation, budget).into_report(plan, server_exchanges)
}

/// As [`assess_inline`], with the facts that the assessment of the zone as a whole takes.
pub(crate) fn assess_for_zone(
    plan: &TargetPlan,
    heard: ServerExchanges,
    delegation: Option<&ChainOutcome>,
    budget: Budget,
) -> AssessedServer {
    let assessment = Assessment::new(plan, &heard, delegation, budget);
    let facts = assessment.facts(plan, &heard);
    let report = assessment.into_report(plan, heard);
    AssessedServer { report, facts }
}

/// What the answers of one address amount to; its report and its facts are made from this.
struct Assessment {
    authoritative: bool,
    failures: Vec<Failure>,
    soa: Option<Soa>,
    nsid: Option<String>,
    dnssec: Option<DnssecReport>,
}

impl Assessment {
    fn new(
        plan: &TargetPlan,
        heard: &ServerExchanges,
        delegation: Option<&ChainOutcome>,
        budget: Budget,
    ) -> Self {
        let mut failures = Vec::new();
        let answers: Vec<_> = heard
            .exchanges
            .iter()
            .filter(|(purpose, _)| purpose.asks_about_zone())
            .flat_map(|(purpose, exchanges)| standing(plan, *purpose, exchanges, &mut failures))
            .collect();
        let dnssec = match plan.dnssec {
            DnssecPolicy::Off => None,
            DnssecPolicy::Required | DnssecPolicy::Auto => {
                dnssec::judge(plan, &answers, delegation, heard.at, budget, &mut failures)
            }
        };
        let is_authoritative = |answer: &AcceptedAnswer<'_>| {
            answer.purpose == Purpose::Asked && answer.answer != AnswerKind::OtherRcode
        };
        failures.sort_by_key(|failure| failure.reason);
        failures.dedup();
        Self {
            authoritative: answers.iter().any(is_authoritative),
            failures,
            soa: soa_of(heard.asked(), &plan.zone),
            nsid: heard
                .of_zone()
                .filter_map(edns_of)
                .find_map(Edns::nsid_text),
            dnssec,
        }
    }

    fn facts(&self, plan: &TargetPlan, heard: &ServerExchanges) -> ServerFacts {
        let exchanges = heard.exchanges.iter().flat_map(|(_, exchanges)| exchanges);
        let dnssec = self.dnssec.as_ref();
        ServerFacts {
            family: Family::of_address(&heard.server.ip()),
            address: Some(heard.server.ip()),
            role: plan.role,
            authoritative: self.authoritative,
            soa: self.soa.clone().filter(|_| self.authoritative),
            contradicted_by_dnssec: dnssec.is_some_and(is_contradiction),
            nsid: self.nsid.clone(),
            earliest_expiration: dnssec.and_then(|dnssec| dnssec.earliest_expiration),
            apex_rrsets: ApexRrsets::read(&exchanges.collect::<Vec<_>>(), &plan.zone),
        }
    }

    fn into_report(self, plan: &TargetPlan, heard: ServerExchanges) -> ServerReport {
        let (server, asked) = (heard.server, heard.asked());
        let edns = || asked.iter().filter_map(edns_of);
        let version = edns().find_map(|edns| edns.zone_version);
        ServerReport {
            family: Family::of_address(&server.ip()),
            address: Some(server.ip()),
            port: server.port(),
            role: plan.role,
            authoritative: self.authoritative,
            failures: self.failures,
            transports: Transport::ALL
                .iter()
                .filter_map(|&(transport, _)| transport_report(transport, asked))
                .collect(),
            soa: self.soa,
            expire_seconds: edns().find_map(|edns| edns.expire),
            zone_version: version
                .filter(|version| is_version_of(*version, &plan.zone))
                .map(|version| version.serial),
            nsid: self.nsid,
            recursion_offered: heard
                .last_response_to(Purpose::Recursion)
                .map(exposure::recursion_offered),
            transfer_open: heard
                .last_response_to(Purpose::Transfer)
                .map(|message| exposure::transfer_open(message, &plan.zone)),
            dnssec: self.dnssec,
            exchanges: heard.into_exchanges(),
        }
    }
}

/// Whether DNSSEC proves the answers wrong. Without a trust anchor the status stays open however wrong the signatures are.
fn is_contradiction(dnssec: &DnssecReport) -> bool {
    match dnssec.status {
        SecurityStatus::Bogus(_) => true,
        SecurityStatus::Secure | SecurityStatus::Insecure(_) | SecurityStatus::Indeterminate(_) => {
            dnssec.signatures_valid == Some(false)
        }
    }
}

/// The responses that the verdict rests on; what is wrong with the others goes to `failures`.
fn standing<'e>(
    plan: &TargetPlan,
    purpose: Purpose,
    exchanges: &'e [Exchange],
    failures: &mut Vec<Failure>,
) -> Vec<AcceptedAnswer<'e>> {
    let final_exchanges = exchanges
        .iter()
        .enumerate()
        .filter(|&(index, exchange)| !is_superseded(exchange, &exchanges[index + 1..]));
    let mut standing = Vec::new();
    for (_, exchange) in final_exchanges {
        let with_subject = |failure: Failure| Failure {
            detail: format!("{}: {}", asked(exchange), failure.detail),
            ..failure
        };
        let mut problems: Vec<_> = without_edns(plan, exchange).into_iter().collect();
        match read(plan, purpose, exchange) {
            Ok(answer) => {
                problems.extend(missing_data_failure(plan, &answer));
                standing.push(answer);
            }
            Err(failed) => problems.extend(failed),
        }
        if purpose.affects_verdict() {
            failures.extend(problems.into_iter().map(with_subject));
        }
    }
    standing
}

/// The data of the request must be there, or denied where that is held valid; that a zone has no keys, or lacks what we made
/// up, is for DNSSEC to judge.
fn missing_data_failure(plan: &TargetPlan, answer: &AcceptedAnswer<'_>) -> Option<Failure> {
    if !matches!(answer.purpose, Purpose::Asked | Purpose::Ns) {
        return None;
    }
    match answer.answer {
        AnswerKind::Nodata => Some(Failure::new(
            Reason::NoData,
            "NODATA: the name has no data of this type",
        )),
        AnswerKind::Nxdomain => unwanted_nxdomain_failure(plan, answer.purpose, answer.message),
        AnswerKind::Positive | AnswerKind::OtherRcode => None,
    }
}

fn asked(exchange: &Exchange) -> String {
    let question = &exchange.query.question;
    format!(
        "{} {} over {}",
        question.name,
        question.rtype,
        exchange.transport.as_str()
    )
}

/// A truncated response over UDP gives way to the one over TCP, and one asked with EDNS to the one asked without.
fn is_superseded(exchange: &Exchange, later: &[Exchange]) -> bool {
    let truncated = exchange.transport == Transport::Udp && exchange.is_truncated();
    later.iter().any(|next| match next.transport {
        Transport::Tcp if truncated => true,
        transport => transport == exchange.transport && exchange.edns && !next.edns,
    })
}

/// DNSSEC needs EDNS (RFC 3225 section 3): a server without it cannot be judged.
fn without_edns(plan: &TargetPlan, exchange: &Exchange) -> Option<Failure> {
    let message = exchange.message()?;
    // An rcode that is an error need not come with OPT; it is a failure of its own.
    let judged = plan.dnssec != DnssecPolicy::Off && plan.valid_rcodes.contains(&message.rcode);
    let lacks = !exchange.edns || message.edns.is_none();
    (judged && lacks)
        .then(|| Failure::new(Reason::EdnsUnsupported, "the response has no OPT record"))
}

/// The acceptable answer in an exchange.
fn read<'e>(
    plan: &TargetPlan,
    purpose: Purpose,
    exchange: &'e Exchange,
) -> Result<AcceptedAnswer<'e>, Vec<Failure>> {
    let transport = exchange.transport;
    let message = exchange.message().ok_or_else(|| exchange.failures())?;
    let question = &exchange.query.question;
    let valid_rcodes = match purpose {
        // A denial that is not wanted is still judged: it is an answer as any other.
        Purpose::Asked => [plan.valid_rcodes.as_slice(), &[Rcode::NXDOMAIN]].concat(),
        Purpose::AbsentName => vec![Rcode::NOERROR, Rcode::NXDOMAIN],
        Purpose::AbsentType => vec![Rcode::NOERROR],
        Purpose::Dnskey | Purpose::Cds | Purpose::Cdnskey | Purpose::Ns => {
            plan.valid_rcodes.clone()
        }
        Purpose::Recursion | Purpose::Transfer => Vec::new(),
    };
    match answer::read(message, question, &plan.zone, &valid_rcodes) {
        Ok((answer, end)) => Ok(AcceptedAnswer {
            purpose,
            transport,
            question,
            message,
            answer,
            end,
        }),
        Err(failures) => Err(failures
            .into_iter()
            .chain(unwanted_nxdomain_failure(plan, purpose, message))
            .collect()),
    }
}

fn unwanted_nxdomain_failure(
    plan: &TargetPlan,
    purpose: Purpose,
    message: &Message,
) -> Option<Failure> {
    let is_one = purpose == Purpose::Asked && message.rcode == Rcode::NXDOMAIN;
    let is_unwanted = is_one && !plan.valid_rcodes.contains(&Rcode::NXDOMAIN);
    is_unwanted.then(|| Failure::new(Reason::Nxdomain, "NXDOMAIN: the name does not exist"))
}

/// What the last exchange over `transport` looked like from outside.
pub(crate) fn transport_report(
    transport: Transport,
    exchanges: &[Exchange],
) -> Option<TransportReport> {
    let over_transport = || {
        exchanges
            .iter()
            .filter(|exchange| exchange.transport == transport)
    };
    // What was never asked was not measured.
    let last = over_transport()
        .next_back()
        .filter(|last| !matches!(last.outcome, Outcome::LocalError(_)))?;
    let response = last.message().map(response_report);
    Some(TransportReport {
        transport,
        answered: response.is_some(),
        connect: last.connect,
        request: last.request,
        clock: last.clock,
        ignored_responses: over_transport().map(|exchange| exchange.ignored).sum(),
        response,
    })
}

fn response_report(message: &Message) -> ResponseReport {
    let header = &message.header;
    let [_, answer_rrs, authority_rrs, additional_rrs] = header.counts;
    let edns = message.edns.as_ref();
    ResponseReport {
        rcode: message.rcode,
        flags: HeaderFlags {
            aa: header.aa,
            tc: header.tc,
            ra: header.ra,
            ad: header.ad,
        },
        answer_rrs,
        authority_rrs,
        additional_rrs,
        size_bytes: message.octets().len(),
        edns_udp_size_bytes: edns.map(|edns| edns.udp_size),
        extended_errors: edns
            .map(|edns| edns.extended_errors.clone())
            .unwrap_or_default(),
        trailing_bytes: message.trailing_octets,
    }
}

fn edns_of(exchange: &Exchange) -> Option<&Edns> {
    exchange.message()?.edns.as_ref()
}

/// A version is that of the zone whose name has so many labels (RFC 9660 section 2).
fn is_version_of(version: ZoneVersion, zone: &Name) -> bool {
    usize::from(version.label_count) == zone.labels().count()
}

/// That of an authority goes before what comes without AA or beside an error.
fn soa_of(asked: &[Exchange], zone: &Name) -> Option<Soa> {
    let messages = || asked.iter().filter_map(Exchange::message);
    let authoritys =
        messages().filter(|message| message.header.aa && message.rcode == Rcode::NOERROR);
    authoritys
        .chain(messages())
        .find_map(|message| soa_in(message, zone))
}

pub(crate) fn soa_in(message: &Message, zone: &Name) -> Option<Soa> {
    let soa = message.answer.iter().find(|record| {
        record.rtype == RrType::SOA && record.class == Class::IN && record.owner == *zone
    })?;
    Soa::read(message, soa).ok()
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
