//! Namespaces of a test's own, in which nothing of the machine is touched and every port and address is free.
//!
//! The test runs itself once more in them: everything that it starts there ends with it, whatever happens. Root may do so
//! anywhere, others where the kernel lets them make user namespaces.

use std::any::type_name;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Directory, Process, command, path_of};

/// Set in the namespaces, to where the test says that it came to its end.
const DONE: &str = "OUTSIDEIN_TEST_DONE";
/// More than twice what the longest test takes on two cores. Each wait within a test ends sooner, and says for what it was.
const LIMIT: Duration = Duration::from_mins(30);

/// Runs `body` in new namespaces of these `kinds`, flags of unshare; `test` is the test that calls this.
pub fn apart<T: Fn()>(_test: T, kinds: &[&str], body: impl FnOnce()) {
    if are_new() {
        body();
        std::fs::write(std::env::var_os(DONE).expect("it is set"), "")
            .expect("the directory of the test outside");
        return;
    }
    let name = type_name::<T>()
        .split_once("::")
        .expect("a path that begins with the crate")
        .1;
    let directory = Directory::new();
    let (path, done) = (directory.path(), directory.path().join("done"));
    let mut again = unshare(kinds);
    again
        .arg("env")
        .arg(format!("TMPDIR={}", path.display()))
        .arg(format!("{DONE}={}", done.display()));
    again
        .arg(std::env::current_exe().expect("the path of this test"))
        .args(["--exact", name, "--nocapture"]);
    let mut process = Process::start(&again, path.join("log"));
    let deadline = Instant::now() + LIMIT;
    while !process.has_ended() {
        assert!(
            Instant::now() < deadline,
            "{name} takes longer than {LIMIT:?}:\n{}",
            process.log()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(
        done.exists(),
        "{name}, in namespaces of its own:\n{}",
        process.log()
    );
}

/// Whether this runs in namespaces of its own.
pub fn are_new() -> bool {
    std::env::var_os(DONE).is_some()
}

/// The command that runs what follows in new namespaces.
fn unshare(kinds: &[&str]) -> Command {
    const NEW: [&str; 3] = ["--pid", "--fork", "--kill-child"];
    let ways: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];
    for options in ways {
        let mut trial = command("unshare");
        trial
            .args(options)
            .args(NEW)
            .args(kinds)
            .arg("true")
            .stderr(Stdio::null());
        if trial.status().is_ok_and(|status| status.success()) {
            let mut unshare = command("unshare");
            unshare.args(options).args(NEW).args(kinds).arg("--");
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
