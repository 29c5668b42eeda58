//! The exporter's own metrics.

use std::net::SocketAddr;
use std::time::SystemTime;

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use super::drill_metrics::DrillMetrics;
use crate::config::Config;
use crate::discovery::count_targets;
use crate::dns::Timestamp;
use crate::drill::DrillStatus;
use crate::reason::Reason;
use crate::report::AnyReport;
use crate::view::catalog::ExporterMetric as M;
use crate::view::unix_time;

/// From an answer on loopback to the longest scrape timeout in use.
const DURATION_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// What `/metrics` answers: counts what the exporter does. Cheap to record from any number of threads.
#[derive(Debug)]
pub struct ExporterMetrics {
    registry: Registry,
    probes: IntCounterVec,
    probe_duration: Histogram,
    probes_in_flight: IntGauge,
    probe_failures: IntCounterVec,
    http_requests: IntCounterVec,
    // A vector without labels has no series until it is given a value: not measured is absent.
    reload_successful: IntGaugeVec,
    reload_time: GaugeVec,
    time: Gauge,
    scrape_targets: IntGaugeVec,
    resolvers: IntGaugeVec,
    resolver_up: IntGaugeVec,
    drill: DrillMetrics,
}

impl ExporterMetrics {
    /// Starts at zero; `revision` is the commit that the binary was built from.
    ///
    /// Fails only if two metrics of the catalog, or one of them and a `process_*` metric, have the same name.
    pub fn new(version: &str, revision: Option<&str>) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let build_info = register(
            &registry,
            IntGaugeVec::new(opts(M::BuildInfo), &labels(M::BuildInfo))?,
        )?;
        build_info
            .with_label_values(&[version, revision.unwrap_or_default()])
            .set(1);
        #[cfg(target_os = "linux")]
        registry.register(Box::new(
            prometheus::process_collector::ProcessCollector::for_self(),
        ))?;
        let metrics = Self {
            probes: register(
                &registry,
                IntCounterVec::new(opts(M::Probes), &labels(M::Probes))?,
            )?,
            probe_duration: register(
                &registry,
                Histogram::with_opts(histogram_opts(M::ProbeDuration))?,
            )?,
            probes_in_flight: register(&registry, IntGauge::with_opts(opts(M::ProbesInFlight))?)?,
            probe_failures: register(
                &registry,
                IntCounterVec::new(opts(M::ProbeFailures), &labels(M::ProbeFailures))?,
            )?,
            http_requests: register(
                &registry,
                IntCounterVec::new(opts(M::HttpRequests), &labels(M::HttpRequests))?,
            )?,
            reload_successful: register(
                &registry,
                IntGaugeVec::new(opts(M::ReloadSuccessful), &[])?,
            )?,
            reload_time: register(&registry, GaugeVec::new(opts(M::ReloadTime), &[])?)?,
            time: register(&registry, Gauge::with_opts(opts(M::Time))?)?,
            scrape_targets: register(&registry, IntGaugeVec::new(opts(M::ScrapeTargets), &[])?)?,
            resolvers: register(&registry, IntGaugeVec::new(opts(M::ConfigResolvers), &[])?)?,
            resolver_up: register(
                &registry,
                IntGaugeVec::new(opts(M::ResolverUp), &labels(M::ResolverUp))?,
            )?,
            drill: DrillMetrics::new(|metric| {
                register(&registry, GaugeVec::new(opts(metric), &[])?)
            })?,
            registry,
        };
        // `rate()` misses the step from absent to 1, so that what can happen is there from the start.
        for result in [true, false] {
            metrics.probes.with_label_values(&[result_word(result)]);
        }
        for reason in Reason::ALL {
            metrics.probe_failures.with_label_values(&[reason.as_str()]);
        }
        Ok(metrics)
    }

    /// Counts a probe as running until the guard is dropped.
    pub fn start_probe(&self) -> InFlightProbe {
        self.probes_in_flight.inc();
        InFlightProbe(self.probes_in_flight.clone())
    }

    /// Counts a probe that ended, and why it failed.
    pub fn record_probe(&self, report: &AnyReport) {
        self.probes
            .with_label_values(&[result_word(report.is_success())])
            .inc();
        self.probe_duration.observe(report.duration().as_secs_f64());
        for (_, server) in report.servers() {
            let mut reasons: Vec<_> = server
                .failures
                .iter()
                .map(|failure| failure.reason)
                .collect();
            reasons.sort_unstable();
            reasons.dedup();
            for reason in reasons {
                self.probe_failures
                    .with_label_values(&[reason.as_str()])
                    .inc();
            }
        }
    }

    /// Counts an answered request; `handler` is the route, never the path that a caller sent.
    pub fn record_http_request(&self, code: u16, handler: &'static str) {
        self.http_requests
            .with_label_values(&[code.to_string().as_str(), handler])
            .inc();
    }

    /// Notes that `config` was read at `at`, or that none could be.
    pub fn record_config_reload(&self, config: Option<&Config>, at: Timestamp) {
        self.reload_successful
            .with_label_values::<&str>(&[])
            .set(i64::from(config.is_some()));
        if let Some(config) = config {
            self.reload_time
                .with_label_values::<&str>(&[])
                .set(unix_time(at));
            self.scrape_targets
                .with_label_values::<&str>(&[])
                .set(i64::try_from(count_targets(config)).unwrap_or(i64::MAX));
            // Those of the former configuration may not be asked any more.
            self.resolver_up.reset();
            let resolvers = config.trust.resolvers().len();
            self.resolvers
                .with_label_values::<&str>(&[])
                .set(i64::try_from(resolvers).unwrap_or(i64::MAX));
        }
    }

    /// Notes of each resolver whether it answers.
    pub fn record_resolvers(&self, answering: impl IntoIterator<Item = (SocketAddr, bool)>) {
        for (resolver, answers) in answering {
            self.resolver_up
                .with_label_values(&[resolver.to_string().as_str()])
                .set(i64::from(answers));
        }
    }

    /// Notes how the drill stands; `None` where none is configured.
    pub fn record_drill(&self, status: Option<&DrillStatus>) {
        self.drill.record(status);
    }

    /// All of it as Prometheus text, at the time `now`.
    pub fn encode(&self, now: SystemTime) -> String {
        let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH);
        self.time.set(since_epoch.unwrap_or_default().as_secs_f64());
        // The registry leaves out families without series; writing into a String fails for nothing else.
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap_or_default()
    }
}

/// A probe that is running.
#[derive(Debug)]
pub struct InFlightProbe(IntGauge);

impl Drop for InFlightProbe {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn register<C: Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn opts(metric: M) -> Opts {
    let definition = metric.definition();
    Opts::new(definition.name, definition.help)
}

fn histogram_opts(metric: M) -> HistogramOpts {
    let definition = metric.definition();
    HistogramOpts::new(definition.name, definition.help).buckets(DURATION_BUCKETS.to_vec())
}

fn labels(metric: M) -> Vec<&'static str> {
    metric
        .definition()
        .labels
        .iter()
        .map(|label| label.name)
        .collect()
}

const fn result_word(success: bool) -> &'static str {
    if success { "success" } else { "failure" }
}
