//! What the parent says of a zone's nameservers, read from its messages and from those of the zone's servers.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::dns::{Class, Message, Name, Record, RrType, Section};
use crate::report::Glue;

/// Nameservers of the zone that are looked at: no delegation has more.
const MOST_NAMES: usize = 32;

/// What most say; where as many say something else, what a primary says, or else who comes first.
pub(crate) fn believed(told: &[(bool, Glue)]) -> Option<&Glue> {
    let weight = |glue: &Glue| {
        let alike = told.iter().filter(|(_, other)| other == glue);
        (
            alike.clone().count(),
            alike.clone().any(|(is_primary, _)| *is_primary),
        )
    };
    // The last of the greatest wins, so that the order is turned around.
    told.iter()
        .rev()
        .map(|(_, glue)| glue)
        .max_by_key(|glue| weight(glue))
}

/// The names of the NS RRset of `zone` in a section.
pub(crate) fn nameservers(message: &Message, section: Section, zone: &Name) -> BTreeSet<Name> {
    let of_zone = records(message, section, zone).filter(|record| record.rtype == RrType::NS);
    of_zone
        .filter_map(|record| record.single_name(message).ok())
        .take(MOST_NAMES)
        .map(|name| name.to_lowercase())
        .collect()
}

pub(crate) fn addresses_of(message: &Message, name: &Name) -> Vec<IpAddr> {
    addresses(message, Section::Answer, name)
}

pub(crate) fn addresses(message: &Message, section: Section, name: &Name) -> Vec<IpAddr> {
    let found: BTreeSet<_> = records(message, section, name)
        .filter_map(|record| address(message, record))
        .collect();
    found.into_iter().collect()
}

fn records<'m>(
    message: &'m Message,
    section: Section,
    owner: &Name,
) -> impl Iterator<Item = &'m Record> {
    message
        .section(section)
        .iter()
        .filter(move |record| record.class == Class::IN && record.owner == *owner)
}

fn address(message: &Message, record: &Record) -> Option<IpAddr> {
    let rdata = message.rdata(record);
    match record.rtype {
        RrType::A => <[u8; 4]>::try_from(rdata).ok().map(IpAddr::from),
        RrType::AAAA => <[u8; 16]>::try_from(rdata).ok().map(IpAddr::from),
        _ => None,
    }
}

/// Names are told by their text in lower case.
pub(crate) fn key(name: &Name) -> String {
    name.to_lowercase().to_string()
}

pub(crate) fn entry(name: &Name, addresses: Vec<IpAddr>) -> Option<(String, Vec<IpAddr>)> {
    (!addresses.is_empty()).then(|| (key(name), addresses))
}
