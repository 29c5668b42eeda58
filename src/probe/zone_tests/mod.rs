//! What a zone as a whole comes to, over a network on which each address says what a test has it say.

mod parent;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::chain::LinkCache;
use crate::config::Config;
use crate::dns::testing::{Response, records};
use crate::dns::{Message, RrType};
use crate::exchange::{Ask, Exchange, Outcome};
use crate::network::Network;
use crate::plan::{Request, ZonePlan};
use crate::probe::probe_zone;
use crate::report::{
    AvailabilityCount, Inconsistency, InconsistencyKind, ParentReport, ParentResult, ZoneReport,
};

const SOA: &str = "z.test. 60 IN SOA ns1.z.test. host.z.test. 7 14400 3600 1209600 300";
const NS: &str = "z.test. 60 IN NS ns1.z.test.\nz.test. 60 IN NS ns2.z.test.";

/// Zone file text by who says it: an address, an address and a transport, or everyone (the empty word).
#[derive(Default)]
struct World {
    records: BTreeMap<(String, RrType), String>,
    silent: Vec<IpAddr>,
    /// Flags and rcode by who says it and type.
    flags: BTreeMap<(String, RrType), u16>,
    /// EDNS options by who says it.
    options: BTreeMap<String, Vec<u8>>,
    /// The zone's delegation and its glue, by who refers to it.
    referrals: BTreeMap<IpAddr, (String, String)>,
    /// Where a resolver is, if there is one.
    resolver: Option<&'static str>,
}

impl World {
    fn new() -> Self {
        Self::default()
            .with_records("", RrType::SOA, SOA)
            .with_records("", RrType::NS, NS)
    }

    fn with_records(mut self, server: &str, rtype: RrType, text: &str) -> Self {
        self.records
            .insert((server.to_owned(), rtype), text.to_owned());
        self
    }

    fn with_serial(self, server: &str, serial: u32) -> Self {
        self.with_records(
            server,
            RrType::SOA,
            &SOA.replace(" 7 ", &format!(" {serial} ")),
        )
    }

    fn with_silent(mut self, address: &str) -> Self {
        self.silent.push(address.parse().unwrap());
        self
    }

    fn with_flags(mut self, server: &str, rtype: RrType, flags: u16) -> Self {
        self.flags.insert((server.to_owned(), rtype), flags);
        self
    }

    fn with_option(mut self, server: &str, code: u8, data: &[u8]) -> Self {
        let head = [0, code, 0, u8::try_from(data.len()).unwrap()];
        self.options
            .entry(server.to_owned())
            .or_default()
            .extend([&head, data].concat());
        self
    }

    fn answer(&self, ask: &Ask) -> Outcome {
        let question = &ask.query.question;
        let address = ask.server.ip();
        let refuses_transfer = question.rtype == RrType::AXFR
            && !self
                .records
                .contains_key(&(address.to_string(), RrType::AXFR));
        if self.silent.contains(&address) || refuses_transfer {
            return Outcome::Timeout;
        }
        let referral = self.referrals.get(&address);
        let response = match referral.filter(|_| question.rtype == RrType::NS) {
            Some((ns, glue)) => {
                let response = Response {
                    flags: 0x8000,
                    authority: records(ns),
                    ..Response::to(&question.name.to_string(), question.rtype.0)
                };
                response.additional(records(glue))
            }
            None => self.zone_response(ask),
        };
        let octets = response.additional([self.opt(address)]).octets();
        Outcome::Response(Arc::new(Message::read(octets).unwrap()))
    }

    /// The response of a server of the zone, without OPT.
    fn zone_response(&self, ask: &Ask) -> Response {
        let question = &ask.query.question;
        let (address, transport) = (ask.server.ip(), ask.transport.as_str());
        let servers = [
            format!("{address} {transport}"),
            address.to_string(),
            String::new(),
        ];
        let keys = servers.map(|server| (server, question.rtype));
        let text = keys.iter().find_map(|key| self.records.get(key));
        let flags = keys.iter().find_map(|key| self.flags.get(key));
        let answer = text.map(|text| records(text)).unwrap_or_default();
        // An answer without data is NODATA, not nothing.
        let authority = if answer.is_empty() {
            records(SOA)
        } else {
            Vec::new()
        };
        let response = Response {
            flags: flags.copied().unwrap_or(0x8400),
            authority,
            ..Response::to(&question.name.to_string(), question.rtype.0)
        };
        response.answer(answer)
    }

    /// The OPT record of the server at `address`, with its options.
    fn opt(&self, address: IpAddr) -> Vec<u8> {
        let options = self.options.get(&address.to_string());
        let options = options.map(Vec::as_slice).unwrap_or_default();
        let length = u8::try_from(options.len()).unwrap();
        let head = [0, 0, 41, 4, 208, 0, 0, 128, 0, 0, length];
        [&head, options].concat()
    }

    async fn probe_with(&self, nameservers: &str, query: &str) -> ZoneReport {
        probe_zone(
            &self.plan(nameservers, query),
            self,
            &LinkCache::default(),
            SystemTime::now(),
        )
        .await
    }

    fn plan(&self, nameservers: &str, query: &str) -> ZonePlan {
        let names: Vec<_> = serde_json::from_str::<serde_json::Value>(nameservers)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let trust = self
            .resolver
            .map(|resolver| format!(r#""trust": {{ "resolver": "{resolver}" }},"#))
            .unwrap_or_default();
        let config = format!(
            r#"{{ "nameservers": {nameservers}, {trust}
                 "zones": {{ "z.test": {{ "nameservers": {names:?}, "dnssec": "off" }} }},
                 "modules": {{ "strict": {{ "recursion": true, "transfer": true }} }} }}"#
        );
        let config = Config::parse(&config, "test").unwrap_or_else(|error| panic!("{error}"));
        let parameters = format!("zone=z.test&{query}");
        let parameters: Vec<_> = parameters
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let parameters: Vec<_> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let Ok(Request::Zone(plan)) = Request::read(&parameters, None, &config) else {
            panic!("a zone as a whole")
        };
        *plan
    }

    async fn probe(&self) -> ZoneReport {
        self.probe_with(THREE, "").await
    }
}

const THREE: &str = r#"{
    "ns1": { "addresses": ["192.0.2.1", "2001:db8::1"], "role": "primary", "provider": "a" },
    "ns2": { "addresses": ["198.51.100.1", "2001:db8:1::1"], "role": "secondary", "provider": "b" },
    "ns3": { "addresses": ["198.51.100.2"], "role": "secondary" }
}"#;

impl Network for World {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let outcome = self.answer(&ask);
        Exchange::untimed(ask, outcome)
    }

    async fn resolve(&self, _: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        panic!("no host name is asked for")
    }
}

/// Who differs in what.
fn inconsistencies(report: &ZoneReport) -> Vec<(InconsistencyKind, String)> {
    let server_name = |difference: &Inconsistency| {
        let name = difference.nameserver.clone().unwrap_or_default();
        difference
            .address
            .map_or(name.clone(), |address| format!("{name} {address}"))
    };
    report
        .differences
        .iter()
        .map(|difference| (difference.what, server_name(difference)))
        .collect()
}

fn serial_lags(report: &ZoneReport) -> Vec<Option<u32>> {
    report
        .nameservers
        .iter()
        .flat_map(|nameserver| &nameserver.addresses)
        .map(|address| address.serial_lag)
        .collect()
}

fn expected_inconsistency(
    kind: InconsistencyKind,
    server: &str,
) -> Vec<(InconsistencyKind, String)> {
    vec![(kind, server.to_owned())]
}

#[tokio::test]
async fn identical_servers_are_consistent() {
    let report = World::new().probe().await;
    assert!(report.success, "{:?}", report.nameservers);
    assert_eq!(
        (inconsistencies(&report), serial_lags(&report)),
        (vec![], vec![Some(0); 5])
    );
    assert_eq!(
        (report.agreement.ns_equal, report.agreement.dnskeys_equal),
        (Some(true), None),
        "DNSKEY was not asked"
    );
    let transports = report
        .nameservers
        .iter()
        .flat_map(|nameserver| &nameserver.addresses)
        .map(|address| address.transports_equal);
    assert_eq!(transports.collect::<Vec<_>>(), [Some(true); 5]);
}

#[tokio::test]
async fn order_case_and_ttl_are_not_inconsistencies() {
    let reordered = "z.test. 9 IN NS NS2.z.test.\nZ.test. 9 IN NS ns1.Z.TEST.";
    let report = World::new()
        .with_records("198.51.100.2", RrType::NS, reordered)
        .probe()
        .await;
    assert_eq!(
        (report.agreement.ns_equal, inconsistencies(&report)),
        (Some(true), vec![])
    );
}

#[tokio::test]
async fn lagging_server_has_a_lag_silent_server_has_none() {
    let world = World::new()
        .with_serial("", 2)
        .with_serial("198.51.100.1", u32::MAX)
        .with_silent("2001:db8:1::1");
    let report = world.probe().await;
    assert_eq!(
        serial_lags(&report),
        [Some(0), Some(0), Some(3), None, Some(0)]
    );
    assert_eq!(
        (report.serials.equal, report.serials.comparable),
        (Some(false), Some(true))
    );
    assert_eq!(
        inconsistencies(&report),
        expected_inconsistency(InconsistencyKind::Serial, "ns2 198.51.100.1")
    );
    assert!(!report.success);
    let silent = World::new().with_silent("2001:db8:1::1").probe().await;
    assert_eq!(
        (silent.serials.equal, inconsistencies(&silent)),
        (Some(true), vec![]),
        "silence is no divergence"
    );
}

#[tokio::test]
async fn only_authoritative_serials_count() {
    // What a resolver kept, and what comes beside an error, is no version of the zone that a server has.
    for flags in [0x8080, 0x8000, 0x8402] {
        let world = World::new().with_serial("198.51.100.2", 5).with_flags(
            "198.51.100.2",
            RrType::SOA,
            flags,
        );
        let report = world.probe().await;
        assert_eq!(
            (
                serial_lags(&report)[4],
                report.nameservers[2].addresses[0].serial()
            ),
            (None, None),
            "{flags:#06x}"
        );
        assert_eq!(
            (report.serials.equal, inconsistencies(&report)),
            (Some(true), vec![]),
            "{flags:#06x}"
        );
        assert!(!report.success, "{flags:#06x}");
    }
    // Over one of its transports it is one.
    let world = World::new().with_serial("198.51.100.2 udp", 5).with_flags(
        "198.51.100.2 udp",
        RrType::SOA,
        0x8080,
    );
    let report = world.probe().await;
    assert_eq!(
        (serial_lags(&report)[4], report.serials.equal),
        (Some(0), Some(true))
    );
    // Two at once are none.
    let two = format!("{SOA}\n{}", SOA.replace(" 7 ", " 9 "));
    let report = World::new()
        .with_records("198.51.100.2", RrType::SOA, &two)
        .probe()
        .await;
    assert_eq!(
        (
            serial_lags(&report)[4],
            report.serials.newest.map(|newest| newest.0)
        ),
        (None, Some(7))
    );
}

#[tokio::test]
async fn incomparable_serials_yield_no_lag() {
    let report = World::new()
        .with_serial("", 5)
        .with_serial("198.51.100.2", 5 + (1 << 31))
        .probe()
        .await;
    assert_eq!(serial_lags(&report), [None; 5]);
    assert_eq!(
        (report.serials.comparable, report.serials.equal),
        (Some(false), Some(false))
    );
    assert_eq!(inconsistencies(&report).len(), 5, "nobody is the newest");
    assert!(report.success, "each answered as it should");
}

#[tokio::test]
async fn majority_is_the_reference_and_primary_breaks_ties() {
    let ns1_alone = "z.test. 60 IN NS ns1.z.test.";
    let report = World::new()
        .with_records("198.51.100.2", RrType::NS, ns1_alone)
        .probe()
        .await;
    assert_eq!(
        (report.agreement.ns_equal, inconsistencies(&report)),
        (
            Some(false),
            expected_inconsistency(InconsistencyKind::Ns, "ns3 198.51.100.2")
        )
    );
    let detail = &report.differences[0].detail;
    assert_eq!(detail, "NS ns1.z.test.; elsewhere ns1.z.test., ns2.z.test.");

    let many = r#"{ "ns1": { "addresses": ["192.0.2.1"] }, "ns2": { "addresses": ["192.0.2.2"] },
                    "ns3": { "addresses": ["198.51.100.2", "198.51.100.3", "198.51.100.4"] } }"#;
    let world = ["198.51.100.2", "198.51.100.3", "198.51.100.4"]
        .iter()
        .fold(World::new(), |world, address| {
            world.with_records(address, RrType::NS, ns1_alone)
        });
    let outvoted = inconsistencies(&world.probe_with(many, "").await);
    assert_eq!(
        outvoted.len(),
        3,
        "one nameserver of three addresses is one: {outvoted:?}"
    );
    assert!(
        outvoted
            .iter()
            .all(|(_, server)| server.starts_with("ns3 ")),
        "{outvoted:?}"
    );

    let world = World::new()
        .with_records("192.0.2.1", RrType::NS, ns1_alone)
        .with_records("2001:db8::1", RrType::NS, ns1_alone);
    let halves = r#"{ "ns0": { "addresses": ["198.51.100.1", "2001:db8:1::1"] },
                      "ns1": { "addresses": ["192.0.2.1", "2001:db8::1"], "role": "primary" } }"#;
    let report = world.probe_with(halves, "").await;
    let expected = ["ns0 198.51.100.1", "ns0 2001:db8:1::1"]
        .map(|server| (InconsistencyKind::Ns, server.to_owned()));
    assert_eq!(inconsistencies(&report), expected);
}

#[tokio::test]
async fn udp_and_tcp_answers_are_compared() {
    let report = World::new()
        .with_serial("198.51.100.2 tcp", 8)
        .probe()
        .await;
    assert_eq!(
        inconsistencies(&report),
        expected_inconsistency(InconsistencyKind::Transport, "ns3 198.51.100.2")
    );
    assert_eq!(
        report.differences[0].detail,
        "SOA serial 7 over udp; serial 8 over tcp"
    );
    assert_eq!(
        report.nameservers[2].addresses[0].transports_equal,
        Some(false)
    );
    let udp_alone = World::new().probe_with(THREE, "transport=udp").await;
    assert_eq!(udp_alone.nameservers[0].addresses[0].transports_equal, None);
}

#[tokio::test]
async fn configured_hosts_are_compared_if_all_are_named() {
    let nameservers = |third: &str| {
        format!(
            r#"{{ "ns1.z.test": {{ "addresses": ["192.0.2.1"] }}, "second": {{ "addresses": ["192.0.2.2"], "host": "NS2.z.test" }} {third} }}"#
        )
    };
    let world = World::new();
    let configured = async |third: &str| world.probe_with(&nameservers(third), "").await;
    assert_eq!(
        configured("").await.agreement.configured_ns_equal,
        Some(true)
    );
    let hidden = r#", "ns0.z.test": { "addresses": ["192.0.2.9"], "hidden": true }"#;
    assert_eq!(
        configured(hidden).await.agreement.configured_ns_equal,
        Some(true)
    );
    let more = configured(r#", "ns3.z.test": { "addresses": ["192.0.2.3"] }"#).await;
    assert_eq!(
        (more.agreement.configured_ns_equal, inconsistencies(&more)),
        (
            Some(false),
            expected_inconsistency(InconsistencyKind::ConfiguredNs, "")
        )
    );
    let nameless = configured(r#", "ns3": { "addresses": ["192.0.2.3"] }"#).await;
    assert_eq!(nameless.agreement.configured_ns_equal, None);
}

#[tokio::test]
async fn answering_servers_are_counted() {
    let count = |configured, answering| AvailabilityCount {
        configured,
        answering,
    };
    let report = World::new()
        .with_silent("198.51.100.1")
        .with_silent("2001:db8:1::1")
        .with_flags("198.51.100.2", RrType::SOA, 0x8000)
        .probe()
        .await;
    let reach = &report.reach;
    assert_eq!(
        (reach.servers, reach.providers),
        (count(3, 1), count(3, 1)),
        "AA is not set at the third"
    );
    let counts_of =
        |counts: &BTreeMap<_, AvailabilityCount>| counts.values().copied().collect::<Vec<_>>();
    assert_eq!(counts_of(&reach.addresses), [count(3, 1), count(2, 1)]);
    assert_eq!(
        counts_of(&reach.networks),
        [count(2, 1), count(2, 1)],
        "two of IPv4 lie in one /24"
    );

    let one_48 = r#"{ "ns1": { "addresses": ["2001:db8:1:1::1"] }, "ns2": { "addresses": ["2001:db8:1:2::1"] } }"#;
    let report = World::new().probe_with(one_48, "").await;
    assert_eq!(counts_of(&report.reach.networks), [count(1, 1)]);

    let hidden = r#"{ "ns1": { "addresses": ["192.0.2.1"], "hidden": true }, "ns2": { "addresses": ["192.0.2.2"] } }"#;
    let report = World::new().probe_with(hidden, "").await;
    assert_eq!(
        (report.reach.servers, report.nameservers.len()),
        (count(1, 1), 2)
    );
}

#[tokio::test]
async fn exposure_is_reported_and_never_fails_a_probe() {
    let world = World::new()
        .with_records("192.0.2.1", RrType::AXFR, SOA)
        .with_flags("192.0.2.1", RrType::AXFR, 0x8405)
        .with_records("198.51.100.1", RrType::AXFR, SOA)
        .with_records("2001:db8:1::1", RrType::AXFR, "z.test. 60 IN A 192.0.2.1")
        .with_records(
            "198.51.100.2",
            RrType::AXFR,
            &SOA.replacen("z.test.", "other.test.", 1),
        );
    let report = world.probe_with(THREE, "module=strict").await;
    let transfer_open = report
        .nameservers
        .iter()
        .flat_map(|nameserver| &nameserver.addresses)
        .map(|address| address.server.transfer_open);
    assert_eq!(
        transfer_open.collect::<Vec<_>>(),
        [Some(false), None, Some(true), Some(false), Some(false)]
    );
    assert!(
        report.success,
        "nobody fails for it, nor for keeping silent"
    );

    // QR and RA beside RD, and the rcode.
    for (flags, offered) in [
        (0x8185, false),
        (0x8180, true),
        (0x8182, true),
        (0x8100, false),
    ] {
        let world = World::new().with_flags("198.51.100.2", RrType::SOA, flags);
        let report = world.probe_with(THREE, "module=strict").await;
        let server = &report.nameservers[2].addresses[0].server;
        assert_eq!(server.recursion_offered, Some(offered), "{flags:#06x}");
    }
    let not_queried = World::new().probe().await;
    assert_eq!(
        not_queried.nameservers[0].addresses[0].server.transfer_open,
        None
    );
}

#[tokio::test]
async fn incomplete_or_unauthoritative_answer_is_not_compared() {
    let other_ns = "z.test. 60 IN NS ns9.z.test.";
    // Not authoritative, truncated, SERVFAIL.
    for flags in [0x8000, 0x8600, 0x8402] {
        let world = World::new()
            .with_records("198.51.100.2", RrType::NS, other_ns)
            .with_flags("198.51.100.2", RrType::NS, flags);
        let report = world.probe().await;
        assert_eq!(
            (report.agreement.ns_equal, inconsistencies(&report)),
            (Some(true), vec![]),
            "{flags:#06x}"
        );
        assert!(!report.success, "{flags:#06x}");
    }
    let with_more = format!("{NS}\nwww.z.test. 60 IN NS ns9.z.test.");
    let report = World::new()
        .with_records("198.51.100.2", RrType::NS, &with_more)
        .probe()
        .await;
    assert_eq!(report.agreement.ns_equal, Some(true), "of another owner");
    let many: Vec<_> = (0..300)
        .map(|number| format!("z.test. 60 IN NS ns{number}.z.test."))
        .collect();
    let report = World::new()
        .with_records("198.51.100.2", RrType::NS, &many.join("\n"))
        .probe()
        .await;
    assert_eq!(
        (report.agreement.ns_equal, inconsistencies(&report)),
        (
            Some(false),
            expected_inconsistency(InconsistencyKind::Ns, "ns3 198.51.100.2")
        )
    );
    assert_eq!(
        report.differences[0].detail,
        "NS more than 256 records; elsewhere ns1.z.test., ns2.z.test."
    );
}

#[tokio::test]
async fn truncated_answer_is_replaced_by_the_tcp_answer() {
    let world = World::new()
        .with_flags("198.51.100.2 udp", RrType::NS, 0x8600)
        .with_records("198.51.100.2 udp", RrType::NS, "");
    let report = world.probe().await;
    assert_eq!(
        (
            report.success,
            report.agreement.ns_equal,
            inconsistencies(&report)
        ),
        (true, Some(true), vec![])
    );
    assert_eq!(
        report.nameservers[2].addresses[0].transports_equal,
        Some(true),
        "of SOA; NS was not whole over UDP"
    );
}

#[tokio::test]
async fn missing_ns_at_a_server_fails_and_is_inconsistent() {
    let report = World::new()
        .with_records("198.51.100.2", RrType::NS, "")
        .with_flags("198.51.100.2", RrType::NS, 0x8400)
        .probe()
        .await;
    assert_eq!(
        (report.success, inconsistencies(&report)),
        (
            false,
            expected_inconsistency(InconsistencyKind::Ns, "ns3 198.51.100.2")
        )
    );
    assert_eq!(
        report.differences[0].detail,
        "NS none; elsewhere ns1.z.test., ns2.z.test."
    );
}

#[tokio::test]
async fn addresses_of_one_server_share_an_nsid() {
    const NSID: u8 = 3;
    let nsid_equal = |report: &ZoneReport| {
        report
            .nameservers
            .iter()
            .map(|nameserver| nameserver.nsid_equal)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        nsid_equal(&World::new().probe().await),
        [None; 3],
        "none has one"
    );
    let alike = World::new()
        .with_option("192.0.2.1", NSID, b"a")
        .with_option("2001:db8::1", NSID, b"a");
    assert_eq!(nsid_equal(&alike.probe().await), [Some(true), None, None]);
    let one_alone = World::new().with_option("192.0.2.1", NSID, b"a");
    let report = one_alone.probe().await;
    assert_eq!(
        (nsid_equal(&report)[0], inconsistencies(&report)),
        (
            Some(false),
            expected_inconsistency(InconsistencyKind::Nsid, "ns1")
        )
    );
    assert_eq!(
        report.differences[0].detail,
        "NSID a at 192.0.2.1, none at 2001:db8::1"
    );
    let dead = World::new()
        .with_option("192.0.2.1", NSID, b"a")
        .with_silent("2001:db8::1")
        .probe()
        .await;
    assert_eq!(
        nsid_equal(&dead)[0],
        None,
        "one address says nothing of two"
    );
    let anycast = THREE.replacen(
        "\"role\": \"primary\"",
        "\"role\": \"primary\", \"anycast\": true",
        1,
    );
    assert_eq!(
        nsid_equal(&one_alone.probe_with(&anycast, "").await)[0],
        None
    );
}

#[tokio::test]
async fn zone_version_must_be_of_the_queried_zone() {
    const ZONEVERSION: u8 = 19;
    let world = World::new()
        .with_option("192.0.2.1", ZONEVERSION, &[2, 0, 0, 0, 0, 7])
        .with_option("2001:db8::1", ZONEVERSION, &[1, 0, 0, 0, 0, 9]);
    let report = world.probe().await;
    let versions = report.nameservers[0]
        .addresses
        .iter()
        .map(|address| address.server.zone_version.map(|serial| serial.0));
    assert_eq!(
        versions.collect::<Vec<_>>(),
        [Some(7), None],
        "one label is the parent's"
    );
}

#[tokio::test]
async fn hidden_nameservers_alone_leave_ns_comparison_unknown() {
    let hidden = r#"{ "ns0": { "addresses": ["192.0.2.9"], "hidden": true } }"#;
    let report = World::new().probe_with(hidden, "").await;
    assert_eq!(
        (
            report.agreement.configured_ns_equal,
            inconsistencies(&report)
        ),
        (None, vec![])
    );
}

#[tokio::test]
async fn inconsistency_detail_shows_the_differing_part() {
    let other_soa = SOA.replace("1209600", "604800");
    let report = World::new()
        .with_records("198.51.100.2 tcp", RrType::SOA, &other_soa)
        .probe()
        .await;
    assert_eq!(report.differences.len(), 1);
    let detail = &report.differences[0].detail;
    let (over_udp, over_tcp) = detail
        .trim_end_matches(" over tcp")
        .split_once(" over udp; ")
        .unwrap();
    assert_ne!(over_udp, format!("SOA {over_tcp}"), "{detail}");
}

#[tokio::test]
async fn other_version_type_does_not_hide_the_serial() {
    const ZONEVERSION: u8 = 19;
    let world = World::new()
        .with_option("192.0.2.1", ZONEVERSION, &[2, 0, 0, 0, 0, 7])
        .with_option("192.0.2.1", ZONEVERSION, &[2, 246, 1])
        .with_option("2001:db8::1", ZONEVERSION, &[2, 246, 1])
        .with_option("2001:db8::1", ZONEVERSION, &[2, 0, 0, 0, 0, 7]);
    let report = world.probe().await;
    let versions = report.nameservers[0]
        .addresses
        .iter()
        .map(|address| address.server.zone_version.map(|serial| serial.0));
    assert_eq!(versions.collect::<Vec<_>>(), [Some(7), Some(7)]);
}
