//! NSEC and NSEC3 RDATA: what can be read, and every way in which it cannot.

use super::*;
use crate::dns::testing::{name, rdata_of, records};

fn nsec(types: &str) -> Result<Nsec, WireError> {
    Nsec::read(rdata_of(
        &records(&format!("a.example. 0 IN NSEC b.example. {types}"))[0],
    ))
}

/// The RDATA of an NSEC whose next name is the root.
fn bitmap(octets: &[u8]) -> Result<TypeBitmap, WireError> {
    Nsec::read(&[&[0], octets].concat()).map(|nsec| nsec.types)
}

#[test]
fn rfc_4034_section_4_3_example_is_read() {
    let rdata = [
        name("host.example.com").as_slice(),
        &[0, 6, 0x40, 1, 0, 0, 0, 3, 4, 27],
        &[0; 26],
        &[0x20],
    ]
    .concat();
    let nsec = Nsec::read(&rdata).unwrap();
    assert_eq!(nsec.next, "host.example.com".parse().unwrap());
    let types: Vec<_> = nsec.types.types().collect();
    assert_eq!(
        types,
        [
            RrType::A,
            RrType::MX,
            RrType::RRSIG,
            RrType::NSEC,
            RrType(1234)
        ]
    );
}

#[test]
fn type_bitmap_matches_another_implementation() {
    let written = [
        1, 2, 7, 8, 46, 47, 128, 255, 256, 257, 1234, 32_767, 32_768, 65_280, 65_535,
    ];
    let text: String = written.map(|number| format!("TYPE{number} ")).concat();
    let types = nsec(&text).unwrap().types;
    assert!(types.types().map(|rtype| rtype.0).eq(written));
    for number in 0..=u16::MAX {
        assert_eq!(
            types.contains(RrType(number)),
            written.contains(&number),
            "{number}"
        );
    }
}

#[test]
fn empty_type_bitmap_contains_nothing() {
    let empty = bitmap(&[]).unwrap();
    assert!(empty.is_empty() && !empty.contains(RrType::A) && empty.types().next().is_none());
    assert!(!bitmap(&[0, 1, 1]).unwrap().is_empty());
}

#[test]
fn malformed_bitmap_error_has_an_offset() {
    let order = "blocks of a type bitmap out of order";
    let block = "a block of a type bitmap that is empty, too long or ends in a zero";
    let short = "the octets end too early";
    let too_long = [&[0, 33], [1; 33].as_slice()].concat();
    let table: [(&[u8], usize, &str); 8] = [
        (&[0], 2, short),
        (&[0, 0], 1, block),
        (&[0, 2, 1], 3, short),
        (&[0, 2, 1, 0], 1, block),
        (&too_long, 1, block),
        (&[1, 1, 1, 0, 1, 1], 4, order),
        (&[1, 1, 1, 1, 1, 1], 4, order),
        (&[0, 1, 1, 9], 5, short),
    ];
    for (octets, offset, problem) in table {
        assert_eq!(
            bitmap(octets),
            Err(WireError { offset, problem }),
            "{octets:?}"
        );
    }
    assert!(bitmap(&[&[0, 32], [1; 32].as_slice()].concat()).is_ok());
}

#[test]
fn compressed_next_name_is_rejected() {
    assert!(Nsec::read(&[0xC0, 0, 0, 1, 0x40]).is_err());
    assert!(Nsec::read(&[]).is_err());
}

#[test]
fn every_nsec3_field_is_read() {
    let text = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 0 IN NSEC3 1 1 12 aabbccdd \
                2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG";
    let records = records(text);
    let rdata = rdata_of(&records[0]);
    let nsec3 = Nsec3::read(rdata).unwrap();
    assert_eq!(
        (nsec3.hash_algorithm, nsec3.flags, nsec3.iterations),
        (1, 1, 12)
    );
    assert_eq!(&*nsec3.salt, [0xAA, 0xBB, 0xCC, 0xDD]);
    let next = data_encoding::BASE32HEX_NOPAD
        .decode(b"2T7B4G4VSA5SMI47K61MV5BV1A22BOJR")
        .unwrap();
    assert_eq!(*nsec3.next_hashed_owner, next);
    let types = [
        RrType::NS,
        RrType::SOA,
        RrType::MX,
        RrType::RRSIG,
        RrType::DNSKEY,
        RrType::NSEC3PARAM,
    ];
    assert!(nsec3.types.types().eq(types));
    // Cut within a field it cannot be read; cut before the bitmap it has none.
    for size in 0..rdata.len() {
        let read = Nsec3::read(&rdata[..size]);
        assert_eq!(read.is_ok(), size == 30, "{size}: {read:?}");
    }
}
