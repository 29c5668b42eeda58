//! What was seen last, of as many probes as there is room for.

use std::collections::{BTreeMap, HashMap};

use super::changes::Remembered;

/// Addresses and differences that are remembered, of all probes together: some 20 MB. A caller may ask for any name, so past
/// this the probes that were not asked for the longest are forgotten, those in order first: of them only a change of status is
/// missed. One that still fails is then logged once more.
pub(super) const MOST: usize = 50_000;

/// The last state of each probe.
#[derive(Debug, Default)]
pub(super) struct Memory {
    probes: HashMap<u64, Kept>,
    /// Whether something is wrong with each, when it was used last, in turns, and which it is.
    uses: BTreeMap<(bool, u64), u64>,
    turns: u64,
    weight: usize,
}

#[derive(Debug)]
struct Kept {
    turn: u64,
    remembered: Remembered,
}

impl Memory {
    /// What is remembered of a probe, which is then forgotten.
    pub(super) fn take(&mut self, probe: u64) -> Option<Remembered> {
        let Kept { turn, remembered } = self.probes.remove(&probe)?;
        self.uses.remove(&(remembered.is_wrong(), turn));
        self.weight -= weight_of(&remembered);
        Some(remembered)
    }

    /// Remembers a probe that was not known or was taken, and forgets others if there is no room.
    pub(super) fn keep(&mut self, probe: u64, remembered: Remembered) {
        self.take(probe);
        self.turns += 1;
        self.weight += weight_of(&remembered);
        self.uses.insert((remembered.is_wrong(), self.turns), probe);
        self.probes.insert(
            probe,
            Kept {
                turn: self.turns,
                remembered,
            },
        );
        while self.weight > MOST && self.probes.len() > 1 {
            let Some((_, oldest)) = self.uses.first_key_value() else {
                return;
            };
            self.take(*oldest);
        }
    }
}

/// A probe takes room even if nothing is remembered of it.
fn weight_of(remembered: &Remembered) -> usize {
    remembered.weight().max(1)
}
