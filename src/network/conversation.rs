//! The exchanges that one question to one server takes: truncation, EDNS that is refused, both transports at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::Network;
use super::clock;
use crate::dns::{Query, Transport, Transports};
use crate::exchange::{Ask, Exchange};

/// Asks `query` of `server` and gives every exchange that it took, in the order in which they were begun: at most three
/// with [`Transports::Udp`], two with [`Transports::Tcp`], four with [`Transports::Both`].
///
/// TC=1 over UDP means the same question over TCP (RFC 7766 section 5); FORMERR or NOTIMP without OPT means it once more
/// without EDNS (RFC 6891 section 6.2.2), over the same transport.
pub async fn ask(
    network: &impl Network,
    server: SocketAddr,
    transports: Transports,
    query: &Arc<Query>,
    deadline: Instant,
) -> Vec<Exchange> {
    let over = |transport, edns| {
        let first = Ask {
            server,
            transport,
            query: Arc::clone(query),
            edns,
            deadline,
            source: None,
        };
        with_edns_fallback(network, first)
    };
    let mut exchanges = match transports {
        Transports::Udp => udp_then_tcp(over).await,
        Transports::Tcp => over(Transport::Tcp, true).await,
        // A truncated answer over UDP is completed by the exchange over TCP that is under way.
        Transports::Both => {
            let (mut exchanges, over_tcp) =
                tokio::join!(biased; over(Transport::Udp, true), over(Transport::Tcp, true));
            exchanges.extend(over_tcp);
            exchanges
        }
    };
    exchanges.sort_by_key(|&(start, _)| start);
    exchanges
        .into_iter()
        .map(|(_, exchange)| exchange)
        .collect()
}

async fn udp_then_tcp<F>(over: impl Fn(Transport, bool) -> F) -> Vec<(Instant, Exchange)>
where
    F: Future<Output = Vec<(Instant, Exchange)>>,
{
    let mut exchanges = over(Transport::Udp, true).await;
    let truncated = exchanges
        .last()
        .map(|(_, exchange)| exchange)
        .filter(|exchange| exchange.is_truncated());
    if let Some(edns) = truncated.map(|exchange| exchange.edns) {
        exchanges.extend(over(Transport::Tcp, edns).await);
    }
    exchanges
}

/// One question over one transport, and once more without EDNS where the server does not know it.
async fn with_edns_fallback(network: &impl Network, first: Ask) -> Vec<(Instant, Exchange)> {
    let without_edns = Ask {
        edns: false,
        ..first.clone()
    };
    let start = clock::monotonic_now();
    let mut exchanges = vec![(start, network.exchange(first).await)];
    if exchanges
        .last()
        .is_some_and(|(_, exchange)| exchange.refuses_edns())
    {
        let start = clock::monotonic_now();
        exchanges.push((start, network.exchange(without_edns).await));
    }
    exchanges
}
