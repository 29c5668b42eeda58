//! What is kept of a chain, and for how long.

use std::sync::Arc;

use outsidein::chain::LinkCache;
use outsidein::demo::{ValidityPeriod, ZoneBuilder};
use outsidein::dns::{RrType, Timestamp};
use outsidein::dnssec::SecurityStatus;
use outsidein::plan::TargetPlan;
use outsidein::probe::probe;
use outsidein::reason::Reason;

use super::world::{AT, Breakage, Resolver, World, at, dnssec, name, observed};

#[tokio::test]
async fn links_and_failures_are_cached() {
    let links = LinkCache::default();
    let mut world = World::new(Breakage::default());
    assert_eq!(
        observed(&world.probe(&links, 0).await).1,
        SecurityStatus::Secure
    );
    assert_eq!(
        world.questions(),
        4,
        "root keys, DS of test, keys of test, DS of zone.test"
    );
    assert_eq!(
        observed(&world.probe(&links, 899).await).1,
        SecurityStatus::Secure
    );
    assert_eq!(world.questions(), 0);
    assert_eq!(
        observed(&world.probe(&links, 901).await).1,
        SecurityStatus::Secure
    );
    assert_eq!(
        world.questions(),
        4,
        "none is kept for longer than a quarter of an hour"
    );
    world.resolver = Resolver::Servfail;
    let indeterminate = SecurityStatus::Indeterminate(Reason::ResolverFailed);
    assert_eq!(observed(&world.probe(&links, 2000).await).1, indeterminate);
    assert_eq!(world.questions(), 1);
    assert_eq!(observed(&world.probe(&links, 2003).await).1, indeterminate);
    assert_eq!(
        world.questions(),
        0,
        "a dead resolver is not asked by every probe"
    );
    world.resolver = Resolver::Answers;
    assert_eq!(
        observed(&world.probe(&links, 2006).await).1,
        SecurityStatus::Secure
    );
}

#[tokio::test]
async fn cached_link_expires_with_ttl_and_signature() {
    let short_ttl = Breakage {
        parent: Box::new(|zone| zone.ttl(60)),
        ..Breakage::default()
    };
    let soon = ValidityPeriod {
        inception: Timestamp(AT - 10),
        expiration: Timestamp(AT + 90),
    };
    let short_lived = Breakage {
        parent: Box::new(move |zone| zone.validity_of("zone", RrType::DS, soon)),
        ..Breakage::default()
    };
    for (breakage, fresh_age, expired_age) in [(short_ttl, 59, 61), (short_lived, 89, 91)] {
        let (links, world) = (LinkCache::default(), World::new(breakage));
        assert_eq!(
            observed(&world.probe(&links, 0).await).1,
            SecurityStatus::Secure
        );
        world.questions();
        world.probe(&links, fresh_age).await;
        assert_eq!(world.questions(), 0, "kept at {fresh_age} s");
        world.probe(&links, expired_age).await;
        assert!(world.questions() > 0, "gone at {expired_age} s");
    }
}

/// A resolver that lies about the TTL does not make us keep what the parent let nobody keep (RFC 4035 section 5.3.3).
#[tokio::test]
async fn cached_link_expires_with_the_original_ttl() {
    let breakage = Breakage {
        parent: Box::new(|zone| zone.ttl(60)),
        ..Breakage::default()
    };
    let (links, world) = (
        LinkCache::default(),
        World {
            resolver: Resolver::InflatesTtls,
            ..World::new(breakage)
        },
    );
    assert_eq!(
        observed(&world.probe(&links, 0).await).1,
        SecurityStatus::Secure
    );
    world.questions();
    world.probe(&links, 61).await;
    assert!(world.questions() > 0);
}

#[tokio::test]
async fn cached_alias_expires_with_its_signature() {
    let soon = ValidityPeriod {
        inception: Timestamp(AT - 10),
        expiration: Timestamp(AT + 90),
    };
    let alias = move |zone: ZoneBuilder| {
        zone.record("alias", RrType::CNAME, "www.test.")
            .validity_of("alias", RrType::CNAME, soon)
    };
    let (links, world) = (
        LinkCache::default(),
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
async fn expanded_alias_does_not_exclude_a_zone_cut() {
    let wildcard = |zone: ZoneBuilder| zone.record("*", RrType::CNAME, "www.test.");
    let world = World::new(Breakage {
        parent: Box::new(wildcard),
        ..Breakage::default()
    });
    let (links, mut world) = (
        LinkCache::default(),
        World {
            resolver: Resolver::AnswersByTheWildcard,
            ..world
        },
    );
    let report = world.probe(&links, 0).await;
    assert_eq!(
        observed(&report).1,
        SecurityStatus::Indeterminate(Reason::ChainBroken)
    );
    let detail = dnssec(&report).status_detail.as_deref();
    assert_eq!(detail, Some("zone.test. CNAME: expanded from a wildcard"));
    world.resolver = Resolver::Answers;
    assert_eq!(
        observed(&world.probe(&links, 6).await).1,
        SecurityStatus::Secure,
        "the lie is soon forgotten"
    );
}

/// A machine that starts with a clock far ahead, and has it set back, must not keep what it held then until that day.
#[tokio::test]
async fn cache_entries_from_the_future_are_ignored() {
    const YEAR: u64 = 365 * 86_400;
    let (links, world) = (LinkCache::default(), World::new(Breakage::default()));
    let ahead = observed(&world.probe(&links, YEAR).await).1;
    assert_ne!(ahead, SecurityStatus::Secure, "every signature has expired");
    assert_eq!(
        observed(&world.probe(&links, 0).await).1,
        SecurityStatus::Secure
    );
}

/// Who owns the zones above must not fill the memory with what they hold.
#[tokio::test]
async fn oversized_link_is_not_cached() {
    let keys = |zone: ZoneBuilder| {
        let key = |number: u8| [[1, 1, 3, 13].as_slice(), &[number; 64]].concat();
        (1..=60).fold(zone, |zone, number| {
            zone.rdata("@", RrType::DNSKEY, key(number))
        })
    };
    let (links, world) = (
        LinkCache::default(),
        World::new(Breakage {
            parent: Box::new(keys),
            ..Breakage::default()
        }),
    );
    for questions in [4, 1] {
        assert_eq!(
            observed(&world.probe(&links, 0).await).1,
            SecurityStatus::Secure
        );
        assert_eq!(world.questions(), questions);
    }
}
