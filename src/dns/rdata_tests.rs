//! RFC 4034 section 6.2 as amended by RFC 6840 section 5.1: which names of which types are lower-cased, and nothing else.

use super::*;
use crate::dns::testing;

/// A name in mixed case, compressed: `Ns` in front of the question's `eXample`.
const COMPRESSED: &[u8] = b"\x02Ns\xC0\x0C";
/// The same name in canonical form.
const CANONICAL: &[u8] = b"\x02ns\x07example\0";

/// The canonical form of RDATA that stands behind a question for `eXample`.
fn canonical(rtype: RrType, rdata: &[u8]) -> Result<Vec<u8>, WireError> {
    let head = [[0; 12].as_slice(), &testing::name("eXample"), &[0, 1, 0, 1]].concat();
    let message = [head.as_slice(), rdata, b"behind the RDATA"].concat();
    let mut into = Vec::new();
    canonical_rdata(
        rtype,
        &message,
        head.len()..head.len() + rdata.len(),
        &mut into,
    )
    .map(|()| into)
}

/// Each type with its RDATA in pieces; the names in mixed case stand between them.
fn types_with_names() -> Vec<(RrType, Vec<&'static [u8]>)> {
    let single = [
        RrType::NS,
        RrType::MD,
        RrType::MF,
        RrType::CNAME,
        RrType::MB,
        RrType::MG,
        RrType::MR,
        RrType::PTR,
        RrType::DNAME,
    ];
    let preference: [&[u8]; 2] = [b"\0\x0A", b""];
    let preferred = [RrType::MX, RrType::AFSDB, RrType::RT, RrType::KX]
        .map(|rtype| (rtype, preference.to_vec()));
    let fixed: Vec<(RrType, Vec<&[u8]>)> = vec![
        (RrType::MINFO, vec![b"", b"", b""]),
        (RrType::RP, vec![b"", b"", b""]),
        (RrType::SOA, vec![b"", b"", b"ABCDEFGHIJKLMNOPQRST"]),
        (RrType::PX, vec![b"\0\x01", b"", b""]),
        (RrType::SRV, vec![b"\0A\0B\0C", b""]),
        (RrType::NAPTR, vec![b"\0A\0B\x01U\x07E2U+SIP\x05!A!B!", b""]),
        (
            RrType::RRSIG,
            vec![b"\0A\x08\x02ABCDEFGHIJKLMN", b"SIGNATURE"],
        ),
        (
            RrType::SIG,
            vec![b"\0A\x08\x02ABCDEFGHIJKLMN", b"SIGNATURE"],
        ),
        (RrType::NXT, vec![b"", b"BITS"]),
        (RrType::A6, vec![b"\x40ABCDEFGH", b""]),
        (RrType::A6, vec![b"\x80", b""]),
        (RrType::A6, vec![b"\x01ABCDEFGHIJKLMNOP", b""]),
    ];
    let single = single.map(|rtype| (rtype, vec![b"".as_slice(), b""]));
    single.into_iter().chain(preferred).chain(fixed).collect()
}

#[test]
fn only_names_are_decompressed_and_lowercased() {
    for (rtype, pieces) in types_with_names() {
        let (received, expected) = (pieces.join(COMPRESSED), pieces.join(CANONICAL));
        assert_eq!(canonical(rtype, &received), Ok(expected.clone()), "{rtype}");
        assert_eq!(
            canonical(rtype, &expected),
            Ok(expected),
            "{rtype}, canonical already"
        );
    }
}

#[test]
fn rdata_of_wrong_length_is_rejected() {
    for (rtype, pieces) in types_with_names() {
        let whole = pieces.join(COMPRESSED);
        // What ends in "all that is left" cannot be too long, and can lack only what stands before.
        let open_ended = matches!(rtype, RrType::RRSIG | RrType::SIG | RrType::NXT);
        let needed = if open_ended {
            whole.len() - pieces[pieces.len() - 1].len()
        } else {
            whole.len()
        };
        for length in 0..needed {
            assert!(
                canonical(rtype, &whole[..length]).is_err(),
                "{rtype}, {length} octets of {needed}"
            );
        }
        let longer = [whole.as_slice(), b"\0"].concat();
        assert_eq!(canonical(rtype, &longer).is_ok(), open_ended, "{rtype}");
    }
    let a6 = |rdata: &[u8]| canonical(RrType::A6, rdata).map_err(|error| error.problem);
    assert_eq!(
        a6(&[0; 17]),
        Ok(vec![0; 17]),
        "prefix 0: an address and no name"
    );
    assert_eq!(a6(&[129]), Err("an A6 prefix above 128"));
    assert_eq!(
        a6(b"\x7B\x1F\x01A\0"),
        Ok(b"\x7B\x1F\x01a\0".to_vec()),
        "5 bits take one octet"
    );
}

#[test]
fn other_types_are_copied_unchanged() {
    let untouched = [
        RrType::TXT,
        RrType::HINFO,
        RrType::DS,
        RrType::NSEC3,
        RrType::CAA,
        RrType::URI,
        RrType::TLSA,
        RrType::LP,
        RrType::IPSECKEY,
        RrType::HIP,
        RrType::TALINK,
        RrType::NSAP_PTR,
        RrType::CSYNC,
        // Names that must not be lower-cased (RFC 3597 section 7), and are not decompressed.
        RrType::AMTRELAY,
        RrType(65_280),
    ];
    for rtype in untouched {
        for rdata in [
            b"\x02Ns\x07eXample\0\0\x01\x40".as_slice(),
            COMPRESSED,
            b"",
            b"\xC0",
        ] {
            assert_eq!(
                canonical(rtype, rdata),
                Ok(rdata.to_vec()),
                "{rtype} {rdata:?}"
            );
        }
    }
}

/// RFC 6840 section 5.1, RFC 9460 section 2.2.
#[test]
fn names_in_newer_types_are_decompressed_in_their_case() {
    const BITMAP_OR_PARAMETERS: &[u8] = &[0, 1, 0x40];
    for (rtype, head) in [
        (RrType::NSEC, [].as_slice()),
        (RrType::SVCB, &[0, 1]),
        (RrType::HTTPS, &[0, 1]),
    ] {
        let with_name = |name: &[u8]| [head, name, BITMAP_OR_PARAMETERS].concat();
        let uncompressed = with_name(b"\x02Ns\x07eXample\0");
        assert_eq!(canonical(rtype, &uncompressed), Ok(uncompressed.clone()));
        let compressed = with_name(COMPRESSED);
        assert_eq!(canonical(rtype, &compressed), Ok(uncompressed), "{rtype}");
    }
}

#[test]
fn compression_is_allowed_in_types_of_rfc_1035_alone() {
    let is_forbidden = |rtype, head: &[u8], name: &[u8]| {
        let question = [[0; 12].as_slice(), &testing::name("eXample"), &[0, 1, 0, 1]].concat();
        let message = [&question, head, name].concat();
        has_forbidden_compression(rtype, &message, question.len()..message.len())
    };
    for rtype in [RrType::NS, RrType::CNAME, RrType::PTR] {
        assert!(!is_forbidden(rtype, &[], COMPRESSED), "{rtype}");
    }
    assert!(!is_forbidden(RrType::MX, &[0, 10], COMPRESSED));
    for (rtype, head_size) in [
        (RrType::DNAME, 0),
        (RrType::NSEC, 0),
        (RrType::SVCB, 2),
        (RrType::SRV, 6),
        (RrType::RRSIG, 18),
    ] {
        let head = &[0; 18][..head_size];
        assert!(is_forbidden(rtype, head, COMPRESSED), "{rtype}");
        assert!(
            !is_forbidden(rtype, head, b"\x02Ns\x07eXample\0"),
            "{rtype}"
        );
    }
    assert!(
        !is_forbidden(RrType::TXT, &[], COMPRESSED),
        "it has no names"
    );
}

#[test]
fn fixed_length_types_are_checked() {
    for (rtype, right) in [(RrType::A, 4), (RrType::AAAA, 16)] {
        for length in 0..20 {
            let rdata = vec![7; length];
            assert_eq!(
                canonical(rtype, &rdata).is_ok(),
                length == right,
                "{rtype} of {length} octets"
            );
        }
    }
    assert!(canonical(RrType::DNSKEY, &[1, 1, 3]).is_err());
    assert_eq!(
        canonical(RrType::DNSKEY, &[1, 1, 3, 13]),
        Ok(vec![1, 1, 3, 13])
    );
}

#[test]
fn rdata_outside_the_message_is_an_error() {
    for range in [0..5, 4..5, 5..6] {
        assert!(
            canonical_rdata(RrType::A, &[0; 4], range.clone(), &mut Vec::new()).is_err(),
            "{range:?}"
        );
    }
    // A pointer into the RDATA's own name, and a name that runs out of the RDATA into the message.
    assert!(canonical(RrType::NS, &[1, b'a', 0xC0, 24]).is_err());
    assert!(canonical(RrType::NS, &[16]).is_err());
}
