//! When a response arrived: the kernel's word for it where it has one.
//!
//! A process is woken some time after its packet came in; on a busy machine that is milliseconds. The kernel stamps the
//! packet itself (`SO_TIMESTAMPNS`, socket(7)).

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::cmsg_space;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use std::os::fd::AsFd;

use super::Clock;

/// Asks the kernel to stamp what arrives. One that cannot leaves the process's clock, which the report tells.
pub(super) fn ask_for_stamps(socket: &impl AsFd) {
    let _ = setsockopt(socket, sockopt::ReceiveTimestampns, &true);
}

/// One receive call that does not block: how many octets, and the kernel's stamp on them.
pub(super) fn receive(socket: &impl AsRawFd, buffer: &mut [u8]) -> io::Result<(usize, Option<SystemTime>)> {
    let mut control = cmsg_space!(TimeSpec);
    let mut slices = [IoSliceMut::new(buffer)];
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut control), MsgFlags::MSG_DONTWAIT)?;
    let stamp = message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::ScmTimestampns(time) => Some(UNIX_EPOCH + Duration::from(time)),
        _ => None,
    });
    Ok((message.bytes, stamp))
}

/// When a query was sent, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    real: SystemTime,
    monotonic: Instant,
}

impl Sent {
    /// To be called right before the system call that sends.
    pub(super) fn now() -> Self {
        Self { real: SystemTime::now(), monotonic: Instant::now() }
    }

    /// The time until the arrival that `stamp` tells. The stamp is of the clock that people set, so it counts only within
    /// what the monotonic clock says has passed.
    pub(super) fn until(&self, stamp: Option<SystemTime>) -> (Duration, Clock) {
        let passed = self.monotonic.elapsed();
        let by_kernel = stamp.and_then(|stamp| stamp.duration_since(self.real).ok()).filter(|time| *time <= passed);
        match by_kernel {
            Some(time) => (time, Clock::Kernel),
            None => (passed, Clock::Process),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_counts_only_between_sending_and_now() {
        let sent = Sent::now();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(sent.until(Some(sent.real + Duration::from_millis(1))), (Duration::from_millis(1), Clock::Kernel));
        assert_eq!(sent.until(Some(sent.real - Duration::from_millis(1))).1, Clock::Process, "the clock was set back");
        assert_eq!(sent.until(Some(sent.real + Duration::from_secs(5))).1, Clock::Process, "the clock was set forward");
        assert_eq!(sent.until(None).1, Clock::Process);
    }
}
