//! Where the log goes: to standard error, or to journald. Standard output is for results.

use std::fs::File;
use std::io::{self, IsTerminal as _, stderr};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;

use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::arguments::{Log, LogFormat};
use crate::server::{Event, Fields};

/// What journald knows the program by, however its file is called.
const IDENTIFIER: &str = "outsidein";
/// syslog's own, which everybody filters by; those of tracing-journald are a step graver.
const PRIORITIES: PriorityMappings = PriorityMappings {
    error: Priority::Error,
    warn: Priority::Warning,
    info: Priority::Informational,
    debug: Priority::Debug,
    trace: Priority::Debug,
};

/// The log begins.
pub(super) fn start(log: &Log) {
    let format =
        log.format.unwrap_or_else(|| if is_read_by_journald() { LogFormat::Journald } else { LogFormat::Text });
    match format {
        LogFormat::Text => to_standard_error(log.level, false),
        LogFormat::Json => to_standard_error(log.level, true),
        LogFormat::Journald => {
            let Err(error) = to_journald(log.level) else { return };
            to_standard_error(log.level, false);
            let fields = Fields { error: Some(error.to_string()), ..Fields::default() };
            fields.log(Event::JournaldUnreachable, &format!("no journald, so the log is on standard error: {error}"));
        }
    }
}

fn to_standard_error(level: LevelFilter, as_json: bool) {
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level).with_writer(stderr).with_ansi(stderr().is_terminal());
    if as_json {
        // An object of one level, whose `target` is the nameserver's and not the place in the code.
        subscriber.json().flatten_event(true).with_target(false).init();
    } else {
        subscriber.init();
    }
}

fn to_journald(level: LevelFilter) -> io::Result<()> {
    let layer = tracing_journald::layer()?;
    let layer = layer.with_syslog_identifier(IDENTIFIER.to_owned()).with_priority_mappings(PRIORITIES);
    tracing_subscriber::registry().with(level).with(layer).init();
    Ok(())
}

/// Whether systemd has connected standard error to journald, and nobody has redirected it since (systemd.exec(5),
/// `JOURNAL_STREAM`).
fn is_read_by_journald() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let standard_error = stderr().as_fd().try_clone_to_owned().and_then(|descriptor| File::from(descriptor).metadata());
    standard_error.is_ok_and(|file| is_stream(&stream, file.dev(), file.ino()))
}

fn is_stream(stream: &str, device: u64, inode: u64) -> bool {
    let parts = stream.split_once(':').and_then(|(device, inode)| Some((device.parse().ok()?, inode.parse().ok()?)));
    parts == Some((device, inode))
}

#[cfg(test)]
mod tests {
    use super::is_stream;

    #[test]
    fn a_stream_is_journalds_by_device_and_inode() {
        assert!(is_stream("8:6735", 8, 6735));
        for other in ["8:6736", "9:6735", "6735:8", "8:", ":6735", "8", "", "8:6735:", "8 : 6735", "x:6735"] {
            assert!(!is_stream(other, 8, 6735), "{other:?}");
        }
    }
}
