//! Limits how many expensive validations run at once, so that one hostile zone cannot starve other probes.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use crate::network::clock;

/// Work that takes at most this long runs on the worker that it is called on: other probes can wait for that.
const MAX_INLINE_COST: Duration = Duration::from_millis(1);

/// Work that takes at most this long has a queue of its own and never waits behind more expensive work.
const MAX_SHORT_COST: Duration = Duration::from_millis(10);

static SHORT_QUEUE: LazyLock<CpuQueue> = LazyLock::new(CpuQueue::new);
static NORMAL_QUEUE: LazyLock<CpuQueue> = LazyLock::new(CpuQueue::new);

/// Whether work may take as long as it was announced to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A core is free for it.
    Granted,
    /// No core becomes free in time: only work that costs next to nothing may be done.
    Refused,
}

/// Runs `work`, which takes about `cost`, and returns its result.
///
/// Cheap work runs at once on the calling task's worker. Expensive work leaves the reactor and waits for a free core,
/// for at most half of the time that is left until `deadline`. If none becomes free, `work` is told so and must do
/// without. Refusals come at once where the queue is too long already: many probes that give up at the same moment
/// would be late together.
///
/// # Panics
///
/// If `work` panics.
pub async fn run<T: Send + 'static>(
    cost: Duration,
    deadline: Instant,
    work: impl FnOnce(Admission) -> T + Send + 'static,
) -> T {
    if cost <= MAX_INLINE_COST {
        return work(Admission::Granted);
    }
    let until = halfway_to(deadline);
    let queue = if cost > MAX_SHORT_COST {
        &NORMAL_QUEUE
    } else {
        &SHORT_QUEUE
    };
    let (permit, admission) = match queue.acquire(cost, until).await {
        Some(permit) => (Some(permit), Admission::Granted),
        // Refusing costs little, but adds up.
        None => (
            SHORT_QUEUE
                .acquire(Duration::ZERO, halfway_to(deadline))
                .await,
            Admission::Refused,
        ),
    };
    let task = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work(admission)
    });
    task.await
        .unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

/// Waiting takes half of the time that is left: the rest is for judging, on a machine that may be busier than it knows.
fn halfway_to(deadline: Instant) -> Instant {
    let now = clock::monotonic_now();
    now + deadline.saturating_duration_since(now) / 2
}

struct CpuQueue {
    free_cores: Arc<Semaphore>,
    cores: u32,
    /// Microseconds of work that wait or are under way.
    pending_microseconds: Arc<AtomicU64>,
}

impl CpuQueue {
    /// One core is left to the reactor, where there is another.
    fn new() -> Self {
        let cores = available_parallelism()
            .map_or(1, usize::from)
            .saturating_sub(1)
            .max(1);
        let free_cores = Arc::new(Semaphore::new(cores));
        Self {
            free_cores,
            cores: u32::try_from(cores).unwrap_or(1),
            pending_microseconds: Arc::default(),
        }
    }

    async fn acquire(&self, cost: Duration, until: Instant) -> Option<Permit> {
        let (backlog, ahead) = Backlog::join(&self.pending_microseconds, cost);
        // Twice what it should take: the cores have other work too.
        if !ahead.is_zero() && clock::monotonic_now() + 2 * ahead / self.cores > until {
            return None;
        }
        let free = Arc::clone(&self.free_cores).acquire_owned();
        let permit = timeout_at(until.into(), free).await.ok()?.ok()?;
        Some(Permit {
            _core: permit,
            _backlog: backlog,
        })
    }
}

/// A core to keep busy, until this is dropped.
struct Permit {
    _core: OwnedSemaphorePermit,
    _backlog: Backlog,
}

/// What work that waits or is under way costs those behind it.
struct Backlog {
    queue: Arc<AtomicU64>,
    cost: u64,
}

impl Backlog {
    fn join(queue: &Arc<AtomicU64>, cost: Duration) -> (Self, Duration) {
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

impl Drop for Backlog {
    fn drop(&mut self) {
        self.queue.fetch_sub(self.cost, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Duration = Duration::from_millis(60);

    fn single_core_queue() -> CpuQueue {
        CpuQueue {
            free_cores: Arc::new(Semaphore::new(1)),
            cores: 1,
            pending_microseconds: Arc::default(),
        }
    }

    #[tokio::test]
    async fn released_permit_wakes_the_next_waiter() {
        let (queue, until) = (single_core_queue(), Instant::now() + Duration::from_mins(1));
        let first = queue.acquire(COST, until).await;
        assert!(first.is_some());
        let (second, ()) = tokio::join!(queue.acquire(COST, until), async {
            tokio::task::yield_now().await;
            drop(first);
        });
        assert!(second.is_some());
        assert_eq!(queue.pending_microseconds.load(Ordering::Relaxed), 60_000);
        drop(second);
        assert_eq!(queue.pending_microseconds.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn full_queue_rejects_immediately() {
        let (queue, start) = (single_core_queue(), Instant::now());
        let _long = queue
            .acquire(Duration::from_hours(1), start + Duration::from_mins(1))
            .await;
        assert!(
            queue
                .acquire(COST, start + Duration::from_mins(1))
                .await
                .is_none()
        );
        assert!(start.elapsed() < Duration::from_secs(30), "it waited");
        assert_eq!(
            queue.pending_microseconds.load(Ordering::Relaxed),
            3_600_000_000,
            "who gave up is ahead of nobody"
        );
    }

    #[tokio::test]
    async fn waiting_ends_before_the_deadline_despite_overruns() {
        let (queue, start) = (single_core_queue(), Instant::now());
        let _first = queue.acquire(COST, start + Duration::from_mins(1)).await;
        assert!(
            queue
                .acquire(COST, start + Duration::from_millis(200))
                .await
                .is_none()
        );
        assert!(
            start.elapsed() >= Duration::from_millis(190),
            "it gave up early"
        );
    }

    #[tokio::test]
    async fn free_core_is_granted_even_near_the_deadline() {
        let past = Instant::now();
        std::thread::sleep(Duration::from_millis(1));
        assert!(single_core_queue().acquire(COST, past).await.is_some());
    }
}
