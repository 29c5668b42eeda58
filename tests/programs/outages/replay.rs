//! Replays an outage: one scrape of the zone's probe each minute, as promtool's input series.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::plan::Request;
use outsidein::probe;
use outsidein::view::{self, Format};

use super::lab::{NS1, NS2, START, Servers};

/// The values of each series, minute by minute; `None` where a scrape did not have it.
pub type Series = BTreeMap<String, Vec<Option<f64>>>;

/// The README's probes.json for the zone, with the keys in `zone` and `trust` besides.
pub fn probes_json(zone: &str, trust: &str) -> String {
    let nameserver = |addresses: [&str; 2], provider: &str, role: &str| {
        let [ipv4, ipv6] = addresses;
        format!(
            r#"{{ "addresses": ["{ipv4}", "{ipv6}"], "provider": "{provider}", "role": "{role}" }}"#
        )
    };
    format!(
        r#"{{
            "nameservers": {{ "ns1.example.test": {}, "ns2.example.test": {} }},
            "zones": {{ "example.test": {{ "nameservers": ["ns1.example.test", "ns2.example.test"] {zone} }} }},
            "trust": {trust}
        }}"#,
        nameserver(NS1, "home", "primary"),
        nameserver(NS2, "elsewhere", "secondary"),
    )
}

/// When the zone is scraped: each `interval` minutes, up to minute `last`.
#[derive(Clone, Copy)]
pub struct Schedule {
    pub last: u32,
    pub interval: u32,
}

impl Schedule {
    pub const fn each_minute(last: u32) -> Self {
        Self { last, interval: 1 }
    }
}

/// Scrapes the zone, whose servers `script` gives for each minute; none where the scrape itself fails.
pub fn replay(config: &str, schedule: Schedule, script: &dyn Fn(u32) -> Option<Servers>) -> Series {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let config = Config::parse(config, "probes.json").expect("a configuration");
    let parameters = [("zone".to_owned(), "example.test".to_owned())];
    let links = LinkCache::default();
    let mut series = Series::new();
    let (mut clock_error, mut unscraped) = (0, 0);
    let scrapes = schedule.last / schedule.interval;
    for index in 0..=scrapes {
        let minute = index * schedule.interval;
        let index = index as usize;
        let servers = script(minute);
        if let Some(servers) = &servers {
            (clock_error, unscraped) = (servers.clock_error, servers.unscraped);
        }
        let since_start = i64::from(minute) * 60 + clock_error;
        let since_epoch = (START.0 + since_start).unsigned_abs();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch);
        let up = match servers {
            Some(servers) => {
                // Each scrape asks for random names of its own.
                let request = Request::read(&parameters, None, &config).expect("a request");
                let report = runtime.block_on(probe::execute(&request, &servers, &links, at));
                add_scrape(
                    &mut series,
                    index,
                    &view::render(&report, Format::Prometheus),
                );
                1.0
            }
            None => 0.0,
        };
        add(
            &mut series,
            r#"up{job="outsidein",instance="example.test",zone="example.test"}"#,
            index,
            up,
        );
        add_exporter(&mut series, index, since_start, unscraped);
        add_resolvers(&mut series, index, &links);
    }
    for values in series.values_mut() {
        values.resize(scrapes as usize + 1, None);
    }
    series
}

/// The labels of the exporter's own metrics.
const EXPORTER: &str = r#"job="outsidein_exporter",instance="127.0.0.1:9853""#;

#[expect(clippy::cast_precision_loss, reason = "seconds of a replay")]
fn add_exporter(series: &mut Series, index: usize, since_start: i64, unscraped: u32) {
    for (metric, value) in [
        ("up", 1.0),
        ("outsidein_config_last_reload_successful", 1.0),
        ("outsidein_config_scrape_targets", f64::from(1 + unscraped)),
        ("outsidein_config_resolvers", 1.0),
        ("outsidein_time_seconds", since_start as f64),
    ] {
        add(series, &format!("{metric}{{{EXPORTER}}}"), index, value);
    }
}

fn add_resolvers(series: &mut Series, index: usize, links: &LinkCache) {
    for (resolver, answers) in links.resolver_health().snapshot() {
        let name = format!("outsidein_resolver_up{{{EXPORTER},resolver=\"{resolver}\"}}");
        add(series, &name, index, if answers { 1.0 } else { 0.0 });
    }
}

fn add(series: &mut Series, name: &str, index: usize, value: f64) {
    let values = series.entry(name.to_owned()).or_default();
    values.resize(index, None);
    values.push(Some(value));
}

/// The labels of the scrape job are added, and dates become minutes of the replay: promtool's clock starts at 0.
fn add_scrape(series: &mut Series, index: usize, text: &str) {
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a sample");
        let value: f64 = value.parse().expect("a number");
        let job = r#"job="outsidein",instance="example.test",zone="example.test""#;
        let (metric, labelled) = match name.split_once('{') {
            Some((metric, labels)) => (metric, format!("{metric}{{{job},{labels}")),
            None => (name, format!("{name}{{{job}}}")),
        };
        #[expect(clippy::cast_precision_loss, reason = "a date of this century")]
        let value = if metric.ends_with("_timestamp_seconds") {
            value - START.0 as f64
        } else {
            value
        };
        add(series, &labelled, index, value);
    }
}

/// What the last scrape says of faults, for those who look at one outage.
pub fn last_faults(series: &Series) -> String {
    let metrics = ["failure", "difference", "warning", "chain_status", "valid"];
    let is_of_fault = |name: &&String| metrics.iter().any(|metric| name.contains(metric));
    let last = series
        .iter()
        .filter(|(name, _)| is_of_fault(name))
        .filter_map(|(name, values)| Some((name, values.last().copied()??)));
    let lines: Vec<_> = last
        .map(|(name, value)| format!("  {name} {value}"))
        .collect();
    lines.join("\n")
}

/// The lines of promtool's `input_series`.
pub fn input_series(series: &Series) -> String {
    let mut text = String::new();
    for (name, values) in series {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "      - {{ series: '{}', values: '{}' }}",
            name.replace('\'', "''"),
            values_text(values)
        );
    }
    text
}

/// `1x3` is 1 four times; a series that ends is marked stale once, as a scraper does.
fn values_text(values: &[Option<f64>]) -> String {
    let mut text = Vec::new();
    let mut index = 0;
    while let Some(value) = values.get(index) {
        let run = values[index..]
            .iter()
            .take_while(|next| *next == value)
            .count();
        match value {
            Some(value) => text.push(format!("{value}x{}", run - 1)),
            None if index == 0 => text.push(format!("_x{run}")),
            None if run == 1 => text.push("stale".to_owned()),
            None => text.push(format!("stale _x{}", run - 1)),
        }
        index += run;
    }
    text.join(" ")
}
