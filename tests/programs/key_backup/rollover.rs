//! Backups of Knot's KASP through borg, before, during and after a KSK rollover.

use std::fs;
use std::path::{Path, PathBuf};

use outsidein::dns::{Dnskey, RrType};
use serde_json::json;

use super::borg::{Borg, keymgr_records};
use super::live::{config, ds_of, ksks, live_keys, published, tag, wait_for};
use super::output::{COMPLETE, CommandOutput, INCOMPLETE, UNTOLD, keys_compare};
use crate::process::Directory;
use crate::real::{Server, knot};

/// A zone that Knot signs, and its backups.
struct Bed {
    server: Server,
    borg: Borg,
    directory: Directory,
}

impl Bed {
    fn new() -> Self {
        let bed = Self {
            server: knot::start_rolling(),
            borg: Borg::new(),
            directory: Directory::new(),
        };
        wait_for("the first key is asked for", || {
            published(&bed.server, RrType::CDS) == 1
        });
        bed.order("zone-ksk-submitted", None);
        wait_for("CDS is withdrawn", || {
            published(&bed.server, RrType::CDS) == 0
        });
        bed
    }

    fn zone(&self) -> &str {
        &self.server.zones[0].origin
    }

    fn order(&self, order: &str, argument: Option<&str>) {
        let arguments: Vec<_> = [order, self.zone()].into_iter().chain(argument).collect();
        knot::order(&self.server, &arguments);
    }

    /// Pins these DS records as the parent's.
    fn pin(&self, keys: &[&Dnskey]) {
        let anchors: Vec<_> = keys.iter().map(|key| ds_of(&self.server, key)).collect();
        config(&self.directory, &self.server, &anchors);
    }

    fn fixed_arguments(&self) -> Vec<PathBuf> {
        let probes = self.directory.path().join("probes.json");
        vec![
            "--zone".into(),
            self.zone().into(),
            "--config.file".into(),
            probes,
            "--backup".into(),
        ]
    }

    fn compare(&self, backup: &Path) -> CommandOutput {
        keys_compare(
            self.fixed_arguments().into_iter().chain([backup.into()]),
            "",
        )
    }

    /// Against records on standard input.
    fn compare_records(&self, records: &str, more: &[&str]) -> CommandOutput {
        let more = more.iter().map(PathBuf::from);
        keys_compare(
            self.fixed_arguments()
                .into_iter()
                .chain(["-".into()])
                .chain(more),
            records,
        )
    }
}

#[test]
fn borg_backup_matches_until_ksk_rollover() {
    let bed = Bed::new();
    let old = ksks(&bed.server).pop().expect("a KSK");
    bed.pin(&[&old]);
    let first = bed.borg.back_up(&bed.server, "first");
    let records = keymgr_records(&first.join("keys"), bed.zone());
    match_before(&bed, &first, &records, &old);
    miss_what_is_gone(&bed, &first, &records, &old);

    bed.order("zone-key-rollover", Some("ksk"));
    let asks_for_two = || published(&bed.server, RrType::CDS) == 1 && ksks(&bed.server).len() == 2;
    wait_for("the new key waits for its DS", asks_for_two);
    let new = ksks(&bed.server)
        .into_iter()
        .find(|key| *key != old)
        .expect("the new KSK");
    let missing_new = |output: CommandOutput| {
        assert_eq!(
            (output.verdict(), output.tags("live_only")),
            (INCOMPLETE, vec![tag(&new)])
        );
    };
    missing_new(bed.compare(&first));
    let second = bed.borg.back_up(&bed.server, "second");
    assert_eq!(bed.compare(&second).verdict(), COMPLETE);

    bed.order("zone-ksk-submitted", None);
    let is_alone =
        || ksks(&bed.server) == [new.clone()] && published(&bed.server, RrType::CDNSKEY) == 0;
    wait_for("the old key is gone", is_alone);
    bed.pin(&[&new]);
    missing_new(bed.compare(&first));
    assert_eq!(bed.compare(&second).verdict(), COMPLETE);
    assert_eq!(
        bed.compare(&bed.borg.back_up(&bed.server, "third"))
            .verdict(),
        COMPLETE
    );
    let output = bed.compare_records(&records, &[]);
    assert_eq!(output.tags("backup_only"), [tag(&old)]);
    missing_new(output);

    // Another signer's key is in no backup of ours.
    let output = bed.compare_records(&records, &["--other-signer", &new.key_tag.to_string()]);
    assert_eq!(
        (output.verdict(), output.tags("other_signer")),
        (COMPLETE, vec![tag(&new)]),
        "{output:?}"
    );
    hold_against_the_parent(&bed, &second, &old);
}

/// The folder of PEM files matches, and so does what keymgr prints of the database beside them.
fn match_before(bed: &Bed, backup: &Path, records: &str, ksk: &Dnskey) {
    let live: Vec<_> = live_keys(&bed.server, bed.zone()).iter().map(tag).collect();
    let output = bed.compare(backup);
    assert_eq!(output.verdict(), COMPLETE, "{output:?}");
    assert_eq!(output.tags("in_backup_and_live").len(), 2, "{output:?}");
    assert!(
        output
            .tags("in_backup_and_live")
            .iter()
            .all(|tag| live.contains(tag)),
        "{output:?}"
    );
    assert_eq!(output.each("private_half"), ["held", "held"]);
    let first = &output.result["keys"][0];
    assert_eq!(
        (&first["ds"], &first["key_tag"]),
        (&json!(true), &json!(ksk.key_tag)),
        "{output:?}"
    );
    assert_eq!(
        output.result["servers"][1]["status"], "secure",
        "{output:?}"
    );
    let output = bed.compare_records(records, &[]);
    assert_eq!(
        (output.verdict(), output.each("private_half")),
        (COMPLETE, vec!["not_shown", "not_shown"]),
        "{output:?}"
    );
}

/// A PEM file that is gone is missing, although keymgr prints its key as before; half of one may be any key.
fn miss_what_is_gone(bed: &Bed, backup: &Path, records: &str, ksk: &Dnskey) {
    let mut pems = fs::read_dir(backup.join("keys/keys"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_of_ksk = |pem: &PathBuf| bed.compare(pem).tags("in_backup_and_live") == [tag(ksk)];
    let pem = pems.find(is_of_ksk).expect("the PEM of the KSK");
    let octets = fs::read(&pem).unwrap();
    fs::remove_file(&pem).unwrap();
    assert_eq!(keymgr_records(&backup.join("keys"), bed.zone()), records);
    let output = bed.compare(backup);
    assert_eq!(
        (output.verdict(), output.tags("live_only")),
        (INCOMPLETE, vec![tag(ksk)]),
        "{output:?}"
    );
    let line = String::from_utf8_lossy(&octets)
        .lines()
        .nth(1)
        .unwrap()
        .to_owned();
    for damaged in [octets[..octets.len() / 2].to_vec(), with_octet(&octets, 60)] {
        fs::write(&pem, damaged).unwrap();
        let output = bed.compare(backup);
        assert_eq!(
            (output.verdict(), &output.result["reasons"]),
            (UNTOLD, &json!(["backup_unreadable"])),
            "{output:?}"
        );
        assert_eq!(
            output.result["unreadable"][0]["file"],
            pem.to_str().unwrap()
        );
        let all = format!("{output:?}");
        assert!(
            (0..line.len() - 8).all(|offset| !all.contains(&line[offset..offset + 8])),
            "a secret is told: {all}"
        );
    }
    fs::write(&pem, &octets).unwrap();
}

/// With one octet that stands in no base64.
fn with_octet(octets: &[u8], offset: usize) -> Vec<u8> {
    let mut changed = octets.to_vec();
    changed[offset] = 0xFF;
    changed
}

/// Under the old DS the keys are bogus, and a backup that has them all is not complete for that; under none nobody says.
fn hold_against_the_parent(bed: &Bed, backup: &Path, old: &Dnskey) {
    bed.pin(&[old]);
    let output = bed.compare(backup);
    assert_eq!(
        (output.verdict(), &output.result["reasons"]),
        (UNTOLD, &json!(["not_authentic"])),
        "{output:?}"
    );
    assert_eq!(output.result["servers"][0]["status"], "bogus");
    bed.pin(&[]);
    let output = bed.compare(backup);
    assert_eq!(output.verdict(), COMPLETE, "{output:?}");
    assert_eq!(output.result["servers"][0]["status"], "indeterminate");
}
