//! What an authority may answer and what it may not, over a network of our own: one row a case, with every reason that
//! must be told and no other.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::testing;
use crate::testing::Response;
use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::dns::{Message, RrType, Transport, WireError};
use outsidein::exchange::{Ask, Exchange, Outcome};
use outsidein::network::Network;
use outsidein::plan::TargetPlan;
use outsidein::probe::probe;
use outsidein::reason::Reason::{self, *};
use outsidein::report::TargetReport;

const AA: u16 = 0x8400;
const NO_AA: u16 = 0x8000;
const TC: u16 = 0x0200;
const NXDOMAIN: u16 = 3;

/// Answers every query for the question with one response, and every query for keys with NODATA.
struct Scripted<F>(F);

impl<F: Fn(&Ask) -> Outcome + Send + Sync> Network for Scripted<F> {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let outcome = (self.0)(&ask);
        Exchange::untimed(ask, outcome)
    }

    async fn resolve(&self, host: &str, _: Instant) -> Result<Vec<IpAddr>, String> {
        match host {
            "v4only.example." | "v4only.example" => Ok(vec![IpAddr::from([192, 0, 2, 1])]),
            "many.example" => Ok((1..=13)
                .map(|last| IpAddr::from([192, 0, 2, last]))
                .collect()),
            _ => Err("no such host".to_owned()),
        }
    }
}

fn plan(parameters: &[(&str, &str)]) -> Arc<TargetPlan> {
    let config = r#"{ "modules": { "negative": { "valid_rcodes": ["NOERROR", "NXDOMAIN"] }, "refusing": { "valid_rcodes": ["REFUSED"] }, "absent": { "valid_rcodes": ["NXDOMAIN"] } } }"#;
    let config = Config::parse(config, "test").expect("the configuration is right");
    let defaults = [
        ("target", "192.0.2.1"),
        ("zone", "example"),
        ("dnssec", "off"),
        ("denial", "false"),
    ];
    let remaining = defaults
        .into_iter()
        .filter(|(name, _)| !parameters.iter().any(|(given, _)| given == name));
    let all: Vec<_> = remaining
        .chain(parameters.iter().copied())
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    TargetPlan::new(&all, None, &config).expect("a plan")
}

async fn run(parameters: &[(&str, &str)], network: &impl Network) -> TargetReport {
    probe(
        &plan(parameters),
        network,
        &LinkCache::default(),
        SystemTime::UNIX_EPOCH,
    )
    .await
}

fn reasons(report: &TargetReport) -> Vec<Reason> {
    let mut reasons: Vec<_> = report
        .servers
        .iter()
        .flat_map(|s| &s.failures)
        .map(|failure| failure.reason)
        .collect();
    reasons.dedup();
    assert_eq!(
        report.success,
        reasons.is_empty(),
        "success is the absence of reasons"
    );
    reasons
}

fn response(qname: &str, qtype: u16, flags: u16, answer: &str, authority: &str) -> Outcome {
    let mut response = Response {
        flags,
        ..Response::to(qname, qtype)
    }
    .answer(testing::records(answer));
    response.authority = testing::records(authority);
    // An OPT record, for a server that knows EDNS.
    let response = response.additional([testing::record(&[0], testing::OPT, 0x8000, &[])]);
    Outcome::Response(Arc::new(
        Message::read(response.octets()).expect("the row is a message"),
    ))
}

const SOA: &str = "example. 60 IN SOA ns.example. host.example. 7 4 3 2 1";

/// What it is, the flags and the rcode, the answer section, the authority section, and the reasons.
type AnswerRow<'t> = (&'t str, u16, &'t str, &'t str, &'t [Reason]);

/// Asks for the address of www.example over TCP, and is answered as each row says.
async fn check_rows(rows: &[AnswerRow<'_>]) {
    for (case, flags, answer, authority, wanted) in rows {
        let network =
            Scripted(|_: &Ask| response("www.example.", testing::A, *flags, answer, authority));
        let report = run(
            &[
                ("name", "www.example"),
                ("qtype", "A"),
                ("transport", "tcp"),
            ],
            &network,
        )
        .await;
        assert_eq!(reasons(&report), *wanted, "{case}");
    }
}

#[tokio::test]
async fn only_authoritative_answers_succeed() {
    let a = "www.example. 60 IN A 192.0.2.80";
    let other_soa = "other. 60 IN SOA ns.other. host.other. 7 4 3 2 1";
    let cname_out = "www.example. 60 IN CNAME www.other.";
    let cname_in = "www.example. 60 IN CNAME web.example.";
    let cname_loop = "www.example. 60 IN CNAME web.example.\nweb.example. 60 IN CNAME www.example.";
    check_rows(&[
        ("the data", AA, a, "", &[]),
        (
            "the data in another case",
            AA,
            "WwW.eXample. 60 IN A 192.0.2.80",
            "",
            &[],
        ),
        ("the data without AA", NO_AA, a, "", &[NotAuthoritative]),
        ("a CNAME out of the zone", AA, cname_out, "", &[]),
        (
            "a CNAME and its data",
            AA,
            "www.example. 60 IN CNAME web.example.\nweb.example. 60 IN A 192.0.2.80",
            "",
            &[],
        ),
        (
            "a CNAME to a name without data",
            AA,
            cname_in,
            SOA,
            &[NoData],
        ),
        (
            "a CNAME into a child zone",
            AA,
            cname_in,
            "web.example. 60 IN NS ns.other.",
            &[],
        ),
        (
            "a CNAME alone, as BIND gives one that leads into a child zone",
            AA,
            cname_in,
            "",
            &[],
        ),
        (
            "data that is no address",
            AA,
            r"www.example. 60 IN TYPE1 \# 3 C00002",
            "",
            &[MalformedRecord],
        ),
        ("CNAMEs in a circle", AA, cname_loop, "", &[EmptyAnswer]),
        ("NODATA", AA, "", SOA, &[NoData]),
        ("NODATA of another zone", AA, "", other_soa, &[ZoneMismatch]),
    ])
    .await;
}

#[tokio::test]
async fn answers_without_the_data_fail_for_their_reason() {
    check_rows(&[
        ("nothing", AA, "", "", &[EmptyAnswer]),
        (
            "another owner",
            AA,
            "mail.example. 60 IN A 192.0.2.80",
            "",
            &[AnswerOwnerMismatch],
        ),
        (
            "another type",
            AA,
            "www.example. 60 IN TXT x",
            "",
            &[EmptyAnswer],
        ),
        (
            "a referral to the root",
            NO_AA,
            "",
            ". 60 IN NS a.root-servers.net.",
            &[UpwardReferral, NotAuthoritative],
        ),
        (
            "a referral to itself",
            NO_AA,
            "",
            "example. 60 IN NS ns.example.",
            &[SelfReferral, NotAuthoritative],
        ),
        (
            "a referral below",
            NO_AA,
            "",
            "www.example. 60 IN NS ns.other.",
            &[Referral, NotAuthoritative],
        ),
        (
            "a referral sideways",
            NO_AA,
            "",
            "other. 60 IN NS ns.other.",
            &[UpwardReferral, NotAuthoritative],
        ),
    ])
    .await;
}

/// RFC 6604 section 3: the rcode is that of the last name. NSD and PowerDNS follow an alias into another zone that they serve.
#[tokio::test]
async fn nxdomain_at_the_end_of_an_alias_has_one_reason() {
    let other_soa = "other. 60 IN SOA ns.other. host.other. 7 4 3 2 1";
    let child_soa = "child.example. 60 IN SOA ns.other. host.other. 7 4 3 2 1";
    let cname_out = "www.example. 60 IN CNAME www.other.";
    let cname_below = "www.example. 60 IN CNAME www.child.example.";
    let cname_in = "www.example. 60 IN CNAME web.example.";
    let nxdomain = AA | NXDOMAIN;
    check_rows(&[
        (
            "a CNAME out of the zone",
            nxdomain,
            cname_out,
            other_soa,
            &[Nxdomain],
        ),
        (
            "a CNAME out of the zone, no SOA",
            nxdomain,
            cname_out,
            "",
            &[Nxdomain],
        ),
        (
            "a DNAME out of the zone",
            nxdomain,
            "example. 60 IN DNAME other.\nwww.example. 60 IN CNAME www.other.",
            other_soa,
            &[Nxdomain],
        ),
        (
            "a CNAME into a child zone",
            nxdomain,
            cname_below,
            child_soa,
            &[Nxdomain],
        ),
        (
            "a CNAME within the zone",
            nxdomain,
            cname_in,
            SOA,
            &[Nxdomain],
        ),
        (
            "a CNAME within the zone, the SOA of another",
            nxdomain,
            cname_in,
            other_soa,
            &[ZoneMismatch, Nxdomain],
        ),
        (
            "no CNAME, the SOA of another zone",
            nxdomain,
            "",
            other_soa,
            &[ZoneMismatch, Nxdomain],
        ),
    ])
    .await;
    // Where NXDOMAIN is valid, the alias is the answer.
    let alias = Scripted(|_: &Ask| {
        response(
            "www.example.",
            testing::A,
            AA | NXDOMAIN,
            "www.example. 60 IN CNAME www.other.",
            "other. 60 IN SOA ns.other. host.other. 7 4 3 2 1",
        )
    });
    let parameters = [
        ("name", "www.example"),
        ("qtype", "A"),
        ("module", "negative"),
    ];
    assert_eq!(reasons(&run(&parameters, &alias).await), []);
}

#[tokio::test]
async fn error_rcodes_fail_for_their_reason() {
    let a = "www.example. 60 IN A 192.0.2.80";
    check_rows(&[
        ("a truncated answer over TCP", AA | TC, a, "", &[Truncated]),
        ("FORMERR", AA | 1, "", "", &[Formerr]),
        ("SERVFAIL", AA | 2, "", "", &[Servfail]),
        ("NXDOMAIN", AA | NXDOMAIN, "", SOA, &[Nxdomain]),
        (
            "NXDOMAIN by no authority",
            NO_AA | NXDOMAIN,
            "",
            SOA,
            &[NotAuthoritative, Nxdomain],
        ),
        (
            "NXDOMAIN without an SOA",
            AA | NXDOMAIN,
            "",
            "",
            &[Nxdomain, EmptyAnswer],
        ),
        ("NOTIMP", AA | 4, "", "", &[Notimp]),
        ("REFUSED", AA | 5, "", "", &[Refused]),
        ("NOTAUTH", AA | 9, "", "", &[Rcode]),
    ])
    .await;
}

#[tokio::test]
async fn serial_comes_only_from_the_zones_own_soa() {
    let other_soa = "other. 60 IN SOA ns.other. host.other. 9 4 3 2 1";
    let two = format!("{SOA}\n{}", SOA.replace(" 7 ", " 8 "));
    let cut = r"example. 60 IN TYPE6 \# 0";
    let cname = "example. 60 IN CNAME other.";
    let cases = [
        (
            "the zone's",
            response("example.", testing::SOA, AA, SOA, ""),
            Some(7),
            None,
        ),
        (
            "in the authority section",
            response("example.", testing::SOA, AA, "", SOA),
            None,
            Some(NoData),
        ),
        (
            "another zone's",
            response("example.", testing::SOA, AA, other_soa, ""),
            None,
            Some(AnswerOwnerMismatch),
        ),
        (
            "refused",
            response("example.", testing::SOA, AA | 5, "", ""),
            None,
            Some(Refused),
        ),
        (
            "beside a second one",
            response("example.", testing::SOA, AA, &two, ""),
            Some(7),
            Some(MalformedRecord),
        ),
        (
            "that cannot be read",
            response("example.", testing::SOA, AA, cut, ""),
            None,
            Some(MalformedRecord),
        ),
        (
            "hidden by a CNAME",
            response("example.", testing::SOA, AA, cname, ""),
            None,
            Some(ZoneMismatch),
        ),
    ];
    for (case, response, serial, wanted) in cases {
        let report = run(&[], &Scripted(|_: &Ask| response.clone())).await;
        assert_eq!(
            report.servers[0].soa.as_ref().map(|soa| soa.serial.0),
            serial,
            "{case}"
        );
        assert_eq!(
            reasons(&report),
            wanted.into_iter().collect::<Vec<_>>(),
            "{case}"
        );
    }
}

#[tokio::test]
async fn module_sets_the_valid_rcodes() {
    let nxdomain =
        |soa| Scripted(move |_: &Ask| response("no.example.", testing::A, AA | NXDOMAIN, "", soa));
    let parameters = [
        ("name", "no.example"),
        ("qtype", "A"),
        ("module", "negative"),
    ];
    assert_eq!(reasons(&run(&parameters, &nxdomain(SOA)).await), []);
    assert_eq!(
        reasons(&run(&parameters, &nxdomain("")).await),
        [EmptyAnswer],
        "a denial carries the zone's SOA"
    );
    let refused = Scripted(|_: &Ask| response("example.", testing::SOA, 0x8000 | 5, "", ""));
    assert_eq!(
        reasons(&run(&[("module", "refusing"), ("dnssec", "auto")], &refused).await),
        []
    );
    // A name that must not exist lies in a zone whose keys are answered for as ever.
    let absent = Scripted(|ask: &Ask| match ask.query.question.rtype {
        RrType::A => response("absent.example.", 1, AA | NXDOMAIN, "", SOA),
        rtype => response("example.", rtype.0, AA, "", SOA),
    });
    let parameters = [
        ("module", "absent"),
        ("dnssec", "auto"),
        ("name", "absent.example"),
        ("qtype", "A"),
    ];
    assert_eq!(reasons(&run(&parameters, &absent).await), []);
    let answering = Scripted(|_: &Ask| response("example.", testing::SOA, AA, SOA, ""));
    assert_eq!(
        reasons(&run(&[("module", "refusing")], &answering).await),
        [Rcode],
        "NOERROR is not REFUSED"
    );
}

#[tokio::test]
async fn network_outcomes_have_distinct_reasons() {
    let malformed = || Outcome::Malformed {
        octets: [0; 13].into(),
        error: WireError {
            offset: 12,
            problem: "cut",
        },
    };
    let cases: [(Outcome, &[Reason]); 4] = [
        (Outcome::Timeout, &[Timeout]),
        (
            Outcome::NetworkError("connection refused".to_owned()),
            &[NetworkError],
        ),
        (malformed(), &[MalformedResponse]),
        (
            Outcome::LocalError("too many open files".to_owned()),
            &[LocalError],
        ),
    ];
    for (outcome, wanted) in cases {
        let report = run(&[], &Scripted(|_: &Ask| outcome.clone())).await;
        assert_eq!(reasons(&report), wanted);
        let answered: Vec<_> = report.servers[0]
            .transports
            .iter()
            .map(|transport| transport.answered)
            .collect();
        let asked = !wanted.contains(&LocalError);
        assert_eq!(
            answered,
            if asked { vec![false] } else { vec![] },
            "what was never asked was not measured"
        );
        assert!(report.servers[0].soa.is_none() && report.servers[0].dnssec.is_none());
    }
}

#[tokio::test]
async fn truncated_answer_is_replaced_by_the_tcp_answer() {
    let by_transport = |tcp: Outcome| {
        Scripted(move |ask: &Ask| match ask.transport {
            Transport::Udp => response("example.", testing::SOA, AA | TC, "", ""),
            Transport::Tcp => tcp.clone(),
        })
    };
    let whole = run(
        &[],
        &by_transport(response("example.", testing::SOA, AA, SOA, "")),
    )
    .await;
    assert_eq!(reasons(&whole), []);
    let transports: Vec<_> = whole.servers[0]
        .transports
        .iter()
        .map(|report| report.transport)
        .collect();
    assert_eq!(
        transports,
        [Transport::Udp, Transport::Tcp],
        "both are told"
    );
    let no_tcp = run(
        &[],
        &by_transport(Outcome::NetworkError("connection refused".to_owned())),
    )
    .await;
    assert_eq!(reasons(&no_tcp), [NetworkError]);
}

#[tokio::test]
async fn server_without_edns_is_retried_and_reported() {
    let without_opt = |flags, answer: &str| {
        let octets = Response {
            flags,
            ..Response::to("example.", testing::SOA)
        }
        .answer(testing::records(answer))
        .octets();
        Outcome::Response(Arc::new(Message::read(octets).expect("a message")))
    };
    let old = Scripted(|ask: &Ask| {
        if ask.edns {
            without_opt(AA | 1, "")
        } else {
            without_opt(AA, SOA)
        }
    });
    assert_eq!(
        reasons(&run(&[("dnssec", "off")], &old).await),
        [],
        "where DNSSEC is not asked for it is no fault"
    );
    let report = run(&[("dnssec", "auto")], &old).await;
    assert!(reasons(&report).contains(&EdnsUnsupported), "{report:?}");
    assert_eq!(
        report.servers[0].soa.as_ref().map(|soa| soa.serial.0),
        Some(7),
        "its answer is still read"
    );
}

#[tokio::test]
async fn unsigned_zone_passes_unless_required() {
    let network = Scripted(|ask: &Ask| match ask.query.question.rtype {
        RrType::DNSKEY => response("example.", testing::DNSKEY, AA, "", SOA),
        _ => response("example.", testing::SOA, AA, SOA, ""),
    });
    let auto = run(&[("dnssec", "auto")], &network).await;
    assert_eq!(reasons(&auto), []);
    let dnssec = auto.servers[0].dnssec.as_ref().expect("it was looked at");
    assert_eq!(
        (dnssec.signed, dnssec.signatures_valid),
        (false, None),
        "nothing was there to be valid or not"
    );
    assert_eq!(
        reasons(&run(&[("dnssec", "required")], &network).await),
        [RrsigsMissing]
    );
}

#[tokio::test]
async fn missing_keys_leave_signatures_unvalidated() {
    let network = Scripted(|ask: &Ask| match ask.query.question.rtype {
        RrType::DNSKEY => Outcome::Timeout,
        _ => response("example.", testing::SOA, AA, SOA, ""),
    });
    let report = run(&[("dnssec", "auto")], &network).await;
    assert_eq!(reasons(&report), [Timeout]);
    assert!(
        report.servers[0].failures[0].detail.contains("DNSKEY"),
        "it is said which question went unanswered"
    );
    assert!(report.servers[0].dnssec.is_none());
}

#[tokio::test]
async fn host_with_too_many_addresses_is_not_queried() {
    let network = Scripted(|_: &Ask| panic!("it is asked"));
    let report = run(&[("target", "many.example"), ("family", "ipv4")], &network).await;
    assert_eq!(reasons(&report), [NameResolutionFailed]);
    let detail = &report.servers[0].failures[0].detail;
    assert_eq!(
        detail,
        "many.example has 13 addresses; one probe asks 12 at the most"
    );
}

#[tokio::test]
async fn host_needs_an_address_in_every_wanted_family() {
    let network = Scripted(|_: &Ask| response("example.", testing::SOA, AA, SOA, ""));
    let both = run(&[("target", "v4only.example")], &network).await;
    assert_eq!(reasons(&both), [NoAddress]);
    assert_eq!(both.servers.len(), 2, "IPv4 is probed all the same");
    assert_eq!(
        reasons(
            &run(
                &[("target", "v4only.example"), ("family", "ipv4")],
                &network
            )
            .await
        ),
        []
    );
    assert_eq!(
        reasons(&run(&[("target", "nowhere.example")], &network).await),
        [NameResolutionFailed]
    );
    assert_eq!(
        reasons(&run(&[("target", "192.0.2.1"), ("family", "ipv6")], &network).await),
        [NoAddress]
    );
}
