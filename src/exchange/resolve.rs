//! Addresses of a target's host name. This is not measured as DNS, so hickory's client serves.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_client::client::{Client, ClientHandle as _};
use hickory_client::proto::op::{DnsResponse, ResponseCode};
use hickory_client::proto::rr::{DNSClass, Name, RecordType};
use hickory_client::runtime::TokioRuntimeProvider;
use hickory_client::tcp::TcpClientStream;
use hickory_client::udp::UdpClientStream;

/// Longer than any probe waits; the caller's deadline ends it sooner.
const TIMEOUT: Duration = Duration::from_secs(60);

/// As every program on this machine resolves it: /etc/hosts, nsswitch.conf, resolv.conf.
pub(super) async fn by_system(host: &str) -> Result<Vec<IpAddr>, String> {
    let found = tokio::net::lookup_host((host, 0)).await.map_err(|error| format!("looking up {host}: {error}"))?;
    Ok(found.map(|address| address.ip()).collect())
}

/// By the resolver that the configuration names: A and AAAA side by side.
pub(super) async fn by(resolver: SocketAddr, host: &str) -> Result<Vec<IpAddr>, String> {
    let told = |error: String| format!("looking up {host} at {resolver}: {error}");
    let mut name = Name::from_utf8(host).map_err(|error| told(error.to_string()))?;
    name.set_fqdn(true);
    let (v4, v6) = tokio::join!(query(resolver, &name, RecordType::A), query(resolver, &name, RecordType::AAAA));
    let mut addresses = v4.map_err(told)?;
    addresses.extend(v6.map_err(told)?);
    match addresses.is_empty() {
        true => Err(told("it has no address".to_owned())),
        false => Ok(addresses),
    }
}

async fn query(resolver: SocketAddr, name: &Name, rtype: RecordType) -> Result<Vec<IpAddr>, String> {
    let mut response = over_udp(resolver, name, rtype).await?;
    if response.metadata.truncation {
        response = over_tcp(resolver, name, rtype).await?;
    }
    match response.metadata.response_code {
        // The resolver follows CNAMEs: every address in the answer is one of the host's.
        ResponseCode::NoError => Ok(response.answers.iter().filter_map(|record| record.data.ip_addr()).collect()),
        rcode => Err(rcode.to_string()),
    }
}

async fn over_udp(resolver: SocketAddr, name: &Name, rtype: RecordType) -> Result<DnsResponse, String> {
    let stream = UdpClientStream::builder(resolver, TokioRuntimeProvider::default()).with_timeout(Some(TIMEOUT)).build();
    let (mut client, background) = Client::<TokioRuntimeProvider>::from_sender(stream);
    let background = tokio::spawn(background);
    let response = client.query(name.clone(), DNSClass::IN, rtype).await;
    background.abort();
    response.map_err(|error| error.to_string())
}

async fn over_tcp(resolver: SocketAddr, name: &Name, rtype: RecordType) -> Result<DnsResponse, String> {
    let (stream, sender) = TcpClientStream::new(resolver, None, Some(TIMEOUT), TokioRuntimeProvider::default());
    let stream = stream.await.map_err(|error| error.to_string())?;
    let (mut client, background) = Client::<TokioRuntimeProvider>::with_timeout(stream, sender, TIMEOUT);
    let background = tokio::spawn(background);
    let response = client.query(name.clone(), DNSClass::IN, rtype).await;
    background.abort();
    response.map_err(|error| error.to_string())
}
