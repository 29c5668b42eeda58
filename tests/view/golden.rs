//! The views of a few reports, kept as files that a person has read. `OUTSIDEIN_BLESS=1` writes them anew.

use std::path::Path;

use outsidein::report::Report;
use outsidein::view;

use super::fixtures;

#[test]
fn a_healthy_zone() {
    compare("healthy", &fixtures::healthy());
}

#[test]
fn an_expired_zone() {
    compare("expired", &fixtures::expired());
}

#[test]
fn a_server_that_is_silent_over_ipv6() {
    compare("v6-dead", &fixtures::v6_dead());
}

#[test]
fn the_headline_is_the_most_telling_reason_of_all_addresses() {
    let mut report = fixtures::v6_dead();
    report.servers.extend(fixtures::expired().servers);
    let headline = "FAILURE  signature_expired (EDE 7) at ipv4 192.0.2.53:53\n";
    assert!(view::text(&report).starts_with(headline));
    report.servers.reverse();
    assert!(view::text(&report).starts_with(headline));
}

fn compare(name: &str, report: &Report) {
    let views = [
        ("txt", view::text(report)),
        ("prom", view::prometheus(report)),
        ("json", view::json(report)),
        ("debug", view::debug(report)),
    ];
    compare_all(name, views);
}

pub fn compare_all(name: &str, views: [(&str, String); 4]) {
    for (extension, now) in views {
        keep(&format!("view-{name}.{extension}"), &now);
    }
}

/// Holds what is written now against the file that is kept.
pub fn keep(file: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if std::env::var_os("OUTSIDEIN_BLESS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(now, kept, "{} differs; if that is right: OUTSIDEIN_BLESS=1 cargo test --test view", path.display());
}
