//! One query over UDP (RFC 1035 section 4.2.1) from a socket of its own.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket as StdUdpSocket};

use nix::sys::socket::{setsockopt, sockopt};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::arrival::{Departure, ExchangeProgress, ReceiveBuffer, stamp_arrivals};
use crate::exchange::{Ask, Outcome};

/// No UDP payload is larger, whatever the query advertised: what a server sends is read whole.
const RECEIVE_BUFFER_OCTETS: usize = 65_535;

/// What the kernel may hold for us, which counts its own overhead and doubles the value: some large datagrams.
const KERNEL_BUFFER_OCTETS: usize = 128 * 1024;

/// Sends the query of `ask` under `id` and waits for the response; the caller keeps the deadline.
pub(super) async fn exchange(
    ask: &Ask,
    id: u16,
    progress: &mut ExchangeProgress,
) -> io::Result<Outcome> {
    let socket = open(ask.server, ask.source)?;
    let octets = ask.query.octets(id, ask.edns);
    let departure = Departure::now();
    // The send is a plain system call: a fresh tokio socket would wait for the reactor first, and that wait be measured.
    socket.send(&octets)?;
    wait(ask, id, &UdpSocket::from_std(socket)?, departure, progress).await
}

/// A socket from a random port (RFC 5452 section 9.2), connected: the kernel then drops what comes from elsewhere and
/// passes on ICMP errors.
fn open(server: SocketAddr, source: Option<IpAddr>) -> io::Result<StdUdpSocket> {
    let any = match server {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = StdUdpSocket::bind((source.unwrap_or(any), 0))?;
    socket.set_nonblocking(true)?;
    stamp_arrivals(&socket);
    setsockopt(&socket, sockopt::RcvBuf, &KERNEL_BUFFER_OCTETS)?;
    // Without these the kernel passes on "port unreachable" alone, and keeps what routers say to itself.
    match server {
        SocketAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?,
        SocketAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?,
    }
    socket.connect(server)?;
    Ok(socket)
}

async fn wait(
    ask: &Ask,
    id: u16,
    socket: &UdpSocket,
    departure: Departure,
    progress: &mut ExchangeProgress,
) -> io::Result<Outcome> {
    let mut buffer = ReceiveBuffer::new(RECEIVE_BUFFER_OCTETS);
    let limit = departure.until(ask.deadline);
    loop {
        // An ICMP error alone makes a socket ready for ERROR, not for reading.
        let ready = socket.async_io(Interest::READABLE | Interest::ERROR, || {
            buffer.receive(socket)
        });
        let (length, stamp) = match ready.await {
            Ok(received) => received,
            Err(error) if is_transient(&error) => {
                progress.unreachable = Some(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        let arrival = departure.arrival(stamp);
        if arrival.elapsed > limit {
            return Ok(Outcome::Timeout);
        }
        let octets = buffer.received(length);
        if ask.query.is_answered_by(id, octets) {
            progress.arrival = Some(arrival);
            return Ok(Outcome::from_octets(octets));
        }
        progress.ignored = progress.ignored.saturating_add(1);
    }
}

/// A router's word that there is no way at the moment is no answer (RFC 1122 section 4.2.3.9 calls it a soft error): one may
/// yet come by another way. A closed port is final.
fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable
    )
}

#[cfg(test)]
#[path = "udp_tests.rs"]
mod tests;
