//! A systemd-journald of the test's own: in namespaces where /run is empty.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::logs::Event;
use crate::namespaces;
use crate::process::{Directory, Process, command, run};

const WAIT_TIMEOUT: Duration = Duration::from_secs(30);
const SOCKET: &str = "/run/systemd/journal/socket";
const JOURNAL: &str = "/run/log/journal";
const MACHINE_ID: &str = "0123456789abcdef0123456789abcdef";

/// Runs `body` in namespaces of its own, with an empty /run and a loopback of its own; `test` is the test that calls this.
pub fn apart<T: Fn()>(test: T, body: impl FnOnce()) {
    namespaces::apart(test, &["--net", "--mount", "--mount-proc"], || {
        run(command("mount").args(["-t", "tmpfs", "none", "/run"]));
        run(command("ip").args(["link", "set", "lo", "up"]));
        body();
    });
}

/// A running systemd-journald and what it has written.
pub struct Journal {
    /// Where its files are.
    pub place: &'static Path,
    _process: Process,
    _directory: Directory,
}

impl Journal {
    /// Starts it; only in a namespace of the test's own.
    pub fn start() -> Self {
        assert!(
            namespaces::are_new(),
            "the machine's own journald is left alone"
        );
        let directory = Directory::new();
        let id = directory.write("machine-id", MACHINE_ID);
        run(command("mount")
            .arg("--bind")
            .arg(id)
            .arg("/etc/machine-id"));
        for path in [
            "/run/systemd/journal",
            "/run/systemd/journald.conf.d",
            JOURNAL,
        ] {
            fs::create_dir_all(path).expect("/run is ours");
        }
        let settings = "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitBurst=0\n";
        fs::write("/run/systemd/journald.conf.d/test.conf", settings).expect("/run is ours");
        let mut process =
            Process::start(&command("systemd-journald"), directory.path().join("log"));
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while !Path::new(SOCKET).exists() {
            assert!(
                !process.has_ended() && Instant::now() < deadline,
                "no journald:\n{}",
                process.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self {
            place: Path::new(JOURNAL),
            _process: process,
            _directory: directory,
        }
    }

    /// All that it has, as `journalctl -o json` prints it.
    pub fn entries(&self) -> Vec<Value> {
        let directory = format!("--directory={}", self.place.display());
        let mut journalctl = command("journalctl");
        let printed = run(journalctl.args([
            &directory,
            "--output=json",
            "--no-pager",
            "--all",
            "--quiet",
        ]));
        printed
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    /// The events of outsidein.
    pub fn events(&self) -> Vec<Event> {
        self.entries()
            .iter()
            .filter(|entry| !entry["F_EVENT"].is_null())
            .map(event)
            .collect()
    }
}

/// Waits until something holds.
pub fn wait_for(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to hold");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// journalctl prints a value with control characters as an array, which no query finds.
fn event(entry: &Value) -> Event {
    let fields = entry.as_object().expect("an entry is an object").iter();
    let fields = fields.filter_map(|(name, value)| {
        let name = if name == "MESSAGE" {
            name
        } else {
            name.strip_prefix("F_")?
        };
        let value = value
            .as_str()
            .unwrap_or_else(|| panic!("{name} is no plain text: {entry}"));
        Some((name.to_lowercase(), value.to_owned()))
    });
    fields.collect()
}
