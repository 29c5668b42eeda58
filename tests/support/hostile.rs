//! The worst answers: 64 KB each, made to be dear to read, group, judge and report. For `tests/timing/hostile_cost.rs`,
//! `tests/timing/on_time.rs` and `benches/worst.rs`, which include `src/dns/testing.rs` beside it.
#![allow(
    dead_code,
    reason = "each binary that includes this file uses a part of it"
)]

use std::iter;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
};

use crate::testing::{self, DNSKEY, NS, RRSIG, Response, SignatureFields, Signer, record};

pub const NOW: u32 = 1_800_000_000;
const ROOM: usize = 65_000;
const CNAME: u16 = 5;
const MINFO: u16 = 14;
const DNAME: u16 = 39;
const UNASSIGNED: u16 = 1000;
const RSASHA512: u8 = 10;
const P256: u8 = 13;
const P384: u8 = 14;
const ED25519: u8 = 15;

/// What a hostile server of the root answers.
pub struct Hostile {
    pub name: &'static str,
    /// The name that is asked for.
    pub qname: String,
    /// The answer to whatever is asked but DNSKEY.
    pub answer: Vec<u8>,
    /// The answer to the question for DNSKEY.
    pub keys: Vec<u8>,
    /// Whether a probe ends with `validation_limit_reached`, and not with what is wrong in a cheaper way.
    pub reaches_the_limit: bool,
    /// Whether its signatures are right.
    pub is_signed: bool,
}

impl Hostile {
    fn new(name: &'static str, answer: Vec<u8>, keys: Vec<u8>) -> Self {
        Self {
            name,
            qname: ".".to_owned(),
            answer,
            keys,
            reaches_the_limit: true,
            is_signed: false,
        }
    }

    fn know_edns(&mut self) {
        with_opt(&mut self.answer);
        with_opt(&mut self.keys);
    }

    fn cheap(self) -> Self {
        Self {
            reaches_the_limit: false,
            ..self
        }
    }
}

/// Every attack that is known here.
pub fn all() -> Vec<Hostile> {
    let mut all = vec![
        keytrap("KeyTrap with Ed25519 (CVE-2023-50387)", ED25519),
        keytrap("KeyTrap with P-256 (CVE-2023-50387)", P256),
        keytrap("KeyTrap with P-384 (CVE-2023-50387)", P384),
        rsa("RSA-8192, exponent 65537", &[3, 1, 0, 1]),
        rsa("RSA-8192, exponent 2^33-1", &[5, 1, 0xFF, 0xFF, 0xFF, 0xFF]),
        signatures_without_key(),
        names_that_grow(),
        names_that_grow_unsigned(),
        chains_of_pointers(),
        another_type_each(),
        another_owner_each(),
        cnames_with_dnames(),
        cnames_with_dnames_elsewhere(),
        nsec3_iterations(),
    ];
    all.iter_mut().for_each(Hostile::know_edns);
    all
}

/// Answers that are dear as text, against which modules that ask as blackbox_exporter does hold their regexps.
pub fn texts() -> Vec<Hostile> {
    // Each octet of a text becomes four letters, and each record a line with its owner's name.
    let octets = iter::repeat_n([&[0xFF; 1][..], &[0xFF; 255]].concat(), ROOM / 256)
        .flatten()
        .collect::<Vec<_>>();
    // Digits and letters that never come the same way again: an automaton made on the way has no end of states.
    let mut state = 1_u32;
    let mut any = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b"0123456789xyz=/,"[usize::try_from(state >> 28).unwrap()]
    };
    let anything = (0..ROOM / 256 * 256)
        .map(|at| if at % 256 == 0 { 0xFF } else { any() })
        .collect::<Vec<_>>();
    let labels = ["a", "b", "c"].map(|label| label.repeat(63)).join(".");
    let short = record(&[0xC0, 12], testing::TXT, 0, b"\x08key=1234");
    let many = iter::repeat_n(short, ROOM / 25 / 2);
    let answer = |name: &str, records: Vec<Vec<u8>>| {
        Response::to(name, testing::TXT).answer(records).octets()
    };
    let of = |case_name, answer: Vec<u8>| Hostile::new(case_name, answer.clone(), answer).cheap();
    vec![
        of(
            "one text of 64 KB, all of it escaped",
            answer("", vec![record(&[0], testing::TXT, 0, &octets)]),
        ),
        of(
            "one text of 64 KB, never the same twice",
            answer("", vec![record(&[0], testing::TXT, 0, &anything)]),
        ),
        of(
            "texts of few octets and long names",
            answer(&labels, many.collect()),
        ),
    ]
}

/// The one that leaves a machine the least to do beside it.
pub fn worst() -> Hostile {
    let mut worst = keytrap("KeyTrap with P-384", P384);
    worst.know_edns();
    worst
}

/// An OPT record at the end, without which a response is no answer to DNSSEC.
pub fn with_opt(message: &mut Vec<u8>) {
    message[11] += 1;
    message.extend(record(&[0], testing::OPT, 0x8000, &[]));
}

/// As many of `records` as one message holds.
pub fn filled(mut response: Response, records: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut size = response.octets().len();
    let fitting = records.take_while(|record| {
        size += record.len();
        size < ROOM
    });
    response.answer.extend(fitting);
    response.octets()
}

/// The root's keys, as many as fit.
pub fn key_message(keys: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    filled(
        Response::to(".", DNSKEY),
        keys.map(|key| record(&[0], DNSKEY, 0, &key)),
    )
}

/// The data that was asked for, so that the answer is one.
fn asked_for() -> Vec<u8> {
    record(&[0], NS, 0, &[0])
}

fn fields(algorithm: u8, key_tag: u16) -> SignatureFields {
    SignatureFields {
        type_covered: NS,
        algorithm,
        labels: 0,
        original_ttl: 0,
        expiration: NOW + 10,
        inception: NOW - 10,
        key_tag,
        signer: vec![0],
    }
}

/// Public key and a signature that is right, over something else: nothing fails before the last step.
fn key_and_signature(algorithm: u8, number: u8) -> (Vec<u8>, Vec<u8>) {
    let random = SystemRandom::new();
    let curve = match algorithm {
        P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
        P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => {
            let signer = Signer::new(number);
            let rrsig = signer.rrsig(&fields(algorithm, 0), &[0], &[]);
            return (
                signer.dnskey()[4..].to_vec(),
                rrsig[rrsig.len() - 64..].to_vec(),
            );
        }
    };
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8.as_ref(), &random).unwrap();
    let signature = pair.sign(&random, b"something else").unwrap();
    (
        pair.public_key().as_ref()[1..].to_vec(),
        signature.as_ref().to_vec(),
    )
}

/// Keys that are points of their curve and share a tag: flags that mean nothing make up for what is different.
fn colliding(algorithm: u8, count: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
    const ZONE_KEY_AND_REVOKE: u16 = 0x0180;
    let (first, signature) = key_and_signature(algorithm, 1);
    let dnskey =
        |flags: u16, key: &[u8]| [&flags.to_be_bytes(), [3, algorithm].as_slice(), key].concat();
    let wanted = testing::key_tag(&dnskey(0x0100, &first));
    let with_flags = |key: Vec<u8>| {
        // A tag is a sum, but for its carry.
        let missing = wanted.wrapping_sub(testing::key_tag(&dnskey(0, &key)));
        let may_sign = [missing.wrapping_sub(1), missing].into_iter();
        let may_sign = may_sign.filter(|flags| flags & ZONE_KEY_AND_REVOKE == 0x0100);
        may_sign
            .map(|flags| dnskey(flags, &key))
            .find(|dnskey| testing::key_tag(dnskey) == wanted)
    };
    let keys: Vec<_> = (1..=u8::MAX)
        .filter_map(|number| with_flags(key_and_signature(algorithm, number).0))
        .take(count)
        .collect();
    assert_eq!(keys.len(), count);
    (keys, signature)
}

/// Signatures over an RRset of its own each, so that the limit of an RRset starts anew; each may be by any of four keys.
fn keytrap(name: &'static str, algorithm: u8) -> Hostile {
    let (keys, signature) = colliding(algorithm, 8);
    let small = fields(algorithm, testing::key_tag(&keys[0]));
    let signed = (0..=u16::MAX).flat_map(|number| {
        let (rtype, original_ttl) = (UNASSIGNED + number / 4, u32::from(number));
        let fields = SignatureFields {
            type_covered: rtype,
            original_ttl,
            ..small.clone()
        };
        let rrsig = [fields.head(), signature.clone()].concat();
        [
            record(&[0], rtype, original_ttl, &number.to_be_bytes()),
            record(&[0], RRSIG, 0, &rrsig),
        ]
    });
    Hostile::new(
        name,
        filled(Response::to(".", NS), iter::once(asked_for()).chain(signed)),
        key_message(keys.into_iter()),
    )
}

/// The largest keys of one tag, with 8 octets of difference.
fn rsa(name: &'static str, exponent: &[u8]) -> Hostile {
    let keys: Vec<_> = (0..60_u8)
        .map(|number| {
            let mut modulus = vec![0xFF; 1024];
            (modulus[10], modulus[12]) = (number, 0xFF - number);
            [&[1, 0, 3, RSASHA512], exponent, &modulus].concat()
        })
        .collect();
    let small = fields(RSASHA512, testing::key_tag(&keys[0]));
    let signed = (0..60_u16).flat_map(|number| {
        let rtype = UNASSIGNED + number;
        let fields = SignatureFields {
            type_covered: rtype,
            ..small.clone()
        };
        let rrsig = [fields.head(), vec![0x7F; 1024]].concat();
        [record(&[0], rtype, 0, &[]), record(&[0], RRSIG, 0, &rrsig)]
    });
    Hostile::new(
        name,
        filled(Response::to(".", NS), iter::once(asked_for()).chain(signed)),
        key_message(keys.into_iter()),
    )
}

/// Every signature is held against every key, and no tag fits.
fn signatures_without_key() -> Hostile {
    let signatures = (0..=u32::MAX).map(|number| {
        let fields = SignatureFields {
            original_ttl: number,
            ..fields(ED25519, 1)
        };
        record(&[0], RRSIG, 0, &fields.head())
    });
    let keys = (0..=u16::MAX)
        .map(|number| [&[1, 0, 3, ED25519], number.to_be_bytes().as_slice()].concat());
    let answer = filled(
        Response::to(".", NS),
        iter::once(asked_for()).chain(signatures),
    );
    Hostile::new(
        "thousands of signatures, thousands of keys, none fits",
        answer,
        key_message(keys),
    )
    .cheap()
}

/// 253 octets of single-octet labels, so that one label more fits.
pub fn longest_name() -> String {
    vec!["A"; 126].join(".")
}

/// Records of 30 octets that hold two names of 255, in an RRset of an owner of 253: megabytes of canonical form.
fn growing() -> impl Iterator<Item = Vec<u8>> {
    (0..=u16::MAX).map(|number| {
        let [high, low] = number.to_be_bytes();
        let target = [2, high, low, 0xC0, 12 + 6];
        record(&[0xC0, 12], MINFO, 0, &[target, target].concat())
    })
}

fn names_that_grow() -> Hostile {
    let (keys, signature) = colliding(ED25519, 8);
    let small = fields(ED25519, testing::key_tag(&keys[0]));
    let signatures = (0..100_u32).map(|original_ttl| {
        let fields = SignatureFields {
            type_covered: MINFO,
            labels: 126,
            original_ttl,
            ..small.clone()
        };
        record(
            &[0xC0, 12],
            RRSIG,
            0,
            &[fields.head(), signature.clone()].concat(),
        )
    });
    let head = Response::to(&longest_name(), NS).answer(iter::once(asked_for()).chain(signatures));
    Hostile::new(
        "names that grow, signed",
        filled(head, growing()),
        key_message(keys.into_iter()),
    )
}

fn names_that_grow_unsigned() -> Hostile {
    let head = Response::to(&longest_name(), NS).answer([asked_for()]);
    let keys = key_message(iter::once(Signer::new(1).dnskey()));
    Hostile::new("names that grow, unsigned", filled(head, growing()), keys).cheap()
}

/// 126 labels, each followed by a pointer to the one before; every owner starts at its end, and so does every target.
fn chains_of_pointers() -> Hostile {
    let mut chain = vec![0];
    let start = 12 + 5 + 11;
    for hop in 0..126_u16 {
        let target = if hop == 0 {
            start
        } else {
            start + 1 + (hop - 1) * 4
        };
        chain.extend([1, b'a']);
        chain.extend((0xC000 | target).to_be_bytes());
    }
    let end = start + 1 + 125 * 4;
    let holder = record(&[0], 65_280, 0, &chain);
    let head = Response::to(".", NS).answer([holder, asked_for()]);
    let pointer = |to: u16| (0xC000 | to).to_be_bytes();
    let records = (0..=u16::MAX).map(|number| {
        record(
            &pointer(end - 4 * (number % 2)),
            MINFO,
            0,
            &[pointer(end), pointer(end)].concat(),
        )
    });
    let (keys, signature) = colliding(ED25519, 8);
    let small = fields(ED25519, testing::key_tag(&keys[0]));
    let signatures = (0..32_u16).map(|number| {
        let labels = u8::try_from(126 - number % 2).unwrap();
        let fields = SignatureFields {
            type_covered: MINFO,
            labels,
            original_ttl: number.into(),
            ..small.clone()
        };
        record(
            &pointer(end - 4 * (number % 2)),
            RRSIG,
            0,
            &[fields.head(), signature.clone()].concat(),
        )
    });
    let records = signatures.collect::<Vec<_>>().into_iter().chain(records);
    Hostile::new(
        "chains of 127 pointers",
        filled(head, records),
        key_message(keys.into_iter()),
    )
}

fn another_type_each() -> Hostile {
    let records =
        (0..=u16::MAX).map(|number| record(&[0xC0, 12], UNASSIGNED + number % 60_000, 0, &[]));
    let head = Response::to(&longest_name(), NS).answer([asked_for()]);
    let keys = key_message(iter::once(Signer::new(1).dnskey()));
    Hostile::new("another type each", filled(head, records), keys)
}

fn another_owner_each() -> Hostile {
    let records = (0..=u16::MAX).map(|number| {
        let [high, low] = number.to_be_bytes();
        record(&[2, high, low, 0xC0, 12 + 6], 1, 0, &[])
    });
    let head = Response::to(&longest_name(), NS).answer([asked_for()]);
    let keys = key_message(iter::once(Signer::new(1).dnskey()));
    Hostile::new("another owner each", filled(head, records), keys)
}

/// Each unsigned CNAME may have been made from any DNAME above it.
fn cnames_with_dnames() -> Hostile {
    let records = (0..=u16::MAX).map(|number| {
        let [high, low] = number.to_be_bytes();
        match number % 2 {
            0 => record(&[2, high, low, 0xC0, 12 + 6], CNAME, 0, &[0]),
            _ => record(&[2, high, low, 0xC0, 12 + 8], DNAME, 0, &[0]),
        }
    });
    let head = Response::to(&longest_name(), NS).answer([asked_for()]);
    let keys = key_message(iter::once(Signer::new(1).dnskey()));
    Hostile::new("CNAMEs beside DNAMEs", filled(head, records), keys)
}

/// As many CNAMEs of as many labels as are judged, and DNAMEs of one label, none of which stands above them.
fn cnames_with_dnames_elsewhere() -> Hostile {
    let records = (0..=u16::MAX).map(|number| {
        let [high, low] = number.to_be_bytes();
        match number {
            ..120 => record(&[2, high, low, 0xC0, 12 + 6], CNAME, 0, &[0]),
            _ => record(&[2, high, low, 0], DNAME, 0, &[0]),
        }
    });
    let head = Response::to(&longest_name(), NS).answer([asked_for()]);
    let keys = key_message(iter::once(Signer::new(1).dnskey()));
    Hostile::new(
        "CNAMEs beside DNAMEs elsewhere",
        filled(head, records),
        keys,
    )
}

/// NXDOMAIN for a name of 120 labels, each of whose ancestors is to be hashed, by NSEC3 with all the iterations that are
/// taken and the longest salt; its signatures are right, and nothing else is (CVE-2023-50868).
fn nsec3_iterations() -> Hostile {
    const NSEC3: u16 = 50;
    const ITERATIONS: u16 = 150;
    let (signer, qname) = (Signer::new(1), vec!["a"; 120].join("."));
    let with_rrsig = |owner: Vec<u8>, rtype: u16, labels: u8, rdata: Vec<u8>| {
        let fields = SignatureFields {
            type_covered: rtype,
            labels,
            ..fields(ED25519, signer.key_tag())
        };
        let rrsig = signer.rrsig(&fields, &owner, std::slice::from_ref(&rdata));
        [
            record(&owner, rtype, 0, &rdata),
            record(&owner, RRSIG, 0, &rrsig),
        ]
    };
    let salted = [
        [1, 0].as_slice(),
        &ITERATIONS.to_be_bytes(),
        &[255],
        &[7; 255],
        &[20],
    ]
    .concat();
    let nsec3 = |number: u8| {
        let owner = [
            &[32],
            [b'0'; 30].as_slice(),
            &[b'0' + number / 10, b'0' + number % 10, 0],
        ]
        .concat();
        with_rrsig(
            owner,
            NSEC3,
            1,
            [salted.as_slice(), &[number; 20], &[0, 1, 0x40]].concat(),
        )
    };
    let soa = with_rrsig(vec![0], testing::SOA, 0, vec![0; 22]);
    let mut response = Response {
        flags: 0x8403,
        ..Response::to(&qname, NS)
    };
    response.authority = soa.into_iter().chain((1..90).flat_map(nsec3)).collect();
    let hostile = Hostile::new(
        "NSEC3 iterations (CVE-2023-50868)",
        response.octets(),
        key_message(iter::once(signer.dnskey())),
    );
    Hostile {
        qname,
        is_signed: true,
        ..hostile
    }
}
