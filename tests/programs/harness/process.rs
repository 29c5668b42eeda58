//! Programs from Debian: found or named with their package, run in directories that go away, ended by process id.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex};

/// Every program that the tests run, with the Debian package that holds it.
const PACKAGES: &[(&str, &str)] = &[
    ("amtool", "prometheus-alertmanager"),
    ("borg", "borgbackup"),
    ("delv", "bind9-dnsutils"),
    ("dnssec-keygen", "bind9-utils"),
    ("dnssec-signzone", "bind9-utils"),
    ("ip", "iproute2"),
    ("journalctl", "systemd"),
    ("keymgr", "knot"),
    ("knotc", "knot"),
    ("knotd", "knot"),
    ("ldns-keygen", "ldnsutils"),
    ("ldns-read-zone", "ldnsutils"),
    ("ldns-signzone", "ldnsutils"),
    ("ldns-verify-zone", "ldnsutils"),
    ("mount", "mount"),
    ("named", "bind9"),
    ("nix-instantiate", "nix-bin"),
    ("nsd", "nsd"),
    ("nsd-control", "nsd"),
    ("pdns_control", "pdns-server"),
    ("pdns_server", "pdns-server"),
    ("pdnsutil", "pdns-server"),
    ("prometheus", "prometheus"),
    ("prometheus-alertmanager", "prometheus-alertmanager"),
    ("prlimit", "util-linux"),
    ("promtool", "prometheus"),
    (
        "prometheus-blackbox-exporter",
        "prometheus-blackbox-exporter",
    ),
    ("prometheus-node-exporter", "prometheus-node-exporter"),
    ("rndc", "bind9-utils"),
    ("setpriv", "util-linux"),
    ("strace", "strace"),
    ("systemd-analyze", "systemd"),
    ("systemd-cat", "systemd"),
    ("systemd-journal-upload", "systemd-journal-remote"),
    ("systemd-journald", "systemd"),
    ("systemd-socket-activate", "systemd"),
    ("umount", "mount"),
    ("unbound", "unbound"),
    ("unshare", "util-linux"),
    ("victoria-metrics", "victoria-metrics"),
    ("vmagent", "victoria-metrics"),
    ("vmalert", "victoria-metrics"),
    ("vmbackup", "victoria-metrics"),
    ("vmrestore", "victoria-metrics"),
];

/// Where `program` is. A missing one fails the test: a check that is skipped in silence is no check.
pub fn path_of(program: &str) -> PathBuf {
    let (_, package) = PACKAGES
        .iter()
        .find(|(name, _)| *name == program)
        .expect("a program that PACKAGES lists");
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers in sbin, which an ordinary user's PATH lacks, and those of systemd in a place of their own.
    let directories =
        std::env::split_paths(&path).chain(["/usr/sbin", "/sbin", "/lib/systemd"].map(Into::into));
    let found = directories
        .map(|directory| directory.join(program))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("{program} is missing: install Debian's package {package} (scripts/test does)")
    })
}

/// A command that runs `program`.
pub fn command(program: &str) -> Command {
    Command::new(path_of(program))
}

/// Runs a command to its end and returns what it printed; a failure fails the test with all that it said.
pub fn run(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{stdout}{stderr}",
        output.status
    );
    stdout.into_owned()
}

/// A process in the background; it ends when this value is dropped, and when the test process dies.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its output in the file `log`.
    pub fn start(command: &Command, log: PathBuf) -> Self {
        let output = File::create(&log).expect("a log file");
        let mut guarded = Command::new(path_of("setpriv"));
        guarded
            .args(["--pdeathsig", "KILL", "--"])
            .arg(command.get_program())
            .args(command.get_args());
        guarded
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output);
        let child =
            spawn_from_keeper(guarded).unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, log }
    }

    /// Its process id, that of the command itself.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends the command itself the signal of this name.
    pub fn signal(&self, name: &str) {
        run(Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]));
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// What it ended with, by itself and not by a signal.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.child.try_wait().ok().flatten()?.code()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either may fail only because the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The kernel sends the parent-death signal when the *thread* that spawned ends, and each test runs on a thread of its
/// own: children that several tests share must come from a thread that lives as long as the process.
fn spawn_from_keeper(command: Command) -> io::Result<Child> {
    type Order = (Command, Sender<io::Result<Child>>);
    static KEEPER: LazyLock<Mutex<Sender<Order>>> = LazyLock::new(|| {
        let (orders, inbox) = channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, reply) in inbox {
                // Whoever ordered waits for the reply, so it cannot be gone.
                let _ = reply.send(command.spawn());
            }
        });
        Mutex::new(orders)
    });
    let (reply, child) = channel();
    KEEPER
        .lock()
        .expect("the keeper's lock")
        .send((command, reply))
        .expect("the keeper's thread");
    child.recv().expect("the keeper's reply")
}

/// A directory that is removed when this value is dropped, and when the test process dies.
pub struct Directory {
    path: PathBuf,
    /// Waits for the end of its standard input, which only this process holds, and then removes the directory.
    remover: Child,
}

impl Directory {
    /// Makes an empty directory; its path is short, because Unix sockets will lie in it.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "outsidein-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let remover = Command::new("sh")
            .args(["-c", "trap '' HUP INT TERM; cat; rm -rf -- \"$1\"", "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell");
        Self { path, remover }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file into it and returns where the file is.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.join(name);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(self.remover.stdin.take());
        let _ = self.remover.wait();
    }
}

#[test]
fn required_packages_are_installed_by_the_script() {
    let installed: Vec<_> = include_str!("../../../scripts/packages").lines().collect();
    for (program, package) in PACKAGES {
        assert!(
            installed.contains(package),
            "{program}: scripts/packages lacks {package}"
        );
    }
}
