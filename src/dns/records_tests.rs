//! SOA, DNSKEY, RRSIG and single names, whole and cut.

use super::*;
use crate::dns::testing::{self, Response, record};

fn read(records: Vec<Vec<u8>>) -> Message {
    Message::read(
        Response::to("Example", testing::SOA)
            .answer(records)
            .octets(),
    )
    .unwrap()
}

#[test]
fn soa_with_compressed_names_is_read() {
    let rdata = [
        b"\x03ns1\xC0\x0C\x04host\xC0\x0C".as_slice(),
        &[0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5],
    ]
    .concat();
    let cut = (0..rdata.len()).map(|length| record(&[0xC0, 12], testing::SOA, 0, &rdata[..length]));
    let longer = record(
        &[0xC0, 12],
        testing::SOA,
        0,
        &[rdata.as_slice(), &[0]].concat(),
    );
    let message = read(
        cut.chain([longer, record(&[0xC0, 12], testing::SOA, 0, &rdata)])
            .collect(),
    );
    let (whole, broken) = message.answer.split_last().unwrap();
    let soa = Soa::read(&message, whole).unwrap();
    assert_eq!(
        (soa.mname.to_string(), soa.rname.to_string()),
        ("ns1.Example.".into(), "host.Example.".into())
    );
    assert_eq!(
        (soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum),
        (Serial(9), 2, 3, 4, 5)
    );
    for record in broken {
        assert!(
            Soa::read(&message, record).is_err(),
            "{:?}",
            message.rdata(record)
        );
    }
}

#[test]
fn single_name_rdata_allows_nothing_after_it() {
    let rdatas: [&[u8]; 5] = [b"\x01a\xC0\x0C", b"\0", b"\x01a\xC0\x0C\0", b"\x01a", b""];
    let message = read(
        rdatas
            .iter()
            .map(|rdata| record(&[0], testing::NS, 0, rdata))
            .collect(),
    );
    let names: Vec<_> = message
        .answer
        .iter()
        .map(|record| {
            record
                .single_name(&message)
                .ok()
                .map(|name| name.to_string())
        })
        .collect();
    assert_eq!(
        names,
        [
            Some("a.Example.".into()),
            Some(".".into()),
            None,
            None,
            None
        ]
    );
}

#[test]
fn key_tags_match_rfc_4034_appendix_b() {
    let tag = |rdata: &[u8]| Dnskey::read(rdata).unwrap().key_tag;
    // Odd length, a carry, and algorithm 1 with its own rule (RFC 4034 appendix B.1).
    assert_eq!(tag(&[1, 0, 3, 8, 1]), 0x0100 + 0x0308 + 0x0100);
    assert_eq!(tag(&[0xFF, 0xFF, 3, 8]), 0x0308);
    assert_eq!(tag(&[1, 0, 3, 1, 0xAA, 0xBB, 0xCC, 0xDD]), 0xBBCC);
    assert_eq!(tag(&[1, 0, 3, 1, 0xAA, 0xBB]), 0);
    let largest = vec![0xFF; 65_535];
    assert_eq!(tag(&largest), testing::key_tag(&largest));
    for length in 0..4 {
        assert!(
            Dnskey::read(&[1, 0, 3, 8][..length]).is_err(),
            "{length} octets"
        );
    }
}

#[test]
fn signed_head_lowercases_the_signer_name() {
    let rdata = b"\0\x01\x0F\x02\0\0\x0E\x10\x70\0\0\0\x60\0\0\0\x30\x39\x07eXample\0SIGNATURE";
    let rrsig = Rrsig::read(rdata).unwrap();
    assert_eq!(
        (rrsig.key_tag, rrsig.signature),
        (12_345, b"SIGNATURE".as_slice())
    );
    // A pointer that would resolve within the RDATA (RFC 4034 section 3.1.7).
    assert!(Rrsig::read(&[[0; 18].as_slice(), &[0xC0, 0]].concat()).is_err());
    let mut head = Vec::new();
    rrsig.append_signed_head(&mut head);
    assert_eq!(
        head,
        b"\0\x01\x0F\x02\0\0\x0E\x10\x70\0\0\0\x60\0\0\0\x30\x39\x07example\0"
    );
}
