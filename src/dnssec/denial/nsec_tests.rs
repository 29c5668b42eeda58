//! Which NSEC prove what: a row is the records given, the question, and what is proven or why not.
//!
//! The zone: `example` (SOA), `a` (CNAME), `b.ent` (A), `cut` (NS), `dname` (DNAME), `signed` (NS, DS), `*.wild` (MX),
//! `x.wild` (A), `z` (A).

use crate::dnssec::Budget;
use crate::dnssec::denial::testing::{ask, proofs};

const APEX: &str = "example. a.example. NS SOA RRSIG NSEC DNSKEY";
const A: &str = "a.example. cut.example. CNAME RRSIG NSEC";
const CUT: &str = "cut.example. dname.example. NS RRSIG NSEC";
const DNAME: &str = "dname.example. b.ent.example. A DNAME RRSIG NSEC";
const ENT: &str = "b.ent.example. signed.example. A RRSIG NSEC";
const SIGNED: &str = "signed.example. *.wild.example. NS DS RRSIG NSEC";
const WILD: &str = "*.wild.example. x.wild.example. MX RRSIG NSEC";
const X_WILD: &str = "x.wild.example. z.example. A RRSIG NSEC";
const Z: &str = "z.example. example. A RRSIG NSEC";
const ALL: [&str; 9] = [APEX, A, CUT, DNAME, ENT, SIGNED, WILD, X_WILD, Z];

type Row<'a> = (&'a [&'a str], &'a str, &'a str);

fn holds(zone: &str, table: &[Row<'_>]) {
    for (nsecs, question, expected) in table {
        let line = |nsec: &&str| nsec.replacen(' ', " 0 IN NSEC ", 1);
        let zone_file: Vec<_> = nsecs.iter().map(line).collect();
        let proofs = proofs(zone, &zone_file.join("\n"));
        assert_eq!(proofs.nsecs.len(), nsecs.len(), "{nsecs:?}");
        assert_eq!(
            ask(&proofs, question, &mut Budget::default()),
            *expected,
            "{question}, by {nsecs:?}"
        );
    }
}

#[test]
fn nxdomain_needs_covered_name_and_wildcard() {
    holds(
        "example",
        &[
            (&[X_WILD, APEX], "nxdomain y.example", "nxdomain"),
            (&[APEX, X_WILD], "nxdomain Y.Example", "nxdomain"),
            (&[X_WILD], "nxdomain y.example", "nsec_missing"),
            (&[APEX], "nxdomain y.example", "nsec_missing"),
            (&[X_WILD, APEX], "nxdomain deep.er.y.example", "nxdomain"),
            // The last NSEC leads back to the apex.
            (&[Z, APEX], "nxdomain zz.example", "nxdomain"),
            (&[Z], "nxdomain below.z.example", "nxdomain"),
            // The closest encloser lies below the apex, known from the owner or from the next name.
            (
                &["x.z.example. example. A RRSIG NSEC"],
                "nxdomain y.z.example",
                "nsec_missing",
            ),
            (
                &[
                    "x.z.example. example. A RRSIG NSEC",
                    "z.example. x.z.example. A RRSIG NSEC",
                ],
                "nxdomain y.z.example",
                "nxdomain",
            ),
            (
                &["x.z.example. example. A RRSIG NSEC", APEX],
                "nxdomain y.z.example",
                "nsec_missing",
            ),
            (&[DNAME], "nxdomain a.ent.example", "nxdomain"),
            // The wildcard asked for itself.
            (&[APEX], "nxdomain *.example", "nxdomain"),
            // What lies outside the gap, on either side.
            (&[SIGNED, WILD, APEX], "nxdomain y.example", "nsec_missing"),
            (&[Z, APEX], "nxdomain y.example", "nsec_missing"),
            (&[A, Z], "nxdomain zz.example", "nsec_missing"),
        ],
    );
}

#[test]
fn nxdomain_of_existing_name_is_contradicted() {
    holds(
        "example",
        &[
            (&[Z, APEX], "nxdomain z.example", "denial_contradicted"),
            // The end of a gap exists too.
            (&[X_WILD, APEX], "nxdomain z.example", "denial_contradicted"),
            // An empty non-terminal, by the name after it and by the name below it.
            (
                &[DNAME, APEX],
                "nxdomain ent.example",
                "denial_contradicted",
            ),
            (&[ENT, APEX], "nxdomain ent.example", "denial_contradicted"),
            (&[APEX], "nxdomain example", "denial_contradicted"),
            // A wildcard stands in for the name: by its own NSEC and by the one that leads to it.
            (
                &[X_WILD, WILD],
                "nxdomain y.wild.example",
                "denial_contradicted",
            ),
            (
                &[X_WILD, SIGNED],
                "nxdomain y.wild.example",
                "denial_contradicted",
            ),
            // ... even one that has no data but names below it.
            (
                &["example. below.*.example. NS SOA RRSIG NSEC", Z],
                "nxdomain zz.example",
                "denial_contradicted",
            ),
        ],
    );
}

#[test]
fn nodata_is_proven_at_the_name() {
    holds(
        "example",
        &[
            (&[Z], "nodata z.example MX", "nodata"),
            (&[Z], "nodata Z.example TYPE65280", "nodata"),
            (&[APEX], "nodata example MX", "nodata"),
            (&[Z], "nodata z.example A", "denial_contradicted"),
            // RFC 6840 section 4.3.
            (&[A], "nodata a.example MX", "denial_contradicted"),
            (&[A], "nodata a.example CNAME", "denial_contradicted"),
            (&[DNAME], "nodata dname.example MX", "nodata"),
            // There always is an NSEC and its RRSIG, and data for ANY unless the answer was made for a name without.
            (&[Z], "nodata z.example NSEC", "denial_contradicted"),
            (&[Z], "nodata z.example RRSIG", "denial_contradicted"),
            (&[Z], "nodata z.example ANY", "denial_contradicted"),
            (
                &["q.example. \\000.q.example. RRSIG NSEC"],
                "nodata q.example ANY",
                "nodata",
            ),
            (
                &["q.example. \\000.q.example. RRSIG NSEC"],
                "nodata q.example NSEC",
                "denial_contradicted",
            ),
            (
                &[X_WILD, APEX],
                "nodata z.example MX",
                "denial_contradicted",
            ),
            (&[CUT, APEX], "nodata z.example MX", "nsec_missing"),
            // What does not exist is not NODATA.
            (&[X_WILD, APEX], "nodata y.example A", "denial_contradicted"),
            (&[X_WILD], "nodata y.example A", "nsec_missing"),
        ],
    );
}

#[test]
fn nodata_is_proven_for_an_empty_non_terminal() {
    holds(
        "example",
        &[
            (&[DNAME], "nodata ent.example A", "empty_non_terminal"),
            (&[DNAME], "nodata ent.example ANY", "empty_non_terminal"),
            (&[DNAME], "nodata ent.example NSEC", "empty_non_terminal"),
            (&[DNAME], "nodata ent.example DS", "empty_non_terminal"),
            (&[DNAME], "no_ds ent.example", "not_a_delegation"),
            // The name below it shows it too, but not that it is empty.
            (&[ENT], "nodata ent.example A", "denial_contradicted"),
            (&[DNAME], "nodata nt.example A", "nsec_missing"),
        ],
    );
}

#[test]
fn wildcard_proofs_are_checked() {
    holds(
        "example",
        &[
            (
                &[X_WILD, WILD],
                "nodata y.wild.example A",
                "wildcard_nodata",
            ),
            (
                &[X_WILD, WILD],
                "nodata deep.y.wild.example A",
                "wildcard_nodata",
            ),
            (
                &[X_WILD, WILD],
                "nodata y.wild.example MX",
                "denial_contradicted",
            ),
            (&[X_WILD, WILD], "no_ds y.wild.example", "not_a_delegation"),
            (&[X_WILD], "nodata y.wild.example A", "nsec_missing"),
            (&[WILD], "nodata y.wild.example A", "nsec_missing"),
            (&[WILD], "nodata *.wild.example A", "nodata"),
            // A wildcard that exists for the names below it.
            (
                &["example. below.*.example. NS SOA RRSIG NSEC", Z],
                "nodata zz.example A",
                "wildcard_nodata",
            ),
            (
                &[X_WILD, "*.wild.example. x.wild.example. NS RRSIG NSEC"],
                "nodata y.wild.example A",
                "nsec_missing",
            ),
            (
                &[X_WILD, "*.wild.example. x.wild.example. NS RRSIG NSEC"],
                "nodata y.wild.example DS",
                "nsec_missing",
            ),
            (
                &[X_WILD, "*.wild.example. x.wild.example. CNAME RRSIG NSEC"],
                "nodata y.wild.example A",
                "denial_contradicted",
            ),
            (
                &[X_WILD, "*.wild.example. x.wild.example. RRSIG NSEC NXNAME"],
                "nodata y.wild.example A",
                "denial_contradicted",
            ),
        ],
    );
}

/// An answer from the wildcard: nothing closer exists.
#[test]
fn wildcard_answer_needs_a_covering_record() {
    holds(
        "example",
        &[
            (
                &[X_WILD],
                "wildcard_answer y.wild.example *.wild.example",
                "wildcard_answer",
            ),
            (
                &[X_WILD],
                "wildcard_answer deep.y.wild.example *.WILD.example",
                "wildcard_answer",
            ),
            (
                &[WILD],
                "wildcard_answer y.wild.example *.wild.example",
                "nsec_missing",
            ),
            (
                &[X_WILD],
                "wildcard_answer x.wild.example *.wild.example",
                "denial_contradicted",
            ),
            (
                &[X_WILD],
                "wildcard_answer deep.x.wild.example *.wild.example",
                "denial_contradicted",
            ),
            // `wild` is closer to the name than the apex.
            (
                &[X_WILD],
                "wildcard_answer y.wild.example *.example",
                "denial_contradicted",
            ),
            // What is no wildcard above the name.
            (
                &[X_WILD],
                "wildcard_answer y.wild.example wild.example",
                "denial_contradicted",
            ),
            (
                &[X_WILD],
                "wildcard_answer y.wild.example *.other.example",
                "denial_contradicted",
            ),
            (
                &[X_WILD],
                "wildcard_answer y.wild.example *.",
                "denial_contradicted",
            ),
            (
                &[SIGNED],
                "wildcard_answer wild.example *.wild.example",
                "denial_contradicted",
            ),
        ],
    );
}

#[test]
fn delegation_proofs_are_checked() {
    holds(
        "example",
        &[
            (&[CUT], "no_ds cut.example", "insecure_delegation"),
            (&[CUT], "nodata cut.example DS", "insecure_delegation"),
            (&[SIGNED], "no_ds signed.example", "denial_contradicted"),
            (&[Z], "no_ds z.example", "not_a_delegation"),
            (&[X_WILD, APEX], "no_ds y.example", "not_a_delegation"),
            (&[X_WILD], "no_ds y.example", "nsec_missing"),
            (&[A], "no_ds a.example", "denial_contradicted"),
            // The parent's NSEC at a cut says nothing of other types there, nor of names below it (RFC 6840 section 4.1).
            (&[CUT], "nodata cut.example A", "nsec_missing"),
            (&[SIGNED], "nodata signed.example A", "nsec_missing"),
            (&[CUT, APEX], "nxdomain www.cut.example", "nsec_missing"),
            (&[CUT], "nodata www.cut.example A", "nsec_missing"),
            (
                &["cut.example. below.www.cut.example. NS RRSIG NSEC"],
                "nodata www.cut.example A",
                "denial_contradicted",
            ),
            (
                &[CUT],
                "wildcard_answer www.cut.example *.cut.example",
                "nsec_missing",
            ),
            (&[CUT, APEX], "nxdomain cux.example", "nxdomain"),
            // Nor does one with a DNAME.
            (&[DNAME, APEX], "nxdomain www.dname.example", "nsec_missing"),
            (&[DNAME, APEX], "nxdomain dnameX.example", "nxdomain"),
            (
                &["example. a.example. SOA NS DNAME RRSIG NSEC"],
                "nxdomain 0.example",
                "nsec_missing",
            ),
        ],
    );
}

#[test]
fn child_apex_does_not_deny_its_ds() {
    let child_apex = "cut.example. www.cut.example. NS SOA RRSIG NSEC DNSKEY";
    holds(
        "example",
        &[
            (&[child_apex], "no_ds cut.example", "nsec_missing"),
            (&[child_apex], "nodata cut.example DS", "nsec_missing"),
        ],
    );
    holds(
        "cut.example",
        &[
            (&[child_apex], "no_ds cut.example", "nsec_missing"),
            (&[child_apex], "nodata cut.example DS", "nsec_missing"),
            // Not even one that denies being an apex.
            (
                &["cut.example. www.cut.example. A RRSIG NSEC"],
                "no_ds cut.example",
                "nsec_missing",
            ),
            (&[child_apex], "nodata cut.example A", "nodata"),
        ],
    );
    holds(
        ".",
        &[
            (
                &[". com. NS SOA RRSIG NSEC DNSKEY"],
                "nodata . DS",
                "nodata",
            ),
            (
                &[". com. NS SOA RRSIG NSEC DNSKEY"],
                "nodata . NS",
                "denial_contradicted",
            ),
            (
                &["org. . NS DS RRSIG NSEC", ". com. NS SOA RRSIG NSEC DNSKEY"],
                "nxdomain zz",
                "nxdomain",
            ),
        ],
    );
}

#[test]
fn single_name_zone_is_proven() {
    let only = "example. example. SOA NS RRSIG NSEC";
    holds(
        "example",
        &[
            (&[only], "nxdomain a.example", "nxdomain"),
            (&[only], "nxdomain example", "denial_contradicted"),
            (&[only], "nodata example A", "nodata"),
            (
                &[only],
                "wildcard_answer a.example *.example",
                "wildcard_answer",
            ),
            // Only the apex comes after the last name.
            (
                &["b.example. b.example. A RRSIG NSEC", APEX],
                "nxdomain c.example",
                "nsec_missing",
            ),
            (
                &["b.example. a.example. A RRSIG NSEC", APEX],
                "nxdomain c.example",
                "nsec_missing",
            ),
        ],
    );
}

#[test]
fn minimally_covering_nsec_follows_rfc_4470() {
    let name = r"\)~~~~~~~~~~~~~~~~.example. q\000.example. RRSIG NSEC";
    let around = r"p~~~~~~~~.example. q\000.example. RRSIG NSEC";
    let wildcard = r"\)~~~~~~~~~~~~~~~~.example. +.example. RRSIG NSEC";
    holds(
        "example",
        &[
            (&[around, wildcard], "nxdomain q.example", "nxdomain"),
            (&[around, wildcard], "nxdomain a.q.example", "nxdomain"),
            (&[name], "nxdomain q.example", "nxdomain"),
            (&[around], "nxdomain q.example", "nsec_missing"),
            (
                &[around],
                "wildcard_answer q.example *.example",
                "wildcard_answer",
            ),
            // The name right after another lies below it, which makes that one an empty non-terminal.
            (
                &[r"p~~~~~~~~.example. \000.q.example. RRSIG NSEC", wildcard],
                "nxdomain q.example",
                "denial_contradicted",
            ),
            (
                &[r"p~~~~~~~~.example. \000.q.example. RRSIG NSEC"],
                "nodata q.example A",
                "empty_non_terminal",
            ),
        ],
    );
}

#[test]
fn compact_denial_follows_rfc_9824() {
    let nxname = r"q.example. \000.q.example. RRSIG NSEC NXNAME";
    let odd = r"q.example. \000.q.example. A RRSIG NSEC NXNAME";
    let ent = r"q.example. \000.q.example. RRSIG NSEC";
    holds(
        "example",
        &[
            (&[nxname], "nxdomain q.example", "nxdomain"),
            (&[nxname], "nodata q.example A", "nxdomain"),
            (&[nxname], "nodata q.example ANY", "nxdomain"),
            (&[nxname], "no_ds q.example", "not_a_delegation"),
            (&[nxname], "nxdomain a.q.example", "nsec_missing"),
            (&[odd], "nxdomain q.example", "denial_contradicted"),
            (&[odd], "nodata q.example MX", "denial_contradicted"),
            // Without NXNAME, as Knot's onlinesign and others made it before: the name is said to exist.
            (&[ent], "nodata q.example A", "nodata"),
            (&[ent], "nxdomain q.example", "denial_contradicted"),
            (&[ent], "no_ds q.example", "not_a_delegation"),
            // Knot 3.2's onlinesign puts types that are not there into the bitmap, but never the one asked for.
            (
                &[r"q.example. \000.q.example. A AAAA RRSIG NSEC"],
                "nodata q.example DS",
                "nodata",
            ),
            (
                &[r"cut.example. \000.cut.example. A NS AAAA RRSIG NSEC"],
                "no_ds cut.example",
                "insecure_delegation",
            ),
        ],
    );
}

#[test]
fn chain_proves_every_name_and_every_gap() {
    let exist = [
        "example",
        "a.example",
        "cut.example",
        "dname.example",
        "ent.example",
        "b.ent.example",
        "z.example",
    ];
    for name in exist {
        holds(
            "example",
            &[(&ALL, &format!("nxdomain {name}"), "denial_contradicted")],
        );
    }
    for name in [
        "0.example",
        "b.example",
        "cuu.example",
        "a.ent.example",
        "sign.example",
        "zz.example",
    ] {
        holds(
            "example",
            &[(&ALL, &format!("nxdomain {name}"), "nxdomain")],
        );
    }
}

#[test]
fn names_outside_the_zone_have_no_proof() {
    holds(
        "example",
        &[
            (&ALL, "nxdomain other", "nsec_missing"),
            (&ALL, "nodata . A", "nsec_missing"),
            (&[], "nxdomain y.example", "nsec_missing"),
            (&[], "no_ds y.example", "nsec_missing"),
        ],
    );
}

#[test]
fn many_denials_are_charged_to_the_budget() {
    let nsecs: Vec<_> = (100..200)
        .map(|number| format!("b{number}.example. 60 IN NSEC b{number}0.example. A"))
        .collect();
    let proofs = proofs("example", &nsecs.join("\n"));
    let mut budget = Budget::for_probe(12);
    let mut denied = || ask(&proofs, "wildcard_answer c.example *.example", &mut budget);
    assert_eq!(denied(), "nsec_missing");
    let last = (0..100).map(|_| denied()).last();
    assert_eq!(last.as_deref(), Some("validation_limit_reached"));
}
