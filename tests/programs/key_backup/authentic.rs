//! Whether the live keys may be believed: the demo's zones have what is wrong with an answer.

use std::fs;
use std::process::Command;
use std::time::SystemTime;

use outsidein::demo::Demo;
use outsidein::dns::{Name, Timestamp};
use serde_json::json;

use super::output::{COMPLETE, CommandOutput, INCOMPLETE, UNTOLD, keys_compare};

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

    fn compare(&self, apex: &str, anchors: &[&str], records: &str) -> CommandOutput {
        let anchors = anchors.iter().flat_map(|anchor| ["--anchor", anchor]);
        let fixed = ["--zone", apex, "--target", &self.target, "--backup", "-"];
        keys_compare(fixed.into_iter().chain(anchors), records)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unauthenticated_keys_are_never_complete() {
    let bed = Bed::new().await;
    for (apex, reasons) in ZONES {
        let output = bed.compare(
            apex,
            &[],
            &(bed.records(apex) + &bed.records("healthy.test")),
        );
        let expected = if reasons.is_empty() { COMPLETE } else { UNTOLD };
        assert_eq!(output.verdict(), expected, "{apex}: {output:?}");
        let reported_reasons = output.result.get("reasons").cloned().unwrap_or(json!([]));
        assert_eq!(reported_reasons, json!(reasons), "{apex}: {output:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn self_signed_keys_without_ds_are_not_trusted() {
    let bed = Bed::new().await;
    let records = bed.records("healthy.test");
    let foreign = bed
        .records("tampered.test")
        .lines()
        .find(|line| line.contains(" 257 "))
        .unwrap()
        .to_owned();
    let foreign = foreign.replace("tampered.test.", "healthy.test.");
    let output = bed.compare("healthy.test", &[&foreign], &records);
    assert_eq!(
        (output.verdict(), &output.result["reasons"]),
        (UNTOLD, &json!(["not_authentic"])),
        "{output:?}"
    );
    // Nor do they say that the backup lacks them.
    let output = bed.compare("healthy.test", &[&foreign], &bed.records("tampered.test"));
    assert_eq!(output.verdict(), UNTOLD, "{output:?}");
    let ksk_record = records.lines().find(|line| line.contains(" 257 ")).unwrap();
    assert_eq!(
        bed.compare("healthy.test", &[ksk_record], &records)
            .verdict(),
        COMPLETE
    );
    let output = bed.compare("healthy.test", &[ksk_record], &bed.records("tampered.test"));
    assert_eq!(output.verdict(), INCOMPLETE, "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unwritable_result_is_a_failure() {
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
    let output = keys_compare(
        fixed.into_iter().chain(textfile),
        &bed.records("healthy.test"),
    );
    assert_eq!(output.verdict(), (3, "complete"), "{output:?}");
    assert!(
        output
            .complaint
            .contains("--output.textfile /nonexistent/keys.prom: No such file"),
        "{output:?}"
    );
}

#[tokio::test]
async fn full_disk_is_not_reported_as_missing_key() {
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
