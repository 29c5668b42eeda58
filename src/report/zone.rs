//! What a probe of a zone as a whole saw: each nameserver, and what they come to together.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Serialize;

use super::parent::as_texts;
use super::{
    ChainReport, EarlyChangeReport, Glue, NsHostReport, ParentResult, ParentServerReport,
    ServerReport,
};
use crate::config::{DnssecPolicy, NameserverRole, as_seconds};
use crate::dns::{Ds, Family, Name, Serial, Timestamp};

/// The result of one probe of a zone as a whole.
#[derive(Debug, Serialize)]
pub struct ZoneReport {
    /// The apex of the zone.
    pub zone: Name,
    /// The module in force.
    pub module: String,
    /// The DNSSEC policy in force.
    pub dnssec_policy: DnssecPolicy,
    /// When the last answer was there.
    pub at: Timestamp,
    /// Whether every address of every nameserver answered as it should.
    pub success: bool,
    /// From the request to the last judgement.
    #[serde(rename = "duration_seconds", serialize_with = "as_seconds")]
    pub duration: Duration,
    /// The time limit that was in force.
    #[serde(rename = "timeout_seconds", serialize_with = "as_seconds")]
    pub timeout: Duration,
    /// How long signatures must still last, before alerts warn.
    pub signature_warning_seconds: u32,
    /// What differs where it should not, and who differs.
    pub differences: Vec<Inconsistency>,
    /// How the serials stand to each other.
    pub serials: Serials,
    /// What every server should say alike.
    pub agreement: Agreement,
    /// What the parent says of the zone's nameservers; absent without a resolver to find it.
    pub parent: Option<ParentReport>,
    /// How long resolvers may keep what the servers give.
    pub ttls: TtlReport,
    /// Where the chain of trust leads that begins above the zone; absent where none is followed.
    pub chain: Option<ChainReport>,
    /// What was changed before the copies that resolvers may hold had run out: an entry for each kind of change that could be assessed.
    pub early_changes: Vec<EarlyChangeReport>,
    /// Who answers.
    pub reach: Availability,
    /// One entry for each nameserver, in the order of probes.json.
    pub nameservers: Vec<NameserverReport>,
}

/// One nameserver of the zone.
#[derive(Debug, Serialize)]
pub struct NameserverReport {
    /// Its name in probes.json.
    pub name: String,
    /// Who runs it.
    pub provider: Option<String>,
    /// Its part in the zone transfer.
    pub role: Option<NameserverRole>,
    /// Whether the zone's NS records leave it out.
    pub hidden: bool,
    /// Whether all its addresses gave one NSID; absent where none or one gave any, and for anycast.
    pub nsid_equal: Option<bool>,
    /// One entry for each address, and one for each wanted family that has none.
    pub addresses: Vec<AddressReport>,
}

/// One address of a nameserver, seen beside the others.
#[derive(Debug, Serialize)]
pub struct AddressReport {
    /// What it answered.
    #[serde(flatten)]
    pub server: ServerReport,
    /// How many steps its serial is behind the newest (RFC 1982); absent without a serial, or where none is the newest.
    pub serial_lag: Option<u32>,
    /// Whether it answered alike over UDP and TCP; absent where it did not answer over both.
    pub transports_equal: Option<bool>,
    /// How long its signatures last past the moment when a secondary that loses its primary now would expire the zone.
    pub signatures_outlive_expire_seconds: Option<i64>,
}

impl AddressReport {
    /// The SOA's serial, as far as an authority gave one.
    pub fn serial(&self) -> Option<Serial> {
        self.server.authoritative_soa().map(|soa| soa.serial)
    }

    /// Whether an authority's answer came that shows the zone.
    pub fn is_answering(&self) -> bool {
        self.server.authoritative_soa().is_some()
    }
}

/// How long resolvers may keep what authorities give, in seconds; where they differ, the longest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TtlReport {
    /// The SOA record of the apex.
    pub soa: Option<u32>,
    /// The NS RRset of the apex.
    pub ns: Option<u32>,
    /// The DNSKEY RRset.
    pub dnskey: Option<u32>,
    /// The greatest of all records of the zone that were seen.
    pub max: Option<u32>,
}

/// How the serials of all servers stand to each other (RFC 1982).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Serials {
    /// The one that no other is newer than; absent without any, and where two cannot be compared.
    pub newest: Option<Serial>,
    /// Whether one of them is the newest; absent without any.
    pub comparable: Option<bool>,
    /// Whether all are the same; absent without any.
    pub equal: Option<bool>,
}

/// Whether what every server should say alike is alike. Each is absent where nothing could be held against anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// The NS RRset at every server.
    pub ns_equal: Option<bool>,
    /// The DNSKEY RRset at every server.
    pub dnskeys_equal: Option<bool>,
    /// The CDS RRset and the CDNSKEY RRset at every server.
    pub cds_equal: Option<bool>,
    /// The host names in probes.json, and those of the NS RRset.
    pub configured_ns_equal: Option<bool>,
    /// The NS RRset at the parent, and that of the zone.
    pub parent_ns_equal: Option<bool>,
    /// The glue at the parent, and the addresses in the zone.
    pub glue_equal: Option<bool>,
    /// The delegation at all servers of the parent.
    pub parent_servers_equal: Option<bool>,
}

/// What should be alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InconsistencyKind {
    /// The serials.
    Serial,
    /// The NS RRset.
    Ns,
    /// The DNSKEY RRset.
    Dnskey,
    /// The CDS or the CDNSKEY RRset.
    Cds,
    /// The data of a name, at servers that have one version of the zone.
    Name,
    /// The answers over UDP and TCP.
    Transport,
    /// The NSID of the addresses of one nameserver.
    Nsid,
    /// The nameservers of probes.json.
    ConfiguredNs,
    /// The NS RRset at the parent.
    ParentNs,
    /// The glue at the parent.
    Glue,
    /// Whether the parent delegates the zone.
    ParentDelegation,
    /// The delegation at one of the parent's servers, or whether it has one.
    ParentServers,
    /// A nameserver at the parent that neither the zone nor probes.json knows.
    ParentUnknownNs,
    /// A nameserver of the zone that the parent does not have.
    ParentMissingNs,
    /// The name of a nameserver: it does not exist, or has no address.
    NsName,
    /// The addresses of a nameserver's name, and those in probes.json.
    NsAddress,
    /// A nameserver that probes.json does not list and that does not answer for the zone.
    NsLame,
}

impl InconsistencyKind {
    /// The word for it in metrics and text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Ns => "ns",
            Self::Dnskey => "dnskey",
            Self::Cds => "cds",
            Self::Name => "name",
            Self::Transport => "transport",
            Self::Nsid => "nsid",
            Self::ConfiguredNs => "configured_ns",
            Self::ParentNs => "parent_ns",
            Self::Glue => "glue",
            Self::ParentDelegation => "parent_delegation",
            Self::ParentServers => "parent_servers",
            Self::ParentUnknownNs => "parent_unknown_ns",
            Self::ParentMissingNs => "parent_missing_ns",
            Self::NsName => "ns_name",
            Self::NsAddress => "ns_address",
            Self::NsLame => "ns_lame",
        }
    }
}

/// One who differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inconsistency {
    /// In what.
    pub what: InconsistencyKind,
    /// The nameserver; absent where the parent or probes.json differs.
    pub nameserver: Option<String>,
    /// The family; absent where it is not about one address.
    pub family: Option<Family>,
    /// The address; absent where it is not about one.
    pub address: Option<IpAddr>,
    /// What it says, and what is said elsewhere.
    pub detail: String,
}

impl Inconsistency {
    /// One address of a nameserver differs; of a family without an address, the family.
    pub fn at_address(
        kind: InconsistencyKind,
        nameserver: &str,
        (family, address): (Family, Option<IpAddr>),
        detail: String,
    ) -> Self {
        Self {
            what: kind,
            nameserver: Some(nameserver.to_owned()),
            family: Some(family),
            address,
            detail,
        }
    }

    /// One nameserver differs, whatever its address; `None` where it is the parent or probes.json.
    pub fn of_nameserver(
        kind: InconsistencyKind,
        nameserver: Option<&str>,
        detail: String,
    ) -> Self {
        Self {
            what: kind,
            nameserver: nameserver.map(str::to_owned),
            family: None,
            address: None,
            detail,
        }
    }
}

/// What the parent says of the zone's nameservers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ParentReport {
    /// The parent zone; absent where it was not found.
    pub zone: Option<Name>,
    /// The first of its servers that gives the delegation below.
    pub server: Option<SocketAddr>,
    /// Why there is no delegation, or why it is not known.
    pub problem: Option<String>,
    /// What its servers make of the zone; absent where they could not be asked, or serve the zone themselves.
    pub result: Option<ParentResult>,
    /// Whether a server of the parent that this probe asked answered, by family.
    pub answering: BTreeMap<Family, bool>,
    /// The NS RRset of the delegation.
    pub ns: Vec<Name>,
    /// The addresses that the parent gives for nameservers within the zone.
    pub glue: Glue,
    /// The addresses that the zone itself gives for them; absent where no server said.
    pub addresses: Option<Glue>,
    /// TTL of the NS RRset of the delegation, in seconds.
    pub ns_ttl: Option<u32>,
    /// A number that is another one when the NS RRset of the delegation is.
    pub ns_digest: Option<u64>,
    /// The DS RRset; empty if there is none.
    #[serde(serialize_with = "as_texts")]
    pub ds: Vec<Ds>,
    /// TTL of the DS RRset, in seconds.
    pub ds_ttl: Option<u32>,
    /// A number that is another one when the DS RRset is; 0 if there is none.
    pub ds_digest: Option<u64>,
    /// Every server of the parent, as it was asked last.
    pub servers: Vec<ParentServerReport>,
    /// Where the names of the delegation's nameservers lead.
    pub hosts: Vec<NsHostReport>,
}

/// How many there are, and how many of them answer now. Hidden nameservers are left out: resolvers never ask them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Availability {
    /// Nameservers; one answers if one of its addresses does.
    pub servers: AvailabilityCount,
    /// Who runs them; those of whom probes.json does not say it count as one together.
    pub providers: AvailabilityCount,
    /// Addresses of each family.
    pub addresses: BTreeMap<Family, AvailabilityCount>,
    /// Networks of the size in which the Internet is routed: /24 of IPv4, /48 of IPv6.
    pub networks: BTreeMap<Family, AvailabilityCount>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AvailabilityCount {
    /// How many probes.json lists.
    pub configured: usize,
    /// How many of them answer.
    pub answering: usize,
}
