//! Which regexps Go takes, and what by: blackbox_exporter compiles them when a record is held against them, and fails the
//! probe if it cannot. None of those may be carried over, for this side's compiler reads some as something else.

use std::net::UdpSocket;

use serde_json::{Value, json};

use super::exposition;
use super::import;
use crate::real::LOOPBACK;
use crate::real::blackbox_exporter::BlackboxExporter;
use crate::real::exporter::Exporter;

/// Regexps of both kinds, and of each a form that is near to the other: one a line.
const REGEXPS: &str = include_str!("regexps.txt");

/// What newer versions take: named groups without P from Go 1.22 on.
const TAKEN_BY_NEWER: &[&str] = &["(?<n>q)", "(?:(?<n_1>q))+"];

/// What Go takes and the crate `regex` does not: the module is left out, and listed.
const LACKING: &[&str] = &[
    "(?)q",
    "q(?i)*",
    "(?ii)q",
    "(?P<1>q)",
    r"\x{D800}",
    r"\p{Cs}",
    "(?P<n>q)(?P<n>q)",
];

/// From these, put together by chance, come the rest.
const PIECES: &str = r"q x 1 ( ) (?: (?i) (?P<n> [ [^ ] [:digit:] [:x:] - ^ $ . | * + ? {2}
    {2,} {,2} {40} {1,30} { } , \ \d \1 \01 \12 \Q \E \x71 \x{71} \pL \p{Lu} \p{^Greek} \b \z \< && -- ~~ : (? <";

#[test]
fn imported_regexps_match_go_semantics() {
    let by_chance = by_chance(1_000);
    let listed: Vec<&str> = REGEXPS.lines().collect();
    let regexps: Vec<&str> = [&listed, TAKEN_BY_NEWER, LACKING]
        .concat()
        .into_iter()
        .chain(by_chance.iter().map(String::as_str))
        .collect();
    let verdicts = verdicts(&regexps);
    let (mut found, mut both) = (Vec::new(), [0, 0]);
    for (regexp, Verdict { theirs, ours }) in regexps.iter().zip(verdicts) {
        let is_known = match (theirs, ours) {
            (None, Some(_)) => TAKEN_BY_NEWER.contains(regexp),
            // Whatever is put together by chance may be left out: it is said.
            (Some(_), None) => !listed.contains(regexp) && !TAKEN_BY_NEWER.contains(regexp),
            (theirs, ours) => {
                both[usize::from(ours.is_some())] += 1;
                theirs == ours && !TAKEN_BY_NEWER.contains(regexp) && !LACKING.contains(regexp)
            }
        };
        if !is_known {
            found.push(format!("{regexp}: {theirs:?}, and here {ours:?}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(
        both.iter().all(|count| *count > 80),
        "{both:?} refused and taken by both"
    );
}

/// Whether a record is matched; nothing where the regexp is refused.
struct Verdict {
    theirs: Option<bool>,
    ours: Option<bool>,
}

fn verdicts(regexps: &[&str]) -> Vec<Verdict> {
    let module = |regexp: &&str| {
        json!({ "prober": "dns", "timeout": "5s", "dns": {
            "query_name": "qx.qq1.test", "query_type": "TXT", "preferred_ip_protocol": "ip4",
            "validate_answer_rrs": { "fail_if_matches_regexp": [regexp] },
        } })
    };
    let modules: serde_json::Map<_, _> = regexps
        .iter()
        .map(module)
        .enumerate()
        .map(|(number, module)| (format!("m{number}"), module))
        .collect();
    // JSON is YAML.
    let blackbox_yml = json!({ "modules": modules }).to_string();
    let imported = import(&blackbox_yml);
    assert!(
        imported.status.success(),
        "{}",
        String::from_utf8_lossy(&imported.stderr)
    );
    let probes = String::from_utf8(imported.stdout).expect("UTF-8");
    let carried: Value = serde_json::from_str(&probes).expect("JSON");
    let (theirs, ours, target) = (
        BlackboxExporter::start(&blackbox_yml),
        Exporter::with_config(&probes),
        nameserver(),
    );
    let is_matched = |text: &str| exposition::value(text, "probe_success") < 0.5;
    let verdict = |number| {
        let module = format!("m{number}");
        let log = theirs.log(&module, &target);
        assert!(log.contains("Validating RR"), "{log}");
        Verdict {
            theirs: (!log.contains("Error matching regexp"))
                .then(|| is_matched(&theirs.probe(&module, &target))),
            ours: carried["modules"].get(&module).map(|_| {
                is_matched(&ours.get("/probe", &[("module", &module), ("target", &target)]))
            }),
        }
    };
    (0..regexps.len()).map(verdict).collect()
}

/// Answers any question with one TXT record.
fn nameserver() -> String {
    let server = UdpSocket::bind((LOOPBACK[0], 0)).expect("a socket");
    let address = server.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, asker)) = server.recv_from(&mut query) {
            let header = [&query[..2], &[0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]].concat();
            let text = b"qq x q11 -[]{,2} &&~~ <qx>";
            let sizes = [
                u8::try_from(text.len() + 1).expect("a short one"),
                u8::try_from(text.len()).expect("a short one"),
            ];
            let record = [&[0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 1, 0], &sizes[..], text].concat();
            server
                .send_to(&[&header, &query[12..length], &record].concat(), asker)
                .expect("it is sent");
        }
    });
    address
}

/// The same on every run.
fn by_chance(count: usize) -> Vec<String> {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let pieces: Vec<&str> = PIECES.split_whitespace().chain([" "]).collect();
    (0..count)
        .map(|_| (0..=next(6)).map(|_| pieces[next(pieces.len())]).collect())
        .collect()
}
