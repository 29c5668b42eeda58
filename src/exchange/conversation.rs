//! When a question is asked again: over TCP after truncation, without EDNS by a server that does not know it. Nothing
//! else is ever sent twice, so that what is measured is what happened.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::{Ask, Exchange, Network, Outcome};
use crate::config::{Transport, Transports};
use crate::dns::{Query, Rcode};

/// Asks `query` by every wanted transport; the exchanges in the order in which they were begun, at most four.
pub async fn ask(
    network: &impl Network,
    server: SocketAddr,
    transports: Transports,
    query: &Arc<Query>,
    deadline: Instant,
) -> Vec<Exchange> {
    let over = |transport| {
        let ask = Ask { server, transport, query: Arc::clone(query), edns: true, deadline };
        with_and_without_edns(network, ask)
    };
    match transports {
        Transports::Tcp => over(Transport::Tcp).await,
        Transports::Udp => {
            let mut exchanges = over(Transport::Udp).await;
            if exchanges.last().is_some_and(Exchange::is_truncated) {
                exchanges.extend(over(Transport::Tcp).await);
            }
            exchanges
        }
        // A truncated response over UDP is made whole by the one over TCP that is under way already.
        Transports::Both => {
            let (mut exchanges, over_tcp) = tokio::join!(over(Transport::Udp), over(Transport::Tcp));
            exchanges.extend(over_tcp);
            exchanges
        }
    }
}

async fn with_and_without_edns(network: &impl Network, ask: Ask) -> Vec<Exchange> {
    let first = network.exchange(ask.clone()).await;
    if !lacks_edns(&first) {
        return vec![first];
    }
    let second = network.exchange(Ask { edns: false, ..ask }).await;
    vec![first, second]
}

/// FORMERR or NOTIMP without OPT is how a server from before EDNS answers (RFC 6891 section 7).
fn lacks_edns(exchange: &Exchange) -> bool {
    match &exchange.outcome {
        Outcome::Response(message) => {
            message.edns.is_none() && matches!(message.rcode, Rcode::FORMERR | Rcode::NOTIMP)
        }
        Outcome::Malformed { .. } | Outcome::Timeout | Outcome::NetworkError(_) => false,
    }
}
