//! How much work one server's answers may cause. What the budget stops is undecided, never bogus.

use std::time::Duration;

use super::algorithm::typical_cost;
use crate::dns::{Algorithm, Message, RrType};

/// Signatures that are tried on one RRset. A rollover of two algorithms with pre-published keys needs 4 to 8;
/// Unbound stops at 8 and hickory at 8, BIND (after CVE-2023-50387) at one failure, which rejects good data in rollovers.
pub(super) const VERIFICATIONS_PER_RRSET: u32 = 16;

/// Keys of one tag and algorithm that are tried for one signature. Tags collide by chance once in thousands of zones;
/// more than a few of them are an attack.
pub(super) const KEYS_PER_TAG: usize = 4;

/// Microseconds of verification that one server's answers may cost together.
const MICROSECONDS: u32 = 50_000;

/// The work that is left; it is part of the verdict, so two runs over the same octets come to the same end.
#[derive(Clone, Debug)]
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

    /// Takes what a verification costs; `false` if that is more than is left, which then stays.
    pub(super) fn spend(&mut self, microseconds: u32) -> bool {
        let left = self.microseconds.checked_sub(microseconds);
        self.microseconds = left.unwrap_or(self.microseconds);
        left.is_some()
    }
}

/// About how long judging `message` will take, so that a caller can keep it off its reactor: what its RRSIGs say of
/// themselves, and the layout of everything.
pub fn expected_cost(message: &Message) -> Duration {
    let rrsigs = message.answer.iter().chain(&message.authority).filter(|record| record.rtype == RrType::RRSIG);
    let algorithm = |record| message.rdata(record).get(2).copied().map_or(Algorithm(0), Algorithm);
    let verifying: u64 = rrsigs.map(|record| u64::from(typical_cost(algorithm(record)))).sum();
    let layout = message.octets().len() as u64 / 10;
    Duration::from_micros(verifying + layout)
}
