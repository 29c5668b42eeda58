//! The backup of the metrics in deploy/, done and restored: a real VictoriaMetrics with data, the script with the real vmbackup,
//! vmrestore into a fresh directory, and another VictoriaMetrics on that. The second host is another directory here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::http::get;
use crate::process::{Directory, Process, command, path_of, run};

const WAIT_TIMEOUT: Duration = Duration::from_secs(30);
const DAY: u64 = 24 * 60 * 60;

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(name)
}

/// A VictoriaMetrics on the data in a directory.
struct Database {
    address: SocketAddr,
    data: PathBuf,
    process: Process,
}

impl Database {
    fn start(data: PathBuf) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut program = command("victoria-metrics");
        program
            .arg(format!("-storageDataPath={}", data.display()))
            .arg(format!("-httpListenAddr={address}"));
        program.arg("-retentionPeriod=10y");
        let process = Process::start(&program, data.with_extension("log"));
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "{}", process.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Self {
            address,
            data,
            process,
        }
    }

    /// Takes 50 series of 500 samples each, the last of them that many days ago.
    fn fill(&self, days_ago: u64) {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let mut samples = String::new();
        for (series, sample) in
            (0..50_u64).flat_map(|series| (0..500).map(move |sample| (series, sample)))
        {
            let at = (now - days_ago * DAY - sample * 15) * 1000;
            // Values that do not shrink to nothing.
            let value = (series * 500 + sample + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24;
            writeln!(
                samples,
                "probe_dns_serial{{zone=\"z{series}.example.\"}} {value} {at}"
            )
            .unwrap();
        }
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = "POST /api/v1/import/prometheus HTTP/1.0\r\nContent-Length";
        write!(stream, "{head}: {}\r\n\r\n{samples}", samples.len()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert!(response.contains(" 204 "), "{response}");
        get(self.address, "/internal/force_flush", &[]);
    }

    /// Every series with its times and values, a line each.
    fn everything(&self) -> BTreeSet<String> {
        let exported = get(
            self.address,
            "/api/v1/export",
            &[("match[]", "{__name__!=\"\"}"), ("reduce_mem_usage", "0")],
        );
        let lines: BTreeSet<_> = exported.lines().map(str::to_owned).collect();
        assert!(
            lines.len() >= 50,
            "{} lines: {}",
            lines.len(),
            self.process.log()
        );
        lines
    }

    /// Runs the script of the service.
    fn back_up(&self, destination: &Path) -> Output {
        self.script(destination).output().unwrap()
    }

    fn script(&self, destination: &Path) -> Command {
        let mut script = Command::new(deploy("outsidein-vmbackup"));
        script
            .env("DATA", &self.data)
            .env("URL", format!("http://{}", self.address));
        script
            .env("DESTINATION", destination)
            .env("WEEKS", "2")
            .env("VMBACKUP", path_of("vmbackup"));
        script
    }
}

/// How many octets each of the backups of a run uploaded, and how many it copied at the destination.
fn moved(output: &Output) -> Vec<(u64, u64)> {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let octets = |line: &str, marker: &str| {
        let number = line
            .split_once(marker)
            .and_then(|(_, rest)| rest.split_once(" bytes"));
        number
            .and_then(|(number, _)| number.parse().ok())
            .unwrap_or_else(|| panic!("{marker}: {line}"))
    };
    let ends = text
        .lines()
        .filter(|line| line.contains(" is complete; backed up "));
    ends.map(|line| {
        (
            octets(line, "; uploaded "),
            octets(line, "server-side copied "),
        )
    })
    .collect()
}

/// What a VictoriaMetrics on the restored backup has.
fn restored(directory: &Directory, backup: &Path, name: &str) -> BTreeSet<String> {
    let data = directory.path().join(name);
    let source = format!("-src=fs://{}", backup.display());
    let destination = format!("-storageDataPath={}", data.display());
    run(command("vmrestore").args([&source, &destination, "-httpListenAddr=127.0.0.1:0"]));
    Database::start(data).everything()
}

/// Names in the destination.
fn backups(destination: &Path) -> BTreeSet<String> {
    fs::read_dir(destination)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn backup_restores_and_second_one_is_incremental() {
    let directory = Directory::new();
    let destination = directory.path().join("second-host");
    let database = Database::start(directory.path().join("data"));
    database.fill(70);
    let before = database.everything();

    let [(uploaded, _), (again, copied)] = moved(&database.back_up(&destination))[..] else {
        panic!("two backups")
    };
    assert!(
        uploaded > 10_000 && again < uploaded / 10 && copied > uploaded / 2,
        "{uploaded} {again} {copied}"
    );
    assert_eq!(
        restored(&directory, &destination.join("latest"), "first"),
        before
    );

    // Of another month, so that what was there need not be merged with it.
    database.fill(1);
    let after = database.everything();
    assert_ne!(after, before);
    let [(more, _)] = moved(&database.back_up(&destination))[..] else {
        panic!("the week has its copy")
    };
    assert!(more > 10_000, "{more}");
    let [(nothing_new, _)] = moved(&database.back_up(&destination))[..] else {
        panic!("one backup")
    };
    assert!(nothing_new < more / 10, "{nothing_new} after {more}");
    assert_eq!(
        restored(&directory, &destination.join("latest"), "second"),
        after
    );

    // The copy of the week is of its first run, whatever came later.
    let names = backups(&destination);
    let week = names
        .iter()
        .find(|name| name.contains("-W"))
        .expect("a weekly copy");
    assert_eq!(
        restored(&directory, &destination.join(week), "week"),
        before
    );
    assert_eq!(
        get(database.address, "/snapshot/list", &[])
            .matches("202")
            .count(),
        0,
        "no snapshot is left"
    );
}

#[test]
fn only_old_weekly_backups_are_deleted() {
    let directory = Directory::new();
    let destination = directory.path().join("second-host");
    let old = ["2019-W52", "2020-W09", "2020-W10", "2020-W53"];
    for name in old.iter().chain(&["others", "2020-W1"]) {
        fs::create_dir_all(destination.join(name)).unwrap();
    }
    let database = Database::start(directory.path().join("data"));
    database.fill(1);
    moved(&database.back_up(&destination));
    let mut remaining_backups = backups(&destination);
    for name in ["latest", "others", "2020-W1", "2020-W53"] {
        assert!(
            remaining_backups.remove(name),
            "{name} is gone: {remaining_backups:?}"
        );
    }
    let weeks: Vec<_> = remaining_backups.into_iter().collect();
    let [week] = &weeks[..] else {
        panic!("one week of two beside 2020-W53: {weeks:?}")
    };

    // A copy that was cut off has no mark of its end, and is made again.
    fs::remove_file(destination.join(week).join("backup_complete.ignore")).unwrap();
    assert_eq!(moved(&database.back_up(&destination)).len(), 2);
    assert!(
        destination
            .join(week)
            .join("backup_complete.ignore")
            .exists()
    );
}

#[test]
fn unreachable_database_fails_and_keeps_old_backups() {
    let directory = Directory::new();
    let destination = directory.path().join("second-host");
    let database = Database::start(directory.path().join("data"));
    database.fill(1);
    let before = database.everything();
    moved(&database.back_up(&destination));
    let Database {
        address,
        data,
        process,
    } = database;
    drop(process);
    let gone = Database {
        address,
        data,
        process: Process::start(&Command::new("true"), directory.path().join("log")),
    };
    assert!(!gone.back_up(&destination).status.success());
    assert_eq!(
        restored(&directory, &destination.join("latest"), "restored"),
        before
    );
}

/// What node_exporter's textfile collector would find, as promtool likes it: each metric with its value.
fn read_results(textfiles: &Path) -> BTreeMap<String, u64> {
    let names = backups(textfiles);
    let mut texts = String::new();
    for name in &names {
        assert!(
            Path::new(name).extension().is_some_and(|end| end == "prom"),
            "nothing half-written is left: {names:?}"
        );
        let file = textfiles.join(name);
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o644,
            "node_exporter may read {name}"
        );
        texts += &fs::read_to_string(file).unwrap();
    }
    let mut promtool = command("promtool");
    promtool
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut promtool = promtool.spawn().unwrap();
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(texts.as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}\n{texts}"
    );
    let samples = texts
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '));
    samples
        .map(|(metric, value)| (metric.to_owned(), value.parse().unwrap()))
        .collect()
}

#[test]
fn every_run_writes_a_result_for_node_exporter() {
    let directory = Directory::new();
    let (destination, textfiles) = (
        directory.path().join("second-host"),
        directory.path().join("textfiles"),
    );
    fs::create_dir(&textfiles).unwrap();
    let run = |database: &Database, destination: &Path| {
        let output = database
            .script(destination)
            .env("TEXTFILES", &textfiles)
            .output()
            .unwrap();
        (output.status.success(), read_results(&textfiles))
    };
    let result = |value| ("outsidein_metrics_backup_successful".to_owned(), value);
    let now = || {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };
    let database = Database::start(directory.path().join("data"));
    database.fill(1);

    let file = directory.write("file", "where no folder can be made");
    assert_eq!(
        run(&database, &file),
        (false, BTreeMap::from([result(0)])),
        "the first run fails: no backup has a time"
    );
    let before = now();
    let (success, well) = run(&database, &destination);
    let ended = well
        .get("outsidein_metrics_backup_timestamp_seconds")
        .copied()
        .expect("a time");
    let end = (
        "outsidein_metrics_backup_timestamp_seconds".to_owned(),
        ended,
    );
    assert!(success && (before..=now()).contains(&ended), "{well:?}");
    assert_eq!(well, BTreeMap::from([result(1), end.clone()]));
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(
        run(&database, &file),
        (false, BTreeMap::from([result(0), end])),
        "the backup of before keeps its time"
    );

    // A result that cannot be left is told by the exit code, which the unit has.
    let nowhere = database
        .script(&destination)
        .env("TEXTFILES", directory.path().join("nowhere"))
        .output()
        .unwrap();
    assert!(
        !nowhere.status.success() && String::from_utf8_lossy(&nowhere.stderr).contains("nowhere"),
        "{nowhere:?}"
    );
}

#[test]
fn failed_backup_is_reported_and_leaves_no_snapshot() {
    let directory = Directory::new();
    let textfiles = directory.path().join("textfiles");
    fs::create_dir(&textfiles).unwrap();
    let database = Database::start(directory.path().join("data"));
    database.fill(1);
    let snapshots = || {
        get(database.address, "/snapshot/list", &[])
            .matches("202")
            .count()
    };
    let failed = BTreeMap::from([("outsidein_metrics_backup_successful".to_owned(), 0)]);
    let nowhere = directory.write("file", "where no folder can be made");
    let output = database
        .script(&nowhere)
        .env("TEXTFILES", &textfiles)
        .output()
        .unwrap();
    assert!(
        !output.status.success()
            && String::from_utf8_lossy(&output.stderr).contains("not a directory"),
        "{output:?}"
    );
    assert_eq!((read_results(&textfiles), snapshots()), (failed.clone(), 0));

    let slow = directory.write("slow", "#!/bin/sh\nsleep 2\n");
    fs::set_permissions(&slow, fs::Permissions::from_mode(0o755)).unwrap();
    let mut script = database.script(&directory.path().join("second-host"));
    let mut script = script
        .env("VMBACKUP", slow)
        .env("TEXTFILES", &textfiles)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while snapshots() == 0 {
        assert!(Instant::now() < deadline, "it makes a snapshot");
        std::thread::sleep(Duration::from_millis(20));
    }
    run(Command::new("kill").arg(script.id().to_string()));
    assert!(!script.wait().unwrap().success());
    assert_eq!((read_results(&textfiles), snapshots()), (failed, 0));
}

#[test]
fn unmounted_destination_is_never_written() {
    let directory = Directory::new();
    let (textfiles, mount) = (
        directory.path().join("textfiles"),
        directory.path().join("mount"),
    );
    for folder in [&textfiles, &mount] {
        fs::create_dir(folder).unwrap();
    }
    let database = Database::start(directory.path().join("data"));
    database.fill(1);
    let mut script = database.script(&mount.join("metrics"));
    let output = script
        .env("MOUNT", &mount)
        .env("TEXTFILES", &textfiles)
        .output()
        .unwrap();
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!("nothing is mounted at {}\n", mount.display())
    );
    assert_eq!(
        read_results(&textfiles),
        BTreeMap::from([("outsidein_metrics_backup_successful".to_owned(), 0)])
    );
    assert_eq!(fs::read_dir(&mount).unwrap().count(), 0);

    // A file system that is another one than that around it.
    let mut script = database.script(&directory.path().join("second-host"));
    let output = script.env("MOUNT", "/proc").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn units_are_well_formed_and_hardened() {
    let directory = Directory::new();
    let program = "/usr/libexec/outsidein-vmbackup";
    let unit = fs::read_to_string(deploy("outsidein-vmbackup.service")).unwrap();
    assert!(unit.contains(&format!("ExecStart={program}\n")));
    let unit = unit.replace(program, &deploy("outsidein-vmbackup").display().to_string());
    let service = directory.write("outsidein-vmbackup.service", &unit);
    let timer = fs::read_to_string(deploy("outsidein-vmbackup.timer")).unwrap();
    let timer = directory.write("outsidein-vmbackup.timer", &timer);
    let verified = command("systemd-analyze")
        .args(["verify", "--man=no"])
        .args([&service, &timer])
        .output()
        .unwrap();
    assert!(
        verified.status.success() && verified.stderr.is_empty(),
        "{verified:?}"
    );
    let arguments = ["security", "--no-pager", "--offline=true", "--threshold=15"];
    run(command("systemd-analyze").args(arguments).arg(&service));

    // Its environment file names what the script takes, on the file system that the unit wants to be mounted.
    let environment = fs::read_to_string(deploy("outsidein-vmbackup.env")).unwrap();
    let mount = environment
        .lines()
        .find_map(|line| line.strip_prefix("MOUNT="))
        .unwrap();
    assert!(
        environment.contains(&format!("\nDESTINATION={mount}/")),
        "{environment}"
    );
    // And it may leave its result where the environment file says.
    let textfiles = environment
        .lines()
        .find_map(|line| line.strip_prefix("TEXTFILES="))
        .unwrap();
    assert!(
        unit.contains(&format!("\nReadWritePaths=-{textfiles}\n")),
        "{unit}"
    );
    let user = unit
        .lines()
        .find_map(|line| line.strip_prefix("User="))
        .unwrap();
    let granted = fs::read_to_string(deploy("outsidein-vmbackup.tmpfiles.conf")).unwrap();
    assert!(
        granted.contains(&format!("\na+ {textfiles} - - - - u:{user}:rwx\n")),
        "{granted}"
    );
    assert!(
        unit.contains(&format!("\nReadWritePaths={mount}\n"))
            && unit.contains(&format!("\nRequiresMountsFor={mount}\n"))
    );
}
