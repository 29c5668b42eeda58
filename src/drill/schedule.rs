//! Keeps the schedule: the canary zone is sound, breaks for a drill, and is sound again.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::Drill;
use super::canary::Canary;
use super::record::Record;
use crate::config::DrillConfig;
use crate::dns::Timestamp;
use crate::log::{Event, Fields};
use crate::network::clock;

/// How long at most to sleep at once: a clock that is set and a canary that could not be served are noticed after that.
const MAX_SLEEP: Duration = Duration::from_mins(1);

/// Drills as the configuration says, whenever that is another one, until the task ends.
pub async fn run(drill: Arc<Drill>) {
    let mut config = drill.config.subscribe();
    loop {
        let current = config.borrow_and_update().clone();
        tokio::select! {
            () = drill.follow(current.as_ref()) => {}
            changed = config.changed() => if changed.is_err() { return },
        }
        drill.record().abandon(now());
    }
}

impl Drill {
    /// Never ends.
    async fn follow(&self, config: Option<&DrillConfig>) {
        let Some(config) = config else {
            self.canary.store(None);
            *self.record() = Record::default();
            return std::future::pending().await;
        };
        let mut start = first_start(config, now());
        loop {
            self.keep(config, None, start).await;
            self.hold_one(config).await;
            start = config.next_start(now());
        }
    }

    async fn hold_one(&self, config: &DrillConfig) {
        let start = now();
        let id = new_id(start);
        self.record().begin(&id, start, config);
        let message = format!(
            "the canary zone breaks: its alert must be back within {} s",
            config.deadline_seconds
        );
        self.fields(&id).log(Event::DrillBegan, &message);
        let after = |seconds: u32| Timestamp(start.0 + i64::from(seconds));
        self.keep(
            config,
            Some(&id),
            after(config.deadline_seconds.saturating_add(1)),
        )
        .await;
        let result = self.record().result(now());
        if result == Some(false) {
            let message = format!(
                "the alert of the drill was not back within {} s: alerts may not arrive",
                config.deadline_seconds
            );
            self.fields(&id).log(Event::DrillLost, &message);
        }
        self.keep(config, Some(&id), after(config.duration_seconds))
            .await;
    }

    /// Serves the canary zone, broken for `id` or sound for none, until that time.
    async fn keep(&self, config: &DrillConfig, id: Option<&str>, until: Timestamp) {
        loop {
            let canary = self.canary.load_full();
            if !canary.is_some_and(|canary| canary.is_for(&config.zone, id)) {
                self.serve(config, id).await;
            }
            let remaining = u64::try_from(until.0 - now().0).unwrap_or(0);
            if remaining == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_secs(remaining).min(MAX_SLEEP)).await;
        }
    }

    async fn serve(&self, config: &DrillConfig, id: Option<&str>) {
        let canary = Canary::start(&config.zone, id, now()).await;
        let served = canary.map_err(|error| {
            let fields = Fields {
                zone: Some(config.zone.to_string()),
                error: Some(error.to_string()),
                ..Fields::default()
            };
            fields.log(
                Event::CanaryFailed,
                &format!("the canary zone cannot be served: {error}"),
            );
        });
        self.canary.store(served.ok().map(Arc::new));
    }
}

fn now() -> Timestamp {
    clock::wall_clock_now().into()
}

/// A drill whose time has begun before this process did is held all the same: else one that restarts each day at that time
/// would hold none.
fn first_start(config: &DrillConfig, now: Timestamp) -> Timestamp {
    let last = config.last_start(now);
    if now.0 - last.0 < config.duration_seconds.into() {
        now
    } else {
        config.next_start(now)
    }
}

/// Unlike that of any other drill, of this exporter or another one.
fn new_id(start: Timestamp) -> String {
    let mut random = [0; 4];
    // Without randomness exporters that drill at the same moment may take each other's alert for theirs.
    let _ = SystemRandom::new().fill(&mut random);
    format!("{start}-{}", HEXLOWER.encode(&random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drill_under_way_at_the_start_is_held_and_one_that_is_over_is_not() {
        let config = DrillConfig {
            zone: "drill.test".parse().unwrap(),
            interval_seconds: 100,
            offset_seconds: 20,
            duration_seconds: 50,
            deadline_seconds: 30,
        };
        for (now, start) in [
            (1_020, 1_020),
            (1_069, 1_069),
            (1_070, 1_120),
            (1_119, 1_120),
        ] {
            let found = first_start(&config, Timestamp(now));
            assert_eq!(found, Timestamp(start), "at {now}");
        }
    }

    #[test]
    fn drills_have_ids_of_their_own() {
        let start = Timestamp(1_796_032_800);
        assert!(new_id(start).starts_with("2026-11-30T10:00:00Z-"));
        assert_ne!(new_id(start), new_id(start));
    }
}
