//! Reports made by hand: a healthy zone, an expired one, one that is silent over IPv6.

use std::sync::Arc;
use std::time::Duration;

use outsidein::config::{Config, DnssecPolicy, NameserverRole};
use outsidein::dns::{
    Algorithm, DigestType, Ds, ExtendedError, Family, InfoCode, Message, Name, Query, Rcode,
    RrType, Serial, Soa, Timestamp, Transport,
};
use outsidein::dnssec::{RolloverState, SecurityStatus, TrustAnchor};
use outsidein::exchange::{Clock, Exchange, Outcome};
use outsidein::plan::Purpose;
use outsidein::reason::{Failure, Reason, Warning, WarningKind};
use outsidein::report::{
    AnchorReport, BlackboxMeasurements, BlackboxReport, DenialKind, DenialReport, DnssecReport,
    HeaderFlags, KeyReport, KeyRole, ResponseReport, RrsetReport, RrsigReport, ServerReport,
    TargetReport, TransportReport, Validity,
};

/// 2026-11-22T12:00:00Z.
pub const AT: Timestamp = Timestamp(1_795_348_800);
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

pub fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub fn after(seconds: i64) -> Timestamp {
    Timestamp(AT.0 + seconds)
}

/// A configuration of five scrape targets and two resolvers.
pub fn five_zones() -> Config {
    let zones = ["a", "b", "c", "d", "e"]
        .map(|zone| format!(r#""{zone}.test": {{ "nameservers": ["ns"] }}"#));
    let text = format!(
        r#"{{ "nameservers": {{ "ns": {{ "addresses": ["192.0.2.1"] }} }}, "zones": {{ {} }},
             "trust": {{ "resolver": ["192.0.2.53", "2001:db8::53"] }} }}"#,
        zones.join(", ")
    );
    Config::parse(&text, "test").unwrap()
}

pub fn healthy() -> TargetReport {
    let servers = vec![
        healthy_server("192.0.2.53", 11_240),
        healthy_server("2001:db8::53", 12_870),
    ];
    TargetReport {
        lookup_time: Some(Duration::from_micros(1_130)),
        ..report("healthy.test.", true, servers)
    }
}

/// A module that asks as blackbox_exporter does, one of whose regexps is broken.
pub fn blackbox() -> BlackboxReport {
    let detail = "answer section: fail_if_matches_regexp: 2026 matches \"healthy.test.\\t1\\tIN\\tSOA\\t...\"";
    let server = ServerReport {
        authoritative: true,
        failures: vec![Failure::new(Reason::UnexpectedRecords, detail)],
        transports: vec![udp(310)],
        ..server(Some("192.0.2.53"))
    };
    let measured = BlackboxMeasurements {
        address: server.address,
        lookup: Duration::from_micros(4),
        connect: Duration::ZERO,
        request: Duration::from_micros(310),
        query_succeeded: true,
        rrs: [1, 2, 3],
        serial: Some(2_026_112_201),
    };
    let report = TargetReport {
        module: "soa_of_healthy".to_owned(),
        dnssec_policy: DnssecPolicy::Off,
        lookup_time: Some(measured.lookup),
        ..report("healthy.test.", false, vec![server])
    };
    BlackboxReport {
        report,
        blackbox: measured,
    }
}

/// The SOA and the keys, each with a valid signature.
fn healthy_rrsets() -> Vec<RrsetReport> {
    let apex = name("healthy.test.");
    let signature = |rtype| {
        rrsig(
            rtype,
            20_326,
            after(13 * DAY + 4 * HOUR),
            Validity::Valid,
            None,
        )
    };
    vec![
        rrset(
            &apex,
            RrType::SOA,
            Validity::Valid,
            None,
            vec![signature(RrType::SOA)],
        ),
        rrset(
            &apex,
            RrType::DNSKEY,
            Validity::Valid,
            None,
            vec![signature(RrType::DNSKEY)],
        ),
    ]
}

fn healthy_server(address: &str, micros: u64) -> ServerReport {
    ServerReport {
        role: Some(NameserverRole::Secondary),
        authoritative: true,
        zone_version: Some(Serial(2_026_112_201)),
        recursion_offered: Some(false),
        transfer_open: Some(true),
        transports: vec![udp(micros), tcp(micros)],
        exchanges: vec![soa_exchange("healthy.test.", micros)],
        nsid: Some("ns1.fra".to_owned()),
        soa: Some(soa("healthy.test.")),
        expire_seconds: Some(1_209_000),
        dnssec: Some(DnssecReport {
            signatures_valid: Some(true),
            status: SecurityStatus::Secure,
            status_reason: None,
            anchors: vec![ds(20_326, DigestType::SHA_256, Some(true))],
            rollover: Some(RolloverState::InStep),
            denials: vec![
                denial(DenialKind::Nxdomain, Validity::Valid, None),
                denial(DenialKind::Nodata, Validity::Valid, None),
            ],
            earliest_expiration: Some(after(13 * DAY + 4 * HOUR)),
            rrsets: healthy_rrsets(),
            keys: vec![key(
                20_326,
                KeyRole::Csk,
                Algorithm::ECDSAP256SHA256,
                Some(256),
            )],
            ..dnssec()
        }),
        ..server(Some(address))
    }
}

/// A signed zone of which nothing else is known.
pub fn dnssec() -> DnssecReport {
    DnssecReport::from_status(SecurityStatus::Indeterminate(Reason::NoTrustAnchor))
}

pub fn ds(key_tag: u16, digest_type: DigestType, matched: Option<bool>) -> AnchorReport {
    let algorithm = Algorithm::ECDSAP256SHA256;
    let record = TrustAnchor::Ds(Ds {
        key_tag,
        algorithm,
        digest_type,
        digest: key_tag.to_be_bytes().into(),
    });
    AnchorReport {
        key_tag,
        algorithm,
        digest_type: Some(digest_type),
        matched,
        record,
    }
}

pub fn denial(kind: DenialKind, validity: Validity, reason: Option<Reason>) -> DenialReport {
    DenialReport {
        purpose: if kind == DenialKind::Nodata {
            Purpose::AbsentType
        } else {
            Purpose::AbsentName
        },
        kind,
        name: name("outsidein-0.healthy.test."),
        rtype: RrType::A,
        transport: Transport::Udp,
        zone_version: None,
        held: validity,
        reason,
        missing: reason.map(|_| "no NSEC covers the name"),
        proof: reason.is_none().then_some("nxdomain"),
        opt_out: false,
    }
}

/// An SOA RRset with an expired signature, the keys, and a wildcard without a signature.
fn expired_rrsets() -> Vec<RrsetReport> {
    let apex = name("expired.test.");
    let ended = after(-42 * DAY - 3 * HOUR);
    let (expired, unsupported) = (
        Some(Reason::SignatureExpired),
        Some(Reason::UnsupportedDnskeyAlgorithm),
    );
    vec![
        rrset(
            &apex,
            RrType::SOA,
            Validity::Invalid,
            expired,
            vec![
                signed_by_expired(
                    Algorithm::RSASHA256,
                    rrsig(RrType::SOA, 4_711, ended, Validity::Invalid, expired),
                ),
                signed_by_expired(
                    Algorithm::ED448,
                    rrsig(
                        RrType::SOA,
                        815,
                        after(5 * DAY),
                        Validity::Undecided,
                        unsupported,
                    ),
                ),
            ],
        ),
        rrset(
            &apex,
            RrType::DNSKEY,
            Validity::Valid,
            None,
            vec![signed_by_expired(
                Algorithm::RSASHA256,
                rrsig(
                    RrType::DNSKEY,
                    20_326,
                    after(HOUR / 2),
                    Validity::Valid,
                    None,
                ),
            )],
        ),
        rrset(
            &name("*.expired.test."),
            RrType::TXT,
            Validity::Invalid,
            Some(Reason::RrsigsMissing),
            Vec::new(),
        ),
    ]
}

pub fn expired() -> TargetReport {
    let mut udp = udp(14_050);
    udp.ignored_responses = 1;
    udp.response.as_mut().unwrap().extended_errors = vec![ExtendedError {
        info_code: InfoCode::SIGNATURE_EXPIRED,
        extra_text: "zone is stale".to_owned(),
    }];
    let server = ServerReport {
        warnings: vec![Warning::new(
            WarningKind::CompressedName,
            "expired.test. NSEC over udp: a name in the data is compressed",
        )],
        failures: vec![
            Failure::new(
                Reason::SignatureExpired,
                "SOA over udp: the RRSIG by key 4711 expired on 2026-10-11T09:00:00Z",
            ),
            Failure::new(
                Reason::RrsigsMissing,
                "*.expired.test. TXT over udp has no RRSIG",
            ),
        ],
        transports: vec![udp],
        exchanges: vec![soa_exchange("expired.test.", 14_050)],
        soa: Some(soa("expired.test.")),
        dnssec: Some(DnssecReport {
            signatures_valid: Some(false),
            status: SecurityStatus::Indeterminate(Reason::ResolverFailed),
            status_reason: Some(Reason::ResolverFailed),
            denials: vec![denial(
                DenialKind::Nxdomain,
                Validity::Invalid,
                Some(Reason::NsecMissing),
            )],
            anchors: vec![
                ds(20_326, DigestType::SHA_256, Some(false)),
                ds(4_711, DigestType(250), None),
            ],
            rollover: Some(RolloverState::DsMismatch),
            status_detail: Some("test. DS from the resolver 192.0.2.1:53: SERVFAIL".to_owned()),
            earliest_expiration: Some(after(HOUR / 2)),
            rrsets: expired_rrsets(),
            keys: vec![
                key(20_326, KeyRole::Ksk, Algorithm::RSASHA256, Some(2_048)),
                key(4_711, KeyRole::Zsk, Algorithm::RSASHA256, Some(1_024)),
                key(815, KeyRole::Zsk, Algorithm::ED448, None),
            ],
            ..dnssec()
        }),
        ..server(Some("192.0.2.53"))
    };
    report("expired.test.", false, vec![server])
}

fn signed_by_expired(algorithm: Algorithm, mut rrsig: RrsigReport) -> RrsigReport {
    (rrsig.algorithm, rrsig.signer) = (algorithm, name("expired.test."));
    rrsig
}

pub fn v6_dead() -> TargetReport {
    let dead = ServerReport {
        failures: vec![Failure::new(
            Reason::Timeout,
            "SOA over udp: no response within 4.5 s",
        )],
        transports: vec![TransportReport {
            transport: Transport::Udp,
            answered: false,
            connect: None,
            request: None,
            clock: None,
            ignored_responses: 0,
            response: None,
        }],
        exchanges: vec![Exchange {
            request: None,
            clock: None,
            outcome: Outcome::Timeout,
            ..soa_exchange("healthy.test.", 0)
        }],
        ..server(Some("2001:db8::53"))
    };
    let live = ServerReport {
        expire_seconds: None,
        nsid: None,
        ..healthy_server("192.0.2.53", 11_240)
    };
    TargetReport {
        duration: Duration::from_millis(4_497),
        ..report("healthy.test.", false, vec![live, dead])
    }
}

pub fn report(zone: &str, success: bool, servers: Vec<ServerReport>) -> TargetReport {
    TargetReport {
        target: format!("ns1.{zone}").trim_end_matches('.').to_owned(),
        zone: name(zone),
        name: name(zone),
        qtype: RrType::SOA,
        module: "default".to_owned(),
        dnssec_policy: DnssecPolicy::Auto,
        at: AT,
        success,
        duration: Duration::from_micros(23_410),
        timeout: Duration::from_millis(4_500),
        signature_warning_seconds: 86_400,
        lookup_time: None,
        servers,
    }
}

pub fn server(address: Option<&str>) -> ServerReport {
    let address = address.map(|address| address.parse().unwrap());
    ServerReport {
        family: address.as_ref().map_or(Family::Ipv6, Family::of_address),
        address,
        port: 53,
        role: None,
        authoritative: false,
        failures: Vec::new(),
        warnings: Vec::new(),
        transports: Vec::new(),
        soa: None,
        expire_seconds: None,
        zone_version: None,
        nsid: None,
        recursion_offered: None,
        transfer_open: None,
        names: Vec::new(),
        dnssec: None,
        exchanges: Vec::new(),
    }
}

pub fn udp(micros: u64) -> TransportReport {
    TransportReport {
        transport: Transport::Udp,
        answered: true,
        connect: None,
        request: Some(Duration::from_micros(micros)),
        clock: Some(Clock::Kernel),
        ignored_responses: 0,
        response: Some(ResponseReport {
            rcode: Rcode::NOERROR,
            flags: HeaderFlags {
                aa: true,
                tc: false,
                ra: false,
                ad: false,
            },
            answer_rrs: 2,
            authority_rrs: 0,
            additional_rrs: 1,
            size_bytes: 217,
            edns_udp_size_bytes: Some(1_232),
            extended_errors: Vec::new(),
            trailing_bytes: 0,
        }),
    }
}

fn tcp(micros: u64) -> TransportReport {
    let connect = Some(Duration::from_micros(micros - 300));
    TransportReport {
        transport: Transport::Tcp,
        connect,
        clock: Some(Clock::Process),
        ..udp(micros + 700)
    }
}

pub fn rrset(
    owner: &Name,
    rtype: RrType,
    validity: Validity,
    reason: Option<Reason>,
    rrsigs: Vec<RrsigReport>,
) -> RrsetReport {
    let expiration = rrsigs
        .iter()
        .filter(|rrsig| rrsig.held == Validity::Valid)
        .map(|rrsig| rrsig.expiration)
        .max();
    let (owner, transport) = (owner.clone(), Transport::Udp);
    RrsetReport {
        owner,
        rtype,
        transport,
        zone_version: None,
        records: 1,
        held: validity,
        reason,
        expiration,
        wildcard: None,
        rrsigs,
    }
}

pub fn rrsig(
    type_covered: RrType,
    key_tag: u16,
    expiration: Timestamp,
    validity: Validity,
    reason: Option<Reason>,
) -> RrsigReport {
    let inception = Timestamp(expiration.0 - 14 * DAY);
    let (algorithm, signer) = (Algorithm::ECDSAP256SHA256, name("healthy.test."));
    RrsigReport {
        type_covered,
        key_tag,
        algorithm,
        signer,
        inception,
        expiration,
        held: validity,
        reason,
    }
}

pub fn key(key_tag: u16, role: KeyRole, algorithm: Algorithm, bits: Option<usize>) -> KeyReport {
    let flags = if role == KeyRole::Zsk { 256 } else { 257 };
    let public_key = key_tag.to_be_bytes().into();
    KeyReport {
        key_tag,
        algorithm,
        flags,
        role,
        bits,
        public_key,
    }
}

fn soa(zone: &str) -> Soa {
    let (mname, rname) = (
        name(zone).prepend_label(b"ns1").unwrap(),
        name(zone).prepend_label(b"hostmaster").unwrap(),
    );
    Soa {
        mname,
        rname,
        serial: Serial(2_026_112_201),
        refresh: 14_400,
        retry: 3_600,
        expire: 1_209_600,
        minimum: 300,
    }
}

/// An exchange that ended with the zone's SOA, an OPT with NSID, and a TXT that would like to write to the terminal.
pub fn soa_exchange(zone: &str, micros: u64) -> Exchange {
    let query = Query::new(name(zone), RrType::SOA, 1_232);
    let soa = soa(zone);
    let mut octets = query.octets(0x1a2b, false);
    octets[2..4].copy_from_slice(&[0x84, 0]);
    octets[6..12].copy_from_slice(&[0, 1, 0, 0, 0, 2]);
    let timers = [
        soa.serial.0,
        soa.refresh,
        soa.retry,
        soa.expire,
        soa.minimum,
    ]
    .map(u32::to_be_bytes)
    .concat();
    let rdata = [soa.mname.as_wire(), soa.rname.as_wire(), &timers].concat();
    append_record(&mut octets, &[0xc0, 12], RrType::SOA, 1, &rdata);
    append_record(
        &mut octets,
        &[0xc0, 12],
        RrType::TXT,
        1,
        b"\x0chi\n--- \x1b[31m",
    );
    append_record(
        &mut octets,
        &[0],
        RrType::OPT,
        1_232,
        b"\0\x03\0\x07ns1.fra",
    );
    Exchange {
        query: Arc::new(query),
        transport: Transport::Udp,
        edns: true,
        connect: None,
        request: Some(Duration::from_micros(micros)),
        clock: Some(Clock::Kernel),
        ignored: 0,
        outcome: Outcome::Response(Arc::new(Message::read(octets).unwrap())),
    }
}

fn append_record(octets: &mut Vec<u8>, owner: &[u8], rtype: RrType, class: u16, rdata: &[u8]) {
    octets.extend_from_slice(owner);
    octets.extend_from_slice(&rtype.0.to_be_bytes());
    octets.extend_from_slice(&class.to_be_bytes());
    octets.extend_from_slice(&[0, 0, 0, 0]);
    octets.extend_from_slice(&u16::try_from(rdata.len()).unwrap().to_be_bytes());
    octets.extend_from_slice(rdata);
}
