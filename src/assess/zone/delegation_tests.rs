//! What is found wrong with a delegation, row by row.

use super::*;
use crate::config::Config;
use crate::dns::{Ds, Timestamp};
use crate::plan::Request;
use crate::report::UnlistedServer;

use InconsistencyKind::{
    NsAddress, NsLame, NsName, ParentDelegation, ParentMissingNs, ParentServers, ParentUnknownNs,
};

/// Short names, of which no host name is known.
const SHORT: &str =
    r#"{ "a": { "addresses": ["192.0.2.1"] }, "b": { "addresses": ["192.0.2.2"] } }"#;
/// The same machines by their host names.
const HOSTS: &str = r#"{ "ns1.z.test": { "addresses": ["192.0.2.1"] }, "ns2.z.test": { "addresses": ["192.0.2.2"] } }"#;

fn plan(nameservers: &str) -> ZonePlan {
    let names = serde_json::from_str::<serde_json::Value>(nameservers).unwrap();
    let names: Vec<_> = names.as_object().unwrap().keys().cloned().collect();
    let text = format!(
        r#"{{ "nameservers": {nameservers}, "zones": {{ "z.test": {{ "nameservers": {names:?} }} }} }}"#
    );
    let config = Config::parse(&text, "test").unwrap();
    let parameters = [("zone".to_owned(), "z.test".to_owned())];
    match Request::read(&parameters, None, &config) {
        Ok(Request::Zone(plan)) => *plan,
        other => panic!("{other:?}"),
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn ds_of(text: &str) -> Ds {
    let records = crate::dns::testing::records(&format!("z.test. 60 IN DS {text}"));
    Ds::read(crate::dns::testing::rdata_of(&records[0])).unwrap()
}

fn delegation(ns: &[&str], ds: &[&str]) -> Delegation {
    Delegation {
        ns: ns.iter().map(|text| name(text)).collect(),
        ds: ds.iter().map(|text| ds_of(text)).collect(),
        ..Delegation::default()
    }
}

fn server(result: ParentResult, delegation: Option<Delegation>) -> ParentServerReport {
    ParentServerReport {
        name: name("ns.test."),
        address: "203.0.113.1:53".parse().unwrap(),
        at: Timestamp(0),
        result,
        detail: delegation.is_none().then(|| result.as_str().to_owned()),
        delegation,
    }
}

fn host(text: &str, result: NsHostResult, addresses: &[&str]) -> NsHostReport {
    NsHostReport {
        name: name(text),
        result,
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        problem: None,
        unlisted: Vec::new(),
    }
}

fn found(text: &str, address: &str) -> NsHostReport {
    host(text, NsHostResult::Found, &[address])
}

fn unlisted(host: NsHostReport, answers: Option<bool>) -> NsHostReport {
    let address = host.addresses[0];
    NsHostReport {
        unlisted: vec![UnlistedServer {
            address,
            answers,
            detail: Some("REFUSED".to_owned()),
        }],
        ..host
    }
}

const BOTH: &[&str] = &["ns1.z.test.", "ns2.z.test."];
const EVIL: &[&str] = &["ns1.z.test.", "ns.evil.test."];

/// A delegation to these, at each server of the parent.
fn parent(servers: Vec<ParentServerReport>, hosts: Vec<NsHostReport>) -> ParentReport {
    let mut report = ParentReport {
        zone: Some(name("test.")),
        hosts,
        ..ParentReport::default()
    };
    crate::assess::parent::summarise_servers(&mut report, servers);
    report
}

fn delegating(ns: &[&str], hosts: Vec<NsHostReport>) -> ParentReport {
    let servers = vec![server(
        ParentResult::Delegates,
        Some(delegation(ns, &["1 13 2 AB"])),
    )];
    parent(servers, hosts)
}

struct Row {
    name: &'static str,
    nameservers: &'static str,
    /// The zone's own NS RRset, if a server gave it.
    zone: Option<&'static [&'static str]>,
    parent: ParentReport,
    kinds: &'static [InconsistencyKind],
}

fn row(
    name: &'static str,
    nameservers: &'static str,
    parent: ParentReport,
    kinds: &'static [InconsistencyKind],
) -> Row {
    Row {
        name,
        nameservers,
        zone: Some(BOTH),
        parent,
        kinds,
    }
}

fn check(rows: Vec<Row>) {
    for row in rows {
        let plan = plan(row.nameservers);
        let zone: Option<BTreeSet<_>> = row
            .zone
            .map(|names| names.iter().map(|text| name(text)).collect());
        let configured =
            (row.nameservers == HOSTS).then(|| BOTH.iter().map(|text| name(text)).collect());
        let findings = assess_delegation(&plan, zone.as_ref(), configured.as_ref(), &row.parent);
        let kinds: Vec<_> = findings
            .differences
            .iter()
            .map(|found| found.what)
            .collect();
        assert_eq!(kinds, row.kinds, "{}: {:?}", row.name, findings.differences);
    }
}

#[test]
fn servers_of_the_parent_are_compared() {
    use ParentResult::{Delegates, Failed, NotDelegated, NxDomain, ServesZone, Silent};
    let current = || server(Delegates, Some(delegation(BOTH, &["1 13 2 AB"])));
    let with_old_ns = || server(Delegates, Some(delegation(&BOTH[..1], &["1 13 2 AB"])));
    let without_ds = || server(Delegates, Some(delegation(BOTH, &[])));
    let other = |result| server(result, None);
    let row = |name, servers, kinds| row(name, HOSTS, parent(servers, vec![]), kinds);
    check(vec![
        row("all alike", vec![current(), current()], &[]),
        row(
            "one has an old NS RRset",
            vec![with_old_ns(), current(), current()],
            &[ParentServers],
        ),
        row(
            "one has an old DS RRset",
            vec![current(), current(), without_ds()],
            &[ParentServers],
        ),
        row(
            "one does not know it",
            vec![current(), current(), other(NxDomain)],
            &[ParentServers],
        ),
        row("one is silent", vec![current(), other(Silent)], &[]),
        row("one refuses", vec![current(), other(Failed)], &[]),
        row(
            "one serves the zone",
            vec![current(), other(ServesZone)],
            &[],
        ),
        row(
            "serverHold",
            vec![other(NxDomain), other(NxDomain)],
            &[ParentDelegation],
        ),
        row(
            "not delegated",
            vec![other(NotDelegated)],
            &[ParentDelegation],
        ),
        row(
            "all fail",
            vec![other(Failed), other(Failed)],
            &[ParentDelegation],
        ),
        row(
            "could not be asked",
            vec![other(Silent), other(Silent)],
            &[],
        ),
        row("they serve the zone", vec![other(ServesZone)], &[]),
    ]);
}

#[test]
fn nameservers_of_the_delegation_must_be_known() {
    let evil = || unlisted(found("ns.evil.test.", "198.51.100.66"), Some(true));
    let rows = vec![
        row("all known", SHORT, delegating(BOTH, vec![]), &[]),
        row(
            "hijack",
            SHORT,
            delegating(EVIL, vec![evil()]),
            &[ParentUnknownNs, ParentMissingNs],
        ),
        row(
            "known by its address alone",
            SHORT,
            delegating(EVIL, vec![found("ns.evil.test.", "192.0.2.2")]),
            &[ParentMissingNs],
        ),
        row(
            "the registrar is late",
            SHORT,
            delegating(&BOTH[..1], vec![]),
            &[ParentMissingNs],
        ),
        Row {
            zone: None,
            ..row(
                "the zone is down, probes.json knows",
                HOSTS,
                delegating(EVIL, vec![]),
                &[ParentUnknownNs],
            )
        },
        Row {
            zone: None,
            ..row(
                "the zone is down, nobody knows",
                SHORT,
                delegating(EVIL, vec![]),
                &[],
            )
        },
        Row {
            zone: Some(&["ns1.z.test."]),
            ..row("probes.json is ahead", HOSTS, delegating(BOTH, vec![]), &[])
        },
    ];
    check(rows);
}

#[test]
fn names_of_nameservers_must_lead_to_them() {
    let missing = |result| vec![host("ns1.z.test.", result, &[])];
    let elsewhere = || found("ns1.z.test.", "198.51.100.1");
    let cases: Vec<(&str, &str, Vec<NsHostReport>, &[InconsistencyKind])> = vec![
        (
            "as in probes.json",
            HOSTS,
            vec![found("ns1.z.test.", "192.0.2.1")],
            &[],
        ),
        (
            "a lapsed domain",
            SHORT,
            missing(NsHostResult::NxDomain),
            &[NsName],
        ),
        (
            "no address",
            SHORT,
            missing(NsHostResult::NoAddress),
            &[NsName],
        ),
        ("not looked up", HOSTS, missing(NsHostResult::Unknown), &[]),
        ("another address", HOSTS, vec![elsewhere()], &[NsAddress]),
        (
            "another address, and the question for the other family failed",
            HOSTS,
            vec![NsHostReport {
                problem: Some("SERVFAIL".to_owned()),
                ..elsewhere()
            }],
            &[],
        ),
        (
            "another address of a short name",
            SHORT,
            vec![elsewhere()],
            &[],
        ),
        (
            "an unlisted one that answers",
            SHORT,
            vec![unlisted(elsewhere(), Some(true))],
            &[],
        ),
        (
            "an unlisted one that is lame",
            SHORT,
            vec![unlisted(elsewhere(), Some(false))],
            &[NsLame],
        ),
        (
            "one that cannot be asked",
            SHORT,
            vec![unlisted(elsewhere(), None)],
            &[],
        ),
    ];
    let rows = cases.into_iter().map(|(name, nameservers, hosts, kinds)| {
        row(name, nameservers, delegating(BOTH, hosts), kinds)
    });
    check(rows.collect());
}

#[test]
fn broken_chain_is_not_an_insecure_one() {
    use crate::dnssec::ChainEnd;
    let zone = name("z.test.");
    let chain = TrustSource::Chain {
        start: Name::root(),
        anchors: [].into(),
        resolvers: [].into(),
    };
    let ended = |end| Some(ChainOutcome::Ended(end));
    let broken = ChainEnd::indeterminate(&zone, Reason::ChainBroken, "");
    let rows = [
        (
            "a DS",
            Some(ChainOutcome::Signed([].into())),
            ChainStatus::Secure,
        ),
        (
            "no DS",
            ended(ChainEnd::insecure(&zone, Reason::InsecureDelegation, "")),
            ChainStatus::Insecure,
        ),
        (
            "a bad signature",
            ended(broken.clone()),
            ChainStatus::Broken,
        ),
        (
            "a dead resolver",
            ended(ChainEnd::indeterminate(&zone, Reason::ResolverFailed, "")),
            ChainStatus::Undecided,
        ),
        (
            "no time",
            ended(ChainEnd::indeterminate(
                &zone,
                Reason::ValidationLimitReached,
                "",
            )),
            ChainStatus::Undecided,
        ),
    ];
    for (row, outcome, expected) in rows {
        let report = chain_report(&chain, outcome).unwrap();
        assert_eq!(report.status, expected, "{row}");
    }
    assert_eq!(chain_report(&TrustSource::None, ended(broken)), None);
}
