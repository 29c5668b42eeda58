//! Which of the zone's nameservers answer: what an outage of one provider or one network would leave.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::assess::server_facts::{NameserverFacts, ServerFacts};
use crate::dns::Family;
use crate::report::{Availability, AvailabilityCount};

/// Counts what is configured and what answers. Hidden nameservers are left out: resolvers never ask them.
pub(super) fn assess_availability(nameservers: &[NameserverFacts<'_>]) -> Availability {
    let public = || {
        nameservers
            .iter()
            .filter(|nameserver| !nameserver.nameserver.hidden)
    };
    let servers = public().map(|nameserver| (nameserver.name, is_answering(nameserver)));
    let providers =
        public().map(|nameserver| (&nameserver.nameserver.provider, is_answering(nameserver)));
    let addresses = || {
        let servers = public().flat_map(|nameserver| nameserver.servers);
        servers.filter_map(|server| Some((server.family, server.address?, server.is_answering())))
    };
    let networks =
        addresses().map(|(family, address, answers)| (family, network_prefix(address), answers));
    Availability {
        servers: availability_count(servers),
        providers: availability_count(providers),
        addresses: by_family(addresses()),
        networks: by_family(networks),
    }
}

fn is_answering(nameserver: &NameserverFacts<'_>) -> bool {
    nameserver.servers.iter().any(ServerFacts::is_answering)
}

fn by_family<T: Ord>(
    items: impl Iterator<Item = (Family, T, bool)>,
) -> BTreeMap<Family, AvailabilityCount> {
    let mut of_family: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (family, item, answers) in items {
        of_family.entry(family).or_default().push((item, answers));
    }
    of_family
        .into_iter()
        .map(|(family, items)| (family, availability_count(items.into_iter())))
        .collect()
}

/// Counts each item once, however often it occurs. It answers if it does so once.
fn availability_count<T: Ord>(items: impl Iterator<Item = (T, bool)>) -> AvailabilityCount {
    let mut answering: BTreeMap<_, bool> = BTreeMap::new();
    for (item, answers) in items {
        *answering.entry(item).or_default() |= answers;
    }
    AvailabilityCount {
        configured: answering.len(),
        answering: answering.values().filter(|answers| **answers).count(),
    }
}

/// The network of the size in which the Internet is routed: the longest prefixes that are announced everywhere.
fn network_prefix(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets()[..3].to_vec(),
        IpAddr::V6(address) => address.octets()[..6].to_vec(),
    }
}
