//! The only place that reads the current time: clippy.toml bans the standard functions everywhere else.

use std::time::{Instant, SystemTime};

/// The monotonic clock, for deadlines and durations.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the monotonic clock"
)]
pub fn monotonic_now() -> Instant {
    Instant::now()
}

/// The wall clock, for the date of a report and the validity of signatures. It may be set at any time.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock"
)]
pub fn wall_clock_now() -> SystemTime {
    SystemTime::now()
}
