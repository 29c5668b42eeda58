//! The chain of trust from a private root to a zone, through a resolver that is an embedded nameserver: every link, every
//! way to break one, and what is kept of them.

mod cache;
mod queue;
mod world;

use std::time::{Duration, Instant};

use std::sync::Arc;

use outsidein::chain::LinkCache;
use outsidein::demo::{SignedZone, ValidityPeriod, ZoneBuilder};
use outsidein::dns::{Algorithm, RrType, Timestamp};
use outsidein::dnssec::{RolloverState, SecurityStatus};
use outsidein::plan::{TargetLocation, TargetPlan};
use outsidein::probe::probe;
use outsidein::reason::Reason;
use outsidein::report::TargetReport;

use world::{AT, Breakage, Resolver, World, at, dnssec, name, observed, observed_with};

#[tokio::test]
async fn valid_chain_makes_the_zone_secure() {
    let world = World::new(Breakage::default());
    let report = world.probe(&LinkCache::default(), 0).await;
    assert_eq!(
        observed(&report),
        (true, SecurityStatus::Secure, Some(RolloverState::InStep)),
        "{report:#?}"
    );
    assert_eq!(
        dnssec(&report)
            .anchors
            .iter()
            .map(|anchor| anchor.matched)
            .collect::<Vec<_>>(),
        [Some(true)]
    );
    let kinds: Vec<_> = dnssec(&report)
        .denials
        .iter()
        .filter_map(|denial| denial.proof)
        .collect();
    assert_eq!(
        kinds,
        ["nodata", "nodata", "nxdomain", "nodata"],
        "CDS, CDNSKEY, a name, a type"
    );
}

#[tokio::test]
async fn repeated_findings_are_reported_once() {
    let report = World::new(Breakage::default())
        .probe(&LinkCache::default(), 0)
        .await;
    let rrsets: Vec<_> = dnssec(&report)
        .rrsets
        .iter()
        .map(|rrset| (&rrset.owner, rrset.rtype))
        .collect();
    assert_eq!(
        rrsets
            .iter()
            .filter(|(_, rtype)| *rtype == RrType::SOA)
            .count(),
        1,
        "{rrsets:?}"
    );
    let distinct: std::collections::HashSet<_> = rrsets.iter().collect();
    assert_eq!(distinct.len(), rrsets.len(), "{rrsets:?}");
}

#[tokio::test]
async fn missing_cds_answer_leaves_rollover_unknown() {
    let world = World {
        drops_child_questions: true,
        ..World::new(Breakage::default())
    };
    let report = world.probe(&LinkCache::default(), 0).await;
    assert_eq!(
        observed(&report),
        (true, SecurityStatus::Secure, None),
        "{report:#?}"
    );
}

/// A parent acts on what is validly signed only (RFC 7344 section 4.1).
#[tokio::test]
async fn invalid_cds_is_ignored() {
    let delete = |zone: ZoneBuilder| zone.rdata("@", RrType::CDS, [0, 0, 0, 0, 0]);
    let asked = observed_with(Breakage {
        own: delete,
        ..Breakage::default()
    })
    .await;
    assert_eq!(
        asked,
        (
            true,
            SecurityStatus::Secure,
            Some(RolloverState::DeleteRequested)
        )
    );
    let tampered =
        |zone: &mut SignedZone| zone.tamper(&name("zone.test"), RrType::CDS).expect("a CDS");
    let found = observed_with(Breakage {
        own: delete,
        own_after: tampered,
        ..Breakage::default()
    })
    .await;
    let bogus = SecurityStatus::Bogus(Reason::SignatureInvalid);
    assert_eq!(found, (false, bogus, None));
}

#[tokio::test]
async fn ds_without_matching_key_is_bogus() {
    let flip = |mut ds: Vec<u8>| {
        ds[10] ^= 1;
        Some(ds)
    };
    let found = observed_with(Breakage {
        ds: flip,
        ..Breakage::default()
    })
    .await;
    assert_eq!(
        found,
        (
            false,
            SecurityStatus::Bogus(Reason::DsMismatch),
            Some(RolloverState::DsMismatch)
        )
    );
}

/// Nobody else's fault can be told from that of whoever wrote the anchors.
#[tokio::test]
async fn mismatched_start_anchors_are_reported() {
    let mut world = World::new(Breakage::default());
    let digit = if world.anchor.ends_with('0') {
        "1"
    } else {
        "0"
    };
    world.anchor.replace_range(world.anchor.len() - 1.., digit);
    let report = world.probe(&LinkCache::default(), 0).await;
    assert_eq!(
        dnssec(&report).status,
        SecurityStatus::Indeterminate(Reason::ChainBroken)
    );
    let detail = dnssec(&report).status_detail.as_deref().expect("why");
    assert!(
        detail.ends_with("are held against the trust anchors that are configured for it"),
        "{detail}"
    );
}

#[tokio::test]
async fn proven_missing_ds_is_insecure() {
    let found = observed_with(Breakage {
        ds: |_| None,
        ..Breakage::default()
    })
    .await;
    let insecure = SecurityStatus::Insecure(Reason::InsecureDelegation);
    assert_eq!(found, (true, insecure, Some(RolloverState::DsMissing)));
}

#[tokio::test]
async fn unsupported_ds_is_insecure() {
    let digest_type = |mut ds: Vec<u8>| {
        ds[3] = 250;
        Some(ds)
    };
    let found = observed_with(Breakage {
        ds: digest_type,
        ..Breakage::default()
    })
    .await;
    assert_eq!(
        (found.0, found.1),
        (
            true,
            SecurityStatus::Insecure(Reason::UnsupportedDsDigestType)
        )
    );
    let algorithm = |mut ds: Vec<u8>| {
        ds[2] = 250;
        Some(ds)
    };
    let found = observed_with(Breakage {
        ds: algorithm,
        ..Breakage::default()
    })
    .await;
    assert_eq!(
        (found.0, found.1),
        (
            true,
            SecurityStatus::Insecure(Reason::UnsupportedDnskeyAlgorithm)
        )
    );
}

/// A record that is sent twice is one record (RFC 2181 section 5).
#[tokio::test]
async fn repeated_ds_is_compared_once() {
    let world = World {
        resolver: Resolver::Repeats,
        ..World::new(Breakage::default())
    };
    let report = world.probe(&LinkCache::default(), 0).await;
    assert_eq!(
        observed(&report).1,
        SecurityStatus::Secure,
        "{:?}",
        dnssec(&report).status_detail
    );
    assert_eq!(dnssec(&report).anchors.len(), 1);
}

/// Whoever is at fault, it is not the zone's server: the parent's or the resolver's failures leave the status open.
#[tokio::test]
async fn fault_above_the_zone_is_indeterminate() {
    let expired = |zone: ZoneBuilder| zone.validity(ValidityPeriod::days(Timestamp(AT), -9, -1));
    let expired_ds = |zone: ZoneBuilder| {
        zone.validity_of(
            "zone",
            RrType::DS,
            ValidityPeriod::days(Timestamp(AT), -9, -1),
        )
    };
    let breakages = [
        (
            "the parent's signatures expired",
            Breakage {
                parent: Box::new(expired),
                ..Breakage::default()
            },
        ),
        (
            "the DS RRset's signature expired",
            Breakage {
                parent: Box::new(expired_ds),
                ..Breakage::default()
            },
        ),
        (
            "the DS RRset was changed on the way",
            Breakage {
                after: |parent| parent.tamper(&name("zone.test"), RrType::DS).expect("a DS"),
                ..Breakage::default()
            },
        ),
        (
            "the DS RRset was taken away on the way",
            Breakage {
                after: |parent| drop(parent.remove(&name("zone.test"), RrType::DS).expect("a DS")),
                ..Breakage::default()
            },
        ),
        (
            "nobody signed the proof that there is no DS",
            Breakage {
                ds: |_| None,
                after: |parent| parent.strip_rrsigs(|_, rtype| rtype == RrType::NSEC),
                ..Breakage::default()
            },
        ),
    ];
    for (case, breakage) in breakages {
        let report = World::new(breakage).probe(&LinkCache::default(), 0).await;
        let indeterminate = SecurityStatus::Indeterminate(Reason::ChainBroken);
        assert_eq!(
            (report.success, dnssec(&report).status),
            (true, indeterminate),
            "{case}"
        );
        assert!(dnssec(&report).status_detail.is_some(), "{case}");
        assert_eq!(
            dnssec(&report).rollover,
            None,
            "{case}: the DS is not known"
        );
    }
}

/// The zone's server is not at fault for what its chain costs.
#[tokio::test]
async fn chain_over_budget_is_indeterminate() {
    let world = World {
        resolver: Resolver::Stuffs,
        ..World::new(Breakage::default())
    };
    let report = world.probe(&LinkCache::default(), 0).await;
    let indeterminate = SecurityStatus::Indeterminate(Reason::ValidationLimitReached);
    assert_eq!(
        (report.success, dnssec(&report).status),
        (true, indeterminate),
        "{report:#?}"
    );
    assert_eq!(
        world.questions(),
        3,
        "the keys above are had, and then it ends"
    );
}

#[tokio::test]
async fn failing_resolver_is_indeterminate_in_time() {
    for resolver in [
        Resolver::Silent,
        Resolver::Servfail,
        Resolver::StripsSignatures,
        Resolver::DeniesEverything,
    ] {
        let world = World {
            resolver,
            ..World::new(Breakage::default())
        };
        let start = Instant::now();
        let report = world.probe(&LinkCache::default(), 0).await;
        let indeterminate = SecurityStatus::Indeterminate(Reason::ResolverFailed);
        assert_eq!(
            (report.success, dnssec(&report).status),
            (true, indeterminate)
        );
        assert!(
            start.elapsed() <= Duration::from_millis(1600),
            "{:?}",
            start.elapsed()
        );
        let detail = dnssec(&report).status_detail.as_deref().expect("why");
        let expected = match resolver {
            Resolver::Silent => "no answer in time",
            Resolver::Servfail => "SERVFAIL",
            _ => "the resolver does not support DNSSEC",
        };
        assert!(
            detail.starts_with(". DNSKEY from the resolver 192.0.2.53:53")
                && detail.ends_with(expected),
            "{detail}"
        );
    }
}

async fn asked_for(world: &World, rest: &[(&str, &str)]) -> TargetReport {
    probe(
        &Arc::new(world.plan(rest)),
        world,
        &LinkCache::default(),
        at(0),
    )
    .await
}

/// Keys that are secure are not the answer.
#[tokio::test]
async fn status_reflects_the_answer() {
    let world = World::new(Breakage::default());
    let absent = asked_for(&world, &[("name", "nx.zone.test"), ("qtype", "A")]).await;
    let reasons = |report: &TargetReport| -> Vec<_> {
        report.servers[0]
            .failures
            .iter()
            .map(|failure| failure.reason)
            .collect()
    };
    assert_eq!(
        (dnssec(&absent).status, reasons(&absent)),
        (SecurityStatus::Secure, vec![Reason::Nxdomain])
    );
    let broken = World::new(Breakage {
        own_after: |zone| zone.strip_rrsigs(|_, rtype| rtype == RrType::NSEC),
        ..Breakage::default()
    });
    let absent = asked_for(&broken, &[("name", "nx.zone.test"), ("qtype", "A")]).await;
    assert_eq!(
        dnssec(&absent).status,
        SecurityStatus::Bogus(Reason::RrsigsMissing)
    );
    let unanswered = World {
        drops_child_questions: true,
        ..World::new(Breakage::default())
    };
    let unanswered = asked_for(&unanswered, &[("qtype", "CDS")]).await;
    assert_eq!(
        dnssec(&unanswered).status,
        SecurityStatus::Indeterminate(Reason::Timeout)
    );
}

/// Whoever asks with no patience must not spoil the verdicts of others.
#[tokio::test]
async fn short_time_limit_does_not_blame_the_resolver() {
    let (links, mut world) = (LinkCache::default(), World::new(Breakage::default()));
    world.resolver = Resolver::Silent;
    let short_plan = TargetPlan {
        timeout: Duration::from_millis(20),
        ..world.plan(&[])
    };
    let indeterminate = SecurityStatus::Indeterminate(Reason::ResolverFailed);
    assert_eq!(
        dnssec(&probe(&Arc::new(short_plan), &world, &links, at(0)).await).status,
        indeterminate
    );
    world.resolver = Resolver::Answers;
    assert_eq!(
        observed(&world.probe(&links, 0).await).1,
        SecurityStatus::Secure
    );
}

#[tokio::test]
async fn one_lost_packet_is_tolerated() {
    let world = World {
        resolver: Resolver::LosesTheFirstOfEachPair,
        ..World::new(Breakage::default())
    };
    let plan = TargetPlan {
        timeout: Duration::from_secs(9),
        ..world.plan(&[])
    };
    assert_eq!(
        dnssec(&probe(&Arc::new(plan), &world, &LinkCache::default(), at(0)).await).status,
        SecurityStatus::Secure
    );
}

/// Both addresses wait until the same moment for what does not come, and what each then has to verify is dear.
#[tokio::test]
async fn optional_queries_leave_time_for_validation() {
    let of_p384 = || {
        World::new(Breakage {
            own_key: Algorithm::ECDSAP384SHA384,
            ..Breakage::default()
        })
    };
    for (case, world) in [
        (
            "a dead resolver",
            World {
                resolver: Resolver::Silent,
                ..of_p384()
            },
        ),
        (
            "no answer to CDS",
            World {
                drops_child_questions: true,
                ..of_p384()
            },
        ),
    ] {
        let both = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().expect("an address"));
        let plan = world.plan(&[("qtype", "DNSKEY"), ("denial", "true")]);
        let plan = TargetPlan {
            location: TargetLocation::Addresses(both.into()),
            ..plan
        };
        let report = probe(&Arc::new(plan), &world, &LinkCache::default(), at(0)).await;
        let failures: Vec<_> = report
            .servers
            .iter()
            .map(|server| &server.failures)
            .collect();
        assert!(report.success, "{case}: {failures:?}");
    }
}
