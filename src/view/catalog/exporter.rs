//! What `/metrics` answers, beside the `process_*` metrics that every client library of Prometheus has.

use super::{
    CODE, HANDLER, MetricDefinition, MetricKind, MetricLabel, MetricUnit, REASON, RESOLVER, RESULT,
    REVISION, VERSION, metrics,
};

const NONE: &[MetricLabel] = &[];

metrics! {
    /// A metric of the exporter itself.
    ExporterMetric {
        BuildInfo = "outsidein_build_info", Gauge, One, &[VERSION, REVISION], {
            help: "1 with the version that runs.",
            absent: "Never.",
            source: "Prometheus convention",
        }
        Probes = "outsidein_probes_total", Counter, Count, &[RESULT], {
            help: "Probes that ended.",
            absent: "Never.",
            source: "own",
        }
        ProbeDuration = "outsidein_probe_duration_seconds", Histogram, Seconds, NONE, {
            help: "How long probes took.",
            absent: "Never.",
            source: "own",
        }
        ProbesInFlight = "outsidein_probes_in_flight", Gauge, Count, NONE, {
            help: "Probes that are running.",
            absent: "Never.",
            source: "own",
        }
        ProbeFailures = "outsidein_probe_failures_total", Counter, Count, &[REASON], {
            help: "Reasons for which addresses failed, each counted once for each address of a probe.",
            absent: "Never.",
            source: "RFC 8914 section 4",
        }
        HttpRequests = "outsidein_http_requests_total", Counter, Count, &[CODE, HANDLER], {
            help: "HTTP requests that were answered.",
            absent: "None was answered so yet.",
            source: "own",
        }
        ReloadSuccessful = "outsidein_config_last_reload_successful", Gauge, Boolean, NONE, {
            help: "Whether the configuration could be read when it was last read.",
            absent: "It was not read yet.",
            source: "Prometheus convention",
        }
        ReloadTime = "outsidein_config_last_reload_success_timestamp_seconds", Gauge, UnixTime, NONE, {
            help: "When the configuration in force was read.",
            absent: "None could be read yet.",
            source: "Prometheus convention",
        }
        Time = "outsidein_time_seconds", Gauge, Seconds, NONE, {
            help: "The time of this host's clock, by which signatures are validated, in seconds since the epoch: compare it with the time of the sample.",
            absent: "Never.",
            source: "node_exporter's `node_time_seconds`",
        }
        ScrapeTargets = "outsidein_config_scrape_targets", Gauge, Count, NONE, {
            help: "How many scrape targets /sd tells: what the configuration in force defines.",
            absent: "No configuration could be read yet.",
            source: "own",
        }
        ConfigResolvers = "outsidein_config_resolvers", Gauge, Count, NONE, {
            help: "How many resolvers chains of trust and parents are looked up through: trust.resolver, or those of /etc/resolv.conf. With 0 no DS and no delegation is looked at.",
            absent: "No configuration could be read yet.",
            source: "own",
        }
        ResolverUp = "outsidein_resolver_up", Gauge, Boolean, &[RESOLVER], {
            help: "Whether the resolver answered when it was last asked. 0: it is silent, unreachable, refuses, or fails for the root. If all are 0, no zone is at fault for what could not be looked up.",
            absent: "It was not asked since the configuration was read.",
            source: "own",
        }
        DrillInterval = "outsidein_drill_interval_seconds", Gauge, Seconds, NONE, {
            help: "The time from the start of a drill to the start of the next: interval_seconds of `drill`.",
            absent: "No drill is configured.",
            source: "own",
        }
        DrillDeadline = "outsidein_drill_deadline_seconds", Gauge, Seconds, NONE, {
            help: "How soon after the start of a drill its alert must be back: deadline_seconds of `drill`.",
            absent: "No drill is configured.",
            source: "own",
        }
        DrillLastStart = "outsidein_drill_last_start_timestamp_seconds", Gauge, UnixTime, NONE, {
            help: "When the last drill was begun.",
            absent: "None was begun since the exporter runs.",
            source: "own",
        }
        DrillLastArrival = "outsidein_drill_last_arrival_timestamp_seconds", Gauge, UnixTime, NONE, {
            help: "When the alert of a drill last came back from Alertmanager, in time or not.",
            absent: "None came back since the exporter runs.",
            source: "own",
        }
        DrillLastSuccessful = "outsidein_drill_last_successful", Gauge, Boolean, NONE, {
            help: "Whether the alert of the last drill came back in time. While it may still come, what became of the drill before. 0: something between the exporter and Alertmanager's receiver is broken, so alerts may not arrive.",
            absent: "No drill was decided since the exporter runs.",
            source: "own",
        }
    }
}
