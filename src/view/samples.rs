//! Samples on their way to Prometheus text: each series once, in an order of its own.

use std::fmt::Display;

use prometheus::TextEncoder;
use prometheus::proto::{Gauge, LabelPair, Metric, MetricFamily, MetricType};

use super::catalog::{
    ADDRESS, FAMILY, MetricDefinition, MetricKind, MetricLabel, NAMESERVER, PROVIDER,
    ProbeMetric as M,
};
use super::formatting::info_code;
use crate::reason::Reason;
use crate::report::NameserverReport;

/// Every sample of a report, by metric.
pub(super) struct Samples([Vec<Metric>; M::ALL.len()]);

impl Default for Samples {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Vec::new()))
    }
}

impl Samples {
    /// Where samples whose first labels have these values go.
    pub(super) fn labelled<'s>(&'s mut self, values: &[&str]) -> LabelledSamples<'s> {
        LabelledSamples {
            samples: self,
            first_labels: Vec::new(),
            left_out: &[],
            values: values.iter().map(ToString::to_string).collect(),
        }
    }

    /// Where samples of a nameserver's address go, in the probe of a zone as a whole: metrics of a target name the nameserver
    /// and its provider first.
    pub(super) fn of_nameserver<'s>(
        &'s mut self,
        nameserver: &NameserverReport,
        values: &[&str],
    ) -> LabelledSamples<'s> {
        let provider = nameserver.provider.as_deref().unwrap_or_default();
        let labels = [(NAMESERVER, nameserver.name.as_str()), (PROVIDER, provider)];
        LabelledSamples {
            first_labels: labels
                .map(|(label, value)| pair(label, value.to_owned()))
                .into(),
            ..self.labelled(values)
        }
    }

    /// Where samples of the zone go that a target has for each address.
    pub(super) fn of_zone(&mut self) -> LabelledSamples<'_> {
        LabelledSamples {
            left_out: &[FAMILY, ADDRESS],
            ..self.labelled(&[])
        }
    }

    /// Series sorted by their labels; of two that would be the same one, the first in the report stands.
    pub(super) fn encode(self) -> String {
        let mut families = Vec::with_capacity(M::ALL.len());
        for (&metric, mut series) in M::ALL.iter().zip(self.0) {
            series.sort_by(|left, right| label_values(left).cmp(label_values(right)));
            series.dedup_by(|left, right| left.get_label() == right.get_label());
            if !series.is_empty() {
                families.push(family(metric.definition(), series));
            }
        }
        // Writing into a String fails for a family without name or series alone.
        TextEncoder::new()
            .encode_to_string(&families)
            .unwrap_or_default()
    }
}

fn label_values(metric: &Metric) -> impl Iterator<Item = &str> {
    metric.get_label().iter().map(LabelPair::value)
}

fn family(definition: &MetricDefinition, series: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(definition.name.to_owned());
    family.set_help(definition.help.to_owned());
    family.set_field_type(match definition.kind {
        MetricKind::Gauge => MetricType::GAUGE,
        MetricKind::Counter => MetricType::COUNTER,
        MetricKind::Histogram => MetricType::HISTOGRAM,
    });
    family.set_metric(series);
    family
}

fn pair(label: MetricLabel, value: String) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(label.name.to_owned());
    pair.set_value(value);
    pair
}

/// A statement that holds (1) or does not (0).
pub(super) fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// A target, an address of it, or a transport to that: the values of the labels that its samples begin with.
pub(super) struct LabelledSamples<'s> {
    samples: &'s mut Samples,
    /// Labels in front of those of the metric.
    first_labels: Vec<LabelPair>,
    /// Labels of the metric that these samples are without.
    left_out: &'static [MetricLabel],
    values: Vec<String>,
}

impl LabelledSamples<'_> {
    pub(super) fn add(&mut self, metric: M, values: &[&dyn Display], value: f64) {
        let values = self
            .values
            .iter()
            .cloned()
            .chain(values.iter().map(ToString::to_string));
        let labels = metric.definition().labels.iter();
        let labels = labels
            .filter(|label| !self.left_out.contains(label))
            .zip(values)
            .map(|(label, value)| pair(*label, value));
        let labels = self.first_labels.iter().cloned().chain(labels);
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        let mut sample = Metric::from_gauge(gauge);
        sample.set_label(labels.collect());
        #[expect(
            clippy::indexing_slicing,
            reason = "the array has a place for each metric"
        )]
        self.samples.0[metric as usize].push(sample);
    }

    pub(super) fn add_reason(&mut self, metric: M, reason: Reason) {
        self.add(metric, &[&reason, &info_code(reason, "")], 1.0);
    }

    /// What was not measured is absent, never 0.
    pub(super) fn add_if(&mut self, metric: M, value: Option<f64>) {
        if let Some(value) = value {
            self.add(metric, &[], value);
        }
    }
}
