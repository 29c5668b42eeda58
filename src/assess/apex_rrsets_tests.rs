use std::sync::Arc;

use super::*;
use crate::dns::Query;
use crate::dns::testing::{Response, records};
use crate::exchange::Outcome;

const NS: &str = "z.test. 60 IN NS ns1.z.test.";

fn zone() -> Name {
    "z.test.".parse().unwrap()
}

/// The exchange of a question about `name` that ended with an answer of these flags and records.
fn answered_exchange(name: &str, transport: Transport, flags: u16, zone_file: &str) -> Exchange {
    let response = Response {
        flags,
        ..Response::to(name, RrType::NS.0)
    };
    let octets = response.answer(records(zone_file)).octets();
    let outcome = Outcome::Response(Arc::new(Message::read(octets).unwrap()));
    let query = Query::new(name.parse().unwrap(), RrType::NS, 1232);
    Exchange {
        query: Arc::new(query),
        transport,
        edns: true,
        connect: None,
        request: None,
        clock: None,
        ignored: 0,
        outcome,
    }
}

fn first_ns_rdatas(exchanges: &[&Exchange]) -> Option<CanonicalRdatas> {
    let rrsets = ApexRrsets::read(exchanges, &zone());
    rrsets.first_rrset(RrType::NS).cloned()
}

fn names(rdatas: &CanonicalRdatas) -> Vec<String> {
    let names = rdatas.ns_names();
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn rrset_is_read_from_whole_authoritative_answers() {
    let rows = [
        ("authoritative", 0x8400, Some(1)),
        ("not authoritative", 0x8000, None),
        ("truncated", 0x8600, None),
        ("SERVFAIL", 0x8402, None),
        ("NXDOMAIN", 0x8403, None),
    ];
    for (name, flags, expected) in rows {
        let exchange = answered_exchange("z.test.", Transport::Udp, flags, NS);
        let rdatas = first_ns_rdatas(&[&exchange]);
        let count = rdatas.map(|rdatas| rdatas.ns_names().len());
        assert_eq!(count, expected, "{name}");
    }
    let other_name = answered_exchange("www.z.test.", Transport::Udp, 0x8400, NS);
    assert_eq!(
        first_ns_rdatas(&[&other_name]),
        None,
        "a question about another name"
    );
}

#[test]
fn order_case_ttl_and_other_owners_make_no_difference() {
    let left = format!("{NS}\nz.test. 60 IN NS ns2.z.test.");
    let right = "z.test. 9 IN NS NS2.z.test.\nZ.test. 9 IN NS ns1.Z.TEST.\nb.z.test. 9 IN NS c.";
    let [left, right] = [left.as_str(), right]
        .map(|text| answered_exchange("z.test.", Transport::Udp, 0x8400, text));
    assert_eq!(first_ns_rdatas(&[&left]), first_ns_rdatas(&[&right]));
}

#[test]
fn last_exchange_over_a_transport_counts() {
    let refused = answered_exchange("z.test.", Transport::Udp, 0x8405, "");
    let good = answered_exchange("z.test.", Transport::Udp, 0x8400, NS);
    assert!(first_ns_rdatas(&[&refused, &good]).is_some());
    assert_eq!(first_ns_rdatas(&[&good, &refused]), None);
}

#[test]
fn answer_over_udp_goes_before_the_one_over_tcp() {
    let over_udp = answered_exchange("z.test.", Transport::Udp, 0x8400, NS);
    let over_tcp = answered_exchange("z.test.", Transport::Tcp, 0x8400, "z.test. 60 IN NS b.");
    let rdatas = first_ns_rdatas(&[&over_tcp, &over_udp]).unwrap();
    assert_eq!(names(&rdatas), ["ns1.z.test."]);
    assert_eq!(names(&first_ns_rdatas(&[&over_tcp]).unwrap()), ["b."]);
    let rrsets = ApexRrsets::read(&[&over_tcp, &over_udp], &zone());
    assert!(
        rrsets
            .rrset_over_both(RrType::NS)
            .is_some_and(|(udp, tcp)| udp != tcp)
    );
    let rrsets = ApexRrsets::read(&[&over_udp], &zone());
    assert_eq!(rrsets.rrset_over_both(RrType::NS), None);
}

#[test]
fn rrset_above_the_limit_is_oversized() {
    let many = |count: usize| {
        let lines = (0..count).map(|number| format!("z.test. 60 IN NS n{number}."));
        lines.collect::<Vec<_>>().join("\n")
    };
    let rdatas_of = |count| {
        first_ns_rdatas(&[&answered_exchange(
            "z.test.",
            Transport::Tcp,
            0x8400,
            &many(count),
        )])
        .unwrap()
    };
    assert_ne!(rdatas_of(MAX_RECORDS_COMPARED), CanonicalRdatas::Oversized);
    let oversized = rdatas_of(MAX_RECORDS_COMPARED + 1);
    assert_eq!(oversized, CanonicalRdatas::Oversized);
    assert_eq!(names(&oversized), Vec::<String>::new());
}

#[test]
fn description_shows_where_two_rrsets_differ() {
    const SOA: &str = "z.test. 60 IN SOA a. b. 7 1 2 3 4";
    let rdatas = |rtype, zone_file: &str| {
        let rrsets = ApexRrsets::default().with_rrset(rtype, Transport::Udp, zone_file);
        rrsets.first_rrset(rtype).unwrap().clone()
    };
    let many: Vec<_> = (10..30)
        .map(|number| format!("z.test. 60 IN NS n{number}."))
        .collect();
    let many = many.join("\n");
    let sixteen: Vec<_> = (10..26).map(|number| format!("n{number}.")).collect();
    let shortened = format!("{}, and 4 more", sixteen.join(", "));
    let ns = |text| rdatas(RrType::NS, text);
    let soa = |text: &str| rdatas(RrType::SOA, text);
    let numbers = "serial 7, refresh 1, retry 2, expire";
    let rows = [
        ("none", RrType::NS, ns(NS), ns(""), "ns1.z.test.", "none"),
        (
            "many",
            RrType::NS,
            ns(&many),
            ns(NS),
            &shortened,
            "ns1.z.test.",
        ),
        (
            "oversized",
            RrType::NS,
            CanonicalRdatas::Oversized,
            ns(NS),
            "more than 256 records",
            "ns1.z.test.",
        ),
        (
            "serials",
            RrType::SOA,
            soa(SOA),
            soa(&SOA.replace(" 7 ", " 8 ")),
            "serial 7",
            "serial 8",
        ),
        (
            "one serial",
            RrType::SOA,
            soa(SOA),
            soa(&SOA.replace(" 3 ", " 9 ")),
            &format!(
                "{numbers} 3, minimum 4 (0161000162000000000700000001000000020000000300000004)"
            ),
            &format!(
                "{numbers} 9, minimum 4 (0161000162000000000700000001000000020000000900000004)"
            ),
        ),
    ];
    for (name, rtype, left, right, left_text, right_text) in rows {
        let texts = describe_difference(rtype, &left, &right);
        let texts = (texts.0.as_str(), texts.1.as_str());
        assert_eq!(texts, (left_text, right_text), "{name}");
    }
}
