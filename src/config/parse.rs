//! One text of probes.json or of a parameter, read. Errors quote the text and say what it should have been.

use std::net::{IpAddr, Ipv6Addr};

use crate::dns::{Class, Name, Rcode, RrType};

/// The greatest rcode that a message can carry: 4 bits in the header, 8 in OPT (RFC 6891 section 6.1.3).
const MAX_RCODE: u16 = 0xFFF;

/// An address or a host name, with the port if one is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: Host,
    pub(crate) port: Option<u16>,
}

/// The part of an endpoint before the port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(String),
}

/// Reads `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:53`, `host`, `host:53`.
pub(crate) fn endpoint(text: &str) -> Result<Endpoint, String> {
    if let Some((_, scope)) = text.split_once('%') {
        return Err(format!(
            "{text:?}: scope identifiers (here \"%{scope}\") are not understood; a public nameserver has none"
        ));
    }
    if let Some(bracketed) = text.strip_prefix('[') {
        return bracketed_endpoint(text, bracketed);
    }
    if text.matches(':').count() > 1 {
        if text.parse::<IpAddr>().is_err() {
            return Err(format!(
                "{text:?} is not an IP address; with a port it is written [2001:db8::1]:53"
            ));
        }
        return Ok(Endpoint {
            host: Host::Address(address(text)?),
            port: None,
        });
    }
    let (host, port) = match text.split_once(':') {
        Some((host, digits)) => (host, Some(port(digits)?)),
        None => (text, None),
    };
    Ok(Endpoint {
        host: self::host(host)?,
        port,
    })
}

fn bracketed_endpoint(text: &str, bracketed: &str) -> Result<Endpoint, String> {
    let Some((inner, rest)) = bracketed.split_once(']') else {
        return Err(format!("{text:?}: no ] after ["));
    };
    if inner.parse::<Ipv6Addr>().is_err() {
        return Err(format!(
            "{inner:?} is not an IPv6 address, which brackets are for"
        ));
    }
    let port = match rest.strip_prefix(':') {
        Some(digits) => Some(port(digits)?),
        None if rest.is_empty() => None,
        None => return Err(format!("{text:?}: after ] only :port may stand")),
    };
    Ok(Endpoint {
        host: Host::Address(address(inner)?),
        port,
    })
}

fn host(text: &str) -> Result<Host, String> {
    if ends_in_number(text) {
        return address(text).map(Host::Address);
    }
    let name = name(text)?;
    let is_plain = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    if name.is_root() || !name.labels().flatten().all(is_plain) {
        return Err(format!("{text:?} is neither an address nor a host name"));
    }
    let ascii = name.to_string();
    // A final dot keeps a resolver from trying its search list, and keeps it out of /etc/hosts: the writer's choice.
    let host = if text.ends_with('.') {
        &ascii
    } else {
        ascii.trim_end_matches('.')
    };
    Ok(Host::Name(host.to_owned()))
}

/// An address, perhaps gone wrong: no host name ends in a number (RFC 1123 section 2.1), and system resolvers read
/// hexadecimal ones as addresses too.
fn ends_in_number(text: &str) -> bool {
    let last = text
        .trim_end_matches('.')
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match last.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|octet| octet.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|octet| octet.is_ascii_digit()),
    }
}

/// Reads an address that one server can have.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text
        .parse()
        .map_err(|_| format!("{text:?} is not an IP address"))?;
    if let IpAddr::V6(v6) = address
        && let Some(v4) = v6.to_ipv4_mapped()
    {
        return Err(format!(
            "{text:?} is an IPv4-mapped IPv6 address, which goes over IPv4; write \"{v4}\""
        ));
    }
    let is_broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    if address.is_unspecified() || address.is_multicast() || is_broadcast {
        return Err(format!("{text:?} is not the address of one server"));
    }
    Ok(address)
}

/// Reads a port.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    // No more digits than a port has: a number with thousands of zeros before it is a text to fill memory with.
    let digits = Some(text)
        .filter(|text| text.len() <= 5 && text.bytes().all(|octet| octet.is_ascii_digit()));
    let port = digits
        .and_then(|digits| digits.parse().ok())
        .filter(|&port| port > 0);
    port.ok_or_else(|| format!("{text:?} is not a port from 1 to 65535"))
}

/// Reads a domain name.
pub(crate) fn name(text: &str) -> Result<Name, String> {
    text.parse()
        .map_err(|error| format!("{text:?} is not a domain name: {error}"))
}

/// Reads a type that can stand in a question here: not a transfer, not a pseudo-record (RFC 6895 section 3.1).
pub(crate) fn rr_type(text: &str) -> Result<RrType, String> {
    const EXCLUDED_TYPES: [RrType; 9] = [
        RrType(0),
        RrType::OPT,
        // A mark in the bitmaps of compact denial, never data (RFC 9824 section 2.1).
        RrType::NXNAME,
        RrType::TKEY,
        RrType::TSIG,
        RrType::IXFR,
        RrType::AXFR,
        RrType::MAILB,
        RrType::MAILA,
    ];
    let rtype: RrType = text.parse().map_err(|error| format!("{error}"))?;
    if EXCLUDED_TYPES.contains(&rtype) {
        Err(format!("{text:?} is not a type that can be asked for here"))
    } else {
        Ok(rtype)
    }
}

/// Reads an rcode.
pub(crate) fn rcode(text: &str) -> Result<Rcode, String> {
    let rcode: Rcode = text.parse().map_err(|error| format!("{error}"))?;
    if rcode.0 > MAX_RCODE {
        Err(format!(
            "{text:?} is more than the {MAX_RCODE} that an rcode can be"
        ))
    } else {
        Ok(rcode)
    }
}

/// Reads a class.
pub(crate) fn class(text: &str) -> Result<Class, String> {
    text.parse().map_err(|error| format!("{error}"))
}
