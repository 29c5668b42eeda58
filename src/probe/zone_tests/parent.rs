//! What the parent says, over the same network: a resolver at 192.0.2.53 leads to the parent's server at 192.0.2.60.

use super::*;

const GLUE: &str = "ns1.z.test. 60 IN A 192.0.2.1\nns2.z.test. 60 IN A 198.51.100.1";

fn world_with_parent(ns: &str, glue: &str) -> World {
    let referral = (ns.to_owned(), glue.to_owned());
    let world = World::new()
        .with_records(
            "192.0.2.53",
            RrType::SOA,
            &SOA.replacen("z.test.", "test.", 1),
        )
        .with_records("192.0.2.53", RrType::NS, "test. 60 IN NS ns.test.")
        .with_records("192.0.2.53", RrType::A, "ns.test. 60 IN A 192.0.2.60")
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
            expected_inconsistency(InconsistencyKind::ParentNs, "")
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
