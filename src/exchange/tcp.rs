//! One query over TCP on a connection of its own (RFC 7766).

use std::io;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::arrival::{self, Sent};
use super::{Ask, Exchange, Outcome, refusal};

/// What one receive call takes; a response is seldom larger.
const CHUNK: usize = 4096;

pub(super) async fn exchange(ask: &Ask, id: u16) -> Exchange {
    let mut progress = Progress::default();
    let outcome = match timeout_at(ask.deadline.into(), converse(ask, id, &mut progress)).await {
        Err(_) => Outcome::Timeout,
        Ok(Err(error)) => refusal(&error),
        Ok(Ok(outcome)) => outcome,
    };
    let Progress { connect, ignored, arrival } = progress;
    let (request, clock) = arrival.map(|(sent, stamp)| sent.until(stamp)).unzip();
    Exchange { connect, request, clock, ignored, ..Exchange::ended(ask, outcome) }
}

/// What is known when time runs out in the middle.
#[derive(Default)]
struct Progress {
    connect: Option<Duration>,
    ignored: u32,
    arrival: Option<(Sent, Option<SystemTime>)>,
}

async fn converse(ask: &Ask, id: u16, progress: &mut Progress) -> io::Result<Outcome> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(ask.server).await?;
    progress.connect = Some(start.elapsed());
    stream.set_nodelay(true)?;
    arrival::ask_for_stamps(&stream);
    let sent = Sent::now();
    stream.write_all(&framed(&ask.query.octets(id, ask.edns))).await?;
    let mut messages = Messages { stream, buffer: Vec::new() };
    loop {
        let (octets, stamp) = messages.next().await?;
        if ask.query.is_answered_by(id, &octets) {
            progress.arrival = Some((sent, stamp));
            return Ok(Outcome::of(&octets));
        }
        progress.ignored = progress.ignored.saturating_add(1);
    }
}

/// Length and message in one write (RFC 7766 section 8). A query is far below 65,535 octets.
fn framed(query: &[u8]) -> Vec<u8> {
    let length = u16::try_from(query.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), query].concat()
}

/// Messages as they come, cut out of the stream.
struct Messages {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Messages {
    /// The next message, with the stamp of the segment that completed it.
    async fn next(&mut self) -> io::Result<(Vec<u8>, Option<SystemTime>)> {
        let mut stamp = None;
        loop {
            if let Some(message) = self.cut() {
                return Ok((message, stamp));
            }
            stamp = self.fill().await?;
        }
    }

    fn cut(&mut self) -> Option<Vec<u8>> {
        let end = 2 + self.announced()?;
        let message = self.buffer.get(2..end)?.to_vec();
        self.buffer.drain(..end);
        Some(message)
    }

    fn announced(&self) -> Option<usize> {
        self.buffer.first_chunk::<2>().map(|length| usize::from(u16::from_be_bytes(*length)))
    }

    async fn fill(&mut self) -> io::Result<Option<SystemTime>> {
        let mut chunk = [0; CHUNK];
        let stream = &self.stream;
        let (size, stamp) = stream.async_io(Interest::READABLE, || arrival::receive(stream, &mut chunk)).await?;
        if size == 0 {
            return Err(self.closed());
        }
        self.buffer.extend_from_slice(&chunk[..size]);
        Ok(stamp)
    }

    fn closed(&self) -> io::Error {
        let got = self.buffer.len().saturating_sub(2);
        let what = match self.announced() {
            Some(announced) => format!("the server closed the connection after {got} of {announced} octets"),
            None => "the server closed the connection without a response".to_owned(),
        };
        io::Error::new(io::ErrorKind::UnexpectedEof, what)
    }
}
