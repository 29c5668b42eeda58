//! The names of a zone at each address, as samples and as a table.

use std::fmt::Display;
use std::net::IpAddr;

use crate::report::{AddressReport, NameReport, NameserverReport, ZoneReport};
use crate::view::catalog::ProbeMetric as M;
use crate::view::formatting::{count_with_noun, printable};
use crate::view::samples::{Samples, flag};
use crate::view::table::{EMPTY_CELL, Table, or_empty_cell};

/// What one address said of each name.
pub(super) fn add_names(
    samples: &mut Samples,
    nameserver: &NameserverReport,
    address: &AddressReport,
) {
    let server = &address.server;
    let ip = server.address.as_ref().map(IpAddr::to_string);
    let provider = nameserver.provider.as_deref().unwrap_or_default();
    let series = &mut samples.labelled(&[
        &nameserver.name,
        provider,
        server.family.as_str(),
        &ip.unwrap_or_default(),
    ]);
    for name in &server.names {
        let labels: [&dyn Display; 2] = [&name.name.without_final_dot(), &name.rtype];
        let values = [
            (M::NameAnswered, Some(flag(name.answered))),
            (M::NameValid, name.valid.map(flag)),
            (M::NameExpected, name.expected.map(flag)),
            (M::NameDigest, name.digest.map(number)),
        ];
        for (metric, value) in values {
            if let Some(value) = value {
                series.add(metric, &labels, value);
            }
        }
    }
}

/// A digest has 53 bits, which a float counts exactly.
#[expect(clippy::cast_precision_loss, reason = "53 bits at the most")]
const fn number(digest: u64) -> f64 {
    digest as f64
}

/// Each name with what is said of it, and where.
pub(super) fn names(report: &ZoneReport) -> Table {
    let mut table = Table::new(&["name", "type", "data", "signatures", "expected", "at"]);
    let addresses: Vec<_> = report
        .nameservers
        .iter()
        .flat_map(|nameserver| {
            nameserver
                .addresses
                .iter()
                .map(move |address| (nameserver, address))
        })
        .filter(|(_, address)| !address.server.names.is_empty())
        .collect();
    let count = addresses
        .iter()
        .map(|(_, address)| address.server.names.len());
    for index in 0..count.max().unwrap_or_default() {
        let said: Vec<_> = addresses
            .iter()
            .filter_map(|(nameserver, address)| {
                let name = address.server.names.get(index)?;
                Some((name, address_text(nameserver, address)))
            })
            .collect();
        let mut told: Vec<&NameReport> = Vec::new();
        for (name, _) in &said {
            if told.contains(name) {
                continue;
            }
            told.push(name);
            let at: Vec<_> = said
                .iter()
                .filter(|(other, _)| other == name)
                .map(|(_, address)| address.as_str())
                .collect();
            let at = if at.len() == said.len() {
                count_with_noun(at.len(), "address")
            } else {
                at.join(", ")
            };
            table.add_row(cells(name, at));
        }
    }
    table
}

fn address_text(nameserver: &NameserverReport, address: &AddressReport) -> String {
    let ip = address.server.address.as_ref().map(IpAddr::to_string);
    format!("{} {}", printable(&nameserver.name), ip.unwrap_or_default())
}

fn cells(name: &NameReport, at: String) -> [String; 6] {
    let data = match (name.digest, name.records.as_slice()) {
        (None, _) if !name.answered => "no answer".to_owned(),
        (None, _) => EMPTY_CELL.to_owned(),
        (Some(0), _) => "none".to_owned(),
        (Some(_), records) => printable(&records.join(", ")),
    };
    let word = |holds: Option<bool>, yes: &str, no: &str| {
        or_empty_cell(holds.map(|holds| if holds { yes.to_owned() } else { no.to_owned() }))
    };
    [
        name.name.to_string(),
        name.rtype.to_string(),
        data,
        word(name.valid, "valid", "invalid"),
        word(name.expected, "yes", "no"),
        at,
    ]
}
