//! docs/outages.md, from the tables.

use std::fmt::Write as _;

use super::findings;
use super::real::software_of;
use super::table::{Outage, Report};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/outages.md");

const HEAD: &str = "\
# Outages and what is reported

<!-- Generated: OUTSIDEIN_BLESS=1 cargo test --test programs outages::every, then outages::page -->

Each row is replayed by `tests/programs/outages/`: the probe of a zone on two nameservers at two providers, once a minute, with the
defaults of probes.json, and [`deploy/alerts.yml`](../deploy/alerts.yml) evaluated by promtool each minute. A row passes if its alerts
fire within the time given, once each and without a break, and no other alert fires. The nameservers are scripted; where a row names
software, it is replayed on that as well: the zone is then served by a real nameserver. What the probe shows is reasons
([reasons.md](reasons.md)), differences, warnings and kinds of early changes ([zone.md](zone.md)); where nothing is named, an alert reads
times, serials, counts or latencies.
";

/// Compares the page with the tables, or writes it.
pub fn check(outages: &[Outage], routine: &[Outage]) {
    let page = page(outages, routine);
    if std::env::var_os("OUTSIDEIN_BLESS").is_some() {
        std::fs::write(PATH, &page).expect("the page is written");
    }
    let found = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(found == page, "docs/outages.md is not up to date: bless it");
}

fn page(outages: &[Outage], routine: &[Outage]) -> String {
    let mut page = String::from(HEAD);
    page.push_str(
        "\n## Faults\n\n| what happens | also on | the probe shows | alerts, within minutes |\n| --- | --- | --- | --- |\n",
    );
    let findings = findings::listed();
    for outage in outages {
        let shown = findings.get(outage.id).map(Vec::as_slice);
        let shown: Vec<_> = shown
            .unwrap_or_default()
            .iter()
            .map(|finding| format!("`{finding}`"))
            .collect();
        let software: Vec<_> = software_of(outage.id)
            .iter()
            .map(|software| software.name)
            .collect();
        let reports = outage.reports.iter().map(|report| {
            let anchor = report.alert.to_lowercase();
            let Report {
                alert,
                severity,
                within,
            } = report;
            format!("{severity} [`{alert}`](alerts.md#{anchor}), {within}")
        });
        let reports: Vec<_> = reports.collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            outage.happened,
            software.join(", "),
            shown.join(", "),
            reports.join("; ")
        );
    }
    page.push_str("\n## Routine operation\n\nNone of these fires an alert.\n\n");
    for operation in routine {
        let _ = writeln!(page, "* {}", operation.happened);
    }
    page
}
