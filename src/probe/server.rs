//! One address: what its exchanges come to.

use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::time::{Duration, Instant};

use super::answer::{self, Answer, Standing};
use super::{dnssec, turns};
use crate::config::{DnssecPolicy, Family, Transport};
use crate::dns::{Class, Edns, Message, Name, RrType, Soa, Timestamp};
use crate::dnssec::{Budget, Reason, expected_cost};
use crate::exchange::{Exchange, Outcome};
use crate::plan::Plan;
use crate::report::{Failure, Flags, ResponseReport, ServerReport, TransportReport};

/// Judgement that takes longer than this has no place on a worker that other probes wait for.
const LONG: Duration = Duration::from_millis(1);

/// What one address said to the question, and to the question for the zone's keys.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) server: SocketAddr,
    pub(super) question: Vec<Exchange>,
    pub(super) dnskey: Vec<Exchange>,
}

impl Heard {
    fn all(&self) -> impl Iterator<Item = &Exchange> + Clone {
        self.question.iter().chain(&self.dnskey)
    }

    fn into_exchanges(self) -> Vec<Exchange> {
        self.question.into_iter().chain(self.dnskey).collect()
    }
}

/// Judges what one address answered, with `budget`; off the reactor where that takes long, so that other probes' clocks
/// are kept. Where this machine has no time for that before `deadline`, what costs anything is left undecided.
pub(super) async fn judge(
    plan: &Plan,
    heard: Heard,
    at: Timestamp,
    mut budget: Budget,
    deadline: Instant,
) -> ServerReport {
    let messages = heard.all().filter_map(message_of);
    let cost = expected_cost(messages.clone()).min(budget.left());
    messages.for_each(|message| budget.charge(message));
    if cost <= LONG {
        return judge_now(plan, heard, at, budget);
    }
    let (turn, budget) = match turns::take(cost, deadline).await {
        Some(turn) => (Some(turn), budget),
        None => (turns::take_to_refuse(deadline).await, Budget::exhausted()),
    };
    let plan = plan.clone();
    let judged = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        judge_now(&plan, heard, at, budget)
    });
    judged.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

fn judge_now(plan: &Plan, heard: Heard, at: Timestamp, budget: Budget) -> ServerReport {
    let Heard { server, question, dnskey } = &heard;
    let mut failures = Vec::new();
    let answers = standing(plan, question, &mut failures);
    let keys = standing(plan, dnskey, &mut failures);
    let dnssec = match plan.dnssec {
        DnssecPolicy::Off => None,
        DnssecPolicy::Required | DnssecPolicy::Auto => dnssec::judge(plan, &answers, &keys, at, budget, &mut failures),
    };
    failures.sort_by_key(|failure| failure.reason);
    failures.dedup();
    let transports =
        Transport::ALL.iter().filter_map(|&(transport, _)| transport_report(transport, question)).collect();
    let nsid = heard.all().filter_map(edns_of).find_map(Edns::nsid_text);
    ServerReport {
        family: Family::of(&server.ip()),
        address: Some(server.ip()),
        port: server.port(),
        failures,
        transports,
        soa: question.iter().filter_map(message_of).find_map(|message| soa_of(message, &plan.zone)),
        expire_seconds: question.iter().filter_map(edns_of).find_map(|edns| edns.expire),
        nsid,
        dnssec,
        exchanges: heard.into_exchanges(),
    }
}

/// The responses that the verdict rests on; what is wrong with the others goes to `failures`.
fn standing<'e>(plan: &Plan, exchanges: &'e [Exchange], failures: &mut Vec<Failure>) -> Vec<Standing<'e>> {
    let last_words =
        exchanges.iter().enumerate().filter(|&(place, exchange)| !is_superseded(exchange, &exchanges[place + 1..]));
    let mut standing = Vec::new();
    for (_, exchange) in last_words {
        let said = |failure: Failure| Failure { detail: format!("{}: {}", asked(exchange), failure.detail), ..failure };
        if let Some(failure) = without_edns(plan, exchange) {
            failures.push(said(failure));
        }
        match read(plan, exchange) {
            Ok(Some(answer)) => standing.push(answer),
            Ok(None) => {}
            Err(wrong) => failures.extend(wrong.into_iter().map(said)),
        }
    }
    standing
}

fn asked(exchange: &Exchange) -> String {
    let question = &exchange.query.question;
    format!("{} {} over {}", question.name, question.rtype, exchange.transport.as_str())
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
fn without_edns(plan: &Plan, exchange: &Exchange) -> Option<Failure> {
    let message = message_of(exchange)?;
    // An rcode that is an error need not come with OPT; it is a failure of its own.
    let judged = plan.dnssec != DnssecPolicy::Off && plan.valid_rcodes.contains(&message.rcode);
    let lacks = !exchange.edns || message.edns.is_none();
    (judged && lacks).then(|| Failure::new(Reason::EdnsUnsupported, "the response has no OPT record"))
}

/// The acceptable answer in an exchange; `None` for a zone that says it has no keys, which is no failure by itself.
fn read<'e>(plan: &Plan, exchange: &'e Exchange) -> Result<Option<Standing<'e>>, Vec<Failure>> {
    let transport = exchange.transport;
    let message = match &exchange.outcome {
        Outcome::Response(message) => message,
        Outcome::Malformed { error, .. } => {
            return Err(vec![Failure::new(Reason::MalformedResponse, error.to_string())]);
        }
        Outcome::NetworkError(error) => return Err(vec![Failure::new(Reason::NetworkError, error)]),
        Outcome::LocalError(error) => return Err(vec![Failure::new(Reason::LocalError, error)]),
        Outcome::Timeout => return Err(timeout(exchange)),
    };
    let question = &exchange.query.question;
    match answer::read(message, question, &plan.zone, &plan.valid_rcodes) {
        Ok(answer) => Ok(Some(Standing { transport, message, answer })),
        Err(failures) if is_unsigned_zone(plan, exchange, &failures) => {
            Ok(Some(Standing { transport, message, answer: Answer::NoKeys }))
        }
        Err(failures) => Err(failures),
    }
}

/// Our own question for the keys, answered NODATA by an authority.
fn is_unsigned_zone(plan: &Plan, exchange: &Exchange, failures: &[Failure]) -> bool {
    let own_question = plan.dnskey.as_ref().is_some_and(|dnskey| dnskey.question == exchange.query.question);
    own_question && matches!(failures, [Failure { reason: Reason::NoData, .. }])
}

fn timeout(exchange: &Exchange) -> Vec<Failure> {
    let mut failures = vec![Failure::new(Reason::Timeout, "no response in time")];
    if exchange.ignored > 0 {
        let detail = format!("{} responses came that were not to this query", exchange.ignored);
        failures.push(Failure::new(Reason::MismatchedQuestion, detail));
    }
    failures
}

/// What the last exchange over `transport` looked like from outside.
fn transport_report(transport: Transport, exchanges: &[Exchange]) -> Option<TransportReport> {
    let over_transport = || exchanges.iter().filter(|exchange| exchange.transport == transport);
    // What was never asked was not measured.
    let last = over_transport().next_back().filter(|last| !matches!(last.outcome, Outcome::LocalError(_)))?;
    let response = message_of(last).map(response_report);
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
        flags: Flags { aa: header.aa, tc: header.tc, ra: header.ra, ad: header.ad },
        answer_rrs,
        authority_rrs,
        additional_rrs,
        size_bytes: message.octets().len(),
        edns_udp_size_bytes: edns.map(|edns| edns.udp_size),
        extended_errors: edns.map(|edns| edns.extended_errors.clone()).unwrap_or_default(),
        trailing_bytes: message.trailing_octets,
    }
}

fn message_of(exchange: &Exchange) -> Option<&Message> {
    match &exchange.outcome {
        Outcome::Response(message) => Some(message),
        Outcome::Malformed { .. } | Outcome::Timeout | Outcome::NetworkError(_) | Outcome::LocalError(_) => None,
    }
}

fn edns_of(exchange: &Exchange) -> Option<&Edns> {
    message_of(exchange)?.edns.as_ref()
}

fn soa_of(message: &Message, zone: &Name) -> Option<Soa> {
    let soa = message
        .answer
        .iter()
        .find(|record| record.rtype == RrType::SOA && record.class == Class::IN && record.owner == *zone)?;
    Soa::read(message, soa).ok()
}
