//! probes.json as a value that cannot be wrong: parse, don't validate.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Serialize;

use crate::dns::{Name, Rcode, RrType};

/// Everything that probes.json says, every reference in it resolved to something that exists.
#[derive(Clone, Debug, Serialize)]
pub struct Config {
    /// Nameservers by the name that `target` may take.
    pub nameservers: BTreeMap<String, Nameserver>,
    /// Zones by apex.
    pub zones: BTreeMap<Name, Zone>,
    /// Probe profiles; `default` is always among them.
    pub modules: BTreeMap<String, Module>,
    /// The resolver for host names of targets; without one the system's is asked.
    pub resolver: Option<SocketAddr>,
}

/// A nameserver that is probed.
#[derive(Clone, Debug, Serialize)]
pub struct Nameserver {
    /// Its addresses; at least one.
    pub addresses: Vec<IpAddr>,
    /// Its port.
    pub port: u16,
    /// Who runs it.
    pub provider: Option<String>,
    /// Its part in the zone transfer.
    pub role: Option<NameserverRole>,
}

/// A zone that is probed.
#[derive(Clone, Debug, Serialize)]
pub struct Zone {
    /// Names of `nameservers`.
    pub nameservers: Vec<String>,
    /// The types that discovery asks for.
    pub qtypes: Vec<RrType>,
    /// The policy for this zone.
    pub dnssec: DnssecPolicy,
    /// The module for this zone.
    pub module: String,
}

/// A probe profile.
#[derive(Clone, Debug, Serialize)]
pub struct Module {
    /// The time limit; a scrape's own may be shorter.
    pub timeout: Duration,
    /// Address families.
    pub families: Families,
    /// Transports.
    pub transport: Transports,
    /// The UDP payload that queries advertise, in octets.
    pub udp_size: u16,
    /// Rcodes that count as an answer.
    pub valid_rcodes: Vec<Rcode>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name { $($(#[$item])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every value with its word.
            pub const ALL: &[(Self, &str)] = &[$((Self::$variant, $word)),*];

            /// The word for it in parameters, labels and probes.json.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// An address family.
    Family {
        /// IPv4.
        Ipv4 = "ipv4",
        /// IPv6.
        Ipv6 = "ipv6",
    }
}

words! {
    /// The families that a probe wants.
    Families {
        /// IPv4 and IPv6, each on its own.
        Both = "both",
        /// IPv4 alone.
        Ipv4 = "ipv4",
        /// IPv6 alone.
        Ipv6 = "ipv6",
    }
}

words! {
    /// How one query travels.
    Transport {
        /// UDP (RFC 1035 section 4.2.1).
        Udp = "udp",
        /// TCP (RFC 7766).
        Tcp = "tcp",
    }
}

words! {
    /// The transports that a probe wants.
    Transports {
        /// UDP, and TCP after truncation.
        Udp = "udp",
        /// TCP alone.
        Tcp = "tcp",
        /// UDP and TCP, each on its own.
        Both = "both",
    }
}

words! {
    /// What a probe demands of DNSSEC.
    DnssecPolicy {
        /// Anything but valid signatures fails.
        Required = "required",
        /// Signatures that are there must verify; an unsigned zone passes.
        Auto = "auto",
        /// Nothing is asked and nothing judged.
        Off = "off",
    }
}

words! {
    /// A nameserver's part in the zone transfer (RFC 9499 section 6).
    NameserverRole {
        /// Where the zone is edited or signed.
        Primary = "primary",
        /// Transfers the zone from another.
        Secondary = "secondary",
    }
}

impl Family {
    /// The family of an address.
    pub fn of(address: &IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ipv4,
            IpAddr::V6(_) => Self::Ipv6,
        }
    }
}

impl Families {
    /// The wanted families, IPv4 first.
    pub fn each(self) -> &'static [Family] {
        match self {
            Self::Both => &[Family::Ipv4, Family::Ipv6],
            Self::Ipv4 => &[Family::Ipv4],
            Self::Ipv6 => &[Family::Ipv6],
        }
    }
}

impl Transports {
    /// The transports that a question starts with, UDP first.
    pub fn each(self) -> &'static [Transport] {
        match self {
            Self::Udp => &[Transport::Udp],
            Self::Tcp => &[Transport::Tcp],
            Self::Both => &[Transport::Udp, Transport::Tcp],
        }
    }
}
