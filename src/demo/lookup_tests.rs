use super::*;
use crate::demo::{KeyDuty, SigningKey, ZoneBuilder};
use crate::dns::{Algorithm, Timestamp};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn zone() -> SignedZone {
    builder().sign().unwrap()
}

fn builder() -> ZoneBuilder {
    let csk = SigningKey::generate(Algorithm::ED25519, SigningKey::KSK).unwrap();
    ZoneBuilder::new(&name("zone.test"), Timestamp(1_800_000_000))
        .record("www", RrType::A, "192.0.2.1")
        .record("alias", RrType::CNAME, "www.zone.test.")
        .record("loop", RrType::CNAME, "loop.zone.test.")
        .record("away", RrType::CNAME, "www.example.")
        .record("*.wild", RrType::TXT, "expanded")
        .record("host.wild", RrType::A, "192.0.2.2")
        .record("signed", RrType::NS, "ns.signed.zone.test.")
        .record(
            "signed",
            RrType::DS,
            "1 13 2 0000000000000000000000000000000000000000000000000000000000000000",
        )
        .record("ns.signed", RrType::A, "192.0.2.3")
        .record("plain", RrType::NS, "ns1.zone.test.")
        .key(csk, KeyDuty::All)
}

/// `owner TYPE` of every record but signatures: rcode and AA, answer, authority, additional.
fn sections(question: &str, rtype: RrType) -> (Rcode, bool, [String; 3]) {
    sections_of(&zone(), question, rtype)
}

fn sections_of(zone: &SignedZone, question: &str, rtype: RrType) -> (Rcode, bool, [String; 3]) {
    let reply = look_up(zone, &name(question), rtype, true);
    let relative = |owner: &Name| {
        owner
            .to_string()
            .replace("zone.test.", "")
            .trim_end_matches('.')
            .to_owned()
    };
    let list = |records: &[ReplyRecord<'_>]| {
        let shown = records
            .iter()
            .filter(|record| record.rtype != RrType::RRSIG);
        shown
            .map(|record| format!("{} {}", relative(&record.owner), record.rtype))
            .collect::<Vec<_>>()
            .join(", ")
    };
    (
        reply.rcode,
        reply.authoritative,
        [
            list(&reply.answer),
            list(&reply.authority),
            list(&reply.additional),
        ],
    )
}

#[track_caller]
fn assert_reply(question: &str, rtype: RrType, rcode: Rcode, aa: bool, expected: [&str; 3]) {
    assert_eq!(
        sections(question, rtype),
        (rcode, aa, expected.map(str::to_owned)),
        "{question} {rtype}"
    );
}

#[test]
fn existing_and_missing_data_are_answered() {
    let (ok, nx) = (Rcode::NOERROR, Rcode::NXDOMAIN);
    assert_reply("zone.test", RrType::SOA, ok, true, [" SOA", "", ""]);
    assert_reply(
        "WWW.Zone.test",
        RrType::A,
        ok,
        true,
        ["WWW.Zone.test A", "", ""],
    );
    assert_reply(
        "www.zone.test",
        RrType::TXT,
        ok,
        true,
        ["", " SOA, www NSEC", ""],
    );
    // RFC 4035 section 3.1.3.2: one for the name, one for the wildcard; here the wildcard's place is behind the apex.
    assert_reply(
        "x.zone.test",
        RrType::A,
        nx,
        true,
        ["", " SOA, www NSEC,  NSEC", ""],
    );
    // An empty non-terminal exists.
    assert_reply(
        "wild.zone.test",
        RrType::A,
        ok,
        true,
        ["", " SOA, signed NSEC", ""],
    );
}

#[test]
fn wildcards_expand_where_nothing_closer_exists() {
    let (ok, nx) = (Rcode::NOERROR, Rcode::NXDOMAIN);
    assert_reply(
        "x.wild.zone.test",
        RrType::TXT,
        ok,
        true,
        ["x.wild TXT", "host.wild NSEC", ""],
    );
    assert_reply(
        "y.x.wild.zone.test",
        RrType::TXT,
        ok,
        true,
        ["y.x.wild TXT", "host.wild NSEC", ""],
    );
    assert_reply(
        "x.wild.zone.test",
        RrType::A,
        ok,
        true,
        ["", " SOA, host.wild NSEC, *.wild NSEC", ""],
    );
    // RFC 4592 section 2.2.1: host.wild exists, so the wildcard says nothing about what is below it.
    assert_reply(
        "x.host.wild.zone.test",
        RrType::TXT,
        nx,
        true,
        ["", " SOA, host.wild NSEC", ""],
    );
}

#[test]
fn aliases_are_followed_in_zone_up_to_a_limit() {
    let ok = Rcode::NOERROR;
    assert_reply(
        "alias.zone.test",
        RrType::A,
        ok,
        true,
        ["alias CNAME, www A", "", ""],
    );
    assert_reply(
        "alias.zone.test",
        RrType::CNAME,
        ok,
        true,
        ["alias CNAME", "", ""],
    );
    assert_reply(
        "away.zone.test",
        RrType::A,
        ok,
        true,
        ["away CNAME", "", ""],
    );
    let (_, _, [answer, ..]) = sections("loop.zone.test", RrType::A);
    assert_eq!(answer.matches("CNAME").count(), MAX_CNAMES + 1);
}

#[test]
fn delegations_are_referred_with_their_ds() {
    let ok = Rcode::NOERROR;
    assert_reply(
        "x.signed.zone.test",
        RrType::A,
        ok,
        false,
        ["", "signed NS, signed DS", "ns.signed A"],
    );
    assert_reply(
        "plain.zone.test",
        RrType::A,
        ok,
        false,
        ["", "plain NS, plain NSEC", ""],
    );
    assert_reply(
        "signed.zone.test",
        RrType::DS,
        ok,
        true,
        ["signed DS", "", ""],
    );
    assert_reply(
        "plain.zone.test",
        RrType::DS,
        ok,
        true,
        ["", " SOA, plain NSEC", ""],
    );
}

#[test]
fn negative_answers_use_the_rfc_2308_ttl() {
    let zone = zone();
    let reply = look_up(&zone, &name("www.zone.test"), RrType::MX, true);
    assert!(reply.authority.iter().all(|record| record.ttl == 300));
    assert_eq!(
        look_up(&zone, &name("zone.test"), RrType::SOA, true).answer[0].ttl,
        3600
    );
}

fn dname(zone: ZoneBuilder, owner: &str, target: &str) -> ZoneBuilder {
    zone.rdata(owner, RrType::DNAME, name(target).as_wire())
}

#[test]
fn dname_redirects_only_names_below_it() {
    let zone = dname(
        dname(builder(), "moved", "wild.zone.test"),
        "gone",
        "example",
    )
    .sign()
    .unwrap();
    for (question, rtype, answer) in [
        ("moved.zone.test", RrType::DNAME, "moved DNAME"),
        (
            "host.moved.zone.test",
            RrType::A,
            "moved DNAME, host.moved CNAME, host.wild A",
        ),
        (
            "host.moved.zone.test",
            RrType::CNAME,
            "moved DNAME, host.moved CNAME",
        ),
        (
            "x.moved.zone.test",
            RrType::TXT,
            "moved DNAME, x.moved CNAME, x.wild TXT",
        ),
        ("x.gone.zone.test", RrType::A, "gone DNAME, x.gone CNAME"),
    ] {
        let (rcode, aa, [answered, ..]) = sections_of(&zone, question, rtype);
        assert_eq!(
            (rcode, aa, answered.as_str()),
            (Rcode::NOERROR, true, answer),
            "{question}"
        );
    }
    let cname = look_up(&zone, &name("host.moved.zone.test"), RrType::CNAME, true);
    let signed: Vec<_> = cname
        .answer
        .iter()
        .filter(|record| record.rtype == RrType::RRSIG)
        .collect();
    assert_eq!(
        (signed.len(), &signed[0].owner),
        (1, &name("moved.zone.test"))
    );
    assert_eq!(cname.answer[2].rdata, name("host.wild.zone.test").as_wire());
}

#[test]
fn overlong_dname_target_is_yxdomain() {
    let long = format!(
        "{0}.{0}.{0}.{1}.moved.zone.test",
        "a".repeat(63),
        "a".repeat(43)
    );
    let longer = dname(
        ZoneBuilder::new(&name("zone.test"), Timestamp(0)),
        "moved",
        "a.much.longer.name.zone.test",
    );
    assert_eq!(
        sections_of(&longer.sign().unwrap(), &long, RrType::A).0,
        Rcode::YXDOMAIN
    );
}

/// The authority section but for the SOA and an SOA's signature: whose NSEC3 stand there.
fn nsec3_names(zone: &SignedZone, question: &str, rtype: RrType) -> Vec<String> {
    let hashing = crate::demo::denial::Nsec3Parameters {
        iterations: 1,
        salt: vec![0xAB],
    };
    let relative = [
        "",
        "ns1.",
        "www.",
        "alias.",
        "loop.",
        "away.",
        "wild.",
        "*.wild.",
        "host.wild.",
        "signed.",
        "plain.",
    ];
    let known: Vec<_> = relative
        .map(|owner| {
            (
                hashing.owner(&name(&format!("{owner}zone.test")), zone.apex()),
                owner,
            )
        })
        .into();
    let reply = look_up(zone, &name(question), rtype, true);
    let nsec3s = reply
        .authority
        .iter()
        .filter(|record| record.rtype == RrType::NSEC3);
    let shown = |owner: &Name| {
        known
            .iter()
            .find(|(hashed, _)| hashed.as_ref() == Some(owner))
            .map_or("?", |(_, name)| name)
    };
    nsec3s
        .map(|record| shown(&record.owner).to_owned())
        .collect()
}

/// Whether one of the NSEC3 covers the hash of a name.
fn covers(zone: &SignedZone, question: &str, rtype: RrType, covered: &str) -> bool {
    let hash = crate::demo::denial::Nsec3Parameters {
        iterations: 1,
        salt: vec![0xAB],
    }
    .hash(&name(covered));
    let reply = look_up(zone, &name(question), rtype, true);
    reply
        .authority
        .iter()
        .filter(|record| record.rtype == RrType::NSEC3)
        .any(|record| {
            let first = record.owner.labels().next().unwrap().to_ascii_uppercase();
            let owner = data_encoding::BASE32HEX_NOPAD.decode(&first).unwrap();
            // A salt of one octet: the next hash stands behind seven.
            let next = &record.rdata[7..27];
            if owner.as_slice() < next {
                owner < hash && &hash[..] < next
            } else {
                owner < hash || &hash[..] < next
            }
        })
}

#[test]
fn nsec3_proves_each_kind_of_absence() {
    let zone = builder().nsec3(1, &[0xAB], false).sign().unwrap();
    assert_eq!(nsec3_names(&zone, "www.zone.test", RrType::MX), ["www."]);
    assert_eq!(nsec3_names(&zone, "wild.zone.test", RrType::A), ["wild."]);
    assert_eq!(
        nsec3_names(&zone, "plain.zone.test", RrType::DS),
        ["plain."]
    );
    assert_eq!(
        nsec3_names(&zone, "x.plain.zone.test", RrType::A),
        ["plain."]
    );
    assert_eq!(nsec3_names(&zone, "www.zone.test", RrType::A), [""; 0]);

    // RFC 5155 section 7.2.2: closest encloser, next closer, wildcard.
    let absent = "b.a.www.zone.test";
    assert_eq!(nsec3_names(&zone, absent, RrType::A)[0], "www.");
    assert!(
        covers(&zone, absent, RrType::A, "a.www.zone.test")
            && covers(&zone, absent, RrType::A, "*.www.zone.test")
    );
    // Section 7.2.6: the next closer alone.
    let expanded = "b.a.wild.zone.test";
    assert_eq!(nsec3_names(&zone, expanded, RrType::TXT).len(), 1);
    assert!(covers(&zone, expanded, RrType::TXT, "a.wild.zone.test"));
    // Section 7.2.5: closest encloser, next closer, and the wildcard itself.
    let names = nsec3_names(&zone, expanded, RrType::A);
    assert!(
        names[0] == "wild." && names.iter().any(|name| name == "*.wild."),
        "{names:?}"
    );
    assert!(covers(&zone, expanded, RrType::A, "a.wild.zone.test"));
}

#[test]
fn opt_out_covers_an_unsigned_delegation() {
    let zone = builder().nsec3(1, &[0xAB], true).sign().unwrap();
    for (question, rtype) in [
        ("x.plain.zone.test", RrType::A),
        ("plain.zone.test", RrType::DS),
    ] {
        assert_eq!(nsec3_names(&zone, question, rtype)[0], "", "{question}");
        assert!(
            covers(&zone, question, rtype, "plain.zone.test"),
            "{question}"
        );
    }
    assert_eq!(nsec3_names(&zone, "x.signed.zone.test", RrType::A), [""; 0]);
}

#[test]
fn mismatched_nsec3param_yields_no_proof() {
    let whole = builder().nsec3(1, &[0xAB], false).sign().unwrap();
    let mut salted = whole.clone();
    salted
        .alter(RrType::NSEC3PARAM, |rdata| rdata[5] ^= 1)
        .unwrap();
    let mut without = whole.clone();
    without.remove_all(RrType::NSEC3PARAM).unwrap();
    for zone in [salted, without] {
        assert_eq!(nsec3_names(&zone, "x.zone.test", RrType::A), [""; 0]);
    }
    // A chain whose hashes are all wrong still gives something.
    let mut misplaced = whole;
    misplaced.misplace_nsec3s();
    assert_eq!(
        nsec3_names(&misplaced, "www.zone.test", RrType::MX)
            .iter()
            .filter(|name| *name == "?")
            .count(),
        2
    );
}

#[test]
fn online_denial_covers_as_little_as_possible() {
    let (ok, nx) = (Rcode::NOERROR, Rcode::NXDOMAIN);
    let white = builder().online_denial(OnlineDenial::White).sign().unwrap();
    let (rcode, _, [_, authority, _]) = sections_of(&white, "x.zone.test", RrType::A);
    assert_eq!(
        (
            rcode,
            authority.matches("NSEC").count(),
            authority.contains("x NSEC")
        ),
        (nx, 2, false)
    );
    let black = builder().online_denial(OnlineDenial::Black).sign().unwrap();
    assert_eq!(
        sections_of(&black, "x.zone.test", RrType::A),
        (ok, true, ["", " SOA, x NSEC", ""].map(str::to_owned))
    );
    for zone in [white, black] {
        assert_eq!(
            sections_of(&zone, "www.zone.test", RrType::MX).2[1],
            " SOA, www NSEC"
        );
        assert_eq!(
            sections_of(&zone, "wild.zone.test", RrType::A).2[1],
            " SOA, wild NSEC"
        );
        assert_eq!(
            sections_of(&zone, "x.wild.zone.test", RrType::A).2[1],
            " SOA, x.wild NSEC"
        );
        assert_eq!(
            sections_of(&zone, "x.wild.zone.test", RrType::TXT).2,
            ["x.wild TXT", "", ""].map(str::to_owned)
        );
        assert_eq!(
            sections_of(&zone, "x.plain.zone.test", RrType::A).2[1],
            "plain NS, plain NSEC"
        );
        assert!(
            zone.nodes()
                .values()
                .all(|node| !node.contains_key(&RrType::NSEC))
        );
    }
}
