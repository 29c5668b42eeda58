use std::collections::BTreeSet;

use super::*;
use crate::demo::ServedZones;
use crate::dns::{Message, Query, Rcode, Rrset, Section, Transport};
use crate::dnssec::{self, Budget, Dnskeys, RrsetVerdict};

const AT: Timestamp = Timestamp(1_800_000_000);

struct Served {
    zones: ServedZones,
    apex: Name,
}

impl Served {
    fn new(zone: &DemoZone) -> Self {
        let served = zone.build(AT).unwrap();
        Self {
            apex: served[0].zone.apex().clone(),
            zones: served.into_iter().collect(),
        }
    }

    fn ask_over(
        &self,
        transport: Transport,
        family: Family,
        name: &Name,
        rtype: RrType,
    ) -> Option<Message> {
        let query = Query::new(name.clone(), rtype, 1232);
        let response = self
            .zones
            .respond(&query.octets(1, true), transport, family)?;
        assert!(query.is_answered_by(1, &response));
        Some(Message::read(response).unwrap())
    }

    fn ask(&self, name: &Name, rtype: RrType) -> Message {
        self.ask_over(Transport::Tcp, Family::Ipv4, name, rtype)
            .unwrap()
    }

    fn below(&self, labels: &[&str]) -> Name {
        labels.iter().rev().fold(self.apex.clone(), |name, label| {
            name.prepend_label(label.as_bytes()).unwrap()
        })
    }

    /// What the judge holds of every RRset of an answer and its authority section.
    fn reasons(&self, name: &Name, rtype: RrType) -> BTreeSet<Reason> {
        let keys = self.ask(&self.apex, RrType::DNSKEY);
        let keys = Rrset::group(&keys, Section::Answer)
            .iter()
            .find_map(|rrset| Dnskeys::new(self.apex.clone(), rrset));
        let keys = keys.unwrap_or_else(|| Dnskeys::empty(self.apex.clone()));
        let message = self.ask(name, rtype);
        let sections = [Section::Answer, Section::Authority];
        let rrsets: Vec<_> = sections
            .iter()
            .flat_map(|section| Rrset::group(&message, *section))
            .collect();
        assert!(!rrsets.is_empty(), "{name} {rtype}");
        let validations = rrsets
            .iter()
            .map(|rrset| dnssec::validate_rrset(rrset, &keys, AT, &mut Budget::default()).verdict);
        let reason = |judgement| match judgement {
            RrsetVerdict::Valid(_) => None,
            RrsetVerdict::Invalid(reason) | RrsetVerdict::Undecided(reason) => Some(reason),
        };
        validations.filter_map(reason).collect()
    }
}

fn row(apex: &str) -> &'static DemoZone {
    ZONES.iter().find(|zone| zone.apex == apex).unwrap()
}

#[test]
fn every_demo_zone_fails_for_exactly_its_reason() {
    for zone in ZONES
        .iter()
        .filter(|zone| zone.behaviour == ServerBehaviour::Answer)
    {
        let served = Served::new(zone);
        let expected: BTreeSet<_> = zone.reasons(Family::Ipv4).iter().copied().collect();
        assert_eq!(
            served.reasons(&served.apex, RrType::SOA),
            expected,
            "{}",
            zone.apex
        );
    }
}

#[test]
fn every_healthy_answer_is_fully_signed() {
    let served = Served::new(row("healthy.test"));
    let questions = [
        (vec![], RrType::SOA, Rcode::NOERROR),
        (vec![], RrType::DNSKEY, Rcode::NOERROR),
        (vec![], RrType::ANY, Rcode::NOERROR),
        (vec![], RrType::MX, Rcode::NOERROR),
        (vec!["www"], RrType::A, Rcode::NOERROR),
        (vec!["alias"], RrType::AAAA, Rcode::NOERROR),
        (vec!["any", "wild"], RrType::TXT, Rcode::NOERROR),
        (vec!["any", "wild"], RrType::A, Rcode::NOERROR),
        (vec!["wild"], RrType::A, Rcode::NOERROR),
        (vec!["none"], RrType::A, Rcode::NXDOMAIN),
    ];
    for (labels, rtype, rcode) in questions {
        let name = served.below(&labels);
        let message = served.ask(&name, rtype);
        assert_eq!(
            (message.rcode, message.header.aa),
            (rcode, true),
            "{name} {rtype}"
        );
        assert_eq!(
            served.reasons(&name, rtype),
            BTreeSet::new(),
            "{name} {rtype}"
        );
    }
}

#[test]
fn tampered_zone_is_wrong_only_in_two_rrsets() {
    let served = Served::new(row("tampered.test"));
    let invalid = BTreeSet::from([Reason::SignatureInvalid]);
    assert_eq!(served.reasons(&served.below(&["www"]), RrType::A), invalid);
    assert_eq!(
        served.reasons(&served.below(&["www"]), RrType::AAAA),
        BTreeSet::new()
    );
    assert_eq!(
        served.reasons(&served.apex, RrType::DNSKEY),
        BTreeSet::new()
    );
}

#[test]
fn dnskey_missing_zone_has_a_validly_signed_dnskey_rrset() {
    let served = Served::new(row("dnskey-missing.test"));
    assert_eq!(
        served.reasons(&served.apex, RrType::DNSKEY),
        BTreeSet::new()
    );
    assert_eq!(served.ask(&served.apex, RrType::DNSKEY).answer.len(), 3);
}

#[test]
fn zone_without_signatures_has_keys_unsigned_zone_has_none() {
    let (stripped, unsigned) = (
        Served::new(row("rrsig-missing.test")),
        Served::new(row("unsigned.test")),
    );
    assert_eq!(stripped.ask(&stripped.apex, RrType::DNSKEY).answer.len(), 2);
    assert_eq!(unsigned.ask(&unsigned.apex, RrType::DNSKEY).answer.len(), 0);
    assert_eq!(unsigned.ask(&unsigned.apex, RrType::NSEC).answer.len(), 0);
}

#[test]
fn refused_zone_is_refused_over_every_transport() {
    let served = Served::new(row("refused.test"));
    for (transport, _) in Transport::ALL {
        for (family, _) in Family::ALL {
            let message = served
                .ask_over(*transport, *family, &served.apex, RrType::SOA)
                .unwrap();
            assert_eq!(
                (message.rcode, message.header.aa, message.answer.len()),
                (Rcode::REFUSED, false, 0)
            );
        }
    }
}

#[test]
fn zone_silent_over_ipv6_is_healthy_over_ipv4() {
    let served = Served::new(row("silent-ipv6.test"));
    for (transport, _) in Transport::ALL {
        assert!(
            served
                .ask_over(*transport, Family::Ipv6, &served.apex, RrType::SOA)
                .is_none()
        );
        assert!(
            served
                .ask_over(*transport, Family::Ipv4, &served.apex, RrType::SOA)
                .is_some()
        );
    }
    assert_eq!(served.reasons(&served.apex, RrType::SOA), BTreeSet::new());
}

#[test]
fn truncating_zone_is_empty_over_udp_complete_over_tcp() {
    let served = Served::new(row("truncating.test"));
    let udp = served
        .ask_over(Transport::Udp, Family::Ipv6, &served.apex, RrType::SOA)
        .unwrap();
    assert_eq!((udp.header.tc, udp.header.counts), (true, [1, 0, 0, 1]));
    assert!(!served.ask(&served.apex, RrType::SOA).header.tc);
    assert_eq!(served.reasons(&served.apex, RrType::SOA), BTreeSet::new());
}

#[test]
fn first_zone_is_healthy_and_apexes_are_unique() {
    assert_eq!(ZONES[0].apex, "healthy.test");
    let apexes: BTreeSet<_> = ZONES.iter().map(|zone| zone.apex).collect();
    assert_eq!(apexes.len(), ZONES.len());
}
