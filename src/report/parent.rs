//! What each of the parent's servers says of a zone, where its nameservers' names lead, and whether the chain of trust does.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::{Serialize, Serializer};

use crate::dns::{Ds, Name, Timestamp};
use crate::reason::Reason;

/// Addresses of host names, each list sorted.
pub type Glue = BTreeMap<String, Vec<IpAddr>>;

/// What a server of the parent, or all of them together, make of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentResult {
    /// A delegation.
    Delegates,
    /// NXDOMAIN: the name does not exist, as after serverHold or expiry at the registry.
    NxDomain,
    /// The name exists, and is not delegated.
    NotDelegated,
    /// The server serves the zone too, and answers from there: what the parent has does not show.
    ServesZone,
    /// An error, such as REFUSED or SERVFAIL.
    Failed,
    /// No response: it could not be asked.
    Silent,
}

impl ParentResult {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Delegates,
        Self::NxDomain,
        Self::NotDelegated,
        Self::ServesZone,
        Self::Failed,
        Self::Silent,
    ];

    /// The word for it in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delegates => "delegates",
            Self::NxDomain => "nxdomain",
            Self::NotDelegated => "not_delegated",
            Self::ServesZone => "serves_zone",
            Self::Failed => "failed",
            Self::Silent => "silent",
        }
    }
}

/// One server of the parent, as it was asked last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParentServerReport {
    /// Its host name.
    pub name: Name,
    /// Its address.
    pub address: SocketAddr,
    /// When it was asked. Those of a large parent take turns.
    pub at: Timestamp,
    /// What it answered.
    pub result: ParentResult,
    /// What was seen, where it is no delegation.
    pub detail: Option<String>,
    /// Its delegation.
    #[serde(flatten)]
    pub delegation: Option<Delegation>,
}

/// A delegation as a server of the parent gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delegation {
    /// The host names of the NS RRset, sorted.
    pub ns: Vec<Name>,
    /// TTL of the NS RRset in seconds.
    pub ns_ttl: Option<u32>,
    /// The DS RRset, sorted; empty if there is none.
    #[serde(serialize_with = "as_texts")]
    pub ds: Vec<Ds>,
    /// TTL of the DS RRset in seconds.
    pub ds_ttl: Option<u32>,
    /// The addresses of the nameservers within the zone.
    pub glue: Glue,
}

/// Records in presentation form.
pub(super) fn as_texts<S: Serializer>(ds: &[Ds], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ds.iter().map(Ds::to_string))
}

/// Where the name of one of the zone's nameservers leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NsHostReport {
    /// The host name.
    pub name: Name,
    /// What the resolvers found.
    pub result: NsHostResult,
    /// Its addresses, sorted.
    pub addresses: Vec<IpAddr>,
    /// Why it is not known.
    pub problem: Option<String>,
    /// Those of its addresses that probes.json does not list, and what they answer for the zone.
    pub unlisted: Vec<UnlistedServer>,
}

/// What became of looking up the name of a nameserver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NsHostResult {
    /// It has addresses.
    Found,
    /// NXDOMAIN: it does not exist. Whoever registers its domain answers for the zone.
    NxDomain,
    /// It exists and has no address.
    NoAddress,
    /// It could not be looked up.
    Unknown,
}

/// An address in the delegation that probes.json does not list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnlistedServer {
    /// The address.
    pub address: IpAddr,
    /// Whether it answers for the zone as an authority; absent if this machine could not ask.
    pub answers: Option<bool>,
    /// What was seen, if it does not.
    pub detail: Option<String>,
}

/// Where the chain of trust leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainStatus {
    /// To the DS RRset of the zone.
    Secure,
    /// To a proof that the zone has no DS, or one of no algorithm in use: it is unprotected, and reachable.
    Insecure,
    /// To a link that does not verify: validating resolvers answer SERVFAIL for the zone, signed or not.
    Broken,
    /// It could not be told: the resolvers do not answer, or this machine had no time.
    Undecided,
}

impl ChainStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Secure, Self::Insecure, Self::Broken, Self::Undecided];

    /// The word for it in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::Insecure => "insecure",
            Self::Broken => "broken",
            Self::Undecided => "undecided",
        }
    }
}

/// The chain of trust from an anchor above the zone to its DS RRset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// Where it leads.
    pub status: ChainStatus,
    /// Why not to a DS RRset.
    pub reason: Option<Reason>,
    /// At which name it ends.
    pub ends_at: Option<Name>,
    /// What was seen there.
    pub detail: Option<String>,
}
