//! A systemd-journald of the test's own: in namespaces where /run is empty, so that nothing of the machine is touched, and
//! where every port is free. Root may do so anywhere, others where the kernel lets them make user namespaces.

use std::any::type_name;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Event;
use crate::process::{Directory, Process, command, path_of, run};

/// Set in the namespace, to where the test says that it came to its end.
const DONE: &str = "OUTSIDEIN_TEST_DONE";
/// Longer than the sum of all waits that may follow each other on a busy machine.
const LIMIT: Duration = Duration::from_mins(5);
const PATIENCE: Duration = Duration::from_secs(30);
const SOCKET: &str = "/run/systemd/journal/socket";
const JOURNAL: &str = "/run/log/journal";
const MACHINE_ID: &str = "0123456789abcdef0123456789abcdef";

/// Runs `body` in namespaces of its own, with an empty /run and a loopback of its own; `test` is the test that calls this.
pub fn apart<T: Fn()>(_test: T, body: impl FnOnce()) {
    if let Some(done) = std::env::var_os(DONE) {
        run(command("mount").args(["-t", "tmpfs", "none", "/run"]));
        run(command("ip").args(["link", "set", "lo", "up"]));
        body();
        fs::write(done, "").expect("the directory of the test outside");
        return;
    }
    let name = type_name::<T>().split_once("::").expect("a path that begins with the crate").1;
    let directory = Directory::new();
    let (place, done) = (directory.path(), directory.path().join("done"));
    let mut again = unshare();
    again.arg("env").arg(format!("TMPDIR={}", place.display())).arg(format!("{DONE}={}", done.display()));
    again.arg(std::env::current_exe().expect("the path of this test")).args(["--exact", name, "--nocapture"]);
    let mut process = Process::start(&again, place.join("log"));
    let deadline = Instant::now() + LIMIT;
    while !process.has_ended() {
        assert!(Instant::now() < deadline, "{name} takes longer than {LIMIT:?}:\n{}", process.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(done.exists(), "{name}, in a namespace of its own:\n{}", process.log());
}

/// The command that runs what follows in new namespaces.
fn unshare() -> Command {
    const NEW: [&str; 6] = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let ways: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];
    for way in ways {
        let mut trial = command("unshare");
        trial.args(way).args(NEW).arg("true").stderr(Stdio::null());
        if trial.status().is_ok_and(|status| status.success()) {
            let mut unshare = command("unshare");
            unshare.args(way).args(NEW).arg("--");
            return unshare;
        }
    }
    panic!(
        "{} can make no namespaces here, which this test needs: run it as root, or let the kernel make user \
         namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, \
         kernel.apparmor_restrict_unprivileged_userns); in a container it takes the capability SYS_ADMIN",
        path_of("unshare").display()
    )
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
        assert!(std::env::var_os(DONE).is_some(), "the machine's own journald is left alone");
        let directory = Directory::new();
        let id = directory.write("machine-id", MACHINE_ID);
        run(command("mount").arg("--bind").arg(id).arg("/etc/machine-id"));
        for place in ["/run/systemd/journal", "/run/systemd/journald.conf.d", JOURNAL] {
            fs::create_dir_all(place).expect("/run is ours");
        }
        let settings = "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitBurst=0\n";
        fs::write("/run/systemd/journald.conf.d/test.conf", settings).expect("/run is ours");
        let mut process = Process::start(&command("systemd-journald"), directory.path().join("log"));
        let deadline = Instant::now() + PATIENCE;
        while !Path::new(SOCKET).exists() {
            assert!(!process.has_ended() && Instant::now() < deadline, "no journald:\n{}", process.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { place: Path::new(JOURNAL), _process: process, _directory: directory }
    }

    /// All that it has, as `journalctl -o json` prints it.
    pub fn entries(&self) -> Vec<Value> {
        let directory = format!("--directory={}", self.place.display());
        let mut journalctl = command("journalctl");
        let printed = run(journalctl.args([&directory, "--output=json", "--no-pager", "--all", "--quiet"]));
        printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// The events of outsidein.
    pub fn events(&self) -> Vec<Event> {
        self.entries().iter().filter(|entry| !entry["F_EVENT"].is_null()).map(event).collect()
    }
}

/// Waits until something holds.
pub fn wait_for(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to hold");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// journalctl prints a value with control characters as an array, which no query finds.
fn event(entry: &Value) -> Event {
    let fields = entry.as_object().expect("an entry is an object").iter();
    let fields = fields.filter_map(|(name, value)| {
        let name = if name == "MESSAGE" { name } else { name.strip_prefix("F_")? };
        let value = value.as_str().unwrap_or_else(|| panic!("{name} is no plain text: {entry}"));
        Some((name.to_lowercase(), value.to_owned()))
    });
    fields.collect()
}
