//! The section `drill`, read.

use super::DrillConfig;
use super::builder::ConfigBuilder;
use super::drill::{DEFAULT_OFFSET, RawDrill};
use super::parse;
use super::position::MemberPart;
use crate::dns::Name;

impl ConfigBuilder<'_> {
    pub(super) fn build_drill(&mut self, raw: &RawDrill) -> Option<DrillConfig> {
        let interval = raw.interval_seconds.0;
        let offset = raw
            .offset_seconds
            .map_or(DEFAULT_OFFSET % interval, |offset| offset.0);
        let (duration, deadline) = (raw.duration_seconds.0, raw.deadline_seconds.0);
        for (key, is_wrong, message) in [
            (
                "offset_seconds",
                offset >= interval,
                format!("{offset} is not less than interval_seconds ({interval})"),
            ),
            (
                "duration_seconds",
                duration > interval / 2,
                format!("{duration} is more than half of interval_seconds ({interval})"),
            ),
            (
                "deadline_seconds",
                deadline > duration,
                format!("{deadline} is more than duration_seconds ({duration})"),
            ),
        ] {
            if is_wrong {
                self.refuse(&format!("/drill/{key}"), MemberPart::Value, message);
            }
        }
        Some(DrillConfig {
            zone: self.parse_text("/drill/zone", raw.zone.as_str(), parse::name)?,
            interval_seconds: interval,
            offset_seconds: offset,
            duration_seconds: duration,
            deadline_seconds: deadline,
        })
    }

    /// A zone that is probed must not become the canary: its own alerts would take its faults for the drill's.
    pub(super) fn check_canary_is_no_zone<'z>(
        &mut self,
        drill: Option<&DrillConfig>,
        mut zones: impl Iterator<Item = &'z Name>,
    ) {
        let Some(canary) = drill.map(|drill| &drill.zone) else {
            return;
        };
        if zones.any(|zone| zone == canary) {
            let message = format!("{canary} is one of /zones; the canary is a zone of its own");
            self.refuse("/drill/zone", MemberPart::Value, message);
        }
    }
}
