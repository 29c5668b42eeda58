//! The addresses of host names. Nothing here is timed for its own sake, so hickory's client serves.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_client::NetError;
use hickory_client::client::ClientHandle;
use hickory_client::proto::op::{DnsResponse, ResponseCode};
use hickory_client::proto::rr::{DNSClass, Name, RData, RecordType};
use hickory_client::runtime::{TokioRuntimeProvider, iocompat::AsyncIoTokioAsStd};
use hickory_client::tcp::TcpClientStream;
use hickory_client::udp::UdpClientStream;
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::clock;
use crate::dns::Rcode;

/// Aliases followed in one answer: as many as resolvers follow, which is about a dozen.
const MAX_ALIASES: usize = 12;

/// The addresses of `host`, each once: from the first of `resolvers` that has any, or without resolvers from the system.
pub(super) async fn addresses(
    resolvers: &[SocketAddr],
    host: &str,
    deadline: Instant,
) -> Result<Vec<IpAddr>, String> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let addresses = if resolvers.is_empty() {
        let timeout_text = || format!("{host}: no answer from the system's resolver in time");
        let lookup = timeout_at(deadline.into(), look_up_by_system(host)).await;
        lookup.map_err(|_| timeout_text())??
    } else {
        look_up_by_resolvers(resolvers, host, deadline).await?
    };
    if addresses.is_empty() {
        return Err(format!("{host} has no addresses"));
    }
    Ok(addresses.into_iter().collect())
}

/// One resolver after the other; each has an even share of the time that is left, for one that is dead is silent.
async fn look_up_by_resolvers(
    resolvers: &[SocketAddr],
    host: &str,
    deadline: Instant,
) -> Result<BTreeSet<IpAddr>, String> {
    let mut problems = Vec::new();
    for (&resolver, left) in resolvers.iter().zip((1..=resolvers.len()).rev()) {
        let now = clock::monotonic_now();
        let share = deadline.saturating_duration_since(now) / u32::try_from(left).unwrap_or(1);
        let share_end = now + share;
        let lookup = look_up_by_resolver(resolver, host, share_end);
        match timeout_at(share_end.into(), lookup).await {
            Ok(Ok(addresses)) => return Ok(addresses),
            Ok(Err(problem)) => problems.push(problem),
            Err(_) => problems.push(format!(
                "{host}: no answer from the resolver {resolver} in time"
            )),
        }
    }
    Err(problems.join("; "))
}

async fn look_up_by_system(host: &str) -> Result<BTreeSet<IpAddr>, String> {
    let addresses = tokio::net::lookup_host((host, 0))
        .await
        .map_err(|error| format!("{host}: {error}"))?;
    Ok(addresses.map(|socket| socket.ip()).collect())
}

/// Both families at the same time. An error counts only if neither has an address: a family without one is told apart later.
async fn look_up_by_resolver(
    resolver: SocketAddr,
    host: &str,
    deadline: Instant,
) -> Result<BTreeSet<IpAddr>, String> {
    let mut name =
        Name::from_utf8(host).map_err(|error| format!("{host} is not a host name: {error}"))?;
    name.set_fqdn(true);
    let look_up = |rtype| {
        let name = name.clone();
        async move {
            let response = query(resolver, &name, rtype, deadline).await;
            let response = response
                .map_err(|error| format!("{host} {rtype} from the resolver {resolver}: {error}"))?;
            addresses_in(&response, name, rtype).map_err(|rcode| {
                format!(
                    "{host} {rtype} from the resolver {resolver}: {}",
                    rcode_text(rcode)
                )
            })
        }
    };
    let (ipv4, ipv6) = tokio::join!(look_up(RecordType::A), look_up(RecordType::AAAA));
    match (ipv4, ipv6) {
        (Ok(ipv4), Ok(ipv6)) => Ok(ipv4.into_iter().chain(ipv6).collect()),
        (Ok(addresses), Err(_)) | (Err(_), Ok(addresses)) if !addresses.is_empty() => {
            Ok(addresses.into_iter().collect())
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Over UDP, and after truncation over TCP.
async fn query(
    resolver: SocketAddr,
    name: &Name,
    rtype: RecordType,
    deadline: Instant,
) -> Result<DnsResponse, NetError> {
    // Longer than the deadline, which the caller keeps: hickory's own error for it would say less.
    let remaining =
        deadline.saturating_duration_since(clock::monotonic_now()) + Duration::from_secs(1);
    // The provider owns the tasks that drive the exchanges, and ends them when it goes.
    let provider = TokioRuntimeProvider::new();
    let mut udp = UdpClientStream::builder(resolver, provider.clone())
        .with_timeout(Some(remaining))
        .exchange();
    let response = udp.query(name.clone(), DNSClass::IN, rtype).await?;
    if !response.truncation {
        return Ok(response);
    }
    let mut tcp = TcpClientStream::<AsyncIoTokioAsStd<TcpStream>>::exchange(
        resolver,
        None,
        remaining,
        None,
        provider.clone(),
    )
    .await?;
    tcp.query(name.clone(), DNSClass::IN, rtype).await
}

/// The addresses that the answer section leads to from `owner`, over its aliases (RFC 1034 section 3.6.2).
fn addresses_in(
    response: &DnsResponse,
    mut owner: Name,
    rtype: RecordType,
) -> Result<Vec<IpAddr>, ResponseCode> {
    if response.response_code != ResponseCode::NoError {
        return Err(response.response_code);
    }
    for _ in 0..=MAX_ALIASES {
        let owner_data = || {
            response
                .answers
                .iter()
                .filter(|record| record.name == owner)
                .map(|record| &record.data)
        };
        let addresses: Vec<IpAddr> = owner_data()
            .filter_map(|data| address(data, rtype))
            .collect();
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        let alias = owner_data().find_map(|data| {
            if let RData::CNAME(alias) = data {
                Some(alias.0.clone())
            } else {
                None
            }
        });
        match alias {
            Some(alias) => owner = alias,
            None => return Ok(addresses),
        }
    }
    Ok(Vec::new())
}

fn address(data: &RData, rtype: RecordType) -> Option<IpAddr> {
    match data {
        RData::A(address) if rtype == RecordType::A => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) if rtype == RecordType::AAAA => Some(IpAddr::V6(address.0)),
        _ => None,
    }
}

fn rcode_text(rcode: ResponseCode) -> String {
    match rcode {
        ResponseCode::NXDomain => "no such name (NXDOMAIN)".to_owned(),
        other => Rcode(other.into()).to_string(),
    }
}
