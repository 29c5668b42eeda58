//! A probe as blackbox_exporter makes it: one bare question to one address, no TCP after truncation, and its rules of what
//! is a success.

use std::net::{IpAddr, SocketAddr};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Run;
use crate::assess::{message_of, soa_in, timeout, transport_report};
use crate::config::{Blackbox, Pattern, RecordRules};
use crate::cpu_queue;
use crate::dns::{
    Family, Message, RrType, Section, Soa, Transport, Transports, WireError, is_readable,
    record_line,
};
use crate::exchange::{Ask, Exchange, Outcome};
use crate::network::Network;
use crate::network::clock;
use crate::plan::{Place, Plan};
use crate::reason::Reason;
use crate::report::{BlackboxReport, Failure, Report, ServerReport};

/// What blackbox_exporter reads of a response over UDP: without EDNS none is longer (RFC 1035 section 4.2.1).
const UDP_LIMIT: usize = 512;
/// Text of records that regexps are held against: all the text that an answer without many compressed names can make.
const TEXT_LIMIT: usize = 1 << 20;
/// Octets of a message whose records take long enough to be no work for the reactor.
const LONG: usize = 1024;

impl<N: Network> Run<'_, N> {
    pub(super) async fn probe_as_blackbox(&self, plan: &Plan, blackbox: &Arc<Blackbox>) -> Report {
        let addresses = match &plan.place {
            Place::Addresses(addresses) => Ok(addresses.clone()),
            Place::Host(host) => self.network.resolve(host, self.deadline()).await,
        };
        let lookup = self.start.elapsed();
        let (server, mut measured) = match choose(plan, blackbox, addresses) {
            Ok(address) => self.ask_one(plan, blackbox, address).await,
            Err(failure) => {
                let family = blackbox.preferred_family;
                (
                    ServerReport::unasked(family, plan.port, plan.role, failure),
                    BlackboxReport::default(),
                )
            }
        };
        measured.lookup = lookup;
        Report {
            blackbox: Some(Box::new(measured)),
            ..self.report(plan, Some(lookup), vec![server])
        }
    }

    async fn ask_one(
        &self,
        plan: &Plan,
        blackbox: &Arc<Blackbox>,
        address: IpAddr,
    ) -> (ServerReport, BlackboxReport) {
        let server = SocketAddr::new(address, plan.port);
        let transport = match plan.transports {
            Transports::Tcp => Transport::Tcp,
            Transports::Udp | Transports::Both => Transport::Udp,
        };
        let (query, deadline) = (Arc::clone(&plan.question), self.deadline());
        let ask = Ask {
            server,
            transport,
            query,
            edns: false,
            deadline,
            source: blackbox.source_address,
        };
        let begun = clock::monotonic_now();
        let exchange = match out_of_reach(&ask) {
            Some(problem) => Exchange::untimed(ask, Outcome::LocalError(problem)),
            None => within_limit(self.network.exchange(ask).await),
        };
        let took = begun.elapsed();
        let (exchange, broken) = hold(blackbox, exchange, deadline).await;
        let measured = measured(&exchange, took, address);
        let failures = judge(plan, &exchange, broken);
        (server_report(plan, server, exchange, failures), measured)
    }
}

/// No address of one family leads to one of the other.
fn out_of_reach(ask: &Ask) -> Option<String> {
    let source = ask
        .source
        .filter(|source| Family::of(source) != Family::of(&ask.server.ip()))?;
    Some(format!(
        "no query goes from {source} to {}: another family",
        ask.server.ip()
    ))
}

/// The first address of the preferred family, else the last of the other, as blackbox_exporter takes them.
fn choose(
    plan: &Plan,
    blackbox: &Blackbox,
    addresses: Result<Vec<IpAddr>, String>,
) -> Result<IpAddr, Failure> {
    let addresses = addresses.map_err(|error| Failure::new(Reason::NameResolutionFailed, error))?;
    let preferred = addresses
        .iter()
        .find(|address| Family::of(address) == blackbox.preferred_family);
    let chosen = preferred
        .or(addresses.last().filter(|_| blackbox.family_fallback))
        .copied();
    chosen.ok_or_else(|| {
        let family = blackbox.preferred_family.as_str();
        Failure::new(
            Reason::NoAddress,
            format!(
                "{} has no {family} address, and there is no fallback",
                plan.target
            ),
        )
    })
}

/// A longer response over UDP than was allowed is cut by its reader and then cannot be read.
fn within_limit(exchange: Exchange) -> Exchange {
    match &exchange.outcome {
        Outcome::Response(message)
            if exchange.transport == Transport::Udp && message.octets().len() > UDP_LIMIT =>
        {
            let outcome = Outcome::of(&message.octets()[..UDP_LIMIT]);
            Exchange {
                outcome,
                ..exchange
            }
        }
        _ => exchange,
    }
}

fn measured(exchange: &Exchange, took: Duration, address: IpAddr) -> BlackboxReport {
    let is_local = matches!(exchange.outcome, Outcome::LocalError(_));
    let never_connected =
        is_local || (exchange.transport == Transport::Tcp && exchange.connect.is_none());
    let connect = if never_connected {
        took
    } else {
        exchange.connect.unwrap_or_default()
    };
    let request = exchange.request.unwrap_or(took.saturating_sub(connect));
    let nothing = BlackboxReport {
        address: Some(address),
        connect,
        request,
        ..BlackboxReport::default()
    };
    let Some(message) = message_of(exchange) else {
        return nothing;
    };
    let [_, rrs @ ..] = message.header.counts;
    let asked_for_soa = exchange.query.question.rtype == RrType::SOA;
    BlackboxReport {
        query_succeeded: true,
        rrs,
        serial: asked_for_soa.then(|| last_serial(message)),
        ..nothing
    }
}

/// Whatever the owner and the class; 0 without one.
fn last_serial(message: &Message) -> u32 {
    let soas = message
        .answer
        .iter()
        .filter(|record| record.rtype == RrType::SOA);
    soas.filter_map(|record| Soa::read(message, record).ok())
        .next_back()
        .map_or(0, |soa| soa.serial.0)
}

/// Holds what came against the rules: which are broken. A record that cannot be read as its type makes the whole message
/// one that cannot be read.
async fn hold(
    blackbox: &Arc<Blackbox>,
    exchange: Exchange,
    deadline: Instant,
) -> (Exchange, Vec<Failure>) {
    let Outcome::Response(message) = &exchange.outcome else {
        return (exchange, Vec::new());
    };
    let held = if message.octets().len() > LONG {
        hold_in_turn(Arc::clone(blackbox), Arc::clone(message), deadline).await
    } else {
        hold_now(blackbox, message, deadline)
    };
    match held {
        Ok(broken) => (exchange, broken),
        Err(error) => {
            let outcome = Outcome::Malformed {
                octets: message.octets().into(),
                error,
            };
            (
                Exchange {
                    outcome,
                    ..exchange
                },
                Vec::new(),
            )
        }
    }
}

/// Off the reactor, where other probes' clocks are kept; where this machine has no time for it, what is wanted of the records
/// is undecided, which fails.
async fn hold_in_turn(blackbox: Arc<Blackbox>, message: Arc<Message>, deadline: Instant) -> Held {
    // About what the worst of answers takes a build without optimisation; an optimised one is far below.
    let cost = Duration::from_micros(u64::try_from(message.octets().len()).unwrap_or(u64::MAX));
    let undecided = if blackbox.wants_nothing() {
        Vec::new()
    } else {
        vec![late()]
    };
    let Some(turn) = cpu_queue::take(cost, deadline).await else {
        return Ok(undecided);
    };
    let held = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        hold_now(&blackbox, &message, deadline)
    });
    // A regexp that is dear on a long text looks at no clock; it ends on its own, and nobody waits.
    let Ok(held) = tokio::time::timeout_at(deadline.into(), held).await else {
        return Ok(undecided);
    };
    held.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

fn late() -> Failure {
    Failure::new(
        Reason::ValidationLimitReached,
        "no time was left to hold the records against the regexps",
    )
}

/// Which rules are broken, or why the message cannot be read.
type Held = Result<Vec<Failure>, WireError>;

fn hold_now(blackbox: &Blackbox, message: &Message, deadline: Instant) -> Held {
    let sections = [
        ("answer", Section::Answer, &blackbox.answer),
        ("authority", Section::Authority, &blackbox.authority),
        ("additional", Section::Additional, &blackbox.additional),
    ];
    let mut records = sections
        .iter()
        .flat_map(|(_, section, _)| message.section(*section));
    if let Some(record) = records.find(|record| !is_readable(message, record)) {
        return Err(WireError {
            offset: record.rdata_range().start,
            problem: "RDATA that is none of its type",
        });
    }
    let wanted = sections
        .into_iter()
        .filter(|(_, _, rules)| !rules.is_empty());
    let broken = wanted.filter_map(|(name, section, rules)| {
        let broken = lines(message, section).and_then(|lines| keep(rules, &lines, deadline));
        Some(match broken.err()? {
            Broken::Rule(detail) => Failure::new(
                Reason::UnexpectedRecords,
                format!("{name} section: {detail}"),
            ),
            Broken::Late => late(),
        })
    });
    Ok(broken.collect())
}

fn judge(plan: &Plan, exchange: &Exchange, broken: Vec<Failure>) -> Vec<Failure> {
    let message = match &exchange.outcome {
        Outcome::Response(message) => message,
        Outcome::Malformed { error, .. } => {
            return vec![Failure::new(Reason::MalformedResponse, error.to_string())];
        }
        Outcome::NetworkError(error) => return vec![Failure::new(Reason::NetworkError, error)],
        Outcome::LocalError(error) => return vec![Failure::new(Reason::LocalError, error)],
        Outcome::Timeout => return timeout(exchange),
    };
    let rcode = Some(message.rcode).filter(|rcode| !plan.valid_rcodes.contains(rcode));
    let unwanted =
        rcode.map(|rcode| Failure::new(Reason::of_rcode(rcode), format!("rcode {rcode}")));
    unwanted.into_iter().chain(broken).collect()
}

/// Why a section is not as it is wanted.
#[derive(Debug)]
enum Broken {
    /// Which rule is broken, and by what.
    Rule(String),
    /// No time was left to find out.
    Late,
}

/// The records of a section, one a line. What takes more text than any honest answer is not looked at.
fn lines(message: &Message, section: Section) -> Result<Vec<String>, Broken> {
    let mut left = TEXT_LIMIT;
    let records = message.section(section).iter();
    let lines = records.map(|record| {
        let line = record_line(message, record);
        let too_long = || Broken::Rule(format!("more than {TEXT_LIMIT} octets of text"));
        left = left.checked_sub(line.len()).ok_or_else(too_long)?;
        Ok(line)
    });
    lines.collect()
}

/// Whether the records are as the rules want them.
fn keep(rules: &RecordRules<Pattern>, lines: &[String], deadline: Instant) -> Result<(), Broken> {
    let RecordRules {
        matches,
        all_match,
        not_matches,
        none_matches,
    } = rules;
    let first = |patterns, matches| first(patterns, lines, matches, deadline);
    let broken = |detail| Err(Broken::Rule(detail));
    if let Some((pattern, line)) = first(matches, true)? {
        return broken(format!(
            "fail_if_matches_regexp: {pattern} matches {line:?}"
        ));
    }
    if let Some((pattern, line)) = first(all_match, false)? {
        return broken(format!(
            "fail_if_all_match_regexp: {pattern} does not match {line:?}"
        ));
    }
    if lines.is_empty() && !not_matches.is_empty() {
        return broken("fail_if_not_matches_regexp: no records".to_owned());
    }
    if let Some((pattern, line)) = first(not_matches, false)? {
        return broken(format!(
            "fail_if_not_matches_regexp: {pattern} does not match {line:?}"
        ));
    }
    if none_matches.is_empty() || first(none_matches, true)?.is_some() {
        return Ok(());
    }
    broken("fail_if_none_matches_regexp: none matches any record".to_owned())
}

/// The first record that one of `patterns` matches, or does not match.
fn first<'r>(
    patterns: &'r [Pattern],
    lines: &'r [String],
    matches: bool,
    deadline: Instant,
) -> Result<Option<(&'r Pattern, &'r str)>, Broken> {
    for (line, pattern) in lines
        .iter()
        .flat_map(|line| patterns.iter().map(move |pattern| (line, pattern)))
    {
        if clock::monotonic_now() >= deadline {
            return Err(Broken::Late);
        }
        if pattern.is_match(line) == matches {
            return Ok(Some((pattern, line)));
        }
    }
    Ok(None)
}

fn server_report(
    plan: &Plan,
    server: SocketAddr,
    exchange: Exchange,
    failures: Vec<Failure>,
) -> ServerReport {
    let message = message_of(&exchange);
    let address = server.ip();
    let blank = Failure::new(Reason::NoAddress, "");
    ServerReport {
        address: Some(address),
        authoritative: message.is_some_and(|message| message.header.aa),
        failures,
        transports: transport_report(exchange.transport, std::slice::from_ref(&exchange))
            .into_iter()
            .collect(),
        soa: message.and_then(|message| soa_in(message, &plan.zone)),
        exchanges: vec![exchange],
        ..ServerReport::unasked(Family::of(&address), server.port(), plan.role, blank)
    }
}

#[cfg(test)]
#[path = "blackbox_tests.rs"]
mod tests;
