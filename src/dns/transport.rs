//! Address families and transports.

use std::net::IpAddr;

use super::keyword::keyword_enum;

keyword_enum! {
    /// An address family.
    Family {
        /// IPv4.
        Ipv4 = "ipv4",
        /// IPv6.
        Ipv6 = "ipv6",
    }
}

keyword_enum! {
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

keyword_enum! {
    /// How one query travels.
    Transport {
        /// UDP (RFC 1035 section 4.2.1).
        Udp = "udp",
        /// TCP (RFC 7766).
        Tcp = "tcp",
    }
}

keyword_enum! {
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

impl Family {
    /// The family of an address.
    pub fn of_address(address: &IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ipv4,
            IpAddr::V6(_) => Self::Ipv6,
        }
    }
}

impl Families {
    /// The wanted families, IPv4 first.
    pub fn members(self) -> &'static [Family] {
        match self {
            Self::Both => &[Family::Ipv4, Family::Ipv6],
            Self::Ipv4 => &[Family::Ipv4],
            Self::Ipv6 => &[Family::Ipv6],
        }
    }
}

impl Transports {
    /// The transports that a question starts with, UDP first.
    pub fn members(self) -> &'static [Transport] {
        match self {
            Self::Udp => &[Transport::Udp],
            Self::Tcp => &[Transport::Tcp],
            Self::Both => &[Transport::Udp, Transport::Tcp],
        }
    }
}
