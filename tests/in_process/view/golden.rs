//! The views of a few reports, kept as files that a person has read. `OUTSIDEIN_BLESS=1` writes them anew.

use std::path::Path;
use std::sync::Arc;

use outsidein::dns::{Name, Query, RrType};
use outsidein::exchange::{Exchange, Outcome};
use outsidein::reason::{Failure, Reason};
use outsidein::report::{AnyReport, ServerReport};
use outsidein::view::{self, Format};

use super::fixtures;

#[test]
fn healthy_zone_matches_golden_files() {
    compare("healthy", &AnyReport::Target(fixtures::healthy()));
}

#[test]
fn expired_zone_matches_golden_files() {
    compare("expired", &AnyReport::Target(fixtures::expired()));
}

#[test]
fn server_silent_over_ipv6_matches_golden_files() {
    compare("v6-dead", &AnyReport::Target(fixtures::v6_dead()));
}

#[test]
fn blackbox_module_matches_golden_files() {
    compare(
        "blackbox",
        &AnyReport::Blackbox(Box::new(fixtures::blackbox())),
    );
}

#[test]
fn headline_is_the_highest_ranked_reason() {
    let mut report = fixtures::v6_dead();
    report.servers.extend(fixtures::expired().servers);
    let headline = "FAILURE  signature_expired (EDE 7) at ipv4 192.0.2.53:53\n";
    assert!(view::text(&report).starts_with(headline));
    report.servers.reverse();
    assert!(view::text(&report).starts_with(headline));
}

/// That the parent is asked to publish something fails nothing, and waiting for it took its time.
#[test]
fn unanswered_extra_query_is_shown_once() {
    let silent_to = |rtype| Exchange {
        query: Arc::new(Query::new(
            "healthy.test.".parse::<Name>().unwrap(),
            rtype,
            1_232,
        )),
        outcome: Outcome::Timeout,
        ..fixtures::soa_exchange("healthy.test.", 0)
    };
    let request_exchange = fixtures::soa_exchange("healthy.test.", 11_240);
    let server = ServerReport {
        exchanges: vec![
            request_exchange,
            silent_to(RrType::CDS),
            silent_to(RrType::DNSKEY),
        ],
        failures: vec![Failure::new(
            Reason::Timeout,
            "healthy.test. DNSKEY over udp: no response within 4.5 s",
        )],
        ..fixtures::server(Some("192.0.2.53"))
    };
    let text = view::text(&fixtures::report("healthy.test.", false, vec![server]));
    let silent: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("  silent"))
        .collect();
    assert_eq!(
        silent,
        ["  silent    to healthy.test. CDS over udp, which is no failure"],
        "{text}"
    );
}

fn compare(name: &str, report: &AnyReport) {
    let views = [
        ("txt", view::render(report, Format::Text)),
        ("prom", view::render(report, Format::Prometheus)),
        ("json", view::render(report, Format::Json)),
        ("debug", view::transcript(report)),
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
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    if std::env::var_os("OUTSIDEIN_BLESS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        now,
        stored,
        "{} differs; if that is right: OUTSIDEIN_BLESS=1 cargo test --test in_process view",
        path.display()
    );
}
