//! The zone's assessment without a network: facts in, differences out.

use std::net::IpAddr;

use super::*;
use crate::assess::apex_rrsets::ApexRrsets;
use crate::config::Config;
use crate::dns::{Family, RrType, Serial, Soa, Transport};
use crate::plan::Request;
use crate::report::{AvailabilityCount, InconsistencyKind};

const NS: &str = "z.test. 60 IN NS ns1.z.test.\nz.test. 60 IN NS ns2.z.test.";
const NS1_ALONE: &str = "z.test. 60 IN NS ns1.z.test.";
/// Of the five addresses the first two are the primary's, the next two another machine's.
const THREE: &str = r#"{
    "ns1": { "addresses": ["192.0.2.1", "2001:db8::1"], "role": "primary" },
    "ns2": { "addresses": ["198.51.100.1", "2001:db8:1::1"], "role": "secondary" },
    "ns3": { "addresses": ["198.51.100.2"], "role": "secondary" }
}"#;
const AT: Timestamp = Timestamp(1_000_000);

fn plan(nameservers: &str) -> ZonePlan {
    let members: serde_json::Value = serde_json::from_str(nameservers).unwrap();
    let names: Vec<_> = members.as_object().unwrap().keys().collect();
    let config = format!(
        r#"{{ "nameservers": {nameservers}, "zones": {{ "z.test": {{ "nameservers": {names:?} }} }} }}"#
    );
    let config = Config::parse(&config, "test").unwrap_or_else(|error| panic!("{error}"));
    let parameters = [("zone".to_owned(), "z.test".to_owned())];
    match Request::read(&parameters, None, &config) {
        Ok(Request::Zone(plan)) => *plan,
        _ => panic!("a zone as a whole"),
    }
}

/// Facts of every address of the plan: of a healthy zone, as `change` changes them by the address's text.
fn facts(plan: &ZonePlan, change: impl Fn(&str, &mut ServerFacts)) -> Vec<Vec<ServerFacts>> {
    let nameservers = plan
        .nameservers
        .iter()
        .map(|nameserver| &nameserver.nameserver);
    let servers = nameservers.map(|nameserver| {
        let addresses = nameserver.addresses.iter().map(|&address| {
            let mut facts = healthy_facts(address);
            facts.role = nameserver.role;
            change(&address.to_string(), &mut facts);
            facts
        });
        addresses.collect()
    });
    servers.collect()
}

fn healthy_facts(address: IpAddr) -> ServerFacts {
    ServerFacts {
        authoritative: true,
        soa: Some(soa(7)),
        apex_rrsets: apex_rrsets(NS, NS),
        ..silent_facts(Some(address))
    }
}

fn silent_facts(address: Option<IpAddr>) -> ServerFacts {
    let family = address.as_ref().map_or(Family::Ipv6, Family::of_address);
    ServerFacts::without_answers(family, address, None)
}

fn soa(serial: u32) -> Soa {
    Soa {
        mname: "ns1.z.test.".parse().unwrap(),
        rname: "host.z.test.".parse().unwrap(),
        serial: Serial(serial),
        refresh: 14_400,
        retry: 3_600,
        expire: 1_209_600,
        minimum: 300,
    }
}

fn apex_rrsets(over_udp: &str, over_tcp: &str) -> ApexRrsets {
    ApexRrsets::default()
        .with_rrset(RrType::NS, Transport::Udp, over_udp)
        .with_rrset(RrType::NS, Transport::Tcp, over_tcp)
}

/// Each difference as its kind, its nameserver and its address.
fn difference_texts(findings: &ZoneFindings) -> Vec<String> {
    let differences = findings.differences.iter();
    let text = differences.map(|difference| {
        let nameserver = difference.nameserver.as_deref().unwrap_or("-");
        let address = difference
            .address
            .map_or("-".to_owned(), |ip| ip.to_string());
        format!("{} {nameserver} {address}", difference.what.as_str())
    });
    text.collect()
}

fn lags(findings: &ZoneFindings) -> Vec<Option<u32>> {
    let addresses = findings
        .nameservers
        .iter()
        .flat_map(|nameserver| &nameserver.addresses);
    addresses.map(|address| address.serial_lag).collect()
}

/// How the facts change, and the differences that follow: kind, nameserver and address, and the detail.
struct Row {
    name: &'static str,
    change: fn(&str, &mut ServerFacts),
    differences: &'static [(&'static str, &'static str)],
    lags: [Option<u32>; 5],
}

const NO_LAG: [Option<u32>; 5] = [Some(0); 5];

const ROWS: [Row; 10] = [
    Row {
        name: "healthy",
        change: |_, _| {},
        differences: &[],
        lags: NO_LAG,
    },
    Row {
        name: "lagging serial",
        change: |address, facts| {
            if address == "198.51.100.1" {
                facts.soa = Some(soa(4));
            }
        },
        differences: &[("serial ns2 198.51.100.1", "serial 4, 3 behind 7")],
        lags: [Some(0), Some(0), Some(3), Some(0), Some(0)],
    },
    Row {
        name: "incomparable serials",
        change: |address, facts| match address {
            "192.0.2.1" => {}
            "198.51.100.2" => facts.soa = Some(soa(7 + (1 << 31))),
            _ => *facts = silent_facts(facts.address),
        },
        differences: &[
            (
                "serial ns1 192.0.2.1",
                "serial 7, of which it cannot be told whether it is the newest",
            ),
            (
                "serial ns3 198.51.100.2",
                "serial 2147483655, of which it cannot be told whether it is the newest",
            ),
        ],
        lags: [None; 5],
    },
    Row {
        name: "bogus server with a newer serial",
        change: |address, facts| {
            if address == "198.51.100.2" {
                facts.soa = Some(soa(9));
                facts.contradicted_by_dnssec = true;
            }
        },
        differences: &[(
            "serial ns3 198.51.100.2",
            "serial 9, against which DNSSEC speaks",
        )],
        lags: [Some(0), Some(0), Some(0), Some(0), None],
    },
    Row {
        name: "CDS at one server alone",
        change: |address, facts| {
            let cds = match address {
                "192.0.2.1" => "z.test. 60 IN CDS 1 13 2 AB",
                _ => "",
            };
            facts.apex_rrsets = apex_rrsets(NS, NS).with_rrset(RrType::CDS, Transport::Udp, cds);
        },
        differences: &[(
            "cds ns1 192.0.2.1",
            "CDS key 1 (ECDSAP256SHA256) by SHA-256; elsewhere none",
        )],
        lags: NO_LAG,
    },
    Row {
        name: "NS differs over one transport",
        change: |address, facts| {
            if address == "198.51.100.2" {
                facts.apex_rrsets = apex_rrsets(NS, NS1_ALONE);
            }
        },
        differences: &[(
            "transport ns3 198.51.100.2",
            "NS ns1.z.test., ns2.z.test. over udp; ns1.z.test. over tcp",
        )],
        lags: NO_LAG,
    },
    Row {
        name: "NS differs at one server",
        change: |address, facts| {
            if address == "198.51.100.2" {
                facts.apex_rrsets = apex_rrsets(NS1_ALONE, NS1_ALONE);
            }
        },
        differences: &[(
            "ns ns3 198.51.100.2",
            "NS ns1.z.test.; elsewhere ns1.z.test., ns2.z.test.",
        )],
        lags: NO_LAG,
    },
    Row {
        name: "NSID differs at one machine",
        change: |address, facts| match address {
            "192.0.2.1" => facts.nsid = Some("a".to_owned()),
            "2001:db8::1" => facts.nsid = Some("b".to_owned()),
            _ => {}
        },
        differences: &[("nsid ns1 -", "NSID a at 192.0.2.1, b at 2001:db8::1")],
        lags: NO_LAG,
    },
    Row {
        name: "NSID of a server that is not authoritative",
        change: |address, facts| match address {
            "192.0.2.1" => facts.nsid = Some("a".to_owned()),
            "2001:db8::1" => facts.authoritative = false,
            _ => {}
        },
        differences: &[],
        lags: NO_LAG,
    },
    Row {
        name: "all silent",
        change: |_, facts| *facts = silent_facts(facts.address),
        differences: &[],
        lags: [None; 5],
    },
];

#[test]
fn facts_that_differ_become_differences() {
    let plan = plan(THREE);
    for row in ROWS {
        let findings = compare_facts(&plan, &facts(&plan, row.change), None, AT);
        let expected: Vec<_> = row
            .differences
            .iter()
            .map(|(subject, _)| *subject)
            .collect();
        assert_eq!(difference_texts(&findings), expected, "{}", row.name);
        let details: Vec<_> = findings
            .differences
            .iter()
            .map(|difference| &difference.detail)
            .collect();
        let expected: Vec<_> = row.differences.iter().map(|(_, detail)| *detail).collect();
        assert_eq!(details, expected, "{}", row.name);
        assert_eq!(lags(&findings), row.lags, "{}", row.name);
    }
}

#[test]
fn silence_of_all_servers_is_not_measured() {
    let plan = plan(THREE);
    let findings = compare_facts(
        &plan,
        &facts(&plan, |_, facts| *facts = silent_facts(facts.address)),
        None,
        AT,
    );
    assert_eq!(findings.agreement, Agreement::default());
    let Serials {
        newest,
        comparable,
        equal,
    } = findings.serials;
    assert_eq!((newest, comparable, equal), (None, None, None));
    for nameserver in &findings.nameservers {
        assert_eq!(nameserver.nsid_equal, None);
        for address in &nameserver.addresses {
            assert_eq!(address.transports_equal, None);
            assert_eq!(address.signatures_outlive_expire_seconds, None);
        }
    }
    let none_of_three = AvailabilityCount {
        configured: 3,
        answering: 0,
    };
    assert_eq!(findings.availability.servers, none_of_three);
}

#[test]
fn answer_failing_validation_is_not_the_reference() {
    const FORGED: [&str; 3] = ["198.51.100.1", "2001:db8:1::1", "198.51.100.2"];
    let plan = plan(THREE);
    let forged_facts = |contradicted_by_dnssec: bool| {
        facts(&plan, |address, facts| {
            if FORGED.contains(&address) {
                let ns6 = "z.test. 60 IN NS ns6.z.test.";
                facts.soa = Some(soa(1_000));
                facts.apex_rrsets = apex_rrsets(ns6, ns6);
                facts.contradicted_by_dnssec = contradicted_by_dnssec;
            }
        })
    };
    let outvoted = compare_facts(&plan, &forged_facts(false), None, AT);
    assert_eq!(
        lags(&outvoted)[..2],
        [Some(993); 2],
        "nothing speaks against it"
    );

    let findings = compare_facts(&plan, &forged_facts(true), None, AT);
    assert_eq!(lags(&findings), [Some(0), Some(0), None, None, None]);
    assert_eq!(
        (findings.serials.comparable, findings.serials.equal),
        (Some(true), Some(false))
    );
    let servers = [("ns2", FORGED[0]), ("ns2", FORGED[1]), ("ns3", FORGED[2])];
    let expected = [InconsistencyKind::Serial, InconsistencyKind::Ns]
        .into_iter()
        .flat_map(|kind| {
            servers.map(|(name, address)| format!("{} {name} {address}", kind.as_str()))
        });
    assert_eq!(difference_texts(&findings), expected.collect::<Vec<_>>());
    assert_eq!(
        findings.differences[0].detail,
        "serial 1000, against which DNSSEC speaks"
    );
}

#[test]
fn signatures_are_compared_with_soa_expire() {
    let mut facts = healthy_facts("192.0.2.1".parse().unwrap());
    assert_eq!(facts.signatures_outlive_expire(AT), None, "unsigned");
    facts.earliest_expiration = Some(Timestamp(AT.0 + 1_209_600 - 5));
    assert_eq!(facts.signatures_outlive_expire(AT), Some(-5));
    facts.ttls.max = Some(3_600);
    assert_eq!(
        facts.signatures_outlive_expire(AT),
        Some(-3_605),
        "what was answered last is kept"
    );
    facts.soa = None;
    assert_eq!(facts.signatures_outlive_expire(AT), None, "no SOA");
}

struct ParentRow {
    name: &'static str,
    parent: ParentReport,
    ns_equal: Option<bool>,
    glue_equal: Option<bool>,
    differences: &'static [&'static str],
}

/// What the parent gives for `ns`, with the glue 192.0.2.9; the zone itself has 192.0.2.1.
fn parent(ns: &[&str], problem: Option<&str>) -> ParentReport {
    let ns1_glue = |address: &str| [("ns1.z.test.".to_owned(), vec![address.parse().unwrap()])];
    ParentReport {
        zone: Some("test.".parse().unwrap()),
        server: None,
        problem: problem.map(str::to_owned),
        ns: ns.iter().map(|name| name.parse().unwrap()).collect(),
        glue: ns1_glue("192.0.2.9").into(),
        addresses: Some(ns1_glue("192.0.2.1").into()),
        ..ParentReport::default()
    }
}

#[test]
fn delegation_is_compared_with_the_zone() {
    let plan = plan(THREE);
    let names = ["ns1.z.test.", "ns2.z.test."];
    let rows = [
        ParentRow {
            name: "other glue",
            parent: parent(&names, None),
            ns_equal: Some(true),
            glue_equal: Some(false),
            differences: &["glue - -"],
        },
        ParentRow {
            name: "fewer NS",
            parent: parent(&names[..1], None),
            ns_equal: Some(false),
            glue_equal: Some(false),
            differences: &["parent_ns - -", "glue - -"],
        },
        ParentRow {
            name: "no answer",
            parent: parent(&[], Some("no answer")),
            ns_equal: None,
            glue_equal: None,
            differences: &[],
        },
    ];
    for row in rows {
        let facts = facts(&plan, |_, _| {});
        let findings = compare_facts(&plan, &facts, Some(&row.parent), AT);
        let Agreement {
            parent_ns_equal,
            glue_equal,
            ..
        } = findings.agreement;
        assert_eq!(parent_ns_equal, row.ns_equal, "{}", row.name);
        assert_eq!(glue_equal, row.glue_equal, "{}", row.name);
        assert_eq!(difference_texts(&findings), row.differences, "{}", row.name);
    }
}
