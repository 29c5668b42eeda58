//! What the parent and the zone's own servers give for the zone's nameservers: read from their messages, and chosen among
//! several answers. `crate::probe` does the asking.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::config::{Nameserver, NameserverRole};
use crate::dns::{Class, Message, Name, Rcode, Record, RrType, Section};
use crate::exchange::Exchange;
use crate::reason::Reason;
use crate::report::Glue;

/// Nameservers of the zone that are looked at: no delegation has more.
const MAX_NAMES: usize = 32;

/// The response of `server`, if it says something about the name that was asked for.
pub(crate) fn usable_response(
    server: SocketAddr,
    last: Option<&Exchange>,
) -> Result<Arc<Message>, String> {
    match last.map(Exchange::response) {
        Some(Ok(message)) if matches!(message.rcode, Rcode::NOERROR | Rcode::NXDOMAIN) => {
            Ok(Arc::clone(message))
        }
        Some(Ok(message)) => Err(format!("{server} says {}", message.rcode)),
        Some(Err(failure)) if failure.reason != Reason::Timeout => {
            Err(format!("{server}: {}", failure.detail))
        }
        Some(Err(_)) | None => Err(format!("{server} does not answer")),
    }
}

/// Whether the answer to a question for the SOA of `name` shows that a zone begins there.
pub(crate) fn is_apex(message: &Message, name: &Name) -> bool {
    let mut answer = message.answer.iter();
    answer.any(|record| record.rtype == RrType::SOA && record.owner == *name)
}

/// A delegation as a server of the parent gives it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Referral {
    /// The host names of the NS RRset, sorted.
    pub(crate) ns: Vec<Name>,
    /// Those of them that lie within the zone, so that only the parent can give their addresses.
    pub(crate) within_zone: Vec<Name>,
    /// The addresses of those that lie within the zone.
    pub(crate) glue: Glue,
}

impl Referral {
    /// Reads the answer of `server` to a question for the NS RRset of `zone`.
    ///
    /// # Errors
    ///
    /// Why the answer is not a referral to the zone.
    pub(crate) fn read(message: &Message, zone: &Name, server: SocketAddr) -> Result<Self, String> {
        let ns = ns_names(message, Section::Authority, zone);
        if ns.is_empty() {
            return Err(if message.header.aa {
                format!("{server} serves {zone} itself, and does not say what its parent has")
            } else {
                format!("{server} does not delegate {zone}")
            });
        }
        let within_zone: Vec<_> = ns
            .iter()
            .filter(|name| name.is_within(zone))
            .cloned()
            .collect();
        let glue = within_zone.iter().filter_map(|name| {
            let addresses = addresses_in(message, Section::Additional, name);
            (!addresses.is_empty()).then(|| (glue_key(name), addresses))
        });
        Ok(Self {
            glue: glue.collect(),
            ns: ns.into_iter().collect(),
            within_zone,
        })
    }
}

/// A server of the zone, to be asked for the addresses of the zone's nameservers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ZoneServer {
    pub(crate) address: SocketAddr,
    pub(crate) is_primary: bool,
}

/// All servers of the zone, the first address of each nameserver before the second of any: a machine fails as a whole, and
/// the zone may be left at a single nameserver.
pub(crate) fn servers_by_round<'n>(
    nameservers: impl IntoIterator<Item = &'n Nameserver>,
) -> Vec<ZoneServer> {
    let servers = nameservers.into_iter().flat_map(|nameserver| {
        let is_primary = nameserver.role == Some(NameserverRole::Primary);
        let addresses = nameserver.addresses.iter().enumerate();
        addresses.map(move |(round, &address)| {
            let address = SocketAddr::new(address, nameserver.port);
            let server = ZoneServer {
                address,
                is_primary,
            };
            (round, server)
        })
    });
    let mut rounds: Vec<_> = servers.collect();
    rounds.sort_by_key(|&(round, _)| round);
    rounds.into_iter().map(|(_, server)| server).collect()
}

/// The addresses that one server of the zone gives for the zone's nameservers.
#[derive(Clone, Debug)]
pub(crate) struct ZoneAddresses {
    pub(crate) from_primary: bool,
    pub(crate) addresses: Glue,
}

/// What most servers give, so that one that is behind, or lies, is not taken for the zone. Where as many give something
/// else, what a primary gives, or else the first answer.
pub(crate) fn majority_addresses(answers: &[ZoneAddresses]) -> Option<&Glue> {
    let weight = |addresses: &Glue| {
        let alike = || {
            answers
                .iter()
                .filter(|answer| answer.addresses == *addresses)
        };
        (alike().count(), alike().any(|answer| answer.from_primary))
    };
    // The last of the greatest wins, so that the order is turned around.
    answers
        .iter()
        .rev()
        .map(|answer| &answer.addresses)
        .max_by_key(|addresses| weight(addresses))
}

/// The addresses of `name` in the answers to questions for A and AAAA; `None` unless each is an authority's.
pub(crate) fn authoritative_addresses(
    answers: &[Arc<Message>],
    name: &Name,
) -> Option<Vec<IpAddr>> {
    if answers.iter().any(|message| !message.header.aa) {
        return None;
    }
    let addresses: BTreeSet<_> = answers
        .iter()
        .flat_map(|message| addresses_in(message, Section::Answer, name))
        .collect();
    Some(addresses.into_iter().collect())
}

/// The names of the NS RRset of `zone` in a section.
pub(crate) fn ns_names(message: &Message, section: Section, zone: &Name) -> BTreeSet<Name> {
    let of_zone = records(message, section, zone).filter(|record| record.rtype == RrType::NS);
    of_zone
        .filter_map(|record| record.single_name(message).ok())
        .take(MAX_NAMES)
        .map(|name| name.to_lowercase())
        .collect()
}

/// The addresses of `name` in a section, sorted, each once.
pub(crate) fn addresses_in(message: &Message, section: Section, name: &Name) -> Vec<IpAddr> {
    let addresses: BTreeSet<_> = records(message, section, name)
        .filter_map(|record| address(message, record))
        .collect();
    addresses.into_iter().collect()
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

/// The form in which glue is listed: the name's text in lower case.
pub(crate) fn glue_key(name: &Name) -> String {
    name.to_lowercase().to_string()
}

#[cfg(test)]
#[path = "parent_tests.rs"]
mod tests;
