//! Rollovers that real signers make by themselves, with TTLs of seconds: none of their steps is too early. What an operator hastens is.

mod watch;

use std::time::Duration;

use crate::real::{Server, bind, knot, powerdns};
use outsidein::dnssec::EarlyChange;
use watch::{Parent, Watch, ZONE};

/// TTL of the DS RRset in seconds, where signers are told so.
const DS_TTL: u32 = 3;
/// TTL of the zone's records.
const TTL: u32 = 3;
/// What is still held when an operator hastens.
const LONG_TTL: u32 = 60;
/// Longer than anything is held.
const RUN_OUT: Duration = Duration::from_secs(8);

/// The KSK that is there at the start gets its DS, and its copies run in.
fn enter_service(watch: &mut Watch<'_>) {
    // Not probed before: that there is no DS would be held for minutes.
    let ksks = loop {
        let (ksks, _) = watch.keys();
        if !ksks.is_empty() {
            break ksks;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    watch.publish_ds_of(&ksks);
    watch.until("the zone is secure", |watch| watch.secure_probes > 0);
    watch.during(RUN_OUT);
}

/// A KSK has taken the place of `before`, at the parent too.
fn ksk_is_replaced(watch: &Watch<'_>, before: &[u16]) -> bool {
    let (ksks, _) = watch.keys();
    ksks.len() == 1 && ksks != before && watch.ds_tags() == ksks
}

fn zsk_is_replaced(watch: &Watch<'_>, before: &[u16]) -> bool {
    let (_, zsks) = watch.keys();
    zsks.len() == 1 && zsks != before
}

fn assert_nothing_early(watch: &Watch<'_>, probes: usize) {
    assert!(watch.early.is_empty(), "{:#?}", watch.early);
    assert!(watch.secure_probes > probes, "{}", watch.secure_probes);
}

#[test]
fn knot_rolls_keys_and_nothing_is_too_early() {
    let parent = Parent::start(DS_TTL);
    let server = knot::start_rolling_with_parent(ZONE, parent.port());
    let mut watch = Watch::new(&server, parent);
    enter_service(&mut watch);
    let (ksks, zsks) = watch.keys();
    knot::order(&server, &["zone-key-rollover", ZONE, "ksk"]);
    watch.until("the KSK is replaced", |watch| ksk_is_replaced(watch, &ksks));
    knot::order(&server, &["zone-key-rollover", ZONE, "zsk"]);
    watch.until("the ZSK is replaced", |watch| zsk_is_replaced(watch, &zsks));
    watch.during(RUN_OUT);
    assert_nothing_early(&watch, 20);
}

/// From one algorithm to another: signatures first, then keys, then the DS, then keys, then signatures (RFC 6781 section 4.1.4).
#[test]
fn knot_rolls_its_algorithm_and_nothing_is_too_early() {
    let parent = Parent::start(DS_TTL);
    let server = knot::start_rolling_with_parent(ZONE, parent.port());
    let mut watch = Watch::new(&server, parent);
    enter_service(&mut watch);
    let (ksks, zsks) = watch.keys();
    change_algorithm(&server, "knot.conf", "ecdsap256sha256", "ed25519");
    knot::order(&server, &["reload"]);
    knot::order(&server, &["zone-sign", ZONE]);
    watch.until("the KSK is replaced", |watch| ksk_is_replaced(watch, &ksks));
    watch.until("the ZSK is replaced", |watch| zsk_is_replaced(watch, &zsks));
    watch.during(RUN_OUT);
    assert_nothing_early(&watch, 20);
}

#[test]
fn bind_rolls_its_algorithm_and_nothing_is_too_early() {
    let parent = Parent::start(DS_TTL);
    let server = bind::start_rolling(ZONE);
    let mut watch = Watch::new(&server, parent);
    enter_service(&mut watch);
    let (ksks, zsks) = watch.keys();
    let old = ksks[0].to_string();
    let checkds = |tag: &str, what| {
        bind::order(&server, &["dnssec", "-checkds", "-key", tag, what, ZONE]);
    };
    checkds(&old, "published");
    watch.during(RUN_OUT);
    change_algorithm(&server, "named.conf", "algorithm 13", "algorithm 15");
    bind::order(&server, &["reconfig"]);
    watch.until("the parent has acted", |watch| {
        watch.ds_tags().iter().all(|tag| !ksks.contains(tag))
    });
    checkds(&watch.ds_tags()[0].to_string(), "published");
    checkds(&old, "withdrawn");
    watch.until("the KSK is replaced", |watch| ksk_is_replaced(watch, &ksks));
    watch.until("the ZSK is replaced", |watch| zsk_is_replaced(watch, &zsks));
    watch.during(RUN_OUT);
    assert_nothing_early(&watch, 20);
}

fn change_algorithm(server: &Server, file: &str, from: &str, to: &str) {
    let path = server.directory().path().join(file);
    let text = std::fs::read_to_string(&path).expect("a configuration");
    assert!(text.contains(from), "{text}");
    std::fs::write(&path, text.replace(from, to)).expect("a configuration");
}

/// The operator says that the DS has been changed as soon as it has been, and does not wait for its TTL.
#[test]
fn knot_is_told_too_early_that_the_ds_is_there() {
    let parent = Parent::start(LONG_TTL);
    let server = knot::start_rolling_with_parent(ZONE, 1);
    let mut watch = Watch::new(&server, parent);
    enter_service(&mut watch);
    knot::order(&server, &["zone-ksk-submitted", ZONE]);
    watch.during(RUN_OUT);
    assert_nothing_early(&watch, 20);
    let (ksks, _) = watch.keys();
    knot::order(&server, &["zone-key-rollover", ZONE, "ksk"]);
    watch.until("the parent has acted", |watch| watch.ds_tags() != ksks);
    knot::order(&server, &["zone-ksk-submitted", ZONE]);
    watch.until("the KSK is replaced", |watch| ksk_is_replaced(watch, &ksks));
    watch.during(Duration::from_secs(2));
    let kinds: Vec<_> = watch.early.keys().collect();
    assert_eq!(kinds, [&EarlyChange::KskRemoved], "{:#?}", watch.early);
}

#[test]
fn bind_rolls_keys_and_nothing_is_too_early() {
    let parent = Parent::start(DS_TTL);
    let server = bind::start_rolling(ZONE);
    let mut watch = Watch::new(&server, parent);
    enter_service(&mut watch);
    let (ksks, zsks) = watch.keys();
    let tag = ksks[0].to_string();
    bind::order(
        &server,
        &["dnssec", "-checkds", "-key", &tag, "published", ZONE],
    );
    watch.during(RUN_OUT);
    bind::order(&server, &["dnssec", "-rollover", "-key", &tag, ZONE]);
    watch.until("the parent has acted", |watch| {
        watch.ds_tags().iter().all(|tag| !ksks.contains(tag))
    });
    let new = watch.ds_tags()[0].to_string();
    bind::order(
        &server,
        &["dnssec", "-checkds", "-key", &new, "published", ZONE],
    );
    bind::order(
        &server,
        &["dnssec", "-checkds", "-key", &tag, "withdrawn", ZONE],
    );
    watch.until("the KSK is replaced", |watch| ksk_is_replaced(watch, &ksks));
    bind::order(
        &server,
        &["dnssec", "-rollover", "-key", &zsks[0].to_string(), ZONE],
    );
    watch.until("the ZSK is replaced", |watch| zsk_is_replaced(watch, &zsks));
    watch.during(RUN_OUT);
    assert_nothing_early(&watch, 20);
}

/// PowerDNS rolls nothing by itself: the steps and waits are those of its guides.
#[test]
fn powerdns_rolls_keys_by_its_guide_and_nothing_is_too_early() {
    let parent = Parent::start(DS_TTL);
    let server = powerdns::start_rolling(ZONE, TTL);
    let mut watch = Watch::new(&server, parent);
    enter_service(&mut watch);
    let (ksks, zsks) = watch.keys();
    let order = |arguments: &[&str]| powerdns::order(&server, arguments);

    let new = powerdns::add_key(&server, ZONE, "zsk", "inactive");
    watch.during(RUN_OUT);
    let old = powerdns::key_id(&server, ZONE, zsks[0]);
    order(&["activate-zone-key", ZONE, &new]);
    order(&["deactivate-zone-key", ZONE, &old]);
    watch.during(RUN_OUT);
    order(&["remove-zone-key", ZONE, &old]);
    watch.until("the ZSK is replaced", |watch| zsk_is_replaced(watch, &zsks));

    powerdns::add_key(&server, ZONE, "ksk", "active");
    watch.during(RUN_OUT);
    let (both, _) = watch.keys();
    let new: Vec<_> = both.into_iter().filter(|tag| !ksks.contains(tag)).collect();
    watch.publish_ds_of(&new);
    watch.during(RUN_OUT);
    order(&[
        "remove-zone-key",
        ZONE,
        &powerdns::key_id(&server, ZONE, ksks[0]),
    ]);
    watch.until("the KSK is replaced", |watch| ksk_is_replaced(watch, &ksks));
    watch.during(RUN_OUT);
    assert_nothing_early(&watch, 20);
}

/// The same key taken into service without the wait.
#[test]
fn powerdns_uses_a_key_at_once() {
    let parent = Parent::start(DS_TTL);
    let server = powerdns::start_rolling(ZONE, LONG_TTL);
    let mut watch = Watch::new(&server, parent);
    enter_service(&mut watch);
    let (_, zsks) = watch.keys();
    powerdns::add_key(&server, ZONE, "zsk", "active");
    let old = powerdns::key_id(&server, ZONE, zsks[0]);
    powerdns::order(&server, &["deactivate-zone-key", ZONE, &old]);
    watch.during(Duration::from_secs(2));
    let kinds: Vec<_> = watch.early.keys().collect();
    assert_eq!(kinds, [&EarlyChange::ZskUsed], "{:#?}", watch.early);
}
