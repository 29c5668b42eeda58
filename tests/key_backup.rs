//! `outsidein keys compare` on real backups: Knot's KASP by `knotc zone-backup` through borg, what keymgr prints, BIND's key
//! files; before, during and after a rollover; and the unit in deploy/ that does it every day.

#[allow(dead_code, reason = "each test binary uses its part of the harness")]
mod real;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use outsidein::dns::{Algorithm, DigestType, Dnskey, Name, RrType};
use outsidein::dnssec::digest_of;
use real::process::{Directory, command, run};
use real::{LOOPBACK, Server, ask, bind, knot, powerdns};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_mins(1);

/// What a run of `keys compare` said.
#[derive(Debug)]
struct Said {
    code: i32,
    result: Value,
    complaint: String,
}

impl Said {
    /// The tags of the keys in a state, sorted.
    fn tags(&self, state: &str) -> Vec<u64> {
        let rows = self.result["keys"].as_array().unwrap_or_else(|| panic!("{self:?}"));
        let mut tags: Vec<_> =
            rows.iter().filter(|row| row["state"] == state).filter_map(|row| row["key_tag"].as_u64()).collect();
        tags.sort_unstable();
        tags
    }

    fn verdict(&self) -> (i32, &str) {
        (self.code, self.result["verdict"].as_str().unwrap_or("none"))
    }

    /// What each key says of one thing.
    fn each(&self, field: &str) -> Vec<&str> {
        let rows = self.result["keys"].as_array().unwrap_or_else(|| panic!("{self:?}"));
        rows.iter().filter_map(|row| row[field].as_str()).collect()
    }
}

const COMPLETE: (i32, &str) = (0, "complete");
const INCOMPLETE: (i32, &str) = (2, "incomplete");
const UNTOLD: (i32, &str) = (3, "untold");

/// `keys compare` with these arguments and standard input.
fn keys_compare<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>, input: &str) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_outsidein"))
        .args(["keys", "compare", "--format", "json"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        result: serde_json::from_slice(&output.stdout).unwrap_or_default(),
        complaint: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A probes.json in which `server` is the one nameserver of its first zone.
fn config(directory: &Directory, server: &Server, anchors: &[String]) -> PathBuf {
    let nameserver = json!({ "addresses": LOOPBACK, "port": server.port });
    let mut zone = json!({ "nameservers": ["ns1"] });
    if !anchors.is_empty() {
        zone["trust_anchors"] = json!(anchors);
    }
    let zones = json!({ &server.zones[0].origin: zone });
    directory.write("probes.json", &json!({ "nameservers": { "ns1": nameserver }, "zones": zones }).to_string())
}

fn live_keys(server: &Server, zone: &str) -> Vec<Dnskey> {
    let answer = ask::over_tcp(server.addresses()[0], zone, RrType::DNSKEY).expect("an answer");
    let keys = answer.answer.iter().filter(|record| record.rtype == RrType::DNSKEY);
    keys.map(|record| Dnskey::read(answer.rdata(record)).expect("a DNSKEY")).collect()
}

fn ksks(server: &Server) -> Vec<Dnskey> {
    let keys = live_keys(server, &server.zones[0].origin);
    keys.into_iter().filter(|key| key.has(Dnskey::SECURE_ENTRY_POINT)).collect()
}

fn ds_of(server: &Server, key: &Dnskey) -> String {
    let zone: Name = server.zones[0].origin.parse().unwrap();
    let digest = digest_of(DigestType::SHA_256, &zone, key).unwrap();
    format!("{} {} 2 {}", key.key_tag, key.algorithm.0, data_encoding::HEXUPPER.encode(&digest))
}

fn published(server: &Server, rtype: RrType) -> usize {
    let answer = ask::over_tcp(server.addresses()[0], &server.zones[0].origin, rtype).expect("an answer");
    answer.answer.iter().filter(|record| record.rtype == rtype).count()
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn tag(key: &Dnskey) -> u64 {
    key.key_tag.into()
}

/// A borg repository that archives what Knot backs up, and restores it.
struct Borg {
    directory: Directory,
}

impl Borg {
    fn new() -> Self {
        let borg = Self { directory: Directory::new() };
        run(borg.command().args(["init", "--encryption", "repokey"]));
        borg
    }

    fn environment(&self) -> [(&'static str, PathBuf); 3] {
        let place = |name: &str| self.directory.path().join(name);
        [("BORG_REPO", place("repository")), ("BORG_BASE_DIR", place("base")), ("BORG_PASSPHRASE", "not a secret".into())]
    }

    fn command(&self) -> Command {
        let mut borg = command("borg");
        borg.envs(self.environment());
        borg
    }

    /// A consistent copy of the KASP, archived under its path without the first slash as borg does.
    fn back_up(&self, server: &Server, archive: &str) -> PathBuf {
        let copy = self.directory.path().join(format!("knot-{archive}"));
        let copied = format!("+backupdir {} +kaspdb +nozonefile +nojournal +notimers +nocatalog", copy.display());
        let zone = server.zones[0].origin.as_str();
        knot::order(server, &[&["-b", "zone-backup"], copied.split(' ').collect::<Vec<_>>().as_slice(), &[zone]].concat());
        run(self.command().args(["create", &format!("::{archive}")]).arg(&copy));
        let restored = self.directory.path().join(format!("restored-{archive}"));
        fs::create_dir(&restored).unwrap();
        run(self.command().current_dir(&restored).args(["extract", &format!("::{archive}")]));
        fs::remove_dir_all(&copy).unwrap();
        restored.join(copy.strip_prefix("/").unwrap())
    }
}

/// What `keymgr` prints of each key of a zone in a restored KASP.
fn keymgr_records(kasp: &Path, zone: &str) -> String {
    let keymgr = |arguments: &[&str]| run(command("keymgr").arg("-D").arg(kasp).arg(zone).args(arguments));
    let list = keymgr(&["list"]);
    list.lines().map(|line| keymgr(&["dnskey", line.split(' ').nth(1).unwrap()])).collect()
}

fn promtool(file: &Path) {
    let input = fs::File::open(file).unwrap();
    let judged = command("promtool").args(["check", "metrics"]).stdin(input).output().unwrap();
    assert!(judged.status.success() && judged.stdout.is_empty() && judged.stderr.is_empty(), "{judged:?}");
}

#[test]
fn a_borg_backup_of_knot_matches_until_the_ksk_is_rolled() {
    let server = &knot::start_rolling();
    let (borg, directory) = (Borg::new(), Directory::new());
    let zone = server.zones[0].origin.as_str();
    wait_for("the first key is asked for", || published(server, RrType::CDS) == 1);
    knot::order(server, &["zone-ksk-submitted", zone]);
    wait_for("CDS is withdrawn", || published(server, RrType::CDS) == 0);
    let old = ksks(server).pop().expect("a KSK");
    let zsk = live_keys(server, zone).into_iter().find(|key| !key.has(Dnskey::SECURE_ENTRY_POINT)).expect("a ZSK");
    let file = config(&directory, server, &[ds_of(server, &old)]);
    let compare = |backup: &Path| {
        let fixed = ["--zone", zone, "--config.file"].map(PathBuf::from);
        keys_compare(fixed.into_iter().chain([file.clone(), "--backup".into(), backup.into()]), "")
    };

    // The folder of PEM files, and what keymgr prints of the database beside them.
    let first = borg.back_up(server, "first");
    let said = compare(&first);
    assert_eq!(said.verdict(), COMPLETE, "{said:?}");
    let mut both = vec![tag(&old), tag(&zsk)];
    both.sort_unstable();
    assert_eq!(said.tags("in_backup_and_live"), both);
    assert_eq!(said.each("private_half"), ["held", "held"]);
    assert_eq!(said.result["keys"][0]["ds"], true, "{said:?}");
    assert_eq!(said.result["servers"][1]["status"], "secure", "{said:?}");
    let records = keymgr_records(&first.join("keys"), zone);
    let arguments = ["--zone", zone, "--config.file", file.to_str().unwrap(), "--backup", "-"];
    let said = keys_compare(arguments, &records);
    assert_eq!(said.verdict(), COMPLETE, "{said:?}");
    assert_eq!(said.each("private_half"), ["not_shown", "not_shown"]);

    // A PEM that is gone is missing from the folder, although keymgr prints its key as before.
    let pems = fs::read_dir(first.join("keys/keys")).unwrap().map(|entry| entry.unwrap().path());
    let [mut one, mut kept] = [None, None];
    for pem in pems {
        let holds_ksk = compare(&pem).tags("in_backup_and_live") == [tag(&old)];
        *(if holds_ksk { &mut one } else { &mut kept }) = Some(pem);
    }
    let (ksk_pem, kept) = (one.expect("the KSK's PEM"), kept.expect("the ZSK's PEM"));
    let octets = fs::read(&ksk_pem).unwrap();
    fs::remove_file(&ksk_pem).unwrap();
    assert_eq!(keymgr_records(&first.join("keys"), zone), records);
    let said = compare(&first);
    assert_eq!((said.verdict(), said.tags("live_only")), (INCOMPLETE, vec![tag(&old)]), "{said:?}");
    fs::write(&ksk_pem, &octets[..octets.len() / 2]).unwrap();
    let said = compare(&first);
    assert_eq!(said.verdict(), UNTOLD, "half a file may be the key: {said:?}");
    assert_eq!(said.result["reasons"], json!(["backup_unreadable"]));
    assert_eq!(said.result["unreadable"][0]["file"], ksk_pem.to_str().unwrap());
    fs::write(&ksk_pem, &octets).unwrap();
    assert!(kept.exists());

    // While the KSK is rolled, and after.
    knot::order(server, &["zone-key-rollover", zone, "ksk"]);
    wait_for("the new key waits for its DS", || published(server, RrType::CDS) == 1 && ksks(server).len() == 2);
    let new = ksks(server).into_iter().find(|key| *key != old).expect("the new KSK");
    let said = compare(&first);
    assert_eq!((said.verdict(), said.tags("live_only")), (INCOMPLETE, vec![tag(&new)]), "{said:?}");
    let second = borg.back_up(server, "second");
    assert_eq!(compare(&second).verdict(), COMPLETE);
    knot::order(server, &["zone-ksk-submitted", zone]);
    wait_for("the old key is gone", || ksks(server) == [new.clone()] && published(server, RrType::CDNSKEY) == 0);
    config(&directory, server, &[ds_of(server, &new)]);
    let said = compare(&first);
    assert_eq!((said.verdict(), said.tags("live_only")), (INCOMPLETE, vec![tag(&new)]), "{said:?}");
    let said = keys_compare(arguments, &records);
    assert_eq!((said.verdict(), said.tags("backup_only")), (INCOMPLETE, vec![tag(&old)]), "{said:?}");
    let said = compare(&second);
    assert_eq!((said.verdict(), said.tags("live_only")), (COMPLETE, vec![]), "{said:?}");
    let third = borg.back_up(server, "third");
    assert_eq!(compare(&third).verdict(), COMPLETE);

    // Another signer's key is in no backup of ours.
    let others_tag = new.key_tag.to_string();
    let other = [arguments.as_slice(), &["--other-signer", &others_tag]].concat();
    let said = keys_compare(other, &records);
    assert_eq!((said.verdict(), said.tags("other_signer")), (COMPLETE, vec![tag(&new)]), "{said:?}");

    // The old DS at the parent: the keys are bogus, and a backup that has them all is not complete for that.
    config(&directory, server, &[ds_of(server, &old)]);
    let said = compare(&third);
    assert_eq!(said.verdict(), UNTOLD, "{said:?}");
    assert_eq!(said.result["reasons"], json!(["not_authentic"]));
    assert_eq!(said.result["servers"][0]["status"], "bogus");
    config(&directory, server, &[]);
    let said = compare(&third);
    assert_eq!(said.verdict(), COMPLETE, "{said:?}");
    assert_eq!(said.result["servers"][0]["status"], "indeterminate");
}

#[test]
fn the_service_restores_the_newest_archive_and_leaves_its_result() {
    let server = knot::start_rolling();
    let (borg, directory) = (Borg::new(), Directory::new());
    let zone = &server.zones[0].origin.clone();
    wait_for("the zone is signed", || ksks(&server).len() == 1);
    let file = config(&directory, &server, &[ds_of(&server, &ksks(&server)[0])]);
    let textfile = directory.path().join(format!("outsidein_key_backup_{zone}.prom"));
    let runtime = directory.path().join("run");
    fs::create_dir(&runtime).unwrap();
    let check = |keys: &Path| {
        let keys = keys.strip_prefix(borg.directory.path()).unwrap();
        let keys: PathBuf = keys.components().skip(1).collect();
        let mut script = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/outsidein-key-backup"));
        script.envs(borg.environment()).env("OUTSIDEIN", env!("CARGO_BIN_EXE_outsidein"));
        script.env("ZONES", zone).env("CONFIG", &file).env("KEYS", keys).env("TEXTFILES", directory.path());
        let output = script.env("RUNTIME_DIRECTORY", &runtime).output().unwrap();
        assert_eq!(fs::read_dir(&runtime).unwrap().count(), 0, "the restored keys are gone: {output:?}");
        let metrics = fs::read_to_string(&textfile).unwrap_or_else(|error| panic!("{error}: {output:?}"));
        promtool(&textfile);
        let value = |name: &str| {
            let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.map(|value| value.parse::<f64>().unwrap())
        };
        // However it is written: one zone is one series.
        let complete = value(&format!("outsidein_key_backup_complete{{zone=\"{}\"}}", zone.to_lowercase()));
        assert!(metrics.contains("outsidein_key_backup_check_timestamp_seconds{zone="), "{metrics}");
        (output.status.code().unwrap(), complete, metrics)
    };

    let first = borg.back_up(&server, "first");
    let (code, complete, metrics) = check(&first);
    assert_eq!((code, complete), (0, Some(1.0)), "{metrics}");
    assert!(metrics.contains("state=\"in_backup_and_live\",zone=") && metrics.contains("} 2\n"), "{metrics}");
    assert_eq!(fs::metadata(&textfile).unwrap().permissions().mode() & 0o777, 0o644);

    // An archive without the keys; then a newer one with them.
    let (code, complete, metrics) = check(&borg.directory.path().join("restored-first/nothing/there"));
    assert_eq!((code, complete), (2, Some(0.0)), "{metrics}");
    let second = borg.back_up(&server, "second");
    assert_eq!(check(&second).1, Some(1.0));

    // Neither a repository that is gone, nor a probes.json that broke, nor a silent server leaves the success in place.
    let repository = borg.directory.path().join("repository");
    fs::rename(&repository, repository.with_extension("away")).unwrap();
    let (code, complete, metrics) = check(&second);
    assert_eq!((code, complete), (3, None), "{metrics}");
    fs::rename(repository.with_extension("away"), &repository).unwrap();
    assert_eq!(check(&second).1, Some(1.0));
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, "{").unwrap();
    let (code, complete, metrics) = check(&second);
    assert_eq!((code, complete), (2, None), "{metrics}");
    fs::write(&file, good).unwrap();
    assert_eq!(check(&second).1, Some(1.0));
    drop(server);
    let (code, complete, metrics) = check(&second);
    assert_eq!((code, complete), (3, None), "{metrics}");
    let left = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.filter(|name| name.to_string_lossy().contains(".tmp")).count(), 0);
}

#[test]
fn every_algorithm_of_knot_is_found_among_the_keys_of_all_zones() {
    let server = knot::start();
    let keys = server.directory().path().join("database/keys");
    let port = server.port;
    for zone in &server.zones {
        let target = format!("127.0.0.1:{port}");
        let arguments = ["--zone", &zone.origin, "--target", &target, "--backup", keys.to_str().unwrap()];
        let said = keys_compare(arguments, "");
        assert_eq!(said.verdict(), COMPLETE, "{}: {said:?}", zone.origin);
        let live = live_keys(&server, &zone.origin).len();
        let states = said.each("state");
        let count = |state| states.iter().filter(|&&other| other == state).count();
        let others = server.zones.iter().filter(|other| other.origin != zone.origin);
        let others: usize = others.map(|other| live_keys(&server, &other.origin).len()).sum();
        assert_eq!((count("in_backup_and_live"), count("unassigned")), (live, others), "{}", zone.origin);
    }
}

#[test]
fn key_files_of_bind_are_held_with_their_private_halves() {
    let server = bind::start();
    for zone in &server.zones {
        let keys = server.directory().path().join(format!("{}.keys", zone.origin));
        let target = format!("[::1]:{}", server.port);
        let compare = |backup: &[String]| {
            let backup = backup.iter().flat_map(|path| ["--backup".to_owned(), path.clone()]);
            keys_compare(["--zone".to_owned(), zone.origin.clone(), "--target".to_owned(), target.clone()].into_iter().chain(backup), "")
        };
        let of_kind = |kind: &str| -> Vec<PathBuf> {
            let paths = fs::read_dir(&keys).unwrap().map(|entry| entry.unwrap().path());
            paths.filter(|path| path.extension().is_some_and(|extension| extension == kind)).collect()
        };
        let live = live_keys(&server, &zone.origin).len();
        let folder = compare(&[keys.display().to_string()]);
        let is_ed448 = zone.origin.starts_with("Ed448");
        // ring cannot tell whose an Ed448 key is: told, not guessed.
        assert_eq!(folder.verdict(), if is_ed448 { UNTOLD } else { COMPLETE }, "{}: {folder:?}", zone.origin);
        let files: Vec<_> = of_kind("key").iter().map(|path| path.display().to_string()).collect();
        let records = compare(&files);
        assert_eq!((records.verdict(), records.each("private_half")), (COMPLETE, vec!["not_shown"; live]), "{}", zone.origin);
        if let [_, others @ ..] = files.as_slice()
            && !others.is_empty()
        {
            assert_eq!(compare(others).verdict(), INCOMPLETE, "{}", zone.origin);
        }
        of_kind("private").iter().for_each(|path| fs::remove_file(path).unwrap());
        let public = compare(&[keys.display().to_string()]);
        assert_eq!((public.verdict(), public.each("private_half")), (INCOMPLETE, vec!["missing"; live]), "{}", zone.origin);
    }
}

#[test]
fn keys_that_powerdns_exports_are_of_its_live_ones() {
    let (server, directory) = (powerdns::start(), Directory::new());
    let mut exported_zones = 0;
    for zone in &server.zones {
        let exported = powerdns::exported_keys(&server, &zone.origin);
        let write = |(number, text): (usize, &String)| directory.write(&format!("{}.{number}", zone.origin), text);
        let files: Vec<_> = exported.iter().enumerate().map(write).collect();
        let target = format!("127.0.0.1:{}", server.port);
        let arguments = ["--zone", &zone.origin, "--target", &target].map(PathBuf::from);
        let compare = |files: &[PathBuf]| {
            let backup = files.iter().flat_map(|file| [PathBuf::from("--backup"), file.clone()]);
            keys_compare(arguments.iter().cloned().chain(backup), "")
        };
        let live = live_keys(&server, &zone.origin);
        // A presigned zone has its keys elsewhere, and whose an Ed448 key is cannot be told here.
        if files.is_empty() || live.iter().any(|key| key.algorithm == Algorithm::ED448) {
            continue;
        }
        let said = compare(&files);
        assert_eq!((said.verdict(), said.each("private_half")), (COMPLETE, vec!["held"; live.len()]), "{said:?}");
        exported_zones += 1;
        if files.len() > 1 {
            assert_eq!(compare(&files[1..]).verdict(), INCOMPLETE, "{}", zone.origin);
        }
    }
    assert!(exported_zones > 3, "{exported_zones}");
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_nothing_on_standard_output() {
    for (arguments, complaint) in [
        (&["--zone", "r..test", "--backup", "x"][..], "--zone \"r..test\""),
        (&["--zone", "r.test", "--backup", "x"], "zone r.test. is not in probes.json: name a nameserver by --target"),
        (&["--zone", "r.test", "--backup", "x", "--target", "::1", "--anchor", "1 2"], "parameter \"anchor\""),
        (&["--zone", "r.test", "--backup", "x", "--config.file", "/nonexistent/probes.json"], "/nonexistent/probes.json"),
        (&["--zone", "r.test"], "--backup <PATH>"),
    ] {
        let said = keys_compare(arguments, "");
        assert_eq!((said.code, &said.result), (2, &Value::Null), "{arguments:?}");
        assert!(said.complaint.contains(complaint), "{}", said.complaint);
    }
}

#[test]
fn the_units_are_well_formed_and_hardened() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let directory = Directory::new();
    let unit = fs::read_to_string(deploy.join("outsidein-key-backup.service")).unwrap();
    // It must be there to be verified.
    let script = deploy.join("outsidein-key-backup").display().to_string();
    assert!(unit.contains("ExecStart=/usr/libexec/outsidein-key-backup\n"));
    let service = directory.write("outsidein-key-backup.service", &unit.replace("/usr/libexec/outsidein-key-backup", &script));
    let timer = fs::read_to_string(deploy.join("outsidein-key-backup.timer")).unwrap();
    let timer = directory.write("outsidein-key-backup.timer", &timer);
    let verified = command("systemd-analyze").args(["verify", "--man=no"]).args([&service, &timer]).output().unwrap();
    assert!(verified.status.success() && verified.stderr.is_empty(), "{verified:?}");
    let args = ["security", "--no-pager", "--offline=true", "--threshold=15"];
    run(command("systemd-analyze").args(args).arg(&service));
}
