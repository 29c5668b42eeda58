//! The walk over a response: an ordinary signed SOA answer, a zone of 60 records, and 64 KB made to hurt.
//!
//! Floor: `copy`, the octets copied once, which nothing that keeps the message can do without. Beside it, for scale,
//! `hickory`: hickory-proto's full decoding of the same octets (not of the hostile ones, which take it a fifth of a second).

#[path = "../src/dns/testing.rs"]
mod testing;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use outsidein::dns::{Message, Rrset, Section};

fn signed_answer(records: usize) -> Vec<u8> {
    let mut all = testing::records(include_str!("../tests/rfc/rfc4035-appendix-a.zone"));
    all.truncate(records);
    testing::Response::to("example.", testing::SOA)
        .answer(all)
        .octets()
}

/// As many compression pointers as a message can hold, each to the one before: a reader without a cap follows them all.
fn pointer_chain() -> Vec<u8> {
    let mut octets = vec![0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    octets.push(0);
    while octets.len() < 0x3F00 {
        let to = u16::try_from(octets.len() - 2).expect("below 16 KB");
        octets.extend_from_slice(&(0xC000 | to).to_be_bytes());
    }
    octets.resize(65_535, 0);
    octets
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for records in [2, 60] {
        let octets = signed_answer(records);
        let message = Message::read(octets.clone()).expect("a message");
        assert_eq!(message.answer.len(), records);
        group.throughput(Throughput::Bytes(octets.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("walk", records),
            &octets,
            |bencher, octets| {
                bencher.iter(|| Message::read(black_box(octets.as_slice())));
            },
        );
        group.bench_with_input(
            BenchmarkId::new("group", records),
            &message,
            |bencher, message| {
                bencher.iter(|| Rrset::group(black_box(message), Section::Answer));
            },
        );
        group.bench_with_input(
            BenchmarkId::new("copy", records),
            &octets,
            |bencher, octets| {
                bencher.iter(|| Box::<[u8]>::from(black_box(octets.as_slice())));
            },
        );
        group.bench_with_input(
            BenchmarkId::new("hickory", records),
            &octets,
            |bencher, octets| {
                bencher.iter(|| hickory_proto::op::Message::from_vec(black_box(octets)));
            },
        );
    }
    let hostile = pointer_chain();
    group.throughput(Throughput::Bytes(hostile.len() as u64));
    group.bench_function("walk/pointer-chain", |bencher| {
        bencher.iter(|| Message::read(black_box(hostile.as_slice())));
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
