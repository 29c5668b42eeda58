use super::*;
use crate::demo::{Duty, SigningKey, ZoneBuilder};
use crate::dns::{Algorithm, Timestamp};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn zone() -> SignedZone {
    let csk = SigningKey::generate(Algorithm::ED25519, SigningKey::KSK).unwrap();
    ZoneBuilder::new(&name("zone.test"), Timestamp(1_800_000_000))
        .record("www", RrType::A, "192.0.2.1")
        .record("alias", RrType::CNAME, "www.zone.test.")
        .record("loop", RrType::CNAME, "loop.zone.test.")
        .record("away", RrType::CNAME, "www.example.")
        .record("*.wild", RrType::TXT, "expanded")
        .record("host.wild", RrType::A, "192.0.2.2")
        .record("signed", RrType::NS, "ns.signed.zone.test.")
        .record("signed", RrType::DS, "1 13 2 0000000000000000000000000000000000000000000000000000000000000000")
        .record("ns.signed", RrType::A, "192.0.2.3")
        .record("plain", RrType::NS, "ns1.zone.test.")
        .key(csk, Duty::All)
        .sign()
        .unwrap()
}

/// `owner TYPE` of every record but signatures: rcode and AA, answer, authority, additional.
fn sections(question: &str, rtype: RrType) -> (Rcode, bool, [String; 3]) {
    let zone = zone();
    let reply = look_up(&zone, &name(question), rtype, true);
    let relative = |owner: &Name| owner.to_string().replace("zone.test.", "").trim_end_matches('.').to_owned();
    let list = |records: &[ReplyRecord<'_>]| {
        let shown = records.iter().filter(|record| record.rtype != RrType::RRSIG);
        shown.map(|record| format!("{} {}", relative(&record.owner), record.rtype)).collect::<Vec<_>>().join(", ")
    };
    (reply.rcode, reply.authoritative, [list(&reply.answer), list(&reply.authority), list(&reply.additional)])
}

#[track_caller]
fn assert_reply(question: &str, rtype: RrType, rcode: Rcode, aa: bool, expected: [&str; 3]) {
    assert_eq!(sections(question, rtype), (rcode, aa, expected.map(str::to_owned)), "{question} {rtype}");
}

#[test]
fn data_and_its_absence() {
    let (ok, nx) = (Rcode::NOERROR, Rcode::NXDOMAIN);
    assert_reply("zone.test", RrType::SOA, ok, true, [" SOA", "", ""]);
    assert_reply("WWW.Zone.test", RrType::A, ok, true, ["WWW.Zone.test A", "", ""]);
    assert_reply("www.zone.test", RrType::TXT, ok, true, ["", " SOA, www NSEC", ""]);
    // RFC 4035 section 3.1.3.2: one for the name, one for the wildcard; here the wildcard's place is behind the apex.
    assert_reply("x.zone.test", RrType::A, nx, true, ["", " SOA, www NSEC,  NSEC", ""]);
    // An empty non-terminal exists.
    assert_reply("wild.zone.test", RrType::A, ok, true, ["", " SOA, signed NSEC", ""]);
}

#[test]
fn wildcards_expand_where_nothing_closer_exists() {
    let (ok, nx) = (Rcode::NOERROR, Rcode::NXDOMAIN);
    assert_reply("x.wild.zone.test", RrType::TXT, ok, true, ["x.wild TXT", "host.wild NSEC", ""]);
    assert_reply("y.x.wild.zone.test", RrType::TXT, ok, true, ["y.x.wild TXT", "host.wild NSEC", ""]);
    assert_reply("x.wild.zone.test", RrType::A, ok, true, ["", " SOA, host.wild NSEC, *.wild NSEC", ""]);
    // RFC 4592 section 2.2.1: host.wild exists, so the wildcard says nothing about what is below it.
    assert_reply("x.host.wild.zone.test", RrType::TXT, nx, true, ["", " SOA, host.wild NSEC", ""]);
}

#[test]
fn aliases_are_followed_within_the_zone_and_never_forever() {
    let ok = Rcode::NOERROR;
    assert_reply("alias.zone.test", RrType::A, ok, true, ["alias CNAME, www A", "", ""]);
    assert_reply("alias.zone.test", RrType::CNAME, ok, true, ["alias CNAME", "", ""]);
    assert_reply("away.zone.test", RrType::A, ok, true, ["away CNAME", "", ""]);
    let (_, _, [answer, ..]) = sections("loop.zone.test", RrType::A);
    assert_eq!(answer.matches("CNAME").count(), MAX_CNAMES + 1);
}

#[test]
fn delegations_are_referred_and_their_ds_is_ours() {
    let ok = Rcode::NOERROR;
    assert_reply("x.signed.zone.test", RrType::A, ok, false, ["", "signed NS, signed DS", "ns.signed A"]);
    assert_reply("plain.zone.test", RrType::A, ok, false, ["", "plain NS, plain NSEC", ""]);
    assert_reply("signed.zone.test", RrType::DS, ok, true, ["signed DS", "", ""]);
    assert_reply("plain.zone.test", RrType::DS, ok, true, ["", " SOA, plain NSEC", ""]);
}

#[test]
fn negative_answers_have_the_ttl_of_rfc_2308_section_5() {
    let zone = zone();
    let reply = look_up(&zone, &name("www.zone.test"), RrType::MX, true);
    assert!(reply.authority.iter().all(|record| record.ttl == 300));
    assert_eq!(look_up(&zone, &name("zone.test"), RrType::SOA, true).answer[0].ttl, 3600);
}
