//! Two expositions, series by series.

use std::collections::BTreeMap;

/// What we tell beside what blackbox_exporter 0.23 does.
const OURS: &[&str] = &[
    "probe_failure",
    "probe_failure_headline",
    "probe_timeout_seconds",
];

/// Measured by a clock: they are compared by being there, by being nothing or something, and by a limit.
const DURATIONS: &[&str] = &[
    "probe_duration_seconds",
    "probe_dns_duration_seconds",
    "probe_dns_lookup_time_seconds",
];

/// Longer than any probe of the test takes, on a machine that is busy.
const LIMIT: f64 = 6.0;

/// Everything that is in one and not in the other, or has another value there.
pub fn differences(theirs: &str, ours: &str) -> Vec<String> {
    let (theirs, ours) = (Exposition::read(theirs), Exposition::read(ours));
    let mut found = Vec::new();
    for (series, value) in &theirs.series {
        match ours.series.get(series) {
            None => found.push(format!("{series} {value} is missing")),
            Some(our) if !is_same(series, *value, *our) => {
                found.push(format!("{series} is {our}, not {value}"));
            }
            Some(_) => {}
        }
    }
    let beyond = ours
        .series
        .keys()
        .filter(|series| !theirs.series.contains_key(*series) && !OURS.contains(&name(series)));
    found.extend(beyond.map(|series| format!("{series} is not theirs")));
    let kinds = theirs
        .kinds
        .iter()
        .filter(|(name, kind)| ours.kinds.get(*name) != Some(kind));
    found.extend(kinds.map(|(name, kind)| format!("{name} is no {kind}")));
    found
}

/// The value of one series.
pub fn value(text: &str, series: &str) -> f64 {
    *Exposition::read(text)
        .series
        .get(series)
        .unwrap_or_else(|| panic!("no {series} in\n{text}"))
}

fn is_same(series: &str, theirs: f64, ours: f64) -> bool {
    if !DURATIONS.contains(&name(series)) {
        return theirs.to_bits() == ours.to_bits();
    }
    let in_range = |value: f64| (0.0..LIMIT).contains(&value);
    // Connecting is nothing over UDP, of which they count what their own sockets take.
    let is_nothing = |value: f64| value == 0.0;
    let same_nothing = series.contains("connect") || is_nothing(theirs) == is_nothing(ours);
    in_range(theirs) && in_range(ours) && same_nothing
}

fn name(series: &str) -> &str {
    series.split('{').next().unwrap_or_default()
}

struct Exposition {
    series: BTreeMap<String, f64>,
    kinds: BTreeMap<String, String>,
}

impl Exposition {
    fn read(text: &str) -> Self {
        let mut exposition = Self {
            series: BTreeMap::new(),
            kinds: BTreeMap::new(),
        };
        for line in text.lines() {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a kind");
                exposition.kinds.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                let former = exposition
                    .series
                    .insert(series.to_owned(), value.parse().expect("a number"));
                assert!(former.is_none(), "{series} stands twice in\n{text}");
            }
        }
        assert!(!exposition.series.is_empty(), "no series in {text:?}");
        exposition
    }
}
