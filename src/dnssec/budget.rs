//! How much work one server's answers may cause. What the budget stops is undecided, never bogus.

use std::time::Duration;

use super::algorithm::typical_cost;
use crate::dns::{Algorithm, Message, Nsec3, RrType};

/// Signatures that are tried on one RRset. A rollover of two algorithms with pre-published keys needs 4 to 8;
/// Unbound stops at 8 and hickory at 8, BIND (after CVE-2023-50387) at one failure, which rejects good data in rollovers.
pub(super) const VERIFICATIONS_PER_RRSET: u32 = 16;

/// Keys of one tag and algorithm that are tried for one signature. Tags collide by chance once in thousands of zones;
/// more than a few of them are an attack.
pub(super) const KEYS_PER_TAG: usize = 4;

/// Iterations up to which NSEC3 are looked at: what Unbound, BIND and PowerDNS take too (RFC 9276 section 3.2).
pub(super) const NSEC3_ITERATIONS: u16 = 150;

/// Microseconds of verification and hashing that one server's answers may cost together.
const MICROSECONDS: u32 = 50_000;

/// The work that is left; it is part of the verdict, so two runs over the same octets come to the same end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    microseconds: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { microseconds: MICROSECONDS }
    }
}

impl Budget {
    /// What following one chain from a trust anchor may cost.
    pub fn for_chain() -> Self {
        Self { microseconds: 15_000 }
    }

    /// Takes what a verification or a hash costs; `false` if that is more than is left, which then stays.
    pub(super) fn spend(&mut self, microseconds: u32) -> bool {
        let left = self.microseconds.checked_sub(microseconds);
        self.microseconds = left.unwrap_or(self.microseconds);
        left.is_some()
    }
}

/// Microseconds to hash one name for NSEC3 (RFC 5155 section 5). SHA-1 takes 0.16 to 0.21 a block of 64 octets, and each
/// iteration as many blocks as a hash, the salt and 9 octets of padding fill; the name itself takes 1.3 at the most.
pub(super) fn nsec3_hash_cost(iterations: u16, salt: usize) -> u32 {
    let blocks = u32::try_from((20 + salt + 9).div_ceil(64)).unwrap_or(u32::MAX);
    2 + u32::from(iterations).saturating_mul(blocks) / 4
}

/// About how long judging `message` will take, so that a caller can keep it off its reactor: what its RRSIGs say of
/// themselves, what hashing for its NSEC3 takes, and the layout of everything.
pub fn expected_cost(message: &Message) -> Duration {
    let rrsigs = message.answer.iter().chain(&message.authority).filter(|record| record.rtype == RrType::RRSIG);
    let algorithm = |record| message.rdata(record).get(2).copied().map_or(Algorithm(0), Algorithm);
    let verifying: u64 = rrsigs.map(|record| u64::from(typical_cost(algorithm(record)))).sum();
    let layout = message.octets().len() as u64 / 10;
    Duration::from_micros(verifying + expected_hashing(message) + layout)
}

/// Every ancestor of the name asked for is hashed, and what follows from them.
fn expected_hashing(message: &Message) -> u64 {
    let nsec3 = message.authority.iter().find(|record| record.rtype == RrType::NSEC3);
    let nsec3 = nsec3.and_then(|record| Nsec3::read(message.rdata(record)).ok());
    let nsec3 = nsec3.filter(|nsec3| nsec3.iterations <= NSEC3_ITERATIONS);
    let labels = message.question.as_ref().map_or(0, |question| question.name.labels().count());
    let names = labels as u64 + 2;
    nsec3.map_or(0, |nsec3| names * u64::from(nsec3_hash_cost(nsec3.iterations, nsec3.salt.len())))
}
