//! What DNSSEC says about one address's answers: RRsets, signatures, keys, proofs, and what they were held against.

use data_encoding::BASE64;
use serde::{Serialize, Serializer};

use crate::dns::{Algorithm, DigestType, Name, RrType, Serial, Timestamp, Transport};
use crate::dnssec::{RolloverState, SecurityStatus, TrustAnchor};
use crate::plan::Purpose;
use crate::reason::{Reason, serialize_optional_reason, serialize_status_reason};

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
    #[serde(flatten, serialize_with = "serialize_status_reason")]
    pub status_reason: Option<Reason>,
    /// Where the chain from the trust anchor ended, if it did.
    pub status_detail: Option<String>,
    /// What the zone's keys were held against.
    pub anchors: Vec<AnchorReport>,
    /// How the keys stand to the parent; absent unless the keys were asked for, and where it cannot be told.
    pub rollover: Option<RolloverState>,
    /// The horizon: the minimum over RRsets of the latest expiration of a good signature; in the past once it has expired.
    pub earliest_expiration: Option<Timestamp>,
    /// Each RRset that was judged.
    pub rrsets: Vec<RrsetReport>,
    /// Each proof of non-existence that the answers took.
    pub denials: Vec<DenialReport>,
    /// Each key that is served.
    pub keys: Vec<KeyReport>,
}

impl DnssecReport {
    /// Of a signed zone, of which no more than its status is told.
    pub const fn from_status(status: SecurityStatus) -> Self {
        Self {
            signed: true,
            signatures_valid: None,
            status,
            status_reason: status.reason(),
            status_detail: None,
            anchors: Vec::new(),
            rollover: None,
            earliest_expiration: None,
            rrsets: Vec::new(),
            denials: Vec::new(),
            keys: Vec::new(),
        }
    }
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
    /// All of it, in presentation form.
    pub record: TrustAnchor,
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
    /// The version of the zone that it is from, where the server says (EDNS ZONEVERSION, RFC 9660).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone_version: Option<Serial>,
    /// Whether the proof holds.
    pub held: Validity,
    /// Why not.
    #[serde(flatten, serialize_with = "serialize_optional_reason")]
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
pub enum Validity {
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
    /// The version of the zone that it is from, where the server says (EDNS ZONEVERSION, RFC 9660).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone_version: Option<Serial>,
    /// How many records it has.
    pub records: usize,
    /// Whether it is validly signed.
    pub held: Validity,
    /// Why not.
    #[serde(flatten, serialize_with = "serialize_optional_reason")]
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
    pub held: Validity,
    /// Why not.
    #[serde(flatten, serialize_with = "serialize_optional_reason")]
    pub reason: Option<Reason>,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRole {
    /// Signs the DNSKEY RRset (RFC 9499 section 10, "key signing key").
    Ksk,
    /// Signs the zone's data ("zone signing key").
    Zsk,
    /// Signs both ("combined signing key").
    Csk,
}

impl KeyRole {
    /// The word for it on every view.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ksk => "ksk",
            Self::Zsk => "zsk",
            Self::Csk => "csk",
        }
    }
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
    pub role: KeyRole,
    /// Size of the modulus or of the curve; absent for an algorithm that is not known here.
    pub bits: Option<usize>,
    /// The key itself, as its algorithm's RFC lays it out.
    #[serde(serialize_with = "as_base64")]
    pub public_key: Box<[u8]>,
}

/// Octets as DNSSEC's records have them in presentation form.
pub(crate) fn as_base64<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&BASE64.encode_display(octets))
}

#[allow(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
fn as_optional_number<S: Serializer>(
    digest_type: &Option<DigestType>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    digest_type
        .map(|digest_type| digest_type.0)
        .serialize(serializer)
}
