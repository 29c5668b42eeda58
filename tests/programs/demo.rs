//! The demo's nameserver under the eyes of others: delv and dig (Debian bind9-dnsutils), ldns-verify-zone (ldnsutils).

use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use outsidein::demo::{
    Demo, DemoNameserver, KeyDuty, OnlineDenial, ServedZone, ServedZones, ServerBehaviour,
    SignedZone, SigningKey, ZONES, ZoneBuilder,
};
use outsidein::dns::{Algorithm, Family, Message, Name, Query, RrType, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

async fn demo() -> Demo {
    Demo::start(0, Timestamp::from(SystemTime::now()))
        .await
        .unwrap()
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.unwrap_or_else(|error| {
        panic!("{program} (Debian packages bind9-dnsutils and ldnsutils): {error}")
    })
}

fn zone<'d>(demo: &'d Demo, apex: &str) -> &'d SignedZone {
    demo.zone(&apex.parse::<Name>().unwrap()).unwrap()
}

/// A file that is removed at the end of its test.
struct TemporaryFile(std::path::PathBuf);

impl TemporaryFile {
    fn new(port: u16, name: &str, content: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("outsidein-{}-{port}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What delv says of an answer, with the zone's KSK as its only trust anchor.
fn delv(demo: &Demo, server: SocketAddr, apex: &str, question: &[&str]) -> String {
    delv_of(zone(demo, apex), server, apex, question)
}

fn delv_of(zone: &SignedZone, server: SocketAddr, apex: &str, question: &[&str]) -> String {
    let texts = zone.dnskey_texts();
    let anchor = |text: &String| {
        let [flags, protocol, algorithm, key] = text.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{text}")
        };
        format!("{apex} static-key {flags} {protocol} {algorithm} \"{key}\";")
    };
    let anchors: String = texts
        .iter()
        .filter(|text| text.starts_with("257 "))
        .map(anchor)
        .collect();
    let label = [
        apex,
        &server.ip().to_string().replace(':', "_"),
        &question.join("_"),
    ]
    .join("-");
    let file = TemporaryFile::new(
        server.port(),
        &label,
        &format!("trust-anchors {{ {anchors} }};"),
    );
    let (at, port, root) = (
        format!("@{}", server.ip()),
        server.port().to_string(),
        format!("+root={apex}"),
    );
    let fixed = [at.as_str(), "-p", &port, "-a", file.path(), &root];
    let output = run("delv", &[&fixed, question].concat());
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn dig(server: SocketAddr, arguments: &[&str]) -> String {
    let (at, port) = (format!("@{}", server.ip()), server.port().to_string());
    let fixed = [
        at.as_str(),
        "-p",
        &port,
        "+norecurse",
        "+nocookie",
        "+tries=1",
        "+time=1",
    ];
    String::from_utf8_lossy(&run("dig", &[&fixed, arguments].concat()).stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delv_validates_every_answer_of_the_healthy_zone() {
    let demo = demo().await;
    let questions: [(&[&str], &str); 9] = [
        (&["healthy.test", "SOA"], "; fully validated"),
        (&["healthy.test", "NS"], "; fully validated"),
        (&["healthy.test", "TXT"], "; fully validated"),
        (&["healthy.test", "DNSKEY"], "; fully validated"),
        (&["alias.healthy.test", "AAAA"], "; fully validated"),
        (&["any.wild.healthy.test", "TXT"], "; fully validated"),
        (
            &["healthy.test", "MX"],
            "; negative response, fully validated",
        ),
        (
            &["none.healthy.test", "A"],
            "; negative response, fully validated",
        ),
        (
            &["wild.healthy.test", "A"],
            "; negative response, fully validated",
        ),
    ];
    for &server in demo.addresses() {
        for (question, expected) in questions {
            let output = delv(&demo, server, "healthy.test", question);
            assert!(
                output.lines().any(|line| line == expected),
                "{server} {question:?}: {output}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delv_agrees_on_every_broken_zone() {
    let demo = demo().await;
    let expected_lines = [
        ("expired.test", "RRSIG has expired"),
        ("not-yet-valid.test", "RRSIG validity period has not begun"),
        ("tampered.test", "RRSIG failed to verify"),
        ("dnskey-missing.test", "no valid signature found"),
        ("rrsig-missing.test", "insecurity proof failed"),
        ("refused.test", "REFUSED"),
        ("silent-ipv6.test", "; fully validated"),
        ("stale-ipv6.test", "; fully validated"),
        ("truncating.test", "; fully validated"),
    ];
    for (apex, expected) in expected_lines {
        let output = delv(&demo, demo.addresses()[0], apex, &[apex, "SOA"]);
        assert!(output.contains(expected), "{apex}: {output}");
        let row = ZONES.iter().find(|zone| zone.apex == apex).unwrap();
        let valid = output.contains("; fully validated");
        assert_eq!(
            valid,
            row.reasons(Family::Ipv4).is_empty(),
            "{apex}: {output}"
        );
    }
    // delv needs an anchor for what it calls unsigned: dig shows that there is nothing to anchor.
    let rest = ZONES.iter().filter(|zone| {
        zone.apex != "healthy.test" && expected_lines.iter().all(|(apex, _)| zone.apex != *apex)
    });
    assert_eq!(
        rest.map(|zone| zone.apex).collect::<Vec<_>>(),
        ["unsigned.test"]
    );
    let unsigned = dig(demo.addresses()[0], &["+dnssec", "unsigned.test", "DNSKEY"]);
    assert!(
        unsigned.contains("status: NOERROR") && unsigned.contains("ANSWER: 0, AUTHORITY: 1"),
        "{unsigned}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dig_sees_flags_options_and_rcodes_over_both_families() {
    let demo = demo().await;
    let questions: [(&[&str], &[&str]); 8] = [
        (
            &["+dnssec", "healthy.test", "SOA"],
            &["flags: qr aa; QUERY: 1, ANSWER: 2", "flags: do; udp: 1232"],
        ),
        (
            &["+tcp", "+dnssec", "healthy.test", "SOA"],
            &["flags: qr aa; QUERY: 1, ANSWER: 2", "(TCP)"],
        ),
        (
            &["+noedns", "healthy.test", "SOA"],
            &["flags: qr aa; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0"],
        ),
        (
            &["+nsid", "+expire", "healthy.test", "SOA"],
            &["(\"demo\")", "EXPIRE: 1209600"],
        ),
        (
            &["+edns=1", "+noednsneg", "healthy.test", "SOA"],
            &["status: BADVERS"],
        ),
        (&["refused.test", "SOA"], &["status: REFUSED"]),
        (&["elsewhere.test", "SOA"], &["status: REFUSED"]),
        (
            &["+dnssec", "+ignore", "truncating.test", "SOA"],
            &["flags: qr aa tc; QUERY: 1, ANSWER: 0"],
        ),
    ];
    for &server in demo.addresses() {
        for (question, expected) in questions {
            let output = dig(server, question);
            assert!(
                expected.iter().all(|part| output.contains(part)),
                "{server} {question:?} {expected:?}: {output}"
            );
            assert!(
                !output.contains("WARNING") && !output.contains("Got bad packet"),
                "{server} {question:?}: {output}"
            );
        }
        let retried = dig(server, &["+dnssec", "truncating.test", "SOA"]);
        assert!(
            retried.contains("Truncated, retrying in TCP mode") && retried.contains("ANSWER: 2"),
            "{retried}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_zone_is_silent_only_over_ipv6() {
    let demo = demo().await;
    let [v4, v6] = demo.addresses() else {
        panic!("this machine has no IPv6: {:?}", demo.ipv6_error())
    };
    assert_eq!(
        (v4.port(), v6.port(), v4.is_ipv4(), v6.is_ipv6()),
        (demo.port(), demo.port(), true, true)
    );
    for transport in ["+notcp", "+tcp"] {
        let ask = |server| dig(server, &[transport, "silent-ipv6.test", "SOA"]);
        assert!(ask(*v4).contains("flags: qr aa; QUERY: 1, ANSWER: 1"));
        assert!(!ask(*v6).contains("HEADER"), "{transport}");
        assert!(dig(*v6, &[transport, "healthy.test", "SOA"]).contains("ANSWER: 1"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ldns_verifies_only_the_healthy_zone_file() {
    let demo = demo().await;
    for (apex, verifies) in [
        ("healthy.test", true),
        ("truncating.test", true),
        ("expired.test", false),
        ("not-yet-valid.test", false),
        ("tampered.test", false),
        ("dnskey-missing.test", false),
        ("rrsig-missing.test", false),
    ] {
        let file = TemporaryFile::new(
            demo.port(),
            &format!("{apex}.zone"),
            &zone(&demo, apex).to_zone_file(),
        );
        let (verified, output) = ldns_verify_zone(&file);
        assert_eq!(verified, verifies, "{apex}: {output}");
    }
}

fn ldns_verify_zone(file: &TemporaryFile) -> (bool, String) {
    let output = run("ldns-verify-zone", &[file.path()]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    // A file that it cannot read is not verified either, and says nothing about signatures.
    let is_valid =
        text.contains("Zone is verified") || text.contains("There were errors in the zone");
    assert!(is_valid, "{text}");
    (output.status.success(), text)
}

#[tokio::test]
async fn ldns_verifies_a_zone_of_many_types() {
    let demo = demo().await;
    let apex: Name = "Many.Test".parse().unwrap();
    let name = |text: &str| text.parse::<Name>().unwrap().as_wire().to_vec();
    for algorithm in [
        Algorithm::ECDSAP256SHA256,
        Algorithm::ECDSAP384SHA384,
        Algorithm::ED25519,
    ] {
        let [ksk, zsk] = [SigningKey::KSK, SigningKey::ZSK]
            .map(|flags| SigningKey::generate(algorithm, flags).unwrap());
        let ds = ksk.ds_rdata(&"Signed.Many.test".parse().unwrap());
        let zone = ZoneBuilder::new(&apex, Timestamp::from(SystemTime::now()))
            .rdata("@", RrType::NS, name("NS2.Elsewhere.Example"))
            .rdata(
                "@",
                RrType::MX,
                [&[0, 10], name("Mail.Many.TEST").as_slice()].concat(),
            )
            .rdata("Alias", RrType::CNAME, name("WWW.Many.Test"))
            .record("_dns._udp", RrType::SRV, "0 5 53 NS1.many.test.")
            .record("@", RrType::CAA, "0 issue \"ca.example\"")
            .record("WWW", RrType::TXT, "\"a b\" \"c\"")
            .rdata("www", RrType(65_280), [1, 2, 3])
            .rdata("signed", RrType::NS, name("NS.Signed.Many.Test"))
            .rdata("signed", RrType::DS, ds)
            .record("ns.signed", RrType::A, "192.0.2.1")
            .record("plain", RrType::NS, "ns1.many.test.")
            .record("*", RrType::AAAA, "2001:db8::1")
            .key(ksk, KeyDuty::Keys)
            .key(zsk, KeyDuty::Data)
            .sign()
            .unwrap();
        let file = TemporaryFile::new(
            demo.port(),
            &format!("{algorithm}.zone"),
            &zone.to_zone_file(),
        );
        let (verified, output) = ldns_verify_zone(&file);
        assert!(verified, "{algorithm}: {output}");
    }
}

#[tokio::test]
async fn dropping_the_demo_frees_the_port() {
    let first = demo().await;
    let (port, servers) = (first.port(), first.addresses().to_vec());
    let taken = Demo::start(port, Timestamp(0)).await.unwrap_err();
    assert!(
        taken
            .to_string()
            .starts_with(&format!("127.0.0.1:{port}: ")),
        "{taken}"
    );
    // A connection that is open when the demo ends ends with it.
    let mut client = TcpStream::connect(servers[0]).await.unwrap();
    client.write_all(&framed(&soa_query())).await.unwrap();
    let length = client.read_u16().await.unwrap();
    client
        .read_exact(&mut vec![0; usize::from(length)])
        .await
        .unwrap();
    drop(first);
    let read = timeout(Duration::from_secs(5), client.read(&mut [0; 1]))
        .await
        .unwrap();
    assert!(read.map_or(true, |length| length == 0));
    drop(client);
    let again = timeout(Duration::from_secs(5), start_when_free(port))
        .await
        .unwrap();
    assert_eq!(again.addresses(), servers);
}

/// The sockets of aborted tasks close when the runtime next looks at them.
async fn start_when_free(port: u16) -> Demo {
    loop {
        match Demo::start(port, Timestamp(0)).await {
            Ok(demo) => return demo,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

#[tokio::test]
async fn server_survives_garbage_and_many_questions() {
    let demo = demo().await;
    for &server in demo.addresses() {
        let local: IpAddr = server.ip();
        let udp = UdpSocket::bind((local, 0)).await.unwrap();
        udp.connect(server).await.unwrap();
        for rubbish in [vec![], vec![0; 11], vec![0xFF; 512], vec![0; 60_000]] {
            udp.send(&rubbish).await.unwrap();
        }
        let mut buffer = vec![0; 4096];
        udp.send(&soa_query()).await.unwrap();
        // 60,000 zeros are a query without a question: FORMERR stands before the answer.
        let answered = async {
            loop {
                let length = udp.recv(&mut buffer).await.unwrap();
                if Message::read(&buffer[..length]).is_ok_and(|message| !message.answer.is_empty())
                {
                    return;
                }
            }
        };
        timeout(Duration::from_secs(5), answered).await.unwrap();

        let mut tcp = TcpStream::connect(server).await.unwrap();
        tcp.write_all(&framed(&soa_query()).repeat(100))
            .await
            .unwrap();
        for _ in 0..100 {
            let length = timeout(Duration::from_secs(5), tcp.read_u16())
                .await
                .unwrap()
                .unwrap();
            let mut response = vec![0; usize::from(length)];
            tcp.read_exact(&mut response).await.unwrap();
            assert_eq!(Message::read(response).unwrap().answer.len(), 2);
        }
    }
}

fn soa_query() -> Vec<u8> {
    Query::new("healthy.test".parse().unwrap(), RrType::SOA, 1232).octets(9, true)
}

fn framed(query: &[u8]) -> Vec<u8> {
    [&u16::try_from(query.len()).unwrap().to_be_bytes(), query].concat()
}

/// A zone of every kind of name, with delegations, an empty non-terminal and wildcards.
fn rich(apex: &Name) -> ZoneBuilder {
    let [ksk, zsk] = [SigningKey::KSK, SigningKey::ZSK]
        .map(|flags| SigningKey::generate(Algorithm::ED25519, flags).unwrap());
    let ds = ksk.ds_rdata(&format!("signed.{apex}").parse().unwrap());
    ZoneBuilder::new(apex, Timestamp::from(SystemTime::now()))
        .record("WWW", RrType::A, "192.0.2.80")
        .record("alias", RrType::CNAME, &format!("www.{apex}"))
        .record("deep.empty", RrType::A, "192.0.2.81")
        .record("*.wild", RrType::TXT, "expanded")
        .rdata("moved", RrType::DNAME, apex.as_wire())
        .record("signed", RrType::NS, &format!("ns1.{apex}"))
        .rdata("signed", RrType::DS, ds)
        .record("plain", RrType::NS, &format!("ns.plain.{apex}"))
        .record("ns.plain", RrType::A, "192.0.2.1")
        .key(ksk, KeyDuty::Keys)
        .key(zsk, KeyDuty::Data)
}

/// A zone's origin, and how it denies.
type Denial = (&'static str, fn(ZoneBuilder) -> ZoneBuilder);

const CHAINS: [Denial; 4] = [
    ("nsec.test", |zone| zone),
    ("nsec3.test", |zone| zone.nsec3(0, &[], false)),
    ("salted.test", |zone| zone.nsec3(5, &[0xAB, 0xCD], false)),
    ("opt-out.test", |zone| zone.nsec3(0, &[], true)),
];
const ONLINE: [Denial; 2] = [
    ("white-lies.test", |zone| {
        zone.online_denial(OnlineDenial::White)
    }),
    ("black-lies.test", |zone| {
        zone.online_denial(OnlineDenial::Black)
    }),
];

#[test]
fn external_tools_verify_intact_and_broken_chains() {
    for (origin, denial) in CHAINS {
        let whole = denial(rich(&origin.parse().unwrap())).sign().unwrap();
        let mut broken = whole.clone();
        broken
            .alter(
                if origin == "nsec.test" {
                    RrType::NSEC
                } else {
                    RrType::NSEC3
                },
                |rdata| {
                    *rdata.last_mut().unwrap() ^= 4;
                },
            )
            .unwrap();
        for (zone, is_whole) in [(&whole, true), (&broken, false)] {
            let file = TemporaryFile::new(
                0,
                &format!("{origin}-{is_whole}.zone"),
                &zone.to_zone_file(),
            );
            let (verified, output) = ldns_verify_zone(&file);
            assert_eq!(verified, is_whole, "{origin}: {output}");
            let bind = run("dnssec-verify", &["-o", origin, file.path()]);
            assert_eq!(
                bind.status.success(),
                is_whole,
                "{origin}: {}",
                String::from_utf8_lossy(&bind.stderr)
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delv_validates_every_denial() {
    let zones: ServedZones = CHAINS
        .iter()
        .chain(&ONLINE)
        .map(|(origin, denial)| {
            let zone = denial(rich(&origin.parse().unwrap())).sign().unwrap();
            ServedZone {
                zone,
                behaviour: ServerBehaviour::Answer,
            }
        })
        .collect();
    let nameserver = DemoNameserver::start(zones, 0).await.unwrap();
    let negative = "; negative response, fully validated";
    let questions = [
        ("www", "A", "; fully validated"),
        ("alias", "A", "; fully validated"),
        ("www.moved", "A", "; fully validated"),
        ("any.wild", "TXT", "; fully validated"),
        ("two.labels.wild", "TXT", "; fully validated"),
        ("www", "MX", negative),
        ("none", "A", negative),
        ("far.below.none", "A", negative),
        ("none.www", "A", negative),
        ("empty", "A", negative),
        ("any.wild", "A", negative),
        ("signed", "DS", "; fully validated"),
        ("plain", "DS", negative),
    ];
    let mut problems = Vec::new();
    for (origin, _) in CHAINS.iter().chain(&ONLINE) {
        for (name, rtype, expected) in questions {
            let zone = &nameserver
                .zones()
                .get(&origin.parse().unwrap())
                .unwrap()
                .zone;
            let output = delv_of(
                zone,
                nameserver.addresses()[0],
                origin,
                &[&format!("{name}.{origin}"), rtype],
            );
            let expected = if *origin == "opt-out.test" {
                with_opt_out(name, expected)
            } else {
                expected
            };
            if !output.lines().any(|line| line == expected) {
                problems.push(format!("{origin} {name} {rtype}: {expected}: {output}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// delv takes no opt-out span for the proof that no closer name exists; negative answers it holds secure all the same.
fn with_opt_out<'w>(name: &str, words: &'w str) -> &'w str {
    match (name, words) {
        ("any.wild" | "two.labels.wild", "; fully validated") => "; unsigned answer",
        _ => words,
    }
}
