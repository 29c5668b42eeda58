//! `outsidein keys compare` on real backups: Knot's KASP by `knotc zone-backup` through borg, what keymgr prints, BIND's key
//! files and PowerDNS's exports; before, during and after a rollover; and the unit in deploy/ that does it every day.

mod authentic;
mod borg;
pub mod live;
mod memory;
mod rollover;
mod output;
mod service;

use std::fs;
use std::path::PathBuf;

use crate::process::Directory;
use crate::real::{bind, knot, powerdns};
use live::live_keys;
use output::{COMPLETE, INCOMPLETE, UNTOLD, keys_compare};
use outsidein::dns::Algorithm;
use serde_json::Value;

#[test]
fn knot_keys_of_every_algorithm_are_found() {
    let server = knot::start();
    let keys = server.directory().path().join("database/keys");
    let port = server.port;
    for zone in &server.zones {
        let target = format!("127.0.0.1:{port}");
        let arguments = [
            "--zone",
            &zone.origin,
            "--target",
            &target,
            "--backup",
            keys.to_str().unwrap(),
        ];
        let output = keys_compare(arguments, "");
        assert_eq!(output.verdict(), COMPLETE, "{}: {output:?}", zone.origin);
        let live = live_keys(&server, &zone.origin).len();
        let states = output.each("state");
        let count = |state| {
            states
                .iter()
                .filter(|&&candidate| candidate == state)
                .count()
        };
        let foreign_keys = server
            .zones
            .iter()
            .filter(|candidate| candidate.origin != zone.origin);
        let foreign_keys: usize = foreign_keys
            .map(|candidate| live_keys(&server, &candidate.origin).len())
            .sum();
        assert_eq!(
            (count("in_backup_and_live"), count("unassigned")),
            (live, foreign_keys),
            "{}",
            zone.origin
        );
    }
}

#[test]
fn bind_key_files_count_as_backed_up() {
    let server = bind::start();
    for zone in &server.zones {
        let keys = server
            .directory()
            .path()
            .join(format!("{}.keys", zone.origin));
        let target = format!("[::1]:{}", server.port);
        let compare = |backup: &[String]| {
            let backup = backup
                .iter()
                .flat_map(|path| ["--backup".to_owned(), path.clone()]);
            keys_compare(
                [
                    "--zone".to_owned(),
                    zone.origin.clone(),
                    "--target".to_owned(),
                    target.clone(),
                ]
                .into_iter()
                .chain(backup),
                "",
            )
        };
        let of_kind = |kind: &str| -> Vec<PathBuf> {
            let paths = fs::read_dir(&keys)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            paths
                .filter(|path| path.extension().is_some_and(|extension| extension == kind))
                .collect()
        };
        let live = live_keys(&server, &zone.origin).len();
        let folder = compare(&[keys.display().to_string()]);
        let is_ed448 = zone.origin.starts_with("Ed448");
        // ring cannot tell whose an Ed448 key is: told, not guessed.
        assert_eq!(
            folder.verdict(),
            if is_ed448 { UNTOLD } else { COMPLETE },
            "{}: {folder:?}",
            zone.origin
        );
        let files: Vec<_> = of_kind("key")
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let records = compare(&files);
        assert_eq!(
            (records.verdict(), records.each("private_half")),
            (COMPLETE, vec!["not_shown"; live]),
            "{}",
            zone.origin
        );
        if let [_, others @ ..] = files.as_slice()
            && !others.is_empty()
        {
            assert_eq!(compare(others).verdict(), INCOMPLETE, "{}", zone.origin);
        }
        for path in of_kind("private") {
            fs::remove_file(path).unwrap();
        }
        let public = compare(&[keys.display().to_string()]);
        assert_eq!(
            (public.verdict(), public.each("private_half")),
            (INCOMPLETE, vec!["missing"; live]),
            "{}",
            zone.origin
        );
    }
}

#[test]
fn exported_powerdns_keys_match_live_keys() {
    let (server, directory) = (powerdns::start(), Directory::new());
    let mut exported_zones = 0;
    for zone in &server.zones {
        let exported = powerdns::exported_keys(&server, &zone.origin);
        let write = |(number, text): (usize, &String)| {
            directory.write(&format!("{}.{number}", zone.origin), text)
        };
        let files: Vec<_> = exported.iter().enumerate().map(write).collect();
        let target = format!("127.0.0.1:{}", server.port);
        let arguments = ["--zone", &zone.origin, "--target", &target].map(PathBuf::from);
        let compare = |files: &[PathBuf]| {
            let backup = files
                .iter()
                .flat_map(|file| [PathBuf::from("--backup"), file.clone()]);
            keys_compare(arguments.iter().cloned().chain(backup), "")
        };
        let live = live_keys(&server, &zone.origin);
        // A presigned zone has its keys elsewhere, and whose an Ed448 key is cannot be told here.
        if files.is_empty() || live.iter().any(|key| key.algorithm == Algorithm::ED448) {
            continue;
        }
        let output = compare(&files);
        assert_eq!(
            (output.verdict(), output.each("private_half")),
            (COMPLETE, vec!["held"; live.len()]),
            "{output:?}"
        );
        exported_zones += 1;
        if files.len() > 1 {
            assert_eq!(
                compare(&files[1..]).verdict(),
                INCOMPLETE,
                "{}",
                zone.origin
            );
        }
    }
    assert!(exported_zones > 3, "{exported_zones}");
}

#[test]
fn wrong_command_line_exits_with_2_and_no_output() {
    for (arguments, complaint) in [
        (
            &["--zone", "r..test", "--backup", "x"][..],
            "--zone \"r..test\"",
        ),
        (
            &["--zone", "r.test", "--backup", "x"],
            "zone r.test. is not in probes.json: name a nameserver by --target",
        ),
        (
            &[
                "--zone", "r.test", "--backup", "x", "--target", "::1", "--anchor", "1 2",
            ],
            "parameter \"anchor\"",
        ),
        (
            &[
                "--zone",
                "r.test",
                "--backup",
                "x",
                "--config.file",
                "/nonexistent/probes.json",
            ],
            "/nonexistent/probes.json",
        ),
        (&["--zone", "r.test"], "--backup <PATH>"),
    ] {
        let output = keys_compare(arguments, "");
        assert_eq!(
            (output.code, &output.result),
            (2, &Value::Null),
            "{arguments:?}"
        );
        assert!(output.complaint.contains(complaint), "{}", output.complaint);
    }
}
