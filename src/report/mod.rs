//! What a probe saw and held of it: plain data, filled once, and everything that any view may show.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod blackbox_report;
mod dnssec;
mod early_change;
mod name;
mod parent;
mod zone;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::config::{DnssecPolicy, NameserverRole, as_seconds};
use crate::dns::{ExtendedError, Family, Name, Rcode, RrType, Serial, Soa, Timestamp, Transport};
use crate::exchange::{Clock, Exchange};
use crate::reason::{Failure, Warning};

pub use blackbox_report::{BlackboxMeasurements, BlackboxReport};
pub(crate) use dnssec::as_base64;
pub use dnssec::{
    AnchorReport, DenialKind, DenialReport, DnssecReport, KeyReport, KeyRole, RrsetReport,
    RrsigReport, Validity,
};
pub use early_change::EarlyChangeReport;
pub use name::NameReport;
pub use parent::{
    ChainReport, ChainStatus, Delegation, Glue, NsHostReport, NsHostResult, ParentResult,
    ParentServerReport, UnlistedServer,
};
pub use zone::{
    AddressReport, Agreement, Availability, AvailabilityCount, Inconsistency, InconsistencyKind,
    NameserverReport, ParentReport, Serials, TtlReport, ZoneReport,
};

/// What a request came to.
#[derive(Debug)]
pub enum AnyReport {
    /// Of one nameserver.
    Target(TargetReport),
    /// Of the zone as a whole.
    Zone(Box<ZoneReport>),
    /// Of one address, by blackbox_exporter's rules.
    Blackbox(Box<BlackboxReport>),
}

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'r> {
    /// One target.
    Target(&'r TargetReport),
    /// The zone as a whole.
    Zone(&'r ZoneReport),
}

impl AnyReport {
    /// What the report is about, whichever rules the probe followed.
    pub const fn subject(&self) -> Subject<'_> {
        match self {
            Self::Target(report) => Subject::Target(report),
            Self::Blackbox(blackbox) => Subject::Target(&blackbox.report),
            Self::Zone(report) => Subject::Zone(report),
        }
    }

    /// Whether every address answered as it should.
    pub const fn is_success(&self) -> bool {
        match self.subject() {
            Subject::Target(report) => report.success,
            Subject::Zone(report) => report.success,
        }
    }

    /// How long the probe took.
    pub const fn duration(&self) -> Duration {
        match self.subject() {
            Subject::Target(report) => report.duration,
            Subject::Zone(report) => report.duration,
        }
    }

    /// The zone that was asked about.
    pub const fn zone(&self) -> &Name {
        match self.subject() {
            Subject::Target(report) => &report.zone,
            Subject::Zone(report) => &report.zone,
        }
    }

    /// The type that was asked for; of a zone as a whole the one that counts.
    pub const fn qtype(&self) -> RrType {
        match self.subject() {
            Subject::Target(report) => report.qtype,
            Subject::Zone(_) => RrType::SOA,
        }
    }

    /// Every address, with its target as it was written or its nameserver's name.
    pub fn servers(&self) -> Vec<(&str, &ServerReport)> {
        match self.subject() {
            Subject::Target(report) => report
                .servers
                .iter()
                .map(|server| (report.target.as_str(), server))
                .collect(),
            Subject::Zone(report) => {
                let nameservers = report.nameservers.iter();
                let addresses = nameservers.flat_map(|nameserver| {
                    nameserver
                        .addresses
                        .iter()
                        .map(|address| (nameserver.name.as_str(), &address.server))
                });
                addresses.collect()
            }
        }
    }
}

/// The result of one probe of one target.
#[derive(Debug, Serialize)]
pub struct TargetReport {
    /// The target as it was written.
    pub target: String,
    /// The apex of the zone.
    pub zone: Name,
    /// The owner name asked for.
    pub name: Name,
    /// The type asked for.
    pub qtype: RrType,
    /// The module in force.
    pub module: String,
    /// The DNSSEC policy in force.
    pub dnssec_policy: DnssecPolicy,
    /// The time at which signatures were judged.
    pub at: Timestamp,
    /// Whether every address answered as it should.
    pub success: bool,
    /// From the request to the last judgement.
    #[serde(rename = "duration_seconds", serialize_with = "as_seconds")]
    pub duration: Duration,
    /// The time limit that was in force.
    #[serde(rename = "timeout_seconds", serialize_with = "as_seconds")]
    pub timeout: Duration,
    /// How long signatures must still last, before alerts warn.
    pub signature_warning_seconds: u32,
    /// Resolving the target's host name; absent for an address.
    #[serde(rename = "lookup_time_seconds", serialize_with = "as_optional_seconds")]
    pub lookup_time: Option<Duration>,
    /// One entry for each address, and one for each wanted family that has none.
    pub servers: Vec<ServerReport>,
}

/// What one address of the target answered.
#[derive(Debug, Serialize)]
pub struct ServerReport {
    /// The address family.
    pub family: Family,
    /// The address; absent where the target has none in this family.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Its part in the zone transfer, as probes.json has it.
    pub role: Option<NameserverRole>,
    /// Whether an authority's answer to the question came, whatever DNSSEC makes of it.
    pub authoritative: bool,
    /// Every failure, the most telling first; empty means success.
    pub failures: Vec<Failure>,
    /// What an operator should know although it fails nothing; each once.
    pub warnings: Vec<Warning>,
    /// One entry for each transport over which the question was asked.
    pub transports: Vec<TransportReport>,
    /// The zone's SOA, if it was in the answer.
    pub soa: Option<Soa>,
    /// EDNS EXPIRE in seconds, as received.
    pub expire_seconds: Option<u32>,
    /// The serial of the version of the zone that the answer is from (RFC 9660).
    pub zone_version: Option<Serial>,
    /// The server's name for itself.
    pub nsid: Option<String>,
    /// Whether it resolves for strangers; absent unless that was asked and answered.
    pub recursion_offered: Option<bool>,
    /// Whether it hands the zone to strangers; absent unless that was asked and answered.
    pub transfer_open: Option<bool>,
    /// The names that it was asked for in a probe of the zone as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<NameReport>,
    /// Absent with the policy `off`, and where nothing could be judged.
    pub dnssec: Option<DnssecReport>,
    /// Every exchange in the order in which they began, the question's first.
    #[serde(skip)]
    pub exchanges: Vec<Exchange>,
}

impl ServerReport {
    /// Whether it answered as it should.
    pub fn is_success(&self) -> bool {
        self.failures.is_empty()
    }

    /// The most telling failure; of several for one reason, the first.
    pub fn headline(&self) -> Option<&Failure> {
        self.failures.iter().min_by_key(|failure| failure.reason)
    }

    /// The zone's SOA as an authority gave it: what a resolver kept is nobody's version of the zone.
    fn authoritative_soa(&self) -> Option<&Soa> {
        self.soa.as_ref().filter(|_| self.authoritative)
    }

    /// Nothing was asked in this family, for want of an address.
    pub fn not_queried(
        family: Family,
        port: u16,
        role: Option<NameserverRole>,
        failure: Failure,
    ) -> Self {
        Self {
            failures: vec![failure],
            ..Self::empty(family, port, role)
        }
    }

    /// A report that nothing was filled into yet.
    pub fn empty(family: Family, port: u16, role: Option<NameserverRole>) -> Self {
        Self {
            family,
            address: None,
            port,
            role,
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
}

/// The question's exchange over one transport.
#[derive(Debug, Serialize)]
pub struct TransportReport {
    /// The transport.
    pub transport: Transport,
    /// Whether a response arrived that could be read, whatever its rcode.
    pub answered: bool,
    /// Setting up the connection, for TCP.
    #[serde(rename = "connect_seconds", serialize_with = "as_optional_seconds")]
    pub connect: Option<Duration>,
    /// From sending the query to the arrival of its response.
    #[serde(rename = "request_seconds", serialize_with = "as_optional_seconds")]
    pub request: Option<Duration>,
    /// Which clock stamped the arrival.
    pub clock: Option<Clock>,
    /// Responses that were not to this query.
    pub ignored_responses: u32,
    /// What the response said; absent without one.
    pub response: Option<ResponseReport>,
}

/// The outside of a response.
#[derive(Debug, Serialize)]
pub struct ResponseReport {
    /// The rcode with EDNS's upper bits.
    pub rcode: Rcode,
    /// Header bits.
    pub flags: HeaderFlags,
    /// Records in the answer section.
    pub answer_rrs: u16,
    /// Records in the authority section.
    pub authority_rrs: u16,
    /// Records in the additional section, OPT among them.
    pub additional_rrs: u16,
    /// Octets of the DNS message.
    pub size_bytes: usize,
    /// The UDP payload size that the server advertises; absent without EDNS.
    pub edns_udp_size_bytes: Option<u16>,
    /// The server's own Extended DNS Errors.
    pub extended_errors: Vec<ExtendedError>,
    /// Octets after the end of the message.
    pub trailing_bytes: usize,
}

/// The header bits that say something about an authority.
#[derive(Clone, Copy, Debug, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "the header has these bits")]
pub struct HeaderFlags {
    /// Authoritative answer.
    pub aa: bool,
    /// Truncated.
    pub tc: bool,
    /// Recursion available.
    pub ra: bool,
    /// Authentic data.
    pub ad: bool,
}

#[allow(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn as_optional_seconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs_f64())
        .serialize(serializer)
}
