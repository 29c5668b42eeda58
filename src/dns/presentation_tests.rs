//! A transcript that an operator can read, whatever the octets.

use super::*;
use crate::dns::testing::{self, Response, record};

fn read(response: &Response) -> Message {
    Message::read(response.octets()).unwrap()
}

#[test]
fn message_is_printed_in_dig_format() {
    let answer = testing::records(
        "example. 300 IN SOA ns1.example. host.example. 7 1 2 3 4\nexample. 300 IN TXT \"a b\" \"c\\\"d\"",
    );
    let opt = b"\0\0\x29\x04\xD0\0\0\x80\0\0\x17\0\x03\0\x03ns1\0\x09\0\x04\0\0\0\x2A\0\x0F\0\x04\0\x16no".to_vec();
    let mut octets = Response::to("example", testing::SOA)
        .answer(answer)
        .additional([opt])
        .octets();
    octets.extend([0; 3]);
    let text = dig_text(&Message::read(octets).unwrap());
    let expected = [
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 0",
        ";; flags: qr aa; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1",
        ";; WARNING: 3 octets after the end of the message",
        ";; OPT PSEUDOSECTION:",
        "; EDNS: version: 0, flags: do; udp: 1232",
        "; NSID: ns1",
        "; EXPIRE: 42",
        "; EDE: 22 (No Reachable Authority): (no)",
        ";; QUESTION SECTION:",
        ";example. IN SOA",
        ";; ANSWER SECTION:",
        "example. 300 IN SOA ns1.example. host.example. 7 1 2 3 4",
    ];
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[..expected.len()], expected, "{text}");
    assert_eq!(
        lines[expected.len()],
        r#"example. 300 IN TXT "a b" "c\"d""#,
        "{text}"
    );
}

#[test]
fn unreadable_rdata_is_printed_in_generic_form() {
    let table = [
        (65_280, vec![0xAB, 0xCD], r"\# 2 ABCD"),
        (testing::A, vec![1, 2, 3], r"\# 3 010203"),
        (testing::RRSIG, vec![0, 1], r"\# 2 0001"),
        (testing::DNSKEY, vec![], r"\# 0"),
        (testing::SOA, vec![], r"\# 0"),
        (testing::NS, vec![0xC0, 0xFF], r"\# 2 C0FF"),
    ];
    for (rtype, rdata, expected) in table {
        let message =
            read(&Response::to("example", rtype).answer([record(&[0], rtype, 0, &rdata)]));
        assert_eq!(
            rdata_text(&message, &message.answer[0]),
            expected,
            "{rtype}"
        );
    }
}

#[test]
fn control_characters_in_records_are_escaped() {
    let ede = [b"\0\0\x29\x04\xD0\0\0\0\0\0\x0E\0\x0F\0\x0A\0\0a\nb\x1B[31m".as_slice()].concat();
    let message = read(&Response::to("example", testing::SOA).additional([ede]));
    let text = dig_text(&message);
    assert!(text.contains(r"a\nb\u{1b}[31m"), "{text}");
    let caa = b"\0\x05issue\x1B[2J".as_slice();
    let naptr = b"\0\x01\0\x01\x01\x1B\x01\n\x01\x7F\0".as_slice();
    for (rtype, rdata) in [
        (testing::TXT, b"\x04\x1B[2J\x02\r\n".as_slice()),
        (257, caa),
        (35, naptr),
    ] {
        let message = read(&Response::to("example", rtype).answer([record(&[0], rtype, 0, rdata)]));
        let text = dig_text(&message);
        assert!(
            !text
                .chars()
                .any(|character| character.is_control() && character != '\n'),
            "{text:?}"
        );
        assert_eq!(text.lines().count(), 6, "{text:?}");
    }
}
