//! A blackbox.yml, imported, against the real blackbox_exporter: the same queries to the same real servers, and the same
//! series with the same values.

mod exposition;
mod regexps;

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use crate::process::Directory;
use crate::real::blackbox_exporter::BlackboxExporter;
use crate::real::exporter::Exporter;
use crate::real::zones::{Denial, QUESTIONS, Recipe, Zone, signed_by_bind};
use crate::real::{CLOSED_PORT, LOOPBACK, Server, ask, bind, knot};
use outsidein::dns::{RrType, record_line};

const MODULES: &str = include_str!("blackbox.yml");

/// Those that wait for no answer longer than a test may.
const SHORT: &[&str] = &["short", "short_tcp"];

/// Types of the rich zone that are printed otherwise; the list may only shrink.
const TYPES_PRINTED_DIFFERENTLY: &[&str] = &["APL", "CERT", "LOC"];

/// Both exporters with the same modules.
struct Exporters {
    theirs: BlackboxExporter,
    ours: Exporter,
    modules: Vec<String>,
}

impl Exporters {
    fn start(blackbox_yml: &str) -> Self {
        let imported = import(blackbox_yml);
        let stderr = String::from_utf8_lossy(&imported.stderr).into_owned();
        assert!(
            imported.status.success() && stderr.lines().count() == 1,
            "not all is carried over:\n{stderr}"
        );
        let probes = String::from_utf8(imported.stdout).expect("UTF-8");
        let config: serde_json::Value = serde_json::from_str(&probes).expect("JSON");
        let modules = config["modules"]
            .as_object()
            .expect("modules")
            .keys()
            .cloned()
            .collect();
        Self {
            theirs: BlackboxExporter::start(blackbox_yml),
            ours: Exporter::with_config(&probes),
            modules,
        }
    }

    /// The modules whose time a busy machine does not use up.
    fn modules_without_short_timeout(&self) -> impl Iterator<Item = &str> {
        self.modules
            .iter()
            .map(String::as_str)
            .filter(|module| !SHORT.contains(module))
    }

    /// Every difference that both must not have.
    fn differences(&self, module: &str, target: &str) -> Vec<String> {
        let ours = self
            .ours
            .get("/probe", &[("module", module), ("target", target)]);
        let found = exposition::differences(&self.theirs.probe(module, target), &ours);
        found
            .into_iter()
            .map(|difference| format!("{module} of {target}: {difference}"))
            .collect()
    }

    fn assert_same<'m>(&self, modules: impl IntoIterator<Item = &'m str>, targets: &[String]) {
        let pairs = modules
            .into_iter()
            .flat_map(|module| targets.iter().map(move |target| (module, target)));
        let found: Vec<_> = pairs
            .flat_map(|(module, target)| self.differences(module, target))
            .collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

fn import(blackbox_yml: &str) -> Output {
    let directory = Directory::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_outsidein"));
    command
        .args(["config", "import"])
        .arg(directory.write("blackbox.yml", blackbox_yml))
        .stdin(Stdio::null());
    command.output().expect("outsidein runs")
}

static EXPORTERS: LazyLock<Exporters> = LazyLock::new(|| Exporters::start(MODULES));

fn knot() -> Server {
    let directory = Directory::new();
    let zone = Zone::rich(&directory, "Rich.Test", &["PX"]);
    knot::start_with("knot", directory, vec![zone])
}

fn bind() -> Server {
    let directory = Directory::new();
    let zone = Zone::rich(&directory, "Rich.Test", &[]);
    let signed = signed_by_bind(
        &directory,
        &zone,
        &Recipe::new("Rich", &["RSASHA256/2048"], Denial::Nsec),
    );
    bind::start_with("bind", directory, vec![signed])
}

fn targets(server: &Server) -> Vec<String> {
    let [ipv4, ipv6] = server.addresses();
    vec![
        ipv4.to_string(),
        ipv6.to_string(),
        format!("localhost:{}", server.port),
    ]
}

#[test]
fn series_match_on_an_unsigned_knot_zone() {
    EXPORTERS.assert_same(EXPORTERS.modules_without_short_timeout(), &targets(&knot()));
}

#[test]
fn series_match_on_a_signed_bind_zone() {
    let bind = bind();
    // It answers questions about itself three times a second, whatever its configuration says of others.
    let modules = EXPORTERS
        .modules_without_short_timeout()
        .filter(|module| *module != "version");
    EXPORTERS.assert_same(modules, &targets(&bind));
    EXPORTERS.assert_same(["version"], &targets(&bind)[..1]);
}

#[test]
fn series_match_on_a_closed_port() {
    let targets = LOOPBACK.map(|address| SocketAddr::new(address, CLOSED_PORT).to_string());
    EXPORTERS.assert_same(EXPORTERS.modules.iter().map(String::as_str), &targets);
}

#[test]
fn silent_server_has_the_same_timeout() {
    let silent: Vec<_> = LOOPBACK
        .map(|address| UdpSocket::bind((address, 0)).expect("a socket"))
        .into();
    let mute: Vec<_> = LOOPBACK
        .map(|address| TcpListener::bind((address, 0)).expect("a listener"))
        .into();
    for (module, addresses) in [
        (
            SHORT[0],
            silent
                .iter()
                .map(|socket| socket.local_addr().expect("an address"))
                .collect::<Vec<_>>(),
        ),
        (
            SHORT[1],
            mute.iter()
                .map(|socket| socket.local_addr().expect("an address"))
                .collect(),
        ),
    ] {
        let targets: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
        EXPORTERS.assert_same([module], &targets);
        for target in &targets {
            let ours = EXPORTERS
                .ours
                .get("/probe", &[("module", module), ("target", target)]);
            for text in [EXPORTERS.theirs.probe(module, target), ours] {
                let waited =
                    exposition::value(&text, "probe_dns_duration_seconds{phase=\"request\"}");
                assert!(
                    waited > 0.25,
                    "{module} of {target} waited {waited} s of 0.3"
                );
            }
        }
    }
}

#[test]
fn queries_are_identical_octets() {
    let modules = ["soa", "soa_ip4", "dnskey", "any", "version", "refused"];
    let text = MODULES
        .replace("timeout: 5s", "timeout: 200ms")
        .replace("transport_protocol: tcp", "transport_protocol: udp");
    let both = Exporters::start(&text);
    let server = UdpSocket::bind((LOOPBACK[0], 0)).expect("a socket");
    server
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a timeout");
    let target = server.local_addr().expect("an address").to_string();
    let received_queries = || {
        let mut octets = [0; 1024];
        let length = server.recv(&mut octets).expect("a query");
        // But for the ID.
        octets[2..length].to_vec()
    };
    for module in modules {
        both.theirs.probe(module, &target);
        let theirs = received_queries();
        both.ours
            .get("/probe", &[("module", module), ("target", &target)]);
        assert_eq!(received_queries(), theirs, "{module}");
    }
}

#[test]
fn queries_have_the_same_source_address() {
    let module = |name: &str, transport: &str| {
        format!(
            "  {name}: {{ prober: dns, timeout: 200ms, dns: {{ query_name: a, query_type: A, transport_protocol: {transport}, \
             source_ip_address: 127.0.0.2 }} }}\n"
        )
    };
    let both = Exporters::start(&format!(
        "modules:\n{}{}",
        module("udp", "udp"),
        module("tcp", "tcp")
    ));
    let socket = UdpSocket::bind((LOOPBACK[0], 0)).expect("a socket");
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a timeout");
    let listener = TcpListener::bind((LOOPBACK[0], 0)).expect("a listener");
    let over_udp = || socket.recv_from(&mut [0; 512]).expect("a query").1;
    // The connection waits in the backlog until then.
    let over_tcp = || listener.accept().expect("a connection").1;
    let addresses = [socket.local_addr(), listener.local_addr()]
        .map(|address| address.expect("one").to_string());
    for (module, target, from) in [
        ("udp", &addresses[0], &over_udp as &dyn Fn() -> SocketAddr),
        ("tcp", &addresses[1], &over_tcp),
    ] {
        both.theirs.probe(module, target);
        assert_eq!(from().ip().to_string(), "127.0.0.2", "theirs over {module}");
        both.ours
            .get("/probe", &[("module", module), ("target", target)]);
        assert_eq!(from().ip().to_string(), "127.0.0.2", "ours over {module}");
    }
}

/// A message with such a record is none to blackbox_exporter; a serial of 0 beside a success would be worse than a failure.
#[test]
fn malformed_records_fail_in_both() {
    let soa = |size: usize| [vec![0, 0], vec![7; size - 2]].concat();
    let records: [(u16, Vec<u8>, bool); 8] = [
        (6, soa(22), true),
        (6, soa(21), false),
        (6, soa(23), false),
        (1, vec![1, 2, 3], false),
        (1, vec![], true),
        (16, vec![9, 1], false),
        (15, vec![0, 1, 0, 0], false),
        (65280, vec![1], true),
    ];
    let module = |number: usize| {
        format!(
            "  m{number}: {{ prober: dns, timeout: 5s, dns: {{ query_name: m{number}, query_type: SOA }} }}\n"
        )
    };
    let both = Exporters::start(&format!(
        "modules:\n{}",
        (0..records.len()).map(module).collect::<String>()
    ));
    let server = UdpSocket::bind((LOOPBACK[0], 0)).expect("a socket");
    let target = server.local_addr().expect("an address").to_string();
    let answers = records.clone();
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, asker)) = server.recv_from(&mut query) {
            // Their first label is `m` and a digit.
            let (rtype, rdata, _) = &answers[usize::from(query[14] - b'0')];
            let header = [&query[..2], &[0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]].concat();
            let size = u16::try_from(rdata.len())
                .expect("a short one")
                .to_be_bytes();
            let record = [
                &[0xC0, 12],
                &rtype.to_be_bytes()[..],
                &[0, 1, 0, 0, 0, 1],
                &size,
                rdata,
            ]
            .concat();
            server
                .send_to(&[&header, &query[12..length], &record].concat(), asker)
                .expect("it is sent");
        }
    });
    for (number, (rtype, rdata, readable)) in records.iter().enumerate() {
        let module = format!("m{number}");
        both.assert_same([module.as_str()], std::slice::from_ref(&target));
        let text = both
            .ours
            .get("/probe", &[("module", &module), ("target", &target)]);
        let success = exposition::value(&text, "probe_success");
        assert!((success > 0.5) == *readable, "{rtype} {rdata:?}");
    }
}

/// The regexps of a blackbox.yml were written for its words.
#[test]
fn records_are_printed_identically() {
    let zone = "rich.test.";
    // Negative answers, whole RRsets, and what DNSSEC adds.
    let more = [
        ("@", "RRSIG"),
        ("@", "NSEC"),
        ("@", "CDS"),
        ("@", "CDNSKEY"),
        ("nobody", "A"),
        ("www.sub", "A"),
    ];
    let questions: Vec<_> = QUESTIONS.iter().chain(&more).collect();
    let modules = questions.iter().enumerate().map(|(number, (name, rtype))| {
        let name = if *name == "@" { zone.to_owned() } else { format!("{name}.{zone}") };
        // A type that its configuration has no name for cannot be asked for; ANY brings it.
        let rtype = if rtype.starts_with("TYPE") || *rtype == "IPSECKEY" { "ANY" } else { rtype };
        format!(
            "  m{number}: {{ prober: dns, dns: {{ query_name: '{name}', query_type: {rtype}, transport_protocol: tcp, \
             recursion_desired: false, valid_rcodes: [NOERROR, NXDOMAIN] }} }}\n"
        )
    });
    let theirs = BlackboxExporter::start(&format!("modules:\n{}", modules.collect::<String>()));
    let bind = bind();
    let address = bind.addresses()[0];
    let (mut compared, mut different) = (0, Vec::new());
    for (number, (name, rtype)) in questions.iter().enumerate() {
        let mut expected = theirs.records(&format!("m{number}"), &address.to_string());
        let name = if *name == "@" {
            zone.to_owned()
        } else {
            format!("{name}.{zone}")
        };
        let asked = if rtype.starts_with("TYPE") || *rtype == "IPSECKEY" {
            "ANY"
        } else {
            rtype
        };
        let rtype: RrType = asked.parse().expect("a type");
        let message = ask::plainly_over_tcp(address, &name, rtype).expect("an answer");
        let records = message
            .answer
            .iter()
            .chain(&message.authority)
            .chain(&message.additional);
        let mut ours: Vec<_> = records
            .map(|record| record_line(&message, record))
            .collect();
        assert_eq!(
            ours.len(),
            expected.len(),
            "{name} {rtype}: {ours:#?} {expected:#?}"
        );
        // The order of an RRset's records is nobody's.
        ours.sort();
        expected.sort();
        compared += ours.len();
        different.extend(
            ours.into_iter()
                .zip(expected)
                .filter(|(ours, theirs)| ours != theirs),
        );
    }
    assert!(compared > 150, "{compared} records");
    let types: BTreeSet<_> = different
        .iter()
        .filter_map(|(ours, _)| ours.split('\t').nth(3))
        .collect();
    // Those without a form of that library's here, as the import says where a module has regexps over them.
    assert_eq!(
        types.into_iter().collect::<Vec<_>>(),
        TYPES_PRINTED_DIFFERENTLY,
        "{different:#?}"
    );
}
