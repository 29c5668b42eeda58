use super::*;
use crate::demo::type_bitmap;
use crate::dns::{Algorithm, Class, Message, Query, Rrset, Section};
use crate::dnssec::{self, Budget, Dnskeys, Judgement};
use crate::reason::Reason;

const AT: Timestamp = Timestamp(1_800_000_000);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn builder() -> ZoneBuilder {
    ZoneBuilder::new(&name("zone.test"), AT)
}

fn key(algorithm: Algorithm, flags: u16) -> SigningKey {
    SigningKey::generate(algorithm, flags).unwrap()
}

fn csk() -> SigningKey {
    key(Algorithm::ED25519, SigningKey::KSK)
}

/// Judges an RRset as it lies in the zone, without a lookup between.
fn judge(zone: &SignedZone, owner: &Name, rtype: RrType) -> Judgement {
    let message = |rtype, owner: &Name| {
        let mut encoder = crate::demo::encode::Encoder::new(0, 0, crate::dns::Rcode::NOERROR);
        let rrset = zone.rrset(owner, rtype).unwrap();
        for rdata in &rrset.rdatas {
            encoder.record(
                crate::demo::encode::Encoder::ANSWER,
                owner,
                rtype,
                rrset.ttl,
                rdata,
            );
        }
        for rdata in &rrset.rrsigs {
            encoder.record(
                crate::demo::encode::Encoder::ANSWER,
                owner,
                RrType::RRSIG,
                rrset.ttl,
                rdata,
            );
        }
        Message::read(encoder.into_octets()).unwrap()
    };
    let keys = message(RrType::DNSKEY, zone.apex());
    let keys = Dnskeys::new(
        zone.apex().clone(),
        &Rrset::group(&keys, Section::Answer)[0],
    )
    .unwrap();
    let message = message(rtype, owner);
    let rrsets = Rrset::group(&message, Section::Answer);
    dnssec::judge(&rrsets[0], &keys, AT, &mut Budget::default()).judgement
}

fn unjudged(zone: &SignedZone) -> Vec<(Name, RrType, Judgement)> {
    let all = zone
        .nodes()
        .iter()
        .flat_map(|(owner, node)| node.keys().map(move |rtype| (owner, *rtype)));
    let judged = all.map(|(owner, rtype)| (owner.clone(), rtype, judge(zone, owner, rtype)));
    judged
        .filter(|(_, _, judgement)| !matches!(judgement, Judgement::Valid(_)))
        .collect()
}

#[test]
fn every_rrset_verifies_with_every_algorithm_and_division_of_keys() {
    for algorithm in [
        Algorithm::ECDSAP256SHA256,
        Algorithm::ECDSAP384SHA384,
        Algorithm::ED25519,
    ] {
        let (ksk, zsk) = (
            key(algorithm, SigningKey::KSK),
            key(algorithm, SigningKey::ZSK),
        );
        let records = || {
            builder()
                .record("@", RrType::MX, "10 Mail.Example.COM.")
                .rdata(
                    "Www",
                    RrType::NS,
                    [b"\x03SUB".as_slice(), name("Zone.TEST").as_wire()].concat(),
                )
                .record("a.*.b", RrType::TXT, "\"two words\" \"and more\"")
                .rdata("odd", RrType(65_280), [1, 2, 3])
        };
        let divided = records()
            .key(ksk, Duty::Keys)
            .key(zsk, Duty::Data)
            .sign()
            .unwrap();
        let combined = records()
            .key(key(algorithm, SigningKey::KSK), Duty::All)
            .sign()
            .unwrap();
        for zone in [divided, combined] {
            let delegation = (name("www.zone.test"), RrType::NS);
            let unjudged: Vec<_> = unjudged(&zone)
                .into_iter()
                .map(|(owner, rtype, _)| (owner, rtype))
                .collect();
            assert_eq!(unjudged, [delegation], "{algorithm}");
        }
    }
}

#[test]
fn a_bitmap_is_that_of_rfc_4034_section_4_3() {
    let types = vec![
        RrType(1234),
        RrType::A,
        RrType::NSEC,
        RrType::MX,
        RrType::RRSIG,
    ];
    let mut expected = vec![0, 6, 0x40, 0x01, 0, 0, 0, 0x03, 4, 0x1B];
    expected.extend([0; 26]);
    expected.push(0x20);
    assert_eq!(type_bitmap(types), expected);
}

#[test]
fn the_nsec_chain_passes_every_name_that_the_zone_speaks_for_once() {
    let zone = builder()
        .record("sub", RrType::NS, "ns.sub.zone.test.")
        .record("ns.sub", RrType::A, "192.0.2.1")
        .record("deep.below", RrType::A, "192.0.2.2")
        .key(csk(), Duty::All)
        .sign()
        .unwrap();
    let mut chain = vec![name("zone.test")];
    loop {
        let nsec = &zone
            .rrset(chain.last().unwrap(), RrType::NSEC)
            .unwrap()
            .rdatas[0];
        let next = zone
            .nodes()
            .keys()
            .find(|owner| nsec.starts_with(owner.as_wire()))
            .unwrap()
            .clone();
        if next == chain[0] {
            break;
        }
        chain.push(next);
    }
    let expected = [
        "zone.test",
        "deep.below.zone.test",
        "ns1.zone.test",
        "sub.zone.test",
    ]
    .map(name);
    assert_eq!(chain, expected);
    let sub = zone.rrset(&name("sub.zone.test"), RrType::NSEC).unwrap();
    let shown = vec![RrType::NS, RrType::RRSIG, RrType::NSEC];
    assert!(sub.rdatas[0].ends_with(&type_bitmap(shown)));
    assert_eq!(sub.ttl, 300);
    assert!(
        zone.rrset(&name("sub.zone.test"), RrType::NS)
            .unwrap()
            .rrsigs
            .is_empty()
    );
    assert!(
        zone.rrset(&name("ns.sub.zone.test"), RrType::A)
            .unwrap()
            .rrsigs
            .is_empty()
    );
}

#[test]
fn a_validity_period_of_its_own_is_that_of_one_rrset() {
    let zone = builder()
        .validity_of("ns1", RrType::A, Validity::days(AT, -9, -2))
        .validity_of("@", RrType::NS, Validity::days(AT, 2, 9))
        .key(csk(), Duty::All)
        .sign()
        .unwrap();
    let reasons: Vec<_> = unjudged(&zone)
        .into_iter()
        .map(|(_, rtype, judgement)| (rtype, judgement))
        .collect();
    let expected = [
        (RrType::NS, Judgement::Invalid(Reason::SignatureNotYetValid)),
        (RrType::A, Judgement::Invalid(Reason::SignatureExpired)),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn faults_hit_what_they_name_and_nothing_else() {
    let zone = builder().key(csk(), Duty::All).sign().unwrap();
    let ns1 = name("ns1.zone.test");

    let mut tampered = zone.clone();
    tampered.tamper(&ns1, RrType::AAAA).unwrap();
    let expected = (
        ns1.clone(),
        RrType::AAAA,
        Judgement::Invalid(Reason::SignatureInvalid),
    );
    assert_eq!(unjudged(&tampered), [expected]);

    let mut stripped = zone.clone();
    stripped.strip_rrsigs(|owner, rtype| *owner == ns1 && rtype == RrType::A);
    let expected = (
        ns1.clone(),
        RrType::A,
        Judgement::Invalid(Reason::RrsigsMissing),
    );
    assert_eq!(unjudged(&stripped), [expected]);

    let mut removed = zone.clone();
    removed.remove(&ns1, RrType::A).unwrap();
    assert_eq!(removed.rrset(&ns1, RrType::A), None);
    assert_eq!(unjudged(&removed), []);

    let none = (ns1.clone(), RrType::TXT);
    assert_eq!(
        removed.tamper(&none.0, none.1),
        Err(ZoneError::NoRrset(none.0, none.1))
    );
}

#[test]
fn a_key_that_stands_by_is_published_and_one_that_is_unpublished_signs() {
    let (standby, hidden) = (
        key(Algorithm::ED25519, SigningKey::ZSK),
        key(Algorithm::ED25519, SigningKey::ZSK),
    );
    let texts = [csk(), standby].map(Arc::new);
    let zone = builder()
        .key(Arc::clone(&texts[0]), Duty::All)
        .key(Arc::clone(&texts[1]), Duty::Standby)
        .unpublished_key(hidden, Duty::Data)
        .sign()
        .unwrap();
    let keys = zone.rrset(zone.apex(), RrType::DNSKEY).unwrap();
    assert_eq!(keys.rdatas, texts.map(|key| key.dnskey_rdata()));
    assert_eq!(
        (
            keys.rrsigs.len(),
            zone.rrset(zone.apex(), RrType::SOA).unwrap().rrsigs.len()
        ),
        (1, 2)
    );
}

#[test]
fn a_zone_has_one_soa_and_a_mistake_is_told_by_name() {
    let zone = builder()
        .record("@", RrType::SOA, "a.test. b.test. 7 1 2 3 4")
        .sign()
        .unwrap();
    assert_eq!(
        zone.rrset(zone.apex(), RrType::SOA).unwrap().rdatas.len(),
        1
    );

    let told = |builder: ZoneBuilder| builder.sign().unwrap_err().to_string();
    assert_eq!(
        told(builder().record("x.", RrType::A, "192.0.2.1")),
        "x. lies outside the zone"
    );
    assert!(told(builder().record("www", RrType::A, "192.0.2.256")).starts_with("data of www A: "));
    let label = "a".repeat(64);
    let expected =
        format!("\"{label}.zone.test.\": a label of a domain name has at most 63 octets");
    assert_eq!(
        told(
            builder()
                .record(&label, RrType::A, "192.0.2.1")
                .record("", RrType::A, "x")
        ),
        expected
    );
    let no_key = SigningKey::generate(Algorithm::RSASHA256, SigningKey::KSK).map(|_| ());
    assert_eq!(no_key, Err(ZoneError::NoKey(Algorithm::RSASHA256)));
}

#[test]
fn the_ds_of_a_key_has_its_tag_and_a_digest_of_the_owner_in_lower_case() {
    let key = csk();
    let ds = key.ds_rdata(&name("ZONE.test"));
    assert_eq!(ds, key.ds_rdata(&name("zone.TEST")));
    assert_eq!(
        (&ds[..2], &ds[2..4], ds.len()),
        (&key.dnskey().key_tag.to_be_bytes()[..], &[15, 2][..], 36)
    );
}

#[test]
fn our_own_query_is_answered_under_its_id() {
    let zones: crate::demo::Zones = [crate::demo::ServedZone {
        zone: builder().sign().unwrap(),
        behaviour: crate::demo::Behaviour::Answer,
    }]
    .into_iter()
    .collect();
    let query = Query::new(name("zone.test"), RrType::SOA, 1232);
    let (udp, family) = (crate::dns::Transport::Udp, crate::dns::Family::Ipv4);
    let response = zones
        .respond(&query.octets(4711, true), udp, family)
        .unwrap();
    assert!(query.is_answered_by(4711, &response));
    assert_eq!(Message::read(response).unwrap().answer[0].class, Class::IN);
}
