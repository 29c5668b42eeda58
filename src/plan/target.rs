//! Where a target is.

use std::net::IpAddr;

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

/// As [`parse_target`], by blackbox_exporter's rules: what is no target for us fails when it is probed, not before. The port may
/// be empty or 0, to which nothing can be sent, or the name of a service, and an IPv6 address may hold an IPv4 one.
pub(super) fn parse_blackbox_target(target: &str, config: &Config) -> ParsedTarget {
    parse_target(target, config).unwrap_or_else(|_| {
        let (host, port) = split_host_port(target).unwrap_or((target, None));
        let location = match host.parse::<IpAddr>() {
            Ok(address) => TargetLocation::Addresses(vec![address.to_canonical()]),
            Err(_) => TargetLocation::Host(host.to_owned()),
        };
        ParsedTarget {
            location,
            port: port.map_or(DNS_PORT, blackbox_port),
            role: None,
        }
    })
}

/// `host:port` or `[host]:port`; `None` where no port is written.
fn split_host_port(target: &str) -> Option<(&str, Option<&str>)> {
    let (host, port) = target.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(bracketed) => Some((bracketed.strip_suffix(']')?, Some(port))),
        None if host.contains(':') => None,
        None => Some((host, Some(port))),
    }
}

/// The number of a port, or of the DNS services of the IANA registry that have a name; 0 for another name.
fn blackbox_port(port: &str) -> u16 {
    match port {
        "domain" => DNS_PORT,
        "domain-s" => 853,
        digits => digits.parse().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where blackbox_exporter 0.25 would send the query of a module.
    #[test]
    fn blackbox_targets_are_never_refused() {
        let address = |text: &str| TargetLocation::Addresses(vec![text.parse().unwrap()]);
        let host = |text: &str| TargetLocation::Host(text.to_owned());
        for (target, location, port) in [
            ("192.0.2.10", address("192.0.2.10"), 53),
            ("192.0.2.10:5353", address("192.0.2.10"), 5353),
            ("192.0.2.10:", address("192.0.2.10"), 0),
            ("192.0.2.10:0", address("192.0.2.10"), 0),
            ("192.0.2.10:domain", address("192.0.2.10"), 53),
            ("192.0.2.10:domain-s", address("192.0.2.10"), 853),
            ("192.0.2.10:gopher", address("192.0.2.10"), 0),
            ("192.0.2.10:70000", address("192.0.2.10"), 0),
            ("ns1.example:domain", host("ns1.example"), 53),
            ("[2001:db8::1]:domain", address("2001:db8::1"), 53),
            ("[2001:db8::1]:", address("2001:db8::1"), 0),
            ("::ffff:192.0.2.10", address("192.0.2.10"), 53),
            ("[::ffff:192.0.2.10]:5353", address("192.0.2.10"), 5353),
            ("[2001:db8::1", host("[2001:db8::1"), 53),
            ("not a host:53", host("not a host"), 53),
            (":53", host(""), 53),
        ] {
            let parsed = parse_blackbox_target(target, &Config::default());
            assert_eq!((parsed.location, parsed.port), (location, port), "{target}");
        }
    }
}
