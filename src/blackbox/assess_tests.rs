//! blackbox_exporter's rules, one by one; `tests/programs/blackbox_import/` holds the whole against the real one.

use crate::blackbox::testing::{plan, response};
use crate::config::Config;

use super::*;

fn rules(json: &str) -> RecordRules<Pattern> {
    let module = format!(r#"{{"name": "a", "qtype": "A", "validate_answer_rrs": {json}}}"#);
    let config = Config::parse(
        &format!(r#"{{"modules": {{"m": {{"blackbox": {module}}}}}}}"#),
        "probes.json",
    )
    .unwrap();
    config.modules["m"]
        .blackbox
        .as_ref()
        .unwrap()
        .answer
        .clone()
}

const EMPTY: &[&str] = &[];

/// Rules, the lines of a section, and whether these pass.
const RULE_ROWS: [(&str, &[&str], bool); 14] = [
    (
        r#"{"fail_if_matches_regexp": ["x", "b"]}"#,
        &["a", "b"],
        false,
    ),
    (
        r#"{"fail_if_matches_regexp": ["x", "y"]}"#,
        &["a", "b"],
        true,
    ),
    (r#"{"fail_if_matches_regexp": [""]}"#, EMPTY, true),
    (
        r#"{"fail_if_all_match_regexp": ["[ab]", "."]}"#,
        &["a", "b"],
        true,
    ),
    (
        r#"{"fail_if_all_match_regexp": ["[ab]", "a"]}"#,
        &["a", "b"],
        false,
    ),
    (r#"{"fail_if_all_match_regexp": ["a"]}"#, EMPTY, true),
    (
        r#"{"fail_if_not_matches_regexp": ["[ab]", "."]}"#,
        &["a", "b"],
        true,
    ),
    (
        r#"{"fail_if_not_matches_regexp": ["[ab]", "a"]}"#,
        &["a", "b"],
        false,
    ),
    (r#"{"fail_if_not_matches_regexp": [""]}"#, EMPTY, false),
    (
        r#"{"fail_if_none_matches_regexp": ["x", "b"]}"#,
        &["a", "b"],
        true,
    ),
    (
        r#"{"fail_if_none_matches_regexp": ["x", "y"]}"#,
        &["a", "b"],
        false,
    ),
    (r#"{"fail_if_none_matches_regexp": [""]}"#, EMPTY, false),
    (
        r#"{"fail_if_none_matches_regexp": ["a"], "fail_if_matches_regexp": ["b"]}"#,
        &["a", "b"],
        false,
    ),
    ("{}", EMPTY, true),
];

#[test]
fn every_rule_behaves_as_in_blackbox_exporter() {
    for (settings, lines, passes) in RULE_ROWS {
        let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            check_rules(&rules(settings), &lines, &|| false).is_ok(),
            passes,
            "{settings} of {lines:?}"
        );
    }
}

#[test]
fn address_is_chosen_by_family_and_fallback() {
    let addresses_of_both: Vec<IpAddr> = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"]
        .map(|a| a.parse().unwrap())
        .into();
    let (ipv4, ipv6) = (
        addresses_of_both[..2].to_vec(),
        addresses_of_both[2..].to_vec(),
    );
    let table = [
        (
            r#""preferred_family": "ipv6""#,
            &addresses_of_both,
            Some("2001:db8::1"),
        ),
        (
            r#""preferred_family": "ipv4""#,
            &addresses_of_both,
            Some("192.0.2.1"),
        ),
        (r#""preferred_family": "ipv6""#, &ipv4, Some("192.0.2.2")),
        (
            r#""preferred_family": "ipv6", "family_fallback": false"#,
            &ipv4,
            None,
        ),
        (
            r#""preferred_family": "ipv4", "family_fallback": false"#,
            &ipv6,
            None,
        ),
    ];
    for (settings, addresses, expected) in table {
        let plan = plan(settings);
        let chosen = choose_address(&plan, Ok(addresses.clone()));
        assert_eq!(
            chosen.ok(),
            expected.map(|address| address.parse().unwrap()),
            "{settings} {addresses:?}"
        );
    }
}

#[test]
fn udp_response_above_512_octets_is_malformed() {
    use crate::dns::testing::{Response, TXT, record};
    let response_of = |octets: usize| {
        let text = vec![0; octets];
        Response::to("a", TXT)
            .answer([record(&[0], TXT, 0, &text)])
            .octets()
    };
    let overhead = response_of(0).len();
    for (size, transport, answered) in [
        (512, Transport::Udp, true),
        (513, Transport::Udp, false),
        (513, Transport::Tcp, true),
    ] {
        let exchange = truncate_to_limit(response(&response_of(size - overhead), transport));
        let measurements = measure(&exchange, Duration::ZERO, IpAddr::from([192, 0, 2, 1]));
        assert_eq!(
            measurements.query_succeeded, answered,
            "{size} over {transport:?}"
        );
    }
}

#[test]
fn serial_is_from_the_last_soa_or_0() {
    use crate::dns::testing::{Response, SOA, records};
    let answer = records("a. 1 IN SOA a. a. 7 1 1 1 1\nb. 1 IN SOA a. a. 9 1 1 1 1");
    for (octets, serial) in [
        (Response::to("a", SOA).answer(answer), 9),
        (Response::to("a", SOA), 0),
    ] {
        let exchange = response(&octets.octets(), Transport::Udp);
        let measurements = measure(&exchange, Duration::ZERO, IpAddr::from([192, 0, 2, 1]));
        assert_eq!(measurements.serial, Some(serial));
    }
}

#[test]
fn excessive_record_text_fails_the_rules() {
    use crate::dns::testing::{Response, TXT, record};
    let text = [[0xFF; 1].as_slice(), &[0xFF; 255]].concat();
    let records = std::iter::repeat_n(record(&[0], TXT, 0, &text), 230);
    let message = Message::read(Response::to("a", TXT).answer(records).octets()).unwrap();
    assert!(record_lines(&message, Section::Answer).is_ok_and(|lines| lines.len() == 230));
    let long_name = [0xC0, 12];
    let octets = Response::to(
        &[
            "a".repeat(63),
            "b".repeat(63),
            "c".repeat(63),
            "d".repeat(40),
        ]
        .join("."),
        TXT,
    );
    let records = std::iter::repeat_n(record(&long_name, TXT, 0, &[0]), 5000);
    let message = Message::read(octets.answer(records).octets()).unwrap();
    assert!(
        record_lines(&message, Section::Answer)
            .is_err_and(|problem| format!("{problem:?}").contains("1048576"))
    );
}
