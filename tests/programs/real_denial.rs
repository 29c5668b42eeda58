//! What does not exist, on Knot, NSD, BIND and PowerDNS: every kind of proof, by NSEC and by NSEC3, stored and made on the
//! spot; delv judges the same answers, and we must agree.

use crate::opinion::Opinion;
use crate::real::delv::Delv;
use crate::real::divergences::{self, Comparison};
use crate::real::exporter::Exporter;
use crate::real::zones::Zone;
use crate::real::{Server, bind, knot, nsd, powerdns};
use serde_json::Value;

const BOGUS: &str = "bogus";
const NOTHING_DENIED: &str = "";
const OPT_OUT: &str = " with opt-out";

/// A name and a type that the rich zone does not have, and the proof that its answer takes.
const DENIED: &[(&str, &str, &str)] = &[
    ("@", "TYPE65280", "nodata"),
    ("mAiL", "MX", "nodata"),
    ("Absent", "A", "nxdomain"),
    ("Absent.mixed.CASE", "A", "nxdomain"),
    ("zzz.Deep.Empty.Non.Terminal", "A", "nxdomain"),
    ("Non.Terminal", "A", "empty_non_terminal"),
    ("Any.Wild", "A", "wildcard_answer"),
    ("Two.Labels.Wild", "TXT", "wildcard_answer"),
    ("Any.Wild", "MX", "wildcard_nodata"),
    ("*.Wild", "MX", "nodata"),
    ("Alias", "MX", "nodata"),
    ("Absent.DnAmE", "A", "nxdomain"),
    ("Insecure", "DS", "insecure_delegation"),
];

#[test]
fn knot_denials_are_proven() {
    agree_with_delv(&knot::start(), as_stored);
}

#[test]
fn nsd_denials_are_proven() {
    agree_with_delv(&nsd::start(), as_stored);
}

#[test]
fn bind_denials_are_proven() {
    agree_with_delv(&bind::start(), as_stored);
}

#[test]
fn powerdns_denials_are_proven() {
    agree_with_delv(&powerdns::start(), as_stored);
}

/// Knot's onlinesign signs what a wildcard makes under the name asked for, and says that every name exists and has no data
/// (compact denial, RFC 9824, before it had NXNAME).
#[test]
fn knot_onlinesign_denials_are_nodata() {
    agree_with_delv(&knot::start_online(), |proof| match proof {
        "nxdomain" | "empty_non_terminal" | "wildcard_nodata" => "nodata",
        "wildcard_answer" => NOTHING_DENIED,
        other => other,
    });
}

fn as_stored(proof: &'static str) -> &'static str {
    proof
}

fn agree_with_delv(server: &Server, made: fn(&'static str) -> &'static str) {
    let exporter = &Exporter::start(&[server]);
    let delv = &Delv::new(server);
    let comparisons = std::thread::scope(|scope| {
        let compare = |zone| scope.spawn(move || compare_zone(server, zone, exporter, delv, made));
        let threads: Vec<_> = server.zones.iter().map(compare).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a zone's comparisons"))
            .collect::<Vec<_>>()
    });
    let proven = comparisons
        .iter()
        .filter(|comparison| comparison.ours.starts_with("proven"))
        .count();
    assert!(
        proven > comparisons.len() * 8 / 10,
        "{}: {proven} of {} are proven",
        server.kind,
        comparisons.len()
    );
    divergences::hold(server.kind, "delv-denial", &comparisons);
}

fn compare_zone(
    server: &Server,
    zone: &Zone,
    exporter: &Exporter,
    delv: &Delv<'_>,
    made: fn(&'static str) -> &'static str,
) -> Vec<Comparison> {
    let compare = |&(name, rtype, proof): &(&'static str, &'static str, &'static str)| {
        let name = zone.name(name);
        let ours = in_both_families(&exporter.probe(&[
            ("target", server.kind),
            ("zone", &zone.origin),
            ("name", &name),
            ("qtype", rtype),
            ("module", "negative"),
        ]));
        let opinion = delv.opinion(&zone.origin, &name, rtype);
        let proven = match made(proof) {
            NOTHING_DENIED => String::new(),
            proof => format!("proven by {proof}"),
        };
        let agrees = match delvs_view(&opinion) {
            // Whether a denial rests on an opt-out span delv does not say.
            Some(Proof::Holds) => ours.strip_suffix(OPT_OUT).unwrap_or(&ours) == proven,
            Some(Proof::HoldsByOptOut) => ours == proven + OPT_OUT,
            None => ours.starts_with(BOGUS),
        };
        // What cannot be told here is listed; what we call bogus and others do not would be a false alarm at night.
        assert!(
            agrees || !ours.starts_with(BOGUS),
            "{} {name} {rtype}: {ours}, {opinion}",
            server.kind
        );
        let question = [server.kind, &zone.origin, &name, rtype]
            .map(str::to_owned)
            .to_vec();
        Comparison {
            question,
            ours,
            theirs: opinion.to_string(),
            agrees,
        }
    };
    DENIED.iter().map(compare).collect()
}

enum Proof {
    Holds,
    /// An answer made from a wildcard, where nothing but an opt-out span says that nothing closer exists.
    HoldsByOptOut,
}

/// What delv makes of the proof. Of a denial at the end of a CNAME or DNAME it shows each step, then fails to resolve.
fn delvs_view(opinion: &Opinion) -> Option<Proof> {
    match opinion {
        Opinion::Validated => Some(Proof::Holds),
        Opinion::Rejected(words) if words == "; unsigned answer" => Some(Proof::HoldsByOptOut),
        Opinion::Negative(words) | Opinion::Rejected(words) => {
            let holds = words.contains("fully validated") && !words.contains("unsigned");
            let is_denial =
                words.contains("negative response") || words.contains("resolution failed: ncache");
            (holds && is_denial).then_some(Proof::Holds)
        }
    }
}

/// What was held of the denial that the question's answer takes, on which both families must be of one mind.
fn in_both_families(report: &Value) -> String {
    let of_server = |server: &Value| {
        let denials = server["dnssec"]["denials"].as_array().into_iter().flatten();
        let asked: Vec<_> = denials
            .filter(|denial| denial["purpose"] == "asked")
            .collect();
        let validity = |denial: &&Value| match denial["held"].as_str() {
            Some("valid") => {
                let opt_out = if denial["opt_out"] == true {
                    OPT_OUT
                } else {
                    ""
                };
                format!(
                    "proven by {}{opt_out}",
                    denial["proof"].as_str().expect("a proof")
                )
            }
            Some("undecided") => format!("not told: {} {}", denial["reason"], denial["missing"]),
            _ => format!("{BOGUS}: {} {}", denial["reason"], denial["missing"]),
        };
        let validity: Vec<_> = asked.iter().map(validity).collect();
        validity.join(", ")
    };
    let servers = report["servers"].as_array().expect("servers");
    let [ipv4, ipv6] = servers.as_slice() else {
        panic!("two families: {report:#}")
    };
    assert_eq!(
        of_server(ipv4),
        of_server(ipv6),
        "the families differ: {report:#}"
    );
    of_server(ipv4)
}
