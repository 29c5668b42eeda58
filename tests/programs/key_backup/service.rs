//! What deploy/ has: the script on a real repository, and the units before systemd's own judges.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::borg::Borg;
use super::live::{config, ds_of, ksks, wait_for};
use crate::process::{Directory, command, path_of, run};
use crate::real::{Server, knot};

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(name)
}

/// The service as the host has it: a repository, a probes.json, a folder for metrics, and one in memory.
struct Service {
    server: Option<Server>,
    zone: String,
    borg: Borg,
    directory: Directory,
    probes: PathBuf,
}

/// What a run left: its exit code, the value of `outsidein_key_backup_complete`, and all metrics.
type Left = (i32, Option<f64>, String);

impl Service {
    fn new() -> Self {
        let server = knot::start_rolling();
        let (borg, directory) = (Borg::new(), Directory::new());
        wait_for("the zone is signed", || ksks(&server).len() == 1);
        let probes = config(&directory, &server, &[ds_of(&server, &ksks(&server)[0])]);
        fs::create_dir(directory.path().join("run")).unwrap();
        Self {
            zone: server.zones[0].origin.clone(),
            server: Some(server),
            borg,
            directory,
            probes,
        }
    }

    /// Archives what Knot has, and returns where its keys are in the archive.
    fn back_up(&self, archive: &str) -> PathBuf {
        let restored = self.borg.back_up(self.server.as_ref().unwrap(), archive);
        let relative_path = restored.strip_prefix(self.borg.directory.path()).unwrap();
        relative_path.components().skip(1).collect()
    }

    fn textfile(&self) -> PathBuf {
        self.directory
            .path()
            .join(format!("outsidein_key_backup_{}.prom", self.zone))
    }

    fn run(&self, keys: &Path) -> Left {
        let runtime = self.directory.path().join("run");
        let mut script = Command::new(deploy("outsidein-key-backup"));
        // A borg that somebody put there comes first.
        let path = std::env::var("PATH").unwrap();
        script.env(
            "PATH",
            format!("{}:{path}", self.directory.path().display()),
        );
        script
            .envs(self.borg.environment())
            .env("OUTSIDEIN", env!("CARGO_BIN_EXE_outsidein"));
        script
            .env("ZONES", &self.zone)
            .env("CONFIG", &self.probes)
            .env("KEYS", keys);
        script
            .env("TEXTFILES", self.directory.path())
            .env("RUNTIME_DIRECTORY", &runtime);
        let output = script.output().unwrap();
        assert_eq!(
            fs::read_dir(&runtime).unwrap().count(),
            0,
            "the restored keys are gone: {output:?}"
        );
        let metrics = fs::read_to_string(self.textfile())
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        check_with_promtool(&self.textfile());
        assert!(
            metrics.contains("outsidein_key_backup_check_timestamp_seconds{zone="),
            "{metrics}"
        );
        // However it is written: one zone is one series.
        let series = format!(
            "outsidein_key_backup_complete{{zone=\"{}\"}} ",
            self.zone.to_lowercase()
        );
        let complete = metrics.lines().find_map(|line| line.strip_prefix(&series));
        (
            output.status.code().unwrap(),
            complete.map(|value| value.parse().unwrap()),
            metrics,
        )
    }
}

fn check_with_promtool(metrics: &Path) {
    let input = fs::File::open(metrics).unwrap();
    let output = command("promtool")
        .args(["check", "metrics"])
        .stdin(input)
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn service_restores_newest_archive_and_writes_result() {
    let service = Service::new();
    let first = service.back_up("first");
    let (code, complete, metrics) = service.run(&first);
    assert_eq!((code, complete), (0, Some(1.0)), "{metrics}");
    assert!(
        metrics.contains("state=\"in_backup_and_live\",zone=\"rolling.knot.test\"} 2\n"),
        "{metrics}"
    );
    assert_eq!(
        fs::metadata(service.textfile())
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o644
    );

    // An archive without the keys; then a newer one with them.
    let (code, complete, metrics) = service.run(Path::new("nothing/there"));
    assert_eq!((code, complete), (2, Some(0.0)), "{metrics}");
    let second = service.back_up("second");
    assert_eq!(service.run(&second).1, Some(1.0));
    let remaining_files = fs::read_dir(service.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(
        remaining_files
            .filter(|name| name.to_string_lossy().contains(".tmp"))
            .count(),
        0
    );
}

#[test]
fn undecided_run_removes_former_success() {
    let mut service = Service::new();
    let keys = service.back_up("only");
    let assert_undecided = |service: &Service, exit_code: i32| {
        let (code, complete, metrics) = service.run(&keys);
        assert_eq!((code, complete), (exit_code, None), "{metrics}");
    };
    let success = |service: &Service| {
        let (code, complete, metrics) = service.run(&keys);
        assert_eq!((code, complete), (0, Some(1.0)), "{metrics}");
    };

    success(&service);
    let repository = service.borg.directory.path().join("repository");
    let away = repository.with_extension("away");
    fs::rename(&repository, &away).unwrap();
    assert_undecided(&service, 3);
    fs::rename(&away, &repository).unwrap();

    // The archive can be listed, and not be extracted to its end.
    success(&service);
    let program = path_of("borg").display().to_string();
    let text = format!("#!/bin/sh\n[ \"$1\" = extract ] && exit 2\nexec {program} \"$@\"\n");
    let fake = service.directory.write("borg", &text);
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    assert_undecided(&service, 3);
    fs::remove_file(fake).unwrap();

    success(&service);
    let probes = fs::read_to_string(&service.probes).unwrap();
    fs::write(&service.probes, "{").unwrap();
    assert_undecided(&service, 2);
    fs::write(&service.probes, probes).unwrap();

    success(&service);
    service.server = None;
    assert_undecided(&service, 3);
}

#[test]
fn zone_with_slash_has_its_own_file() {
    // RFC 2317 section 4 delegates parts of a /24 by such names.
    let zone = "0/25.2.0.192.in-addr.arpa";
    let directory = Directory::new();
    let runtime = directory.path().join("run");
    fs::create_dir(&runtime).unwrap();
    // Neither a server nor a repository: that it could not be told is left too. Nobody listens on port 1.
    let config = format!(
        r#"{{ "nameservers": {{ "ns1": {{ "addresses": ["127.0.0.1"], "port": 1 }} }}, "zones": {{ "{zone}": {{ "nameservers": ["ns1"] }} }}, "trust": {{ "resolver": "none" }} }}"#
    );
    let config = directory.write("probes.json", &config);
    let mut script = Command::new(deploy("outsidein-key-backup"));
    script
        .env("OUTSIDEIN", env!("CARGO_BIN_EXE_outsidein"))
        .env("BORG_REPO", directory.path().join("none"));
    script
        .env("ZONES", zone)
        .env("CONFIG", config)
        .env("KEYS", "keys");
    let output = script
        .env("TEXTFILES", directory.path())
        .env("RUNTIME_DIRECTORY", &runtime)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let file = directory
        .path()
        .join("outsidein_key_backup_0_25.2.0.192.in-addr.arpa.prom");
    let metrics = fs::read_to_string(file).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert!(
        metrics.contains(&format!("{{zone=\"{zone}\"}}")),
        "{metrics}"
    );
}

#[test]
fn missing_zone_is_a_failure() {
    let mut script = Command::new(deploy("outsidein-key-backup"));
    script
        .env("ZONES", " ")
        .env("BORG_REPO", "/nowhere")
        .env("KEYS", "keys")
        .env("CONFIG", "probes.json");
    let output = script
        .env("TEXTFILES", "/nowhere")
        .env("RUNTIME_DIRECTORY", "/nowhere")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("ZONES names no zone"), "{stderr}");
}

#[test]
fn units_are_well_formed_and_hardened() {
    let directory = Directory::new();
    let program = "/usr/libexec/outsidein-key-backup";
    let unit = fs::read_to_string(deploy("outsidein-key-backup.service")).unwrap();
    assert!(unit.contains(&format!("ExecStart={program}\n")));
    // It must be there to be verified.
    let unit = unit.replace(
        program,
        &deploy("outsidein-key-backup").display().to_string(),
    );
    let service = directory.write("outsidein-key-backup.service", &unit);
    let timer = fs::read_to_string(deploy("outsidein-key-backup.timer")).unwrap();
    let timer = directory.write("outsidein-key-backup.timer", &timer);
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
}
