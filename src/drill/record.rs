//! What came of the drills: which one was begun last, whether its alert came back, and what became of the one before.

use crate::config::DrillConfig;
use crate::dns::Timestamp;

/// What `/metrics` tells of the drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrillStatus {
    /// From the start of a drill to the start of the next.
    pub interval_seconds: u32,
    /// How soon after the start an alert must be back.
    pub deadline_seconds: u32,
    /// When the last drill was begun; absent before the first.
    pub last_start: Option<Timestamp>,
    /// When the alert of a drill last came back, in time or not; absent before the first.
    pub last_arrival: Option<Timestamp>,
    /// Whether the alert of the last drill that is decided came back in time; absent before the first.
    pub last_successful: Option<bool>,
}

/// The drills of this process.
#[derive(Debug, Default)]
pub(super) struct Record {
    last: Option<Run>,
    /// What became of the drill before the last one.
    former_result: Option<bool>,
    last_arrival: Option<Timestamp>,
}

#[derive(Debug)]
struct Run {
    id: String,
    start: Timestamp,
    deadline: Timestamp,
    arrival: Option<Timestamp>,
}

impl Run {
    /// `None` while the alert is under way and not late.
    fn result(&self, at: Timestamp) -> Option<bool> {
        match self.arrival {
            Some(arrival) => Some(arrival <= self.deadline),
            None if at > self.deadline => Some(false),
            None => None,
        }
    }
}

impl Record {
    pub(super) fn begin(&mut self, id: &str, start: Timestamp, config: &DrillConfig) {
        self.former_result = self.result(start);
        self.last = Some(Run {
            id: id.to_owned(),
            start,
            deadline: Timestamp(start.0 + i64::from(config.deadline_seconds)),
            arrival: None,
        });
    }

    /// Forgets a drill that is not decided: its zone is not served any more.
    pub(super) fn abandon(&mut self, at: Timestamp) {
        self.former_result = self.result(at);
        self.last = self.last.take().filter(|run| run.result(at).is_some());
    }

    pub(super) fn is_current(&self, id: &str) -> bool {
        self.last.as_ref().is_some_and(|run| run.id == id)
    }

    /// Notes that the alert of the drill `id` came back. Returns after how many seconds, if that is the last drill and its
    /// alert was not there before.
    pub(super) fn arrive(&mut self, id: &str, at: Timestamp) -> Option<i64> {
        let run = self.last.as_mut().filter(|run| run.id == id)?;
        if run.arrival.is_some() {
            return None;
        }
        run.arrival = Some(at);
        self.last_arrival = Some(at);
        Some(at.0 - run.start.0)
    }

    /// Whether the alert of the last drill that is decided was there in time.
    pub(super) fn result(&self, at: Timestamp) -> Option<bool> {
        let last = self.last.as_ref().and_then(|run| run.result(at));
        last.or(self.former_result)
    }

    pub(super) fn status(&self, config: &DrillConfig, at: Timestamp) -> DrillStatus {
        DrillStatus {
            interval_seconds: config.interval_seconds,
            deadline_seconds: config.deadline_seconds,
            last_start: self.last.as_ref().map(|run| run.start),
            last_arrival: self.last_arrival,
            last_successful: self.result(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> DrillConfig {
        DrillConfig {
            zone: "drill.test".parse().unwrap(),
            interval_seconds: 100,
            offset_seconds: 0,
            duration_seconds: 50,
            deadline_seconds: 30,
        }
    }

    fn begun(id: &str, start: i64) -> Record {
        let mut record = Record::default();
        record.begin(id, Timestamp(start), &config());
        record
    }

    #[test]
    fn alert_that_comes_back_in_time_is_a_success() {
        let mut record = begun("a", 1_000);
        assert_eq!(record.result(Timestamp(1_030)), None, "not late yet");
        assert_eq!(record.arrive("a", Timestamp(1_030)), Some(30));
        assert_eq!(record.result(Timestamp(1_031)), Some(true));
        assert_eq!(record.arrive("a", Timestamp(1_040)), None, "sent again");
        let status = record.status(&config(), Timestamp(1_050));
        assert_eq!(status.last_arrival, Some(Timestamp(1_030)));
        assert_eq!(status.last_start, Some(Timestamp(1_000)));
    }

    #[test]
    fn missing_alert_is_lost_after_the_deadline_and_a_late_one_stays_so() {
        let mut record = begun("a", 1_000);
        assert_eq!(record.result(Timestamp(1_031)), Some(false));
        assert_eq!(record.arrive("a", Timestamp(1_031)), Some(31));
        assert_eq!(record.result(Timestamp(1_032)), Some(false));
    }

    #[test]
    fn alert_of_another_drill_does_not_count() {
        let mut record = begun("a", 1_000);
        record.begin("b", Timestamp(1_100), &config());
        assert_eq!(record.arrive("a", Timestamp(1_101)), None);
        assert_eq!(record.arrive("", Timestamp(1_101)), None);
        assert_eq!(
            record.status(&config(), Timestamp(1_102)).last_arrival,
            None
        );
    }

    #[test]
    fn former_result_holds_until_the_next_is_decided() {
        let mut record = begun("a", 1_000);
        record.begin("b", Timestamp(1_100), &config());
        assert_eq!(record.result(Timestamp(1_101)), Some(false), "a is lost");
        record.arrive("b", Timestamp(1_102));
        assert_eq!(record.result(Timestamp(1_102)), Some(true));
    }

    #[test]
    fn abandoned_drill_is_not_lost() {
        let mut record = begun("a", 1_000);
        record.abandon(Timestamp(1_010));
        assert_eq!(record.result(Timestamp(1_100)), None);
        assert_eq!(record.arrive("a", Timestamp(1_011)), None);
        let mut lost = begun("a", 1_000);
        lost.abandon(Timestamp(1_031));
        assert_eq!(lost.result(Timestamp(1_100)), Some(false));
    }
}
