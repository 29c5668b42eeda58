//! Who of the zone's nameservers answers: what an outage of one provider or one network would leave.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::dns::Family;
use crate::report::{AddressReport, NameserverReport, Reach, Share};

pub(super) fn count(nameservers: &[NameserverReport]) -> Reach {
    let public: Vec<_> = nameservers
        .iter()
        .filter(|nameserver| !nameserver.hidden)
        .collect();
    let addresses = || {
        let of_all = public.iter().flat_map(|nameserver| &nameserver.addresses);
        of_all.filter_map(|address| Some((address.server.family, address.server.address?, address)))
    };
    Reach {
        servers: share(
            public
                .iter()
                .map(|nameserver| (&nameserver.name, is_answering(nameserver))),
        ),
        providers: share(
            public
                .iter()
                .map(|nameserver| (&nameserver.provider, is_answering(nameserver))),
        ),
        addresses: by_family(
            addresses().map(|(family, ip, address)| (family, ip, address.is_answering())),
        ),
        networks: by_family(
            addresses().map(|(family, ip, address)| (family, network(ip), address.is_answering())),
        ),
    }
}

fn is_answering(nameserver: &NameserverReport) -> bool {
    nameserver.addresses.iter().any(AddressReport::is_answering)
}

fn by_family<T: Ord>(things: impl Iterator<Item = (Family, T, bool)>) -> BTreeMap<Family, Share> {
    let mut of_family: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (family, thing, answering) in things {
        of_family
            .entry(family)
            .or_default()
            .push((thing, answering));
    }
    of_family
        .into_iter()
        .map(|(family, things)| (family, share(things.into_iter())))
        .collect()
}

/// Each thing once, however often it comes; it answers if it does so once.
fn share<T: Ord>(things: impl Iterator<Item = (T, bool)>) -> Share {
    let mut answering: BTreeMap<_, bool> = BTreeMap::new();
    for (thing, answers) in things {
        *answering.entry(thing).or_default() |= answers;
    }
    Share {
        configured: answering.len(),
        answering: answering.values().filter(|answers| **answers).count(),
    }
}

/// The network of the size in which the Internet is routed: the longest prefixes that are announced everywhere.
fn network(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets()[..3].to_vec(),
        IpAddr::V6(address) => address.octets()[..6].to_vec(),
    }
}
