//! One exchange as data: what was asked, what came back, how long the network took. Nothing is judged here.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::dns::{Header, Message, Query, Rcode, Transport, WireError};
use crate::reason::{Failure, Reason};

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
    /// The address to ask from; any that leads there if left out.
    pub source: Option<IpAddr>,
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
    /// From sending the query to the arrival of its response; of its last octet, for TCP.
    pub request: Option<Duration>,
    /// Which clock stamped the arrival.
    pub clock: Option<Clock>,
    /// Messages that were not the response to this query (ID, opcode or question differ, or no response at all).
    pub ignored: u32,
    /// How it ended.
    pub outcome: Outcome,
}

impl Exchange {
    /// How `ask` ended, where nothing was measured.
    pub fn untimed(ask: Ask, outcome: Outcome) -> Self {
        let Ask {
            query,
            transport,
            edns,
            ..
        } = ask;
        Self {
            query,
            transport,
            edns,
            connect: None,
            request: None,
            clock: None,
            ignored: 0,
            outcome,
        }
    }

    /// The response, or why there is none that can be read.
    pub fn response(&self) -> Result<&Arc<Message>, Failure> {
        let (reason, detail) = match &self.outcome {
            Outcome::Response(message) => return Ok(message),
            Outcome::Malformed { error, .. } => (Reason::MalformedResponse, error.to_string()),
            Outcome::NetworkError(error) => (Reason::NetworkError, error.clone()),
            Outcome::LocalError(error) => (Reason::LocalError, error.clone()),
            Outcome::Timeout => (Reason::Timeout, "no response in time".to_owned()),
        };
        Err(Failure::new(reason, detail))
    }

    /// The response, if one came that can be read.
    pub fn message(&self) -> Option<&Message> {
        match &self.outcome {
            Outcome::Response(message) => Some(message),
            Outcome::Malformed { .. }
            | Outcome::Timeout
            | Outcome::NetworkError(_)
            | Outcome::LocalError(_) => None,
        }
    }

    /// Why there is no response; after a timeout, also how many messages arrived that were not it.
    pub fn failures(&self) -> Vec<Failure> {
        let Err(failure) = self.response() else {
            return Vec::new();
        };
        let mismatched = (failure.reason == Reason::Timeout && self.ignored > 0).then(|| {
            let detail = format!(
                "{} responses came that were not to this query",
                self.ignored
            );
            Failure::new(Reason::MismatchedQuestion, detail)
        });
        std::iter::once(failure).chain(mismatched).collect()
    }

    /// Whether the answer has TC=1, even if it was cut in the middle of a record and cannot be read to its end.
    pub fn is_truncated(&self) -> bool {
        match &self.outcome {
            Outcome::Response(message) => message.header.tc,
            Outcome::Malformed { octets, .. } => Header::read(octets).is_ok_and(|header| header.tc),
            Outcome::Timeout | Outcome::NetworkError(_) | Outcome::LocalError(_) => false,
        }
    }

    /// Whether the server answered a query with EDNS as one that does not know EDNS does: FORMERR or NOTIMP without
    /// OPT (RFC 6891 section 7). BADVERS is not that: it comes with an OPT record.
    pub fn refuses_edns(&self) -> bool {
        match &self.outcome {
            Outcome::Response(message) => {
                self.edns
                    && message.edns.is_none()
                    && matches!(message.rcode, Rcode::FORMERR | Rcode::NOTIMP)
            }
            Outcome::Malformed { .. }
            | Outcome::Timeout
            | Outcome::NetworkError(_)
            | Outcome::LocalError(_) => false,
        }
    }
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
    /// This machine had no means to ask: it says nothing about the server.
    LocalError(String),
}

impl Outcome {
    /// What the octets of a matching response amount to.
    pub(crate) fn from_octets(octets: &[u8]) -> Self {
        match Message::read(octets) {
            Ok(message) => Self::Response(Arc::new(message)),
            Err(error) => Self::Malformed {
                octets: octets.into(),
                error,
            },
        }
    }
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
