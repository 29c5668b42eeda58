//! One address: what its exchanges come to.

use std::collections::HashSet;
use std::net::SocketAddr;

use super::answer::{self, AcceptedAnswer, AnswerKind, AssessedResponse, exchange_subject};
use super::apex_rrsets::ApexRrsets;
use super::dnssec::{self, ValidationInput};
use super::key_facts::KeyFacts;
use super::names::{self, AssessedName};
use super::server_facts::{AssessedServer, ServerFacts};
use super::ttls::read_ttls;
use super::{Problems, compression, exposure, zone_below};
use crate::config::DnssecPolicy;
use crate::dns::{
    Class, Edns, Family, Message, Name, Rcode, RrType, Rrset, Section, Soa, Timestamp, Transport,
};
use crate::dnssec::{Budget, ChainOutcome, SecurityStatus};
use crate::exchange::{Exchange, Outcome};
use crate::plan::{Purpose, TargetPlan};
use crate::reason::{Failure, Reason, Warning};
use crate::report::{DnssecReport, HeaderFlags, ResponseReport, ServerReport, TransportReport};

/// Warnings about one address that a report shows: the server decides how many there are to give.
const MAX_WARNINGS: usize = 32;

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
    pub(crate) fn about_zone(&self) -> impl Iterator<Item = &Exchange> + Clone {
        self.exchanges
            .iter()
            .filter(|(purpose, _)| purpose.asks_about_zone())
            .flat_map(|(_, exchanges)| exchanges)
    }

    /// The last response to the question for this purpose.
    fn last_response_to(&self, purpose: Purpose) -> Option<&Message> {
        let (_, exchanges) = self.exchanges.iter().find(|(other, _)| *other == purpose)?;
        exchanges.last().and_then(Exchange::message)
    }

    /// Those of the question of the request.
    fn of_request(&self) -> &[Exchange] {
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
pub(crate) fn assess_for_target(
    plan: &TargetPlan,
    server_exchanges: ServerExchanges,
    chain_outcome: Option<&ChainOutcome>,
    budget: Budget,
) -> ServerReport {
    Assessment::new(plan, &server_exchanges, chain_outcome, budget)
        .into_report(plan, server_exchanges)
}

/// As [`assess_for_target`], with the facts that the assessment of the zone as a whole takes.
pub(crate) fn assess_for_zone(
    plan: &TargetPlan,
    server_exchanges: ServerExchanges,
    chain_outcome: Option<&ChainOutcome>,
    budget: Budget,
) -> AssessedServer {
    let mut assessment = Assessment::new(plan, &server_exchanges, chain_outcome, budget);
    let facts = assessment.facts(plan, &server_exchanges);
    let report = assessment.into_report(plan, server_exchanges);
    AssessedServer { report, facts }
}

/// What the answers of one address amount to; its report and its facts are made from this.
struct Assessment {
    authoritative: bool,
    failures: Vec<Failure>,
    warnings: Vec<Warning>,
    soa: Option<Soa>,
    nsid: Option<String>,
    names: Vec<AssessedName>,
    dnssec: Option<DnssecReport>,
}

impl Assessment {
    fn new(
        plan: &TargetPlan,
        server_exchanges: &ServerExchanges,
        chain_outcome: Option<&ChainOutcome>,
        budget: Budget,
    ) -> Self {
        let (answers, failures) = all_accepted_answers(plan, server_exchanges);
        let mut problems = Problems {
            failures,
            ..Problems::default()
        };
        problems.warnings.extend(compression::warnings(&answers));
        let name = &plan.question.question.name;
        let child_apex = server_exchanges
            .last_response_to(Purpose::ZoneCut)
            .and_then(|message| zone_below::find_apex(message, name, &plan.zone));
        let is_refused = budget.is_refused();
        let dnssec = match plan.dnssec {
            DnssecPolicy::Off => None,
            DnssecPolicy::Required | DnssecPolicy::Auto => {
                let context = ValidationInput {
                    chain_outcome,
                    child_apex: child_apex.as_ref(),
                    at: server_exchanges.at,
                };
                dnssec::assess_dnssec(plan, &answers, context, budget, &mut problems)
            }
        };
        let Problems {
            mut failures,
            mut warnings,
        } = problems;
        if is_refused {
            blame_this_machine(&mut failures);
        }
        warnings.extend(child_apex.map(|apex| zone_below::warning(name, &apex)));
        let is_authoritative = |answer: &AcceptedAnswer<'_>| {
            answer.purpose == Purpose::Asked
                && answer.kind != AnswerKind::OtherRcode
                && !answer.faulty
        };
        let names = names::assess_names(
            plan,
            &server_exchanges.exchanges,
            &answers,
            dnssec.as_ref().map_or(&[], |dnssec| &dnssec.valid_answers),
            &mut failures,
        );
        failures.sort_by_key(|failure| failure.reason);
        failures.dedup();
        warnings.sort();
        warnings.dedup();
        warnings.truncate(MAX_WARNINGS);
        Self {
            authoritative: answers.iter().any(is_authoritative),
            failures,
            warnings,
            soa: soa_of(server_exchanges.of_request(), &plan.zone),
            nsid: server_exchanges
                .about_zone()
                .filter_map(edns_of)
                .find_map(Edns::nsid_text),
            names,
            dnssec: dnssec.map(|dnssec| dnssec.report),
        }
    }

    fn facts(&mut self, plan: &TargetPlan, server_exchanges: &ServerExchanges) -> ServerFacts {
        let exchanges = server_exchanges
            .exchanges
            .iter()
            .flat_map(|(_, exchanges)| exchanges);
        let exchanges: Vec<_> = exchanges.collect();
        let dnssec = self.dnssec.as_ref();
        ServerFacts {
            family: Family::of_address(&server_exchanges.server.ip()),
            address: Some(server_exchanges.server.ip()),
            role: plan.role,
            authoritative: self.authoritative,
            soa: self.soa.clone().filter(|_| self.authoritative),
            contradicted_by_dnssec: dnssec.is_some_and(is_contradiction),
            nsid: self.nsid.clone(),
            earliest_expiration: dnssec.and_then(|dnssec| dnssec.earliest_expiration),
            names: self
                .names
                .iter_mut()
                .map(AssessedName::take_facts)
                .collect(),
            apex_rrsets: ApexRrsets::read(&exchanges, &plan.zone),
            ttls: read_ttls(exchanges, &plan.zone),
            keys: dnssec.map(|dnssec| KeyFacts::read(dnssec, &plan.zone)),
        }
    }

    fn into_report(self, plan: &TargetPlan, server_exchanges: ServerExchanges) -> ServerReport {
        let (server, exchanges) = (server_exchanges.server, server_exchanges.of_request());
        let edns = || exchanges.iter().filter_map(edns_of);
        let version = edns().find_map(|edns| edns.zone_version);
        ServerReport {
            family: Family::of_address(&server.ip()),
            address: Some(server.ip()),
            port: server.port(),
            role: plan.role,
            authoritative: self.authoritative,
            failures: self.failures,
            warnings: self.warnings,
            transports: Transport::ALL
                .iter()
                .filter_map(|&(transport, _)| transport_report(transport, exchanges))
                .collect(),
            soa: self.soa,
            expire_seconds: edns().find_map(|edns| edns.expire),
            zone_version: version
                .filter(|version| version.is_of(&plan.zone))
                .map(|version| version.serial),
            nsid: self.nsid,
            recursion_offered: server_exchanges
                .last_response_to(Purpose::Recursion)
                .map(exposure::recursion_offered),
            transfer_open: server_exchanges
                .last_response_to(Purpose::Transfer)
                .map(|message| exposure::transfer_open(message, &plan.zone)),
            names: self.names.into_iter().map(|name| name.report).collect(),
            dnssec: self.dnssec,
            exchanges: server_exchanges.into_exchanges(),
        }
    }
}

/// What was not validated for want of time here is not held against the server.
fn blame_this_machine(failures: &mut Vec<Failure>) {
    let is_limit = |failure: &Failure| failure.reason == Reason::ValidationLimitReached;
    if failures.iter().any(is_limit) {
        failures.retain(|failure| !is_limit(failure));
        let detail = "no core of this machine became free in time to validate the answers";
        failures.push(Failure::new(Reason::LocalError, detail));
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

/// As [`accepted_answers`], of all questions. What is wrong with the answers to names is told where it is not what is wrong with
/// those about the zone anyway.
fn all_accepted_answers<'e>(
    plan: &TargetPlan,
    server_exchanges: &'e ServerExchanges,
) -> (Vec<AcceptedAnswer<'e>>, Vec<Failure>) {
    let (mut answers, mut failures, mut name_failures) = (Vec::new(), Vec::new(), Vec::new());
    for (purpose, exchanges) in &server_exchanges.exchanges {
        if !purpose.asks_about_zone() {
            continue;
        }
        let failures = if purpose.is_name() {
            &mut name_failures
        } else {
            &mut failures
        };
        answers.extend(accepted_answers(plan, *purpose, exchanges, failures));
    }
    let reasons: HashSet<_> = failures.iter().map(|failure| failure.reason).collect();
    name_failures.retain(|failure| !reasons.contains(&failure.reason));
    failures.extend(name_failures);
    (answers, failures)
}

/// The responses that the verdict rests on; what is wrong with the others goes to `failures`.
fn accepted_answers<'e>(
    plan: &TargetPlan,
    purpose: Purpose,
    exchanges: &'e [Exchange],
    failures: &mut Vec<Failure>,
) -> Vec<AcceptedAnswer<'e>> {
    let final_exchanges = exchanges.iter().enumerate().filter(|&(index, exchange)| {
        let later = exchanges.get(index + 1..).unwrap_or_default();
        !is_superseded(exchange, later)
    });
    let mut answers = Vec::new();
    for (_, exchange) in final_exchanges {
        let with_subject = |failure: Failure| Failure {
            detail: format!("{}: {}", exchange_subject(exchange), failure.detail),
            ..failure
        };
        let mut problems: Vec<_> = missing_edns_failure(plan, exchange).into_iter().collect();
        let (answer, faults) = assess_exchange(plan, purpose, exchange);
        problems.extend(faults);
        if let Some(answer) = answer {
            if !answer.faulty {
                problems.extend(missing_data_failure(plan, &answer));
            }
            answers.push(answer);
        }
        if counts_for_verdict(purpose, exchange) {
            let problems = problems
                .into_iter()
                .filter(|failure| !is_of_zone_below(purpose, failure.reason));
            failures.extend(problems.map(with_subject));
        }
    }
    answers
}

/// Of names only what was answered counts.
fn counts_for_verdict(purpose: Purpose, exchange: &Exchange) -> bool {
    purpose.affects_verdict() || purpose.is_name() && exchange.message().is_some()
}

/// Whether the answer is that of a server for a zone below, which may well hold a name that nobody listed.
fn is_of_zone_below(purpose: Purpose, reason: Reason) -> bool {
    purpose == Purpose::UsualName && matches!(reason, Reason::Referral | Reason::ZoneMismatch)
}

/// The data of the request must be there, or denied where that is held valid; that a zone has no keys, or lacks what we made
/// up, is for DNSSEC to judge.
fn missing_data_failure(plan: &TargetPlan, answer: &AcceptedAnswer<'_>) -> Option<Failure> {
    if !matches!(answer.purpose, Purpose::Asked | Purpose::Ns) {
        return None;
    }
    match answer.kind {
        AnswerKind::Nodata => Some(Failure::new(
            Reason::NoData,
            "NODATA: the name has no data of this type",
        )),
        // An answer with data has NXDOMAIN if its alias leads out of the zone, to a name that does not exist.
        AnswerKind::Nxdomain | AnswerKind::Positive => {
            unwanted_nxdomain_failure(plan, answer.purpose, answer.message)
        }
        AnswerKind::OtherRcode => None,
    }
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
fn missing_edns_failure(plan: &TargetPlan, exchange: &Exchange) -> Option<Failure> {
    let message = exchange.message()?;
    // An rcode that is an error need not come with OPT; it is a failure of its own.
    let is_validated =
        plan.dnssec != DnssecPolicy::Off && plan.valid_rcodes.contains(&message.rcode);
    let lacks_edns = !exchange.edns || message.edns.is_none();
    (is_validated && lacks_edns)
        .then(|| Failure::new(Reason::EdnsUnsupported, "the response has no OPT record"))
}

/// The answer in an exchange, as far as DNSSEC can be judged by it, and what is wrong with its form.
fn assess_exchange<'e>(
    plan: &TargetPlan,
    purpose: Purpose,
    exchange: &'e Exchange,
) -> (Option<AcceptedAnswer<'e>>, Vec<Failure>) {
    let transport = exchange.transport;
    let Some(message) = exchange.message() else {
        return (None, exchange.failures());
    };
    let question = &exchange.query.question;
    let valid_rcodes = match purpose {
        // A denial that is not wanted is still judged: it is an answer as any other.
        Purpose::Asked => [plan.valid_rcodes.as_slice(), &[Rcode::NXDOMAIN]].concat(),
        Purpose::AbsentName | Purpose::ListedName | Purpose::UsualName => {
            vec![Rcode::NOERROR, Rcode::NXDOMAIN]
        }
        Purpose::AbsentType => vec![Rcode::NOERROR],
        // What the module wants of the request's question is nothing to these: a name that must not exist lies in a zone
        // that does, and a server that must refuse may refuse them too.
        Purpose::Dnskey | Purpose::Cds | Purpose::Cdnskey | Purpose::Ns => {
            [plan.valid_rcodes.as_slice(), &[Rcode::NOERROR]].concat()
        }
        Purpose::ZoneCut | Purpose::Recursion | Purpose::Transfer => Vec::new(),
    };
    let AssessedResponse {
        kind,
        chain,
        mut failures,
    } = answer::assess_response(message, question, &plan.zone, &valid_rcodes);
    let faulty = !failures.is_empty();
    if faulty {
        failures.extend(unwanted_nxdomain_failure(plan, purpose, message));
    }
    let answer = kind.map(|kind| AcceptedAnswer {
        purpose,
        transport,
        question,
        message,
        rrsets: Rrset::group(message, Section::Answer),
        kind,
        final_name: chain.final_name().clone(),
        names: chain.into_names(),
        faulty,
    });
    (answer, failures)
}

fn unwanted_nxdomain_failure(
    plan: &TargetPlan,
    purpose: Purpose,
    message: &Message,
) -> Option<Failure> {
    let is_nxdomain = purpose == Purpose::Asked && message.rcode == Rcode::NXDOMAIN;
    let is_unwanted = is_nxdomain && !plan.valid_rcodes.contains(&Rcode::NXDOMAIN);
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

/// That of an authority goes before what comes without AA or beside an error.
fn soa_of(exchanges: &[Exchange], zone: &Name) -> Option<Soa> {
    let messages = || exchanges.iter().filter_map(Exchange::message);
    let authoritative =
        messages().filter(|message| message.header.aa && message.rcode == Rcode::NOERROR);
    authoritative
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
