//! The resolvers through which chains of trust and parents are found: those of the system, unless probes.json says
//! otherwise.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

use super::DNS_PORT;

/// Where the system keeps the addresses of its resolvers.
pub const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Resolvers that are asked one after the other. The system's own library asks three (resolv.conf(5), MAXNS).
const MAX_RESOLVERS: usize = 8;

/// Which resolvers are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ResolverChoice {
    /// Those of the system.
    #[default]
    System,
    /// None: only anchors of the zone itself count, and the parent is not asked.
    None,
    /// These, the first that answers; at least one.
    Listed(Vec<SocketAddr>),
}

impl ResolverChoice {
    /// The keyword for the resolvers of the system.
    pub(super) const SYSTEM: &str = "system";
    /// The keyword for no resolver.
    pub(super) const NONE: &str = "none";
}

impl Serialize for ResolverChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::System => serializer.serialize_str(Self::SYSTEM),
            Self::None => serializer.serialize_str(Self::NONE),
            Self::Listed(addresses) => match addresses.as_slice() {
                [address] => address.serialize(serializer),
                addresses => {
                    let mut list = serializer.serialize_seq(Some(addresses.len()))?;
                    for address in addresses {
                        list.serialize_element(address)?;
                    }
                    list.end()
                }
            },
        }
    }
}

/// The resolvers as probes.json has them.
pub(super) enum RawResolvers {
    One(String),
    Several(Vec<String>),
}

impl<'de> Deserialize<'de> for RawResolvers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ResolversVisitor;

        impl<'de> Visitor<'de> for ResolversVisitor {
            type Value = RawResolvers;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an address, an array of addresses, \"system\" or \"none\"")
            }

            fn visit_str<E>(self, text: &str) -> Result<RawResolvers, E> {
                Ok(RawResolvers::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawResolvers, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(RawResolvers::Several(texts))
            }
        }

        deserializer.deserialize_any(ResolversVisitor)
    }
}

impl JsonSchema for RawResolvers {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Resolvers".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "minLength": 1 },
            {
                "type": "array",
                "items": { "type": "string", "minLength": 1 },
                "minItems": 1,
                "maxItems": MAX_RESOLVERS,
                "uniqueItems": true
            }
        ] })
    }
}

/// Checks the length of a list of resolvers.
pub(super) fn check_count(count: usize) -> Result<(), String> {
    if count > MAX_RESOLVERS {
        Err(format!(
            "{count} resolvers; at most {MAX_RESOLVERS} are allowed"
        ))
    } else {
        Ok(())
    }
}

/// The resolvers that `file` names; none where it cannot be read.
pub fn system_resolvers(file: &Path) -> Vec<SocketAddr> {
    // A file that is not there names no resolver. The caller reports that there is none.
    std::fs::read(file)
        .map(|octets| parse_resolv_conf(&String::from_utf8_lossy(&octets)))
        .unwrap_or_default()
}

/// Reads the `nameserver` lines of resolv.conf(5). An address with the name of an interface is left out: only the system
/// can turn that into a number.
fn parse_resolv_conf(text: &str) -> Vec<SocketAddr> {
    let mut resolvers = Vec::new();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        if words.next() != Some("nameserver") {
            continue;
        }
        let address = words.next().and_then(resolver_address);
        if let Some(address) = address.filter(|address| !resolvers.contains(address)) {
            resolvers.push(address);
        }
    }
    resolvers.truncate(MAX_RESOLVERS);
    resolvers
}

fn resolver_address(text: &str) -> Option<SocketAddr> {
    let plain = || text.parse::<IpAddr>().ok();
    let scoped = || format!("[{text}]:{DNS_PORT}").parse::<SocketAddrV6>().ok();
    plain()
        .map(|address| SocketAddr::new(address, DNS_PORT))
        .or_else(|| scoped().map(SocketAddr::V6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nameserver_lines_of_resolv_conf_are_read() {
        let cases = [
            ("", vec![]),
            ("# nameserver 192.0.2.1\n;nameserver 192.0.2.1\n", vec![]),
            ("search example.net\noptions edns0\n", vec![]),
            ("nameserver 192.0.2.1\n", vec!["192.0.2.1:53"]),
            (
                "nameserver\t192.0.2.1 # home\r\nnameserver 2001:db8::53\n",
                vec!["192.0.2.1:53", "[2001:db8::53]:53"],
            ),
            (
                "nameserver 192.0.2.1\nnameserver 192.0.2.1\n",
                vec!["192.0.2.1:53"],
            ),
            ("nameserver fe80::1%3\n", vec!["[fe80::1%3]:53"]),
            ("nameserver fe80::1%eth0\n", vec![]),
            (
                "nameserver resolver.example.net\nnameserver 192.0.2.300\nnameserver\n",
                vec![],
            ),
            ("nameservers 192.0.2.1\n", vec![]),
        ];
        for (text, expected) in cases {
            let read: Vec<_> = parse_resolv_conf(text)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(read, expected, "{text:?}");
        }
        let many: Vec<_> = (1..20)
            .map(|number| format!("nameserver 192.0.2.{number}"))
            .collect();
        assert_eq!(parse_resolv_conf(&many.join("\n")).len(), MAX_RESOLVERS);
    }

    #[test]
    fn missing_resolv_conf_names_no_resolver() {
        assert!(system_resolvers(Path::new("/nonexistent/resolv.conf")).is_empty());
    }
}
