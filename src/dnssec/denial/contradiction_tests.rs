//! Rows: the records of a zone, an RRset that it answers with, and whether the records deny it.

use data_encoding::BASE32HEX_NOPAD;

use super::*;
use crate::dns::Nsec3;
use crate::dnssec::denial::nsec3::hash_name;
use crate::dnssec::denial::proofs::Nsec3Chain;
use crate::dnssec::denial::testing::{name, proofs};

const APEX: &str = "example. www.example. NS SOA DNSKEY NSEC RRSIG";

/// The denial of `existing`, which is `OWNER TYPE` or `OWNER TYPE WILDCARD`, by the records of a zone file.
fn denial(zone_file: &str, existing: &str) -> Option<&'static str> {
    let words: Vec<_> = existing.split(' ').collect();
    let (owner, wildcard) = (name(words[0]), words.get(2).map(|text| name(text)));
    let existing = ExistingRrset {
        owner: &owner,
        wildcard: wildcard.as_ref(),
        rtype: words[1].parse().unwrap(),
    };
    find_denial_of(
        &proofs("example", zone_file),
        existing,
        &mut Budget::default(),
    )
}

fn nsec_lines(nsecs: &[&str]) -> String {
    let lines = nsecs
        .iter()
        .map(|nsec| nsec.replacen(' ', " 0 IN NSEC ", 1));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn nsec_denies_what_is_answered() {
    let (absent, covered) = (Some(TYPE_ABSENT), Some(NAME_COVERED));
    for (nsecs, existing, expected) in [
        (&[APEX][..], "example SOA", None),
        (&[APEX], "example DNSKEY", None),
        (&[APEX], "example CDS", absent),
        (
            &["example. www.example. NS SOA NSEC RRSIG"],
            "example DNSKEY",
            absent,
        ),
        (&[APEX], "example DS", None),
        (&[APEX], "example NSEC", None),
        (&[APEX], "www.example A", None),
        (&[APEX], "b.example A", covered),
        // The apex leads back to itself: no other name exists.
        (
            &["example. example. NS SOA DNSKEY NSEC RRSIG"],
            "www.example A",
            covered,
        ),
        // An empty non-terminal has no data.
        (
            &["a.example. b.ent.example. A NSEC RRSIG"],
            "ent.example A",
            covered,
        ),
        // A wildcard stands in for the name, which need not exist; the wildcard must.
        (
            &["a.example. z.example. A NSEC RRSIG"],
            "b.example A *.example",
            None,
        ),
        (
            &["example. z.example. NS SOA NSEC RRSIG"],
            "b.example A *.example",
            covered,
        ),
        (
            &["*.example. z.example. TXT NSEC RRSIG"],
            "b.example A *.example",
            absent,
        ),
        (
            &["*.example. z.example. A NSEC RRSIG"],
            "b.example A *.example",
            None,
        ),
        // Made for the name in the wildcard's stead, without the type that the wildcard answers.
        (
            &["b.example. \\000.b.example. NSEC RRSIG"],
            "b.example A *.example",
            absent,
        ),
        // The parent's record at a delegation.
        (
            &["cut.example. z.example. NS NSEC RRSIG"],
            "cut.example DS",
            absent,
        ),
        (
            &["cut.example. z.example. NS NSEC RRSIG"],
            "cut.example A",
            None,
        ),
        (
            &["cut.example. z.example. NS NSEC RRSIG"],
            "ns.cut.example A",
            None,
        ),
        // Minimally covering (RFC 4470) and compact (RFC 9824).
        (
            &["bbb~.example. bbc\\000.example. NSEC RRSIG"],
            "www.example A",
            None,
        ),
        (
            &["b.example. \\000.b.example. NSEC RRSIG TYPE128"],
            "www.example A",
            None,
        ),
        (
            &["b.example. \\000.b.example. NSEC RRSIG TYPE128"],
            "b.example A",
            absent,
        ),
    ] {
        let found = denial(&nsec_lines(nsecs), existing);
        assert_eq!(found, expected, "{existing}, by {nsecs:?}");
    }
}

/// The NSEC3 of `names` with their types, each leading to the next.
fn chain(names: &[(&str, &str)], flags: u8) -> Vec<String> {
    let parameters = Nsec3Chain {
        iterations: 0,
        salt: Box::default(),
        records: Vec::new(),
    };
    let hash = |text: &str| BASE32HEX_NOPAD.encode(&hash_name(&name(text), &parameters));
    let mut hashed: Vec<_> = names
        .iter()
        .map(|(name, types)| (hash(name), *types))
        .collect();
    hashed.sort();
    let next = hashed.iter().cycle().skip(1);
    let lines = hashed.iter().zip(next).map(|((hash, types), (next, _))| {
        format!("{hash}.example. 0 IN NSEC3 1 {flags} 0 - {next} {types}")
    });
    lines.collect()
}

#[test]
fn nsec3_denies_what_is_answered() {
    let apex = ("example", "NS SOA DNSKEY RRSIG");
    let www = ("www.example", "A RRSIG");
    for (names, flags, existing, expected) in [
        (&[apex, www][..], 0, "www.example A", None),
        (&[apex, www], 0, "www.example TXT", Some(TYPE_ABSENT)),
        (&[apex], 0, "example DNSKEY", None),
        (&[apex], 0, "example CDS", Some(TYPE_ABSENT)),
        (&[apex], 0, "www.example A", Some(NAME_COVERED)),
        (&[apex], Nsec3::OPT_OUT, "www.example A", None),
        (&[apex], 0, "b.example A *.example", Some(NAME_COVERED)),
        (
            &[apex, ("*.example", "A RRSIG")],
            0,
            "b.example A *.example",
            None,
        ),
    ] {
        let found = denial(&chain(names, flags).join("\n"), existing);
        assert_eq!(found, expected, "{existing}, flags {flags}, by {names:?}");
    }
}

#[test]
fn record_within_the_gap_of_another_is_inconsistent() {
    let inconsistency = |zone_file: &str| find_inconsistency(&proofs("example", zone_file));
    for (nsecs, is_consistent) in [
        (&[APEX, "www.example. example. A NSEC RRSIG"][..], true),
        (&[APEX, "b.example. www.example. A NSEC RRSIG"], false),
        (
            &[
                "a.example. z.example. A NSEC RRSIG",
                "m.example. z.example. A NSEC RRSIG",
            ],
            false,
        ),
        (
            &[
                "bbb~.example. bbc\\000.example. NSEC RRSIG",
                "a.example. \\000.a.example. A NSEC",
            ],
            true,
        ),
    ] {
        let found = inconsistency(&nsec_lines(nsecs));
        assert_eq!(found.is_none(), is_consistent, "{nsecs:?}");
    }
    let apex = ("example", "NS SOA DNSKEY RRSIG");
    let [old, new] =
        [&[apex][..], &[apex, ("www.example", "A RRSIG")]].map(|names| chain(names, 0));
    assert_eq!(inconsistency(&new.join("\n")), None);
    // The new name has its NSEC3, and the one before it still leads past it.
    let apex_hash = &old[0][..32];
    let added = new
        .iter()
        .find(|line| !line.starts_with(apex_hash))
        .unwrap();
    assert!(inconsistency(&format!("{}\n{added}", old[0])).is_some());
}
