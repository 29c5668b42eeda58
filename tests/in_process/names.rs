//! Names below the apex and at it: two servers of one signed zone, of which the second is wrong in one way.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::demo::{
    KeyDuty, ServedZone, ServedZones, ServerBehaviour, SignedZone, SigningKey, ValidityPeriod,
    ZoneBuilder,
};
use outsidein::dns::{Algorithm, Family, Message, Name, RrType, Timestamp};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::Network;
use outsidein::plan::Request;
use outsidein::probe::execute;
use outsidein::report::{AnyReport, InconsistencyKind, NameReport, ZoneReport};
use outsidein::view;

const AT: i64 = 1_800_000_000;
const GOOD: &str = "192.0.2.1";
const OTHER: &str = "192.0.2.2";

/// Two servers; questions for one name may get lost on their way.
struct World {
    servers: [(IpAddr, ServedZones); 2],
    lost: Option<Name>,
}

impl Network for World {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let query = ask.query.octets(7, ask.edns);
        let (_, zones) = self
            .servers
            .iter()
            .find(|(address, _)| *address == ask.server.ip())
            .expect("one of the two");
        let is_lost = Some(&ask.query.question.name) == self.lost.as_ref();
        let answer = zones
            .respond(&query, ask.transport, Family::Ipv4)
            .filter(|_| !is_lost);
        let outcome = match answer {
            Some(octets) => Outcome::Response(Arc::new(Message::read(octets).expect("readable"))),
            None => Outcome::Timeout,
        };
        Exchange::untimed(ask, outcome)
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        panic!("no host name is asked for")
    }
}

type Change = fn(ZoneBuilder) -> ZoneBuilder;
type Fault = fn(&mut SignedZone);

/// What is wrong at the second server, and what must be told of it.
struct Row {
    case: &'static str,
    /// Keys of the zone in probes.json.
    config: &'static str,
    /// How the second server's zone differs before it is signed.
    change: Change,
    /// What is done to it afterwards.
    fault: Fault,
    /// Reasons for which the second server fails.
    reasons: &'static [&'static str],
    /// The names whose data differs.
    differing: &'static [&'static str],
    /// Names whose signatures do not hold there.
    invalid: &'static [&'static str],
    /// Names that are not what is expected there.
    unexpected: &'static [&'static str],
}

const NOTHING: Row = Row {
    case: "",
    config: "",
    change: |zone| zone,
    fault: |_| {},
    reasons: &[],
    differing: &[],
    invalid: &[],
    unexpected: &[],
};

const WWW: &str = r#""names": [{ "name": "www.z.test", "types": ["A"] }]"#;

fn expired() -> ValidityPeriod {
    ValidityPeriod::days(Timestamp(AT), -30, -1)
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn remove(zone: &mut SignedZone, owner: &str, rtype: RrType) {
    zone.remove(&name(owner), rtype).expect("an RRset");
}

const ROWS: &[Row] = &[
    Row {
        case: "nothing is wrong",
        config: r#""names": [{ "name": "www.z.test" }, { "name": "alias.z.test", "types": ["A"] },
                            { "name": "out.z.test", "types": ["A"], "regexp": "^cdn\\.example\\.$" },
                            { "name": "any.wild.z.test", "types": ["TXT"], "records": ["expanded"] },
                            { "name": "z.test", "types": ["MX"], "records": ["20 Mail2.z.test.", "10 mail.z.test."] },
                            { "name": "child.z.test", "types": ["DS"] }]"#,
        ..NOTHING
    },
    Row {
        case: "signature of www alone expired",
        config: WWW,
        change: |zone| zone.validity_of("www", RrType::A, expired()),
        reasons: &["signature_expired"],
        invalid: &["www.z.test. A"],
        ..NOTHING
    },
    Row {
        case: "signature of a delegation's DS expired",
        config: r#""names": [{ "name": "child.z.test", "types": ["DS"] }]"#,
        change: |zone| zone.validity_of("child", RrType::DS, expired()),
        reasons: &["signature_expired"],
        invalid: &["child.z.test. DS"],
        ..NOTHING
    },
    Row {
        case: "unsigned address at the apex, as of an ALIAS, without any configuration",
        fault: |zone| {
            zone.strip_rrsigs(|owner, rtype| *owner == name("z.test.") && rtype == RrType::A);
        },
        reasons: &["rrsigs_missing"],
        invalid: &["z.test. A"],
        ..NOTHING
    },
    Row {
        case: "signature of the mail servers is wrong, without any configuration",
        fault: |zone| zone.tamper_rrsigs(|_, rtype| rtype == RrType::MX),
        reasons: &["signature_invalid"],
        invalid: &["z.test. MX"],
        ..NOTHING
    },
    Row {
        case: "signature of a nameserver's address expired, without any configuration",
        change: |zone| zone.validity_of("ns1", RrType::AAAA, expired()),
        reasons: &["signature_expired"],
        invalid: &["ns1.z.test. AAAA"],
        ..NOTHING
    },
    Row {
        case: "another mail server under the same serial, without any configuration",
        change: |zone| zone.record("@", RrType::MX, "5 evil.example."),
        differing: &["z.test. MX"],
        ..NOTHING
    },
    Row {
        case: "another mail server under another serial",
        change: |zone| {
            zone.record("@", RrType::MX, "5 evil.example.").record(
                "@",
                RrType::SOA,
                "ns1.z.test. hostmaster.z.test. 2026112202 14400 3600 1209600 300",
            )
        },
        ..NOTHING
    },
    Row {
        case: "a listed name was lost, and the chain of NSEC with it",
        config: WWW,
        fault: |zone| remove(zone, "www.z.test.", RrType::A),
        reasons: &["no_data", "denial_contradicted"],
        differing: &["www.z.test. A"],
        invalid: &["www.z.test. A"],
        unexpected: &["www.z.test. A"],
        ..NOTHING
    },
    Row {
        case: "a name whose types are not said needs one of them alone",
        config: r#""names": [{ "name": "alone.z.test" }]"#,
        ..NOTHING
    },
    Row {
        case: "a type that the apex must have by qtypes is not there",
        config: r#""qtypes": ["SOA", "LOC"]"#,
        reasons: &["no_data"],
        unexpected: &["z.test. LOC"],
        ..NOTHING
    },
    Row {
        case: "other records than expected",
        config: r#""names": [{ "name": "www.z.test", "types": ["A"], "records": ["192.0.2.80"] }]"#,
        change: |zone| zone.record("www", RrType::A, "192.0.2.81"),
        reasons: &["unexpected_records"],
        differing: &["www.z.test. A"],
        unexpected: &["www.z.test. A"],
        ..NOTHING
    },
    Row {
        case: "a record that does not match",
        config: r#""names": [{ "name": "www.z.test", "types": ["A"], "regexp": "^192\\.0\\.2\\.", "same_everywhere": false }]"#,
        change: |zone| zone.record("www", RrType::A, "198.51.100.1"),
        reasons: &["unexpected_records"],
        unexpected: &["www.z.test. A"],
        ..NOTHING
    },
    Row {
        case: "data that may differ by server",
        config: r#""names": [{ "name": "www.z.test", "types": ["A"], "same_everywhere": false },
                            { "name": "z.test", "types": ["A"], "same_everywhere": false }]"#,
        change: |zone| {
            zone.record("www", RrType::A, "198.51.100.1")
                .record("@", RrType::A, "198.51.100.1")
        },
        ..NOTHING
    },
];

fn records(zone: ZoneBuilder) -> ZoneBuilder {
    let ds = format!("12345 13 2 {}", "AB".repeat(32));
    zone.record("@", RrType::A, "192.0.2.80")
        .record("@", RrType::MX, "10 mail.z.test.")
        .record("@", RrType::MX, "20 mail2.z.test.")
        .record("www", RrType::A, "192.0.2.80")
        .record("www", RrType::AAAA, "2001:db8::80")
        .record("alone", RrType::AAAA, "2001:db8::80")
        .record("alias", RrType::CNAME, "www.z.test.")
        .record("out", RrType::CNAME, "cdn.example.")
        .record("*.wild", RrType::TXT, "expanded")
        .record("child", RrType::NS, "ns.child.z.test.")
        .record("child", RrType::DS, &ds)
}

fn world(row: &Row) -> (World, String) {
    let key = Arc::new(SigningKey::generate(Algorithm::ECDSAP256SHA256, SigningKey::KSK).unwrap());
    let build = |change: Change| {
        let zone = ZoneBuilder::new(&name("z.test."), Timestamp(AT));
        let zone = change(records(zone)).key(Arc::clone(&key), KeyDuty::All);
        zone.sign().expect(row.case)
    };
    let good = build(|zone| zone);
    let anchors = format!("{:?}", good.dnskey_texts());
    let mut other = build(row.change);
    (row.fault)(&mut other);
    let served = |address: &str, zone| {
        let behaviour = ServerBehaviour::Answer;
        let zones = ServedZones::from_iter([ServedZone { zone, behaviour }]);
        (address.parse().unwrap(), zones)
    };
    let servers = [served(GOOD, good), served(OTHER, other)];
    (
        World {
            servers,
            lost: None,
        },
        anchors,
    )
}

async fn probe(world: &World, anchors: &str, zone: &str) -> ZoneReport {
    let separator = if zone.is_empty() { "" } else { "," };
    let config = format!(
        r#"{{ "nameservers": {{ "ns1.z.test": {{ "addresses": ["{GOOD}"] }}, "ns2.z.test": {{ "addresses": ["{OTHER}"] }} }},
             "zones": {{ "z.test": {{ "nameservers": ["ns1.z.test", "ns2.z.test"], "dnssec": "required",
                                      "trust_anchors": {anchors}{separator} {zone} }} }} }}"#
    );
    let config = Config::parse(&config, "test").unwrap_or_else(|error| panic!("{error}"));
    let parameters = [
        ("zone".to_owned(), "z.test".to_owned()),
        ("family".to_owned(), "ipv4".to_owned()),
    ];
    let request = Request::read(&parameters, None, &config).expect("a request");
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(AT.unsigned_abs());
    match execute(&request, world, &LinkCache::default(), at).await {
        AnyReport::Zone(report) => *report,
        AnyReport::Target(_) | AnyReport::Blackbox(_) => panic!("of the zone as a whole"),
    }
}

fn names_at(report: &ZoneReport, nameserver: usize) -> &[NameReport] {
    &report.nameservers[nameserver].addresses[0].server.names
}

fn where_(names: &[NameReport], is_meant: impl Fn(&NameReport) -> bool) -> Vec<String> {
    let meant = names.iter().filter(|name| is_meant(name));
    meant
        .map(|name| format!("{} {}", name.name, name.rtype))
        .collect()
}

#[tokio::test]
async fn fault_of_one_name_is_told_of_that_name() {
    for row in ROWS {
        let (world, anchors) = world(row);
        let report = probe(&world, &anchors, row.config).await;
        let servers: Vec<_> = report
            .nameservers
            .iter()
            .map(|nameserver| &nameserver.addresses[0].server)
            .collect();
        let context = format!("{}: {:#?}", row.case, servers[1].failures);
        // What is not there at all is missing everywhere.
        if !row.config.contains("LOC") {
            assert_eq!(servers[0].failures, [], "{}", row.case);
        }
        let mut reasons: Vec<_> = servers[1]
            .failures
            .iter()
            .map(|failure| failure.reason.as_str())
            .collect();
        reasons.dedup();
        assert_eq!(reasons, row.reasons, "{context}");
        let differing: Vec<_> = report
            .differences
            .iter()
            .filter(|difference| difference.what == InconsistencyKind::Name)
            .map(|difference| difference.detail.clone())
            .collect();
        assert_eq!(
            differing.len(),
            row.differing.len(),
            "{context} {differing:?}"
        );
        for (detail, owner_and_type) in differing.iter().zip(row.differing) {
            assert!(detail.starts_with(owner_and_type), "{context} {detail}");
        }
        let other = names_at(&report, 1);
        assert_eq!(
            where_(other, |name| name.valid == Some(false)),
            row.invalid,
            "{context}"
        );
        assert_eq!(
            where_(other, |name| name.valid.is_none()),
            [""; 0],
            "{context}"
        );
        assert_eq!(
            where_(other, |name| name.expected == Some(false)),
            row.unexpected,
            "{context}"
        );
        assert!(other.iter().all(|name| name.answered), "{context}");
    }
}

#[tokio::test]
async fn unlisted_names_are_the_apex_and_the_nameservers_within() {
    let (world, anchors) = world(&NOTHING);
    let report = probe(&world, &anchors, "").await;
    let asked = where_(names_at(&report, 0), |name| name.expected.is_none());
    let expected = [
        "ns1.z.test. A",
        "ns1.z.test. AAAA",
        "ns2.z.test. A",
        "ns2.z.test. AAAA",
        "z.test. A",
        "z.test. AAAA",
        "z.test. MX",
        "z.test. CAA",
    ];
    assert_eq!(asked, expected);
}

/// A digest is that of the data, however it is ordered; it is written in probes.json to be expected.
#[tokio::test]
async fn digest_changes_with_the_data_alone() {
    let digest_of = |report: &ZoneReport, server| {
        let names = names_at(report, server);
        let mx = names.iter().find(|name| name.rtype == RrType::MX);
        mx.and_then(|name| name.digest).expect("a digest")
    };
    let reordered = Row {
        fault: |zone| {
            let mx = zone.rrset_mut(&name("z.test."), RrType::MX).unwrap();
            mx.rdatas.reverse();
        },
        ..NOTHING
    };
    let (world, anchors) = world(&reordered);
    let report = probe(&world, &anchors, "").await;
    let digest = digest_of(&report, 0);
    assert_eq!(digest, digest_of(&report, 1));
    assert!((1..1 << 53).contains(&digest), "{digest}");
    let caa = names_at(&report, 0)
        .iter()
        .find(|name| name.rtype == RrType::CAA);
    assert_eq!(caa.and_then(|name| name.digest), Some(0), "there is none");
    for (digest, success) in [(digest, true), (digest ^ 1, false)] {
        let names =
            format!(r#""names": [{{ "name": "z.test", "types": ["MX"], "digest": {digest} }}]"#);
        let report = probe(&world, &anchors, &names).await;
        assert_eq!(report.success, success);
    }
}

/// Names are many: a question that was lost is told, and fails nobody.
#[tokio::test]
async fn lost_question_for_a_name_fails_nobody() {
    let (mut world, anchors) = world(&NOTHING);
    world.lost = Some(name("www.z.test."));
    let report = probe(&world, &anchors, WWW).await;
    assert!(
        report.success,
        "{:?}",
        report.nameservers[0].addresses[0].server.failures
    );
    let www = &names_at(&report, 0)[0];
    assert_eq!(
        (www.answered, www.valid, www.expected, www.digest),
        (false, None, None, None)
    );
    let metrics = view::zone_prometheus(&report);
    let series = r#"probe_name_answered{nameserver="ns1.z.test",provider="",family="ipv4",address="192.0.2.1",name="www.z.test",type="A"} 0"#;
    assert!(metrics.contains(series), "{metrics}");
}

/// The name of a nameserver may lie in a zone below that the same server serves, signed by nobody or by its own keys.
#[tokio::test]
async fn name_in_a_zone_below_is_not_held_against_the_zone() {
    for is_signed in [false, true] {
        let below = Row {
            change: |zone| zone.record("ns1", RrType::NS, "ns1.z.test."),
            ..NOTHING
        };
        let (mut world, anchors) = world(&below);
        let child = ZoneBuilder::new(&name("ns1.z.test."), Timestamp(AT)).record(
            "@",
            RrType::A,
            "192.0.2.1",
        );
        let key = SigningKey::generate(Algorithm::ECDSAP256SHA256, SigningKey::KSK).unwrap();
        let child = if is_signed {
            child.key(key, KeyDuty::All)
        } else {
            child
        };
        let child = ServedZone {
            zone: child.sign().unwrap(),
            behaviour: ServerBehaviour::Answer,
        };
        let both = [
            world.servers[0].1.get(&name("z.test.")).unwrap().clone(),
            child,
        ];
        world.servers[1].1 = ServedZones::from_iter(both);
        let report = probe(&world, &anchors, "").await;
        let server = &report.nameservers[1].addresses[0].server;
        assert_eq!(server.failures, [], "signed: {is_signed}");
        assert_eq!(server.names[0].valid, None, "signed: {is_signed}");
    }
}
