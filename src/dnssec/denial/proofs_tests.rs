//! Records that prove nothing, whoever signed them.

use super::*;
use crate::dns::testing::{self, RRSIG, Response, SignatureFields, Signer, rdata_of, record};
use crate::dns::{Dnskey, Message, Section, Timestamp};
use crate::dnssec::denial::testing::{ask, name, proofs};
use crate::dnssec::{Budget, Dnskeys, RrsetVerdict, validate_rrset};

const NOW: u32 = 1_800_000_000;
const HASH: &str = "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM";
const NEXT: &str = "2t7b4g4vsa5smi47k61mv5bv1a22bojr";

/// What the one record of `line` proves for `example` when its zone's key signed it as `signed` and it is shown as `shown`.
fn verified(line: &str, signed: &str, shown: &str) -> Proofs {
    let key = Signer::new(1);
    let written = testing::records(line).remove(0);
    let rdata = rdata_of(&written);
    let rtype = u16::from_be_bytes(
        written[written.len() - rdata.len() - 10..][..2]
            .try_into()
            .unwrap(),
    );
    let fields = SignatureFields {
        type_covered: rtype,
        algorithm: Signer::ALGORITHM,
        labels: name(signed).rrsig_label_count(),
        original_ttl: 0,
        expiration: NOW + 1,
        inception: NOW - 1,
        key_tag: key.key_tag(),
        signer: testing::name("example"),
    };
    let rrsig = key.rrsig(&fields, &testing::name(signed), &[rdata.to_vec()]);
    let owner = testing::name(shown);
    let answer = [
        record(&owner, rtype, 0, rdata),
        record(&owner, RRSIG, 0, &rrsig),
    ];
    let message = Message::read(Response::to("example", rtype).answer(answer).octets()).unwrap();
    let keys = Dnskeys {
        zone: name("example"),
        keys: vec![Dnskey::read(&key.dnskey()).unwrap()],
    };
    let rrsets = Rrset::group(&message, Section::Answer);
    let validation = validate_rrset(
        &rrsets[0],
        &keys,
        Timestamp(NOW.into()),
        &mut Budget::default(),
    );
    let RrsetVerdict::Valid(verified) = validation.verdict else {
        panic!("{validation:?}")
    };
    Proofs::new(&name("example"), [(&rrsets[0], &verified)])
}

#[test]
fn expanded_wildcard_proves_nothing() {
    let nsec = "*.example. 0 IN NSEC z.example. A RRSIG NSEC";
    let as_signed = verified(nsec, "*.example", "*.example");
    assert_eq!(
        ask(&as_signed, "nodata *.example MX", &mut Budget::default()),
        "nodata"
    );
    // CVE-2017-15105: the same signature holds for any owner that the server makes up.
    let made = verified(nsec, "*.example", "b.example");
    assert!(made.is_empty());
    assert_eq!(
        ask(&made, "nodata b.example MX", &mut Budget::default()),
        "nsec_missing"
    );
    let nsec3 = format!("{HASH}.example. 0 IN NSEC3 1 0 0 - {NEXT} A");
    assert!(
        !verified(
            &nsec3,
            &format!("{}.example", HASH.to_lowercase()),
            &format!("{HASH}.example")
        )
        .is_empty()
    );
    assert!(verified(&nsec3, "*.example", &format!("{HASH}.example")).is_empty());
}

#[test]
fn names_outside_the_zone_are_ignored() {
    let table = [
        ("a.example. 0 IN NSEC b.example. A", true),
        ("A.EXAMPLE. 0 IN NSEC B.EXAMPLE. A", true),
        ("a.example. 0 IN NSEC b.other. A", false),
        ("a.example. 0 IN NSEC . A", false),
        ("a.other. 0 IN NSEC b.example. A", false),
        ("example.other. 0 IN NSEC b.example. A", false),
        (". 0 IN NSEC example. NS SOA", false),
    ];
    for (line, taken) in table {
        assert_eq!(
            proofs("example", line).nsecs.len(),
            usize::from(taken),
            "{line}"
        );
    }
}

#[test]
fn nsec3_owner_must_be_a_hash_below_the_apex() {
    let table = [
        (format!("{HASH}.example"), true),
        (HASH.to_lowercase() + ".Example", true),
        (format!("{HASH}.a.example"), false),
        (format!("{HASH}.other"), false),
        (format!("{HASH}."), false),
        ("example".to_owned(), false),
        // W is not in base32hex, and 31, 33 and 56 digits are no SHA-1.
        (format!("W{}.example", &HASH[1..]), false),
        (format!("{}.example", &HASH[1..]), false),
        (format!("0{HASH}.example"), false),
        (format!("{HASH}{}.example", &HASH[..24]), false),
    ];
    for (owner, taken) in table {
        let line = format!("{owner}. 0 IN NSEC3 1 0 0 - {NEXT} A").replace("..", ".");
        assert_eq!(
            proofs("example", &line).nsec3_chain.is_some(),
            taken,
            "{line}"
        );
    }
    let of_root = proofs(".", &format!("{HASH}. 0 IN NSEC3 1 0 0 - {NEXT} A"));
    assert!(of_root.nsec3_chain.is_some());
}

#[test]
fn nsec3_with_unknown_parameters_is_ignored() {
    let owner = testing::name(&format!("{HASH}.example"));
    let rdata = |algorithm, flags, size| {
        [
            &[algorithm, flags, 0, 0, 0, size],
            vec![7; size.into()].as_slice(),
        ]
        .concat()
    };
    let table = [
        (rdata(1, 0, 20), Some(false)),
        (rdata(1, 1, 20), Some(true)),
        (rdata(1, 2, 20), None),
        (rdata(1, 3, 20), None),
        (rdata(1, 0x80, 20), None),
        (rdata(0, 0, 20), None),
        (rdata(2, 0, 20), None),
        (rdata(1, 0, 19), None),
        (rdata(1, 0, 21), None),
        (vec![1, 0, 0, 0, 0, 20], None),
    ];
    for (rdata, opt_out) in table {
        let answer = [record(&owner, RrType::NSEC3.0, 0, &rdata)];
        let message = Message::read(
            Response::to("example", testing::SOA)
                .answer(answer)
                .octets(),
        )
        .unwrap();
        let mut proofs = Proofs::new(&name("example"), []);
        proofs.add(&Rrset::group(&message, Section::Answer)[0]);
        assert_eq!(
            proofs.nsec3_chain.map(|chain| chain.records[0].opt_out),
            opt_out,
            "{rdata:?}"
        );
    }
}

#[test]
fn owner_with_two_nsec_records_is_ignored() {
    let (first, second) = (
        "a.example. 0 IN NSEC c.example. A",
        "a.example. 0 IN NSEC b.example. A",
    );
    assert_eq!(
        proofs("example", &format!("{first}\n{first}")).nsecs.len(),
        1
    );
    assert!(proofs("example", &format!("{first}\n{second}")).is_empty());
    let hashed = |flags| format!("{HASH}.example. 0 IN NSEC3 1 {flags} 0 - {NEXT} A");
    assert!(proofs("example", &format!("{}\n{}", hashed(0), hashed(1))).is_empty());
}

#[test]
fn only_one_set_of_nsec3_parameters_is_used() {
    let line = |owner: &str, iterations, salt| {
        format!("{owner}.example. 0 IN NSEC3 1 0 {iterations} {salt} {NEXT} A")
    };
    let lines = [
        line(HASH, 5, "ab"),
        line(NEXT, 6, "ab"),
        line(NEXT, 5, "cd"),
        line(NEXT, 5, "-"),
        line(NEXT, 5, "AB"),
    ];
    for (taken, expected) in [(&lines[..1], 1), (&lines[..2], 1), (&lines[..4], 1)] {
        // Of one owner there may be one record only, so each stands alone.
        let mut proofs = Proofs::new(&name("example"), []);
        for line in taken.iter().chain(&lines[4..]) {
            let message = Response::to("example", testing::SOA)
                .answer(testing::records(line))
                .octets();
            proofs.add(&Rrset::group(&Message::read(message).unwrap(), Section::Answer)[0]);
        }
        let chain = proofs.nsec3_chain.unwrap();
        assert_eq!(
            (chain.iterations, &*chain.salt, chain.records.len()),
            (5, &[0xAB][..], expected + 1)
        );
    }
}

#[test]
fn other_types_and_classes_are_ignored() {
    assert!(proofs("example", "a.example. 0 IN A 192.0.2.1").is_empty());
    let nsec = "a.example. 0 IN NSEC c.example. A RRSIG NSEC";
    assert!(!verified(nsec, "a.example", "a.example").is_empty());
    let owner = testing::name("a.example");
    let chaos: Vec<u8> = [
        &owner[..],
        &RrType::NSEC.0.to_be_bytes(),
        &[0, 3, 0, 0, 0, 0, 0, 1, 0],
    ]
    .concat();
    let message = Message::read(
        Response::to("example", testing::SOA)
            .answer([chaos])
            .octets(),
    )
    .unwrap();
    assert_eq!(message.answer[0].class, Class::CH);
    let rrset = &Rrset::group(&message, Section::Answer)[0];
    let mut proofs = Proofs::new(&name("."), []);
    proofs.add(rrset);
    assert!(proofs.is_empty());
}
