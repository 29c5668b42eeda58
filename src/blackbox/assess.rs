//! A response judged by blackbox_exporter's rules: which address is asked, what is measured, which regexps are broken.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::assess::{soa_in, transport_report};
use crate::config::{BlackboxSettings, Pattern, RecordRules};
use crate::dns::{
    Family, Message, RrType, Section, Soa, Transport, WireError, is_readable, record_line,
};
use crate::exchange::{Ask, Exchange, Outcome};
use crate::plan::BlackboxPlan;
use crate::reason::{Failure, Reason};
use crate::report::{BlackboxMeasurements, ServerReport};

/// What blackbox_exporter reads of a response over UDP: without EDNS none is longer (RFC 1035 section 4.2.1).
const MAX_UDP_OCTETS: usize = 512;
/// Text of records that regexps are held against: all the text that an answer without many compressed names can make.
const MAX_TEXT_OCTETS: usize = 1 << 20;

/// No address of one family leads to one of the other.
pub(crate) fn family_mismatch(ask: &Ask) -> Option<String> {
    let source = ask
        .source
        .filter(|source| Family::of_address(source) != Family::of_address(&ask.server.ip()))?;
    Some(format!(
        "no query goes from {source} to {}: another family",
        ask.server.ip()
    ))
}

/// The first address of the preferred family, else the last of the other, as blackbox_exporter takes them.
pub(crate) fn choose_address(
    plan: &BlackboxPlan,
    addresses: Result<Vec<IpAddr>, String>,
) -> Result<IpAddr, Failure> {
    let blackbox = &plan.blackbox;
    let addresses = addresses.map_err(|error| Failure::new(Reason::NameResolutionFailed, error))?;
    let preferred = addresses
        .iter()
        .find(|address| Family::of_address(address) == blackbox.preferred_family);
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
pub(crate) fn truncate_to_limit(exchange: Exchange) -> Exchange {
    match &exchange.outcome {
        Outcome::Response(message) if exchange.transport == Transport::Udp => {
            match message.octets().split_at_checked(MAX_UDP_OCTETS) {
                Some((within_limit, [_, ..])) => {
                    let outcome = Outcome::from_octets(within_limit);
                    Exchange {
                        outcome,
                        ..exchange
                    }
                }
                Some((_, [])) | None => exchange,
            }
        }
        _ => exchange,
    }
}

pub(crate) fn measure(
    exchange: &Exchange,
    elapsed: Duration,
    address: IpAddr,
) -> BlackboxMeasurements {
    let is_local = matches!(exchange.outcome, Outcome::LocalError(_));
    let never_connected =
        is_local || (exchange.transport == Transport::Tcp && exchange.connect.is_none());
    let connect = if never_connected {
        elapsed
    } else {
        exchange.connect.unwrap_or_default()
    };
    let request = exchange.request.unwrap_or(elapsed.saturating_sub(connect));
    let without_response = BlackboxMeasurements {
        address: Some(address),
        connect,
        request,
        ..BlackboxMeasurements::default()
    };
    let Some(message) = exchange.message() else {
        return without_response;
    };
    let [_, rrs @ ..] = message.header.counts;
    let asked_for_soa = exchange.query.question.rtype == RrType::SOA;
    BlackboxMeasurements {
        query_succeeded: true,
        rrs,
        serial: asked_for_soa.then(|| last_serial(message)),
        ..without_response
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

/// Which rules are broken, or why the message cannot be read.
pub(crate) type CheckResult = Result<Vec<Failure>, WireError>;

pub(crate) fn check_records(
    blackbox: &BlackboxSettings,
    message: &Message,
    is_out_of_time: &impl Fn() -> bool,
) -> CheckResult {
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
    let sections = sections
        .into_iter()
        .filter(|(_, _, rules)| !rules.is_empty());
    let failures = sections.filter_map(|(name, section, rules)| {
        let result = record_lines(message, section)
            .and_then(|lines| check_rules(rules, &lines, is_out_of_time));
        Some(match result.err()? {
            RuleFailure::Violated(detail) => Failure::new(
                Reason::UnexpectedRecords,
                format!("{name} section: {detail}"),
            ),
            RuleFailure::OutOfTime => out_of_time_failure(),
        })
    });
    Ok(failures.collect())
}

pub(crate) fn out_of_time_failure() -> Failure {
    Failure::new(
        Reason::ValidationLimitReached,
        "no time was left to hold the records against the regexps",
    )
}

pub(crate) fn exchange_failures(
    plan: &BlackboxPlan,
    exchange: &Exchange,
    rule_failures: Vec<Failure>,
) -> Vec<Failure> {
    let Some(message) = exchange.message() else {
        return exchange.failures();
    };
    let invalid_rcode = Some(message.rcode).filter(|rcode| !plan.valid_rcodes.contains(rcode));
    let rcode_failure = invalid_rcode
        .map(|rcode| Failure::new(Reason::from_rcode(rcode), format!("rcode {rcode}")));
    rcode_failure.into_iter().chain(rule_failures).collect()
}

/// What is reported of the one address that was asked.
pub(crate) fn server_report(
    plan: &BlackboxPlan,
    server: SocketAddr,
    exchange: Exchange,
    failures: Vec<Failure>,
) -> ServerReport {
    let message = exchange.message();
    let address = server.ip();
    ServerReport {
        address: Some(address),
        authoritative: message.is_some_and(|message| message.header.aa),
        failures,
        transports: transport_report(exchange.transport, std::slice::from_ref(&exchange))
            .into_iter()
            .collect(),
        soa: message.and_then(|message| soa_in(message, &plan.question.question.name)),
        exchanges: vec![exchange],
        ..ServerReport::empty(Family::of_address(&address), server.port(), plan.role)
    }
}

/// Why a section is not as it is wanted.
#[derive(Debug)]
enum RuleFailure {
    /// Which rule is broken, and by what.
    Violated(String),
    /// No time was left to find out.
    OutOfTime,
}

/// The records of a section, one a line. What takes more text than any honest answer is not looked at.
fn record_lines(message: &Message, section: Section) -> Result<Vec<String>, RuleFailure> {
    let mut remaining = MAX_TEXT_OCTETS;
    let records = message.section(section).iter();
    let lines = records.map(|record| {
        let line = record_line(message, record);
        let too_long =
            || RuleFailure::Violated(format!("more than {MAX_TEXT_OCTETS} octets of text"));
        remaining = remaining.checked_sub(line.len()).ok_or_else(too_long)?;
        Ok(line)
    });
    lines.collect()
}

/// Whether the records are as the rules want them.
fn check_rules(
    rules: &RecordRules<Pattern>,
    lines: &[String],
    is_out_of_time: &impl Fn() -> bool,
) -> Result<(), RuleFailure> {
    let RecordRules {
        matches,
        all_match,
        not_matches,
        none_matches,
    } = rules;
    let first_match = |patterns, matches| first_match(patterns, lines, matches, is_out_of_time);
    let violated = |detail| Err(RuleFailure::Violated(detail));
    if let Some((pattern, line)) = first_match(matches, true)? {
        return violated(format!(
            "fail_if_matches_regexp: {pattern} matches {line:?}"
        ));
    }
    if let Some((pattern, line)) = first_match(all_match, false)? {
        return violated(format!(
            "fail_if_all_match_regexp: {pattern} does not match {line:?}"
        ));
    }
    if lines.is_empty() && !not_matches.is_empty() {
        return violated("fail_if_not_matches_regexp: no records".to_owned());
    }
    if let Some((pattern, line)) = first_match(not_matches, false)? {
        return violated(format!(
            "fail_if_not_matches_regexp: {pattern} does not match {line:?}"
        ));
    }
    if none_matches.is_empty() || first_match(none_matches, true)?.is_some() {
        return Ok(());
    }
    violated("fail_if_none_matches_regexp: none matches any record".to_owned())
}

/// The first record that one of `patterns` matches, or does not match.
fn first_match<'r>(
    patterns: &'r [Pattern],
    lines: &'r [String],
    matches: bool,
    is_out_of_time: &impl Fn() -> bool,
) -> Result<Option<(&'r Pattern, &'r str)>, RuleFailure> {
    for (line, pattern) in lines
        .iter()
        .flat_map(|line| patterns.iter().map(move |pattern| (line, pattern)))
    {
        if is_out_of_time() {
            return Err(RuleFailure::OutOfTime);
        }
        if pattern.is_match(line) == matches {
            return Ok(Some((pattern, line)));
        }
    }
    Ok(None)
}

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;
