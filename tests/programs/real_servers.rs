//! Knot, NSD, BIND and PowerDNS serve; delv judges; we must agree: no false bogus, no false valid.

use std::process::Command;

use crate::opinion::Opinion;
use crate::process::Directory;
use crate::real::broken::{self, CASES, Case};
use crate::real::delv::Delv;
use crate::real::divergences::{self, Comparison};
use crate::real::exporter::Exporter;
use crate::real::zones::{self, Zone};
use crate::real::{Server, bind, knot, nsd, powerdns};
use serde_json::Value;

#[test]
fn knot_verdicts_match_delv() {
    agree_with_delv(&knot::start());
}

#[test]
fn nsd_verdicts_match_delv() {
    agree_with_delv(&nsd::start());
}

#[test]
fn bind_verdicts_match_delv() {
    let bind = bind::start();
    bind.zones.iter().for_each(zones::verify_with_ldns);
    agree_with_delv(&bind);
}

#[test]
fn powerdns_verdicts_match_delv() {
    agree_with_delv(&powerdns::start());
}

/// Asks for everything in every zone, of us and of delv.
fn agree_with_delv(server: &Server) {
    let exporter = &Exporter::start(&[server]);
    let delv = &Delv::new(server);
    let comparisons = std::thread::scope(|scope| {
        let compare = |zone| scope.spawn(move || compare_zone(server, zone, exporter, delv));
        let threads: Vec<_> = server.zones.iter().map(compare).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a zone's comparisons"))
            .collect::<Vec<_>>()
    });
    // Two judges that reject everything agree as well.
    let accepted = comparisons
        .iter()
        .filter(|comparison| comparison.theirs == Opinion::Validated.to_string())
        .count();
    assert!(
        accepted > comparisons.len() * 9 / 10,
        "{}: delv validates {accepted} of {}",
        server.kind,
        comparisons.len()
    );
    divergences::hold(server.kind, "delv", &comparisons);
}

fn compare_zone(
    server: &Server,
    zone: &Zone,
    exporter: &Exporter,
    delv: &Delv<'_>,
) -> Vec<Comparison> {
    let compare = |(name, rtype): (String, &str)| {
        let report = probe(exporter, server, zone, &name, rtype);
        let opinion = delv.opinion(&zone.origin, &name, rtype);
        assert!(
            !matches!(opinion, Opinion::Negative(_)),
            "{} {name} {rtype}: no data: {opinion}",
            server.kind
        );
        let validity = validity_in_both_families(&report);
        // A healthy zone fails in no way at all; what cannot be judged is compared alone.
        let ours = if validity == Some(true) && report["success"] != true {
            format!("failure {}", failures(&report))
        } else {
            format!("signatures_valid {validity:?}")
        };
        let agrees = (ours == "signatures_valid Some(true)") == (opinion == Opinion::Validated);
        Comparison {
            question: place(server, zone, &name, rtype),
            ours,
            theirs: opinion.to_string(),
            agrees,
        }
    };
    zone.questions().map(compare).collect()
}

fn probe(exporter: &Exporter, server: &Server, zone: &Zone, name: &str, rtype: &str) -> Value {
    exporter.probe(&[
        ("target", server.kind),
        ("zone", &zone.origin),
        ("name", name),
        ("qtype", rtype),
        ("dnssec", "required"),
        ("module", "question"),
    ])
}

fn place(server: &Server, zone: &Zone, name: &str, rtype: &str) -> Vec<String> {
    [server.kind, &zone.origin, name, rtype]
        .map(str::to_owned)
        .to_vec()
}

/// `signatures_valid`, on which both families must be of one mind.
fn validity_in_both_families(report: &Value) -> Option<bool> {
    let servers = report["servers"].as_array().expect("servers");
    let families: Vec<_> = servers
        .iter()
        .map(|server| server["family"].as_str().expect("a family"))
        .collect();
    assert_eq!(families, ["ipv4", "ipv6"], "{report:#}");
    let [ipv4, ipv6] =
        [0, 1].map(|index: usize| servers[index]["dnssec"]["signatures_valid"].as_bool());
    assert_eq!(ipv4, ipv6, "the families differ: {report:#}");
    ipv4
}

/// The failures of the first address.
fn failures(report: &Value) -> &Value {
    &report["servers"][0]["failures"]
}

#[test]
fn nsd_faults_are_detected_and_named() {
    let directory = Directory::new();
    let zones = broken::zones(&directory);
    see_what_is_broken(&nsd::start_with("nsd-broken", directory, zones));
}

#[test]
fn bind_faults_are_detected_and_named() {
    let directory = Directory::new();
    let zones = broken::zones(&directory);
    see_what_is_broken(&bind::start_with("bind-broken", directory, zones));
}

#[test]
fn knot_faults_are_detected_and_named() {
    let directory = Directory::new();
    let zones = broken::zones(&directory);
    see_what_is_broken(&knot::start_with("knot-broken", directory, zones));
}

fn see_what_is_broken(server: &Server) {
    let exporter = Exporter::start(&[server]);
    let delv = Delv::new(server);
    let mut comparisons = Vec::new();
    let mut problems = Vec::new();
    for (case, zone) in CASES.iter().zip(&server.zones) {
        let name = zone.name(case.name);
        let report = probe(&exporter, server, zone, &name, case.rtype);
        let valid = validity_in_both_families(&report) == Some(true);
        problems.extend(unexpected(case, &report));
        let opinion = delv.opinion(&zone.origin, &name, case.rtype);
        comparisons.push(Comparison {
            question: place(server, zone, &name, case.rtype),
            ours: format!("signatures_valid {valid} {}", failures(&report)),
            theirs: opinion.to_string(),
            agrees: valid == (opinion == Opinion::Validated),
        });
    }
    assert!(
        problems.is_empty(),
        "{}:\n{}",
        server.kind,
        problems.join("\n")
    );
    divergences::hold(server.kind, "delv", &comparisons);
}

/// Where the report is not what the case demands.
fn unexpected(case: &Case, report: &Value) -> Option<String> {
    let reasons: Vec<_> = failures(report)
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|failure| failure["reason"].as_str())
        .collect();
    let success = report["success"] == true;
    // The headline stands first.
    let as_demanded = match reasons.first() {
        Some(headline) => !success && case.reasons.contains(headline),
        None => success && case.reasons.is_empty(),
    };
    (!as_demanded).then(|| {
        format!(
            "{}: {:?} was to be seen, {reasons:?} was",
            case.label, case.reasons
        )
    })
}

#[test]
fn large_answer_falls_back_to_tcp() {
    let nsd = nsd::start();
    let exporter = Exporter::start(&[&nsd]);
    let zone = &nsd.zones[0];
    for (wanted, used) in [
        ("udp", &["udp", "tcp"][..]),
        ("tcp", &["tcp"]),
        ("both", &["udp", "tcp"]),
    ] {
        let big = zone.name("Big");
        let report = exporter.probe(&[
            ("target", "nsd"),
            ("zone", &zone.origin),
            ("name", &big),
            ("qtype", "TXT"),
            ("transport", wanted),
            ("dnssec", "required"),
        ]);
        assert_eq!(report["success"], true, "{wanted}: {report:#}");
        for server in report["servers"].as_array().expect("servers") {
            let entries = server["transports"].as_array().expect("transports");
            let transports: Vec<_> = entries
                .iter()
                .map(|entry| entry["transport"].as_str().expect("a name"))
                .collect();
            assert_eq!(transports, used, "{wanted}: {server:#}");
            let last = entries.last().expect("an exchange");
            assert_eq!(
                last["response"]["answer_rrs"], 13,
                "{wanted}: 12 records and their signature: {server:#}"
            );
        }
    }
}

#[test]
fn command_line_and_exporter_agree() {
    let directory = Directory::new();
    let zones = broken::zones(&directory);
    let nsd = nsd::start_with("nsd-broken", directory, zones);
    for (label, success) in [("Healthy", true), ("Expired", false)] {
        let zone = nsd
            .zones
            .iter()
            .find(|zone| zone.origin.starts_with(label))
            .expect("the case");
        for (address, family) in nsd.addresses().into_iter().zip(["ipv4", "ipv6"]) {
            let mut command = Command::new(env!("CARGO_BIN_EXE_outsidein"));
            command.args([
                "probe",
                "--format",
                "json",
                "--dnssec",
                "required",
                "--zone",
                &zone.origin,
            ]);
            let output = command
                .args(["--family", family, "--target", &address.to_string()])
                .output()
                .expect("outsidein");
            let report: Value = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|error| panic!("{error}: {output:?}"));
            assert_eq!(report["success"], success, "{report:#}");
            assert_eq!(
                output.status.code(),
                Some(i32::from(!success)),
                "{output:?}"
            );
            assert_eq!(report["servers"][0]["soa"]["serial"], 1, "{report:#}");
        }
    }
}
