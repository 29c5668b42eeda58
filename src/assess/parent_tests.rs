use std::time::Instant;

use super::*;
use crate::config::Nameserver;
use crate::dns::testing::{Response, records};
use crate::dns::{EDNS_UDP_SIZE, Query, Transport};
use crate::exchange::{Ask, Outcome};

const ZONE: &str = "z.test.";
const NS: &str = "z.test. 60 IN NS ns1.z.test.\nz.test. 60 IN NS NS.elsewhere.test.";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| name(text)).collect()
}

fn server() -> SocketAddr {
    "192.0.2.60:53".parse().unwrap()
}

fn glue(entries: &[(&str, &[&str])]) -> Glue {
    let entries = entries.iter().map(|(name, addresses)| {
        let addresses = addresses.iter().map(|address| address.parse().unwrap());
        ((*name).to_owned(), addresses.collect())
    });
    entries.collect()
}

/// A message with these flags and sections of zone file text.
fn message(flags: u16, [answer, authority, additional]: [&str; 3]) -> Message {
    let response = Response {
        flags,
        authority: records(authority),
        ..Response::to(ZONE, RrType::NS.0)
    };
    let response = response
        .answer(records(answer))
        .additional(records(additional));
    Message::read(response.octets()).unwrap()
}

#[test]
fn referral_is_read_with_the_glue_of_names_within_the_zone() {
    let additional = "ns1.z.test. 60 IN A 192.0.2.2\nNS1.z.test. 60 IN A 192.0.2.1\n\
                      ns1.z.test. 60 IN AAAA 2001:db8::1\nns1.z.test. 60 IN TXT 192.0.2.3\n\
                      ns.elsewhere.test. 60 IN A 192.0.2.9\nns2.z.test. 60 IN A 192.0.2.8";
    let response = message(0x8000, ["", NS, additional]);
    let expected = Referral {
        ns: names(&["ns.elsewhere.test.", "ns1.z.test."]),
        within_zone: names(&["ns1.z.test."]),
        glue: glue(&[("ns1.z.test.", &["192.0.2.1", "192.0.2.2", "2001:db8::1"])]),
    };
    let referral = Referral::read(&response, &name(ZONE), server()).unwrap();
    assert_eq!(referral, expected);
    assert_eq!(
        referral.ns[0].to_string(),
        "ns.elsewhere.test.",
        "in lower case"
    );

    let without_glue = message(0x8000, ["", NS, ""]);
    let referral = Referral::read(&without_glue, &name(ZONE), server()).unwrap();
    assert_eq!(referral.glue, Glue::new());
    assert_eq!(referral.within_zone, expected.within_zone);
}

#[test]
fn answer_without_a_referral_gives_its_reason() {
    let above = "test. 60 IN NS ns.test.";
    let at_child = "192.0.2.60:53 serves z.test. itself, and does not say what its parent has";
    let elsewhere = "192.0.2.60:53 does not delegate z.test.";
    let rows = [
        ("the zone's own server", 0x8400, [NS, "", ""], at_child),
        ("a referral elsewhere", 0x8000, ["", above, ""], elsewhere),
        ("nothing", 0x8000, ["", "", ""], elsewhere),
    ];
    for (row, flags, sections, expected) in rows {
        let result = Referral::read(&message(flags, sections), &name(ZONE), server());
        assert_eq!(result, Err(expected.to_owned()), "{row}");
    }
}

#[test]
fn names_of_a_delegation_are_limited() {
    let records: Vec<_> = (0..40)
        .map(|number| format!("z.test. 60 IN NS n{number}.test."))
        .collect();
    let response = message(0x8000, ["", &records.join("\n"), ""]);
    let referral = Referral::read(&response, &name(ZONE), server()).unwrap();
    assert_eq!(referral.ns.len(), MAX_NAMES);
}

fn exchange_with(outcome: Outcome) -> Exchange {
    let ask = Ask {
        server: server(),
        transport: Transport::Udp,
        query: Arc::new(Query::new(name(ZONE), RrType::NS, EDNS_UDP_SIZE)),
        edns: true,
        deadline: Instant::now(),
        source: None,
    };
    Exchange::untimed(ask, outcome)
}

#[test]
fn response_that_says_nothing_about_the_name_gives_its_reason() {
    let response = |flags| Outcome::Response(Arc::new(message(flags, ["", "", ""])));
    let malformed = Outcome::from_octets(&[0; 3]);
    let Outcome::Malformed { error, .. } = &malformed else {
        panic!("three octets are not a message")
    };
    let malformed_error = format!("192.0.2.60:53: {error}");
    let rows = [
        ("NOERROR", Some(response(0x8400)), Ok(())),
        ("NXDOMAIN", Some(response(0x8403)), Ok(())),
        (
            "REFUSED",
            Some(response(0x8405)),
            Err("192.0.2.60:53 says REFUSED"),
        ),
        ("malformed", Some(malformed), Err(malformed_error.as_str())),
        (
            "network error",
            Some(Outcome::NetworkError("unreachable".to_owned())),
            Err("192.0.2.60:53: unreachable"),
        ),
        (
            "local error",
            Some(Outcome::LocalError("no socket".to_owned())),
            Err("192.0.2.60:53: no socket"),
        ),
        (
            "timeout",
            Some(Outcome::Timeout),
            Err("192.0.2.60:53 does not answer"),
        ),
        ("not asked", None, Err("192.0.2.60:53 does not answer")),
    ];
    for (row, outcome, expected) in rows {
        let last = outcome.map(exchange_with);
        let result = usable_response(server(), last.as_ref()).map(|_| ());
        assert_eq!(result, expected.map_err(str::to_owned), "{row}");
    }
}

#[test]
fn zone_begins_where_its_soa_is_in_the_answer() {
    let soa = "test. 60 IN SOA ns.test. host.test. 7 1 2 3 4";
    let rows = [
        ("in the answer", [soa, "", ""], "test.", true),
        ("in the authority section", ["", soa, ""], "test.", false),
        ("of another name", [soa, "", ""], "b.test.", false),
        ("of another type", [NS, "", ""], ZONE, false),
    ];
    for (row, sections, owner, expected) in rows {
        assert_eq!(
            is_apex(&message(0x8180, sections), &name(owner)),
            expected,
            "{row}"
        );
    }
}

#[test]
fn every_machine_is_asked_once_before_one_is_asked_twice() {
    let nameserver = |role, port, addresses: &[&str]| Nameserver {
        addresses: addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect(),
        port,
        provider: None,
        role,
        host: None,
        hidden: false,
        anycast: false,
    };
    let primary = nameserver(
        Some(NameserverRole::Primary),
        53,
        &["192.0.2.1", "2001:db8::1"],
    );
    let secondary = nameserver(None, 5353, &["192.0.2.2", "192.0.2.3"]);
    let expected = [
        ("192.0.2.1:53", true),
        ("192.0.2.2:5353", false),
        ("[2001:db8::1]:53", true),
        ("192.0.2.3:5353", false),
    ];
    let expected = expected.map(|(address, is_primary)| ZoneServer {
        address: address.parse().unwrap(),
        is_primary,
    });
    assert_eq!(servers_by_round([&primary, &secondary]), expected);
}

/// The answers, each with whether it is a primary's, and the one that is chosen.
type MajorityRow<'r> = (&'r str, &'r [(bool, &'r Glue)], Option<&'r Glue>);

#[test]
fn majority_counts_before_the_primary_and_the_primary_before_the_first() {
    let [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|ip| glue(&[("ns1.", &[ip])]));
    let rows: [MajorityRow<'_>; 5] = [
        ("none", &[], None),
        (
            "majority",
            &[(true, &a), (false, &b), (false, &b)],
            Some(&b),
        ),
        (
            "primary of two halves",
            &[(false, &a), (true, &b)],
            Some(&b),
        ),
        ("first of two halves", &[(false, &a), (false, &b)], Some(&a)),
        (
            "first of three",
            &[(false, &c), (false, &a), (false, &b)],
            Some(&c),
        ),
    ];
    for (row, answers, expected) in rows {
        let answers: Vec<_> = answers
            .iter()
            .map(|&(from_primary, addresses)| ZoneAddresses {
                from_primary,
                addresses: addresses.clone(),
            })
            .collect();
        assert_eq!(majority_addresses(&answers), expected, "{row}");
    }
}

#[test]
fn addresses_of_the_zone_are_authoritative() {
    let of_name = "ns1.z.test. 60 IN A 192.0.2.2\nns1.z.test. 60 IN A 192.0.2.1\n\
                   ns2.z.test. 60 IN A 192.0.2.3";
    let v6 = "ns1.z.test. 60 IN AAAA 2001:db8::1";
    let answers = |second| {
        [(0x8400, of_name), (second, v6)]
            .map(|(flags, text)| Arc::new(message(flags, [text, "", ""])))
    };
    let ns1 = name("ns1.z.test.");
    let expected = ["192.0.2.1", "192.0.2.2", "2001:db8::1"].map(|ip| ip.parse().unwrap());
    assert_eq!(
        authoritative_addresses(&answers(0x8400), &ns1),
        Some(expected.to_vec())
    );
    assert_eq!(
        authoritative_addresses(&answers(0x8080), &ns1),
        None,
        "from a cache"
    );
    assert_eq!(
        authoritative_addresses(&answers(0x8403), &name("ns3.z.test.")),
        Some(Vec::new()),
        "no address at all"
    );
}
