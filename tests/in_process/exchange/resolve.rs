use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use outsidein::dns::Transport;
use outsidein::network::{Network, SystemNetwork};

use crate::exchange::servers::{
    self, LOOPBACKS, QNAME, WAIT_TIMEOUT, record, respond, with_record,
};

const A: u8 = 1;
const CNAME: u16 = 5;
const ALIASED: &[u8] = b"\x03ns1\x05alias\x04test\0";
/// QR, RD and RA.
const ANSWER: [u8; 2] = [0x81, 0x80];

async fn resolve(resolver: SocketAddr, host: &str) -> Result<Vec<IpAddr>, String> {
    SystemNetwork::new(Some(resolver))
        .resolve(host, Instant::now() + WAIT_TIMEOUT)
        .await
}

fn qtype(query: &[u8]) -> u8 {
    let response = respond(query, ANSWER);
    response[response.len() - 3]
}

fn v4(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

/// A resolver's answer: an address, or two, in either family, behind an alias.
fn aliased(query: &[u8]) -> Vec<u8> {
    let answer = with_record(respond(query, ANSWER), 1, &record(QNAME, CNAME, ALIASED));
    if qtype(query) != A {
        let address: [u8; 16] = "2001:db8::1"
            .parse::<std::net::Ipv6Addr>()
            .unwrap()
            .octets();
        return with_record(answer, 1, &record(ALIASED, 28, &address));
    }
    let unrelated = record(b"\x05other\x04test\0", 1, &[192, 0, 2, 99]);
    let found = record(ALIASED, 1, &[192, 0, 2, 1]);
    let answer = with_record(with_record(answer, 1, &unrelated), 1, &found);
    with_record(
        with_record(answer, 1, &found),
        1,
        &record(ALIASED, 1, &[192, 0, 2, 2]),
    )
}

#[tokio::test]
async fn host_addresses_are_resolved_through_aliases() {
    for ip in LOOPBACKS {
        let resolver = servers::both(ip, |query, _| {
            assert_eq!(query[2] & 1, 1, "a resolver is asked with RD=1");
            aliased(query)
        });
        let mut addresses = resolve(resolver, "ns1.example.test").await.unwrap();
        addresses.sort();
        assert_eq!(
            addresses,
            [v4(1), v4(2), "2001:db8::1".parse::<IpAddr>().unwrap()]
        );
    }
}

#[tokio::test]
async fn truncated_answer_is_retried_over_tcp() {
    let resolver = servers::both(LOOPBACKS[0], |query, transport| match transport {
        Transport::Udp => respond(query, [0x83, 0x80]),
        Transport::Tcp => aliased(query),
    });
    assert_eq!(
        resolve(resolver, "ns1.example.test").await.unwrap().len(),
        3
    );
}

#[tokio::test]
async fn failing_family_does_not_hide_the_other() {
    let resolver = servers::both(LOOPBACKS[0], |query, _| {
        if qtype(query) == A {
            aliased(query)
        } else {
            respond(query, [0x81, 0x82])
        }
    });
    let mut addresses = resolve(resolver, "ns1.example.test").await.unwrap();
    addresses.sort();
    assert_eq!(addresses, [v4(1), v4(2)]);
}

#[tokio::test]
async fn resolver_refusal_is_reported_readably() {
    let nxdomain = servers::both(LOOPBACKS[0], |query, _| respond(query, [0x81, 0x83]));
    let error = resolve(nxdomain, "nowhere.test").await.unwrap_err();
    assert_eq!(
        error,
        format!("nowhere.test A from the resolver {nxdomain}: no such name (NXDOMAIN)")
    );
    let servfail = servers::both(LOOPBACKS[0], |query, _| respond(query, [0x81, 0x82]));
    let error = resolve(servfail, "broken.test").await.unwrap_err();
    assert_eq!(
        error,
        format!("broken.test A from the resolver {servfail}: SERVFAIL")
    );
    let nodata = servers::both(LOOPBACKS[0], |query, _| respond(query, ANSWER));
    assert_eq!(
        resolve(nodata, "empty.test").await.unwrap_err(),
        "empty.test has no addresses"
    );
    let error = resolve(nodata, "a..b").await.unwrap_err();
    assert!(error.starts_with("a..b is not a host name: "), "{error}");
}

#[tokio::test]
async fn alias_loop_ends() {
    let resolver = servers::both(LOOPBACKS[0], |query, _| {
        with_record(respond(query, ANSWER), 1, &record(QNAME, CNAME, QNAME))
    });
    assert_eq!(
        resolve(resolver, "loop.test").await.unwrap_err(),
        "loop.test has no addresses"
    );
}

#[tokio::test]
async fn silent_resolver_times_out_at_the_deadline() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap();
    let (start, limit) = (Instant::now(), Duration::from_millis(300));
    let error = SystemNetwork::new(Some(resolver))
        .resolve("ns1.example.test", start + limit)
        .await
        .unwrap_err();
    let took = start.elapsed();
    assert_eq!(
        error,
        format!("ns1.example.test: no answer from the resolver {resolver} in time")
    );
    assert!(
        took >= limit && took < limit + Duration::from_millis(200),
        "{took:?}"
    );
}

#[tokio::test]
async fn missing_resolver_falls_back_to_the_system() {
    let network = SystemNetwork::new(None);
    let addresses = network
        .resolve("localhost", Instant::now() + WAIT_TIMEOUT)
        .await
        .unwrap();
    assert!(
        !addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback),
        "{addresses:?}"
    );
    let different: std::collections::HashSet<_> = addresses.iter().collect();
    assert_eq!(different.len(), addresses.len());
}

#[tokio::test]
async fn literal_address_needs_no_resolver() {
    let closed_port = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(resolve(closed_port, "192.0.2.7").await.unwrap(), [v4(7)]);
}
