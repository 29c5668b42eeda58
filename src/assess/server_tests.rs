use std::sync::Arc;

use super::*;
use crate::config::{Config, NameserverRole};
use crate::dns::Serial;
use crate::plan::Request;

/// The plan of one secondary, which is probed with its zone.
fn plan() -> Arc<TargetPlan> {
    let config = r#"{
        "nameservers": { "ns1": { "addresses": ["192.0.2.1"], "role": "secondary" } },
        "zones": { "z.test": { "nameservers": ["ns1"] } }
    }"#;
    let config = Config::parse(config, "test").unwrap_or_else(|error| panic!("{error}"));
    let parameters = [("zone".to_owned(), "z.test".to_owned())];
    match Request::read(&parameters, None, &config) {
        Ok(Request::Zone(plan)) => plan.nameservers[0].plan.clone(),
        _ => panic!("a zone as a whole"),
    }
}

fn bogus(earliest_expiration: Timestamp) -> Assessment {
    let soa = Soa {
        mname: "ns1.z.test.".parse().unwrap(),
        rname: "host.z.test.".parse().unwrap(),
        serial: Serial(7),
        refresh: 1,
        retry: 2,
        expire: 3,
        minimum: 4,
    };
    Assessment {
        authoritative: true,
        failures: Vec::new(),
        warnings: Vec::new(),
        soa: Some(soa),
        nsid: Some("a".to_owned()),
        names: Vec::new(),
        dnssec: Some(DnssecReport {
            earliest_expiration: Some(earliest_expiration),
            ..DnssecReport::from_status(SecurityStatus::Bogus(Reason::SignatureInvalid))
        }),
    }
}

#[test]
fn busy_machine_is_not_held_against_the_server() {
    let failure = |reason| Failure::new(reason, "");
    let expired = failure(Reason::SignatureExpired);
    let limit = failure(Reason::ValidationLimitReached);
    let mut failures = vec![limit.clone(), expired.clone(), limit];
    blame_this_machine(&mut failures);
    let reasons: Vec<_> = failures.iter().map(|failure| failure.reason).collect();
    assert_eq!(reasons, [Reason::SignatureExpired, Reason::LocalError]);
    let mut failures = vec![expired.clone()];
    blame_this_machine(&mut failures);
    assert_eq!(failures, [expired], "nothing was left undecided");
}

#[test]
fn facts_are_those_of_the_assessment() {
    let server_exchanges = ServerExchanges {
        server: "192.0.2.1:53".parse().unwrap(),
        at: Timestamp(0),
        exchanges: Vec::new(),
    };
    let facts = bogus(Timestamp(9)).facts(&plan(), &server_exchanges);
    assert_eq!(facts.address, Some(server_exchanges.server.ip()));
    assert_eq!(facts.family, Family::Ipv4);
    assert_eq!(facts.role, Some(NameserverRole::Secondary));
    assert_eq!(facts.serial(), Some(Serial(7)));
    assert_eq!(facts.nsid.as_deref(), Some("a"));
    assert_eq!(facts.earliest_expiration, Some(Timestamp(9)));
    assert!(facts.authoritative);
    assert!(facts.contradicted_by_dnssec);

    let mut from_cache = Assessment {
        authoritative: false,
        dnssec: None,
        ..bogus(Timestamp(9))
    };
    let facts = from_cache.facts(&plan(), &server_exchanges);
    assert_eq!(facts.soa, None, "a cached SOA");
    assert_eq!(facts.earliest_expiration, None);
    assert!(!facts.authoritative);
    assert!(!facts.contradicted_by_dnssec);
}

#[test]
fn wrong_signatures_contradict_whatever_the_trust() {
    const REASON: Reason = Reason::SignatureInvalid;
    let rows = [
        (SecurityStatus::Bogus(REASON), None, true),
        (SecurityStatus::Bogus(REASON), Some(true), true),
        (SecurityStatus::Secure, Some(true), false),
        (SecurityStatus::Secure, None, false),
        (SecurityStatus::Indeterminate(REASON), Some(false), true),
        (SecurityStatus::Indeterminate(REASON), None, false),
        (SecurityStatus::Insecure(REASON), Some(false), true),
        (SecurityStatus::Insecure(REASON), Some(true), false),
    ];
    for (status, signatures_valid, expected) in rows {
        let dnssec = DnssecReport {
            signatures_valid,
            ..DnssecReport::from_status(status)
        };
        let row = format!("{status:?}, signatures valid: {signatures_valid:?}");
        assert_eq!(is_contradiction(&dnssec), expected, "{row}");
    }
}
