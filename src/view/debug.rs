//! The transcript: what was asked, what came back, what was held of it, then the metrics.
//!
//! Every line that quotes a server is indented and free of control characters, so that no answer can pass for a
//! line of ours.

use std::fmt::{self, Write as _};

use super::blackbox_metrics::blackbox_prometheus;
use super::dnssec_summary::rrset_name;
use super::formatting::{count_with_noun, elapsed_text, printable, relative_time, with_ede};
use super::metrics::prometheus;
use super::summary::{address_text, clock};
use super::zone::{differing_server, parent_text, zone_prometheus};
use crate::dns::{Message, Timestamp, WireError, dig_text};
use crate::exchange::{Exchange, Outcome};
use crate::reason::{Failure, Reason};
use crate::report::{
    BlackboxReport, DnssecReport, RrsigReport, ServerReport, TargetReport, Validity, ZoneReport,
};

/// Octets of a malformed message that are dumped.
const MAX_DUMPED_OCTETS: usize = 64;
const OCTETS_PER_LINE: usize = 16;

/// The transcript of one probe, then the line `--- metrics` and what [`prometheus()`] would have answered.
pub fn debug(report: &TargetReport) -> String {
    with_metrics(report, &prometheus(report))
}

/// The same of a probe by blackbox_exporter's rules.
pub fn blackbox_debug(report: &BlackboxReport) -> String {
    with_metrics(&report.report, &blackbox_prometheus(report))
}

fn with_metrics(report: &TargetReport, metrics: &str) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_transcript(&mut out, report);
    out.push_str("--- metrics\n");
    out.push_str(metrics);
    out
}

/// The same of a zone as a whole, nameserver by nameserver.
pub fn zone_debug(report: &ZoneReport) -> String {
    let mut out = String::new();
    let _ = write_zone(&mut out, report);
    out.push_str("--- metrics\n");
    out.push_str(&zone_prometheus(report));
    out
}

fn write_zone(out: &mut String, report: &ZoneReport) -> fmt::Result {
    let ZoneReport {
        zone,
        module,
        dnssec_policy,
        at,
        ..
    } = report;
    let (module, policy) = (printable(module), dnssec_policy.as_str());
    writeln!(
        out,
        "== zone {zone} as a whole, module {module}, dnssec {policy}, judged at {at}\n"
    )?;
    for nameserver in &report.nameservers {
        writeln!(out, "== nameserver {}\n", printable(&nameserver.name))?;
        nameserver
            .addresses
            .iter()
            .try_for_each(|address| write_server(out, &address.server, *at))?;
    }
    let parent = report
        .parent
        .iter()
        .map(|parent| format!("== parent {}", printable(&parent_text(parent))));
    let differences = report.differences.iter().map(|difference| {
        let (kind, server, detail) = (
            difference.what.as_str(),
            differing_server(difference),
            printable(&difference.detail),
        );
        format!("== differs in {kind}: {server}: {detail}")
    });
    parent
        .chain(differences)
        .try_for_each(|line| writeln!(out, "{line}\n"))
}

fn write_server(out: &mut String, server: &ServerReport, at: Timestamp) -> fmt::Result {
    for exchange in &server.exchanges {
        write_exchange(out, server, exchange)?;
    }
    write_verdicts(out, server, at)
}

fn write_transcript(out: &mut String, report: &TargetReport) -> fmt::Result {
    let TargetReport {
        target,
        zone,
        module,
        dnssec_policy,
        at,
        ..
    } = report;
    let (target, module, policy) = (printable(target), printable(module), dnssec_policy.as_str());
    writeln!(
        out,
        "== target {target}, zone {zone}, module {module}, dnssec {policy}, judged at {at}\n"
    )?;
    report
        .servers
        .iter()
        .try_for_each(|server| write_server(out, server, *at))
}

fn write_exchange(out: &mut String, server: &ServerReport, exchange: &Exchange) -> fmt::Result {
    let Exchange {
        query, transport, ..
    } = exchange;
    let (address, transport, query_options) = (
        address_text(server),
        transport.as_str(),
        query_options(exchange),
    );
    writeln!(
        out,
        ">> {address} over {transport}: {}, {query_options}",
        query.question
    )?;
    writeln!(out, "<< {}", exchange_result(exchange))?;
    match &exchange.outcome {
        Outcome::Response(message) => write_indented(out, &dig_text(message))?,
        Outcome::Malformed { octets, error } => write_malformed(out, octets, *error)?,
        Outcome::Timeout | Outcome::NetworkError(_) | Outcome::LocalError(_) => {}
    }
    writeln!(out)
}

/// What the query carries, read from the octets that were sent (but for the ID, which is drawn for each).
fn query_options(exchange: &Exchange) -> String {
    let Ok(query) = Message::read(exchange.query.octets(0, exchange.edns)) else {
        return "unreadable".to_owned();
    };
    let recursion = if query.header.rd { "RD=1" } else { "RD=0" };
    match &query.edns {
        Some(edns) => {
            let dnssec = if edns.dnssec_ok { "DO=1" } else { "DO=0" };
            let options = exchange.query.edns_options().join(" and ");
            format!(
                "{recursion}, EDNS version {} with {dnssec}, {} octets, {options}",
                edns.version, edns.udp_size
            )
        }
        None => format!("{recursion}, no EDNS"),
    }
}

fn exchange_result(exchange: &Exchange) -> String {
    let mut parts = vec![match &exchange.outcome {
        Outcome::Response(message) => count_with_noun(message.octets().len(), "octet"),
        Outcome::Malformed { octets, .. } => {
            format!("malformed, {}", count_with_noun(octets.len(), "octet"))
        }
        Outcome::Timeout => "timeout".to_owned(),
        Outcome::NetworkError(error) => format!("network error: {}", printable(error)),
        Outcome::LocalError(error) => format!(
            "not asked, for want of this machine's means: {}",
            printable(error)
        ),
    }];
    parts.extend(
        exchange
            .connect
            .map(|time| format!("connected in {}", elapsed_text(time))),
    );
    parts.extend(
        exchange
            .request
            .map(|time| format!("answered in {}", elapsed_text(time))),
    );
    parts.extend(
        exchange
            .clock
            .map(|stamp| format!("{} clock", clock(stamp))),
    );
    parts.push(format!(
        "{} ignored",
        count_with_noun(
            usize::try_from(exchange.ignored).unwrap_or(usize::MAX),
            "response"
        )
    ));
    parts.join(", ")
}

fn write_indented(out: &mut String, text: &str) -> fmt::Result {
    text.lines()
        .try_for_each(|line| writeln!(out, "   {}", printable(line)))
}

fn write_malformed(out: &mut String, octets: &[u8], error: WireError) -> fmt::Result {
    writeln!(out, "   {error}")?;
    let lines = octets.chunks(OCTETS_PER_LINE).enumerate();
    for (line, chunk) in lines.take(MAX_DUMPED_OCTETS / OCTETS_PER_LINE) {
        let hex: Vec<_> = chunk.iter().map(|octet| format!("{octet:02x}")).collect();
        let ascii: String = chunk
            .iter()
            .map(|&octet| {
                if octet.is_ascii_graphic() {
                    char::from(octet)
                } else {
                    '.'
                }
            })
            .collect();
        writeln!(
            out,
            "   {:04x}  {:47}  {ascii}",
            line * OCTETS_PER_LINE,
            hex.join(" ")
        )?;
    }
    match octets.len().saturating_sub(MAX_DUMPED_OCTETS) {
        0 => Ok(()),
        remaining => writeln!(out, "   {} more", count_with_noun(remaining, "octet")),
    }
}

fn write_verdicts(out: &mut String, server: &ServerReport, at: Timestamp) -> fmt::Result {
    writeln!(out, "== {}", address_text(server))?;
    for Failure { reason, detail } in &server.failures {
        writeln!(
            out,
            "   failure: {}: {}",
            with_ede(*reason),
            printable(detail)
        )?;
    }
    if let Some(dnssec) = &server.dnssec {
        write_dnssec(out, dnssec, at)?;
    }
    writeln!(out)
}

fn write_dnssec(out: &mut String, dnssec: &DnssecReport, at: Timestamp) -> fmt::Result {
    writeln!(
        out,
        "   status: {}{}",
        dnssec.status.as_str(),
        reason_text(dnssec.status_reason)
    )?;
    for rrset in &dnssec.rrsets {
        let (name, records, verdict) = (
            rrset_name(rrset),
            count_with_noun(rrset.records, "record"),
            validity_word(rrset.held),
        );
        writeln!(
            out,
            "   {name} over {}, {records}: {verdict}{}",
            rrset.transport.as_str(),
            reason_text(rrset.reason)
        )?;
        for rrsig in &rrset.rrsigs {
            write_rrsig(out, rrsig, at)?;
        }
    }
    Ok(())
}

fn write_rrsig(out: &mut String, rrsig: &RrsigReport, at: Timestamp) -> fmt::Result {
    let RrsigReport {
        key_tag,
        algorithm,
        signer,
        inception,
        expiration,
        ..
    } = rrsig;
    let (began, ends) = (
        relative_time(*inception, at),
        relative_time(*expiration, at),
    );
    writeln!(
        out,
        "     RRSIG by key {key_tag} {algorithm} of {signer}: {}{}",
        validity_word(rrsig.held),
        reason_text(rrsig.reason)
    )?;
    writeln!(
        out,
        "       from {inception} ({began}) to {expiration} ({ends})"
    )
}

const fn validity_word(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "valid",
        Validity::Invalid => "invalid",
        Validity::Undecided => "undecided",
    }
}

fn reason_text(reason: Option<Reason>) -> String {
    reason
        .map(|reason| format!(", {}: {}", with_ede(reason), reason.meaning()))
        .unwrap_or_default()
}
