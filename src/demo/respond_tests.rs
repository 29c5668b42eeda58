use super::*;
use crate::demo::{KeyDuty, SigningKey, ZoneBuilder};
use crate::dns::{Algorithm, Query, Soa, Timestamp, ZoneVersion};

const FLAGS: usize = 2;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn zones() -> ServedZones {
    let csk = SigningKey::generate(Algorithm::ED25519, SigningKey::KSK).unwrap();
    let large = ["x".repeat(255).as_str(); 6].join(" ");
    let zone = ZoneBuilder::new(&name("zone.test"), Timestamp(1_800_000_000))
        .record("large", RrType::TXT, &large)
        .record(
            "medium",
            RrType::TXT,
            &["x".repeat(255).as_str(); 3].join(" "),
        )
        .key(csk, KeyDuty::All)
        .sign()
        .unwrap();
    let child = ZoneBuilder::new(&name("child.zone.test"), Timestamp(1_800_000_000))
        .sign()
        .unwrap();
    [zone, child]
        .into_iter()
        .map(|zone| ServedZone {
            zone,
            behaviour: ServerBehaviour::Answer,
        })
        .collect()
}

fn respond(octets: &[u8], transport: Transport) -> Option<Message> {
    let response = zones().respond(octets, transport, Family::Ipv4)?;
    Some(Message::read(response).unwrap())
}

fn ask(query: &Query) -> Message {
    respond(&query.octets(7, true), Transport::Udp).unwrap()
}

fn query(owner: &str, rtype: RrType) -> Query {
    Query::new(name(owner), rtype, 1232)
}

#[test]
fn only_requested_edns_options_are_answered() {
    let answer = ask(&query("zone.test", RrType::SOA));
    let (serial, soa) = (
        Soa::read(&answer, &answer.answer[0]).unwrap().serial,
        answer.edns.unwrap(),
    );
    assert_eq!(
        (soa.udp_size, soa.dnssec_ok, soa.expire),
        (1232, true, Some(1_209_600))
    );
    assert_eq!(soa.nsid.as_deref(), Some(NSID.as_bytes()));
    assert_eq!(
        ask(&query("zone.test", RrType::NS)).edns.unwrap().expire,
        None
    );

    assert_eq!(
        soa.zone_version,
        Some(ZoneVersion {
            label_count: 2,
            serial
        })
    );

    let mut without = query("zone.test", RrType::SOA).octets(7, true);
    let codes = without.len() - 8;
    assert_eq!(without[codes..], [0, 9, 0, 0, 0, 19, 0, 0]);
    without[codes] = 0xFE;
    without[codes + 4] = 0xFE;
    let edns = respond(&without, Transport::Udp).unwrap().edns.unwrap();
    assert_eq!(
        (edns.expire, edns.zone_version, edns.nsid.is_some()),
        (None, None, true)
    );

    let plain = respond(
        &query("zone.test", RrType::SOA).octets(7, false),
        Transport::Udp,
    )
    .unwrap();
    assert_eq!((plain.edns, plain.answer.len()), (None, 1));
}

#[test]
fn query_without_do_gets_no_dnssec_records() {
    let dnssec = ask(&query("none.zone.test", RrType::A));
    // Where the query's OPT has its DO bit: behind header, question, and OPT's name, type, class, extended rcode and version.
    let flags = Header::SIZE + name("none.zone.test").as_wire().len() + 4 + 1 + 2 + 2 + 2;
    let mut octets = query("none.zone.test", RrType::A).octets(7, true);
    assert_eq!(octets[flags], 0x80);
    octets[flags] = 0;
    let plain = respond(&octets, Transport::Udp).unwrap();
    let types = |message: &Message| {
        message
            .authority
            .iter()
            .map(|record| record.rtype)
            .collect::<Vec<_>>()
    };
    assert_eq!(types(&plain), [RrType::SOA]);
    assert_eq!(plain.rcode, Rcode::NXDOMAIN);
    // One NSEC covers the name, that of the apex the wildcard.
    let proof = [RrType::NSEC, RrType::RRSIG, RrType::NSEC, RrType::RRSIG];
    assert_eq!(
        types(&dnssec),
        [[RrType::SOA, RrType::RRSIG].as_slice(), &proof].concat()
    );
    assert!(!plain.edns.unwrap().dnssec_ok);
}

#[test]
fn udp_is_truncated_at_the_advertised_size() {
    let truncated = |owner, size, edns| {
        let octets = Query::new(name(owner), RrType::TXT, size).octets(7, edns);
        let message = respond(&octets, Transport::Udp).unwrap();
        assert_eq!(message.header.tc, message.answer.is_empty());
        assert!(respond(&octets, Transport::Tcp).unwrap().answer.len() > usize::from(edns));
        message.header.tc
    };
    assert!(!truncated("medium.zone.test", 1232, true));
    assert!(truncated("medium.zone.test", 900, true));
    assert!(truncated("medium.zone.test", 0, false));
    assert!(truncated("large.zone.test", 65_535, true));
}

#[test]
fn question_outside_served_zones_is_refused() {
    for (owner, rtype) in [
        ("other.test", RrType::SOA),
        (".", RrType::NS),
        ("zone.test", RrType::AXFR),
    ] {
        assert_eq!(
            ask(&query(owner, rtype)).rcode,
            Rcode::REFUSED,
            "{owner} {rtype}"
        );
    }
    let mut chaos = query("zone.test", RrType::SOA).octets(7, true);
    let class = Header::SIZE + name("zone.test").as_wire().len() + 3;
    chaos[class] = 3;
    assert_eq!(
        respond(&chaos, Transport::Udp).unwrap().rcode,
        Rcode::REFUSED
    );
}

#[test]
fn deepest_zone_answers_except_for_ds() {
    let soa_owner = |rtype| {
        ask(&query("child.zone.test", rtype)).authority[0]
            .owner
            .clone()
    };
    assert_eq!(soa_owner(RrType::TXT), name("child.zone.test"));
    assert_eq!(soa_owner(RrType::DS), name("zone.test"));
}

#[test]
fn unreadable_query_is_formerr_and_responses_are_ignored() {
    let whole = query("zone.test", RrType::SOA).octets(7, true);
    let with = |change: fn(&mut Vec<u8>)| {
        let mut octets = whole.clone();
        change(&mut octets);
        respond(&octets, Transport::Udp).map(|message| message.rcode)
    };
    assert_eq!(with(|_| {}), Some(Rcode::NOERROR));
    assert_eq!(with(|octets| octets.truncate(20)), Some(Rcode::FORMERR));
    assert_eq!(with(|octets| octets.push(0)), Some(Rcode::FORMERR));
    assert_eq!(with(|octets| octets[5] = 2), Some(Rcode::FORMERR));
    assert_eq!(with(|octets| octets.truncate(11)), None);
    assert_eq!(with(|octets| octets[FLAGS] |= 0x80), None);
    assert_eq!(with(|octets| octets[FLAGS] |= 4 << 3), Some(Rcode::NOTIMP));
}

#[test]
fn other_edns_version_is_badvers() {
    let mut octets = query("zone.test", RrType::SOA).octets(7, true);
    let version = Header::SIZE + name("zone.test").as_wire().len() + 4 + 1 + 2 + 2 + 1;
    octets[version] = 1;
    let message = respond(&octets, Transport::Udp).unwrap();
    assert_eq!((message.rcode, message.answer.len()), (Rcode::BADVERS, 0));
}

proptest::proptest! {
    /// Whatever comes in, nothing panics, and what goes out is a response that can be read.
    #[test]
    fn any_octets_are_handled_without_panic(mutations in proptest::collection::vec((0_usize..60, proptest::num::u8::ANY), 0..8), cut in 0_usize..60) {
        let mut octets = query("zone.test", RrType::SOA).octets(7, true);
        for (offset, octet) in mutations {
            if let Some(there) = octets.get_mut(offset) {
                *there = octet;
            }
        }
        octets.truncate(octets.len().saturating_sub(cut.saturating_sub(20)));
        for transport in [Transport::Udp, Transport::Tcp] {
            if let Some(response) = zones_once().respond(&octets, transport, Family::Ipv4) {
                let message = Message::read(response).unwrap();
                proptest::prop_assert!(message.header.qr);
                proptest::prop_assert_eq!(message.header.id, u16::from_be_bytes([octets[0], octets[1]]));
            }
        }
    }
}

fn zones_once() -> &'static ServedZones {
    static ZONES: std::sync::OnceLock<ServedZones> = std::sync::OnceLock::new();
    ZONES.get_or_init(zones)
}
