//! The closed sets of words that probes.json, parameters and labels share.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
        pub enum $name { $($(#[$item])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every value with its word.
            pub const ALL: &[(Self, &str)] = &[$((Self::$variant, $word)),*];

            /// The word for it in parameters, labels and probes.json.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                let known = Self::ALL.iter().find(|(_, word)| *word == text);
                known.map(|&(value, _)| value).ok_or_else(|| UnknownWord {
                    text: text.to_owned(),
                    known: &[$($word),*],
                })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            // serde's own would also take `{"word": null}`.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;

                impl Visitor<'_> for Word {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "one of {}", [$($word),*].join(", "))
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Word)
            }
        }
    };
}

/// A text that is none of the words of its set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The text.
    pub text: String,
    /// The words of the set.
    pub known: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not one of {}", self.text, self.known.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

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
