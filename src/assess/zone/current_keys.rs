//! The zone's keys and its DS RRset, as the servers of the zone and its parent show them at one probe.

use std::net::IpAddr;

use crate::assess::key_facts::KeyFacts;
use crate::assess::server_facts::ServerFacts;
use crate::config::DnssecPolicy;
use crate::dns::{Ds, Timestamp};
use crate::dnssec::{ChainOutcome, EarlyChange, TrustAnchor};
use crate::plan::{TrustSource, ZonePlan};
use crate::report::{ParentReport, Serials};

/// What the DS RRset, or the DNSKEY RRset, is taken to have had where it is gone: that of most top-level domains, in seconds.
const USUAL_TTL: u32 = 86_400;

/// What the parent and the zone's servers show at one probe.
#[derive(Debug)]
pub(super) struct CurrentKeys<'f> {
    pub(super) at: Timestamp,
    /// The DS RRset of each server of the parent; `None` where none is known.
    pub(super) ds: Option<Vec<CurrentDs>>,
    pub(super) servers: Vec<ServerKeys<'f>>,
}

/// The DS RRset that a server of the parent gave; empty for a proof that there is none.
#[derive(Clone, Debug)]
pub(super) struct CurrentDs {
    pub(super) ds: Vec<Ds>,
    pub(super) seen_at: Timestamp,
    /// Absent where there is none, and where a resolver gave it, whose copy has run already.
    pub(super) ttl: Option<u32>,
    /// Whether the parent itself gave it.
    pub(super) is_from_parent: bool,
}

/// One address of a nameserver that resolvers ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerKeys<'f> {
    pub(super) name: &'f str,
    pub(super) address: Option<IpAddr>,
    pub(super) keys: &'f KeyFacts,
    pub(super) ttl: Option<u32>,
    /// Whether it has the newest version of the zone.
    pub(super) is_current: bool,
}

impl CurrentKeys<'_> {
    /// Each DS RRset once, and one that is empty if there is none.
    pub(super) fn distinct_ds(&self) -> Option<Vec<&[Ds]>> {
        let mut distinct: Vec<&[Ds]> = Vec::new();
        for server in self.ds.as_ref()? {
            if !distinct.contains(&&*server.ds) {
                distinct.push(&server.ds);
            }
        }
        Some(distinct)
    }

    /// How long resolvers hold what such a change must wait for.
    pub(super) fn ttl(&self, kind: EarlyChange) -> u32 {
        let ttl = match kind {
            EarlyChange::KskRemoved => {
                let servers = self.ds.iter().flatten();
                servers.filter_map(|server| server.ttl).max()
            }
            EarlyChange::DsChanged | EarlyChange::ZskUsed => {
                let servers = self.servers.iter();
                servers.filter_map(|server| server.ttl).max()
            }
        };
        ttl.unwrap_or(USUAL_TTL)
    }
}

/// The keys at each address that resolvers ask; `None` where DNSSEC is not judged.
pub(super) fn current_keys<'f>(
    plan: &'f ZonePlan,
    facts: &'f [Vec<ServerFacts>],
    serials: Serials,
) -> Option<Vec<ServerKeys<'f>>> {
    if plan.dnssec == DnssecPolicy::Off {
        return None;
    }
    let nameservers = plan.nameservers.iter().zip(facts);
    let asked = nameservers.filter(|(nameserver, _)| !nameserver.nameserver.hidden);
    let servers = asked.flat_map(|(nameserver, servers)| {
        servers.iter().filter_map(|server| {
            Some(ServerKeys {
                name: &nameserver.plan.target,
                address: server.address,
                keys: server.keys.as_ref()?,
                ttl: server.ttls.dnskey,
                is_current: serials.newest.is_none() || server.serial() == serials.newest,
            })
        })
    });
    Some(servers.collect())
}

/// What is known of the DS RRset: from the parent's servers, else from the chain of trust that begins above the zone.
pub(super) fn current_ds(
    plan: &ZonePlan,
    parent: Option<&ParentReport>,
    chain: Option<&ChainOutcome>,
    at: Timestamp,
) -> Option<Vec<CurrentDs>> {
    let servers = parent.into_iter().flat_map(|parent| &parent.servers);
    let given: Vec<_> = servers
        .filter_map(|server| {
            let delegation = server.delegation.as_ref()?;
            Some(CurrentDs {
                ds: delegation.ds.clone(),
                seen_at: server.at,
                ttl: delegation.ds_ttl,
                is_from_parent: true,
            })
        })
        .collect();
    if !given.is_empty() {
        return Some(given);
    }
    // What is pinned says nothing of what the parent has.
    let TrustSource::Chain { .. } = plan.trust else {
        return None;
    };
    let mut ds: Vec<_> = match chain? {
        ChainOutcome::Signed(anchors) => anchors.iter().filter_map(ds_of_anchor).collect(),
        ChainOutcome::Ended(end) if end.proves_no_ds(&plan.zone) => Vec::new(),
        ChainOutcome::Ended(_) => return None,
    };
    ds.sort_unstable();
    Some(vec![CurrentDs {
        ds,
        seen_at: at,
        ttl: None,
        is_from_parent: false,
    }])
}

fn ds_of_anchor(anchor: &TrustAnchor) -> Option<Ds> {
    match anchor {
        TrustAnchor::Ds(ds) => Some(ds.clone()),
        TrustAnchor::Dnskey(_) => None,
    }
}

#[cfg(test)]
#[path = "current_keys_tests.rs"]
mod tests;
