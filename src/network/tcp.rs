//! One query over a TCP connection of its own (RFC 7766).

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::Interest;
use tokio::net::{TcpSocket, TcpStream};

use super::arrival::{Departure, ExchangeProgress, ReceiveBuffer, stamp_arrivals};
use super::clock;
use super::connection_slots::ConnectionSlots;
use crate::exchange::{Ask, Outcome};

/// What one read takes: most answers whole, the largest in four.
const READ_BUFFER: usize = 16 * 1024;

/// Octets of the length before each message (RFC 1035 section 4.2.2).
const LENGTH_OCTETS: usize = 2;

/// Sends the query of `ask` under `id` and waits for the response; the caller keeps the deadline.
pub(super) async fn exchange(
    ask: &Ask,
    id: u16,
    slots: &ConnectionSlots,
    progress: &mut ExchangeProgress,
) -> io::Result<Outcome> {
    let framed = frame_message(&ask.query.octets(id, ask.edns))?;
    let slot = slots.acquire(ask.server).await;
    let started = clock::monotonic_now();
    let stream = connect(ask.server, ask.source).await?;
    progress.connect = Some(started.elapsed());
    // The backlog is behind us. A server that stalls must not hold up what others ask of it.
    drop(slot);
    let departure = Departure::now();
    send(&stream, &framed).await?;
    await_response(ask, id, &stream, departure, progress).await
}

/// The message behind its length, to leave in one write (RFC 7766 section 8).
fn frame_message(message: &[u8]) -> io::Result<Vec<u8>> {
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

async fn await_response(
    ask: &Ask,
    id: u16,
    stream: &TcpStream,
    departure: Departure,
    progress: &mut ExchangeProgress,
) -> io::Result<Outcome> {
    let mut buffer = ReceiveBuffer::new(READ_BUFFER);
    let mut frames = FrameReader::default();
    let limit = departure.until(ask.deadline);
    loop {
        let ready = stream.async_io(Interest::READABLE, || buffer.receive(stream));
        let (length, stamp) = ready.await.map_err(|error| frames.describe_reset(error))?;
        let arrival = departure.arrival(stamp);
        if arrival.elapsed > limit {
            return Ok(Outcome::Timeout);
        }
        if length == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("connection closed {}", frames.progress_text()),
            ));
        }
        frames.push(buffer.received(length));
        while let Some(message) = frames.next() {
            if ask.query.is_answered_by(id, message) {
                progress.arrival = Some(arrival);
                return Ok(Outcome::from_octets(message));
            }
            progress.ignored = progress.ignored.saturating_add(1);
        }
    }
}

/// Takes a stream apart into messages, however it was cut on its way.
#[derive(Default)]
struct FrameReader {
    pending: Vec<u8>,
    /// How much of `pending` was given out.
    taken: usize,
}

impl FrameReader {
    fn push(&mut self, octets: &[u8]) {
        self.pending.drain(..self.taken);
        self.taken = 0;
        self.pending.extend_from_slice(octets);
    }

    /// The next whole message.
    fn next(&mut self) -> Option<&[u8]> {
        let start = self.taken + LENGTH_OCTETS;
        let end = start + self.expected_length()?;
        let message = self.pending.get(start..end)?;
        self.taken = end;
        Some(message)
    }

    /// The length of the message that has begun.
    fn expected_length(&self) -> Option<usize> {
        let &[high, low, ..] = self.pending.get(self.taken..)? else {
            return None;
        };
        Some(usize::from(u16::from_be_bytes([high, low])))
    }

    /// How far the stream came, for an error's text.
    fn progress_text(&self) -> String {
        let received = self.pending.len() - self.taken;
        match self.expected_length() {
            Some(expected_length) => format!(
                "after {} of {expected_length} octets",
                received - LENGTH_OCTETS
            ),
            None if received > 0 => {
                format!("after {received} of {LENGTH_OCTETS} octets of the length")
            }
            None => "without a response".to_owned(),
        }
    }

    fn describe_reset(&self, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::ConnectionReset => io::Error::new(
                error.kind(),
                format!("connection reset {}", self.progress_text()),
            ),
            _ => error,
        }
    }
}

#[cfg(test)]
#[path = "tcp_tests.rs"]
mod tests;
