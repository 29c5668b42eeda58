//! What we send, octet by octet, and what counts as its answer.

use super::*;
use crate::dns::testing::{self, Response};

fn query(name: &str, rtype: RrType) -> Query {
    Query::new(name.parse().unwrap(), rtype, EDNS_UDP_SIZE)
}

#[test]
fn soa_query_has_the_expected_octets() {
    let expected = [
        // ID; RD=0 and all else 0; one question, one additional record.
        b"\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01".as_slice(),
        b"\x07eXample\x03com\x00\x00\x06\x00\x01",
        // OPT: 1232 octets, version 0, DO; NSID, EXPIRE and ZONEVERSION, all empty.
        b"\x00\x00\x29\x04\xD0\x00\x00\x80\x00\x00\x0C\x00\x03\x00\x00\x00\x09\x00\x00\x00\x13\x00\x00",
    ];
    assert_eq!(
        query("eXample.com", RrType::SOA).octets(0x1234, true),
        expected.concat()
    );
}

#[test]
fn only_soa_queries_with_edns_request_expire() {
    let question = b"\x03www\x07example\x00\x00\x30\x00\x01".as_slice();
    let query = query("www.example", RrType::DNSKEY);
    let with = [
        b"\xFF\xFE\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01",
        question,
        b"\x00\x00\x29\x04\xD0\x00\x00\x80\x00\x00\x08\x00\x03\x00\x00\x00\x13\x00\x00",
    ];
    assert_eq!(query.octets(0xFFFE, true), with.concat());
    let without = [
        b"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00",
        question,
    ];
    assert_eq!(query.octets(1, false), without.concat());
}

#[test]
fn plain_query_contains_only_the_question() {
    let chaos = Query::plain("a.b".parse().unwrap(), RrType::TXT, Class::CH, true);
    let expected =
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x01b\x00\x00\x10\x00\x03";
    for edns in [true, false] {
        assert_eq!(chaos.octets(0x1234, edns), expected);
    }
    let answer = [b"\x12\x34\x81".as_slice(), &expected[3..]].concat();
    assert!(chaos.is_answered_by(0x1234, &answer));
    let internet = Query::plain("a.b".parse().unwrap(), RrType::TXT, Class::IN, false);
    assert!(!internet.is_answered_by(0x1234, &answer), "another class");
    assert_eq!(internet.octets(0, false)[2], 0, "RD=0");
}

#[test]
fn any_name_type_and_size_can_be_queried() {
    let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    for name in [
        ".",
        r"\000\255.A\.b",
        "*.example",
        longest.as_str(),
        &["x"; 127].join("."),
    ] {
        let parsed: Name = name.parse().unwrap();
        let octets = Query::new(parsed.clone(), RrType(65_280), 512).octets(0, true);
        assert_eq!(
            octets[12..][..parsed.as_wire().len()],
            *parsed.as_wire(),
            "{name}"
        );
        let rest = &octets[12 + parsed.as_wire().len()..];
        assert_eq!(rest[..9], [0xFF, 0, 0, 1, 0, 0, 41, 2, 0], "{name}");
    }
}

#[test]
fn only_matching_responses_are_accepted() {
    let asked = query("www.example", RrType::A);
    let to = |qname: &str, qtype| Response::to(qname, qtype);
    let class_ch = || {
        let mut response = to("www.example", testing::A);
        response.question[0].splice(15.., [0, 3]);
        response
    };
    let with = |flags, response: Response| Response { flags, ..response };
    let without_question = |flags| Response {
        flags,
        ..Response::default()
    };
    let and_answer =
        |response: Response| response.answer([testing::record(&[0], testing::A, 0, &[0; 4])]);
    let table = [
        ("the answer", to("www.example", testing::A), true),
        ("in another case", to("WWW.eXample", testing::A), true),
        (
            "not authoritative, truncated, refused",
            with(0x8205, to("www.example", testing::A)),
            true,
        ),
        (
            "a query",
            with(0x0400, to("www.example", testing::A)),
            false,
        ),
        (
            "another opcode",
            with(0xA400, to("www.example", testing::A)),
            false,
        ),
        ("another name", to("ww.example", testing::A), false),
        ("a name above", to("example", testing::A), false),
        ("another type", to("www.example", testing::NS), false),
        ("another class", class_ch(), false),
        ("FORMERR without question", without_question(0x8001), true),
        ("NOTIMP without question", without_question(0x8004), true),
        ("NOERROR without question", without_question(0x8000), false),
        (
            "data without question",
            and_answer(without_question(0x8001)),
            false,
        ),
    ];
    for (case, response, expected) in table {
        assert_eq!(
            asked.is_answered_by(0, &response.octets()),
            expected,
            "{case}"
        );
        assert!(
            !asked.is_answered_by(1, &response.octets()),
            "{case}, another ID"
        );
    }
}

#[test]
fn truncated_octets_are_not_accepted() {
    let asked = query("www.example", RrType::A);
    let octets = Response::to("www.example", testing::A).octets();
    for length in 0..octets.len() {
        assert!(
            !asked.is_answered_by(0, &octets[..length]),
            "{length} octets"
        );
    }
    let pointer_loop = [&octets[..12], &[0xC0, 12, 0, 1, 0, 1]].concat();
    assert!(!asked.is_answered_by(0, &pointer_loop));
}
