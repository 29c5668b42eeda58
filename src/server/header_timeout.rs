//! A connection whose client is to send its requests without dawdling. hyper has one limit for both, the header of a request and the
//! time until it begins, and that between two scrapes is minutes.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long a client may take for its request's header from the first octet on, and for the first request at all.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The stream of a client, which fails when a request's header does not come to its end in time.
pub(super) struct HeaderTimeoutStream {
    stream: TcpStream,
    /// Whether the request that came last has been read and is being answered.
    request_read: Arc<AtomicBool>,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl HeaderTimeoutStream {
    /// Whoever handles a request sets what stands beside it.
    pub(super) fn new(stream: TcpStream) -> (Self, Arc<AtomicBool>) {
        let request_read = Arc::new(AtomicBool::new(false));
        let deadline = Some(Box::pin(sleep(HEADER_TIMEOUT)));
        (
            Self {
                stream,
                request_read: Arc::clone(&request_read),
                deadline,
            },
            request_read,
        )
    }

    /// Of a request that is being answered, or answered, none is owed.
    fn is_header_pending(&mut self, begins: bool) -> bool {
        if self.request_read.load(Ordering::Relaxed) {
            self.deadline = None;
        } else if begins && self.deadline.is_none() {
            self.deadline = Some(Box::pin(sleep(HEADER_TIMEOUT)));
        }
        self.deadline.is_some()
    }
}

impl AsyncRead for HeaderTimeoutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let is_pending = self.is_header_pending(buffer.filled().len() > before);
        match (&read, &mut self.deadline) {
            (Poll::Pending, Some(deadline)) if is_pending => deadline
                .as_mut()
                .poll(context)
                .map(|()| Err(ErrorKind::TimedOut.into())),
            _ => read,
        }
    }
}

impl AsyncWrite for HeaderTimeoutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        // An answer, after which the next request may take its time to begin.
        self.deadline = None;
        self.request_read.store(false, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
