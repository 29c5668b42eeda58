//! What the worst answers cost, in CPU and not by the clock on the wall: a probe of them as a whole, and each step on one
//! of them. Time is bounded by the messages' size and the budget, whatever stands in them.
//!
//! The promise is about the release build: `cargo bench --bench worst` holds it. Here a multiple of it is held in any build.
//! For the numbers: `cargo test --release --test timing hostile_cost -- --nocapture --test-threads=1`.

use std::time::Duration;

use crate::ALONE;
use crate::hostile;
use crate::hostile::{Hostile, NOW};
use crate::scripted;
use crate::scripted::{CpuClock, QuestionCount, Scripted};
use outsidein::dns::{Message, Name, Rrset, Section, Timestamp, dig_text};
use outsidein::dnssec::{Budget, Dnskeys, RrsetVerdict, validate_rrset};
use outsidein::reason::Reason;

/// What `src/dnssec/budget.rs` promises of a probe; a debug build takes thirty times as long for what is not cryptography.
const OF_A_PROBE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 3000 } else { 100 });
/// What each step may cost beside the budget, and the transcript for the operator who asks for one: hickory prints it,
/// whose names follow pointers less fast.
const OF_A_TRANSCRIPT: Duration =
    Duration::from_millis(if cfg!(debug_assertions) { 5000 } else { 250 });

#[test]
fn probe_cost_is_bounded() {
    let _alone = ALONE.blocking_lock();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (hostile, asks) in hostile::all()
        .iter()
        .flat_map(|hostile| QuestionCount::ALL.map(|asks| (hostile, asks)))
    {
        let (request, network) = (scripted::request(hostile, asks), Scripted::new(hostile));
        let mut reasons = Vec::new();
        let mut run = || {
            let report = runtime.block_on(scripted::probe_and_show(&request, &network));
            reasons = report
                .servers()
                .into_iter()
                .flat_map(|(_, server)| &server.failures)
                .map(|failure| failure.reason)
                .collect();
        };
        // The least of three, for what this machine does beside it takes from its caches too.
        let cost = (0..3)
            .map(|_| CpuClock::of_process().time(&mut run))
            .min()
            .unwrap();
        println!("{}, {asks:?}: {cost:?} of CPU", hostile.name);
        assert!(cost < OF_A_PROBE, "{}: {cost:?}", hostile.name);
        // Over both transports, the mere number of records reaches it too.
        let limited = reasons.contains(&Reason::ValidationLimitReached);
        assert!(
            limited || !hostile.reaches_the_limit,
            "{}, {asks:?}: {reasons:?}",
            hostile.name
        );
    }
}

#[test]
fn regexp_probe_cost_is_bounded() {
    let _alone = ALONE.blocking_lock();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let request = scripted::blackbox_request();
    for hostile in hostile::texts().iter().chain(&hostile::all()) {
        let network = Scripted::new(hostile);
        let run = || runtime.block_on(scripted::probe_and_show(&request, &network));
        let cost = (0..3)
            .map(|_| CpuClock::of_process().time(run))
            .min()
            .unwrap();
        println!("{}, by regexps: {cost:?} of CPU", hostile.name);
        assert!(cost < OF_A_PROBE, "{}: {cost:?}", hostile.name);
    }
}

#[test]
fn step_cost_is_bounded_by_answer_size() {
    let _alone = ALONE.blocking_lock();
    for hostile in hostile::all() {
        steps(&hostile);
    }
}

fn steps(hostile: &Hostile) {
    let clock = CpuClock::of_thread();
    let (message, read) = clock.timed(|| Message::read(hostile.answer.as_slice()).unwrap());
    let (rrsets, group) = clock.timed(|| {
        [Section::Answer, Section::Authority]
            .map(|section| Rrset::group(&message, section))
            .concat()
    });
    let key_message = Message::read(hostile.keys.as_slice()).unwrap();
    let (keys, read_keys) = clock.timed(|| {
        let rrsets = Rrset::group(&key_message, Section::Answer);
        rrsets
            .iter()
            .find_map(|rrset| Dnskeys::new(Name::root(), rrset))
            .unwrap()
    });
    let validate_all = |budget: &mut Budget| {
        let validations = rrsets
            .iter()
            .map(|rrset| validate_rrset(rrset, &keys, Timestamp(NOW.into()), budget).verdict);
        validations
            .filter(|judgement| matches!(judgement, RrsetVerdict::Valid(_)))
            .count()
    };
    let (valid, judging) = clock.timed(|| validate_all(&mut Budget::default()));
    let (_, refusing) = clock.timed(|| validate_all(&mut Budget::exhausted()));
    let (_, printing) = clock.timed(|| dig_text(&message));
    let (records, keys) = (message.answer.len(), keys.keys.len());
    println!(
        "{}: {records} records, {} RRsets, {keys} keys",
        hostile.name,
        rrsets.len()
    );
    println!(
        "  read {read:?}, group {group:?}, keys {read_keys:?}, judge {judging:?}, refuse {refusing:?}, dig {printing:?}"
    );
    // What hurts by its hashing is signed well.
    assert_eq!(
        valid > 0,
        hostile.is_signed,
        "{}: {valid} valid",
        hostile.name
    );
    let outside_the_budget = read + group + read_keys + refusing;
    assert!(
        outside_the_budget < OF_A_PROBE / 8,
        "{}: {outside_the_budget:?}",
        hostile.name
    );
    assert!(
        printing < OF_A_TRANSCRIPT,
        "{}: dig took {printing:?}",
        hostile.name
    );
}
