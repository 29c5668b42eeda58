//! What the parent and the zone's own servers give for the zone's nameservers: read from their messages, and chosen among
//! several answers. `crate::probe` does the asking.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::config::{Nameserver, NameserverRole};
use crate::dns::{Class, Ds, Family, Message, Name, Rcode, Record, RrType, Section, Timestamp};
use crate::exchange::Exchange;
use crate::reason::Reason;
use crate::report::{
    Delegation, Glue, NsHostReport, NsHostResult, ParentReport, ParentResult, ParentServerReport,
    UnlistedServer,
};

/// Nameservers of the zone that are looked at: no delegation has more.
const MAX_NAMES: usize = 32;
/// DS records of a delegation that are looked at.
const MAX_DS: usize = 32;
/// Six octets are less than 2^53, up to which a float counts exactly.
const DIGEST_OCTETS: usize = 6;
/// How long the answer of a server of the parent holds, in seconds, before it is asked again whatever its turn: so that one that
/// has an old copy is found within five minutes.
const MAX_OBSERVATION_AGE: i64 = 240;
/// Servers of the parent that each probe asks.
const MIN_SERVERS_PER_PROBE: usize = 4;

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

/// Reads what a server of the parent makes of a question for the NS RRset of `zone`.
pub(crate) fn read_parent_answer(
    last: Option<&Exchange>,
    zone: &Name,
) -> (ParentResult, Result<Delegation, String>) {
    let message = match last.map(Exchange::response) {
        Some(Ok(message)) => message,
        Some(Err(failure)) => return (ParentResult::Silent, Err(failure.detail)),
        None => return (ParentResult::Silent, Err("not asked".to_owned())),
    };
    match message.rcode {
        Rcode::NOERROR => read_delegation(message, zone),
        Rcode::NXDOMAIN => {
            let detail = format!("NXDOMAIN: there is no {zone}");
            (ParentResult::NxDomain, Err(detail))
        }
        rcode => (ParentResult::Failed, Err(rcode.to_string())),
    }
}

fn read_delegation(message: &Message, zone: &Name) -> (ParentResult, Result<Delegation, String>) {
    let ns = ns_names(message, Section::Authority, zone);
    if !ns.is_empty() {
        return (ParentResult::Delegates, Ok(delegation(message, zone, ns)));
    }
    let has_own =
        |section, rtype| records(message, section, zone).any(|record| record.rtype == rtype);
    let serves_zone = message.header.aa
        && (has_own(Section::Answer, RrType::NS) || has_own(Section::Authority, RrType::SOA));
    if serves_zone {
        let detail = format!("it serves {zone} itself, which hides what the parent has");
        (ParentResult::ServesZone, Err(detail))
    } else {
        let detail = format!("it does not delegate {zone}");
        (ParentResult::NotDelegated, Err(detail))
    }
}

/// The delegation in a referral: DS is in it where the zone has any (RFC 4035 section 3.1.4.1).
fn delegation(message: &Message, zone: &Name, ns: BTreeSet<Name>) -> Delegation {
    let of_type = |rtype| {
        let records = records(message, Section::Authority, zone);
        records.filter(move |record| record.rtype == rtype)
    };
    let ds = of_type(RrType::DS).filter_map(|record| Ds::read(message.rdata(record)).ok());
    let ds: BTreeSet<_> = ds.take(MAX_DS).collect();
    let within_zone = ns.iter().filter(|name| name.is_within(zone));
    let glue = within_zone.filter_map(|name| {
        let addresses = addresses_in(message, Section::Additional, name);
        (!addresses.is_empty()).then(|| (glue_key(name), addresses))
    });
    Delegation {
        glue: glue.collect(),
        ns_ttl: of_type(RrType::NS).map(|record| record.ttl).min(),
        ds_ttl: of_type(RrType::DS).map(|record| record.ttl).min(),
        ds: ds.into_iter().collect(),
        ns: ns.into_iter().collect(),
    }
}

/// The nameservers of a delegation whose addresses only the parent can give.
pub(crate) fn names_within(delegation: &Delegation, zone: &Name) -> Vec<Name> {
    let within = delegation.ns.iter().filter(|name| name.is_within(zone));
    within.cloned().collect()
}

/// A number that is another one for other texts, whatever their order, and that a float counts exactly: 48 bits of SHA-256.
/// 0 for no texts.
fn digest_of<T: ToString>(texts: &[T]) -> u64 {
    if texts.is_empty() {
        return 0;
    }
    let sorted: BTreeSet<_> = texts.iter().map(ToString::to_string).collect();
    let joined = sorted.into_iter().collect::<Vec<_>>().join("\n");
    let digest = ring::digest::digest(&ring::digest::SHA256, joined.as_bytes());
    let octets = digest.as_ref().iter().take(DIGEST_OCTETS);
    octets.fold(0, |number, octet| number << 8 | u64::from(*octet))
}

/// Which servers of the parent a probe asks: those never asked, or not lately, and of the others some, the longest not asked
/// first. A top-level domain has 26, and 1,000 zones below it must not ask each of them every minute.
pub(crate) fn due_servers(
    servers: &[(Name, SocketAddr)],
    observations: &[ParentServerReport],
    now: Timestamp,
) -> Vec<(Name, SocketAddr)> {
    let asked_at = |address: &SocketAddr| {
        let known = observations.iter().find(|known| known.address == *address);
        known.map(|known| known.at)
    };
    let mut by_age: Vec<_> = servers
        .iter()
        .map(|(name, address)| (asked_at(address), name, address))
        .collect();
    // `None`, never, is before any time.
    by_age.sort_by_key(|&(at, _, _)| at);
    // A clock that was set back makes an observation one of the future, which is as good as none.
    let is_recent = |at: Timestamp| (0..MAX_OBSERVATION_AGE).contains(&(now.0 - at.0));
    let due = by_age
        .into_iter()
        .enumerate()
        .filter(|(index, (at, ..))| *index < MIN_SERVERS_PER_PROBE || !at.is_some_and(is_recent));
    due.map(|(_, (_, name, address))| (name.clone(), *address))
        .collect()
}

/// The observations of this probe in place of older ones, in the order of `servers`.
pub(crate) fn merge_observations(
    servers: &[(Name, SocketAddr)],
    before: &[ParentServerReport],
    now: &[ParentServerReport],
) -> Vec<ParentServerReport> {
    let merged = servers.iter().filter_map(|(_, address)| {
        let mut latest = now.iter().chain(before);
        latest.find(|known| known.address == *address).cloned()
    });
    merged.collect()
}

/// Fills in what the servers of the parent come to together, and the delegation that most of them give.
pub(crate) fn summarise_servers(report: &mut ParentReport, servers: Vec<ParentServerReport>) {
    let count = |result| {
        servers
            .iter()
            .filter(|server| server.result == result)
            .count()
    };
    let others = [
        ParentResult::NxDomain,
        ParentResult::NotDelegated,
        ParentResult::Failed,
    ];
    // The last of the greatest wins, so that the order is turned around.
    let most = others.into_iter().rev().max_by_key(|result| count(*result));
    // Servers that have the zone too answer for it, and say nothing of its delegation: a lame one beside them is no more to go by.
    let is_hidden = count(ParentResult::ServesZone) > 0 && count(ParentResult::NxDomain) == 0;
    report.result = if count(ParentResult::Delegates) > 0 {
        Some(ParentResult::Delegates)
    } else {
        most.filter(|result| count(*result) > 0 && !is_hidden)
    };
    match reference_delegation(&servers) {
        Some((server, delegation)) => {
            report.server = Some(server);
            report.ns.clone_from(&delegation.ns);
            report.ns_ttl = delegation.ns_ttl;
            report.ns_digest = Some(digest_of(&delegation.ns));
            report.ds.clone_from(&delegation.ds);
            report.ds_ttl = delegation.ds_ttl;
            report.ds_digest = Some(digest_of(&delegation.ds));
            report.glue.clone_from(&delegation.glue);
        }
        None => report.problem = Some(describe_problems(&servers)),
    }
    report.servers = servers;
}

/// Whether a server of the parent that was asked at `now` answered at all, by family; a family of which none was asked is absent.
pub(crate) fn answering_families<'r>(
    servers: impl IntoIterator<Item = &'r ParentServerReport>,
    now: Timestamp,
) -> BTreeMap<Family, bool> {
    let mut families = BTreeMap::new();
    for server in servers.into_iter().filter(|server| server.at == now) {
        let answers = server.result != ParentResult::Silent;
        *families
            .entry(Family::of_address(&server.address.ip()))
            .or_insert(false) |= answers;
    }
    families
}

/// The delegation that most servers give, or of two that as many give, the first.
fn reference_delegation(servers: &[ParentServerReport]) -> Option<(SocketAddr, &Delegation)> {
    let delegations = servers
        .iter()
        .filter_map(|server| Some((server.address, server.delegation.as_ref()?)));
    let weight = |delegation: &Delegation| {
        let alike = |other: &&Delegation| has_same_records(other, delegation);
        let others = servers
            .iter()
            .filter_map(|server| server.delegation.as_ref());
        others.filter(alike).count()
    };
    // The last of the greatest wins, so that the order is turned around.
    let delegations: Vec<_> = delegations.collect();
    delegations
        .into_iter()
        .rev()
        .max_by_key(|(_, delegation)| weight(delegation))
}

/// Whether two delegations are to the same nameservers by the same DS RRset. TTLs may have run, and glue is rotated.
pub(crate) fn has_same_records(left: &Delegation, right: &Delegation) -> bool {
    (&left.ns, &left.ds) == (&right.ns, &right.ds)
}

/// Each problem once, with the servers that have it.
fn describe_problems(servers: &[ParentServerReport]) -> String {
    let mut by_detail: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for server in servers {
        let detail = server.detail.as_deref().unwrap_or_default();
        by_detail
            .entry(detail)
            .or_default()
            .push(server.address.to_string());
    }
    let problems = by_detail
        .into_iter()
        .map(|(detail, servers)| format!("{detail} ({})", servers.join(", ")));
    problems.collect::<Vec<_>>().join("; ")
}

/// What resolvers found for the name of a nameserver, from their answers to questions for A and AAAA.
pub(crate) fn ns_host(name: &Name, answers: &[Result<Arc<Message>, String>]) -> NsHostReport {
    let found = answers.iter().filter_map(|answer| answer.as_ref().ok());
    let addresses: BTreeSet<_> = found
        .clone()
        .flat_map(|message| addresses_in(message, Section::Answer, name))
        .collect();
    let problem = answers
        .iter()
        .find_map(|answer| answer.as_ref().err())
        .cloned();
    let result = if !addresses.is_empty() {
        NsHostResult::Found
    } else if problem.is_some() {
        NsHostResult::Unknown
    } else if found
        .clone()
        .any(|message| message.rcode == Rcode::NXDOMAIN)
    {
        NsHostResult::NxDomain
    } else {
        NsHostResult::NoAddress
    };
    NsHostReport {
        name: name.clone(),
        result,
        addresses: addresses.into_iter().collect(),
        problem,
        unlisted: Vec::new(),
    }
}

/// What a server that probes.json does not list answers to a question for the SOA of `zone`.
pub(crate) fn unlisted_server(
    address: IpAddr,
    last: Option<&Exchange>,
    zone: &Name,
) -> UnlistedServer {
    let (answers, detail) = match last.map(Exchange::response) {
        Some(Ok(message)) if message.header.aa && is_apex(message, zone) => (Some(true), None),
        Some(Ok(message)) => {
            let detail = format!("{} without the zone's SOA as an authority", message.rcode);
            (Some(false), Some(detail))
        }
        Some(Err(failure)) if failure.reason == Reason::Timeout => {
            (Some(false), Some("no answer".to_owned()))
        }
        // No route to it, no IPv6 here: that says nothing of the server.
        Some(Err(failure)) => (None, Some(failure.detail)),
        None => (None, None),
    };
    UnlistedServer {
        address,
        answers,
        detail,
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
