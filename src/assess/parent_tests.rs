use std::time::Instant;

use super::*;
use crate::config::Nameserver;
use crate::dns::testing::{Response, records};
use crate::dns::{Algorithm, DigestType, EDNS_UDP_SIZE, Query, Transport};
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

fn read(flags: u16, sections: [&str; 3]) -> (ParentResult, Result<Delegation, String>) {
    let response = Outcome::Response(Arc::new(message(flags, sections)));
    read_parent_answer(Some(&exchange_with(response)), &name(ZONE))
}

fn ds(key_tag: u16, algorithm: u8, digest: &[u8]) -> Ds {
    Ds {
        key_tag,
        algorithm: Algorithm(algorithm),
        digest_type: DigestType::SHA_256,
        digest: digest.into(),
    }
}

#[test]
fn delegation_is_read_with_its_ds_and_the_glue_of_names_within_the_zone() {
    let authority = "z.test. 60 IN NS ns1.z.test.\nz.test. 60 IN NS NS.elsewhere.test.\n\
                     z.test. 30 IN DS 7 13 2 0B0A\nz.test. 30 IN DS 12 8 2 FF";
    let additional = "ns1.z.test. 60 IN A 192.0.2.2\nNS1.z.test. 60 IN A 192.0.2.1\n\
                      ns1.z.test. 60 IN AAAA 2001:db8::1\nns1.z.test. 60 IN TXT 192.0.2.3\n\
                      ns.elsewhere.test. 60 IN A 192.0.2.9\nns2.z.test. 60 IN A 192.0.2.8";
    let expected = Delegation {
        ns: names(&["ns.elsewhere.test.", "ns1.z.test."]),
        ns_ttl: Some(60),
        ds: vec![ds(7, 13, &[0x0B, 0x0A]), ds(12, 8, &[0xFF])],
        ds_ttl: Some(30),
        glue: glue(&[("ns1.z.test.", &["192.0.2.1", "192.0.2.2", "2001:db8::1"])]),
    };
    let (result, delegation) = read(0x8000, ["", authority, additional]);
    let delegation = delegation.unwrap();
    assert_eq!((result, &delegation), (ParentResult::Delegates, &expected));
    assert_eq!(
        delegation.ns[0].to_string(),
        "ns.elsewhere.test.",
        "in lower case"
    );
    assert_eq!(
        names_within(&delegation, &name(ZONE)),
        names(&["ns1.z.test."])
    );
    let (_, bare) = read(0x8000, ["", NS, ""]);
    let bare = bare.unwrap();
    assert_eq!(
        (bare.glue, bare.ds, bare.ds_ttl),
        (Glue::new(), vec![], None)
    );
}

#[test]
fn answer_without_a_delegation_is_told_apart() {
    let above = "test. 60 IN NS ns.test.";
    let soa = |zone: &str| format!("{zone} 60 IN SOA ns.test. host.test. 7 1 2 3 4");
    let (own_soa, parent_soa) = (soa("z.test."), soa("test."));
    let rows = [
        (
            "the zone's own server",
            0x8400,
            [NS, "", ""],
            ParentResult::ServesZone,
        ),
        (
            "its own SOA",
            0x8400,
            ["", &own_soa, ""],
            ParentResult::ServesZone,
        ),
        (
            "NXDOMAIN of the parent",
            0x8403,
            ["", &parent_soa, ""],
            ParentResult::NxDomain,
        ),
        (
            "NODATA of the parent",
            0x8400,
            ["", &parent_soa, ""],
            ParentResult::NotDelegated,
        ),
        (
            "a referral elsewhere",
            0x8000,
            ["", above, ""],
            ParentResult::NotDelegated,
        ),
        ("nothing", 0x8000, ["", "", ""], ParentResult::NotDelegated),
        ("SERVFAIL", 0x8002, ["", "", ""], ParentResult::Failed),
        ("REFUSED", 0x8005, ["", "", ""], ParentResult::Failed),
    ];
    for (row, flags, sections, expected) in rows {
        let (result, delegation) = read(flags, sections);
        assert_eq!((result, delegation.is_ok()), (expected, false), "{row}");
    }
    let silent = exchange_with(Outcome::Timeout);
    let (result, _) = read_parent_answer(Some(&silent), &name(ZONE));
    assert_eq!(result, ParentResult::Silent);
}

#[test]
fn names_of_a_delegation_are_limited() {
    let records: Vec<_> = (0..40)
        .map(|number| format!("z.test. 60 IN NS n{number}.test."))
        .collect();
    let (_, delegation) = read(0x8000, ["", &records.join("\n"), ""]);
    assert_eq!(delegation.unwrap().ns.len(), MAX_NAMES);
}

#[test]
fn digest_follows_the_records_and_not_their_order() {
    let digest = |texts: &[&str]| digest_of(texts);
    assert_eq!(digest(&[]), 0);
    assert_eq!(digest(&["a", "b"]), digest(&["b", "a"]));
    let others = [
        digest(&["a"]),
        digest(&["b"]),
        digest(&["a", "b"]),
        digest(&["ab"]),
    ];
    let different: BTreeSet<_> = others.into_iter().collect();
    assert_eq!(different.len(), others.len());
    assert!(others.iter().all(|&digest| digest > 0 && digest < 1 << 53));
}

fn observation(number: usize, at: i64) -> ParentServerReport {
    let (name, address) = parent_server(number);
    ParentServerReport {
        name,
        address,
        at: Timestamp(at),
        result: ParentResult::Silent,
        detail: None,
        delegation: None,
    }
}

fn parent_server(number: usize) -> (Name, SocketAddr) {
    let address = format!("192.0.2.{number}:53").parse().unwrap();
    (name(&format!("ns{number}.test.")), address)
}

/// A parent of 26 servers, probed for an hour: how many are asked in each probe, and how old an answer gets.
#[test]
fn servers_of_a_large_parent_take_turns() {
    // Interval, most in a probe after the first, and the average of an hour.
    for (interval, most, average) in [(60, 14, 6), (30, 4, 4), (240, 26, 26)] {
        let servers: Vec<_> = (1..=26).map(parent_server).collect();
        let mut observations = Vec::new();
        let (mut asked, mut probes) = (0, 0);
        for at in (0..3_600).step_by(interval) {
            let at = i64::from(at);
            let due = due_servers(&servers, &observations, Timestamp(at));
            if at == 0 {
                assert_eq!(due.len(), 26, "all at first");
            } else {
                assert!(due.len() <= most, "{} at {at}", due.len());
                asked += due.len();
                probes += 1;
            }
            let seen = due.iter().map(|(_, address)| {
                let number = servers.iter().position(|(_, known)| known == address);
                observation(number.unwrap() + 1, at)
            });
            observations = merge_observations(&servers, &observations, &seen.collect::<Vec<_>>());
            assert_eq!(observations.len(), 26);
            let oldest = observations.iter().map(|known| at - known.at.0).max();
            assert!(oldest.unwrap() < MAX_OBSERVATION_AGE, "{oldest:?} at {at}");
        }
        assert!(asked / probes <= average, "{asked} in {probes} probes");
    }
}

#[test]
fn small_parent_is_asked_whole_at_each_probe() {
    let servers: Vec<_> = (1..=4).map(parent_server).collect();
    let observations: Vec<_> = (1..=4).map(|number| observation(number, 100)).collect();
    assert_eq!(
        due_servers(&servers, &observations, Timestamp(101)).len(),
        4
    );
    // One that is not the parent's any more is forgotten.
    let merged = merge_observations(&servers[..2], &observations, &[observation(1, 101)]);
    let times: Vec<_> = merged.iter().map(|known| known.at.0).collect();
    assert_eq!(times, [101, 100]);
}

#[test]
fn clock_set_back_does_not_keep_an_old_answer() {
    let servers: Vec<_> = (1..=9).map(parent_server).collect();
    let observations: Vec<_> = (1..=9).map(|number| observation(number, 9_000)).collect();
    assert_eq!(
        due_servers(&servers, &observations, Timestamp(100)).len(),
        9
    );
}

#[test]
fn servers_that_were_asked_now_show_which_families_answer() {
    let observed = |index, at, result| ParentServerReport {
        result,
        ..observation(index, at)
    };
    let servers = [
        observed(1, 60, ParentResult::Silent),
        observed(2, 60, ParentResult::Failed),
        observed(3, 0, ParentResult::Delegates),
    ];
    let answering = |servers: &[ParentServerReport]| answering_families(servers, Timestamp(60));
    let family = Family::of_address(&servers[0].address.ip());
    assert_eq!(answering(&servers), [(family, true)].into());
    assert_eq!(answering(&servers[..1]), [(family, false)].into());
    assert_eq!(answering(&servers[2..]), BTreeMap::new(), "asked earlier");
}

#[test]
fn servers_of_the_parent_come_to_one_result() {
    use ParentResult::{Delegates, Failed, NotDelegated, NxDomain, ServesZone, Silent};
    let rows: [(&[ParentResult], Option<ParentResult>); 11] = [
        (&[Delegates, Delegates], Some(Delegates)),
        (&[NxDomain, Delegates, NxDomain], Some(Delegates)),
        (&[NxDomain, NxDomain, Silent], Some(NxDomain)),
        (&[NotDelegated, Failed, NotDelegated], Some(NotDelegated)),
        (&[Failed, Silent], Some(Failed)),
        (&[Failed, NxDomain], Some(NxDomain)),
        (&[Silent, Silent], None),
        (&[ServesZone, Silent], None),
        // Servers that have both zones answer for the lower one, and a lame one beside them is no majority.
        (&[ServesZone, Failed], None),
        (&[ServesZone, NotDelegated, Failed], None),
        (&[ServesZone, NxDomain], Some(NxDomain)),
    ];
    for (results, expected) in rows {
        let servers = results.iter().enumerate().map(|(index, &result)| {
            let delegates = result == Delegates;
            ParentServerReport {
                result,
                delegation: delegates.then(|| Delegation {
                    ns: names(&["ns1.z.test."]),
                    ..Delegation::default()
                }),
                detail: (!delegates).then(|| result.as_str().to_owned()),
                ..observation(index + 1, 0)
            }
        });
        let mut report = ParentReport::default();
        summarise_servers(&mut report, servers.collect());
        assert_eq!(report.result, expected, "{results:?}");
        let is_delegated = expected == Some(Delegates);
        assert_eq!(report.problem.is_none(), is_delegated, "{results:?}");
        assert_eq!(report.ns_digest.is_some(), is_delegated, "{results:?}");
    }
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
