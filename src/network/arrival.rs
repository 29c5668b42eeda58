//! When a response arrived, by the kernel's clock where it tells.
//!
//! A task is woken when the scheduler gets to it, which says nothing about the network. The kernel stamps a packet as it
//! comes in (SO_TIMESTAMPNS), and that is the time that counts.

use std::io::{self, IoSliceMut};
use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant, SystemTime};

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;

use super::clock;
use crate::exchange::Clock;

/// The moment at which a query was sent, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Departure {
    monotonic: Instant,
    /// What the kernel stamps with: CLOCK_REALTIME, which may be set at any time.
    realtime: SystemTime,
}

impl Departure {
    pub(super) fn now() -> Self {
        Self {
            monotonic: clock::monotonic_now(),
            realtime: clock::wall_clock_now(),
        }
    }

    /// How long after this moment something arrived that carries the kernel's `stamp`.
    ///
    /// A stamp that lies before the departure or in the future shows that the realtime clock was set in between.
    pub(super) fn arrival(&self, stamp: Option<SystemTime>) -> Arrival {
        self.arrival_within(stamp, self.monotonic.elapsed())
    }

    fn arrival_within(&self, stamp: Option<SystemTime>, process_elapsed: Duration) -> Arrival {
        let by_kernel = stamp.and_then(|stamp| stamp.duration_since(self.realtime).ok());
        match by_kernel.filter(|&elapsed| elapsed <= process_elapsed) {
            Some(elapsed) => Arrival {
                elapsed,
                clock: Clock::Kernel,
            },
            None => Arrival {
                elapsed: process_elapsed,
                clock: Clock::Process,
            },
        }
    }

    /// The time from this moment to `deadline`.
    pub(super) fn until(&self, deadline: Instant) -> Duration {
        deadline.saturating_duration_since(self.monotonic)
    }
}

/// The time from a query to its response, and which clock told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) elapsed: Duration,
    pub(super) clock: Clock,
}

/// How far an exchange has come. It outlives the wait that the deadline ends.
#[derive(Debug, Default)]
pub(super) struct ExchangeProgress {
    /// How long the connection took.
    pub(super) connect: Option<Duration>,
    /// When the response came.
    pub(super) arrival: Option<Arrival>,
    /// Messages that were not the response.
    pub(super) ignored: u32,
    /// What a router said; it counts if no response comes after all.
    pub(super) unreachable: Option<io::Error>,
}

/// Asks the kernel to stamp what arrives at `socket`. Where it does not, the process clock serves and [`Clock`] says so.
pub(super) fn stamp_arrivals(socket: &impl AsFd) -> bool {
    setsockopt(socket, sockopt::ReceiveTimestampns, &true).is_ok()
}

/// A socket that does nothing but keep the kernel stamping.
///
/// Linux stamps packets as they come in only while some socket wants it, and turns that on a moment *after* the first one
/// does; until then it stamps a packet when it is read. With this one open the first query of a quiet hour is as exact
/// as any other, and no query pays for turning it on (14 us on loopback).
pub(super) fn keep_kernel_stamping() -> Option<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")
        .or_else(|_| UdpSocket::bind("[::1]:0"))
        .ok()?;
    // Connected to itself, it takes nothing from anybody else.
    socket.connect(socket.local_addr().ok()?).ok()?;
    stamp_arrivals(&socket).then_some(socket)
}

/// Where octets from a socket are put, with the kernel's stamp.
pub(super) struct ReceiveBuffer {
    octets: Vec<u8>,
    control: Vec<u8>,
}

impl ReceiveBuffer {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            octets: vec![0; capacity],
            control: nix::cmsg_space!(TimeSpec),
        }
    }

    /// One `recvmsg`, which never blocks: how many octets came, and the kernel's stamp on the last of them.
    pub(super) fn receive(
        &mut self,
        socket: &impl AsRawFd,
    ) -> io::Result<(usize, Option<SystemTime>)> {
        let mut slices = [IoSliceMut::new(&mut self.octets)];
        let control = Some(self.control.as_mut_slice());
        let received = recvmsg::<()>(
            socket.as_raw_fd(),
            &mut slices,
            control,
            MsgFlags::MSG_DONTWAIT,
        )?;
        let stamp = received
            .cmsgs()
            .ok()
            .and_then(|mut messages| messages.find_map(|message| stamp_of(&message)));
        Ok((received.bytes, stamp))
    }

    /// The first `length` octets of what came last.
    pub(super) fn received(&self, length: usize) -> &[u8] {
        self.octets.get(..length).unwrap_or_default()
    }
}

fn stamp_of(message: &ControlMessageOwned) -> Option<SystemTime> {
    let ControlMessageOwned::ScmTimestampns(stamp) = message else {
        return None;
    };
    let seconds = u64::try_from(stamp.tv_sec()).ok()?;
    let nanoseconds = u32::try_from(stamp.tv_nsec()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn arrival(
        stamp: Option<SystemTime>,
        elapsed: Duration,
        departure: Departure,
    ) -> (Duration, Clock) {
        let arrival = departure.arrival_within(stamp, elapsed);
        (arrival.elapsed, arrival.clock)
    }

    #[test]
    fn timestamp_counts_only_between_departure_and_now() {
        let departure = Departure::now();
        let (sent, elapsed) = (departure.realtime, 10 * MILLISECOND);
        let by_process = (elapsed, Clock::Process);
        assert_eq!(
            arrival(Some(sent), elapsed, departure),
            (Duration::ZERO, Clock::Kernel)
        );
        assert_eq!(
            arrival(Some(sent + 5 * MILLISECOND), elapsed, departure),
            (5 * MILLISECOND, Clock::Kernel)
        );
        assert_eq!(
            arrival(Some(sent + elapsed), elapsed, departure),
            (elapsed, Clock::Kernel)
        );
        assert_eq!(
            arrival(Some(sent + 11 * MILLISECOND), elapsed, departure),
            by_process,
            "clock set forward"
        );
        assert_eq!(
            arrival(Some(sent - MILLISECOND), elapsed, departure),
            by_process,
            "clock set back"
        );
        assert_eq!(arrival(None, elapsed, departure), by_process, "no stamp");
    }

    #[test]
    fn timestamp_is_taken_on_arrival_not_on_read() {
        let _stamping = keep_kernel_stamping().unwrap();
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(stamp_arrivals(&receiver));
        std::thread::sleep(20 * MILLISECOND);
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let before = SystemTime::now();
        sender
            .send_to(b"early", receiver.local_addr().unwrap())
            .unwrap();
        let after = SystemTime::now();
        std::thread::sleep(50 * MILLISECOND);
        let mut buffer = ReceiveBuffer::new(100);
        let (length, stamp) = buffer.receive(&receiver).unwrap();
        assert_eq!(buffer.received(length), b"early");
        let stamp = stamp.unwrap();
        assert!(
            before <= stamp && stamp <= after,
            "sent {before:?} to {after:?}, stamped {stamp:?}"
        );
    }

    #[test]
    fn receiving_never_blocks() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = ReceiveBuffer::new(100).receive(&socket).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }
}
