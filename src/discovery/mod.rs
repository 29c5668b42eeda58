//! probes.json as Prometheus's service discovery: everything that is to be scraped, with no relabelling left to do.

mod external_url;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::config::{Config, DrillConfig, Module, Zone};

pub(crate) use external_url::authority;
pub use external_url::external_url;

/// Where scrapers reach the exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrapeAddress {
    /// `http` or `https`.
    pub scheme: String,
    /// Host with an optional port.
    pub authority: String,
    /// What stands before `/probe`: empty, or a path that begins with a slash and ends without one.
    pub prefix: String,
}

/// JSON for `http_sd_configs` and `file_sd_configs`: an entry for each zone, whose scrape asks all its nameservers, and one for
/// the canary zone of a drill. `offset` is
/// what a scrape needs beyond the time limit of its probe, so that the answer still arrives.
pub fn discovery(config: &Config, scraped_at: &ScrapeAddress, offset: Duration) -> String {
    let groups: Vec<_> = targets(config)
        .map(|target| target.group(scraped_at, offset))
        .chain(
            config
                .drill
                .iter()
                .map(|drill| canary_group(drill, scraped_at)),
        )
        .collect();
    // Texts in maps: nothing here can fail to be JSON.
    serde_json::to_string_pretty(&groups).unwrap_or_default() + "\n"
}

/// How many entries that has.
pub fn count_targets(config: &Config) -> usize {
    targets(config).count() + usize::from(config.drill.is_some())
}

/// The canary zone of the drill: a zone to the scraper, by a path whose only metric no rule about zones reads.
fn canary_group(drill: &DrillConfig, scraped_at: &ScrapeAddress) -> TargetGroup {
    let apex = drill.zone.without_final_dot();
    TargetGroup {
        targets: [scraped_at.authority.clone()],
        labels: BTreeMap::from([
            (
                "__metrics_path__",
                format!("{}/drill/probe", scraped_at.prefix),
            ),
            ("__scheme__", scraped_at.scheme.clone()),
            ("canary", "true".to_owned()),
            ("instance", apex.clone()),
            ("zone", apex),
        ]),
    }
}

fn targets(config: &Config) -> impl Iterator<Item = ScrapeTarget<'_>> {
    config.zones.iter().filter_map(|(apex, zone)| {
        // References of a configuration lead to what is there.
        let module = config.modules.get(&zone.module)?;
        Some(ScrapeTarget {
            apex: apex.without_final_dot(),
            zone,
            module,
        })
    })
}

/// One scrape target: a zone, at all its nameservers.
struct ScrapeTarget<'c> {
    apex: String,
    zone: &'c Zone,
    module: &'c Module,
}

/// A target group of Prometheus's HTTP service discovery.
#[derive(Serialize)]
struct TargetGroup {
    targets: [String; 1],
    labels: BTreeMap<&'static str, String>,
}

impl ScrapeTarget<'_> {
    /// The labels are those of the scraped series; what begins with two underscores is for the scraper, and dropped.
    fn group(self, scraped_at: &ScrapeAddress, offset: Duration) -> TargetGroup {
        let mut labels = BTreeMap::from([
            ("__metrics_path__", format!("{}/probe", scraped_at.prefix)),
            ("__param_zone", self.apex.clone()),
            ("__scheme__", scraped_at.scheme.clone()),
            ("instance", self.apex.clone()),
        ]);
        if let Some(seconds) = self.zone.interval_seconds {
            labels.insert("__scrape_interval__", format!("{seconds}s"));
            labels.insert(
                "__scrape_timeout__",
                self.scrape_timeout(Duration::from_secs(seconds.into()), offset),
            );
        }
        labels.insert("zone", self.apex);
        TargetGroup {
            targets: [scraped_at.authority.clone()],
            labels,
        }
    }

    /// Long enough for the probe to use up its own limit, and no longer than the interval, which Prometheus would refuse: so
    /// where the interval is the scrape job's, its timeout stays too.
    fn scrape_timeout(&self, interval: Duration, offset: Duration) -> String {
        format!(
            "{}ms",
            self.module
                .timeout
                .saturating_add(offset)
                .min(interval)
                .as_millis()
        )
    }
}

#[cfg(test)]
mod tests;
