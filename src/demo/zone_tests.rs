use super::*;
use crate::demo::type_bitmap;
use crate::dns::{Algorithm, Class, Message, Query, Rrset, Section};
use crate::dnssec::{self, Budget, Dnskeys, RrsetVerdict};
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
fn validate(zone: &SignedZone, owner: &Name, rtype: RrType) -> RrsetVerdict {
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
    dnssec::validate_rrset(&rrsets[0], &keys, AT, &mut Budget::default()).verdict
}

fn not_valid(zone: &SignedZone) -> Vec<(Name, RrType, RrsetVerdict)> {
    let all = zone
        .nodes()
        .iter()
        .flat_map(|(owner, node)| node.keys().map(move |rtype| (owner, *rtype)));
    let verdicts = all.map(|(owner, rtype)| (owner.clone(), rtype, validate(zone, owner, rtype)));
    verdicts
        .filter(|(_, _, judgement)| !matches!(judgement, RrsetVerdict::Valid(_)))
        .collect()
}

#[test]
fn every_rrset_verifies_with_every_key_layout() {
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
            .key(ksk, KeyDuty::Keys)
            .key(zsk, KeyDuty::Data)
            .sign()
            .unwrap();
        let combined = records()
            .key(key(algorithm, SigningKey::KSK), KeyDuty::All)
            .sign()
            .unwrap();
        for zone in [divided, combined] {
            let delegation = (name("www.zone.test"), RrType::NS);
            let not_valid: Vec<_> = not_valid(&zone)
                .into_iter()
                .map(|(owner, rtype, _)| (owner, rtype))
                .collect();
            assert_eq!(not_valid, [delegation], "{algorithm}");
        }
    }
}

#[test]
fn type_bitmap_matches_rfc_4034_section_4_3() {
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
fn nsec_chain_contains_every_authoritative_name_once() {
    let zone = builder()
        .record("sub", RrType::NS, "ns.sub.zone.test.")
        .record("ns.sub", RrType::A, "192.0.2.1")
        .record("deep.below", RrType::A, "192.0.2.2")
        .key(csk(), KeyDuty::All)
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
fn validity_override_applies_to_one_rrset() {
    let zone = builder()
        .validity_of("ns1", RrType::A, ValidityPeriod::days(AT, -9, -2))
        .validity_of("@", RrType::NS, ValidityPeriod::days(AT, 2, 9))
        .key(csk(), KeyDuty::All)
        .sign()
        .unwrap();
    let reasons: Vec<_> = not_valid(&zone)
        .into_iter()
        .map(|(_, rtype, judgement)| (rtype, judgement))
        .collect();
    let expected = [
        (
            RrType::NS,
            RrsetVerdict::Invalid(Reason::SignatureNotYetValid),
        ),
        (RrType::A, RrsetVerdict::Invalid(Reason::SignatureExpired)),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn fault_changes_only_the_named_rrset() {
    let zone = builder().key(csk(), KeyDuty::All).sign().unwrap();
    let ns1 = name("ns1.zone.test");

    let mut tampered = zone.clone();
    tampered.tamper(&ns1, RrType::AAAA).unwrap();
    let expected = (
        ns1.clone(),
        RrType::AAAA,
        RrsetVerdict::Invalid(Reason::SignatureInvalid),
    );
    assert_eq!(not_valid(&tampered), [expected]);

    let mut stripped = zone.clone();
    stripped.strip_rrsigs(|owner, rtype| *owner == ns1 && rtype == RrType::A);
    let expected = (
        ns1.clone(),
        RrType::A,
        RrsetVerdict::Invalid(Reason::RrsigsMissing),
    );
    assert_eq!(not_valid(&stripped), [expected]);

    let mut removed = zone.clone();
    removed.remove(&ns1, RrType::A).unwrap();
    assert_eq!(removed.rrset(&ns1, RrType::A), None);
    assert_eq!(not_valid(&removed), []);

    let none = (ns1.clone(), RrType::TXT);
    assert_eq!(
        removed.tamper(&none.0, none.1),
        Err(ZoneError::NoRrset(none.0, none.1))
    );
}

#[test]
fn standby_key_is_published_and_unpublished_key_signs() {
    let (standby, hidden) = (
        key(Algorithm::ED25519, SigningKey::ZSK),
        key(Algorithm::ED25519, SigningKey::ZSK),
    );
    let texts = [csk(), standby].map(Arc::new);
    let zone = builder()
        .key(Arc::clone(&texts[0]), KeyDuty::All)
        .key(Arc::clone(&texts[1]), KeyDuty::Standby)
        .unpublished_key(hidden, KeyDuty::Data)
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
fn zone_has_one_soa_and_errors_name_the_record() {
    let zone = builder()
        .record("@", RrType::SOA, "a.test. b.test. 7 1 2 3 4")
        .sign()
        .unwrap();
    assert_eq!(
        zone.rrset(zone.apex(), RrType::SOA).unwrap().rdatas.len(),
        1
    );

    let error_text = |builder: ZoneBuilder| builder.sign().unwrap_err().to_string();
    assert_eq!(
        error_text(builder().record("x.", RrType::A, "192.0.2.1")),
        "x. lies outside the zone"
    );
    assert!(
        error_text(builder().record("www", RrType::A, "192.0.2.256"))
            .starts_with("data of www A: ")
    );
    let label = "a".repeat(64);
    let expected =
        format!("\"{label}.zone.test.\": a label of a domain name has at most 63 octets");
    assert_eq!(
        error_text(
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
fn ds_has_key_tag_and_digest_of_lowercase_owner() {
    let key = csk();
    let ds = key.ds_rdata(&name("ZONE.test"));
    assert_eq!(ds, key.ds_rdata(&name("zone.TEST")));
    assert_eq!(
        (&ds[..2], &ds[2..4], ds.len()),
        (&key.dnskey().key_tag.to_be_bytes()[..], &[15, 2][..], 36)
    );
}

#[test]
fn own_query_is_answered_with_its_id() {
    let zones: crate::demo::ServedZones = [crate::demo::ServedZone {
        zone: builder().sign().unwrap(),
        behaviour: crate::demo::ServerBehaviour::Answer,
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
