//! The units in deploy/, as systemd's own judges see them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Directory, command, run};

pub const PROGRAM: &str = "/usr/bin/outsidein";

pub fn deployed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every value that the service gives to `key`, in order.
pub fn settings(key: &str) -> Vec<String> {
    let unit = deployed("outsidein.service");
    let values = unit
        .lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    values.map(str::to_owned).collect()
}

/// Both units in a directory; systemd wants the program to be there.
fn install(directory: &Directory) -> [PathBuf; 2] {
    let service = deployed("outsidein.service").replace(PROGRAM, env!("CARGO_BIN_EXE_outsidein"));
    [
        ("outsidein.service", service),
        ("outsidein.socket", deployed("outsidein.socket")),
    ]
    .map(|(name, text)| directory.write(name, &text))
}

/// Fails the test over any complaint: systemd ignores what it does not know, and says so.
fn verify(directory: &Directory, units: &[PathBuf]) {
    let mut verify = command("systemd-analyze");
    // The directory before those of the machine, whose units ours refer to.
    verify.env(
        "SYSTEMD_UNIT_PATH",
        format!("{}:", directory.path().display()),
    );
    let verified = verify
        .args(["verify", "--man=no"])
        .args(units)
        .output()
        .expect("systemd-analyze");
    assert!(
        verified.status.success() && verified.stderr.is_empty(),
        "{verified:?}"
    );
}

#[test]
fn units_are_well_formed() {
    let directory = Directory::new();
    verify(&directory, &install(&directory));
}

#[test]
fn service_exposure_score_is_low() {
    let directory = Directory::new();
    let [service, _] = install(&directory);
    // In tenths: at most 1.5.
    let arguments = ["security", "--no-pager", "--offline=true", "--threshold=15"];
    run(command("systemd-analyze").args(arguments).arg(service));
}

#[test]
fn vmalert_unit_is_well_formed_and_confined() {
    let directory = Directory::new();
    let unit = directory.write("vmalert.service", &deployed("vmalert.service"));
    verify(&directory, std::slice::from_ref(&unit));
    let arguments = ["security", "--no-pager", "--offline=true", "--threshold=15"];
    run(command("systemd-analyze").args(arguments).arg(unit));
}

#[test]
fn service_command_is_accepted_by_the_program() {
    let [start] = &settings("ExecStart")[..] else {
        panic!("one command")
    };
    let arguments = start.strip_prefix(PROGRAM).expect("the program");
    let arguments: Vec<_> = arguments.split_whitespace().collect();
    // It gets as far as to look for its socket, which is not there.
    let mut exporter = std::process::Command::new(env!("CARGO_BIN_EXE_outsidein"));
    let output = exporter.args(arguments).output().expect("it runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        complaint.contains("--web.systemd-socket: no socket was passed"),
        "{output:?}"
    );
}

#[test]
fn journal_upload_drop_in_is_well_formed() {
    let directory = Directory::new();
    let name = "systemd-journal-upload.service";
    let unit =
        fs::read_to_string(Path::new("/lib/systemd/system").join(name)).expect("Debian's unit");
    let unit = directory.write(name, &unit);
    let path = directory.path().join(format!("{name}.d"));
    fs::create_dir(&path).expect("a directory");
    fs::write(
        path.join("restart.conf"),
        deployed("journal-upload/restart.conf"),
    )
    .expect("a drop-in");
    verify(&directory, &[unit]);
}
