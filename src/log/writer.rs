//! The log is written by a thread of its own: where its reader stalls, be it journald or whoever holds standard error, writing
//! blocks, and everything else must go on. One thread for all events of the process, so that they stay in order.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::level_filters::LevelFilter;

use super::event::{Event, Fields, LogEntry};
use crate::network::clock;

/// What waits to be written at most: probes that had something to say, and other events; past these the newest is lost, and
/// counted.
const MAX_QUEUED_JOBS: usize = 1_000;
/// How long somebody waits until what there is to say is written, so that the log has it before a caller the answer.
const WRITE_TIMEOUT: Duration = Duration::from_millis(100);
/// How long the end of the process waits for what is not written yet.
const FINAL_WRITE_TIMEOUT: Duration = Duration::from_millis(500);

/// The log of this process, as tracing's subscriber is. While there is none, whoever has something to say writes it.
static LOG: OnceLock<LogWriter> = OnceLock::new();
/// How many events could not be written since the start.
static FAILED_WRITES: AtomicU64 = AtomicU64::new(0);

/// From here on the log is written by a thread, which first calls `open_log`: what sets up tracing, and may find that nobody takes
/// anything. What is below `level` is left out. Where this machine has no thread to give, everybody writes it.
pub fn start_log(level: LevelFilter, open_log: impl Fn() + Copy + Send + 'static) {
    let (done, set_up) = sync_channel(1);
    let first = move || {
        open_log();
        // Whoever waited may have gone on.
        let _ = done.send(());
    };
    match LogWriter::new(MAX_QUEUED_JOBS, level, first, write_entry) {
        Ok(writer) => {
            LOG.get_or_init(|| writer);
            // What libraries log before that is lost.
            let _ = set_up.recv_timeout(WRITE_TIMEOUT);
        }
        Err(_) => open_log(),
    }
}

/// Whoever writes the log says here that it could not: neither tracing nor its subscribers tell.
pub fn record_failed_log_write() {
    FAILED_WRITES.fetch_add(1, Ordering::Relaxed);
}

/// Waits a moment until what was logged so far is written.
pub async fn flush_log() {
    log_entries(Vec::new()).await;
}

/// Gives the log a moment to write what waits; no longer, for it may be a log that nobody takes.
pub fn finish_log() {
    if let Some(log) = LOG.get() {
        log.wait_until_written(FINAL_WRITE_TIMEOUT);
    }
}

impl Fields {
    /// Logs `event` with these fields, and waits for nothing; `message` is for people, and not part of the API.
    pub fn log(self, event: Event, message: &str) {
        match LOG.get() {
            Some(log) => log.push(
                vec![LogEntry {
                    event,
                    message: message.to_owned(),
                    fields: self,
                }],
                None,
            ),
            None => self.write(event, message),
        }
    }
}

/// Logs entries, and waits a moment until they are written.
pub(super) async fn log_entries(entries: Vec<LogEntry>) {
    match LOG.get() {
        Some(log) => log.write(entries).await,
        None => entries
            .into_iter()
            .for_each(|entry| entry.fields.write(entry.event, &entry.message)),
    }
}

/// Whether it was written, as far as anybody says.
fn write_entry(
    LogEntry {
        event,
        message,
        fields,
    }: LogEntry,
) -> bool {
    let failed = FAILED_WRITES.load(Ordering::Relaxed);
    fields.write(event, &message);
    FAILED_WRITES.load(Ordering::Relaxed) == failed
}

/// What belongs together.
struct WriteJob {
    entries: Vec<LogEntry>,
    written: Option<oneshot::Sender<()>>,
}

/// Where entries go to be written.
#[derive(Debug)]
struct LogWriter {
    level: LevelFilter,
    jobs: SyncSender<WriteJob>,
    counters: Arc<WriteCounters>,
}

#[derive(Debug, Default)]
struct WriteCounters {
    /// Jobs that are not done, that at work among them.
    waiting: AtomicUsize,
    /// Events that are lost, and of which the log does not know yet.
    lost: AtomicU64,
}

impl LogWriter {
    fn new(
        capacity: usize,
        level: LevelFilter,
        first: impl FnOnce() + Send + 'static,
        write: impl Fn(LogEntry) -> bool + Send + 'static,
    ) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(capacity);
        let counters = Arc::new(WriteCounters::default());
        let thread_counters = Arc::clone(&counters);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                first();
                write_each(&waiting, &thread_counters, write);
            })?;
        Ok(Self {
            level,
            jobs,
            counters,
        })
    }

    /// Has entries written, and waits for it a moment.
    async fn write(&self, entries: Vec<LogEntry>) {
        let (written, wait) = oneshot::channel();
        self.push(entries, Some(written));
        // Ends at once where there is no room for it.
        let _ = tokio::time::timeout(WRITE_TIMEOUT, wait).await;
    }

    /// Has entries written, or counts them as lost.
    fn push(&self, mut entries: Vec<LogEntry>, written: Option<oneshot::Sender<()>>) {
        // What is left out anyway takes no room, and is not lost.
        entries.retain(|entry| entry.event.level() <= self.level);
        let events = entries.len() as u64;
        self.counters.waiting.fetch_add(1, Ordering::SeqCst);
        if self.jobs.try_send(WriteJob { entries, written }).is_err() {
            self.counters.waiting.fetch_sub(1, Ordering::SeqCst);
            self.counters.lost.fetch_add(events, Ordering::Relaxed);
        }
    }

    /// Waits until nothing waits to be written, but no longer than `limit`.
    fn wait_until_written(&self, limit: Duration) {
        let deadline = clock::monotonic_now() + limit;
        while self.counters.waiting.load(Ordering::SeqCst) > 0 && clock::monotonic_now() < deadline
        {
            #[expect(
                clippy::disallowed_methods,
                reason = "the process is about to end, and no runtime is left that could wait"
            )]
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn write_each(
    waiting: &Receiver<WriteJob>,
    counters: &WriteCounters,
    write: impl Fn(LogEntry) -> bool,
) {
    for WriteJob { entries, written } in waiting {
        let failed = entries
            .into_iter()
            .map(&write)
            .filter(|written| !written)
            .count();
        counters.lost.fetch_add(failed as u64, Ordering::Relaxed);
        if failed == 0 {
            report_lost(&counters.lost, &write);
        }
        counters.waiting.fetch_sub(1, Ordering::SeqCst);
        if let Some(written) = written {
            // Whoever waited may have gone.
            let _ = written.send(());
        }
    }
}

fn report_lost(lost: &AtomicU64, write: impl Fn(LogEntry) -> bool) {
    let count = lost.swap(0, Ordering::Relaxed);
    if count == 0 {
        return;
    }
    let message = format!("{count} events were lost, for the log could not be written");
    let fields = Fields {
        lost: Some(count),
        ..Fields::default()
    };
    if !write(LogEntry {
        event: Event::EventsLost,
        message,
        fields,
    }) {
        lost.fetch_add(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    fn entry(number: u64) -> Vec<LogEntry> {
        let fields = Fields {
            uptime_seconds: Some(number),
            ..Fields::default()
        };
        vec![LogEntry {
            event: Event::ProbeFailed,
            message: String::new(),
            fields,
        }]
    }

    /// What was written, in order: numbers of `entry`, and how many were lost.
    fn written_numbers(written: &Mutex<Vec<LogEntry>>) -> Vec<(u64, u64)> {
        let number = |entry: &LogEntry| {
            (
                entry.fields.uptime_seconds.unwrap_or(0),
                entry.fields.lost.unwrap_or(0),
            )
        };
        written.lock().unwrap().iter().map(number).collect()
    }

    #[tokio::test]
    async fn stalled_log_blocks_nothing_and_losses_are_reported() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&written);
        let write = move |entry| {
            sink.lock().unwrap().push(entry);
            true
        };
        let writer = LogWriter::new(2, LevelFilter::WARN, || {}, write).unwrap();
        writer.write(entry(0)).await;
        assert_eq!(
            written_numbers(&written),
            [(0, 0)],
            "it is there when the probe goes on"
        );
        let (stalled, stalls) = std::sync::mpsc::channel();
        let sink = Arc::clone(&written);
        let reader = thread::spawn(move || {
            let _guard = sink.lock().unwrap();
            stalled.send(()).unwrap();
            thread::sleep(Duration::from_millis(1_500));
        });
        stalls.recv().unwrap();
        let start = Instant::now();
        for number in 1..=4 {
            writer.write(entry(number)).await;
            writer.push(entry(number + 4), None);
        }
        writer.wait_until_written(Duration::from_millis(100));
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "one is being written, two wait, and five are lost"
        );
        reader.join().unwrap();
        writer.wait_until_written(Duration::from_secs(30));
        writer.write(entry(9)).await;
        assert_eq!(
            written_numbers(&written),
            [(0, 0), (1, 0), (0, 5), (5, 0), (2, 0), (9, 0)]
        );
    }

    #[tokio::test]
    async fn failed_writes_are_reported_after_recovery() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let room = Arc::new(AtomicUsize::new(1));
        let (sink, remaining_room) = (Arc::clone(&written), Arc::clone(&room));
        let write = move |entry| {
            let fits = remaining_room
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |room| {
                    room.checked_sub(1)
                })
                .is_ok();
            if fits {
                sink.lock().unwrap().push(entry);
            }
            fits
        };
        let writer = LogWriter::new(9, LevelFilter::WARN, || {}, write).unwrap();
        for number in 1..=3 {
            writer.write(entry(number)).await;
        }
        room.store(1, Ordering::SeqCst);
        writer.write(entry(4)).await;
        assert_eq!(
            written_numbers(&written),
            [(1, 0), (4, 0)],
            "there was no room to tell it"
        );
        room.store(9, Ordering::SeqCst);
        writer.write(entry(5)).await;
        writer.write(entry(6)).await;
        assert_eq!(
            written_numbers(&written),
            [(1, 0), (4, 0), (5, 0), (0, 2), (6, 0)]
        );
    }
}
