//! One step after the other: what a report logs depends on the one before it alone.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::*;
use crate::config::DnssecPolicy;
use crate::dns::{RrType, Serial, Soa};
use crate::report::{
    Agreement, Availability, AvailabilityCount, DnssecReport, NameserverReport, Serials,
    TargetReport, TtlReport,
};

const ZONE: &str = "example.net.";
const V4: &str = "192.0.2.1";
const V6: &str = "2001:db8::1";

/// A report of ns1 with these addresses.
fn target(at: i64, servers: Vec<ServerReport>) -> AnyReport {
    AnyReport::Target(TargetReport {
        target: "ns1".to_owned(),
        zone: ZONE.parse().unwrap(),
        name: ZONE.parse().unwrap(),
        qtype: RrType::SOA,
        module: "default".to_owned(),
        dnssec_policy: DnssecPolicy::Auto,
        at: Timestamp(at),
        success: servers.iter().all(ServerReport::is_success),
        duration: Duration::ZERO,
        timeout: Duration::ZERO,
        signature_warning_seconds: 3_600,
        lookup_time: None,
        servers,
    })
}

fn server(address: &str, reasons: &[Reason]) -> ServerReport {
    let address: IpAddr = address.parse().unwrap();
    let failures = reasons
        .iter()
        .map(|&reason| Failure::new(reason, format!("seen {reason}")))
        .collect();
    let blank = Failure::new(Reason::NoAddress, "");
    ServerReport {
        address: Some(address),
        failures,
        ..ServerReport::not_queried(Family::of_address(&address), 53, None, blank)
    }
}

fn server_without_address(family: Family, reason: Reason) -> ServerReport {
    ServerReport::not_queried(family, 53, None, Failure::new(reason, "no address"))
}

fn with_status(server: ServerReport, status: SecurityStatus) -> ServerReport {
    ServerReport {
        dnssec: Some(DnssecReport::from_status(status)),
        ..server
    }
}

/// What the reports log, one after the other, each as event, address and some of its fields.
fn log_steps(reports: &[AnyReport]) -> Vec<Vec<String>> {
    let mut state = ProbeState::default();
    let step = |report| {
        let (now, entries) = detect_changes(&state, report);
        state = now;
        entries.iter().map(describe).collect()
    };
    reports.iter().map(step).collect()
}

fn describe(entry: &LogEntry) -> String {
    let Fields {
        address,
        reason,
        reasons,
        previous_reason,
        status,
        previous_status,
        failed_seconds,
        ..
    } = &entry.fields;
    let Fields {
        nameserver, what, ..
    } = &entry.fields;
    let seconds = failed_seconds.map(|seconds| format!("{seconds}s"));
    let status = if entry.event == Event::StatusChanged {
        status.as_ref()
    } else {
        None
    };
    let reasons = if reasons == reason {
        None
    } else {
        reasons.as_ref()
    };
    let words = [
        nameserver.as_ref(),
        what.as_ref(),
        address.as_ref(),
        reason.as_ref(),
        reasons,
    ];
    let words = words.into_iter().chain([
        previous_reason.as_ref(),
        previous_status.as_ref(),
        status,
        seconds.as_ref(),
    ]);
    let words: Vec<_> = words.flatten().map(String::as_str).collect();
    [&[entry.event.as_str()], &words[..]].concat().join(" ")
}

const NO_EVENTS: [&str; 0] = [];

#[test]
fn failure_is_logged_at_start_change_and_end() {
    use Reason::{Refused, Servfail, SignatureExpired, Timeout};
    let steps = log_steps(&[
        target(100, vec![server(V4, &[])]),
        target(160, vec![server(V4, &[Timeout])]),
        target(220, vec![server(V4, &[Timeout])]),
        target(280, vec![server(V4, &[Timeout, Refused])]),
        // Of several reasons the most telling is the headline, wherever it stands; the lesser ones come and go.
        target(340, vec![server(V4, &[Refused])]),
        target(
            400,
            vec![server(V4, &[Servfail, SignatureExpired, Refused])],
        ),
        target(460, vec![server(V4, &[])]),
        target(520, vec![server(V4, &[])]),
    ]);
    assert_eq!(steps[0], NO_EVENTS);
    assert_eq!(steps[1], ["probe_failed 192.0.2.1 timeout"]);
    assert_eq!(steps[2], NO_EVENTS);
    assert_eq!(
        steps[3],
        ["probe_reason_changed 192.0.2.1 refused refused,timeout timeout 120s"]
    );
    assert_eq!(steps[4], NO_EVENTS);
    assert_eq!(steps[5], NO_EVENTS);
    assert_eq!(steps[6], ["probe_recovered 192.0.2.1 refused 300s"]);
    assert_eq!(steps[7], NO_EVENTS);
}

#[test]
fn every_address_is_logged_separately() {
    let steps = log_steps(&[
        target(0, vec![server(V4, &[Reason::Timeout]), server(V6, &[])]),
        target(
            60,
            vec![
                server(V4, &[Reason::Timeout]),
                server(V6, &[Reason::Timeout]),
            ],
        ),
        target(120, vec![server(V4, &[]), server(V6, &[Reason::Timeout])]),
    ]);
    assert_eq!(
        steps[0],
        ["probe_failed 192.0.2.1 timeout"],
        "one that fails at first sight"
    );
    assert_eq!(steps[1], ["probe_failed 2001:db8::1 timeout"]);
    assert_eq!(steps[2], ["probe_recovered 192.0.2.1 timeout 120s"]);
}

#[test]
fn status_change_is_logged_across_undecided_probes() {
    let expired = SecurityStatus::Bogus(Reason::SignatureExpired);
    let steps = log_steps(&[
        target(
            0,
            vec![with_status(server(V4, &[]), SecurityStatus::Secure)],
        ),
        target(1, vec![server(V4, &[Reason::Timeout])]),
        target(
            2,
            vec![with_status(
                server(V4, &[]),
                SecurityStatus::Insecure(Reason::InsecureDelegation),
            )],
        ),
        target(
            3,
            vec![with_status(
                server(V4, &[]),
                SecurityStatus::Insecure(Reason::OptOut),
            )],
        ),
        target(
            4,
            vec![with_status(
                server(V4, &[Reason::SignatureExpired]),
                expired,
            )],
        ),
        target(
            5,
            vec![with_status(
                server(V4, &[Reason::SignatureExpired]),
                expired,
            )],
        ),
    ]);
    assert_eq!(steps[0], NO_EVENTS, "the first one is no change");
    assert_eq!(
        steps[2],
        [
            "probe_recovered 192.0.2.1 timeout 1s",
            "status_changed 192.0.2.1 secure insecure"
        ]
    );
    assert_eq!(steps[3], NO_EVENTS, "the same status for another reason");
    assert_eq!(
        steps[4],
        [
            "probe_failed 192.0.2.1 signature_expired",
            "status_changed 192.0.2.1 insecure bogus"
        ],
        "both are told"
    );
    assert_eq!(steps[5], NO_EVENTS);
}

#[test]
fn removed_address_is_logged_only_if_it_failed() {
    let steps = log_steps(&[
        target(0, vec![server(V4, &[Reason::Refused]), server(V6, &[])]),
        target(60, vec![server("192.0.2.2", &[])]),
        target(120, vec![server(V4, &[])]),
    ]);
    assert_eq!(steps[1], ["probe_address_gone 192.0.2.1 refused 60s"]);
    assert_eq!(steps[2], NO_EVENTS, "it is forgotten");
}

#[test]
fn failed_name_resolution_forgets_no_address() {
    let unresolved = || {
        vec![server_without_address(
            Family::Ipv4,
            Reason::NameResolutionFailed,
        )]
    };
    let steps = log_steps(&[
        target(0, vec![server(V4, &[Reason::Refused])]),
        target(60, unresolved()),
        target(120, unresolved()),
        target(180, vec![server(V4, &[Reason::Refused])]),
        target(240, vec![server(V4, &[])]),
    ]);
    assert_eq!(steps[1], ["probe_failed name_resolution_failed"]);
    assert_eq!(steps[2], NO_EVENTS);
    assert_eq!(steps[3], ["probe_recovered name_resolution_failed 120s"]);
    assert_eq!(steps[4], ["probe_recovered 192.0.2.1 refused 240s"]);
}

#[test]
fn clock_set_back_yields_no_negative_duration() {
    let steps = log_steps(&[
        target(100, vec![server(V4, &[Reason::Timeout])]),
        target(40, vec![server(V4, &[])]),
    ]);
    assert_eq!(steps[1], ["probe_recovered 192.0.2.1 timeout 0s"]);
}

/// A nameserver by its place in the zone's list, with an address that shows a serial or is silent.
fn nameserver(index: usize, serial: Option<u32>) -> NameserverReport {
    let soa = |serial| Soa {
        mname: "ns1.example.net.".parse().unwrap(),
        rname: "hostmaster.example.net.".parse().unwrap(),
        serial: Serial(serial),
        refresh: 0,
        retry: 0,
        expire: 0,
        minimum: 0,
    };
    NameserverReport {
        name: format!("ns{}", index + 1),
        provider: None,
        role: None,
        hidden: false,
        nsid_equal: None,
        addresses: vec![AddressReport {
            server: ServerReport {
                authoritative: serial.is_some(),
                soa: serial.map(soa),
                ..server(&format!("192.0.2.{}", index + 1), &[])
            },
            serial_lag: None,
            transports_equal: None,
            signatures_outlive_expire_seconds: None,
        }],
    }
}

/// A zone on ns1, ns2 and so on, each with an address that shows a serial or is silent, with these differences.
fn zone(serials: &[Option<u32>], differences: Vec<Inconsistency>) -> AnyReport {
    let nameservers = serials.iter().enumerate();
    let no_servers = AvailabilityCount {
        configured: 0,
        answering: 0,
    };
    let equal = serials.iter().any(Option::is_some).then_some(true);
    AnyReport::Zone(Box::new(ZoneReport {
        zone: ZONE.parse().unwrap(),
        module: "default".to_owned(),
        dnssec_policy: DnssecPolicy::Auto,
        at: Timestamp(0),
        success: true,
        duration: Duration::ZERO,
        timeout: Duration::ZERO,
        signature_warning_seconds: 3_600,
        serials: Serials {
            newest: None,
            comparable: None,
            equal: None,
        },
        agreement: Agreement {
            ns_equal: equal,
            dnskeys_equal: equal,
            ..Agreement::default()
        },
        parent: None,
        chain: None,
        ttls: TtlReport::default(),
        early_changes: Vec::new(),
        reach: Availability {
            servers: no_servers,
            providers: no_servers,
            addresses: BTreeMap::new(),
            networks: BTreeMap::new(),
        },
        nameservers: nameservers
            .map(|(index, serial)| nameserver(index, *serial))
            .collect(),
        differences,
    }))
}

/// The same with what the parent says.
fn with_parent(mut report: AnyReport) -> AnyReport {
    if let AnyReport::Zone(zone) = &mut report {
        zone.agreement.parent_ns_equal = Some(true);
    }
    report
}

fn family_and_address(address: &str) -> (Family, Option<IpAddr>) {
    let address = address.parse().unwrap();
    (Family::of_address(&address), Some(address))
}

fn inconsistency_at_ns2(kind: InconsistencyKind) -> Inconsistency {
    Inconsistency::at_address(
        kind,
        "ns2",
        family_and_address("192.0.2.2"),
        format!("{kind:?}"),
    )
}

#[test]
fn inconsistency_is_logged_on_appearance_and_observed_end() {
    let all = || {
        vec![
            inconsistency_at_ns2(InconsistencyKind::Serial),
            inconsistency_at_ns2(InconsistencyKind::Ns),
            inconsistency_at_ns2(InconsistencyKind::Dnskey),
        ]
    };
    let all_serials = [Some(7), Some(4), Some(7)];
    let steps = log_steps(&[
        zone(&all_serials, all()),
        zone(&all_serials, all()),
        // A secondary that is silent agrees with nobody, whatever the others do.
        zone(&[Some(7), None, Some(7)], Vec::new()),
        zone(&all_serials, all()),
        // Nor can one be behind that is the only one.
        zone(
            &[None, Some(4), None],
            vec![
                inconsistency_at_ns2(InconsistencyKind::Ns),
                inconsistency_at_ns2(InconsistencyKind::Dnskey),
            ],
        ),
        zone(&[Some(7), Some(7), Some(7)], Vec::new()),
        zone(&[Some(7), Some(7), Some(7)], Vec::new()),
    ]);
    let each = |event: &str| {
        ["serial", "ns", "dnskey"].map(|kind| format!("{event} ns2 {kind} 192.0.2.2"))
    };
    assert_eq!(steps[0], each("difference_appeared"));
    for (step, events) in steps[1..5].iter().enumerate() {
        assert_eq!(events, &NO_EVENTS, "step {}", step + 1);
    }
    let gone: HashSet<_> = steps[5].iter().cloned().collect();
    assert_eq!(gone, HashSet::from(each("difference_gone")));
    assert_eq!(steps[6], NO_EVENTS);
}

#[test]
fn parent_inconsistency_is_logged_once_and_kept_while_unobserved() {
    let parent = || {
        vec![
            Inconsistency::of_nameserver(InconsistencyKind::ParentNs, None, "of one".to_owned()),
            Inconsistency::of_nameserver(InconsistencyKind::ParentNs, None, "of two".to_owned()),
        ]
    };
    let steps = log_steps(&[
        with_parent(zone(&[Some(1)], parent())),
        zone(&[Some(1)], Vec::new()),
        with_parent(zone(&[Some(1)], parent())),
        with_parent(zone(&[Some(1)], Vec::new())),
    ]);
    assert_eq!(steps[0], ["difference_appeared parent_ns"]);
    assert_eq!((&steps[1][..], &steps[2][..]), (&[][..], &[][..]));
    assert_eq!(steps[3], ["difference_gone parent_ns"]);
}

#[test]
fn inconsistency_of_a_removed_address_ends() {
    let of_removed_server = Inconsistency::at_address(
        InconsistencyKind::Ns,
        "ns3",
        family_and_address("192.0.2.3"),
        "NS".to_owned(),
    );
    let steps = log_steps(&[
        zone(&[Some(1), Some(1)], vec![of_removed_server]),
        zone(&[Some(1), None], Vec::new()),
    ]);
    assert_eq!(steps[1], ["difference_gone ns3 ns 192.0.2.3"]);
}

/// The memory is bounded by the number of places: no place may be as long as a caller likes.
#[test]
fn request_text_is_not_remembered() {
    let (state, entries) = detect_changes(
        &ProbeState::default(),
        &target(0, vec![server(V4, &[Reason::Timeout])]),
    );
    assert_eq!(entries[0].fields.target.as_deref(), Some("ns1"));
    assert!(!format!("{state:?}").contains("ns1"), "{state:?}");
}

#[test]
fn fields_identify_question_and_server() {
    let (_, entries) = detect_changes(
        &ProbeState::default(),
        &target(0, vec![server(V4, &[Reason::SignatureExpired])]),
    );
    let wanted = Fields {
        zone: Some(ZONE.to_owned()),
        target: Some("ns1".to_owned()),
        name: Some(ZONE.to_owned()),
        qtype: Some("SOA".to_owned()),
        module: Some("default".to_owned()),
        family: Some("ipv4".to_owned()),
        address: Some(V4.to_owned()),
        reason: Some("signature_expired".to_owned()),
        info_code: Some(7),
        reasons: Some("signature_expired".to_owned()),
        detail: Some("seen signature_expired".to_owned()),
        ..Fields::default()
    };
    assert_eq!(entries[0].fields, wanted);
    assert_eq!(
        entries[0].message,
        "probe failed: example.net. SOA at ns1 (192.0.2.1): signature_expired"
    );

    let mut whole = zone(
        &[Some(1), None],
        vec![inconsistency_at_ns2(InconsistencyKind::Serial)],
    );
    if let AnyReport::Zone(zone) = &mut whole {
        zone.nameservers[1].addresses[0].server = server(V6, &[Reason::Timeout]);
    }
    let (_, entries) = detect_changes(&ProbeState::default(), &whole);
    let [failed, differs] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(
        (&failed.fields.target, failed.fields.nameserver.as_deref()),
        (&None, Some("ns2"))
    );
    assert_eq!(
        failed.message,
        "probe failed: example.net. at ns2 (2001:db8::1): timeout"
    );
    assert_eq!(differs.fields.detail.as_deref(), Some("Serial"));
    assert_eq!(
        differs.message,
        "differs: example.net. serial at ns2 (192.0.2.2)"
    );
}

#[path = "key_changes_tests.rs"]
mod keys;
