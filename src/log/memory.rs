//! What was seen last, of as many probes as there is room for.

use std::collections::{BTreeMap, HashMap};

use super::changes::ProbeState;

/// Addresses and differences that are remembered, of all probes together: some 20 MB. A caller may ask for any name, so past
/// this the probes that were not asked for the longest are forgotten, those in order first: of them only a change of status is
/// missed. One that still fails is then logged once more.
pub(super) const MAX_REMEMBERED: usize = 50_000;

/// The last state of each probe.
#[derive(Debug, Default)]
pub(super) struct ProbeMemory {
    probes: HashMap<u64, RememberedProbe>,
    /// Whether something is wrong with each, when it was used last, in turns, and which it is.
    uses: BTreeMap<(bool, u64), u64>,
    use_counter: u64,
    weight: usize,
}

#[derive(Debug)]
struct RememberedProbe {
    last_use: u64,
    state: ProbeState,
}

impl ProbeMemory {
    /// What is remembered of a probe, which is then forgotten.
    pub(super) fn forget(&mut self, probe: u64) -> Option<ProbeState> {
        let RememberedProbe { last_use, state } = self.probes.remove(&probe)?;
        self.uses.remove(&(state.has_faults(), last_use));
        self.weight -= weight_of(&state);
        Some(state)
    }

    /// Remembers a probe that was not known or was taken, and forgets others if there is no room.
    pub(super) fn remember(&mut self, probe: u64, state: ProbeState) {
        self.forget(probe);
        self.use_counter += 1;
        self.weight += weight_of(&state);
        self.uses
            .insert((state.has_faults(), self.use_counter), probe);
        self.probes.insert(
            probe,
            RememberedProbe {
                last_use: self.use_counter,
                state,
            },
        );
        while self.weight > MAX_REMEMBERED && self.probes.len() > 1 {
            let Some((_, oldest)) = self.uses.first_key_value() else {
                return;
            };
            self.forget(*oldest);
        }
    }
}

/// A probe takes room even if nothing is remembered of it.
fn weight_of(state: &ProbeState) -> usize {
    state.weight().max(1)
}
