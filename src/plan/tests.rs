use std::collections::BTreeSet;

use super::*;
use crate::dns::Transport;
use crate::dnssec::TrustAnchor;

const CONFIG: &str = r#"{
  "nameservers": {
    "demo": { "addresses": ["192.0.2.1", "2001:db8::1"], "port": 5355 },
    "ns1.example.net": { "addresses": ["192.0.2.7"] },
    "2001": { "addresses": ["192.0.2.9"] }
  },
  "zones": { "example.net": { "nameservers": ["demo", "ns1.example.net"], "dnssec": "required", "module": "quick" } },
  "modules": {
    "quick": { "timeout_seconds": 2, "families": "ipv6", "transport": "tcp", "udp_size": 4096, "valid_rcodes": ["NXDOMAIN"] },
    "other": { "timeout_seconds": 7 },
    "strict": { "recursion": true, "transfer": true },
    "old": {
      "timeout_seconds": 3, "transport": "tcp", "valid_rcodes": ["REFUSED"],
      "blackbox": { "name": "Example.org", "qtype": "TXT", "class": "CH", "recursion_desired": false }
    },
    "www": { "zone": "example.net", "name": "www.example.net", "qtype": "AAAA", "timeout_seconds": 3 },
    "apex": { "zone": "example.net", "qtype": "DNSKEY" }
  }
}"#;

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn plan_with_limit(
    query: &str,
    limit: Option<Duration>,
) -> Result<Arc<TargetPlan>, ParameterError> {
    TargetPlan::new(
        &parameters(query),
        limit,
        &Config::parse(CONFIG, "test").unwrap(),
    )
}

fn plan(query: &str) -> Arc<TargetPlan> {
    plan_with_limit(query, None).unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn error(query: &str) -> String {
    plan_with_limit(query, None).map_or_else(
        |error| error.to_string(),
        |plan| panic!("{query}: {plan:?}"),
    )
}

#[test]
fn omitted_parameters_have_documented_defaults() {
    let plan = plan("target=192.0.2.1&zone=example.org");
    assert_eq!((plan.target.as_str(), plan.port), ("192.0.2.1", 53));
    assert_eq!(
        (plan.name(), plan.qtype()),
        (&"example.org".parse().unwrap(), RrType::SOA)
    );
    assert_eq!(
        (plan.module.as_str(), plan.timeout),
        ("default", Duration::from_secs(5))
    );
    assert_eq!(
        (plan.families, plan.transports, plan.dnssec),
        (Families::Both, Transports::Udp, DnssecPolicy::Auto)
    );
    assert_eq!(plan.valid_rcodes, [Rcode::NOERROR]);
    assert_eq!(plan.extra_queries[0].query.question.rtype, RrType::DNSKEY);
}

#[test]
fn configured_zone_sets_policy_and_module() {
    let plan = plan("target=demo&zone=EXAMPLE.net.");
    assert_eq!(
        (plan.module.as_str(), plan.timeout),
        ("quick", Duration::from_secs(2))
    );
    assert_eq!(
        (plan.families, plan.transports, plan.dnssec),
        (Families::Ipv6, Transports::Tcp, DnssecPolicy::Required)
    );
    assert_eq!(plan.valid_rcodes, [Rcode::NXDOMAIN]);
    let udp_size = 4096_u16.to_be_bytes();
    assert!(
        plan.question
            .octets(0, true)
            .windows(2)
            .any(|octets| octets == udp_size)
    );
    assert!(
        plan.extra_queries[0]
            .query
            .octets(0, true)
            .windows(2)
            .any(|octets| octets == udp_size)
    );
}

#[test]
fn parameter_overrides_probes_json() {
    let plan =
        plan("target=demo&zone=example.net&module=other&dnssec=off&family=ipv4&transport=both");
    assert_eq!(
        (plan.module.as_str(), plan.timeout),
        ("other", Duration::from_secs(7))
    );
    assert_eq!(
        (plan.families, plan.transports, plan.dnssec),
        (Families::Ipv4, Transports::Both, DnssecPolicy::Off)
    );
}

#[test]
fn module_may_set_the_question() {
    let question = |query: &str| {
        let plan = plan(query);
        format!(
            "{} {} {} of {}",
            plan.module,
            plan.name(),
            plan.qtype(),
            plan.zone
        )
    };
    assert_eq!(
        question("target=demo&module=www"),
        "www www.example.net. AAAA of example.net."
    );
    assert_eq!(
        question("target=demo&module=apex"),
        "apex example.net. DNSKEY of example.net."
    );
    assert_eq!(
        plan("target=demo&module=www").dnssec,
        DnssecPolicy::Required,
        "the zone's policy"
    );
    assert_eq!(
        question("target=demo&module=www&qtype=SOA"),
        "www www.example.net. SOA of example.net."
    );
    assert_eq!(
        question("target=demo&module=www&name=example.net"),
        "www example.net. AAAA of example.net."
    );
    assert_eq!(
        question("target=demo&module=apex&zone=example.org"),
        "apex example.org. DNSKEY of example.org."
    );
}

#[test]
fn module_question_must_lie_in_the_requested_zone() {
    let expected = "parameter \"name\": www.example.net., which the module has for `name`, is neither the zone example.org. nor below it";
    assert_eq!(error("target=demo&module=www&zone=example.org"), expected);
}

#[test]
fn whole_zone_probe_takes_only_the_zone_from_its_module() {
    let request = Request::read(
        &parameters("module=www"),
        None,
        &Config::parse(CONFIG, "test").unwrap(),
    )
    .unwrap();
    let Request::Zone(plan) = request else {
        panic!("{request:?}")
    };
    assert_eq!(
        (plan.zone.to_string().as_str(), plan.module.as_str()),
        ("example.net.", "www")
    );
    assert!(
        plan.nameservers
            .iter()
            .all(|nameserver| nameserver.plan.qtype() == RrType::SOA
                && *nameserver.plan.name() == plan.zone)
    );
}

#[test]
fn dnskey_is_queried_unless_already_requested() {
    let queries_dnskey = |rest: &str| {
        plan(&format!("target=demo&zone=example.net&{rest}"))
            .extra_queries
            .iter()
            .any(|extra_query| extra_query.purpose == Purpose::Dnskey)
    };
    assert!(queries_dnskey("qtype=SOA"));
    assert!(queries_dnskey("qtype=DNSKEY&name=www.example.net"));
    assert!(!queries_dnskey("qtype=DNSKEY"));
    assert!(!queries_dnskey("qtype=TYPE48&name=EXAMPLE.NET."));
    assert!(!queries_dnskey("dnssec=off"));
}

#[test]
fn every_target_form_is_understood() {
    let addresses = |texts: &[&str]| {
        TargetLocation::Addresses(texts.iter().map(|text| text.parse().unwrap()).collect())
    };
    let host = |text: &str| TargetLocation::Host(text.to_owned());
    let rows = [
        ("demo", addresses(&["192.0.2.1", "2001:db8::1"]), 5355),
        ("demo:53", addresses(&["192.0.2.1", "2001:db8::1"]), 53),
        ("ns1.example.net", addresses(&["192.0.2.7"]), 53),
        ("ns1.example.net:54", addresses(&["192.0.2.7"]), 54),
        ("ns2.example.net", host("ns2.example.net"), 53),
        ("ns2.example.net.", host("ns2.example.net."), 53),
        ("ns2.example.net:5353", host("ns2.example.net"), 5353),
        ("bücher.example", host("xn--bcher-kva.example"), 53),
        ("localhost", host("localhost"), 53),
        ("192.0.2.1", addresses(&["192.0.2.1"]), 53),
        ("192.0.2.1:54", addresses(&["192.0.2.1"]), 54),
        ("2001:db8::1", addresses(&["2001:db8::1"]), 53),
        ("2001::1", addresses(&["2001::1"]), 53),
        ("2001:54", addresses(&["192.0.2.9"]), 54),
        ("[2001:db8::1]", addresses(&["2001:db8::1"]), 53),
        ("[2001:db8::1]:54", addresses(&["2001:db8::1"]), 54),
    ];
    for (target, location, port) in rows {
        let plan = plan(&format!("target={target}&zone=example.org"));
        assert_eq!(
            (plan.target.as_str(), plan.location.clone(), plan.port),
            (target, location, port)
        );
    }
}

const INVALID_TARGETS: &[(&str, &str)] = &[
    ("192.0.2.300", r#""192.0.2.300" is not an IP address"#),
    ("192.0.2", r#""192.0.2" is not an IP address"#),
    ("0x7f000001", r#""0x7f000001" is not an IP address"#),
    ("192.0.2.1:0", r#""0" is not a port from 1 to 65535"#),
    ("demo:", r#""" is not a port from 1 to 65535"#),
    ("demo:000053", r#""000053" is not a port from 1 to 65535"#),
    ("demo:+53", r#""+53" is not a port from 1 to 65535"#),
    (
        "ns2.example.net:65536",
        r#""65536" is not a port from 1 to 65535"#,
    ),
    (
        ":53",
        r#""" is not a domain name: a domain name cannot be empty (the root is ".")"#,
    ),
    (
        "fe80::1%eth0",
        r#""fe80::1%eth0": scope identifiers (here "%eth0") are not understood; a public nameserver has none"#,
    ),
    (
        "[fe80::1%eth0]:53",
        r#""[fe80::1%eth0]:53": scope identifiers (here "%eth0]:53") are not understood; a public nameserver has none"#,
    ),
    (
        "2001:db8::1:53000",
        r#""2001:db8::1:53000" is not an IP address; with a port it is written [2001:db8::1]:53"#,
    ),
    ("[2001:db8::1", r#""[2001:db8::1": no ] after ["#),
    (
        "[2001:db8::1]53",
        r#""[2001:db8::1]53": after ] only :port may stand"#,
    ),
    (
        "[192.0.2.1]:53",
        r#""192.0.2.1" is not an IPv6 address, which brackets are for"#,
    ),
    (
        "::ffff:192.0.2.1",
        r#""::ffff:192.0.2.1" is an IPv4-mapped IPv6 address, which goes over IPv4; write "192.0.2.1""#,
    ),
    ("0.0.0.0", r#""0.0.0.0" is not the address of one server"#),
    (
        "224.0.0.1",
        r#""224.0.0.1" is not the address of one server"#,
    ),
    (
        "255.255.255.255",
        r#""255.255.255.255" is not the address of one server"#,
    ),
    (".", r#""." is neither an address nor a host name"#),
    (
        "udp/ns1",
        r#""udp/ns1" is neither an address nor a host name"#,
    ),
    (
        "a..b",
        r#""a..b" is not a domain name: a domain name cannot have an empty label"#,
    ),
];

#[test]
fn invalid_target_is_rejected() {
    for (target, message) in INVALID_TARGETS {
        assert_eq!(
            error(&format!("target={target}&zone=example.org")),
            format!("parameter \"target\": {message}")
        );
    }
}

#[test]
fn invalid_parameter_is_named() {
    let parameters = "target, zone, qtype, name, module, family, transport, dnssec, anchor, denial, format, debug";
    let cases = [
        (
            "zone=example.org",
            r#"parameter "target": required: example.org. is no zone of probes.json, which would say what its nameservers are"#
                .to_owned(),
        ),
        (
            "zone=example.net&qtype=NS",
            r#"parameter "qtype": of a zone as a whole SOA, NS and DNSKEY are asked; give a `target` to ask for something else"#
                .to_owned(),
        ),
        (
            "target=demo",
            r#"parameter "zone": required, unless the module has a `zone`: the apex of the zone, the name whose DNSKEY RRset signs"#.to_owned(),
        ),
        ("target=demo&zone=example.net&zone=example.net", r#"parameter "zone": given more than once"#.to_owned()),
        ("target=demo&zone=", r#"parameter "zone": empty; leave it out or give it a value"#.to_owned()),
        ("zonemd=x", format!(r#"parameter "zonemd": unknown; known parameters are {parameters}"#)),
        ("a\nb=1", format!(r#"parameter "a\nb": unknown; known parameters are {parameters}"#)),
        (
            "target=demo&zone=a..b",
            r#"parameter "zone": "a..b" is not a domain name: a domain name cannot have an empty label"#.to_owned(),
        ),
    ];
    for (query, message) in cases {
        assert_eq!(error(query), message);
    }
}

const INVALID_VALUES: &[(&str, &str)] = &[
    (
        "qtype=SOAP",
        r#"parameter "qtype": "SOAP" is no RR type known here; TYPE<number> is understood for any number"#,
    ),
    (
        "qtype=axfr",
        r#"parameter "qtype": "axfr" is not a type that can be asked for here"#,
    ),
    (
        "family=ip6",
        r#"parameter "family": "ip6" is not one of both, ipv4, ipv6"#,
    ),
    (
        "transport=quic",
        r#"parameter "transport": "quic" is not one of udp, tcp, both"#,
    ),
    (
        "dnssec=yes",
        r#"parameter "dnssec": "yes" is not one of required, auto, off"#,
    ),
    (
        "denial=yes",
        r#"parameter "denial": "yes" is not true, false or an integer from 1 to 8"#,
    ),
    (
        "denial=true&dnssec=off",
        r#"parameter "denial": the DNSSEC policy is `off`, so no proof would be judged"#,
    ),
    (
        "anchor=; ",
        r#"parameter "anchor": empty; leave it out or give it a value"#,
    ),
    (
        "anchor=1 13 2 AB",
        r#"parameter "anchor": "1 13 2 AB": a digest of type SHA-256 has 32 octets, this one has 1"#,
    ),
    (
        "anchor=example.org DS 1 13 9 AB",
        r#"parameter "anchor": "example.org DS 1 13 9 AB" is an anchor of example.org., not of example.net."#,
    ),
    (
        "module=fast",
        r#"parameter "module": "fast" is no module of probes.json; there are apex, default, old, other, quick, strict, www"#,
    ),
    (
        "name=example.org",
        r#"parameter "name": example.org. is neither the zone example.net. nor below it"#,
    ),
    (
        "name=notexample.net",
        r#"parameter "name": notexample.net. is neither the zone example.net. nor below it"#,
    ),
];

#[test]
fn invalid_value_is_named() {
    for (rest, message) in INVALID_VALUES {
        assert_eq!(
            error(&format!("target=demo&zone=example.net&{rest}")),
            *message
        );
    }
}

#[test]
fn invalid_question_is_rejected_but_any_is_allowed() {
    for qtype in [
        "TYPE0", "OPT", "TKEY", "TSIG", "IXFR", "AXFR", "MAILB", "MAILA", "TYPE252",
    ] {
        let message = error(&format!("target=demo&zone=example.net&qtype={qtype}"));
        assert!(
            message.ends_with("is not a type that can be asked for here"),
            "{message}"
        );
    }
    assert_eq!(
        plan("target=demo&zone=example.net&qtype=any").qtype(),
        RrType::ANY
    );
    assert_eq!(
        plan("target=demo&zone=example.net&qtype=TYPE65280").qtype(),
        RrType(65_280)
    );
}

fn zone_plan(query: &str) -> ZonePlan {
    match Request::read(
        &parameters(query),
        None,
        &Config::parse(CONFIG, "test").unwrap(),
    ) {
        Ok(Request::Zone(plan)) => *plan,
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn missing_target_probes_every_nameserver_of_the_zone() {
    let plan = zone_plan("zone=example.net");
    assert_eq!(
        (plan.module.as_str(), plan.timeout, plan.dnssec),
        ("quick", Duration::from_secs(2), DnssecPolicy::Required)
    );
    let targets: Vec<_> = plan
        .nameservers
        .iter()
        .map(|nameserver| nameserver.plan.target.as_str())
        .collect();
    assert_eq!(targets, ["demo", "ns1.example.net"]);
    for nameserver in &plan.nameservers {
        let purposes: Vec<_> = nameserver
            .plan
            .extra_queries
            .iter()
            .map(|extra_query| extra_query.purpose)
            .collect();
        assert_eq!(
            (nameserver.plan.qtype(), purposes),
            (
                RrType::SOA,
                vec![
                    Purpose::Dnskey,
                    Purpose::Cds,
                    Purpose::Cdnskey,
                    Purpose::Ns,
                    Purpose::AbsentName,
                    Purpose::AbsentType,
                    Purpose::UsualName,
                    Purpose::UsualName,
                    Purpose::UsualName,
                    Purpose::UsualName,
                    Purpose::UsualName,
                    Purpose::UsualName,
                ]
            )
        );
        let names = nameserver.plan.names.iter();
        let names = names.map(|question| format!("{} {}", question.name, question.rtype));
        assert_eq!(
            names.collect::<Vec<_>>(),
            [
                "ns1.example.net. A",
                "ns1.example.net. AAAA",
                "example.net. A",
                "example.net. AAAA",
                "example.net. MX",
                "example.net. CAA",
            ]
        );
        let over_tcp = nameserver.plan.extra_queries.iter().filter(|query| {
            query.purpose == Purpose::UsualName && query.transports != Transports::Udp
        });
        assert_eq!(over_tcp.count(), 0);
        assert_eq!(
            (nameserver.plan.transports, nameserver.plan.families),
            (Transports::Both, Families::Ipv6)
        );
    }
    assert_eq!(
        zone_plan("zone=example.net&transport=udp").nameservers[0]
            .plan
            .transports,
        Transports::Udp
    );
    let off = zone_plan("zone=example.net&dnssec=off&qtype=soa");
    let extra_queries = &off.nameservers[0].plan.extra_queries;
    let names = extra_queries.iter().filter(|query| query.purpose.is_name());
    assert_eq!(extra_queries.len() - names.count(), 1, "NS alone");
}

#[test]
fn exposure_is_checked_only_if_the_module_wants_it() {
    for query in [
        "target=demo&zone=example.org&module=strict",
        "target=demo&zone=example.org&module=strict&dnssec=off",
    ] {
        let extra_queries = plan(query).extra_queries.clone();
        let find_query = |purpose| {
            extra_queries
                .iter()
                .find(|extra_query| extra_query.purpose == purpose)
                .unwrap()
        };
        let (recursion, transfer) = (
            find_query(Purpose::Recursion),
            find_query(Purpose::Transfer),
        );
        assert_eq!(
            (recursion.query.question.rtype, recursion.transports),
            (RrType::SOA, Transports::Udp)
        );
        assert!(recursion.query.question.name.is_root());
        assert_eq!(recursion.query.octets(0, true)[2], 1, "RD=1");
        assert_eq!(
            (transfer.query.question.rtype, transfer.transports),
            (RrType::AXFR, Transports::Tcp)
        );
    }
}

#[test]
fn root_is_a_zone_above_every_name() {
    assert!(plan("target=demo&zone=.").name().is_root());
    let own_ds = plan("target=demo&zone=.&name=.&qtype=DS");
    assert!(own_ds.name().is_root(), "no parent has the DS of the root");
    assert_eq!(
        plan("target=demo&zone=.&name=Www.Example.")
            .name()
            .to_string(),
        "Www.Example."
    );
}

#[test]
fn shorter_time_limit_applies_and_is_never_zero() {
    let timeout = |limit| {
        plan_with_limit("target=demo&zone=example.net", limit)
            .unwrap()
            .timeout
    };
    assert_eq!(timeout(None), Duration::from_secs(2));
    assert_eq!(
        timeout(Some(Duration::from_secs(9))),
        Duration::from_secs(2)
    );
    assert_eq!(
        timeout(Some(Duration::from_millis(1500))),
        Duration::from_millis(1500)
    );
    assert_eq!(timeout(Some(Duration::ZERO)), Duration::from_millis(1));
}

#[test]
fn scrape_limit_is_reduced_by_the_offset() {
    let limit = |header| {
        scrape_limit(header, SCRAPE_TIMEOUT_OFFSET)
            .unwrap()
            .as_millis()
    };
    assert_eq!(limit("4.000"), 3500);
    assert_eq!(limit("4"), 3500);
    assert_eq!(limit("1e1"), 9500);
    assert_eq!(limit("0.5"), 250);
    assert_eq!(limit("0.1"), 50);
    assert_eq!(limit("1e-9"), 1);
    assert_eq!(
        scrape_limit("4", Duration::ZERO).unwrap(),
        Duration::from_secs(4)
    );
}

#[test]
fn invalid_scrape_limit_names_the_header() {
    for header in ["", "soon", "0", "-1", "NaN", "inf", "1e300", "5s"] {
        let error = scrape_limit(header, SCRAPE_TIMEOUT_OFFSET).unwrap_err();
        let message = format!(
            "header \"{SCRAPE_TIMEOUT_HEADER}\": {header:?} is not a number of seconds above 0"
        );
        assert_eq!(error.to_string(), message);
    }
}

fn purposes(query: &str) -> Vec<Purpose> {
    plan(&format!("target=demo&zone=example.net&{query}"))
        .extra_queries
        .iter()
        .map(|extra_query| extra_query.purpose)
        .collect()
}

#[test]
fn extra_queries_follow_from_the_question() {
    use Purpose::{AbsentName, AbsentType, Cdnskey, Cds, Dnskey, ZoneCut};
    assert_eq!(purposes("qtype=SOA"), [Dnskey, AbsentName, AbsentType]);
    assert_eq!(purposes("qtype=SOA&denial=false"), [Dnskey]);
    assert_eq!(purposes("qtype=DNSKEY&denial=false"), [Cds, Cdnskey]);
    assert_eq!(
        purposes("qtype=DNSKEY&name=www.example.net&denial=false"),
        [Dnskey, ZoneCut]
    );
    assert_eq!(purposes("denial=true"), [Dnskey, AbsentName, AbsentType]);
    assert_eq!(
        purposes("denial=3"),
        [Dnskey, AbsentName, AbsentName, AbsentName, AbsentType]
    );
    assert_eq!(purposes("dnssec=off"), []);
}

#[test]
fn absent_name_is_random_and_below_the_apex() {
    let name = || {
        plan("target=demo&zone=example.net&denial=true").extra_queries[1]
            .query
            .question
            .name
            .clone()
    };
    let names: Vec<_> = (0..64).map(|_| name()).collect();
    let different: BTreeSet<_> = names.iter().map(ToString::to_string).collect();
    assert_eq!(different.len(), names.len());
    let depths: BTreeSet<_> = names.iter().map(|name| name.labels().count() - 2).collect();
    assert_eq!(depths, BTreeSet::from([1, 2, 3]));
    let zone = "example.net".parse().unwrap();
    assert!(names.iter().all(|name| name.is_within(&zone)));
    let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(50));
    let by_default = plan(&format!("target=demo&zone={longest}"));
    let purposes: Vec<_> = by_default
        .extra_queries
        .iter()
        .map(|extra_query| extra_query.purpose)
        .collect();
    assert_eq!(purposes, [Purpose::Dnskey, Purpose::AbsentType]);
    let message = error(&format!("target=demo&zone={longest}&denial=true"));
    assert!(
        message.starts_with("parameter \"denial\": no random name fits below aaa"),
        "{message}"
    );
}

/// The configuration of these tests with `trust`, and a plan for `query` by it.
fn trust_source(trust: &str, query: &str) -> TrustSource {
    trust_source_on(&[], trust, query)
}

/// On a system that has these resolvers.
fn trust_source_on(system: &[&str], trust: &str, query: &str) -> TrustSource {
    let text = CONFIG.trim_end().strip_suffix('}').unwrap().to_owned()
        + &format!(r#", "trust": {trust} }}"#);
    let mut config = Config::parse(&text, "probes.json").unwrap();
    config.set_system_resolvers(system.iter().map(|text| text.parse().unwrap()).collect());
    TargetPlan::new(&parameters(query), None, &config)
        .unwrap()
        .trust
        .clone()
}

#[test]
fn resolvers_of_the_system_are_asked_unless_told_otherwise() {
    let asked = |system: &[&str], trust| match trust_source_on(
        system,
        trust,
        "target=demo&zone=example.net",
    ) {
        TrustSource::Chain { resolvers, .. } => {
            let resolvers: Vec<_> = resolvers.iter().map(ToString::to_string).collect();
            resolvers.join(" ")
        }
        other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
    };
    let system = &["127.0.0.53:53", "[::1]:53"][..];
    let cases = [
        (system, "{}", "127.0.0.53:53 [::1]:53"),
        (
            system,
            r#"{ "resolver": "system" }"#,
            "127.0.0.53:53 [::1]:53",
        ),
        (system, r#"{ "resolver": "192.0.2.53" }"#, "192.0.2.53:53"),
        (
            system,
            r#"{ "resolver": ["192.0.2.53", "192.0.2.54:5353"] }"#,
            "192.0.2.53:53 192.0.2.54:5353",
        ),
        (system, r#"{ "resolver": "none" }"#, "NoResolver"),
        (&[][..], "{}", "NoResolver"),
    ];
    for (system, trust, expected) in cases {
        assert_eq!(asked(system, trust), expected, "{trust} on {system:?}");
    }
}

#[test]
fn chain_starts_at_the_nearest_anchor() {
    let digest = "AB".repeat(32);
    let tags = |trust| match trust {
        TrustSource::None => ("none", vec![]),
        TrustSource::NoResolver { start } => (
            if start.is_root() {
                "far from the root"
            } else {
                "far from net"
            },
            vec![],
        ),
        TrustSource::Pinned(anchors) => {
            ("pinned", anchors.iter().map(TrustAnchor::key_tag).collect())
        }
        TrustSource::Chain { start, anchors, .. } => (
            if start.is_root() {
                "from the root"
            } else {
                "from net"
            },
            vec![anchors[0].key_tag()],
        ),
    };
    let resolver = r#"{ "resolver": "192.0.2.53" }"#;
    let net =
        format!(r#"{{ "resolver": "192.0.2.53", "anchors": {{ "net": ["7 13 2 {digest}"] }} }}"#);
    let zone_anchors = format!(r#"{{ "anchors": {{ "example.net": ["8 13 2 {digest}"] }} }}"#);
    let query = "target=demo&zone=example.net";
    assert_eq!(
        tags(trust_source("{}", query)),
        ("far from the root", vec![]),
        "without a resolver"
    );
    assert_eq!(
        tags(trust_source(resolver, query)),
        ("from the root", vec![20326])
    );
    assert_eq!(tags(trust_source(&net, query)), ("from net", vec![7]));
    assert_eq!(
        tags(trust_source(&zone_anchors, query)),
        ("pinned", vec![8])
    );
    assert_eq!(
        tags(trust_source(resolver, "target=demo&zone=.")),
        ("pinned", vec![20326, 38696])
    );
    let parameters =
        format!("{query}&anchor=9 13 2 {digest};10 13 2 {digest}&anchor=11 13 2 {digest}");
    assert_eq!(
        tags(trust_source(&zone_anchors, &parameters)),
        ("pinned", vec![9, 10, 11])
    );
    assert_eq!(
        tags(trust_source(&net, &format!("{query}&dnssec=off"))),
        ("none", vec![])
    );
}

fn blackbox_plan(query: &str, limit: Option<Duration>) -> BlackboxPlan {
    let config = Config::parse(CONFIG, "test").unwrap();
    match Request::read(&parameters(query), limit, &config) {
        Ok(Request::Blackbox(plan)) => *plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn blackbox_module_needs_no_zone() {
    let plan = blackbox_plan("target=demo&module=old", None);
    assert_eq!(
        (plan.target.as_str(), plan.port, plan.module.as_str()),
        ("demo", 5355, "old")
    );
    assert_eq!(
        (
            plan.question.question.name.to_string().as_str(),
            plan.question.question.rtype
        ),
        ("Example.org.", RrType::TXT)
    );
    let octets = plan.question.octets(0, true);
    assert_eq!(octets[2], 0, "RD=0");
    assert!(
        octets.ends_with(&[0, 16, 0, 3]),
        "CH, and no EDNS behind it"
    );
    assert_eq!(plan.transport, Transport::Tcp);
    assert_eq!(
        (plan.valid_rcodes.as_slice(), plan.timeout),
        (&[Rcode::REFUSED][..], Duration::from_secs(3))
    );
    let limited = blackbox_plan("target=demo&module=old", Some(Duration::from_secs(1)));
    assert_eq!(limited.timeout, Duration::from_secs(1));
}

#[test]
fn blackbox_module_rejects_parameters_it_defines_itself() {
    for (parameter, value) in [
        ("zone", "example.org"),
        ("qtype", "A"),
        ("name", "example.org"),
        ("family", "ipv4"),
        ("transport", "udp"),
        ("dnssec", "off"),
        ("denial", "true"),
        ("anchor", "1 13 2 AB"),
    ] {
        let message = error(&format!("target=demo&module=old&{parameter}={value}"));
        let expected = format!(
            r#"parameter "{parameter}": leave it out: module "old" asks a question of its own (`blackbox`)"#
        );
        assert_eq!(message, expected);
    }
    assert_eq!(
        error("module=old"),
        r#"parameter "target": required: the nameserver"#
    );
    assert!(error("target=demo&module=other").starts_with(r#"parameter "zone": required"#));
}
