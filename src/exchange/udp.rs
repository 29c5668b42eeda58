//! One query over UDP on a connected socket of its own: the port is random (RFC 5452 section 9.2), only the server's
//! datagrams arrive, and ICMP errors are told at once.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket as StdSocket};
use std::time::SystemTime;

use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::timeout_at;

use super::arrival::{self, Sent};
use super::{Ask, Exchange, Outcome, refusal};

/// The largest datagram: what exceeds the advertised size is still read, for it is what the server sent.
const LARGEST: usize = 65_535;

pub(super) async fn exchange(ask: &Ask, id: u16) -> Exchange {
    let (socket, sent) = match send(ask, id) {
        Ok(sent) => sent,
        Err(error) => return Exchange::ended(ask, refusal(&error)),
    };
    let mut ignored = 0;
    let received = timeout_at(ask.deadline.into(), receive(&socket, ask, id, &mut ignored)).await;
    let exchange = match received {
        Err(_) => Exchange::ended(ask, Outcome::Timeout),
        Ok(Err(error)) => Exchange::ended(ask, refusal(&error)),
        Ok(Ok((outcome, stamp))) => {
            let (request, clock) = sent.until(stamp);
            Exchange { request: Some(request), clock: Some(clock), ..Exchange::ended(ask, outcome) }
        }
    };
    Exchange { ignored, ..exchange }
}

/// Sends by a plain system call: a fresh tokio socket would first wait for the reactor, and the clock would run.
fn send(ask: &Ask, id: u16) -> io::Result<(UdpSocket, Sent)> {
    let any: SocketAddr = match ask.server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = StdSocket::bind(any)?;
    socket.set_nonblocking(true)?;
    socket.connect(ask.server)?;
    arrival::ask_for_stamps(&socket);
    let query = ask.query.octets(id, ask.edns);
    let sent = Sent::now();
    socket.send(&query)?;
    Ok((UdpSocket::from_std(socket)?, sent))
}

/// Waits for the response to this query; whatever else arrives is counted and the wait goes on.
async fn receive(
    socket: &UdpSocket,
    ask: &Ask,
    id: u16,
    ignored: &mut u32,
) -> io::Result<(Outcome, Option<SystemTime>)> {
    let mut buffer = vec![0; LARGEST];
    loop {
        let (size, stamp) =
            socket.async_io(Interest::READABLE, || arrival::receive(socket, &mut buffer)).await?;
        let octets = &buffer[..size];
        if ask.query.is_answered_by(id, octets) {
            return Ok((Outcome::of(octets), stamp));
        }
        *ignored = ignored.saturating_add(1);
    }
}
