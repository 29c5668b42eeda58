//! What one server shows of the zone's keys, for what resolvers meet that still hold older ones.

use std::collections::BTreeSet;

use crate::dns::{Dnskey, Name, RrType, Timestamp};
use crate::dnssec::{Dnskeys, KeyId, SignedDnskeys};
use crate::reason::Reason;
use crate::report::{DnssecReport, KeyReport, RrsetReport, RrsigReport, Validity};

/// The protocol of every DNSKEY (RFC 4034 section 2.1.2).
const PROTOCOL: u8 = 3;

/// The keys that one server serves, and what is signed by which of them.
#[derive(Clone, Debug)]
pub(crate) struct KeyFacts {
    /// The DNSKEY RRset.
    pub(super) served: SignedDnskeys,
    /// Whether its signature verifies.
    pub(super) is_valid: bool,
    /// Until when it does.
    pub(super) expiration: Option<Timestamp>,
    /// The keys that sign other RRsets that verify: each set of keys once.
    pub(super) data_signers: BTreeSet<Vec<KeyId>>,
}

impl KeyFacts {
    pub(super) fn read(dnssec: &DnssecReport, zone: &Name) -> Self {
        let mut rrsets = dnssec.rrsets.iter();
        let of_keys = rrsets.find(|rrset| rrset.rtype == RrType::DNSKEY && rrset.owner == *zone);
        let mut keys: Vec<_> = dnssec.keys.iter().map(dnskey).collect();
        // The order of records means nothing, and some servers change it with each answer.
        keys.sort_by(|left, right| {
            let order = |key: &Dnskey| (key.key_tag, key.algorithm, key.flags);
            (order(left), &left.public_key).cmp(&(order(right), &right.public_key))
        });
        let may_hold = |rrsig: &RrsigReport| {
            rrsig.held != Validity::Invalid && rrsig.reason != Some(Reason::KeyRevoked)
        };
        // By a key that is no longer served a signature may verify for who still holds that key.
        let may_hold_elsewhere =
            |rrsig: &RrsigReport| may_hold(rrsig) || rrsig.reason == Some(Reason::DnskeyMissing);
        let data = dnssec.rrsets.iter().filter(|rrset| is_data(rrset));
        Self {
            is_valid: of_keys.is_some_and(|rrset| rrset.held == Validity::Valid),
            expiration: of_keys.and_then(|rrset| rrset.expiration),
            data_signers: data
                .map(|rrset| signers(rrset, zone, may_hold_elsewhere))
                .collect(),
            served: SignedDnskeys {
                dnskeys: Dnskeys {
                    zone: zone.clone(),
                    keys,
                },
                signers: of_keys.map_or_else(Vec::new, |rrset| signers(rrset, zone, may_hold)),
            },
        }
    }
}

/// A KSK signs CDS and CDNSKEY too (RFC 7344 section 4.1), which no resolver validates.
fn is_data(rrset: &RrsetReport) -> bool {
    let is_of_keys = [RrType::DNSKEY, RrType::CDS, RrType::CDNSKEY].contains(&rrset.rtype);
    rrset.held == Validity::Valid && !is_of_keys
}

fn signers(rrset: &RrsetReport, zone: &Name, counts: impl Fn(&RrsigReport) -> bool) -> Vec<KeyId> {
    let rrsigs = rrset.rrsigs.iter();
    let signers: BTreeSet<_> = rrsigs
        .filter(|rrsig| rrsig.signer == *zone && counts(rrsig))
        .map(|rrsig| (rrsig.key_tag, rrsig.algorithm))
        .collect();
    signers.into_iter().collect()
}

fn dnskey(key: &KeyReport) -> Dnskey {
    Dnskey {
        flags: key.flags,
        protocol: PROTOCOL,
        algorithm: key.algorithm,
        public_key: key.public_key.clone(),
        key_tag: key.key_tag,
    }
}

#[cfg(test)]
#[path = "key_facts_tests.rs"]
mod tests;
