//! The log is written by a thread of its own: where its reader stalls, be it journald or whoever holds standard error, writing
//! blocks, and probes must go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::catalog::{Event, Fields};
use super::changes::Entry;

/// What waits to be written at most, in probes; past these the newest is lost, and counted.
const MOST: usize = 1_000;
/// How long a probe waits until what it has to say is written, so that the log has it before its caller the answer.
const PATIENCE: Duration = Duration::from_millis(100);

/// Of one probe.
struct Job {
    entries: Vec<Entry>,
    written: oneshot::Sender<()>,
}

/// Where entries go to be written.
#[derive(Debug)]
pub(super) struct Writer {
    /// None where this machine had no thread to give: then whoever has something to say writes it.
    jobs: Option<SyncSender<Job>>,
    lost: Arc<AtomicU64>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new(MOST, |entry| entry.fields.log(entry.event, &entry.message))
    }
}

impl Writer {
    fn new(most: usize, write: impl Fn(Entry) + Send + 'static) -> Self {
        let (jobs, waiting) = sync_channel(most);
        let lost = Arc::new(AtomicU64::new(0));
        let of_thread = Arc::clone(&lost);
        let thread = thread::Builder::new().name("log".to_owned());
        let started = thread.spawn(move || write_each(&waiting, &of_thread, write));
        Self { jobs: started.ok().map(|_| jobs), lost }
    }

    /// Has entries written, and waits for it a moment.
    pub(super) async fn write(&self, entries: Vec<Entry>) {
        let Some(jobs) = &self.jobs else {
            for entry in entries {
                entry.fields.log(entry.event, &entry.message);
            }
            return;
        };
        let (count, (written, wait)) = (entries.len() as u64, oneshot::channel());
        if jobs.try_send(Job { entries, written }).is_err() {
            self.lost.fetch_add(count, Ordering::Relaxed);
            return;
        }
        let _ = tokio::time::timeout(PATIENCE, wait).await;
    }
}

fn write_each(waiting: &Receiver<Job>, lost: &AtomicU64, write: impl Fn(Entry)) {
    for Job { entries, written } in waiting {
        entries.into_iter().for_each(&write);
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let message = format!("{lost} events were lost, for nobody took the log");
            let fields = Fields { lost: Some(lost), ..Fields::default() };
            write(Entry { event: Event::EventsLost, message, fields });
        }
        // Whoever waited may have gone.
        let _ = written.send(());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    fn entry(number: u64) -> Vec<Entry> {
        let fields = Fields { uptime_seconds: Some(number), ..Fields::default() };
        vec![Entry { event: Event::ProbeFailed, message: String::new(), fields }]
    }

    #[tokio::test]
    async fn a_log_that_nobody_reads_holds_nobody_up_and_what_is_lost_is_told() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&written);
        let writer = Writer::new(2, move |entry| sink.lock().unwrap().push(entry));
        writer.write(entry(0)).await;
        assert_eq!(written.lock().unwrap().len(), 1, "it is there when the probe goes on");
        let (stalled, stalls) = std::sync::mpsc::channel();
        let sink = Arc::clone(&written);
        let reader = thread::spawn(move || {
            let _held = sink.lock().unwrap();
            stalled.send(()).unwrap();
            thread::sleep(Duration::from_millis(1_500));
        });
        stalls.recv().unwrap();
        let begun = Instant::now();
        for number in 1..=8 {
            writer.write(entry(number)).await;
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "one is being written, two wait, and five are lost");
        reader.join().unwrap();
        while written.lock().unwrap().len() < 5 {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", written.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        writer.write(entry(9)).await;
        let written = written.lock().unwrap();
        let lost: u64 = written.iter().filter_map(|entry| entry.fields.lost).sum();
        let told = written.iter().filter(|entry| entry.event == Event::ProbeFailed).count();
        assert_eq!((told, lost), (5, 5), "{written:?}");
    }
}
