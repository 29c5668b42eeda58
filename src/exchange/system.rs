//! The network of the machine that this runs on.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::{Ask, Exchange, Network, Outcome, resolve, tcp, udp};
use crate::config::Transport;

/// Connections to one server at the same time. Knot's backlog is 10: more would measure their own lost SYNs.
const CONNECTIONS_PER_SERVER: usize = 4;

/// Real sockets.
#[derive(Debug)]
pub struct SystemNetwork {
    resolver: Option<SocketAddr>,
    random: SystemRandom,
    connections: Mutex<HashMap<SocketAddr, Weak<Semaphore>>>,
}

impl SystemNetwork {
    /// A network that resolves host names by `resolver`, or as the system does.
    pub fn new(resolver: Option<SocketAddr>) -> Self {
        Self { resolver, random: SystemRandom::new(), connections: Mutex::default() }
    }

    /// Unpredictable, so that nobody who does not see the query can answer it (RFC 5452 section 9.2).
    fn random_id(&self) -> Result<u16, Outcome> {
        let mut id = [0; 2];
        let no_random = |_| Outcome::NetworkError("the system has no random numbers".to_owned());
        self.random.fill(&mut id).map_err(no_random)?;
        Ok(u16::from_be_bytes(id))
    }

    async fn over_tcp(&self, ask: &Ask, id: u16) -> Exchange {
        let places = self.places(ask.server);
        // Waiting for a place counts against the deadline and not as time of the network.
        match timeout_at(ask.deadline.into(), places.acquire()).await {
            Ok(Ok(_place)) => tcp::exchange(ask, id).await,
            Ok(Err(_)) | Err(_) => Exchange::ended(ask, Outcome::Timeout),
        }
    }

    fn places(&self, server: SocketAddr) -> Arc<Semaphore> {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = connections.get(&server).and_then(Weak::upgrade) {
            return places;
        }
        connections.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(CONNECTIONS_PER_SERVER));
        connections.insert(server, Arc::downgrade(&places));
        places
    }
}

impl Network for SystemNetwork {
    async fn exchange(&self, ask: Ask) -> Exchange {
        match (self.random_id(), ask.transport) {
            (Err(outcome), _) => Exchange::ended(&ask, outcome),
            (Ok(id), Transport::Udp) => udp::exchange(&ask, id).await,
            (Ok(id), Transport::Tcp) => self.over_tcp(&ask, id).await,
        }
    }

    async fn resolve(&self, host: &str, deadline: Instant) -> Result<Vec<IpAddr>, String> {
        let addresses = async {
            match self.resolver {
                Some(resolver) => resolve::by(resolver, host).await,
                None => resolve::by_system(host).await,
            }
        };
        match timeout_at(deadline.into(), addresses).await {
            Ok(resolved) => resolved,
            Err(_) => Err(format!("looking up {host} took longer than the time limit")),
        }
    }
}
