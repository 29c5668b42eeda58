//! A zone as a whole for an operator: what is wrong and what differs first, then a line for each address.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::names::names;
use crate::config::NameserverRole;
use crate::dns::Family;
use crate::reason::{Failure, Warning};
use crate::report::{
    AddressReport, AvailabilityCount, ChainReport, ChainStatus, Inconsistency, NameserverReport,
    ParentReport, ZoneReport,
};
use crate::view::formatting::{
    count_with_noun, duration_text, elapsed_text, info_code, printable, relative_time, with_ede,
};
use crate::view::summary::{address_text, success_word, write_table};
use crate::view::table::{EMPTY_CELL, Table, or_empty_cell};

/// The summary of one probe of a zone as a whole.
pub fn zone_text(report: &ZoneReport) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_report(&mut out, report);
    out
}

fn write_report(out: &mut String, report: &ZoneReport) -> fmt::Result {
    write_headline(out, report)?;
    write_table(out, &early_changes(report));
    write_table(out, &differences(&report.differences));
    write_table(out, &failures(report));
    write_table(out, &warnings(report));
    write_facts(out, report)?;
    write_table(out, &addresses(report));
    write_table(out, &names(report));
    Ok(())
}

fn each_address(report: &ZoneReport) -> impl Iterator<Item = (&NameserverReport, &AddressReport)> {
    report.nameservers.iter().flat_map(|nameserver| {
        nameserver
            .addresses
            .iter()
            .map(move |address| (nameserver, address))
    })
}

fn write_headline(out: &mut String, report: &ZoneReport) -> fmt::Result {
    let headlines = each_address(report).filter_map(|(nameserver, address)| {
        Some((nameserver, address, address.server.headline()?))
    });
    let differing = match report.differences.len() {
        0 => String::new(),
        count => format!("; {}", count_with_noun(count, "difference")),
    };
    let is_too_early = report.early_changes.iter().any(|change| change.too_early);
    let differing = if is_too_early {
        format!("{differing}; keys or DS were changed too early")
    } else {
        differing
    };
    if let Some((nameserver, address, failure)) =
        headlines.min_by_key(|(_, _, failure)| failure.reason)
    {
        let (reason, at) = (with_ede(failure.reason), address_text(&address.server));
        writeln!(
            out,
            "FAILURE  {reason} at {} {at}{differing}",
            printable(&nameserver.name)
        )?;
        return writeln!(out, "         {}", printable(&failure.detail));
    }
    let asked = count_with_noun(each_address(report).count(), "address");
    writeln!(
        out,
        "{}  {asked} answered as they should{differing}",
        success_word(report.success)
    )
}

fn early_changes(report: &ZoneReport) -> Table {
    let mut table = Table::new(&["too early", "what resolvers meet"]);
    for change in report
        .early_changes
        .iter()
        .filter(|change| change.too_early)
    {
        table.add_row([
            change.kind.as_str().to_owned(),
            or_empty_cell(change.detail.as_deref().map(printable)),
        ]);
    }
    table
}

fn differences(differences: &[Inconsistency]) -> Table {
    let mut table = Table::new(&["differs", "who", "what is said"]);
    for difference in differences {
        table.add_row([
            difference.what.as_str().to_owned(),
            differing_server(difference),
            printable(&difference.detail),
        ]);
    }
    table
}

/// Who differs: a nameserver, or one address of it.
pub(in crate::view) fn differing_server(difference: &Inconsistency) -> String {
    let Inconsistency {
        nameserver,
        address,
        ..
    } = difference;
    let parts = [
        nameserver.as_deref().map(printable),
        address.map(|address| address.to_string()),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        EMPTY_CELL.to_owned()
    } else {
        parts.join(" ")
    }
}

fn failures(report: &ZoneReport) -> Table {
    let mut table = Table::new(&["nameserver", "address", "reason", "EDE", "what was seen"]);
    for (nameserver, address) in each_address(report) {
        for Failure { reason, detail } in &address.server.failures {
            let ede = info_code(*reason, EMPTY_CELL);
            table.add_row([
                printable(&nameserver.name),
                address_text(&address.server),
                reason.to_string(),
                ede,
                printable(detail),
            ]);
        }
    }
    table
}

fn warnings(report: &ZoneReport) -> Table {
    let mut table = Table::new(&["nameserver", "address", "warning", "what was seen"]);
    for (nameserver, address) in each_address(report) {
        for Warning { kind, detail } in &address.server.warnings {
            table.add_row([
                printable(&nameserver.name),
                address_text(&address.server),
                kind.to_string(),
                printable(detail),
            ]);
        }
    }
    table
}

fn write_facts(out: &mut String, report: &ZoneReport) -> fmt::Result {
    let ZoneReport {
        zone,
        module,
        dnssec_policy,
        at,
        serials,
        reach,
        ..
    } = report;
    let (took, limit) = (elapsed_text(report.duration), elapsed_text(report.timeout));
    writeln!(out)?;
    writeln!(out, "zone      {zone}")?;
    writeln!(
        out,
        "module    {}, dnssec {}",
        printable(module),
        dnssec_policy.as_str()
    )?;
    writeln!(out, "judged    at {at}")?;
    writeln!(out, "took      {took} of at most {limit}")?;
    let serial = match (serials.newest, serials.equal) {
        (Some(newest), Some(true)) => format!("{newest} at all that gave one"),
        (Some(newest), _) => format!("{newest} is the newest, and not all have it"),
        (None, Some(_)) => {
            "none is the newest: they cannot be compared (RFC 1982 section 3.2)".to_owned()
        }
        (None, None) => "no server gave one".to_owned(),
    };
    writeln!(out, "serial    {serial}")?;
    writeln!(
        out,
        "answer    {} of nameservers, {} of providers",
        count_text(reach.servers),
        count_text(reach.providers)
    )?;
    writeln!(
        out,
        "          {}",
        counts_by_family(&reach.addresses, "addresses")
    )?;
    writeln!(
        out,
        "          {}",
        counts_by_family(&reach.networks, "networks (/24, /48)")
    )?;
    let parent = match &report.parent {
        Some(parent) => printable(&parent_text(parent)),
        None if zone.is_root() => return Ok(()),
        None => "not asked: there is no resolver to find it (trust.resolver)".to_owned(),
    };
    writeln!(out, "parent    {parent}")?;
    report
        .chain
        .iter()
        .try_for_each(|chain| writeln!(out, "chain     {}", printable(&chain_text(chain))))
}

fn count_text(share: AvailabilityCount) -> String {
    format!("{} of {}", share.answering, share.configured)
}

fn counts_by_family(shares: &BTreeMap<Family, AvailabilityCount>, noun: &str) -> String {
    if shares.is_empty() {
        return format!("no {noun} in the families asked");
    }
    let shares: Vec<_> = shares
        .iter()
        .map(|(family, share)| format!("{} {}", count_text(*share), family.as_str()))
        .collect();
    format!("{} {noun}", shares.join(", "))
}

/// Where the chain of trust leads.
fn chain_text(chain: &ChainReport) -> String {
    let meaning = match chain.status {
        ChainStatus::Secure => "secure: it leads to the zone's DS",
        ChainStatus::Insecure => "insecure: resolvers reach the zone and do not validate it",
        ChainStatus::Broken => "broken: validating resolvers answer SERVFAIL for the zone",
        ChainStatus::Undecided => "undecided",
    };
    match &chain.detail {
        Some(detail) => format!("{meaning} ({detail})"),
        None => meaning.to_owned(),
    }
}

/// What the parent says, or why that is not known.
pub(in crate::view) fn parent_text(parent: &ParentReport) -> String {
    let zone = parent
        .zone
        .as_ref()
        .map_or_else(|| "not found".to_owned(), ToString::to_string);
    match (&parent.problem, parent.server) {
        (Some(problem), _) => format!("{zone}: {problem}"),
        (None, server) => {
            let names: Vec<_> = parent.ns.iter().map(ToString::to_string).collect();
            let asked = match parent.servers.len() {
                0 | 1 => or_empty_cell(server),
                count => format!("{} and {} more servers", or_empty_cell(server), count - 1),
            };
            format!("{zone} delegates to {} (asked {asked})", names.join(", "))
        }
    }
}

fn addresses(report: &ZoneReport) -> Table {
    let mut table = Table::new(&[
        "nameserver",
        "provider",
        "role",
        "address",
        "result",
        "serial",
        "behind",
        "expires",
        "signatures until",
        "after expire",
        "status",
        "nsid",
    ]);
    for (nameserver, address) in each_address(report) {
        let server = &address.server;
        let dnssec = server.dnssec.as_ref();
        let role = match (nameserver.role, nameserver.hidden) {
            (role, true) => format!("{} hidden", role.map_or("", |role| role.as_str())),
            (role, false) => or_empty_cell(role.map(NameserverRole::as_str)),
        };
        table.add_row([
            printable(&nameserver.name),
            or_empty_cell(nameserver.provider.as_deref().map(printable)),
            role.trim_start().to_owned(),
            address_text(server),
            server.headline().map_or_else(
                || "success".to_owned(),
                |failure| failure.reason.to_string(),
            ),
            or_empty_cell(address.serial()),
            or_empty_cell(address.serial_lag),
            or_empty_cell(
                server
                    .expire_seconds
                    .map(|seconds| duration_text(seconds.into())),
            ),
            or_empty_cell(
                dnssec
                    .and_then(|dnssec| dnssec.earliest_expiration)
                    .map(|horizon| relative_time(horizon, report.at)),
            ),
            or_empty_cell(
                address
                    .signatures_outlive_expire_seconds
                    .map(signed_duration_text),
            ),
            or_empty_cell(dnssec.map(|dnssec| dnssec.status.as_str())),
            or_empty_cell(server.nsid.as_deref().map(printable)),
        ]);
    }
    table
}

fn signed_duration_text(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    format!("{sign}{}", duration_text(seconds.unsigned_abs()))
}
