//! Whether the live keys may be believed: the demo's zones have what is wrong with an answer.

use std::fs;
use std::process::Command;
use std::time::SystemTime;

use outsidein::demo::Demo;
use outsidein::dns::{Name, Timestamp};
use serde_json::json;

use super::said::{COMPLETE, INCOMPLETE, Said, UNTOLD, keys_compare};

/// Each zone of the demo against a backup that has the records of its keys, and the reasons why it cannot be told.
const ZONES: &[(&str, &[&str])] = &[
    ("healthy.test", &[]),
    ("truncating.test", &[]),
    ("silent-ipv6.test", &[]),
    // Of its DNSKEY RRset nothing is wrong.
    ("tampered.test", &[]),
    ("expired.test", &["not_authentic"]),
    ("not-yet-valid.test", &["not_authentic"]),
    ("rrsig-missing.test", &["not_authentic"]),
    ("unsigned.test", &["no_key_served"]),
    ("refused.test", &["nobody_answered"]),
];

struct Bed {
    demo: Demo,
    target: String,
}

impl Bed {
    async fn new() -> Self {
        let demo = Demo::start(0, Timestamp::from(SystemTime::now()))
            .await
            .unwrap();
        let target = format!("localhost:{}", demo.port());
        Self { demo, target }
    }

    /// The DNSKEY records of a zone.
    fn records(&self, apex: &str) -> String {
        let zone = self.demo.zone(&apex.parse::<Name>().unwrap()).unwrap();
        zone.dnskey_texts()
            .iter()
            .map(|text| format!("{apex}. DNSKEY {text}\n"))
            .collect::<Vec<_>>()
            .concat()
    }

    fn compare(&self, apex: &str, anchors: &[&str], records: &str) -> Said {
        let anchors = anchors.iter().flat_map(|anchor| ["--anchor", anchor]);
        let fixed = ["--zone", apex, "--target", &self.target, "--backup", "-"];
        keys_compare(fixed.into_iter().chain(anchors), records)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_zone_is_complete_whose_keys_are_not_validly_signed() {
    let bed = Bed::new().await;
    for (apex, reasons) in ZONES {
        let said = bed.compare(
            apex,
            &[],
            &(bed.records(apex) + &bed.records("healthy.test")),
        );
        let expected = if reasons.is_empty() { COMPLETE } else { UNTOLD };
        assert_eq!(said.verdict(), expected, "{apex}: {said:?}");
        let told = said.result.get("reasons").cloned().unwrap_or(json!([]));
        assert_eq!(told, json!(reasons), "{apex}: {said:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_no_ds_fits_are_not_believed_however_well_they_sign_themselves() {
    let bed = Bed::new().await;
    let records = bed.records("healthy.test");
    let foreign = bed
        .records("tampered.test")
        .lines()
        .find(|line| line.contains(" 257 "))
        .unwrap()
        .to_owned();
    let foreign = foreign.replace("tampered.test.", "healthy.test.");
    let said = bed.compare("healthy.test", &[&foreign], &records);
    assert_eq!(
        (said.verdict(), &said.result["reasons"]),
        (UNTOLD, &json!(["not_authentic"])),
        "{said:?}"
    );
    // Nor do they say that the backup lacks them.
    let said = bed.compare("healthy.test", &[&foreign], &bed.records("tampered.test"));
    assert_eq!(said.verdict(), UNTOLD, "{said:?}");
    let own = records.lines().find(|line| line.contains(" 257 ")).unwrap();
    assert_eq!(
        bed.compare("healthy.test", &[own], &records).verdict(),
        COMPLETE
    );
    let said = bed.compare("healthy.test", &[own], &bed.records("tampered.test"));
    assert_eq!(said.verdict(), INCOMPLETE, "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_cannot_be_left_is_no_success() {
    let bed = Bed::new().await;
    let textfile = ["--output.textfile", "/nonexistent/keys.prom"];
    let fixed = [
        "--zone",
        "healthy.test",
        "--target",
        &bed.target,
        "--backup",
        "-",
    ];
    let said = keys_compare(
        fixed.into_iter().chain(textfile),
        &bed.records("healthy.test"),
    );
    assert_eq!(said.verdict(), (3, "complete"), "{said:?}");
    assert!(
        said.complaint
            .contains("--output.textfile /nonexistent/keys.prom: No such file"),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_full_disk_is_no_missing_key() {
    let bed = Bed::new().await;
    let records =
        std::env::temp_dir().join(format!("outsidein-records-{}.key", std::process::id()));
    fs::write(&records, bed.records("healthy.test")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_outsidein"))
        .args([
            "keys",
            "compare",
            "--zone",
            "healthy.test",
            "--target",
            &bed.target,
            "--backup",
        ])
        .arg(&records)
        .stdout(fs::File::create("/dev/full").unwrap())
        .output()
        .unwrap();
    fs::remove_file(records).unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("standard output: No space left")
    );
}
