//! The network of the machine that this runs on.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Instant;

use nix::errno::Errno;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::timeout_at;

use super::arrival::{ExchangeProgress, keep_kernel_stamping};
use super::clock;
use super::connection_slots::ConnectionSlots;
use super::{Network, resolve, tcp, udp};
use crate::dns::Transport;
use crate::exchange::{Ask, Exchange, Outcome};

/// Connections to one server that are being set up at a time: below half of the shortest backlog known (Knot's 10), for we may not be alone.
const MAX_CONNECTING_PER_SERVER: usize = 4;

/// Real sockets.
#[derive(Debug)]
pub struct SystemNetwork {
    resolvers: Vec<SocketAddr>,
    random: SystemRandom,
    slots: ConnectionSlots,
    _stamping_socket: Option<UdpSocket>,
}

impl SystemNetwork {
    /// A network that asks `resolvers`, one after the other, for the addresses of host names; without any it asks the system.
    pub fn new(resolvers: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self {
            resolvers: resolvers.into_iter().collect(),
            random: SystemRandom::new(),
            slots: ConnectionSlots::new(MAX_CONNECTING_PER_SERVER),
            _stamping_socket: keep_kernel_stamping(),
        }
    }

    async fn attempt(&self, ask: &Ask, progress: &mut ExchangeProgress) -> io::Result<Outcome> {
        let id = self.random_id()?;
        match ask.transport {
            Transport::Udp => udp::exchange(ask, id, progress).await,
            Transport::Tcp => tcp::exchange(ask, id, &self.slots, progress).await,
        }
    }

    /// An ID that nobody can guess (RFC 5452 section 9.2).
    fn random_id(&self) -> io::Result<u16> {
        let mut id = [0; 2];
        let filled = self.random.fill(&mut id);
        filled
            .map_err(|_| io::Error::other("the system gave no random number for the message ID"))?;
        Ok(u16::from_be_bytes(id))
    }
}

impl Network for SystemNetwork {
    async fn exchange(&self, ask: Ask) -> Exchange {
        let mut progress = ExchangeProgress::default();
        if clock::monotonic_now() >= ask.deadline {
            return progress.into_exchange(ask, Outcome::Timeout);
        }
        let attempt = timeout_at(ask.deadline.into(), self.attempt(&ask, &mut progress)).await;
        let outcome = match attempt {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) if is_local(&error) => {
                Outcome::LocalError(error_text(&error, ask.transport))
            }
            Ok(Err(error)) => Outcome::NetworkError(error_text(&error, ask.transport)),
            Err(_) => Outcome::Timeout,
        };
        progress.into_exchange(ask, outcome)
    }

    fn resolve(
        &self,
        host: &str,
        deadline: Instant,
    ) -> impl Future<Output = Result<Vec<IpAddr>, String>> + Send {
        resolve::addresses(&self.resolvers, host, deadline)
    }
}

impl ExchangeProgress {
    fn into_exchange(self, ask: Ask, outcome: Outcome) -> Exchange {
        let outcome = match (outcome, self.unreachable) {
            (Outcome::Timeout, Some(error)) => {
                Outcome::NetworkError(error_text(&error, ask.transport))
            }
            (outcome, _) => outcome,
        };
        Exchange {
            connect: self.connect,
            request: self.arrival.map(|arrival| arrival.elapsed),
            clock: self.arrival.map(|arrival| arrival.clock),
            ignored: self.ignored,
            ..Exchange::untimed(ask, outcome)
        }
    }
}

/// Whether this machine ran out of something, before the network or the server had a part in it.
fn is_local(error: &io::Error) -> bool {
    let exhausted = [
        Errno::EMFILE,
        Errno::ENFILE,
        Errno::ENOBUFS,
        Errno::ENOMEM,
        Errno::EADDRNOTAVAIL,
        Errno::EAFNOSUPPORT,
    ];
    error
        .raw_os_error()
        .is_some_and(|number| exhausted.contains(&Errno::from_raw(number)))
}

/// An error of a socket in the words of an operator.
fn error_text(error: &io::Error, transport: Transport) -> String {
    use io::ErrorKind as Kind;
    if error.get_ref().is_some() {
        return error.to_string();
    }
    let text = match (error.kind(), transport) {
        (Kind::ConnectionRefused, Transport::Udp) => "connection refused (ICMP port unreachable)",
        (Kind::ConnectionRefused, Transport::Tcp) => "connection refused",
        (Kind::ConnectionReset, _) => "connection reset",
        (Kind::HostUnreachable, _) => {
            "host unreachable (no route, or ICMP host unreachable or prohibited)"
        }
        (Kind::NetworkUnreachable, _) => {
            "network unreachable (no route, or ICMP network unreachable)"
        }
        (Kind::PermissionDenied, _) => {
            "not permitted (a packet filter here, or ICMPv6 administratively prohibited)"
        }
        (Kind::AddrNotAvailable, _) => "no local address or port to send from",
        _ => return error.to_string(),
    };
    text.to_owned()
}

#[cfg(test)]
#[path = "system_tests.rs"]
mod tests;
