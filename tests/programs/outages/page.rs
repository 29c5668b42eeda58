//! docs/outages.md, from the tables.

use std::fmt::Write as _;

use super::table::Outage;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/outages.md");

const HEAD: &str = "\
# Outages and what is reported

<!-- Generated: OUTSIDEIN_BLESS=1 cargo test --test programs outages::page -->

Each row is replayed by `tests/programs/outages/`: the probe of a zone on two nameservers at two providers, once a minute, with the
defaults of probes.json, and [`deploy/alerts.yml`](../deploy/alerts.yml) evaluated by promtool each minute. A row passes if its alert
fires within the time given, once, and no other alert fires.
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
    page.push_str("\n## Faults\n\n| what happens | alert | severity | within minutes |\n| --- | --- | --- | --- |\n");
    for outage in outages {
        for report in &outage.reports {
            // Writing to a String cannot fail.
            let _ = writeln!(
                page,
                "| {} | [`{}`](alerts.md#{}) | {} | {} |",
                outage.happened,
                report.alert,
                report.alert.to_lowercase(),
                report.severity,
                report.within
            );
        }
    }
    page.push_str("\n## Routine operation\n\nNone of these fires an alert.\n\n");
    for operation in routine {
        let _ = writeln!(page, "* {}", operation.happened);
    }
    page
}
