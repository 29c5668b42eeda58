//! A report for an operator: what is wrong first, then each address with what it answered.

use std::fmt::{self, Write as _};

use super::dnssec_summary::{anchors, denials, keys, rrsets, status_text};
use super::formatting::{duration_text, elapsed_text, info_code, printable, with_ede};
use super::table::{EMPTY_CELL, Table, or_empty_cell};
use crate::dns::{Soa, Timestamp};
use crate::exchange::{Clock, Exchange, Outcome};
use crate::reason::{Failure, Warning};
use crate::report::{ResponseReport, ServerReport, TargetReport, TransportReport};

/// The summary of one probe.
pub fn text(report: &TargetReport) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_report(&mut out, report);
    out
}

fn write_report(out: &mut String, report: &TargetReport) -> fmt::Result {
    write_headline(out, report)?;
    write_question(out, report)?;
    for server in &report.servers {
        write_server(out, server, report.at)?;
    }
    Ok(())
}

fn write_headline(out: &mut String, report: &TargetReport) -> fmt::Result {
    let headlines = report
        .servers
        .iter()
        .filter_map(|server| Some((server, server.headline()?)));
    match headlines.min_by_key(|(_, failure)| failure.reason) {
        Some((server, failure)) if !report.success => {
            writeln!(
                out,
                "FAILURE  {} at {}",
                with_ede(failure.reason),
                address_text(server)
            )?;
            writeln!(out, "         {}", printable(&failure.detail))
        }
        _ => {
            let succeeded = report
                .servers
                .iter()
                .filter(|server| server.failures.is_empty())
                .count();
            let (headline, asked) = (success_word(report.success), report.servers.len());
            writeln!(
                out,
                "{headline}  {succeeded} of {asked} addresses answered as they should"
            )
        }
    }
}

pub(super) fn success_word(success: bool) -> &'static str {
    if success { "SUCCESS" } else { "FAILURE" }
}

fn write_question(out: &mut String, report: &TargetReport) -> fmt::Result {
    let TargetReport {
        name,
        qtype,
        zone,
        target,
        module,
        dnssec_policy,
        at,
        ..
    } = report;
    let (took, limit) = (elapsed_text(report.duration), elapsed_text(report.timeout));
    let lookup = report
        .lookup_time
        .map(|time| format!(", {} of it to resolve the target", elapsed_text(time)));
    writeln!(out)?;
    writeln!(out, "question  {name} {qtype}")?;
    writeln!(out, "zone      {zone}")?;
    writeln!(out, "target    {}", printable(target))?;
    writeln!(
        out,
        "module    {}, dnssec {}",
        printable(module),
        dnssec_policy.as_str()
    )?;
    writeln!(out, "judged    at {at}")?;
    writeln!(
        out,
        "took      {took} of at most {limit}{}",
        lookup.unwrap_or_default()
    )
}

fn write_server(out: &mut String, server: &ServerReport, at: Timestamp) -> fmt::Result {
    writeln!(
        out,
        "\n{}  {}",
        address_text(server),
        success_word(server.failures.is_empty())
    )?;
    write_table(out, &failures(&server.failures));
    write_table(out, &warnings(&server.warnings));
    write_table(out, &transports(&server.transports));
    write_facts(out, server, at)?;
    if let Some(dnssec) = &server.dnssec {
        write_table(out, &rrsets(dnssec, at));
        write_table(out, &denials(&dnssec.denials));
        write_table(out, &keys(&dnssec.keys));
        write_table(out, &anchors(&dnssec.anchors));
    }
    Ok(())
}

/// The address with its port, or the family that has none.
pub(super) fn address_text(server: &ServerReport) -> String {
    let family = server.family.as_str();
    match server.address {
        Some(address) => format!(
            "{family} {}",
            std::net::SocketAddr::new(address, server.port)
        ),
        None => format!("{family} without an address"),
    }
}

pub(super) fn write_table(out: &mut String, table: &Table) {
    let mut lines = String::new();
    table.write(&mut lines, "  ");
    if !lines.is_empty() {
        out.push('\n');
        out.push_str(&lines);
    }
}

fn failures(failures: &[Failure]) -> Table {
    let mut table = Table::new(&["reason", "EDE", "what was seen"]);
    for Failure { reason, detail } in failures {
        table.add_row([
            reason.to_string(),
            info_code(*reason, EMPTY_CELL),
            printable(detail),
        ]);
    }
    table
}

fn warnings(warnings: &[Warning]) -> Table {
    let mut table = Table::new(&["warning", "what was seen"]);
    for Warning { kind, detail } in warnings {
        table.add_row([kind.to_string(), printable(detail)]);
    }
    table
}

fn transports(transports: &[TransportReport]) -> Table {
    let mut table = Table::new(&[
        "transport",
        "rcode",
        "flags",
        "records",
        "octets",
        "connect",
        "request",
        "clock",
        "ignored",
    ]);
    for transport in transports {
        let response = transport.response.as_ref();
        table.add_row([
            transport.transport.as_str().to_owned(),
            or_empty_cell(response.map(|response| response.rcode)),
            or_empty_cell(response.map(flags)),
            or_empty_cell(response.map(records)),
            or_empty_cell(response.map(|response| response.size_bytes)),
            or_empty_cell(transport.connect.map(elapsed_text)),
            or_empty_cell(transport.request.map(elapsed_text)),
            or_empty_cell(transport.clock.map(clock)),
            transport.ignored_responses.to_string(),
        ]);
    }
    table
}

fn flags(response: &ResponseReport) -> String {
    let flags = response.flags;
    let named = [
        (flags.aa, "aa"),
        (flags.tc, "tc"),
        (flags.ra, "ra"),
        (flags.ad, "ad"),
    ];
    let set: Vec<_> = named
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| *name)
        .collect();
    if set.is_empty() {
        EMPTY_CELL.to_owned()
    } else {
        set.join(" ")
    }
}

fn records(response: &ResponseReport) -> String {
    format!(
        "{}/{}/{}",
        response.answer_rrs, response.authority_rrs, response.additional_rrs
    )
}

/// The word for a clock.
pub(super) const fn clock(clock: Clock) -> &'static str {
    match clock {
        Clock::Kernel => "kernel",
        Clock::Process => "process",
    }
}

/// What the server says of the zone and of itself, a line each.
fn write_facts(out: &mut String, server: &ServerReport, at: Timestamp) -> fmt::Result {
    let mut lines = served_facts(server);
    lines.extend(
        unanswered_questions(server)
            .map(|question| format!("silent    to {question}, which is no failure")),
    );
    lines.extend(
        server
            .dnssec
            .as_ref()
            .map(|dnssec| format!("dnssec    {}", status_text(dnssec, at))),
    );
    let rollover = server.dnssec.as_ref().and_then(|dnssec| dnssec.rollover);
    lines
        .extend(rollover.map(|state| format!("rollover  {}: {}", state.as_str(), state.meaning())));
    lines.dedup();
    if !lines.is_empty() {
        writeln!(out)?;
    }
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "  {}", line.trim_end()))
}

/// What stands in the server's own responses.
fn served_facts(server: &ServerReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(Soa {
        serial,
        refresh,
        retry,
        expire,
        minimum,
        ..
    }) = &server.soa
    {
        let [refresh, retry, expire, minimum] =
            [refresh, retry, expire, minimum].map(|&timer| duration_text(timer.into()));
        lines.push(format!("serial    {serial}; refresh {refresh}, retry {retry}, expire {expire}, minimum {minimum}"));
    }
    lines.extend(server.expire_seconds.map(|seconds| {
        format!(
            "expires   in {} (EDNS EXPIRE)",
            duration_text(seconds.into())
        )
    }));
    lines.extend(
        server
            .zone_version
            .map(|serial| format!("version   serial {serial} (EDNS ZONEVERSION)")),
    );
    lines.extend(
        server
            .recursion_offered
            .map(|offered| format!("recursion {}", exposure_text(offered))),
    );
    lines.extend(
        server
            .transfer_open
            .map(|transfer_open| format!("transfer  {}", exposure_text(transfer_open))),
    );
    lines.extend(
        server
            .nsid
            .as_ref()
            .map(|nsid| format!("nsid      {}", printable(nsid))),
    );
    for error in server
        .transports
        .iter()
        .filter_map(|transport| transport.response.as_ref())
        .flat_map(|r| &r.extended_errors)
    {
        let (code, extra_text) = (error.info_code, printable(&error.extra_text));
        lines.push(format!("says      EDE {} ({code}) {extra_text}", code.0));
    }
    lines
}

/// The questions beside that of the request which were waited for in vain and failed nothing, such as CDS: what they took
/// of the time shows nowhere else.
fn unanswered_questions(server: &ServerReport) -> impl Iterator<Item = String> {
    let request_question = server
        .exchanges
        .first()
        .map(|exchange| &exchange.query.question);
    let silent = server
        .exchanges
        .iter()
        .filter(|exchange| match exchange.outcome {
            Outcome::Timeout | Outcome::NetworkError(_) => true,
            Outcome::Response(_) | Outcome::Malformed { .. } | Outcome::LocalError(_) => false,
        });
    let extra_exchanges =
        silent.filter(move |exchange| Some(&exchange.query.question) != request_question);
    let questions = extra_exchanges.map(
        |Exchange {
             query, transport, ..
         }| {
            format!(
                "{} {} over {}",
                query.question.name,
                query.question.rtype,
                transport.as_str()
            )
        },
    );
    let is_reported = |question: &String| {
        server
            .failures
            .iter()
            .any(|failure| failure.detail.starts_with(question))
    };
    questions.filter(move |question| !is_reported(question))
}

/// What an authority should keep from strangers.
pub(super) const fn exposure_text(offered: bool) -> &'static str {
    if offered {
        "offered to strangers"
    } else {
        "not offered to strangers"
    }
}
