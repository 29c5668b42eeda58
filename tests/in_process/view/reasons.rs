//! Every view tells a reason with its Extended DNS Error, and the most telling first.

use std::collections::HashSet;

use outsidein::dnssec::SecurityStatus;
use outsidein::reason::{Failure, Reason};
use outsidein::report::ServerReport;
use outsidein::view::prometheus;
use serde_json::Value;

use super::fixtures::{self, report, server};

#[test]
fn address_has_one_highest_ranked_headline() {
    let reasons = [
        Reason::NsecMissing,
        Reason::Timeout,
        Reason::SignatureExpired,
        Reason::DnskeyMissing,
    ];
    let failures = reasons.map(|reason| Failure::new(reason, "seen")).to_vec();
    let server = ServerReport {
        failures,
        ..server(Some("192.0.2.1"))
    };
    let text = prometheus(&report("healthy.test.", false, vec![server]));
    let headlines: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("probe_failure_headline{"))
        .collect();
    let labels =
        "family=\"ipv4\",address=\"192.0.2.1\",reason=\"signature_expired\",info_code=\"7\"";
    assert_eq!(
        headlines,
        [format!("probe_failure_headline{{{labels}}} 1")],
        "{text}"
    );
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("probe_failure{"))
            .count(),
        reasons.len(),
        "{text}"
    );
}

#[test]
fn status_has_a_reason_unless_secure() {
    let mut report = fixtures::expired();
    let labels =
        "family=\"ipv4\",address=\"192.0.2.53\",reason=\"resolver_failed\",info_code=\"5\"";
    assert!(prometheus(&report).contains(&format!("\nprobe_dnssec_status_reason{{{labels}}} 1\n")));
    for dnssec in report
        .servers
        .iter_mut()
        .filter_map(|server| server.dnssec.as_mut())
    {
        (dnssec.status, dnssec.status_reason) = (SecurityStatus::Secure, None);
    }
    assert!(!prometheus(&report).contains("probe_dnssec_status_reason"));
}

#[test]
fn every_reason_in_json_has_its_extended_dns_error() {
    let json = serde_json::to_value(fixtures::expired()).unwrap();
    let mut seen = HashSet::new();
    assert_reasons_have_codes("", &json, &mut seen);
    let below = [
        "/failures",
        "/dnssec",
        "/dnssec/rrsets",
        "/dnssec/rrsets/rrsigs",
        "/dnssec/denials",
    ];
    assert_eq!(
        seen,
        HashSet::from(below.map(|pointer| format!("/servers{pointer}")))
    );
}

fn assert_reasons_have_codes(pointer: &str, json: &Value, seen: &mut HashSet<String>) {
    match json {
        Value::Array(items) => items
            .iter()
            .for_each(|item| assert_reasons_have_codes(pointer, item, seen)),
        Value::Object(fields) => {
            for (reason, code) in [
                ("reason", "info_code"),
                ("status_reason", "status_info_code"),
            ] {
                let Some(value) = fields.get(reason) else {
                    continue;
                };
                let known = Reason::ALL.iter().find(|known| value == known.as_str());
                let expected = known
                    .and_then(|known| known.info_code())
                    .map_or(Value::Null, |code| code.0.into());
                assert_eq!(fields.get(code), Some(&expected), "{pointer}: {value}");
                assert!(known.is_some() || value.is_null(), "{pointer}: {value}");
                seen.insert(pointer.to_owned());
            }
            for (name, field) in fields {
                assert_reasons_have_codes(&format!("{pointer}/{name}"), field, seen);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
