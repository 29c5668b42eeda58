//! The canary zone of a drill as Prometheus text: one metric, which no rule about zones reads.

use prometheus::core::Collector as _;
use prometheus::{IntGaugeVec, Opts, TextEncoder};

use super::catalog::DrillMetric;

/// `bogus` is absent where nothing could be validated; `drill` names the drill for which the zone is broken.
pub fn canary_prometheus(bogus: Option<bool>, drill: Option<&str>) -> String {
    let Some(bogus) = bogus else {
        return String::new();
    };
    let definition = DrillMetric::CanaryBogus.definition();
    let labels: Vec<_> = definition.labels.iter().map(|label| label.name).collect();
    // A label with an empty value is the same as none.
    let labels = if drill.is_some() { &labels[..] } else { &[] };
    let values: Vec<_> = drill.into_iter().collect();
    // The catalog's names are valid, and one label has one value: nothing here fails.
    let text =
        IntGaugeVec::new(Opts::new(definition.name, definition.help), labels).and_then(|metric| {
            metric
                .get_metric_with_label_values(&values)?
                .set(bogus.into());
            TextEncoder::new().encode_to_string(&metric.collect())
        });
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canary_that_could_not_be_validated_has_no_series() {
        assert_eq!(canary_prometheus(None, Some("a")), "");
        assert!(canary_prometheus(Some(true), Some("a")).ends_with("_bogus{drill=\"a\"} 1\n"));
        assert!(canary_prometheus(Some(false), None).ends_with("_bogus 0\n"));
    }
}
