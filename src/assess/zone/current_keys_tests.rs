//! What counts as the DS RRset, and whose keys count.

use super::*;
use crate::config::Config;
use crate::dns::{Algorithm, DigestType, Family, Serial};
use crate::dnssec::{ChainEnd, Dnskeys, SignedDnskeys};
use crate::plan::Request;
use crate::reason::Reason;
use crate::report::{Delegation, ParentResult, ParentServerReport};

const NOW: Timestamp = Timestamp(1_000);
const CHAIN: &str = r#""trust": { "resolver": "192.0.2.53", "anchors": { ".": [". DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"] } }"#;
const PINNED: &str = r#""trust": { "resolver": "192.0.2.53", "anchors": { "z.test": ["z.test. DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"] } }"#;

fn plan(policy: &str, trust: &str) -> ZonePlan {
    let text = format!(
        r#"{{ "nameservers": {{ "ns1": {{ "addresses": ["192.0.2.1"] }}, "ns0": {{ "addresses": ["192.0.2.2"], "hidden": true }} }},
              "zones": {{ "z.test": {{ "nameservers": ["ns1", "ns0"], "dnssec": "{policy}" }} }}, {trust} }}"#
    );
    let config = Config::parse(&text, "test").unwrap();
    let parameters = [("zone".to_owned(), "z.test".to_owned())];
    match Request::read(&parameters, None, &config) {
        Ok(Request::Zone(plan)) => *plan,
        other => panic!("{other:?}"),
    }
}

fn ds(key_tag: u16) -> Ds {
    Ds {
        key_tag,
        algorithm: Algorithm::ECDSAP256SHA256,
        digest_type: DigestType::SHA_256,
        digest: [7; 32].into(),
    }
}

fn parent(servers: &[(i64, Option<u16>)]) -> ParentReport {
    let servers = servers.iter().map(|(at, tag)| ParentServerReport {
        name: "ns.test.".parse().unwrap(),
        address: "203.0.113.1:53".parse().unwrap(),
        at: Timestamp(*at),
        result: ParentResult::Delegates,
        detail: None,
        delegation: Some(Delegation {
            ds: tag.map(ds).into_iter().collect(),
            ds_ttl: tag.map(|_| 60),
            ..Delegation::default()
        }),
    });
    ParentReport {
        servers: servers.collect(),
        ..ParentReport::default()
    }
}

/// Tags, time and TTL of each DS RRset that is known.
fn known(
    trust: &str,
    parent: &ParentReport,
    chain: Option<&ChainOutcome>,
) -> Option<Vec<(Vec<u16>, i64, Option<u32>)>> {
    let current = current_ds(&plan("auto", trust), Some(parent), chain, NOW)?;
    let known = current.iter().map(|current| {
        let tags = current.ds.iter().map(|ds| ds.key_tag);
        (tags.collect(), current.seen_at.0, current.ttl)
    });
    Some(known.collect())
}

#[test]
fn ds_is_that_of_the_parent_or_else_that_of_the_chain() {
    let signed = ChainOutcome::Signed([TrustAnchor::Ds(ds(2))].into());
    let no_ds = ChainOutcome::Ended(ChainEnd {
        insecure: true,
        reason: Reason::InsecureDelegation,
        at: "z.test.".parse().unwrap(),
        detail: "".into(),
    });
    let undecided = ChainOutcome::Ended(ChainEnd {
        insecure: false,
        reason: Reason::ResolverFailed,
        at: "z.test.".parse().unwrap(),
        detail: "".into(),
    });
    let asked = parent(&[(900, Some(1)), (1_000, None)]);
    let by_parent = Some(vec![(vec![1], 900, Some(60)), (vec![], 1_000, None)]);
    assert_eq!(known(CHAIN, &asked, Some(&signed)), by_parent);
    assert_eq!(known(PINNED, &asked, Some(&signed)), by_parent);
    let silent = parent(&[]);
    let by_chain = |tags| Some(vec![(tags, 1_000, None)]);
    assert_eq!(known(CHAIN, &silent, Some(&signed)), by_chain(vec![2]));
    assert_eq!(known(CHAIN, &silent, Some(&no_ds)), by_chain(vec![]));
    assert_eq!(known(CHAIN, &silent, Some(&undecided)), None);
    assert_eq!(known(CHAIN, &silent, None), None);
    // What is pinned says nothing of what the parent has.
    assert_eq!(known(PINNED, &silent, Some(&signed)), None);
}

#[test]
fn keys_count_of_servers_that_resolvers_ask() {
    let facts = |address: &str, serial: u32| {
        let address = address.parse().unwrap();
        let mut facts =
            ServerFacts::without_answers(Family::of_address(&address), Some(address), None);
        facts.soa = Some(crate::dns::Soa {
            mname: "ns1.z.test.".parse().unwrap(),
            rname: "ns1.z.test.".parse().unwrap(),
            serial: Serial(serial),
            refresh: 0,
            retry: 0,
            expire: 0,
            minimum: 0,
        });
        facts.keys = Some(KeyFacts {
            served: SignedDnskeys {
                dnskeys: Dnskeys::empty("z.test.".parse().unwrap()),
                signers: Vec::new(),
            },
            is_valid: false,
            expiration: None,
            data_signers: std::collections::BTreeSet::new(),
        });
        facts
    };
    let without_keys = ServerFacts {
        keys: None,
        ..facts("192.0.2.9", 7)
    };
    let facts = [
        vec![facts("192.0.2.1", 7), facts("192.0.2.3", 6), without_keys],
        vec![facts("192.0.2.2", 7)],
    ];
    let serials = Serials {
        newest: Some(Serial(7)),
        comparable: Some(true),
        equal: Some(false),
    };
    let plan_auto = plan("auto", CHAIN);
    let servers = current_keys(&plan_auto, &facts, serials).unwrap();
    let counted = servers
        .iter()
        .map(|server| (server.name, server.is_current));
    assert_eq!(counted.collect::<Vec<_>>(), [("ns1", true), ("ns1", false)]);
    assert!(current_keys(&plan("off", CHAIN), &facts, serials).is_none());
    let unknown = Serials {
        newest: None,
        ..serials
    };
    let servers = current_keys(&plan_auto, &facts, unknown).unwrap();
    assert!(servers.iter().all(|server| server.is_current));
}
