//! The only network code: one query sent, what came back, and how long the network took. Nothing is judged here.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::config::Transport;
use crate::dns::{Header, Message, Query, WireError};

/// One query to be sent once over one transport.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where to.
    pub server: SocketAddr,
    /// By which transport.
    pub transport: Transport,
    /// The question.
    pub query: Arc<Query>,
    /// Whether the query carries EDNS.
    pub edns: bool,
    /// When waiting ends.
    pub deadline: Instant,
}

/// What became of an [`Ask`].
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked.
    pub query: Arc<Query>,
    /// By which transport.
    pub transport: Transport,
    /// Whether the query carried EDNS.
    pub edns: bool,
    /// Setting up the connection, for TCP.
    pub connect: Option<Duration>,
    /// From sending the query to the arrival of its response.
    pub request: Option<Duration>,
    /// Which clock stamped the arrival.
    pub clock: Option<Clock>,
    /// Responses that were not to this query (source, ID, opcode or question differ).
    pub ignored: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an exchange ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A response that could be read.
    Response(Arc<Message>),
    /// A response to the query that cannot be read as a message, or not to its end.
    Malformed {
        /// What came.
        octets: Box<[u8]>,
        /// Where reading ended.
        error: WireError,
    },
    /// Nothing that counts came in time.
    Timeout,
    /// The network said no.
    NetworkError(String),
}

/// Which clock stamped the arrival of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The kernel, when the packet came in.
    Kernel,
    /// This process, when it was woken: includes what the scheduler took.
    Process,
}

/// What the probe needs of a network; tests put their own in its place.
pub trait Network: Send + Sync {
    /// Sends one query and waits for its response.
    fn exchange(&self, ask: Ask) -> impl Future<Output = Exchange> + Send;

    /// The addresses of a host name, in no order that means anything.
    fn resolve(&self, host: &str, deadline: Instant) -> impl Future<Output = Result<Vec<IpAddr>, String>> + Send;
}

pub mod conversation;
mod arrival;
mod resolve;
mod system;
mod tcp;
mod udp;

pub use system::SystemNetwork;

impl Exchange {
    /// How `ask` ended, with what was measured of it.
    fn ended(ask: &Ask, outcome: Outcome) -> Self {
        Self {
            query: Arc::clone(&ask.query),
            transport: ask.transport,
            edns: ask.edns,
            connect: None,
            request: None,
            clock: None,
            ignored: 0,
            outcome,
        }
    }

    /// Whether the server said that its response is cut short (RFC 2181 section 9), even if what is left cannot be read.
    pub fn is_truncated(&self) -> bool {
        match &self.outcome {
            Outcome::Response(message) => message.header.tc,
            Outcome::Malformed { octets, .. } => Header::read(octets).is_ok_and(|header| header.tc),
            Outcome::Timeout | Outcome::NetworkError(_) => false,
        }
    }
}

impl Outcome {
    /// The response that `octets` are.
    fn of(octets: &[u8]) -> Self {
        match Message::read(octets) {
            Ok(message) => Self::Response(Arc::new(message)),
            Err(error) => Self::Malformed { octets: octets.into(), error },
        }
    }
}

/// The network's refusal in words; ICMP's answers arrive as errors of a connected socket.
fn refusal(error: &io::Error) -> Outcome {
    Outcome::NetworkError(match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused: no server listens on this port".to_owned(),
        _ => error.to_string(),
    })
}
