//! The section `drill`: a canary zone that breaks on schedule, so that its alert proves the way that all alerts take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value_types::{BoundedInteger, deserialize_non_null};
use crate::dns::{Name, Timestamp};

/// A name that no resolver leads anywhere (RFC 6761 section 6.2): the exporter alone serves and probes it.
const DEFAULT_ZONE: &str = "drill.test";
const DEFAULT_INTERVAL: u32 = 86_400;
/// 10:00 UTC: in Europe somebody is at work who can repair what the drill finds.
pub(super) const DEFAULT_OFFSET: u32 = 36_000;
/// Two scrapes at the longest interval (240 s), an evaluation each minute, and Alertmanager.
const DEFAULT_DEADLINE: u32 = 600;
const DEFAULT_DURATION: u32 = 900;

/// When the canary zone breaks, and how soon its alert must have come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrillConfig {
    /// The apex of the canary zone; not one of `zones`.
    pub zone: Name,
    /// From the start of a drill to the start of the next.
    pub interval_seconds: u32,
    /// The start of a drill, counted from the multiples of the interval since the epoch; less than the interval.
    pub offset_seconds: u32,
    /// How long the zone stays broken; at most half of the interval.
    pub duration_seconds: u32,
    /// How soon after the start the alert must be back; at most the duration.
    pub deadline_seconds: u32,
}

impl DrillConfig {
    /// When the drill starts that is the last one at `at`, whether anything runs it or not.
    pub fn last_start(&self, at: Timestamp) -> Timestamp {
        let [interval, offset] = [self.interval_seconds, self.offset_seconds].map(i64::from);
        Timestamp(at.0 - (at.0 - offset).rem_euclid(interval))
    }

    /// When the drill after that starts.
    pub fn next_start(&self, at: Timestamp) -> Timestamp {
        Timestamp(self.last_start(at).0 + i64::from(self.interval_seconds))
    }
}

/// A drill of the way that alerts take: a canary zone that the exporter serves breaks on schedule, and its alert must come
/// back from Alertmanager. Without this key there is none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Drill")]
pub(super) struct RawDrill {
    /// The apex of the canary zone, which the exporter serves itself; not one of `zones`.
    #[serde(default = "default_zone")]
    #[schemars(length(min = 1))]
    pub(super) zone: String,
    /// The seconds from the start of a drill to the start of the next.
    #[serde(default = "default_interval")]
    pub(super) interval_seconds: BoundedInteger<10, 86_400>,
    /// The start of a drill in seconds after midnight UTC, or after the last multiple of the interval; less than the interval.
    /// Left out: 10:00 UTC.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(
        with = "BoundedInteger<0, 86_399>",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) offset_seconds: Option<BoundedInteger<0, 86_399>>,
    /// How many seconds the zone stays broken: at most half of the interval.
    #[serde(default = "default_duration")]
    pub(super) duration_seconds: BoundedInteger<1, 43_200>,
    /// How many seconds after the start the alert must have come back: at most the duration.
    #[serde(default = "default_deadline")]
    pub(super) deadline_seconds: BoundedInteger<1, 43_200>,
}

fn default_zone() -> String {
    DEFAULT_ZONE.to_owned()
}

fn default_interval() -> BoundedInteger<10, 86_400> {
    BoundedInteger(DEFAULT_INTERVAL)
}

fn default_duration() -> BoundedInteger<1, 43_200> {
    BoundedInteger(DEFAULT_DURATION)
}

fn default_deadline() -> BoundedInteger<1, 43_200> {
    BoundedInteger(DEFAULT_DEADLINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drill(interval_seconds: u32, offset_seconds: u32) -> DrillConfig {
        DrillConfig {
            zone: DEFAULT_ZONE.parse().unwrap(),
            interval_seconds,
            offset_seconds,
            duration_seconds: DEFAULT_DURATION,
            deadline_seconds: DEFAULT_DEADLINE,
        }
    }

    #[test]
    fn daily_drill_starts_at_its_time_of_day() {
        let daily = drill(86_400, 36_000);
        let ten_oclock = Timestamp(20_000 * 86_400 + 36_000);
        for (after, last) in [(0, 0), (1, 0), (86_399, 0), (86_400, 86_400)] {
            let at = Timestamp(ten_oclock.0 + after);
            assert_eq!(daily.last_start(at), Timestamp(ten_oclock.0 + last));
            assert_eq!(
                daily.next_start(at),
                Timestamp(ten_oclock.0 + last + 86_400)
            );
        }
        let before = Timestamp(ten_oclock.0 - 1);
        assert_eq!(daily.next_start(before), ten_oclock);
    }
}
