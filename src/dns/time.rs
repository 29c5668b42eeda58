//! Numbers that wrap around: SOA serials and the dates of signatures (RFC 1982, RFC 4034 section 3.1.5).

use std::cmp::Ordering;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A zone's serial number.
///
/// No total order exists on these (RFC 1982 section 3.2): two serials half the space apart are neither less nor
/// greater, so there is `PartialOrd` and no `Ord`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Serial(pub u32);

impl PartialOrd for Serial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        const HALF: u32 = 1 << 31;
        match self.0.wrapping_sub(other.0) {
            0 => Some(Ordering::Equal),
            HALF => None,
            distance if distance < HALF => Some(Ordering::Greater),
            _ => Some(Ordering::Less),
        }
    }
}

impl Serial {
    /// How many steps this serial lies behind `newer`; `None` where it does not (RFC 1982 section 3.2).
    pub fn lag_behind(self, newer: Self) -> Option<u32> {
        (self <= newer).then(|| newer.0.wrapping_sub(self.0))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Seconds since the epoch: the time at which something is judged, or a signature's date in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The date that a 32-bit field of an RRSIG means when it is read at `self`: the one less than 2^31 seconds away,
    /// which is what serial arithmetic compares (RFC 4034 section 3.1.5).
    #[must_use]
    pub fn nearest(self, field: u32) -> Self {
        let distance = low_32_bits(self).wrapping_sub(field).cast_signed();
        Self(self.0.saturating_sub(i64::from(distance)))
    }

    /// The 32-bit field that stands for this date in an RRSIG.
    pub fn as_rrsig_field(self) -> u32 {
        low_32_bits(self)
    }
}

/// The low 32 bits, which is how a date is written on the wire.
fn low_32_bits(time: Timestamp) -> u32 {
    let low = time.0.rem_euclid(1 << 32);
    u32::try_from(low).unwrap_or_default()
}

impl From<SystemTime> for Timestamp {
    /// The whole second that `time` lies in. A clock before 1970 reads as 1970.
    fn from(time: SystemTime) -> Self {
        let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self(i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 in UTC, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => time.fmt(f),
            Err(_) => self.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_compare_by_rfc_1982_section_3_2() {
        assert!(Serial(1) > Serial(0));
        assert!(Serial(0) > Serial(u32::MAX));
        assert!(Serial(0x8000_0000) > Serial(1));
        assert_eq!(Serial(0).partial_cmp(&Serial(0x8000_0000)), None);
    }

    #[test]
    fn serial_lag_wraps_around() {
        assert_eq!(Serial(5).lag_behind(Serial(9)), Some(4));
        assert_eq!(Serial(u32::MAX).lag_behind(Serial(1)), Some(2));
        assert_eq!(Serial(7).lag_behind(Serial(7)), Some(0));
        assert_eq!(Serial(1).lag_behind(Serial(u32::MAX)), None);
        assert_eq!(Serial(0).lag_behind(Serial(1 << 31)), None);
    }

    #[test]
    fn date_field_means_the_nearest_moment() {
        let now = Timestamp(1_800_000_000);
        assert_eq!(now.nearest(1_800_000_001), Timestamp(1_800_000_001));
        let after_2106 = Timestamp((1 << 32) + 10);
        assert_eq!(after_2106.nearest(u32::MAX), Timestamp((1 << 32) - 1));
        assert_eq!(
            Timestamp(u32::MAX.into()).nearest(5),
            Timestamp((1 << 32) + 5)
        );
        assert_eq!(after_2106.as_rrsig_field(), 10);
        assert_eq!(Timestamp(i64::MAX).nearest(0), Timestamp(i64::MAX));
    }
}
