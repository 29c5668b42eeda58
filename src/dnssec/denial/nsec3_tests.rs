//! Which NSEC3 prove what: a row is the records given, the question, and what is proven or why not.
//!
//! Records are chosen from a zone's true chain by the names that they stand `at` or `over`.

use data_encoding::BASE32HEX_NOPAD;

use super::*;
use crate::dns::{Nsec3, TypeBitmap};
use crate::dnssec::denial::testing::{ask, name, proofs};

/// The names of a zone with their types, as their NSEC3 has them.
const ZONE: &[(&str, &str)] = &[
    ("example", "NS SOA RRSIG DNSKEY NSEC3PARAM"),
    ("a.example", "CNAME RRSIG"),
    ("cut.example", "NS"),
    ("dname.example", "DNAME RRSIG"),
    ("ent.example", ""),
    ("b.ent.example", "A RRSIG"),
    ("signed.example", "NS DS RRSIG"),
    ("wild.example", ""),
    ("*.wild.example", "MX RRSIG"),
    ("z.example", "A RRSIG"),
];

/// How a chain is hashed and which flags it has: as one writes it in an NSEC3.
struct Chain {
    zone: &'static [(&'static str, &'static str)],
    flags: u8,
    iterations: u16,
    salt: &'static str,
}

const CHAIN: Chain = Chain {
    zone: ZONE,
    flags: 0,
    iterations: 1,
    salt: "aabb",
};
const OPT_OUT: Chain = Chain {
    flags: Nsec3::OPT_OUT,
    ..CHAIN
};

impl Chain {
    fn hash_name(&self, owner: &str) -> String {
        let salt = data_encoding::HEXLOWER
            .decode(self.salt.as_bytes())
            .unwrap()
            .into();
        let names = Nsec3Chain {
            iterations: self.iterations,
            salt,
            records: Vec::new(),
        };
        BASE32HEX_NOPAD.encode(&hash_name(&name(owner), &names))
    }

    /// Each name's hash, the next, and the types.
    fn links(&self) -> Vec<(String, String, &str)> {
        let mut hashed: Vec<_> = self
            .zone
            .iter()
            .map(|(owner, types)| (self.hash_name(owner), *types))
            .collect();
        hashed.sort();
        let nexts: Vec<_> = hashed
            .iter()
            .cycle()
            .skip(1)
            .take(hashed.len())
            .map(|(next, _)| next.clone())
            .collect();
        hashed
            .into_iter()
            .zip(nexts)
            .map(|((owner, types), next)| (owner, next, types))
            .collect()
    }

    /// The NSEC3 that `at NAME` or `over NAME` chooses, in presentation form.
    fn record(&self, choice: &str) -> String {
        let (position, owner) = choice.split_once(' ').unwrap();
        let sought = self.hash_name(owner);
        let mut links = self.links();
        let over = |(from, to, _): &(String, String, &str)| {
            if from < to {
                *from < sought && sought < *to
            } else {
                *from < sought || sought < *to
            }
        };
        links.retain(|link| {
            if position == "at" {
                link.0 == sought
            } else {
                over(link)
            }
        });
        let [(from, to, types)] = links.as_slice() else {
            panic!("{choice}: {links:?}")
        };
        let salt = if self.salt.is_empty() { "-" } else { self.salt };
        let zone = self.zone[0].0.trim_end_matches('.');
        let owner = if zone.is_empty() {
            format!("{from}.")
        } else {
            format!("{from}.{zone}.")
        };
        format!(
            "{owner} 0 IN NSEC3 1 {} {} {salt} {to} {types}",
            self.flags, self.iterations
        )
    }

    fn proofs(&self, choices: &str) -> Proofs {
        let lines: Vec<_> = choices
            .split(", ")
            .filter(|choice| !choice.is_empty())
            .map(|choice| self.record(choice))
            .collect();
        proofs(self.zone[0].0, &lines.join("\n"))
    }

    fn holds(&self, table: &[(&str, &str, &str)]) {
        for (choices, question, expected) in table {
            let answer = ask(&self.proofs(choices), question, &mut Budget::default());
            assert_eq!(
                answer, *expected,
                "{question}, by {choices}, flags {}",
                self.flags
            );
        }
    }
}

#[test]
fn hashes_match_rfc_5155_appendix_a() {
    let names = Nsec3Chain {
        iterations: 12,
        salt: [0xAA, 0xBB, 0xCC, 0xDD].into(),
        records: Vec::new(),
    };
    let table = [
        ("example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
        ("a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
        ("AI.Example", "gjeqe526plbf1g8mklp59enfd789njgi"),
        ("ns1.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"),
        ("*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
        ("y.w.example", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"),
        (
            "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example",
            "kohar7mbb8dc2ce8a9qvl8hon4k53uhi",
        ),
    ];
    for (owner, expected) in table {
        assert_eq!(
            BASE32HEX_NOPAD.encode(&hash_name(&name(owner), &names)),
            expected.to_uppercase(),
            "{owner}"
        );
    }
}

#[test]
fn nxdomain_needs_three_records() {
    for (chain, nxdomain) in [(CHAIN, "nxdomain"), (OPT_OUT, "nxdomain opt_out")] {
        chain.holds(&[
            (
                "at example, over y.example, over *.example",
                "nxdomain y.example",
                nxdomain,
            ),
            (
                "at example, over y.example, over *.example",
                "nxdomain deep.er.Y.Example",
                nxdomain,
            ),
            (
                "at ent.example, over a.ent.example, over *.ent.example",
                "nxdomain a.ent.example",
                nxdomain,
            ),
            (
                "over y.example, over *.example",
                "nxdomain y.example",
                "nsec_missing",
            ),
            (
                "at example, over *.example",
                "nxdomain y.example",
                "nsec_missing",
            ),
            (
                "at example, over y.example",
                "nxdomain y.example",
                "nsec_missing",
            ),
        ]);
    }
}

#[test]
fn nxdomain_rejects_what_does_not_prove_it() {
    for chain in [CHAIN, OPT_OUT] {
        chain.holds(&[
            // The name itself covered, and the one next closer not.
            (
                "at example, over deep.er.y.example, over *.example",
                "nxdomain deep.er.y.example",
                "nsec_missing",
            ),
            // An encloser that is not the closest, since the name next closer than it exists.
            (
                "at example, over a.ent.example, over *.example",
                "nxdomain a.ent.example",
                "nsec_missing",
            ),
            // What exists.
            (
                "at z.example, at example, over *.example",
                "nxdomain z.example",
                "denial_contradicted",
            ),
            (
                "at ent.example, at example, over *.example",
                "nxdomain ent.example",
                "denial_contradicted",
            ),
            ("at example", "nxdomain example", "denial_contradicted"),
            // A wildcard that stands in.
            (
                "at wild.example, over y.wild.example, at *.wild.example",
                "nxdomain y.wild.example",
                "denial_contradicted",
            ),
            // Names below a delegation and a DNAME (RFC 5155 section 8.3).
            (
                "at cut.example, over www.cut.example, over *.cut.example",
                "nxdomain www.cut.example",
                "nsec_missing",
            ),
            (
                "at signed.example, over www.signed.example, over *.signed.example",
                "nxdomain www.signed.example",
                "nsec_missing",
            ),
            (
                "at dname.example, over www.dname.example, over *.dname.example",
                "nxdomain www.dname.example",
                "nsec_missing",
            ),
        ]);
    }
}

#[test]
fn nodata_is_proven_at_the_name() {
    for chain in [CHAIN, OPT_OUT] {
        chain.holds(&[
            ("at z.example", "nodata z.example MX", "nodata"),
            ("at z.example", "nodata z.example NSEC", "nodata"),
            ("at z.example", "nodata z.example NSEC3", "nodata"),
            ("at z.example", "nodata z.example A", "denial_contradicted"),
            (
                "at z.example",
                "nodata z.example RRSIG",
                "denial_contradicted",
            ),
            (
                "at z.example",
                "nodata z.example ANY",
                "denial_contradicted",
            ),
            ("at a.example", "nodata a.example MX", "denial_contradicted"),
            (
                "at a.example",
                "nodata a.example CNAME",
                "denial_contradicted",
            ),
            ("at example", "nodata example MX", "nodata"),
            (
                "at ent.example",
                "nodata ent.example A",
                "empty_non_terminal",
            ),
            (
                "at ent.example",
                "nodata ent.example ANY",
                "empty_non_terminal",
            ),
            (
                "at ent.example",
                "nodata ent.example DS",
                "empty_non_terminal",
            ),
            ("at example", "nodata z.example MX", "nsec_missing"),
        ]);
    }
    // What does not exist is not NODATA.
    CHAIN.holds(&[
        (
            "at example, over y.example, over *.example",
            "nodata y.example A",
            "denial_contradicted",
        ),
        (
            "at example, over y.example",
            "nodata y.example A",
            "nsec_missing",
        ),
    ]);
}

#[test]
fn wildcard_proofs_are_checked() {
    for (chain, opt_out) in [(CHAIN, ""), (OPT_OUT, " opt_out")] {
        let nodata = format!("wildcard_nodata{opt_out}");
        let all = "at wild.example, over y.wild.example, at *.wild.example";
        chain.holds(&[
            (all, "nodata y.wild.example A", &nodata),
            (all, "nodata deep.y.wild.example A", &nodata),
            (all, "nodata y.wild.example MX", "denial_contradicted"),
            (
                "over y.wild.example, at *.wild.example",
                "nodata y.wild.example A",
                "nsec_missing",
            ),
            (
                "at wild.example, at *.wild.example",
                "nodata y.wild.example A",
                "nsec_missing",
            ),
        ]);
    }
    CHAIN.holds(&[
        (
            "at wild.example, over y.wild.example, at *.wild.example",
            "no_ds y.wild.example",
            "not_a_delegation",
        ),
        (
            "at wild.example, over y.wild.example",
            "nodata y.wild.example A",
            "nsec_missing",
        ),
    ]);
}

/// One record is enough for an answer; it covers the next closer name.
#[test]
fn wildcard_answer_needs_one_record() {
    for (chain, opt_out) in [(CHAIN, ""), (OPT_OUT, " opt_out")] {
        let answer = format!("wildcard_answer{opt_out}");
        chain.holds(&[
            (
                "over y.wild.example",
                "wildcard_answer y.wild.example *.wild.example",
                &answer,
            ),
            (
                "over y.wild.example",
                "wildcard_answer deep.Y.wild.example *.wild.example",
                &answer,
            ),
            (
                "over deep.y.wild.example",
                "wildcard_answer deep.y.wild.example *.wild.example",
                "nsec_missing",
            ),
            (
                "at ent.example",
                "wildcard_answer a.ent.example *.example",
                "denial_contradicted",
            ),
            (
                "at example",
                "wildcard_answer y.wild.example *.wild.example",
                "nsec_missing",
            ),
        ]);
    }
}

#[test]
fn record_that_is_not_the_wildcard_of_the_name_is_rejected() {
    // What is no wildcard above the name, though an NSEC3 covers what would be next closer.
    CHAIN.holds(&[
        (
            "over y.wild.example",
            "wildcard_answer y.wild.example *.other.example",
            "denial_contradicted",
        ),
        (
            "over y.wild.example",
            "wildcard_answer y.wild.example wild.example",
            "denial_contradicted",
        ),
        (
            "over y.wild.example",
            "wildcard_answer y.wild.example *.y.wild.example",
            "denial_contradicted",
        ),
    ]);
    let below = Chain {
        zone: &[("a.example", "NS SOA RRSIG")],
        ..CHAIN
    };
    below.holds(&[(
        "over example",
        "wildcard_answer x.a.example *.",
        "denial_contradicted",
    )]);
}

#[test]
fn wildcard_does_not_undo_opt_out_or_a_delegation() {
    // A wildcard does not undo Opt-Out: a delegation may stand there.
    OPT_OUT.holds(&[(
        "at wild.example, over y.wild.example, at *.wild.example",
        "no_ds y.wild.example",
        "insecure_delegation opt_out",
    )]);
    let delegated = Chain {
        zone: &[("example", "NS SOA RRSIG"), ("*.example", "NS")],
        ..CHAIN
    };
    delegated.holds(&[
        (
            "at example, over y.example, at *.example",
            "nodata y.example A",
            "nsec_missing",
        ),
        (
            "at example, over y.example, at *.example",
            "no_ds y.example",
            "nsec_missing",
        ),
    ]);
}

#[test]
fn delegation_proofs_are_checked() {
    for chain in [CHAIN, OPT_OUT] {
        chain.holds(&[
            ("at cut.example", "no_ds cut.example", "insecure_delegation"),
            (
                "at cut.example",
                "nodata cut.example DS",
                "insecure_delegation",
            ),
            ("at cut.example", "nodata cut.example A", "nsec_missing"),
            (
                "at signed.example",
                "no_ds signed.example",
                "denial_contradicted",
            ),
            (
                "at signed.example",
                "nodata signed.example A",
                "nsec_missing",
            ),
            ("at z.example", "no_ds z.example", "not_a_delegation"),
            ("at ent.example", "no_ds ent.example", "not_a_delegation"),
            // The apex of the zone itself: only the parent can say (RFC 5155 section 8.6, appendix B.6).
            ("at example", "no_ds example", "nsec_missing"),
            ("at example", "nodata example DS", "nsec_missing"),
        ]);
    }
    // A name that is neither there nor covered with Opt-Out.
    CHAIN.holds(&[
        (
            "at example, over y.example, over *.example",
            "no_ds y.example",
            "not_a_delegation",
        ),
        (
            "at example, over y.example",
            "no_ds y.example",
            "nsec_missing",
        ),
    ]);
    // An apex below the zone's own is that of a child.
    let child = Chain {
        zone: &[("example", "NS SOA RRSIG"), ("cut.example", "NS SOA RRSIG")],
        ..CHAIN
    };
    child.holds(&[("at cut.example", "no_ds cut.example", "nsec_missing")]);
    let root = Chain {
        zone: &[(".", "NS SOA RRSIG")],
        ..CHAIN
    };
    root.holds(&[
        ("at .", "nodata . DS", "nodata"),
        ("at ., over com", "nxdomain com", "nxdomain"),
    ]);
}

#[test]
fn opt_out_covers_unsigned_delegations() {
    OPT_OUT.holds(&[
        // RFC 5155 sections 8.6 and 8.9.
        (
            "at example, over y.example",
            "no_ds y.example",
            "insecure_delegation opt_out",
        ),
        (
            "at example, over y.example",
            "nodata y.example DS",
            "insecure_delegation opt_out",
        ),
        ("at example", "no_ds y.example", "nsec_missing"),
        ("over y.example", "no_ds y.example", "nsec_missing"),
        // An empty name above such a delegation (erratum 3441).
        (
            "at example, over y.example",
            "nodata y.example A",
            "empty_non_terminal opt_out",
        ),
        // The flag counts on the record that covers the name, and on no other.
        (
            "at cut.example, over www.cut.example",
            "no_ds www.cut.example",
            "nsec_missing",
        ),
    ]);
    let cover = |flags| Chain { flags, ..CHAIN }.record("over y.example");
    let encloser = |flags| Chain { flags, ..CHAIN }.record("at example");
    let table = [
        (1, 0, "insecure_delegation opt_out"),
        (0, 1, "nsec_missing"),
        (0, 0, "nsec_missing"),
    ];
    for (of_cover, of_encloser, expected) in table {
        let proofs = proofs(
            "example",
            &format!("{}\n{}", cover(of_cover), encloser(of_encloser)),
        );
        assert_eq!(
            ask(&proofs, "no_ds y.example", &mut Budget::default()),
            expected,
            "{of_cover} {of_encloser}"
        );
    }
}

#[test]
fn single_name_zone_is_proven() {
    let only = Chain {
        zone: &[("example", "NS SOA RRSIG")],
        salt: "",
        iterations: 0,
        ..CHAIN
    };
    only.holds(&[
        ("at example", "nxdomain y.example", "nxdomain"),
        ("at example", "nodata example A", "nodata"),
        ("at example", "nxdomain example", "denial_contradicted"),
        (
            "at example",
            "wildcard_answer y.example *.example",
            "wildcard_answer",
        ),
    ]);
}

#[test]
fn compact_denial_follows_rfc_9824_section_4() {
    let compact = Chain {
        zone: &[
            ("example", "SOA NS"),
            ("q.example", "NXNAME"),
            ("odd.example", "A NXNAME"),
        ],
        ..CHAIN
    };
    compact.holds(&[
        ("at q.example", "nxdomain q.example", "nxdomain"),
        ("at q.example", "nodata q.example A", "nxdomain"),
        ("at q.example", "no_ds q.example", "not_a_delegation"),
        (
            "at odd.example",
            "nxdomain odd.example",
            "denial_contradicted",
        ),
        (
            "at odd.example",
            "nodata odd.example MX",
            "denial_contradicted",
        ),
    ]);
}

#[test]
fn excessive_iterations_are_unsupported() {
    let question = "nxdomain y.example";
    for (iterations, expected) in [(150, "nxdomain"), (151, "unsupported_nsec3_iterations")] {
        let chain = Chain {
            iterations,
            ..CHAIN
        };
        chain.holds(&[(
            "at example, over y.example, over *.example",
            question,
            expected,
        )]);
    }
    let proofs = Chain {
        iterations: 151,
        ..CHAIN
    }
    .proofs("at example");
    let budget = &mut Budget::default();
    for question in [
        "nodata example MX",
        "wildcard_answer y.example *.example",
        "no_ds y.example",
    ] {
        assert_eq!(
            ask(&proofs, question, budget),
            "unsupported_nsec3_iterations",
            "{question}"
        );
    }
    assert_eq!(
        budget.remaining(),
        Budget::default().remaining(),
        "nothing was hashed"
    );
}

#[test]
fn hashing_is_charged_once_per_name_within_budget() {
    let chain = Chain {
        iterations: 150,
        salt: "ab",
        ..CHAIN
    };
    let proofs = chain.proofs("at example, over y.example, over *.example");
    let cost = nsec3_hash_cost(150, 1);
    let budget = &mut Budget::default();
    assert_eq!(ask(&proofs, "nxdomain y.example", budget), "nxdomain");
    let expected = &mut Budget::default();
    assert!((0..3).all(|_| expected.spend(cost)));
    assert_eq!(
        budget.remaining(),
        expected.remaining(),
        "the name, the apex and the wildcard"
    );
    // A name of 127 labels, none of which has an NSEC3: stopped where the budget is.
    let deep = format!("nxdomain {}example", "a.".repeat(120));
    while budget.spend(cost * 100) {}
    assert_eq!(ask(&proofs, &deep, budget), "validation_limit_reached");
    assert!(!budget.spend(cost), "all that was left is spent");
}

#[test]
fn hashing_cost_matches_the_measurement() {
    // `2 + iterations * blocks / 4` of microseconds, blocks of 64 octets.
    let table = [
        (0, 0, 2),
        (0, 255, 2),
        (100, 8, 27),
        (150, 35, 39),
        (150, 36, 77),
        (150, 255, 189),
    ];
    for (iterations, salt, microseconds) in table {
        assert_eq!(
            nsec3_hash_cost(iterations, salt),
            microseconds,
            "{iterations} iterations, salt of {salt}"
        );
    }
}

#[test]
fn span_is_what_an_nsec3_covers() {
    let hash = |first: u8| {
        let mut hash = Hash::default();
        hash[0] = first;
        hash
    };
    for (owner, next, expected) in [
        (0x10, 0x20, 1.0 / 16.0),
        (0xF0, 0x10, 1.0 / 8.0),
        (0x40, 0x40, 1.0),
        (0x00, 0xFF, 255.0 / 256.0),
    ] {
        let nsec3 = Nsec3Record {
            owner: hash(owner),
            next: hash(next),
            opt_out: false,
            types: TypeBitmap::default(),
        };
        let ratio = nsec3.span().ratio();
        assert!((ratio - expected).abs() < 1e-9, "{owner} {next}: {ratio}");
    }
}
