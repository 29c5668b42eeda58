//! Who may keep a core busy: judgement that takes long waits for its turn, so that a server that makes many probes dear at
//! once leaves this machine to the others.

use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

/// What takes less has a queue of its own, and never waits behind what was made to be dear.
const VERY_LONG: Duration = Duration::from_millis(10);

/// What is left of the time limit when waiting ends: for judging, when the turn came at the last moment, and for many that
/// end at the same time and judge what costs nothing.
const KEPT_FOR_JUDGING: Duration = Duration::from_millis(150);

static LONG_TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(turns);
static VERY_LONG_TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(turns);

/// One core is left to the reactor, where there is another.
fn turns() -> Arc<Semaphore> {
    let cores = available_parallelism().map_or(1, usize::from);
    Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)))
}

/// Waits for a turn to judge for as long as `expected`; `None` if there is none in time before `deadline`.
pub(super) async fn take(expected: Duration, deadline: Instant) -> Option<OwnedSemaphorePermit> {
    let turns = if expected > VERY_LONG { &VERY_LONG_TURNS } else { &LONG_TURNS };
    let until = deadline.checked_sub(KEPT_FOR_JUDGING)?;
    timeout_at(until.into(), Arc::clone(turns).acquire_owned()).await.ok()?.ok()
}
