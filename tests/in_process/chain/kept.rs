//! What is kept of a chain, and for how long.

use std::sync::Arc;

use outsidein::chain::Cache;
use outsidein::demo::{Validity, ZoneBuilder};
use outsidein::dns::{RrType, Timestamp};
use outsidein::dnssec::SecurityStatus;
use outsidein::plan::TargetPlan;
use outsidein::probe::probe;
use outsidein::reason::Reason;

use super::world::{AT, Breakage, Resolver, World, at, dnssec, name, seen};

#[tokio::test]
async fn links_are_kept_and_failures_for_a_moment() {
    let links = Cache::default();
    let mut world = World::new(Breakage::default());
    assert_eq!(
        seen(&world.probe(&links, 0).await).1,
        SecurityStatus::Secure
    );
    assert_eq!(
        world.questions(),
        4,
        "root keys, DS of test, keys of test, DS of zone.test"
    );
    assert_eq!(
        seen(&world.probe(&links, 899).await).1,
        SecurityStatus::Secure
    );
    assert_eq!(world.questions(), 0);
    assert_eq!(
        seen(&world.probe(&links, 901).await).1,
        SecurityStatus::Secure
    );
    assert_eq!(
        world.questions(),
        4,
        "none is kept for longer than a quarter of an hour"
    );
    world.resolver = Resolver::Servfail;
    let open = SecurityStatus::Indeterminate(Reason::ResolverFailed);
    assert_eq!(seen(&world.probe(&links, 2000).await).1, open);
    assert_eq!(world.questions(), 1);
    assert_eq!(seen(&world.probe(&links, 2003).await).1, open);
    assert_eq!(
        world.questions(),
        0,
        "a dead resolver is not asked by every probe"
    );
    world.resolver = Resolver::Answers;
    assert_eq!(
        seen(&world.probe(&links, 2006).await).1,
        SecurityStatus::Secure
    );
}

#[tokio::test]
async fn no_link_is_kept_past_its_ttl_or_its_signature() {
    let short_ttl = Breakage {
        parent: Box::new(|zone| zone.ttl(60)),
        ..Breakage::default()
    };
    let soon = Validity {
        inception: Timestamp(AT - 10),
        expiration: Timestamp(AT + 90),
    };
    let short_lived = Breakage {
        parent: Box::new(move |zone| zone.validity_of("zone", RrType::DS, soon)),
        ..Breakage::default()
    };
    for (breakage, kept, gone) in [(short_ttl, 59, 61), (short_lived, 89, 91)] {
        let (links, world) = (Cache::default(), World::new(breakage));
        assert_eq!(
            seen(&world.probe(&links, 0).await).1,
            SecurityStatus::Secure
        );
        world.questions();
        world.probe(&links, kept).await;
        assert_eq!(world.questions(), 0, "kept at {kept} s");
        world.probe(&links, gone).await;
        assert!(world.questions() > 0, "gone at {gone} s");
    }
}

/// A resolver that lies about the TTL does not make us keep what the parent let nobody keep (RFC 4035 section 5.3.3).
#[tokio::test]
async fn no_link_is_kept_past_the_ttl_that_was_signed() {
    let breakage = Breakage {
        parent: Box::new(|zone| zone.ttl(60)),
        ..Breakage::default()
    };
    let (links, world) = (
        Cache::default(),
        World {
            resolver: Resolver::InflatesTtls,
            ..World::new(breakage)
        },
    );
    assert_eq!(
        seen(&world.probe(&links, 0).await).1,
        SecurityStatus::Secure
    );
    world.questions();
    world.probe(&links, 61).await;
    assert!(world.questions() > 0);
}

#[tokio::test]
async fn that_no_zone_begins_at_an_alias_is_kept_no_longer_than_its_signature() {
    let soon = Validity {
        inception: Timestamp(AT - 10),
        expiration: Timestamp(AT + 90),
    };
    let alias = move |zone: ZoneBuilder| {
        zone.record("alias", RrType::CNAME, "www.test.")
            .validity_of("alias", RrType::CNAME, soon)
    };
    let (links, world) = (
        Cache::default(),
        World::new(Breakage {
            parent: Box::new(alias),
            ..Breakage::default()
        }),
    );
    let plan = Arc::new(TargetPlan {
        zone: name("below.alias.test"),
        ..world.plan(&[])
    });
    // Of the name below, which does not exist, that is kept for 5 s.
    for (after, questions) in [(0, 5), (89, 1), (91, 1)] {
        probe(&plan, &world, &links, at(after)).await;
        assert_eq!(world.questions(), questions, "after {after} s");
    }
}

/// What a wildcard makes is not at the name, unless it is proven that nothing closer is (RFC 4035 section 5.3.4).
#[tokio::test]
async fn an_alias_made_from_a_wildcard_says_nothing_of_a_name() {
    let wildcard = |zone: ZoneBuilder| zone.record("*", RrType::CNAME, "www.test.");
    let world = World::new(Breakage {
        parent: Box::new(wildcard),
        ..Breakage::default()
    });
    let (links, mut world) = (
        Cache::default(),
        World {
            resolver: Resolver::AnswersByTheWildcard,
            ..world
        },
    );
    let report = world.probe(&links, 0).await;
    assert_eq!(
        seen(&report).1,
        SecurityStatus::Indeterminate(Reason::ChainBroken)
    );
    let detail = dnssec(&report).status_detail.as_deref();
    assert_eq!(detail, Some("zone.test. CNAME: expanded from a wildcard"));
    world.resolver = Resolver::Answers;
    assert_eq!(
        seen(&world.probe(&links, 6).await).1,
        SecurityStatus::Secure,
        "the lie is soon forgotten"
    );
}

/// A machine that starts with a clock far ahead, and has it set back, must not keep what it held then until that day.
#[tokio::test]
async fn what_was_kept_by_a_clock_that_went_ahead_is_not_kept() {
    const YEAR: u64 = 365 * 86_400;
    let (links, world) = (Cache::default(), World::new(Breakage::default()));
    let ahead = seen(&world.probe(&links, YEAR).await).1;
    assert_ne!(ahead, SecurityStatus::Secure, "every signature has expired");
    assert_eq!(
        seen(&world.probe(&links, 0).await).1,
        SecurityStatus::Secure
    );
}

/// Who owns the zones above must not fill the memory with what they hold.
#[tokio::test]
async fn a_link_as_large_as_a_message_is_not_kept() {
    let keys = |zone: ZoneBuilder| {
        let key = |number: u8| [[1, 1, 3, 13].as_slice(), &[number; 64]].concat();
        (1..=60).fold(zone, |zone, number| {
            zone.rdata("@", RrType::DNSKEY, key(number))
        })
    };
    let (links, world) = (
        Cache::default(),
        World::new(Breakage {
            parent: Box::new(keys),
            ..Breakage::default()
        }),
    );
    for questions in [4, 1] {
        assert_eq!(
            seen(&world.probe(&links, 0).await).1,
            SecurityStatus::Secure
        );
        assert_eq!(world.questions(), questions);
    }
}
