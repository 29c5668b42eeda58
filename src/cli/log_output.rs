//! Where the log goes: to standard error, or to journald. Standard output is for results.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _, Write, stderr};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Mutex;

use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::arguments::{LogArguments, LogFormat};
use crate::log::{self, Event, Fields};

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

/// The log begins. It has a thread of its own from here on.
pub(super) fn start(log: &LogArguments) {
    let default_format = || {
        if is_read_by_journald() {
            LogFormat::Journald
        } else {
            LogFormat::Text
        }
    };
    let (level, format) = (log.level, log.format.unwrap_or_else(default_format));
    log::start_log(level, move || open(level, format));
}

fn open(level: LevelFilter, format: LogFormat) {
    match format {
        LogFormat::Text => log_to_standard_error(level, false),
        LogFormat::Json => log_to_standard_error(level, true),
        LogFormat::Journald => {
            let Err(error) = log_to_journald(level) else {
                return;
            };
            log_to_standard_error(level, false);
            let fields = Fields {
                error: Some(error.to_string()),
                ..Fields::default()
            };
            fields.log(
                Event::JournaldUnreachable,
                &format!("no journald, so the log is on standard error: {error}"),
            );
        }
    }
}

fn log_to_standard_error(level: LevelFilter, as_json: bool) {
    let lines = Mutex::new(LogLineWriter {
        destination: stderr(),
        is_torn: false,
    });
    // What cannot be written would be told at the same place, by a macro that panics.
    let layer = fmt::layer()
        .with_writer(lines)
        .with_ansi(stderr().is_terminal())
        .log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(filter(level));
    if as_json {
        // An object of one level, whose `target` is the nameserver's and not the place in the code.
        registry
            .with(layer.json().flatten_event(true).with_target(false))
            .init();
    } else {
        registry.with(layer).init();
    }
}

fn log_to_journald(level: LevelFilter) -> io::Result<()> {
    let layer = tracing_journald::layer()?;
    let layer = layer
        .with_syslog_identifier(IDENTIFIER.to_owned())
        .with_priority_mappings(PRIORITIES);
    tracing_subscriber::registry()
        .with(filter(level))
        .with(layer)
        .init();
    Ok(())
}

/// Libraries log at the levels of developers alone: what they write does not go through the thread of the log, so a log that
/// stalls would hold them up.
fn filter(level: LevelFilter) -> Targets {
    let libraries = if level >= LevelFilter::DEBUG {
        level
    } else {
        LevelFilter::OFF
    };
    Targets::new()
        .with_default(libraries)
        .with_target("outsidein", level)
}

/// Lines of the log on their way to where any of them may fail.
struct LogLineWriter<W> {
    destination: W,
    /// Whether the last one was cut off, by a disk that is full: the next must not become its end.
    is_torn: bool,
}

impl<W: Write> LogLineWriter<W> {
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.destination.write_all(b"\n")?;
            self.is_torn = false;
        }
        let mut rest = line;
        while !rest.is_empty() {
            match self.destination.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = &rest[written..];
                    self.is_torn = !rest.is_empty();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<W: Write> Write for LogLineWriter<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.write_all(octets).map(|()| octets.len())
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        self.write_line(line)
            .inspect_err(|_| log::record_failed_log_write())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.destination.flush()
    }
}

/// Whether systemd has connected standard error to journald, and nobody has redirected it since (systemd.exec(5),
/// `JOURNAL_STREAM`).
fn is_read_by_journald() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else {
        return false;
    };
    let standard_error = stderr()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|descriptor| File::from(descriptor).metadata());
    standard_error.is_ok_and(|file| is_stream(&stream, file.dev(), file.ino()))
}

fn is_stream(stream: &str, device: u64, inode: u64) -> bool {
    let parts = stream
        .split_once(':')
        .and_then(|(device, inode)| Some((device.parse().ok()?, inode.parse().ok()?)));
    parts == Some((device, inode))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with so much room.
    struct Disk {
        room: usize,
        holds: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            let length = octets.len().min(self.room);
            if length == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            self.room -= length;
            self.holds.extend_from_slice(&octets[..length]);
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn libraries_log_only_at_debug_level() {
        let enabled = |level, target| filter(level).would_enable(target, &tracing::Level::WARN);
        for (level, libraries) in [
            (LevelFilter::INFO, false),
            (LevelFilter::DEBUG, true),
            (LevelFilter::TRACE, true),
        ] {
            assert!(enabled(level, "outsidein"), "{level}");
            assert_eq!(enabled(level, "hickory_net::udp"), libraries, "{level}");
        }
        assert!(!enabled(LevelFilter::ERROR, "outsidein"));
    }

    #[test]
    fn truncated_line_does_not_corrupt_the_next_one() {
        let mut lines = LogLineWriter {
            destination: Disk {
                room: 10,
                holds: Vec::new(),
            },
            is_torn: false,
        };
        let mut write = |line: &str, room: usize| {
            lines.destination.room += room;
            lines.write_all(line.as_bytes()).is_ok()
        };
        assert!(write("first\n", 0));
        assert!(!write("second\n", 0), "four octets of it");
        assert!(!write("third\n", 0));
        assert!(!write("fourth\n", 1), "room for the end of the second");
        assert!(write("fifth\n", 100));
        assert!(write("sixth\n", 0));
        assert_eq!(
            String::from_utf8(lines.destination.holds).unwrap(),
            "first\nseco\nfifth\nsixth\n"
        );
    }

    #[test]
    fn journald_stream_is_recognised_by_device_and_inode() {
        assert!(is_stream("8:6735", 8, 6735));
        for stream in [
            "8:6736", "9:6735", "6735:8", "8:", ":6735", "8", "", "8:6735:", "8 : 6735", "x:6735",
        ] {
            assert!(!is_stream(stream, 8, 6735), "{stream:?}");
        }
    }
}
