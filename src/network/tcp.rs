//! One query over a TCP connection of its own (RFC 7766).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use tokio::io::Interest;
use tokio::net::{TcpSocket, TcpStream};

use super::arrival::{Departure, Inbox, Seen, stamp_arrivals};
use super::slots::Slots;
use crate::exchange::{Ask, Outcome};

/// What one read takes: most answers whole, the largest in four.
const READ_BUFFER: usize = 16 * 1024;

/// Octets of the length before each message (RFC 1035 section 4.2.2).
const LENGTH: usize = 2;

/// Sends the query of `ask` under `id` and waits for the response; the caller keeps the deadline.
pub(super) async fn exchange(
    ask: &Ask,
    id: u16,
    slots: &Slots,
    seen: &mut Seen,
) -> io::Result<Outcome> {
    let framed = framed(&ask.query.octets(id, ask.edns))?;
    let slot = slots.acquire(ask.server).await;
    let started = Instant::now();
    let stream = connect(ask.server, ask.source).await?;
    seen.connect = Some(started.elapsed());
    // The backlog is behind us. A server that stalls must not hold up what others ask of it.
    drop(slot);
    let departure = Departure::now();
    send(&stream, &framed).await?;
    wait(ask, id, &stream, departure, seen).await
}

/// The message behind its length, to leave in one write (RFC 7766 section 8).
fn framed(message: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes(), message].concat())
}

async fn connect(server: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = match server {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_nodelay(true)?;
    stamp_arrivals(&socket);
    if let Some(source) = source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    socket.connect(server).await
}

/// A fresh connection has room for a query, so the first write takes it whole and at once.
async fn send(stream: &TcpStream, mut octets: &[u8]) -> io::Result<()> {
    while !octets.is_empty() {
        match stream.try_write(octets) {
            Ok(written) => octets = octets.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn wait(
    ask: &Ask,
    id: u16,
    stream: &TcpStream,
    departure: Departure,
    seen: &mut Seen,
) -> io::Result<Outcome> {
    let mut inbox = Inbox::new(READ_BUFFER);
    let mut frames = Frames::default();
    let limit = departure.until(ask.deadline);
    loop {
        let ready = stream.async_io(Interest::READABLE, || inbox.receive(stream));
        let (length, stamp) = ready.await.map_err(|error| frames.broken(error))?;
        let arrival = departure.arrival(stamp);
        if arrival.after > limit {
            return Ok(Outcome::Timeout);
        }
        if length == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("connection closed {}", frames.place()),
            ));
        }
        frames.push(inbox.first(length));
        while let Some(message) = frames.next() {
            if ask.query.is_answered_by(id, message) {
                seen.arrival = Some(arrival);
                return Ok(Outcome::of(message));
            }
            seen.ignored = seen.ignored.saturating_add(1);
        }
    }
}

/// Takes a stream apart into messages, however it was cut on its way.
#[derive(Default)]
struct Frames {
    pending: Vec<u8>,
    /// How much of `pending` was given out.
    taken: usize,
}

impl Frames {
    fn push(&mut self, octets: &[u8]) {
        self.pending.drain(..self.taken);
        self.taken = 0;
        self.pending.extend_from_slice(octets);
    }

    /// The next whole message.
    fn next(&mut self) -> Option<&[u8]> {
        let start = self.taken + LENGTH;
        let end = start + self.expected()?;
        let message = self.pending.get(start..end)?;
        self.taken = end;
        Some(message)
    }

    /// The length of the message that has begun.
    fn expected(&self) -> Option<usize> {
        let &[high, low, ..] = self.pending.get(self.taken..)? else {
            return None;
        };
        Some(usize::from(u16::from_be_bytes([high, low])))
    }

    /// How far the stream came, for an error's text.
    fn place(&self) -> String {
        let begun = self.pending.len() - self.taken;
        match self.expected() {
            Some(expected) => format!("after {} of {expected} octets", begun - LENGTH),
            None if begun > 0 => format!("after {begun} of {LENGTH} octets of the length"),
            None => "without a response".to_owned(),
        }
    }

    fn broken(&self, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::ConnectionReset => {
                io::Error::new(error.kind(), format!("connection reset {}", self.place()))
            }
            _ => error,
        }
    }
}

#[cfg(test)]
#[path = "tcp_tests.rs"]
mod tests;
