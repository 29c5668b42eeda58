//! What a probe saw and held of it: plain data, filled once, and everything that any view may show.

mod zone;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::config::{DnssecPolicy, Family, NameserverRole, Transport, as_seconds};
use crate::dns::{Algorithm, DigestType, ExtendedError, Name, Rcode, RrType, Serial, Soa, Timestamp};
use crate::dnssec::{Reason, RolloverState, SecurityStatus};
use crate::exchange::{Clock, Exchange};
use crate::plan::Purpose;

pub use zone::{
    AddressReport, Agreement, Difference, Glue, NameserverReport, ParentReport, Reach, Serials, Share, What, ZoneReport,
};

/// What a request came to.
#[derive(Debug)]
pub enum AnyReport {
    /// Of one nameserver.
    Target(Report),
    /// Of the zone as a whole.
    Zone(Box<ZoneReport>),
}

impl AnyReport {
    /// Whether every address answered as it should.
    pub const fn is_success(&self) -> bool {
        match self {
            Self::Target(report) => report.success,
            Self::Zone(report) => report.success,
        }
    }

    /// How long the probe took.
    pub const fn duration(&self) -> Duration {
        match self {
            Self::Target(report) => report.duration,
            Self::Zone(report) => report.duration,
        }
    }

    /// The zone that was asked about.
    pub const fn zone(&self) -> &Name {
        match self {
            Self::Target(report) => &report.zone,
            Self::Zone(report) => &report.zone,
        }
    }

    /// The type that was asked for; of a zone as a whole the one that counts.
    pub const fn qtype(&self) -> RrType {
        match self {
            Self::Target(report) => report.qtype,
            Self::Zone(_) => RrType::SOA,
        }
    }

    /// Every address, with its target as it was written or its nameserver's name.
    pub fn servers(&self) -> Vec<(&str, &ServerReport)> {
        match self {
            Self::Target(report) => report.servers.iter().map(|server| (report.target.as_str(), server)).collect(),
            Self::Zone(report) => {
                let of_each = report.nameservers.iter();
                let addresses =
                    of_each.flat_map(|one| one.addresses.iter().map(|address| (one.name.as_str(), &address.server)));
                addresses.collect()
            }
        }
    }
}

/// The result of one probe of one target.
#[derive(Debug, Serialize)]
pub struct Report {
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

    /// Nothing was asked in this family, for want of an address.
    pub fn unasked(family: Family, port: u16, role: Option<NameserverRole>, failure: Failure) -> Self {
        Self {
            family,
            address: None,
            port,
            role,
            authoritative: false,
            failures: vec![failure],
            transports: Vec::new(),
            soa: None,
            expire_seconds: None,
            zone_version: None,
            nsid: None,
            recursion_offered: None,
            transfer_open: None,
            dnssec: None,
            exchanges: Vec::new(),
        }
    }
}

/// One reason for failure with what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The reason.
    #[serde(flatten, serialize_with = "with_info_code")]
    pub reason: Reason,
    /// What was seen, for a person: which question, which transport, which RRset, which key.
    pub detail: String,
}

impl Failure {
    /// A failure for `reason`, seen as `detail` says.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
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
    pub flags: Flags,
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
pub struct Flags {
    /// Authoritative answer.
    pub aa: bool,
    /// Truncated.
    pub tc: bool,
    /// Recursion available.
    pub ra: bool,
    /// Authentic data.
    pub ad: bool,
}

/// What DNSSEC says about one address's answers.
#[derive(Debug, Serialize)]
pub struct DnssecReport {
    /// Whether the zone shows a key or a signature at all.
    pub signed: bool,
    /// Whether every RRset that must be signed is validly signed; absent where it could not be told.
    pub signatures_valid: Option<bool>,
    /// Status relative to the trust anchors.
    pub status: SecurityStatus,
    /// Why the status is not `secure`.
    #[serde(flatten, serialize_with = "status_with_info_code")]
    pub status_reason: Option<Reason>,
    /// Where the chain from the trust anchor ended, if it did.
    pub status_detail: Option<String>,
    /// What the zone's keys were held against.
    pub anchors: Vec<AnchorReport>,
    /// How the keys stand to the parent; absent unless the keys were asked for, and where it cannot be told.
    pub rollover: Option<RolloverState>,
    /// The horizon: the minimum over RRsets of the latest verifying signature's expiration.
    pub earliest_expiration: Option<Timestamp>,
    /// Each RRset that was judged.
    pub rrsets: Vec<RrsetReport>,
    /// Each proof of non-existence that the answers took.
    pub denials: Vec<DenialReport>,
    /// Each key that is served.
    pub keys: Vec<KeyReport>,
}

/// A DS or key that the zone's keys were held against.
#[derive(Debug, Serialize)]
pub struct AnchorReport {
    /// Tag of the key.
    pub key_tag: u16,
    /// Algorithm of the key.
    #[serde(serialize_with = "Algorithm::serialize_number")]
    pub algorithm: Algorithm,
    /// What the digest was made by; absent for a key.
    #[serde(serialize_with = "as_optional_number")]
    pub digest_type: Option<DigestType>,
    /// Whether it fits a key that is served; absent where that cannot be told.
    pub matched: Option<bool>,
}

/// What an answer denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DenialKind {
    /// A name.
    Nxdomain,
    /// A type at a name.
    Nodata,
    /// Anything closer to the name than the wildcard that answered.
    Wildcard,
}

impl DenialKind {
    /// The word for it in metrics and text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nxdomain => "nxdomain",
            Self::Nodata => "nodata",
            Self::Wildcard => "wildcard",
        }
    }
}

/// One denial and its proof.
#[derive(Debug, Serialize)]
pub struct DenialReport {
    /// Which question's answer it is.
    pub purpose: Purpose,
    /// What is denied; of our own two questions, what they were asked for.
    pub kind: DenialKind,
    /// The name.
    pub name: Name,
    /// The type asked for.
    pub rtype: RrType,
    /// The transport over which it came.
    pub transport: Transport,
    /// Whether the proof holds.
    pub held: Held,
    /// Why not.
    #[serde(flatten, serialize_with = "maybe_with_info_code")]
    pub reason: Option<Reason>,
    /// What is missing for the proof.
    pub missing: Option<&'static str>,
    /// Which proof it is.
    pub proof: Option<&'static str>,
    /// Whether it rests on an opt-out NSEC3.
    pub opt_out: bool,
}

/// Whether a signature or an RRset held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// It verifies.
    Valid,
    /// It does not.
    Invalid,
    /// It could not be told: unsupported, or over the budget.
    Undecided,
}

/// One RRset and all its signatures.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RrsetReport {
    /// Owner name.
    pub owner: Name,
    /// Type.
    pub rtype: RrType,
    /// The transport over which it came.
    pub transport: Transport,
    /// How many records it has.
    pub records: usize,
    /// Whether it is validly signed.
    pub held: Held,
    /// Why not.
    #[serde(flatten, serialize_with = "maybe_with_info_code")]
    pub reason: Option<Reason>,
    /// Expiration of the latest verifying signature.
    pub expiration: Option<Timestamp>,
    /// The wildcard that the answer was expanded from (RFC 4035 section 5.3.2).
    pub wildcard: Option<Name>,
    /// Each of its RRSIGs.
    pub rrsigs: Vec<RrsigReport>,
}

/// One RRSIG and its own verdict.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RrsigReport {
    /// The type it covers.
    pub type_covered: RrType,
    /// Tag of the key that signed.
    pub key_tag: u16,
    /// Algorithm.
    #[serde(serialize_with = "Algorithm::serialize_number")]
    pub algorithm: Algorithm,
    /// Signer's name.
    pub signer: Name,
    /// Begin of the validity period.
    pub inception: Timestamp,
    /// End of the validity period.
    pub expiration: Timestamp,
    /// Whether it verifies.
    pub held: Held,
    /// Why not.
    #[serde(flatten, serialize_with = "maybe_with_info_code")]
    pub reason: Option<Reason>,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Signs the DNSKEY RRset (RFC 9499 section 10, "key signing key").
    Ksk,
    /// Signs the zone's data ("zone signing key").
    Zsk,
    /// Signs both ("combined signing key").
    Csk,
}

/// One key of the DNSKEY RRset.
#[derive(Clone, Debug, Serialize)]
pub struct KeyReport {
    /// Key tag.
    pub key_tag: u16,
    /// Algorithm.
    #[serde(serialize_with = "Algorithm::serialize_number")]
    pub algorithm: Algorithm,
    /// The flags field.
    pub flags: u16,
    /// What it is for.
    pub role: Role,
    /// Size of the modulus or of the curve; absent for an algorithm that is not known here.
    pub bits: Option<usize>,
}

#[allow(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn as_optional_seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference to the field")]
fn as_optional_number<S: Serializer>(digest_type: &Option<DigestType>, serializer: S) -> Result<S::Ok, S::Error> {
    digest_type.map(|digest_type| digest_type.0).serialize(serializer)
}

/// Wherever a reason stands, its Extended DNS Error stands beside it (RFC 8914; null where that has none).
#[derive(Serialize)]
struct Told {
    reason: Option<Reason>,
    info_code: Option<u16>,
}

#[derive(Serialize)]
struct StatusTold {
    status_reason: Option<Reason>,
    status_info_code: Option<u16>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference to the field")]
fn with_info_code<S: Serializer>(reason: &Reason, serializer: S) -> Result<S::Ok, S::Error> {
    maybe_with_info_code(&Some(*reason), serializer)
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference to the field")]
fn maybe_with_info_code<S: Serializer>(reason: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
    Told { reason: *reason, info_code: info_code(*reason) }.serialize(serializer)
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference to the field")]
fn status_with_info_code<S: Serializer>(reason: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
    StatusTold { status_reason: *reason, status_info_code: info_code(*reason) }.serialize(serializer)
}

fn info_code(reason: Option<Reason>) -> Option<u16> {
    reason?.info_code().map(|code| code.0)
}
