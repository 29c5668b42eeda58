//! How much work the answers of one probe may cause. What the budget stops is undecided, never bogus.
//!
//! A probe of a target costs at most 100 ms of CPU, whatever is served to it: 60 ms to judge what all its addresses answered,
//! shared evenly (each address of a zone's nameservers has as much for itself), 15 ms for the chain from the trust anchor, and the rest for what nobody can refuse to do: reading the messages
//! (3 ms for the worst 64 KB), and showing the report. `benches/worst.rs` builds the worst answers and fails beyond that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::algorithm::SupportedAlgorithm;
use crate::dns::{Algorithm, Dnskey, Message, Nsec3, Record, RrType, Rrset, canonical_size_limit};

/// Signatures that are tried on one RRset. A rollover of two algorithms with pre-published keys needs 4 to 8;
/// Unbound stops at 8 and hickory at 8, BIND (after CVE-2023-50387) at one failure, which rejects good data in rollovers.
pub(super) const MAX_VERIFICATIONS_PER_RRSET: u32 = 16;

/// Keys of one tag and algorithm that are tried for one signature. Tags collide by chance once in thousands of zones;
/// more than a few of them are an attack.
pub(super) const MAX_KEYS_PER_TAG: usize = 4;

/// Iterations up to which NSEC3 are looked at: what Unbound, BIND and PowerDNS take too (RFC 9276 section 3.2).
pub(super) const MAX_NSEC3_ITERATIONS: u16 = 150;

/// RRsets of one answer that are looked at. An honest answer to ANY has 30, and an alias leads over fewer names.
pub const MAX_RRSETS_PER_ANSWER: usize = 128;

/// Microseconds for what all addresses of a probe answered, together.
const PROBE_MICROSECONDS: u32 = 60_000;

/// Microseconds that an address has however many there are: the dearest zone in use, P-384, is told valid by one
/// verification each for the answer and the keys, 2.4 ms. From 12 addresses on, a probe may cost more than [`PROBE_MICROSECONDS`].
const MIN_ADDRESS_MICROSECONDS: u32 = 5_000;

/// Microseconds for following one chain from a trust anchor.
const CHAIN_MICROSECONDS: u32 = 15_000;

/// Microseconds for holding the keys of a zone against the DS RRsets of other times, which never leaves the reactor.
const COMPARISON_MICROSECONDS: u32 = 1_000;

/// The work that is left; it is part of the verdict. A clone has as much of its own, and what either verifies both know.
#[derive(Clone, Debug)]
pub struct Budget {
    microseconds: u32,
    /// Whether there is none because this machine has no time, which says nothing of the answers.
    is_refused: bool,
    /// Kept for what can still make an RRset valid.
    reserve: u32,
    cache: VerificationCache,
}

/// What was verified, and whether it held: an answer that came over both transports, or from every nameserver of a zone, is
/// paid for once.
#[derive(Clone, Debug, Default)]
struct VerificationCache(Arc<Mutex<HashMap<Fingerprint, bool>>>);

impl VerificationCache {
    fn get(&self, fingerprint: &Fingerprint) -> Option<bool> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(fingerprint)
            .copied()
    }

    fn insert(&self, fingerprint: Fingerprint, holds: bool) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(fingerprint, holds);
    }
}

/// SHA-256 over key, signature and signed data.
pub(super) type Fingerprint = [u8; 32];

impl Default for Budget {
    /// That of a probe of a single address.
    fn default() -> Self {
        Self::for_probe(1)
    }
}

impl Budget {
    /// The share of each address of a probe that has so many of them.
    pub fn for_probe(addresses: usize) -> Self {
        let share = PROBE_MICROSECONDS / u32::try_from(addresses.max(1)).unwrap_or(u32::MAX);
        Self::with_microseconds(share.max(MIN_ADDRESS_MICROSECONDS))
    }

    /// That of each address of a zone's nameservers, which the operator chose: as much as a target of one address has. Each
    /// is asked for a dozen RRsets and more, and a signer that works online gives each server signatures of its own.
    pub fn for_address_of_zone() -> Self {
        Self::with_microseconds(PROBE_MICROSECONDS)
    }

    /// What following one chain from a trust anchor may cost.
    pub fn for_chain() -> Self {
        Self::with_microseconds(CHAIN_MICROSECONDS)
    }

    /// What holding the keys of a zone against the DS RRsets of other times may cost.
    pub fn for_comparison() -> Self {
        Self::with_microseconds(COMPARISON_MICROSECONDS)
    }

    /// No work at all, but what costs nothing is told.
    pub fn exhausted() -> Self {
        Self::with_microseconds(0)
    }

    /// The same, for this machine is too busy.
    pub fn refused() -> Self {
        Self {
            is_refused: true,
            ..Self::exhausted()
        }
    }

    /// Whether nothing could be validated because this machine is too busy.
    pub fn is_refused(&self) -> bool {
        self.is_refused
    }

    fn with_microseconds(microseconds: u32) -> Self {
        Self {
            microseconds,
            is_refused: false,
            reserve: microseconds / 2,
            cache: VerificationCache::default(),
        }
    }

    /// Takes what a step on the way to a verdict costs; `false` if that is more than is left, which then stays.
    pub(super) fn spend(&mut self, microseconds: u32) -> bool {
        self.spend_above(0, microseconds)
    }

    fn spend_above(&mut self, reserved: u32, microseconds: u32) -> bool {
        match self.microseconds.checked_sub(microseconds) {
            Some(remaining) if remaining >= reserved || microseconds == 0 => {
                self.microseconds = remaining;
                true
            }
            Some(_) | None => false,
        }
    }

    /// The work that is left.
    pub fn remaining(&self) -> Duration {
        Duration::from_micros(self.microseconds.into())
    }

    /// For the signatures of one RRset.
    pub(super) fn allowance(&mut self) -> Allowance<'_> {
        Allowance {
            budget: self,
            reserved: 0,
        }
    }

    /// Takes what `message` costs by being there, signed or not: it is grouped, looked through and reported. `false` if
    /// that was more than was left, and nothing is.
    pub fn charge(&mut self, message: &Message) -> bool {
        let remaining = self.microseconds.checked_sub(handling_cost(message));
        self.microseconds = remaining.unwrap_or(0);
        remaining.is_some()
    }
}

/// What the signatures of one RRset may take from the budget: all of it until the verdict stands, then half.
pub(super) struct Allowance<'b> {
    budget: &'b mut Budget,
    reserved: u32,
}

impl Allowance<'_> {
    /// From here on no verdict waits, so that half of the budget stays for the RRsets whose verdict does.
    pub(super) fn reserve_half(&mut self) {
        self.reserved = self.budget.reserve;
    }

    /// See [`Budget::spend`].
    pub(super) fn spend(&mut self, microseconds: u32) -> bool {
        self.budget.spend_above(self.reserved, microseconds)
    }

    /// Whether the signature of this fingerprint holds: as it was found before, or by `verify`, which costs `microseconds`.
    pub(super) fn verify_once(
        &mut self,
        fingerprint: Fingerprint,
        microseconds: u32,
        verify: impl FnOnce() -> bool,
    ) -> Option<bool> {
        if let Some(holds) = self.budget.cache.get(&fingerprint) {
            return Some(holds);
        }
        if !self.spend(microseconds) {
            return None;
        }
        let holds = verify();
        self.budget.cache.insert(fingerprint, holds);
        Some(holds)
    }
}

/// Microseconds to group, look through and report the records of a message.
fn handling_cost(message: &Message) -> u32 {
    let records = message.answer.len() + message.authority.len() + message.additional.len();
    microseconds(records, 1) + microseconds(message.octets().len(), 100)
}

/// Microseconds to lay out an RRset in canonical form, known before it is done.
pub(super) fn layout_cost(rrset: &Rrset<'_>) -> u32 {
    let size = rrset.records.iter().map(|record| layout_size(record)).sum();
    1 + microseconds(size, LAYOUT_OCTETS_PER_MICROSECOND)
}

/// Microseconds to copy and hash what is signed.
pub(super) fn hashing_cost(octets: usize) -> u32 {
    1 + microseconds(octets, HASHED_OCTETS_PER_MICROSECOND)
}

/// Microseconds to find the keys that a signature may mean.
pub(super) fn search_cost(keys: usize) -> u32 {
    microseconds(keys, KEYS_SEARCHED_PER_MICROSECOND)
}

/// Microseconds to hash one name for NSEC3 (RFC 5155 section 5). SHA-1 takes 0.16 to 0.21 a block of 64 octets, and each
/// iteration as many blocks as a hash, the salt and 9 octets of padding fill; the name itself takes 1.3 at the most.
pub(super) fn nsec3_hash_cost(iterations: u16, salt: usize) -> u32 {
    let blocks = u32::try_from((20 + salt + 9).div_ceil(64)).unwrap_or(u32::MAX);
    2 + u32::from(iterations).saturating_mul(blocks) / 4
}

/// Microseconds to hold a name, and the wildcard that could stand in for it, against NSEC of as many labels as there can
/// be, and to look for its closest encloser among its ancestors.
pub(super) fn nsec_search_cost(nsecs: usize, labels: usize) -> u32 {
    3 * microseconds(nsecs, 1) + microseconds(labels, 8)
}

/// Octets, at the most; names of many labels behind many pointers are the slowest.
const LAYOUT_OCTETS_PER_MICROSECOND: usize = 100;

/// Octets, with the slowest hash that is in use here.
const HASHED_OCTETS_PER_MICROSECOND: usize = 300;

const KEYS_SEARCHED_PER_MICROSECOND: usize = 1000;

fn microseconds(amount: usize, per_microsecond: usize) -> u32 {
    // Half of the range, so that a few of them can be added.
    u32::try_from(amount / per_microsecond).unwrap_or(u32::MAX / 4)
}

fn layout_size(record: &Record) -> usize {
    record.owner.as_wire().len()
        + 10
        + canonical_size_limit(record.rtype, record.rdata_range().len())
}

/// How long judging these messages will take at the most, so that a caller can keep it off its reactor: every signature
/// tried by every key that it may mean, of those that stand in the messages themselves.
pub fn expected_cost<'m>(messages: impl Iterator<Item = &'m Message> + Clone) -> Duration {
    let key_costs = key_costs(messages.clone());
    let total: u64 = messages
        .map(|message| expected_message_cost(message, &key_costs))
        .sum();
    Duration::from_micros(total)
}

/// What trying all keys of a tag and algorithm costs.
type KeyCosts = HashMap<(u16, Algorithm), u32>;

fn key_costs<'m>(messages: impl Iterator<Item = &'m Message>) -> KeyCosts {
    let mut by_key: HashMap<_, (usize, u32)> = HashMap::new();
    for (message, record) in
        messages.flat_map(|message| message.answer.iter().map(move |record| (message, record)))
    {
        if record.rtype == RrType::DNSKEY
            && let Ok(key) = Dnskey::read(message.rdata(record))
            && let Ok(algorithm) = SupportedAlgorithm::try_from(key.algorithm)
        {
            let (count, max_cost) = by_key.entry((key.key_tag, key.algorithm)).or_default();
            (*count, *max_cost) = (*count + 1, algorithm.cost(&key).max(*max_cost));
        }
    }
    let total = |(count, max_cost): (usize, u32)| {
        max_cost * u32::try_from(count.min(MAX_KEYS_PER_TAG)).unwrap_or(0)
    };
    by_key
        .into_iter()
        .map(|(key, costs)| (key, total(costs)))
        .collect()
}

fn expected_message_cost(message: &Message, key_costs: &KeyCosts) -> u64 {
    let records = || message.answer.iter().chain(&message.authority);
    let size = records().map(layout_size).sum();
    let hashing = u64::from(hashing_cost(size));
    let key_cost = |record| match message.rdata(record) {
        [
            _,
            _,
            algorithm,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            high,
            low,
            ..,
        ] => key_costs.get(&(u16::from_be_bytes([*high, *low]), Algorithm(*algorithm))),
        _ => None,
    };
    let key_costs_tried = records()
        .filter(|record| record.rtype == RrType::RRSIG)
        .filter_map(key_cost);
    let verifying: u64 = key_costs_tried.map(|&cost| u64::from(cost) + hashing).sum();
    let layout = u64::from(microseconds(size, LAYOUT_OCTETS_PER_MICROSECOND));
    verifying + layout + expected_denial_cost(message) + u64::from(handling_cost(message))
}

/// Every ancestor of the name asked for is hashed, and what follows from them.
fn expected_denial_cost(message: &Message) -> u64 {
    let nsec3 = message
        .authority
        .iter()
        .find(|record| record.rtype == RrType::NSEC3);
    let nsec3 = nsec3.and_then(|record| Nsec3::read(message.rdata(record)).ok());
    let nsec3 = nsec3.filter(|nsec3| nsec3.iterations <= MAX_NSEC3_ITERATIONS);
    let labels = message
        .question
        .as_ref()
        .map_or(0, |question| question.name.labels().count());
    let names = labels as u64 + 2;
    nsec3.map_or(0, |nsec3| {
        names * u64::from(nsec3_hash_cost(nsec3.iterations, nsec3.salt.len()))
    })
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
