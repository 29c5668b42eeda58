//! The keys that the zone's servers serve, from the reports of probes that asked for DNSKEY.

use std::net::IpAddr;

use serde::Serialize;

use crate::dns::{Dnskey, Ds, Name, RrType};
use crate::dnssec::{SecurityStatus, TrustAnchor};
use crate::reason::Failure;
use crate::report::{DnssecReport, KeyRole, ServerReport, TargetReport, Validity};

/// What is live.
#[derive(Debug)]
pub struct LiveZone {
    /// The apex of the zone.
    pub zone: Name,
    /// Each server that was asked.
    pub servers: Vec<LiveServer>,
    /// Each key that any of them serves, once.
    pub keys: Vec<LiveKey>,
    /// The DS RRset that the keys were held against; `None` where none is known.
    pub ds: Option<Vec<Ds>>,
}

/// One address of a server that was asked.
#[derive(Debug, Serialize)]
pub struct LiveServer {
    /// The target, as it was written or as probes.json calls it.
    pub target: String,
    /// The address; absent where the target has none in a wanted family.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Whether it said which keys the zone has.
    pub answered: bool,
    /// How many keys it serves.
    pub keys: usize,
    /// The security status of its answer.
    pub status: Option<SecurityStatus>,
    /// The most telling of what is wrong with its answer, or the reason for its status.
    pub problem: Option<String>,
    /// Whether its keys may be believed: neither is the answer bogus nor the signature of the DNSKEY RRset invalid.
    pub authentic: bool,
}

/// A key that is served.
#[derive(Debug)]
pub struct LiveKey {
    /// The key.
    pub dnskey: Dnskey,
    /// What it is for.
    pub role: KeyRole,
    /// Its size.
    pub bits: Option<usize>,
    /// Whether a server whose keys may be believed serves it.
    pub authentic: bool,
}

impl LiveZone {
    /// The union of what `reports` saw of `zone`.
    pub fn from_reports(zone: &Name, reports: &[TargetReport]) -> Self {
        let mut live = Self {
            zone: zone.clone(),
            servers: Vec::new(),
            keys: Vec::new(),
            ds: None,
        };
        for report in reports {
            for server in &report.servers {
                live.add(&report.target, server);
            }
        }
        // A key-signing key first: losing that one is what involves the parent.
        live.keys
            .sort_by_key(|key| (key.role == KeyRole::Zsk, key.dnskey.key_tag));
        live
    }

    fn add(&mut self, target: &str, server: &ServerReport) {
        let dnssec = server.dnssec.as_ref();
        let authentic = dnssec.is_some_and(|dnssec| is_authentic(dnssec, &self.zone));
        let status_reason = dnssec
            .and_then(|dnssec| dnssec.status_reason)
            .map(|reason| reason.to_string());
        let problem = server
            .headline()
            .map(|Failure { reason, detail }| format!("{reason}: {detail}"));
        self.servers.push(LiveServer {
            target: target.to_owned(),
            address: server.address,
            port: server.port,
            answered: dnssec.is_some(),
            keys: dnssec.map_or(0, |dnssec| dnssec.keys.len()),
            status: dnssec.map(|dnssec| dnssec.status),
            problem: problem.or(status_reason),
            authentic,
        });
        if let Some(dnssec) = dnssec {
            self.add_keys(dnssec, authentic);
            self.add_ds(dnssec);
        }
    }

    fn add_keys(&mut self, dnssec: &DnssecReport, authentic: bool) {
        for key in &dnssec.keys {
            let dnskey = Dnskey {
                flags: key.flags,
                protocol: 3,
                algorithm: key.algorithm,
                public_key: key.public_key.clone(),
                key_tag: key.key_tag,
            };
            match self.keys.iter_mut().find(|known| known.dnskey == dnskey) {
                Some(known) => known.authentic |= authentic,
                None => self.keys.push(LiveKey {
                    dnskey,
                    role: key.role,
                    bits: key.bits,
                    authentic,
                }),
            }
        }
    }

    /// A DNSKEY that is pinned says nothing of what the parent has.
    fn add_ds(&mut self, dnssec: &DnssecReport) {
        for anchor in &dnssec.anchors {
            if let TrustAnchor::Ds(ds) = &anchor.record {
                let known = self.ds.get_or_insert_default();
                if !known.contains(ds) {
                    known.push(ds.clone());
                }
            }
        }
    }
}

/// With no trust anchor the status stays open; the RRset's own signature must hold nevertheless.
fn is_authentic(dnssec: &DnssecReport, zone: &Name) -> bool {
    let mut of_keys = dnssec
        .rrsets
        .iter()
        .filter(|rrset| rrset.rtype == RrType::DNSKEY && rrset.owner == *zone);
    let is_bogus = match dnssec.status {
        SecurityStatus::Bogus(_) => true,
        SecurityStatus::Secure | SecurityStatus::Insecure(_) | SecurityStatus::Indeterminate(_) => {
            false
        }
    };
    !is_bogus && !of_keys.any(|rrset| rrset.held == Validity::Invalid)
}
