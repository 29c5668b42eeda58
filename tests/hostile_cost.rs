//! What the worst message costs: 64 KB made to be dear to read, group, judge and print. Time is bounded by the message's size
//! and the budget, whatever stands in it.
//!
//! Run in release mode for the numbers: `cargo test --release --test hostile_cost -- --nocapture --test-threads=1`.

#[path = "../src/dns/testing.rs"]
mod testing;

use std::time::{Duration, Instant};

use outsidein::dns::{Message, Name, Rrset, Section, Timestamp, dig};
use outsidein::dnssec::{Budget, Dnskeys, Judgement, Reason, judge};
use testing::{DNSKEY, MX, NS, RRSIG, Response, SignatureFields, Signer, name, record};

const NOW: u32 = 1_800_000_000;
/// What a message may cost when nothing is left out, the 50 ms of the verification budget among it.
const LIMIT: Duration = if cfg!(debug_assertions) { Duration::from_secs(5) } else { Duration::from_millis(250) };
const ROOM: usize = 65_000;

/// As many of `records` as one message holds.
fn filled(mut response: Response, records: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut size = response.octets().len();
    let fitting = records.take_while(|record| {
        size += record.len();
        size < ROOM
    });
    response.answer.extend(fitting);
    response.octets()
}

/// 253 octets of single-octet labels, so that one label more fits.
fn longest_name() -> String {
    vec!["A"; 126].join(".")
}

fn fields(signer: &Signer, rtype: u16, signer_name: &[u8], labels: u8) -> SignatureFields {
    SignatureFields {
        type_covered: rtype,
        algorithm: Signer::ALGORITHM,
        labels,
        original_ttl: 0,
        expiration: NOW + 10,
        inception: NOW - 10,
        key_tag: signer.key_tag(),
        signer: signer_name.to_vec(),
    }
}

/// RRSIG RDATA of a signature that no key made.
fn forged(fields: &SignatureFields) -> Vec<u8> {
    [fields.head(), vec![0; 64]].concat()
}

/// Keys of one tag: two octet pairs differ, and their sum does not.
fn colliding_keys(signer: &Signer) -> impl Iterator<Item = Vec<u8>> {
    let (key, key_tag) = (signer.dnskey(), signer.key_tag());
    (0..=u8::MAX).flat_map(move |high| {
        let key = key.clone();
        (0..=u8::MAX).filter_map(move |low| {
            let mut key = key.clone();
            (key[4], key[5]) = (key[4].wrapping_add(high), key[5].wrapping_add(low));
            (key[6], key[7]) = (key[6].wrapping_sub(high), key[7].wrapping_sub(low));
            (testing::key_tag(&key) == key_tag).then_some(key)
        })
    })
}

/// What each step took, and how many RRsets the budget stopped.
struct Cost {
    work: Duration,
    printing: Duration,
    stopped: usize,
    text: String,
}

/// The least of three runs, since other tests run beside this one; how many RRsets the budget stopped.
fn measure(what: &str, octets: &[u8], keys: &[u8], zone: &str) -> usize {
    let runs = (0..3).map(|_| run(octets, keys, zone));
    let Cost { work, printing, stopped, text } = runs.min_by_key(|cost| cost.work + cost.printing).unwrap();
    println!("{what}: {} octets, {text}; together {work:?}, dig {printing:?}", octets.len());
    assert!(work < LIMIT, "{what}: {work:?}");
    // Printed for the operator who asks for a transcript, and by hickory, whose names follow pointers less fast.
    assert!(printing < LIMIT * 4, "{what}: dig took {printing:?}");
    stopped
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let result = work();
    (result, begun.elapsed())
}

fn run(octets: &[u8], keys: &[u8], zone: &str) -> Cost {
    let (message, read) = timed(|| Message::read(octets).unwrap());
    let (rrsets, group) = timed(|| Rrset::group(&message, Section::Answer));
    let zone: Name = zone.parse().unwrap();
    let key_message = Message::read(keys).unwrap();
    let (keys, read_keys) = timed(|| {
        let rrsets = Rrset::group(&key_message, Section::Answer);
        rrsets.iter().find_map(|rrset| Dnskeys::new(zone.clone(), rrset)).unwrap_or(Dnskeys::none(zone.clone()))
    });
    let mut budget = Budget::default();
    let mut verdict = |rrset: &Rrset<'_>| judge(rrset, &keys, Timestamp(NOW.into()), &mut budget).judgement;
    let (judgements, judging) = timed(|| rrsets.iter().map(&mut verdict).collect::<Vec<_>>());
    let (_, printing) = timed(|| dig(&message));
    let stopped = Judgement::Undecided(Reason::ValidationLimitReached);
    Cost {
        work: read + group + read_keys + judging,
        printing,
        stopped: judgements.iter().filter(|&judgement| *judgement == stopped).count(),
        text: format!(
            "{} records, {} RRsets, {} keys: read {read:?}, group {group:?}, keys {read_keys:?}, judge {judging:?}",
            message.answer.len(),
            rrsets.len(),
            keys.keys.len()
        ),
    }
}

fn key_message(zone: &str, keys: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let owner = name(zone);
    let pointer = [0xC0, 12];
    let owner = if zone == "." { owner } else { pointer.to_vec() };
    filled(Response::to(zone, DNSKEY), keys.map(|key| record(&owner, DNSKEY, 0, &key)))
}

#[test]
fn records_that_grow_by_decompression() {
    let signer = Signer::new(1);
    let long = longest_name();
    // Each target is another name of 255 octets in 4 octets; the first is the longest to sort by.
    for (what, rtype, head) in [("NS", NS, &[][..]), ("MX", MX, &[0, 1])] {
        let rdatas = (0..=u16::MAX).map(|number| {
            let label = number.to_be_bytes();
            let tail: &[u8] = if rtype == NS { &[2, label[0], label[1], 0xC0, 12 + 6] } else { &[0xC0, 12] };
            let head: &[u8] = if rtype == NS { head } else { &label };
            [head, tail].concat()
        });
        let fields = fields(&signer, rtype, &[0], 126);
        let records = rdatas.map(|rdata| record(&[0xC0, 12], rtype, 0, &rdata));
        let signatures = (0..100_u32).map(|number| {
            record(&[0xC0, 12], RRSIG, 0, &forged(&SignatureFields { original_ttl: number, ..fields.clone() }))
        });
        let octets = filled(Response::to(&long, rtype).answer(signatures), records);
        let keys = key_message(".", std::iter::once(signer.dnskey()).chain(colliding_keys(&signer)));
        assert_eq!(measure(what, &octets, &keys, "."), 1, "{what}");
    }
}

#[test]
fn names_of_127_pointers() {
    // A chain of 126 labels, each followed by a pointer to the one before; every owner starts at its end.
    let mut chain = vec![0];
    let start = 12 + 5 + 11;
    for hop in 0..126_u16 {
        let target = if hop == 0 { start } else { start + 1 + (hop - 1) * 4 };
        chain.extend([1, b'a']);
        chain.extend((0xC000 | target).to_be_bytes());
    }
    let end = start + 1 + 125 * 4;
    let holder = record(&[0], 65_280, 0, &chain);
    let response = Response::to(".", NS).answer([holder]);
    assert_eq!(response.octets()[usize::from(start)], 0);
    for (what, owners) in [("one owner", 1_u16), ("125 owners", 125)] {
        let records = (0..=u16::MAX).map(|number| {
            let owner = (0xC000 | (end - 4 * (number % owners))).to_be_bytes();
            record(&owner, NS, 0, &(0xC000 | end).to_be_bytes())
        });
        let octets = filled(response.clone(), records);
        assert_eq!(measure(&format!("127 pointers, {what}"), &octets, &key_message(".", std::iter::empty()), "."), 0);
    }
}

#[test]
fn every_record_another_rrset() {
    let long = longest_name();
    let records = (0..=u16::MAX).map(|number| record(&[0xC0, 12], 1000 + number % 60_000, 0, &[]));
    let keys = key_message(".", std::iter::empty());
    measure("another type each", &filled(Response::to(&long, NS), records), &keys, ".");
    let records = (0..=u16::MAX).map(|number| {
        let label = number.to_be_bytes();
        record(&[2, label[0], label[1], 0xC0, 12 + 6], 1, 0, &[])
    });
    measure("another owner each", &filled(Response::to(&long, NS), records), &keys, ".");
}

#[test]
fn hundreds_of_signatures_times_thousands_of_keys() {
    let signer = Signer::new(1);
    let keys = key_message(".", colliding_keys(&signer));
    let small = fields(&signer, NS, &[0], 0);
    let signatures = (0..=u32::MAX)
        .map(|number| record(&[0], RRSIG, 0, &forged(&SignatureFields { original_ttl: number, ..small.clone() })));
    let data = record(&[0], NS, 0, &[0]);
    let octets = filled(Response::to(".", NS).answer([data]), signatures);
    assert_eq!(measure("one RRset, colliding keys", &octets, &keys, "."), 1);
    // Signatures whose tag no key has: every key is looked at.
    let missing = (0..=u32::MAX).map(|number| {
        let fields = SignatureFields { original_ttl: number, key_tag: 1, ..small.clone() };
        record(&[0], RRSIG, 0, &fields.head())
    });
    let tiny_keys = (0..=u16::MAX).map(|number| [&[1, 0, 3, 15], number.to_be_bytes().as_slice()].concat());
    let keys = key_message(".", tiny_keys);
    let data = record(&[0], NS, 0, &[0]);
    let octets = filled(Response::to(".", NS).answer([data]), missing);
    assert_eq!(measure("one RRset, no key fits", &octets, &keys, "."), 0);
    // Every signature over an RRset of its own, so that the limit of each RRset starts anew.
    let many = (0..=u16::MAX).flat_map(|number| {
        let rtype = 1000 + number;
        let signature = SignatureFields { type_covered: rtype, ..small.clone() };
        [record(&[0], rtype, 0, &[]), record(&[0], RRSIG, 0, &forged(&signature))]
    });
    let keys = key_message(".", std::iter::once(signer.dnskey()));
    assert_eq!(measure("an RRset for each signature", &filled(Response::to(".", NS), many), &keys, "."), 118);
}

#[test]
fn rsa_keys_as_large_as_they_get() {
    for (what, exponent) in [("65537", &[3, 1, 0, 1][..]), ("2^33-1", &[5, 1, 0xFF, 0xFF, 0xFF, 0xFF])] {
        let keys: Vec<_> = (0..=200_u8)
            .map(|number| {
                let mut modulus = vec![0xFF; 1024];
                (modulus[10], modulus[12]) = (number, 0xFF - number);
                [&[1, 0, 3, 8], exponent, &modulus].concat()
            })
            .collect();
        let key_tag = testing::key_tag(&keys[0]);
        let small = SignatureFields { key_tag, algorithm: 8, ..fields(&Signer::new(1), NS, &[0], 0) };
        let signatures = (0..60_u16).flat_map(|number| {
            let rtype = 1000 + number;
            let signature =
                [SignatureFields { type_covered: rtype, ..small.clone() }.head(), vec![0x7F; 1024]].concat();
            [record(&[0], rtype, 0, &[]), record(&[0], RRSIG, 0, &signature)]
        });
        let octets = filled(Response::to(".", NS), signatures);
        let stopped = measure(&format!("RSA-8192, exponent {what}"), &octets, &key_message(".", keys.into_iter()), ".");
        assert!(stopped > 30, "{stopped}");
    }
}
