//! Who may keep a core busy: judgement that takes long waits for its turn, so that a server that makes many probes dear at
//! once leaves this machine to the others.

use crate::network::clock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

/// What takes less has a queue of its own, and never waits behind what was made to be dear.
const VERY_LONG: Duration = Duration::from_millis(10);

static LONG: LazyLock<Queue> = LazyLock::new(Queue::new);
static VERY_LONG_ONES: LazyLock<Queue> = LazyLock::new(Queue::new);

/// Waits for a turn to judge for as long as `cost`. `None` if none comes in time before `deadline`: told at once where
/// the queue is too long already, for many that give up at the same moment would be late together.
pub(crate) async fn take(cost: Duration, deadline: Instant) -> Option<Turn> {
    let queue = if cost > VERY_LONG {
        &VERY_LONG_ONES
    } else {
        &LONG
    };
    queue.take(cost, half_way_to(deadline)).await
}

/// Waits for a turn to judge only what costs nothing, which is not much, but adds up.
pub(crate) async fn take_to_refuse(deadline: Instant) -> Option<Turn> {
    LONG.take(Duration::ZERO, half_way_to(deadline)).await
}

/// Waiting takes half of the time that is left: the rest is for judging, on a machine that may be busier than it knows.
fn half_way_to(deadline: Instant) -> Instant {
    let now = clock::monotonic_now();
    now + deadline.saturating_duration_since(now) / 2
}

struct Queue {
    turns: Arc<Semaphore>,
    cores: u32,
    /// Microseconds of work that wait or are under way.
    ahead: Arc<AtomicU64>,
}

impl Queue {
    /// One core is left to the reactor, where there is another.
    fn new() -> Self {
        let cores = available_parallelism()
            .map_or(1, usize::from)
            .saturating_sub(1)
            .max(1);
        let turns = Arc::new(Semaphore::new(cores));
        Self {
            turns,
            cores: u32::try_from(cores).unwrap_or(1),
            ahead: Arc::default(),
        }
    }

    async fn take(&self, cost: Duration, until: Instant) -> Option<Turn> {
        let (place, ahead) = Place::take(&self.ahead, cost);
        // Twice what it should take: the cores have other work too.
        if !ahead.is_zero() && clock::monotonic_now() + 2 * ahead / self.cores > until {
            return None;
        }
        let turn = Arc::clone(&self.turns).acquire_owned();
        let permit = timeout_at(until.into(), turn).await.ok()?.ok()?;
        Some(Turn {
            _permit: permit,
            _place: place,
        })
    }
}

/// A core to keep busy, until this is dropped.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

/// A place in the queue, with what it costs those behind it.
struct Place {
    queue: Arc<AtomicU64>,
    cost: u64,
}

impl Place {
    fn take(queue: &Arc<AtomicU64>, cost: Duration) -> (Self, Duration) {
        let cost = u64::try_from(cost.as_micros()).unwrap_or(u64::MAX / 2);
        let ahead = queue.fetch_add(cost, Ordering::Relaxed);
        (
            Self {
                queue: Arc::clone(queue),
                cost,
            },
            Duration::from_micros(ahead),
        )
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.fetch_sub(self.cost, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Duration = Duration::from_millis(60);

    fn of_one_core() -> Queue {
        Queue {
            turns: Arc::new(Semaphore::new(1)),
            cores: 1,
            ahead: Arc::default(),
        }
    }

    #[tokio::test]
    async fn a_turn_ends_the_wait_of_the_next() {
        let (queue, until) = (of_one_core(), Instant::now() + Duration::from_mins(1));
        let first = queue.take(COST, until).await;
        assert!(first.is_some());
        let (second, ()) = tokio::join!(queue.take(COST, until), async {
            tokio::task::yield_now().await;
            drop(first);
        });
        assert!(second.is_some());
        assert_eq!(queue.ahead.load(Ordering::Relaxed), 60_000);
        drop(second);
        assert_eq!(queue.ahead.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn who_cannot_have_a_turn_in_time_is_told_at_once() {
        let (queue, begun) = (of_one_core(), Instant::now());
        let _long = queue
            .take(Duration::from_hours(1), begun + Duration::from_mins(1))
            .await;
        assert!(
            queue
                .take(COST, begun + Duration::from_mins(1))
                .await
                .is_none()
        );
        assert!(begun.elapsed() < Duration::from_secs(30), "it waited");
        assert_eq!(
            queue.ahead.load(Ordering::Relaxed),
            3_600_000_000,
            "who gave up is ahead of nobody"
        );
    }

    #[tokio::test]
    async fn waiting_ends_in_time_when_a_turn_takes_longer_than_it_said() {
        let (queue, begun) = (of_one_core(), Instant::now());
        let _first = queue.take(COST, begun + Duration::from_mins(1)).await;
        assert!(
            queue
                .take(COST, begun + Duration::from_millis(200))
                .await
                .is_none()
        );
        assert!(
            begun.elapsed() >= Duration::from_millis(190),
            "it gave up early"
        );
    }

    #[tokio::test]
    async fn a_free_core_is_taken_however_late_it_is() {
        let past = Instant::now();
        std::thread::sleep(Duration::from_millis(1));
        assert!(of_one_core().take(COST, past).await.is_some());
    }
}
