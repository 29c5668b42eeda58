//! Canonical form and order of an RRset, and the owner that was signed.

use super::*;
use crate::dns::testing::{self, MX, NS, Response, SignatureFields, TXT, name, record};
use crate::dns::{Message, Section};

/// What `head` signs over the records, as received in one message and as laid out by the test itself.
fn compare(owner: &str, signed_owner: &str, rtype: u16, received: &[&[u8]], canonical: &[&[u8]]) {
    let head = SignatureFields {
        type_covered: rtype,
        algorithm: 15,
        labels: 2,
        original_ttl: 3600,
        expiration: 2,
        inception: 1,
        key_tag: 3,
        signer: name("eXample"),
    };
    // TTLs are those of a cache and differ; the original one is signed (RFC 4034 section 3.1.4).
    let records = received
        .iter()
        .zip(7..)
        .map(|(rdata, ttl)| record(&name(owner), rtype, ttl, rdata));
    let octets = Response::to("eXample", rtype).answer(records).octets();
    let message = Message::read(octets).unwrap();
    let rrset = &Rrset::group(&message, Section::Answer)[0];
    let rdata = head.head();
    let rrsig = Rrsig::read(&rdata).unwrap();
    let signed_data = CanonicalRrset::new(rrset)
        .unwrap()
        .signed_data(&signed_owner.parse().unwrap(), &rrsig);
    let lower = name(&signed_owner.to_lowercase());
    let in_order = canonical
        .iter()
        .flat_map(|rdata| record(&lower, rtype, 3600, rdata));
    let expected: Vec<u8> = SignatureFields {
        signer: name("example"),
        ..head
    }
    .head()
    .into_iter()
    .chain(in_order)
    .collect();
    assert_eq!(signed_data, expected, "{owner} {rtype} {received:?}");
}

#[test]
fn rdata_is_ordered_by_octets_shorter_first() {
    compare(
        "www.example",
        "www.example",
        TXT,
        &[b"\x02bb", b"\x01b", b"\x02ba"],
        &[b"\x01b", b"\x02ba", b"\x02bb"],
    );
    compare(
        "www.example",
        "www.example",
        65_280,
        &[b"\xFFa", b"", b"\xFF", b"\x00", b"\x7F"],
        &[b"", b"\x00", b"\x7F", b"\xFF", b"\xFFa"],
    );
}

#[test]
fn rdata_is_ordered_in_canonical_form() {
    // As received, upper case sorts before lower case, and a pointer behind both.
    let canonical: [&[u8]; 3] = [
        b"\x01a\x07example\0",
        b"\x01b\x07example\0",
        b"\x01c\x07example\0",
    ];
    compare(
        "Www.Example",
        "Www.Example",
        NS,
        &[b"\x01C\xC0\x0C", b"\x01b\x07EXAMPLE\0", b"\x01A\xC0\x0C"],
        &canonical,
    );
    let canonical: [&[u8]; 2] = [b"\0\x01\x01z\x07example\0", b"\0\x02\x01a\x07example\0"];
    compare(
        "www.example",
        "www.example",
        MX,
        &[b"\0\x02\x01A\xC0\x0C", b"\0\x01\x01Z\xC0\x0C"],
        &canonical,
    );
}

#[test]
fn canonically_equal_records_count_once() {
    // RFC 2181 section 5, RFC 4034 section 6.3.
    compare(
        "www.example",
        "www.example",
        NS,
        &[b"\x01a\xC0\x0C", b"\x01A\x07examplE\0"],
        &[b"\x01a\x07example\0"],
    );
    compare(
        "www.example",
        "www.example",
        TXT,
        &[b"\x01a", b"\x01A", b"\x01a"],
        &[b"\x01A", b"\x01a"],
    );
}

#[test]
fn wildcard_is_used_as_the_signed_owner() {
    compare("a.b.example", "*.Example", TXT, &[b"\x01a"], &[b"\x01a"]);
}

#[test]
fn signer_and_verifier_canonicalise_alike() {
    let rdatas: [&[u8]; 3] = [b"\x01B\0", b"\x01a\0", b"\x01b\0"];
    let laid_out = CanonicalRrset::from_rdatas(Class::IN, RrType::NS, rdatas.into_iter()).unwrap();
    let rrsig = [&[0, 2, 15, 1], [0; 14].as_slice(), &[0]].concat();
    let owner: Name = "A".parse().unwrap();
    let signed = laid_out.signed_data(&owner, &Rrsig::read(&rrsig).unwrap());
    let records = [
        record(&name("a"), NS, 0, b"\x01a\0"),
        record(&name("a"), NS, 0, b"\x01b\0"),
    ]
    .concat();
    assert_eq!(signed, [rrsig, records].concat());
    assert!(
        CanonicalRrset::from_rdatas(
            Class::IN,
            RrType(testing::SOA),
            [b"\0".as_slice()].into_iter()
        )
        .is_err()
    );
}

#[test]
fn signed_owner_follows_from_the_label_count() {
    let wildcard = |text: &str| Some(SignedOwner::Wildcard(text.parse().unwrap()));
    let table = [
        ("a.b.example", 3, Some(SignedOwner::AsIs)),
        ("a.b.example", 2, wildcard("*.b.example")),
        ("a.b.example", 0, wildcard("*")),
        ("a.b.example", 4, None),
        ("*.example", 1, Some(SignedOwner::AsIs)),
        ("*.example", 2, None),
        ("*.example", 0, wildcard("*")),
        (".", 0, Some(SignedOwner::AsIs)),
        (".", 1, None),
    ];
    for (owner, labels, expected) in table {
        assert_eq!(
            signed_owner(&owner.parse().unwrap(), labels),
            expected,
            "{owner} {labels}"
        );
    }
    let longest: Name = ["a"; 127].join(".").parse().unwrap();
    assert!(matches!(
        signed_owner(&longest, 126),
        Some(SignedOwner::Wildcard(_))
    ));
}
