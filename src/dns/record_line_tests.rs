//! The forms that blackbox_exporter prints; `tests/programs/blackbox_comparison.rs` holds every type of the rich zone against the real one.

use super::*;
use crate::dns::testing::{self, Response, record};

fn line(octets: Vec<u8>) -> String {
    let message = Message::read(
        Response::to("example", testing::SOA)
            .answer([octets])
            .octets(),
    )
    .unwrap();
    record_line(&message, &message.answer[0])
}

#[test]
fn fields_are_tab_separated_and_rdata_space_separated() {
    let table = [
        (
            "a.example. 300 IN SOA ns.example. h.example. 7 1 2 3 4",
            "a.example.\t300\tIN\tSOA\tns.example. h.example. 7 1 2 3 4",
        ),
        (
            "example. 0 IN AAAA 2001:db8:0:0:1::1",
            "example.\t0\tIN\tAAAA\t2001:db8::1:0:0:1",
        ),
        (
            "example. 1 IN AAAA ::ffff:192.0.2.1",
            "example.\t1\tIN\tAAAA\t192.0.2.1",
        ),
        (
            r#"example. 1 IN TXT "a b" "c\"\\\200""#,
            "example.\t1\tIN\tTXT\t\"a b\" \"c\\\"\\\\\\200\"",
        ),
        (
            "example. 1 IN DS 1 13 2 abcd",
            "example.\t1\tIN\tDS\t1 13 2 ABCD",
        ),
        (
            "example. 1 IN TLSA 3 1 1 ABCD",
            "example.\t1\tIN\tTLSA\t3 1 1 abcd",
        ),
        (
            "example. 1 IN NSEC3PARAM 1 0 0 -",
            "example.\t1\tIN\tNSEC3PARAM\t1 0 0 -",
        ),
        (
            r#"a'b@c\;d\(e\)f\"g\\h\007.example. 1 IN NS ."#,
            "a\\'b\\@c\\;d\\(e\\)f\\\"g\\\\h\\007.example.\t1\tIN\tNS\t.",
        ),
        (
            r"a\.b\ c.example. 1 IN NS \$x.example.",
            "a\\.b\\ c.example.\t1\tIN\tNS\t$x.example.",
        ),
        (
            "example. 1 IN HTTPS 1 . alpn=h2,h3 no-default-alpn port=53 ipv6hint=2001:db8::1 key667=a",
            "example.\t1\tIN\tHTTPS\t1 . alpn=\"h2,h3\" no-default-alpn=\"\" port=\"53\" ipv6hint=\"2001:db8::1\" key667=\"a\"",
        ),
        (
            r"example. 1 IN TYPE65400 \# 2 ABCD",
            "example.\t1\tCLASS1\tTYPE65400\t\\# 2 abcd",
        ),
    ];
    for (format_fields, expected) in table {
        assert_eq!(line(testing::records(format_fields).remove(0)), expected);
    }
}

#[test]
fn unreadable_rdata_is_printed_as_dig_prints_it() {
    for (rtype, rdata) in [
        (testing::A, vec![1, 2, 3]),
        (testing::SOA, vec![0xC0, 0xFF]),
        (testing::TXT, vec![]),
    ] {
        assert!(
            line(record(&[0], rtype, 0, &rdata)).contains("\\# "),
            "{rtype}"
        );
    }
}

/// As blackbox_exporter was seen to take each of them.
#[test]
fn readability_matches_the_go_library() {
    let table: [(u16, &[u8], bool); 14] = [
        (testing::A, &[1, 2, 3, 4], true),
        (testing::A, &[1, 2, 3], false),
        (testing::A, &[1, 2, 3, 4, 5], false),
        (testing::A, &[], true),
        (testing::SOA, &[0, 0, 0, 0, 0, 7], true),
        (testing::SOA, &[0, 0, 0, 0, 0], false),
        (testing::TXT, &[9, b'a'], false),
        (testing::TXT, &[0], true),
        (13, &[1, b'a'], true),
        (13, &[1, b'a', 1, b'b', 0], false),
        (108, &[1; 5], false),
        (64, &[0, 1, 0, 0, 4, 0, 3, 1, 2, 3], false),
        (33, &[0, 1, 0, 2], true),
        (65280, &[1, 2, 3], true),
    ];
    for (rtype, rdata, readable) in table {
        let response =
            Response::to("example", testing::SOA).answer([record(&[0], rtype, 0, rdata)]);
        let message = Message::read(response.octets()).unwrap();
        assert_eq!(
            is_readable(&message, &message.answer[0]),
            readable,
            "{rtype} {rdata:?}"
        );
    }
}

#[test]
fn every_type_with_a_layout_has_a_known_form() {
    for (rtype, known) in [
        ("SOA", true),
        ("TYPE65400", true),
        ("LOC", false),
        ("HTTPS", true),
    ] {
        assert_eq!(has_known_form(rtype.parse().unwrap()), known, "{rtype}");
    }
}

#[test]
fn list_separators_are_escaped_twice() {
    let parameters = [
        b"\0\x01\0\0\x01\0\x06\x05a,\\; ".as_slice(),
        b"\xFD\xE9\0\x02\"\xFF",
    ]
    .concat();
    let alpn = r#"alpn="a\\\044\\\092\;\ ""#;
    let expected = format!(".\t0\tIN\tSVCB\t1 . {alpn} {}", r#"key65001="\"\255""#);
    assert_eq!(line(record(&[0], 64, 0, &parameters)), expected);
}
