//! Where a target is.

use super::TargetLocation;
use crate::config::parse::{self, Endpoint, Host};
use crate::config::{Config, DNS_PORT, NameserverRole};

/// What a target says of a nameserver.
pub(super) struct ParsedTarget {
    pub(super) location: TargetLocation,
    pub(super) port: u16,
    pub(super) role: Option<NameserverRole>,
}

/// A nameserver of probes.json wins over a host of that name; its port may be written over. No name is an address, nor has a colon.
pub(super) fn parse_target(target: &str, config: &Config) -> Result<ParsedTarget, String> {
    let (name, digits) = match target.split_once(':') {
        Some((name, digits)) if !digits.contains(':') => (name, Some(digits)),
        _ => (target, None),
    };
    if let Some(nameserver) = config.nameservers.get(name) {
        let port = digits
            .map(parse::port)
            .transpose()?
            .unwrap_or(nameserver.port);
        let location = TargetLocation::Addresses(nameserver.addresses.clone());
        return Ok(ParsedTarget {
            location,
            port,
            role: nameserver.role,
        });
    }
    let Endpoint { host, port } = parse::endpoint(target)?;
    let location = match host {
        Host::Address(address) => TargetLocation::Addresses(vec![address]),
        Host::Name(host) => TargetLocation::Host(host),
    };
    Ok(ParsedTarget {
        location,
        port: port.unwrap_or(DNS_PORT),
        role: None,
    })
}
