//! The drill: a canary zone that this process serves itself breaks on schedule, and its alert must come back from Alertmanager
//! to the exporter within its time. What is broken on that way is seen before an outage is missed.
//!
//! [`Drill`] is what the HTTP side asks, [`run`] keeps the schedule, `canary` is the zone, `record` is what came of the drills,
//! and `notification` reads what Alertmanager posts. The schedule itself is part of the configuration.

mod canary;
mod notification;
mod record;
mod schedule;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;

use crate::config::DrillConfig;
use crate::dns::Timestamp;
use crate::log::{Event, Fields};
use crate::network::clock;
use canary::Canary;
use record::Record;

pub use record::DrillStatus;
pub use schedule::run;

/// The drill of one exporter: its configuration, its canary zone and what came of it so far.
#[derive(Debug)]
pub struct Drill {
    config: watch::Sender<Option<DrillConfig>>,
    canary: ArcSwapOption<Canary>,
    record: Mutex<Record>,
}

impl Drill {
    /// A drill that nothing runs yet; none where `config` is absent.
    pub fn new(config: Option<DrillConfig>) -> Self {
        Self {
            config: watch::Sender::new(config),
            canary: ArcSwapOption::empty(),
            record: Mutex::default(),
        }
    }

    /// Takes another configuration. One that says the same leaves a drill undisturbed that is under way.
    pub fn configure(&self, config: Option<DrillConfig>) {
        self.config.send_if_modified(|current| {
            let is_other = *current != config;
            *current = config;
            is_other
        });
    }

    /// Whether there is to be a drill.
    pub fn is_configured(&self) -> bool {
        self.config.borrow().is_some()
    }

    /// Probes the canary zone, and returns what was seen as Prometheus text. `limit` is what the scrape allows.
    ///
    /// # Errors
    ///
    /// The canary zone is not served: another event of the log says why.
    pub async fn probe(&self, limit: Option<Duration>) -> Result<String, String> {
        // Taken out of the guard: the zone may be exchanged while the probe waits.
        let canary = self.canary.load_full();
        let canary = canary.ok_or("the canary zone is not served (yet)")?;
        canary.probe(limit, clock::wall_clock_now()).await
    }

    /// Takes what Alertmanager has posted, and returns whether it has the alert of the drill that was begun last.
    ///
    /// # Errors
    ///
    /// `body` is not a message of Alertmanager.
    pub fn receive(&self, body: &[u8]) -> Result<bool, String> {
        let drills = notification::firing_drills(body)?;
        let now = Timestamp::from(clock::wall_clock_now());
        let mut is_current = false;
        for drill in drills {
            is_current |= self.record().is_current(&drill);
            // Logged outside the lock.
            let arrived = self.record().arrive(&drill, now);
            if let Some(after) = arrived {
                let message = format!("the alert of the drill came back after {after} s");
                self.fields(&drill).log(Event::DrillArrived, &message);
            }
        }
        Ok(is_current)
    }

    /// What there is to know of it at `at`; `None` where no drill is configured.
    pub fn status(&self, at: Timestamp) -> Option<DrillStatus> {
        let config = self.config.borrow();
        Some(self.record().status(config.as_ref()?, at))
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fields(&self, drill: &str) -> Fields {
        let config = self.config.borrow();
        Fields {
            zone: config.as_ref().map(|config| config.zone.to_string()),
            drill: Some(drill.to_owned()),
            ..Fields::default()
        }
    }
}
