//! What `outsidein keys compare` leaves for node_exporter's textfile collector. No scrape job knows the zone, so it is a label.

use super::{MetricDefinition, MetricKind, MetricLabel, MetricUnit, STATE, ZONE, metrics};

const ZONE_LABELS: &[MetricLabel] = &[ZONE];

metrics! {
    /// A metric of a comparison of a key backup.
    BackupMetric {
        Keys = "outsidein_key_backup_keys", Gauge, Count, &[ZONE, STATE], {
            help: "Keys of the zone, by whether they are live and in the backup.",
            absent: "It could not be told whether every live key is in the backup.",
            source: "own",
        }
        Complete = "outsidein_key_backup_complete", Gauge, Boolean, ZONE_LABELS, {
            help: "Whether every live key of the zone is in the backup; where not, losing the host now means an emergency rollover.",
            absent: "It could not be told: no server answered, its keys are bogus, or the backup could not be read.",
            source: "RFC 6781 section 4.2",
        }
        Timestamp = "outsidein_key_backup_check_timestamp_seconds", Gauge, UnixTime, ZONE_LABELS, {
            help: "When the backup was last held against the live keys, whatever came of it.",
            absent: "Never.",
            source: "own",
        }
    }
}
