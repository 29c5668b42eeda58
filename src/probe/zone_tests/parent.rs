//! What the parent says, over the same network: a resolver at 192.0.2.53 leads to the parent's server at 192.0.2.60.

use super::*;

const GLUE: &str = "ns1.z.test. 60 IN A 192.0.2.1\nns2.z.test. 60 IN A 198.51.100.1";

/// One server of the parent answers, unless a test has the other do so too.
const PARENT_SERVERS: &str = "ns.test. 60 IN A 192.0.2.60";
const BOTH_PARENT_SERVERS: &str = "ns.test. 60 IN A 192.0.2.60\nns.test. 60 IN A 192.0.2.61";

fn world_with_parent(ns: &str, glue: &str) -> World {
    let referral = (ns.to_owned(), glue.to_owned());
    let world = World::new()
        .with_records(
            "192.0.2.53",
            RrType::SOA,
            &SOA.replacen("z.test.", "test.", 1),
        )
        .with_records("192.0.2.53", RrType::NS, "test. 60 IN NS ns.test.")
        .with_records(
            "192.0.2.53",
            RrType::A,
            &format!("{PARENT_SERVERS}\n{GLUE}"),
        )
        .with_records("", RrType::A, GLUE);
    World {
        referrals: [("192.0.2.60".parse().unwrap(), referral)].into(),
        resolver: Some("192.0.2.53"),
        ..world
    }
}

#[tokio::test]
async fn delegation_and_glue_are_compared_with_the_zone() {
    let report = world_with_parent(NS, GLUE).probe().await;
    assert_eq!(
        (
            report.agreement.parent_ns_equal,
            report.agreement.glue_equal
        ),
        (Some(true), Some(true))
    );
    assert_eq!(inconsistencies(&report), vec![]);
    let moved = world_with_parent(NS, &GLUE.replace("192.0.2.1", "192.0.2.9"))
        .probe()
        .await;
    assert_eq!(
        (moved.agreement.glue_equal, inconsistencies(&moved)),
        (
            Some(false),
            expected_inconsistency(InconsistencyKind::Glue, "")
        )
    );
    let fewer = world_with_parent("z.test. 60 IN NS ns1.z.test.", GLUE)
        .probe()
        .await;
    assert_eq!(
        (fewer.agreement.parent_ns_equal, inconsistencies(&fewer)),
        (
            Some(false),
            vec![
                (InconsistencyKind::ParentNs, String::new()),
                (InconsistencyKind::ParentMissingNs, String::new()),
            ]
        )
    );
}

#[tokio::test]
async fn nameserver_without_addresses_has_consistent_glue() {
    let one_address = GLUE.lines().next().unwrap();
    let report = world_with_parent(NS, one_address)
        .with_records("", RrType::A, one_address)
        .probe()
        .await;
    assert_eq!(
        (report.agreement.glue_equal, inconsistencies(&report)),
        (Some(true), vec![])
    );
}

#[tokio::test]
async fn single_deviating_nameserver_does_not_contradict_glue() {
    let other_glue = GLUE.replace("192.0.2.1", "192.0.2.66");
    for address in ["192.0.2.1", "198.51.100.1", "198.51.100.2"] {
        let report = world_with_parent(NS, GLUE)
            .with_records(address, RrType::A, &other_glue)
            .probe()
            .await;
        assert_eq!(
            (report.agreement.glue_equal, inconsistencies(&report)),
            (Some(true), vec![]),
            "{address}"
        );
    }
    // Where as many say one thing as another, the primary is believed.
    let halves = world_with_parent(NS, GLUE)
        .with_silent("198.51.100.2")
        .with_records("198.51.100.1", RrType::A, &other_glue)
        .probe()
        .await;
    assert_eq!(halves.agreement.glue_equal, Some(true));
}

#[tokio::test]
async fn last_answering_server_provides_the_addresses() {
    let nameservers: Vec<_> = (1..8)
        .map(|number| format!(r#""n{number}": {{ "addresses": ["203.0.113.{number}"] }}"#))
        .collect();
    let silent = |world: World, number| world.with_silent(&format!("203.0.113.{number}"));
    let report = (1..7)
        .fold(world_with_parent(NS, GLUE), silent)
        .probe_with(&format!("{{ {} }}", nameservers.join(", ")), "")
        .await;
    assert_eq!(report.agreement.glue_equal, Some(true));
    let report = (1..8)
        .fold(world_with_parent(NS, GLUE), silent)
        .probe_with(&format!("{{ {} }}", nameservers.join(", ")), "")
        .await;
    assert_eq!(report.agreement.glue_equal, None);
}

/// Two servers of the parent, of which the second gives this delegation.
fn world_with_two_parent_servers(ns: &str, second_ns: &str) -> World {
    let mut world = world_with_parent(ns, GLUE).with_records(
        "192.0.2.53",
        RrType::A,
        &format!("{BOTH_PARENT_SERVERS}\n{GLUE}"),
    );
    let referral = (second_ns.to_owned(), GLUE.to_owned());
    world
        .referrals
        .insert("192.0.2.61".parse().unwrap(), referral);
    world
}

fn parent_of(report: &ZoneReport) -> &ParentReport {
    report.parent.as_ref().expect("the parent was looked for")
}

fn kinds(report: &ZoneReport) -> Vec<InconsistencyKind> {
    report.differences.iter().map(|found| found.what).collect()
}

const DS: &str = "z.test. 60 IN DS 7 13 2 0102";

#[tokio::test]
async fn every_server_of_the_parent_is_asked() {
    let with_ds = format!("{NS}\n{DS}");
    let report = world_with_two_parent_servers(&with_ds, &with_ds)
        .probe()
        .await;
    let parent = parent_of(&report);
    assert_eq!(
        (parent.result, parent.servers.len()),
        (Some(ParentResult::Delegates), 2)
    );
    assert_eq!(
        (parent.ds[0].to_string(), parent.ds.len(), parent.ds_ttl),
        ("7 13 2 0102".to_owned(), 1, Some(60))
    );
    assert_eq!(
        (kinds(&report), report.agreement.parent_servers_equal),
        (vec![], Some(true))
    );

    let stale = world_with_two_parent_servers(&with_ds, NS).probe().await;
    assert_eq!(
        (kinds(&stale), stale.agreement.parent_servers_equal),
        (vec![InconsistencyKind::ParentServers], Some(false))
    );
    assert_ne!(
        parent_of(&stale).ds_digest,
        Some(0),
        "the first of two halves"
    );
}

#[tokio::test]
async fn missing_delegation_is_not_a_parent_that_is_silent() {
    let without_referral = || World {
        referrals: BTreeMap::new(),
        ..world_with_parent(NS, GLUE)
    };
    let answer = |flags| without_referral().with_flags("192.0.2.60", RrType::NS, flags);
    let missing = vec![InconsistencyKind::ParentDelegation];
    let rows = [
        (
            "serverHold",
            answer(0x8403),
            Some(ParentResult::NxDomain),
            missing.clone(),
        ),
        (
            "REFUSED",
            answer(0x8005),
            Some(ParentResult::Failed),
            missing.clone(),
        ),
        (
            "SERVFAIL",
            answer(0x8002),
            Some(ParentResult::Failed),
            missing,
        ),
        (
            "silence",
            without_referral().with_silent("192.0.2.60"),
            None,
            vec![],
        ),
    ];
    for (row, world, result, expected) in rows {
        let report = world.probe().await;
        let parent = parent_of(&report);
        assert_eq!((parent.result, kinds(&report)), (result, expected), "{row}");
        assert!(parent.problem.is_some(), "{row}");
        assert_eq!((parent.ns_digest, parent.ds_digest), (None, None), "{row}");
    }
}

/// The registrar's account was taken over: the parent leads to a server that answers for the zone, or does not.
#[tokio::test]
async fn nameserver_that_only_the_parent_knows_is_reported() {
    let hijacked = format!("{NS}\nz.test. 60 IN NS ns.evil.example.");
    let evil = "ns.evil.example. 60 IN A 203.0.113.66";
    let records = format!("{PARENT_SERVERS}\n{GLUE}\n{evil}");
    let world =
        || world_with_parent(&hijacked, GLUE).with_records("192.0.2.53", RrType::A, &records);
    let report = world().probe().await;
    assert_eq!(
        kinds(&report),
        [
            InconsistencyKind::ParentNs,
            InconsistencyKind::ParentUnknownNs
        ]
    );
    let lame = world()
        .with_flags("203.0.113.66", RrType::SOA, 0x8005)
        .probe()
        .await;
    assert!(
        kinds(&lame).contains(&InconsistencyKind::NsLame),
        "{:?}",
        lame.differences
    );
}

/// What a server of the parent was last seen to give counts until it is asked again.
#[tokio::test]
async fn servers_of_the_parent_are_remembered_between_probes() {
    let world = world_with_two_parent_servers(NS, "z.test. 60 IN NS ns1.z.test.");
    let link_cache = LinkCache::default();
    let plan = world.plan(THREE, "");
    for _ in 0..2 {
        let report = probe_zone(&plan, &world, &link_cache, SystemTime::now()).await;
        assert_eq!(parent_of(&report).servers.len(), 2);
        assert!(kinds(&report).contains(&InconsistencyKind::ParentServers));
    }
    // The resolver is gone, and the parent's servers are known.
    let world = world.with_silent("192.0.2.53");
    let report = probe_zone(&plan, &world, &link_cache, SystemTime::now()).await;
    assert_eq!(parent_of(&report).result, Some(ParentResult::Delegates));
}
