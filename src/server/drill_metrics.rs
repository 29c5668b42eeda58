//! The drill among the exporter's own metrics.

use prometheus::GaugeVec;

use crate::drill::DrillStatus;
use crate::view::catalog::ExporterMetric as M;
use crate::view::unix_time;

/// One family for each fact; a vector without labels has no series until it is given a value.
#[derive(Debug)]
pub(super) struct DrillMetrics([GaugeVec; 5]);

const METRICS: [M; 5] = [
    M::DrillInterval,
    M::DrillDeadline,
    M::DrillLastStart,
    M::DrillLastArrival,
    M::DrillLastSuccessful,
];

impl DrillMetrics {
    /// `new` makes a family without labels, and registers it.
    pub(super) fn new(
        new: impl Fn(M) -> Result<GaugeVec, prometheus::Error>,
    ) -> Result<Self, prometheus::Error> {
        let [interval, deadline, start, arrival, successful] = METRICS;
        Ok(Self([
            new(interval)?,
            new(deadline)?,
            new(start)?,
            new(arrival)?,
            new(successful)?,
        ]))
    }

    pub(super) fn record(&self, status: Option<&DrillStatus>) {
        let values = [
            status.map(|status| status.interval_seconds.into()),
            status.map(|status| status.deadline_seconds.into()),
            status.and_then(|status| status.last_start).map(unix_time),
            status.and_then(|status| status.last_arrival).map(unix_time),
            status
                .and_then(|status| status.last_successful)
                .map(|successful| f64::from(u8::from(successful))),
        ];
        for (metric, value) in self.0.iter().zip(values) {
            match value {
                Some(value) => metric.with_label_values::<&str>(&[]).set(value),
                // Of another configuration, or of none.
                None => metric.reset(),
            }
        }
    }
}
