//! A network of its own for each test, in which servers have addresses as they would on the Internet, on port 53.
//!
//! The test runs itself once more in a new network and process namespace: everything that it starts there ends with
//! it, whatever happens. Root may do so anywhere, others where the kernel lets them make user namespaces.

use std::any::type_name;
use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Directory, Process, command, path_of, run};

/// Set in the namespace, to where the test says that it came to its end.
const DONE: &str = "OUTSIDEIN_TEST_DONE";
/// Longer than the sum of all waits that may follow each other on a busy machine.
const LIMIT: Duration = Duration::from_mins(20);

/// Runs `body` in a network of its own; `test` is the test that calls this.
pub fn apart<T: Fn()>(_test: T, body: impl FnOnce()) {
    if let Some(done) = std::env::var_os(DONE) {
        make_links();
        body();
        std::fs::write(done, "").expect("the directory of the test outside");
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
    assert!(done.exists(), "{name}, in a network of its own:\n{}", process.log());
}

/// The command that runs what follows in new namespaces.
fn unshare() -> Command {
    const NEW: [&str; 4] = ["--net", "--pid", "--fork", "--kill-child"];
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
        "{} can make no network namespace here, which this test needs: run it as root, or let the kernel make user \
         namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, \
         kernel.apparmor_restrict_unprivileged_userns); in a container it takes the capability SYS_ADMIN",
        path_of("unshare").display()
    )
}

/// The loopback interface, and a cable whose other end is held by nobody.
fn make_links() {
    for arguments in [
        "link set lo up",
        "link add nowhere type veth peer name nobody",
        "link set nobody up",
        // Without ARP and neighbour discovery, which would tell that nobody is there.
        "link set nowhere arp off up",
    ] {
        run(command("ip").args(arguments.split(' ')));
    }
}

/// How packets to an address come to nothing.
#[derive(Clone, Copy)]
pub enum Cut {
    /// They vanish.
    Silent,
    /// There is no route to it.
    Unreachable,
}

/// Gives this machine an address, on which a server may listen.
pub fn add(address: IpAddr) {
    ip(address, &["address", "add", &prefix(address), "dev", "lo"]);
}

/// Takes it away, while the server goes on listening.
pub fn cut(address: IpAddr, cut: Cut) {
    ip(address, &["address", "delete", &prefix(address), "dev", "lo"]);
    if let Cut::Silent = cut {
        ip(address, &["route", "add", &prefix(address), "dev", "nowhere"]);
    }
}

/// Brings back an address that was cut off.
pub fn mend(address: IpAddr, cut: Cut) {
    if let Cut::Silent = cut {
        ip(address, &["route", "delete", &prefix(address), "dev", "nowhere"]);
    }
    add(address);
}

fn ip(address: IpAddr, arguments: &[&str]) {
    let mut ip = command("ip");
    ip.arg(if address.is_ipv4() { "-4" } else { "-6" }).args(arguments);
    // A server must be able to bind the address at once, and nobody else can have it.
    if address.is_ipv6() && arguments.starts_with(&["address", "add"]) {
        ip.arg("nodad");
    }
    run(&mut ip);
}

fn prefix(address: IpAddr) -> String {
    format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })
}
