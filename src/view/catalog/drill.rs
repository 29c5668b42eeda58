//! What `/drill/probe` answers: the canary zone, by a name that no rule about zones reads.

use super::{DRILL, MetricDefinition, MetricKind, MetricLabel, MetricUnit, metrics};

const DRILL_LABELS: &[MetricLabel] = &[DRILL];

metrics! {
    /// A metric of the canary zone of a drill.
    DrillMetric {
        CanaryBogus = "outsidein_drill_canary_bogus", Gauge, Boolean, DRILL_LABELS, {
            help: "Whether the canary zone's answers are bogus, which they are during a drill and secure otherwise.",
            absent: "Nothing was there to validate.",
            source: "own",
        }
    }
}
