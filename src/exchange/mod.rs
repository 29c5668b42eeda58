//! The only network code: one query sent, what came back, and how long the network took. Nothing is judged here.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::config::Transport;
use crate::dns::{Message, Query, WireError};

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
