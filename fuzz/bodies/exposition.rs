//! Whatever a report holds, its text is one that a scraper reads, and no server writes a line of its own into any view.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use outsidein::config::{DnssecPolicy, NameserverRole};
use outsidein::dns::{
    Algorithm, DigestType, Ds, ExtendedError, Family, InfoCode, Message, Name, Query, Rcode,
    RrType, Serial, Soa, Timestamp, Transport,
};
use outsidein::dnssec::{RolloverState, SecurityStatus, TrustAnchor};
use outsidein::exchange::{Clock, Exchange, Outcome};
use outsidein::plan::Purpose;
use outsidein::reason::{Failure, Reason, Warning, WarningKind};
use outsidein::report::{
    AnchorReport, DenialKind, DenialReport, DnssecReport, HeaderFlags, KeyReport, KeyRole,
    NameReport, ResponseReport, RrsetReport, RrsigReport, ServerReport, TargetReport,
    TransportReport, Validity,
};
use outsidein::view;

use super::bytes::Bytes;

const TRANSPORTS: [Transport; 2] = [Transport::Udp, Transport::Tcp];
const VALIDITIES: [Validity; 3] = [Validity::Valid, Validity::Invalid, Validity::Undecided];

pub fn run(octets: &[u8]) {
    let report = report(&mut Bytes(octets));
    check_exposition(&view::prometheus(&report));
    let json: serde_json::Value = serde_json::from_str(&view::json(&report)).expect("JSON");
    assert!(json.is_object());
    let debug = view::debug(&report);
    let parts: Vec<_> = debug.split("\n--- metrics\n").collect();
    let [transcript, metrics] = parts.as_slice() else {
        panic!("not one line before the metrics: {debug}")
    };
    assert_eq!(*metrics, view::prometheus(&report));
    for text in [*transcript, &view::text(&report)] {
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{text:?}"
        );
    }
}

/// Reads the text format 0.0.4 strictly: each family in one piece, its comments first, each series once.
fn check_exposition(text: &str) {
    assert!(text.is_empty() || text.ends_with('\n'));
    let (mut families, mut series) = (HashSet::new(), HashSet::new());
    let mut family = "";
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split(' ').next().unwrap_or_default();
            assert!(families.insert(family), "{family} begins twice");
        } else if let Some(of_type) = line.strip_prefix("# TYPE ") {
            assert_eq!(of_type.split(' ').next(), Some(family), "{line}");
        } else {
            let (labels, value) = sample(
                line.strip_prefix(family)
                    .unwrap_or_else(|| panic!("{line} in {family}")),
            );
            value
                .parse::<f64>()
                .unwrap_or_else(|error| panic!("{line}: {error}"));
            assert!(series.insert((family, labels)), "twice: {line}");
        }
    }
}

/// What follows a sample's name: its labels and its value.
fn sample(rest: &str) -> (Vec<(&str, String)>, &str) {
    let Some(mut rest) = rest.strip_prefix('{') else {
        return (
            Vec::new(),
            rest.strip_prefix(' ')
                .unwrap_or_else(|| panic!("no value: {rest:?}")),
        );
    };
    let mut labels = Vec::new();
    loop {
        let (name, quoted) = rest
            .split_once("=\"")
            .unwrap_or_else(|| panic!("no label: {rest:?}"));
        assert!(
            !name.is_empty()
                && name
                    .bytes()
                    .all(|octet| octet.is_ascii_lowercase() || octet == b'_'),
            "{name:?}"
        );
        let (value, after) = quoted_value(quoted);
        labels.push((name, value));
        let names: HashSet<_> = labels.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), labels.len(), "{name} twice");
        match after.split_at(1) {
            (",", next) => rest = next,
            ("}", value) => {
                return (
                    labels,
                    value.strip_prefix(' ').expect("a blank before the value"),
                );
            }
            _ => panic!("after a label: {after:?}"),
        }
    }
}

/// The value up to its closing quote, escapes undone.
fn quoted_value(text: &str) -> (String, &str) {
    let (mut value, mut chars) = (String::new(), text.chars());
    loop {
        match chars.next().expect("a closing quote") {
            '"' => return (value, chars.as_str()),
            '\\' => value.push(match chars.next() {
                Some('n') => '\n',
                Some(escaped @ ('"' | '\\')) => escaped,
                other => panic!("no escape: {other:?}"),
            }),
            c => value.push(c),
        }
    }
}

fn report(bytes: &mut Bytes<'_>) -> TargetReport {
    TargetReport {
        target: bytes.text(),
        zone: name(bytes),
        name: name(bytes),
        qtype: RrType(bytes.u16()),
        module: bytes.text(),
        dnssec_policy: bytes.pick(&[
            DnssecPolicy::Required,
            DnssecPolicy::Auto,
            DnssecPolicy::Off,
        ]),
        at: timestamp(bytes),
        success: bytes.flag(),
        duration: duration(bytes),
        timeout: duration(bytes),
        signature_warning_seconds: bytes.u16().into(),
        lookup_time: bytes.option(duration),
        servers: bytes.list(4, server),
    }
}

fn server(bytes: &mut Bytes<'_>) -> ServerReport {
    let family = bytes.pick(&[Family::Ipv4, Family::Ipv6]);
    ServerReport {
        family,
        address: bytes.option(|bytes| match family {
            Family::Ipv4 => IpAddr::from([192, 0, 2, bytes.u8() % 4]),
            Family::Ipv6 => IpAddr::from([0x2001, 0xDB8, 0, 0, 0, 0, 0, u16::from(bytes.u8() % 4)]),
        }),
        port: bytes.u16(),
        role: bytes
            .option(|bytes| bytes.pick(&[NameserverRole::Primary, NameserverRole::Secondary])),
        authoritative: bytes.flag(),
        failures: bytes.list(4, |bytes| {
            Failure::new(bytes.pick(Reason::ALL), bytes.text())
        }),
        transports: bytes.list(3, transport),
        soa: bytes.option(soa),
        expire_seconds: bytes.option(Bytes::u32),
        zone_version: bytes.option(|bytes| Serial(bytes.u32())),
        nsid: bytes.option(Bytes::text),
        recursion_offered: bytes.option(Bytes::flag),
        transfer_open: bytes.option(Bytes::flag),
        dnssec: bytes.option(dnssec),
        exchanges: bytes.list(3, exchange),
        // Last, so that what the bytes of recorded findings mean stays as it is.
        warnings: bytes.list(2, |bytes| {
            Warning::new(bytes.pick(WarningKind::ALL), bytes.text())
        }),
        names: bytes.list(3, name_report),
    }
}

fn name_report(bytes: &mut Bytes<'_>) -> NameReport {
    NameReport {
        name: name(bytes),
        rtype: RrType(bytes.u16()),
        answered: bytes.flag(),
        records: bytes.list(3, Bytes::text),
        digest: bytes.option(|bytes| u64::from(bytes.u32())),
        valid: bytes.option(Bytes::flag),
        expected: bytes.option(Bytes::flag),
    }
}

fn transport(bytes: &mut Bytes<'_>) -> TransportReport {
    TransportReport {
        transport: bytes.pick(&TRANSPORTS),
        answered: bytes.flag(),
        connect: bytes.option(duration),
        request: bytes.option(duration),
        clock: bytes.option(|bytes| bytes.pick(&[Clock::Kernel, Clock::Process])),
        ignored_responses: bytes.u32(),
        response: bytes.option(response),
    }
}

fn response(bytes: &mut Bytes<'_>) -> ResponseReport {
    ResponseReport {
        rcode: Rcode(bytes.u16()),
        flags: HeaderFlags {
            aa: bytes.flag(),
            tc: bytes.flag(),
            ra: bytes.flag(),
            ad: bytes.flag(),
        },
        answer_rrs: bytes.u16(),
        authority_rrs: bytes.u16(),
        additional_rrs: bytes.u16(),
        size_bytes: usize::from(bytes.u16()),
        edns_udp_size_bytes: bytes.option(Bytes::u16),
        extended_errors: bytes.list(3, |bytes| ExtendedError {
            info_code: InfoCode(u16::from(bytes.u8())),
            extra_text: bytes.text(),
        }),
        trailing_bytes: usize::from(bytes.u8()),
    }
}

fn dnssec(bytes: &mut Bytes<'_>) -> DnssecReport {
    let reason = bytes.pick(Reason::ALL);
    let status = match bytes.below(4) {
        0 => SecurityStatus::Secure,
        1 => SecurityStatus::Insecure(reason),
        2 => SecurityStatus::Bogus(reason),
        _ => SecurityStatus::Indeterminate(reason),
    };
    DnssecReport {
        signed: bytes.flag(),
        signatures_valid: bytes.option(Bytes::flag),
        status,
        status_reason: status.reason(),
        status_detail: bytes.option(Bytes::text),
        anchors: bytes.list(4, anchor),
        rollover: bytes.option(|bytes| bytes.pick(RolloverState::ALL)),
        earliest_expiration: bytes.option(timestamp),
        rrsets: bytes.list(5, rrset),
        denials: bytes.list(4, denial),
        keys: bytes.list(4, key),
    }
}

fn anchor(bytes: &mut Bytes<'_>) -> AnchorReport {
    AnchorReport {
        key_tag: u16::from(bytes.u8() % 3),
        algorithm: Algorithm(bytes.u8() % 3),
        digest_type: bytes.option(|bytes| DigestType(bytes.u8() % 3)),
        matched: bytes.option(Bytes::flag),
        record: TrustAnchor::Ds(Ds {
            key_tag: 0,
            algorithm: Algorithm(bytes.u8()),
            digest_type: DigestType(bytes.u8()),
            digest: [bytes.u8()].into(),
        }),
    }
}

fn rrset(bytes: &mut Bytes<'_>) -> RrsetReport {
    RrsetReport {
        owner: name(bytes),
        rtype: rtype(bytes),
        transport: bytes.pick(&TRANSPORTS),
        zone_version: None,
        records: usize::from(bytes.u8()),
        held: bytes.pick(&VALIDITIES),
        reason: bytes.option(|bytes| bytes.pick(Reason::ALL)),
        expiration: bytes.option(timestamp),
        wildcard: bytes.option(name),
        rrsigs: bytes.list(5, rrsig),
    }
}

fn rrsig(bytes: &mut Bytes<'_>) -> RrsigReport {
    RrsigReport {
        type_covered: rtype(bytes),
        key_tag: u16::from(bytes.u8() % 3),
        algorithm: Algorithm(bytes.u8() % 3),
        signer: name(bytes),
        inception: timestamp(bytes),
        expiration: timestamp(bytes),
        held: bytes.pick(&VALIDITIES),
        reason: bytes.option(|bytes| bytes.pick(Reason::ALL)),
    }
}

fn denial(bytes: &mut Bytes<'_>) -> DenialReport {
    DenialReport {
        purpose: bytes.pick(&[Purpose::Asked, Purpose::AbsentName, Purpose::AbsentType]),
        kind: bytes.pick(&[
            DenialKind::Nxdomain,
            DenialKind::Nodata,
            DenialKind::Wildcard,
        ]),
        name: name(bytes),
        rtype: rtype(bytes),
        transport: bytes.pick(&TRANSPORTS),
        zone_version: None,
        held: bytes.pick(&VALIDITIES),
        reason: bytes.option(|bytes| bytes.pick(Reason::ALL)),
        missing: bytes.option(|_| "no NSEC covers the name"),
        proof: bytes.option(|_| "nodata"),
        opt_out: bytes.flag(),
    }
}

fn key(bytes: &mut Bytes<'_>) -> KeyReport {
    KeyReport {
        key_tag: u16::from(bytes.u8() % 3),
        algorithm: Algorithm(bytes.u8() % 3),
        flags: bytes.u16(),
        role: bytes.pick(&[KeyRole::Ksk, KeyRole::Zsk, KeyRole::Csk]),
        bits: bytes.option(|bytes| usize::from(bytes.u16())),
        public_key: [bytes.u8()].into(),
    }
}

fn soa(bytes: &mut Bytes<'_>) -> Soa {
    let (mname, rname) = (name(bytes), name(bytes));
    let [refresh, retry, expire, minimum] = std::array::from_fn(|_| bytes.u32());
    Soa {
        mname,
        rname,
        serial: Serial(bytes.u32()),
        refresh,
        retry,
        expire,
        minimum,
    }
}

fn exchange(bytes: &mut Bytes<'_>) -> Exchange {
    let query = Query::new(name(bytes), rtype(bytes), 1232);
    let length = bytes.below(256);
    let outcome = match bytes.below(4) {
        0 => Outcome::Timeout,
        1 => Outcome::NetworkError(bytes.text()),
        2 => Outcome::LocalError(bytes.text()),
        _ => match Message::read(bytes.0.get(..length).unwrap_or(bytes.0)) {
            Ok(message) => Outcome::Response(Arc::new(message)),
            Err(error) => Outcome::Malformed {
                octets: bytes.take(length).into(),
                error,
            },
        },
    };
    Exchange {
        query: Arc::new(query),
        transport: bytes.pick(&TRANSPORTS),
        edns: bytes.flag(),
        connect: bytes.option(duration),
        request: bytes.option(duration),
        clock: bytes.option(|bytes| bytes.pick(&[Clock::Kernel, Clock::Process])),
        ignored: bytes.u32(),
        outcome,
    }
}

/// A name of up to three short labels of any octets.
fn name(bytes: &mut Bytes<'_>) -> Name {
    let labels = bytes.list(3, |bytes| {
        let length = 1 + bytes.below(8);
        bytes.take(length)
    });
    let prepend = |name: Name, label: &[u8]| {
        if label.is_empty() {
            name
        } else {
            name.prepend_label(label).expect("short")
        }
    };
    labels.into_iter().fold(Name::root(), prepend)
}

/// Few, so that labels meet.
fn rtype(bytes: &mut Bytes<'_>) -> RrType {
    RrType(bytes.pick(&[1, 2, 6, 48, 65_280]))
}

fn timestamp(bytes: &mut Bytes<'_>) -> Timestamp {
    Timestamp(i64::from_be_bytes(bytes.number()) >> bytes.below(64))
}

fn duration(bytes: &mut Bytes<'_>) -> Duration {
    Duration::from_micros(u64::from(bytes.u32()))
}
