//! What the views make of a zone as a whole.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use outsidein::config::{DnssecPolicy, NameserverRole};
use outsidein::dns::{Algorithm, DigestType, Ds, Family, RrType, Serial, Timestamp};
use outsidein::dnssec::EarlyChange;
use outsidein::reason::{Reason, Warning, WarningKind};
use outsidein::report::{
    AddressReport, Agreement, Availability, AvailabilityCount, ChainReport, ChainStatus,
    Delegation, EarlyChangeReport, Glue, Inconsistency, InconsistencyKind, NameReport,
    NameserverReport, NsHostReport, NsHostResult, ParentReport, ParentResult, ParentServerReport,
    Serials, ServerReport, TtlReport, UnlistedServer, ZoneReport,
};
use outsidein::view;

use super::fixtures::{self, AT, name};
use super::golden;

const NEWEST: Serial = Serial(2_026_112_201);

/// Two providers; the secondary is a step behind, its IPv6 is dead, and it lacks a nameserver.
pub fn diverged() -> ZoneReport {
    let share = |configured, answering| AvailabilityCount {
        configured,
        answering,
    };
    let shares = |ipv4, ipv6| BTreeMap::from([(Family::Ipv4, ipv4), (Family::Ipv6, ipv6)]);
    ZoneReport {
        zone: name("healthy.test."),
        module: "default".to_owned(),
        dnssec_policy: DnssecPolicy::Auto,
        at: AT,
        success: false,
        duration: Duration::from_micros(23_410),
        timeout: Duration::from_millis(4_500),
        signature_warning_seconds: 3_600,
        differences: differences(),
        serials: Serials {
            newest: Some(NEWEST),
            comparable: Some(true),
            equal: Some(false),
        },
        agreement: Agreement {
            ns_equal: Some(false),
            dnskeys_equal: Some(true),
            cds_equal: Some(true),
            configured_ns_equal: Some(true),
            parent_ns_equal: Some(true),
            glue_equal: Some(false),
            parent_servers_equal: Some(false),
        },
        parent: Some(parent()),
        ttls: TtlReport {
            soa: Some(300),
            ns: Some(3_600),
            dnskey: Some(3_600),
            max: Some(86_400),
        },
        chain: Some(ChainReport {
            status: ChainStatus::Broken,
            reason: Some(Reason::ChainBroken),
            ends_at: Some(name("test.")),
            detail: Some("the DS RRset of healthy.test.: signature_expired".to_owned()),
        }),
        early_changes: vec![
            EarlyChangeReport {
                kind: EarlyChange::KskRemoved,
                too_early: true,
                until: Some(Timestamp(AT.0 + 3_600)),
                detail: Some("resolvers may hold the DS RRset of key 1".to_owned()),
            },
            EarlyChangeReport {
                kind: EarlyChange::ZskUsed,
                too_early: false,
                until: None,
                detail: None,
            },
        ],
        reach: Availability {
            servers: share(2, 2),
            providers: share(2, 2),
            addresses: shares(share(2, 2), share(2, 1)),
            networks: shares(share(2, 2), share(2, 1)),
        },
        nameservers: vec![primary(), secondary()],
    }
}

fn differences() -> Vec<Inconsistency> {
    let detail = "NS ns1.healthy.test.; elsewhere ns1.healthy.test., ns2.healthy.test.".to_owned();
    let glue =
        "ns2.healthy.test. has [192.0.2.54] at the parent; [198.51.100.54] in the zone".to_owned();
    vec![
        Inconsistency {
            what: InconsistencyKind::Ns,
            nameserver: Some("ns2".to_owned()),
            family: Some(Family::Ipv4),
            address: Some("198.51.100.54".parse().unwrap()),
            detail,
        },
        Inconsistency {
            what: InconsistencyKind::Glue,
            nameserver: None,
            family: None,
            address: None,
            detail: glue,
        },
    ]
}

fn ds() -> Ds {
    Ds {
        key_tag: 12_345,
        algorithm: Algorithm::ECDSAP256SHA256,
        digest_type: DigestType::SHA_256,
        digest: [0x0A, 0x1B].into(),
    }
}

/// One of the two has an old copy, without the DS.
fn parent_server(address: &str, is_current: bool) -> ParentServerReport {
    ParentServerReport {
        name: name("a.nic.test."),
        address: address.parse().unwrap(),
        at: AT,
        result: ParentResult::Delegates,
        detail: None,
        delegation: Some(Delegation {
            ns: vec![name("ns1.healthy.test."), name("ns2.healthy.test.")],
            ns_ttl: Some(172_800),
            ds: is_current.then(ds).into_iter().collect(),
            ds_ttl: is_current.then_some(86_400),
            glue: Glue::new(),
        }),
    }
}

fn parent() -> ParentReport {
    let addresses = |ns2: &str| {
        let of = |address: &str| vec![address.parse::<IpAddr>().unwrap()];
        Glue::from([
            ("ns1.healthy.test.".to_owned(), of("192.0.2.53")),
            ("ns2.healthy.test.".to_owned(), of(ns2)),
        ])
    };
    ParentReport {
        zone: Some(name("test.")),
        server: Some("203.0.113.1:53".parse().unwrap()),
        problem: None,
        ns: vec![name("ns1.healthy.test."), name("ns2.healthy.test.")],
        glue: addresses("192.0.2.54"),
        addresses: Some(addresses("198.51.100.54")),
        result: Some(ParentResult::Delegates),
        answering: [(Family::Ipv4, true), (Family::Ipv6, false)].into(),
        ns_ttl: Some(172_800),
        ns_digest: Some(123_456_789_012_345),
        ds: vec![ds()],
        ds_ttl: Some(86_400),
        ds_digest: Some(234_567_890_123_456),
        servers: vec![
            parent_server("203.0.113.1:53", true),
            parent_server("203.0.113.2:53", false),
        ],
        hosts: vec![NsHostReport {
            name: name("ns1.healthy.test."),
            result: NsHostResult::Found,
            addresses: vec!["192.0.2.53".parse().unwrap(), "192.0.2.66".parse().unwrap()],
            problem: None,
            unlisted: vec![UnlistedServer {
                address: "192.0.2.66".parse().unwrap(),
                answers: Some(false),
                detail: Some("no answer".to_owned()),
            }],
        }],
    }
}

/// The mail servers that probes.json lists.
fn mail(record: &str, expected: Option<bool>) -> NameReport {
    NameReport {
        name: name("healthy.test."),
        rtype: RrType::MX,
        answered: true,
        records: vec![record.to_owned()],
        digest: Some(u64::from(record.len().is_multiple_of(2)) + (1 << 52)),
        valid: expected,
        expected,
    }
}

fn primary() -> NameserverReport {
    let addresses = fixtures::healthy()
        .servers
        .into_iter()
        .map(|server| AddressReport {
            server: ServerReport {
                role: Some(NameserverRole::Primary),
                names: vec![mail("10 mail.healthy.test.", Some(true))],
                ..server
            },
            serial_lag: Some(0),
            transports_equal: Some(true),
            signatures_outlive_expire_seconds: Some(-71_000),
        });
    NameserverReport {
        name: "ns1".to_owned(),
        provider: Some("home".to_owned()),
        role: Some(NameserverRole::Primary),
        hidden: false,
        nsid_equal: Some(true),
        addresses: addresses.collect(),
    }
}

fn secondary() -> NameserverReport {
    let behind = fixtures::healthy()
        .servers
        .into_iter()
        .next()
        .map(|mut server| {
            server.address = Some("198.51.100.54".parse().unwrap());
            server.soa.as_mut().unwrap().serial = Serial(NEWEST.0 - 1);
            server.expire_seconds = None;
            server.names = vec![mail("5 other\u{1b}.test.", Some(false))];
            let detail = "www.healthy.test. TXT over udp: rrsigs_missing";
            server.warnings = vec![Warning::new(WarningKind::ExtraRrsetInvalid, detail)];
            AddressReport {
                server,
                serial_lag: Some(1),
                transports_equal: Some(false),
                signatures_outlive_expire_seconds: None,
            }
        });
    let dead = fixtures::v6_dead()
        .servers
        .into_iter()
        .find(|server| server.family == Family::Ipv6);
    let dead = dead.map(|server| AddressReport {
        server: ServerReport {
            role: Some(NameserverRole::Secondary),
            ..server
        },
        serial_lag: None,
        transports_equal: None,
        signatures_outlive_expire_seconds: None,
    });
    NameserverReport {
        name: "ns2".to_owned(),
        provider: Some("else\"where".to_owned()),
        role: Some(NameserverRole::Secondary),
        hidden: false,
        nsid_equal: None,
        addresses: behind.into_iter().chain(dead).collect(),
    }
}

#[test]
fn inconsistencies_are_listed_first() {
    let report = diverged();
    golden::compare_all(
        "zone",
        [
            ("txt", view::zone_text(&report)),
            ("prom", view::zone_prometheus(&report)),
            ("json", view::zone_json(&report)),
            ("debug", view::zone_debug(&report)),
        ],
    );
}

#[test]
fn unmeasured_values_are_absent() {
    let report = ZoneReport {
        differences: Vec::new(),
        serials: Serials {
            newest: None,
            comparable: None,
            equal: None,
        },
        agreement: Agreement::default(),
        parent: None,
        nameservers: vec![NameserverReport {
            addresses: secondary().addresses.split_off(1),
            ..secondary()
        }],
        ..diverged()
    };
    let text = view::zone_prometheus(&report);
    for absent in [
        "probe_zone_serial",
        "probe_zone_ns_",
        "probe_zone_dnskeys_equal",
        "probe_zone_cds_equal",
        "probe_zone_configured",
        "probe_zone_parent",
        "probe_zone_glue",
        "probe_zone_expire",
        "probe_zone_nsid_equal",
        "probe_zone_transports_equal",
        "probe_zone_difference",
    ] {
        assert!(!text.contains(&format!("\n{absent}")), "{absent} in {text}");
    }
    let reach = Availability {
        addresses: BTreeMap::new(),
        networks: BTreeMap::new(),
        ..report.reach.clone()
    };
    let rendered = view::zone_text(&ZoneReport { reach, ..report });
    assert!(
        rendered.contains("\n          no addresses in the families asked\n"),
        "{rendered}"
    );
    assert!(
        text.contains("\nprobe_zone_server_success{nameserver=\"ns2\",provider=\"else\\\"where\",family=\"ipv6\","),
        "{text}"
    );
}

#[test]
fn unauthoritative_server_has_no_serial_or_expiry() {
    let mut report = diverged();
    let server = &mut report.nameservers[0].addresses[0].server;
    assert!(server.soa.is_some() && server.expire_seconds.is_some());
    server.authoritative = false;
    let labels = format!(
        "{{nameserver=\"ns1\",provider=\"home\",family=\"ipv4\",address=\"{}\"",
        server.address.unwrap()
    );
    let text = view::zone_prometheus(&report);
    assert!(
        text.contains(&format!("probe_zone_server_success{labels}")),
        "{text}"
    );
    for absent in [
        "probe_zone_serial",
        "probe_zone_expire_seconds",
        "probe_zone_expire_answered",
    ] {
        assert!(
            !text.contains(&format!("\n{absent}{labels}")),
            "{absent} in {text}"
        );
    }
}
