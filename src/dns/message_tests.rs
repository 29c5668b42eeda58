//! The walk over a message: what it takes, what it refuses, and that nothing makes it fall.

use std::time::{Duration, Instant};

use super::*;
use crate::dns::testing::{self, A, NS, Response, SOA, record};
use crate::dns::{InfoCode, Serial, ZoneVersion};

fn read(octets: &[u8]) -> Result<Message, WireError> {
    Message::read(octets)
}

fn problem(octets: &[u8]) -> &'static str {
    read(octets).unwrap_err().problem
}

/// What reading takes when the machine does nothing else.
fn at_best(octets: &[u8]) -> Duration {
    let measured = (0..10).map(|_| {
        let start = Instant::now();
        let _ = read(octets);
        start.elapsed()
    });
    measured.min().unwrap()
}

/// An OPT record: owner, type, size 1232, extended rcode, version, flags, options.
fn opt(ttl: [u8; 4], options: &[u8]) -> Vec<u8> {
    let length = u16::try_from(options.len()).unwrap();
    [
        &[0, 0, 41, 0x04, 0xD0],
        ttl.as_slice(),
        &length.to_be_bytes(),
        options,
    ]
    .concat()
}

fn option(code: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&code.to_be_bytes(), &length.to_be_bytes(), data].concat()
}

/// A message with something in every section.
fn full() -> Response {
    let mut response = Response::to("www.example", A)
        .answer([
            record(&[0xC0, 12], A, 60, &[192, 0, 2, 1]),
            record(&[0xC0, 12], A, 60, &[192, 0, 2, 2]),
        ])
        .additional([
            record(&[0xC0, 12], A, 60, &[192, 0, 2, 3]),
            opt([0; 4], &option(3, b"ns1")),
        ]);
    response
        .authority
        .push(record(&[0xC0, 16], NS, 60, &[2, b'n', b's', 0xC0, 16]));
    response
}

#[test]
fn every_header_bit_is_read() {
    let flags = |header: Header| {
        [
            header.qr, header.aa, header.tc, header.rd, header.ra, header.ad, header.cd,
        ]
        .map(u8::from)
    };
    let table = [
        (0x8000, [1, 0, 0, 0, 0, 0, 0]),
        (0x0400, [0, 1, 0, 0, 0, 0, 0]),
        (0x0200, [0, 0, 1, 0, 0, 0, 0]),
        (0x0100, [0, 0, 0, 1, 0, 0, 0]),
        (0x0080, [0, 0, 0, 0, 1, 0, 0]),
        (0x0040, [0; 7]),
        (0x0020, [0, 0, 0, 0, 0, 1, 0]),
        (0x0010, [0, 0, 0, 0, 0, 0, 1]),
        (0x7800, [0; 7]),
        (0x000F, [0; 7]),
    ];
    for (bits, expected) in table {
        let header = read(
            &Response {
                flags: bits,
                ..full()
            }
            .octets(),
        )
        .unwrap()
        .header;
        assert_eq!(flags(header), expected, "{bits:#06x}");
        assert_eq!(
            header.opcode,
            Opcode(u8::try_from(bits >> 11 & 15).unwrap()),
            "{bits:#06x}"
        );
        assert_eq!(header.rcode, Rcode(bits & 15), "{bits:#06x}");
    }
}

#[test]
fn every_section_is_read() {
    let message = read(&full().octets()).unwrap();
    assert_eq!(
        message.question.as_ref().unwrap().to_string(),
        "www.example. IN A"
    );
    assert_eq!(
        [
            message.answer.len(),
            message.authority.len(),
            message.additional.len()
        ],
        [2, 1, 1]
    );
    assert_eq!(message.header.counts, [1, 2, 1, 2]);
    assert_eq!(message.rdata(&message.answer[1]), [192, 0, 2, 2]);
    assert_eq!(message.authority[0].owner.to_string(), "example.");
    assert_eq!(
        message.authority[0]
            .single_name(&message)
            .unwrap()
            .to_string(),
        "ns.example."
    );
    assert_eq!(
        message.edns.as_ref().unwrap().nsid.as_deref(),
        Some(b"ns1".as_slice())
    );
    assert_eq!(message.trailing_octets, 0);
}

#[test]
fn every_prefix_of_a_message_is_an_error() {
    let octets = full().octets();
    for length in 0..octets.len() {
        assert!(read(&octets[..length]).is_err(), "{length} octets");
    }
    let error = read(&octets[..octets.len() - 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the octets end too early at octet {}", octets.len() - 7)
    );
}

#[test]
fn wrong_record_counts_are_rejected() {
    let octets = full().octets();
    for count in 4..8 {
        for lie in [5_u16, 255, 65_535] {
            let mut lying = octets.clone();
            lying[count * 2 - 4..][..2].copy_from_slice(&lie.to_be_bytes());
            assert!(read(&lying).is_err(), "{lie} records");
            assert!(at_best(&lying) < Duration::from_millis(20), "{lie} records");
        }
    }
    let two_questions = Response {
        question: vec![full().question[0].clone(); 2],
        ..Response::default()
    };
    assert_eq!(problem(&two_questions.octets()), "more than one question");
    let no_question = Response {
        flags: 0x8001,
        ..Response::default()
    };
    assert_eq!(read(&no_question.octets()).unwrap().question, None);
}

#[test]
fn trailing_octets_are_counted() {
    for trailing in [1, 7, 500] {
        let octets = [full().octets(), vec![0; trailing]].concat();
        assert_eq!(read(&octets).unwrap().trailing_octets, trailing);
    }
}

#[test]
fn rdata_of_any_type_may_be_empty() {
    let empty = [A, SOA, testing::RRSIG, testing::DNSKEY, 65_280]
        .map(|rtype| record(&[0xC0, 12], rtype, 0, &[]));
    let message = read(&full().answer(empty).octets()).unwrap();
    assert_eq!(message.answer.len(), 7);
    assert!(
        message.answer[2..]
            .iter()
            .all(|record| message.rdata(record).is_empty())
    );
    assert!(crate::dns::Soa::read(&message, &message.answer[3]).is_err());
}

#[test]
fn opt_is_allowed_once_in_the_additional_section() {
    let second = full().additional([opt([0; 4], &[])]);
    assert_eq!(problem(&second.octets()), "a second OPT record");
    let misplaced = "an OPT record outside the additional section";
    assert_eq!(
        problem(&full().answer([opt([0; 4], &[])]).octets()),
        misplaced
    );
    let mut authority = full();
    authority.authority.push(opt([0; 4], &[]));
    assert_eq!(problem(&authority.octets()), misplaced);
    let front = Response {
        additional: vec![opt([0; 4], &[]), record(&[0], A, 0, &[0; 4])],
        ..full()
    };
    let message = read(&front.octets()).unwrap();
    assert_eq!(
        (message.additional.len(), message.additional[0].rtype),
        (1, RrType(A))
    );
    assert_eq!(
        read(
            &Response {
                additional: vec![],
                ..full()
            }
            .octets()
        )
        .unwrap()
        .edns,
        None
    );
}

#[test]
fn rcode_has_twelve_bits() {
    for (upper, lower, expected) in [
        (0, 5, Rcode::REFUSED),
        (1, 0, Rcode::BADVERS),
        (1, 7, Rcode::BADCOOKIE),
        (255, 15, Rcode(4095)),
    ] {
        let additional = vec![opt([upper, 0, 0, 0], &[])];
        let response = Response {
            flags: 0x8000 | lower,
            additional,
            ..full()
        };
        let message = read(&response.octets()).unwrap();
        assert_eq!(
            (message.rcode, message.header.rcode),
            (expected, Rcode(lower))
        );
    }
}

fn edns(ttl: [u8; 4], options: &[u8]) -> Result<Edns, WireError> {
    read(
        &Response {
            additional: vec![opt(ttl, options)],
            ..full()
        }
        .octets(),
    )
    .map(|message| message.edns.unwrap())
}

#[test]
fn edns_fields_and_options_are_read() {
    let plain = edns([0, 0, 0, 0], &[]).unwrap();
    assert_eq!(
        (plain.version, plain.dnssec_ok, plain.udp_size),
        (0, false, 1232)
    );
    let flags = edns([0, 3, 0x80, 0], &[]).unwrap();
    assert_eq!((flags.version, flags.dnssec_ok), (3, true));
    assert!(!edns([0, 0, 0x7F, 0xFF], &[]).unwrap().dnssec_ok);
    let options = [
        option(65_001, b"unknown"),
        option(15, &[0, 18]),
        option(3, b"\xFF\x01"),
        option(9, &[0, 1, 0, 0]),
        option(15, b"\0\x16lame\0"),
        option(15, b"\xFF\xFF\xC3("),
        option(10, &[]),
        option(19, &[2, 0, 0x80, 0, 0, 1]),
    ];
    let edns = edns([0; 4], &options.concat()).unwrap();
    let zone_version = ZoneVersion {
        label_count: 2,
        serial: Serial(0x8000_0001),
    };
    assert_eq!(edns.zone_version, Some(zone_version));
    assert_eq!(
        (edns.nsid_text().as_deref(), edns.expire),
        (Some("ff01"), Some(65_536))
    );
    let errors: Vec<_> = edns
        .extended_errors
        .iter()
        .map(|error| (error.info_code, error.extra_text.as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            (InfoCode(18), ""),
            (InfoCode(22), "lame"),
            (InfoCode(65_535), "\u{FFFD}(")
        ]
    );
}

#[test]
fn malformed_edns_options_are_handled() {
    // An option that is read and says nothing is none.
    for (case, options) in [
        ("EXPIRE", option(9, &[])),
        ("EXPIRE", option(9, &[1])),
        ("EXPIRE", option(9, &[0; 5])),
    ] {
        assert_eq!(
            edns([0; 4], &options).unwrap().expire,
            None,
            "{case} {options:?}"
        );
    }
    // A query's form, a type of version that is not SOA-SERIAL, serials that are too short and too long.
    for data in [
        &[][..],
        &[2, 1, 0, 0, 0, 1],
        &[2, 0, 0, 0, 1],
        &[2, 0, 0, 0, 0, 0, 1],
    ] {
        assert_eq!(
            edns([0; 4], &option(19, data)).unwrap().zone_version,
            None,
            "{data:?}"
        );
    }
    for short in [option(15, &[]), option(15, &[1])] {
        assert_eq!(edns([0; 4], &short).unwrap().extended_errors, []);
    }
    assert_eq!(edns([0; 4], &option(3, &[])).unwrap().nsid_text(), None);
    assert_eq!(
        edns([0; 4], &option(3, b"ns1.example"))
            .unwrap()
            .nsid_text()
            .as_deref(),
        Some("ns1.example")
    );
    assert_eq!(
        edns([0; 4], &option(3, b"a\nb"))
            .unwrap()
            .nsid_text()
            .as_deref(),
        Some("610a62")
    );
    // Options that do not fill the record are not options.
    let whole = option(3, b"ns1");
    for cut in 1..whole.len() {
        assert!(edns([0; 4], &whole[..cut]).is_err(), "{cut} octets");
    }
}

#[test]
fn repeated_owner_pointer_yields_the_same_name() {
    let answer = [
        record(&[0xC0, 12], A, 0, &[1; 4]),
        record(&[0xC0, 12], A, 0, &[2; 4]),
        record(&[0xC0, 16], A, 0, &[3; 4]),
        record(&[1, b'x', 0xC0, 12], A, 0, &[4; 4]),
        // The same two octets in front, and another name behind them.
        record(&[1, b'x', 0xC0, 16], A, 0, &[5; 4]),
        record(&[0xC0, 16], A, 0, &[6; 4]),
        record(&[0xC0, 12], A, 0, &[7; 4]),
        record(&[0], A, 0, &[8; 4]),
        record(&[0xC0, 12], A, 0, &[9; 4]),
    ];
    let message = read(&Response::to("www.example", A).answer(answer).octets()).unwrap();
    let owners: Vec<_> = message
        .answer
        .iter()
        .map(|record| record.owner.to_string())
        .collect();
    let (www, apex) = ("www.example.", "example.");
    assert_eq!(
        owners,
        [
            www,
            www,
            apex,
            "x.www.example.",
            "x.example.",
            apex,
            www,
            ".",
            www
        ]
    );
}

/// 64 KB of pointers, each to the one before, then records whose owners are their ends.
#[test]
fn message_full_of_pointers_is_rejected_quickly() {
    let chain: Vec<u8> = (0..8000_u16)
        .flat_map(|hop| (0xC000 | (24 + hop * 2).saturating_sub(2)).to_be_bytes())
        .collect();
    let holder = record(&[0], 65_280, 0, &[&[0], chain.as_slice()].concat());
    let ends = (0..4000).map(|_| record(&[0xC0 | 0x3E, 0x80], A, 0, &[0; 4]));
    let response = Response {
        flags: 0x8400,
        ..Response::default()
    };
    let octets = response
        .answer(std::iter::once(holder).chain(ends))
        .octets();
    assert!(octets.len() > 60_000);
    assert_eq!(
        problem(&octets),
        "a compression pointer that does not lead back"
    );
    assert!(
        at_best(&octets) < Duration::from_millis(20),
        "{:?}",
        at_best(&octets)
    );
}

#[test]
fn shown_edns_data_is_bounded() {
    let ede = [0, 15, 0, 2, 0, 22].repeat(1000);
    let nsid = [&[0, 3, 0x10, 0][..], &[b'x'; 4096]].concat();
    let edns = edns([0; 4], &[ede, nsid].concat()).unwrap();
    assert_eq!(edns.extended_errors.len(), 16);
    assert_eq!(edns.nsid_text(), Some("x".repeat(128)));
}
