//! What a probe exports, so that two of them can be held against each other: what moves by itself is left out.

use std::collections::BTreeMap;

/// Series by their name and labels, with their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposition(BTreeMap<String, String>);

/// What is compared: what only a probe of a zone has, as of one nameserver there is more that differs in every probe.
const COMPARED: &[&str] = &["probe_success", "probe_timeout_seconds", "probe_zone_"];
/// These follow from the others: tests/programs/outages has them.
const DERIVED: &[&str] = &[
    "probe_zone_server_answering",
    "probe_zone_dnssec_valid",
    "probe_zone_cds_equal",
    "probe_zone_warning",
    "probe_zone_parent_delegates",
    "probe_zone_parent_answering",
    "probe_zone_parent_servers",
    "probe_zone_parent_servers_equal",
    "probe_zone_parent_nameservers_digest",
    "probe_zone_parent_nameservers_ttl_seconds",
    "probe_zone_ds_digest",
    "probe_zone_rollover_too_early",
    "probe_zone_rollover_held_until_timestamp_seconds",
    "probe_zone_chain_status",
    "probe_zone_nameservers_ttl_seconds",
    "probe_zone_soa_ttl_seconds",
    "probe_zone_max_ttl_seconds",
];
/// Of these it matters whether they are there and whether they are below 0; the seconds go by.
const COUNTDOWNS: &[&str] = &[
    "probe_zone_expire_seconds",
    "probe_zone_signatures_outlive_expire_seconds",
];
const SERIALS: &[&str] = &["probe_zone_serial"];
/// What is left of the labels in a series' name here: the others follow from these, and are asserted once.
const FOLLOWING: &[&str] = &["provider", "address", "role", "info_code"];

impl Exposition {
    /// Reads Prometheus text. Serials stand as steps from `newest`, so that an update that everyone has changes nothing.
    pub fn read(text: &str, newest: u32) -> Self {
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let series = samples.filter_map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
            let name = series.split('{').next().expect("a name");
            let value = if SERIALS.contains(&name) {
                let serial: u32 = value.parse().expect("a serial");
                serial.wrapping_sub(newest).cast_signed().to_string()
            } else if COUNTDOWNS.contains(&name) {
                if value.starts_with('-') {
                    "below 0"
                } else {
                    "counting"
                }
                .to_owned()
            } else {
                value.to_owned()
            };
            let is_compared = COMPARED.iter().any(|prefix| name.starts_with(prefix));
            (is_compared && !DERIVED.contains(&name)).then(|| (short(series), value))
        });
        let mut read = BTreeMap::new();
        for (series, value) in series {
            assert_eq!(
                read.insert(series.clone(), value),
                None,
                "{series} twice in\n{text}"
            );
        }
        Self(read)
    }

    /// Every change from here to `other`, as `series: before -> after`, sorted.
    pub fn changes_to(&self, other: &Self) -> Vec<String> {
        let all: std::collections::BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let value = |of: &Self, series: &str| {
            of.0.get(series)
                .cloned()
                .unwrap_or_else(|| "absent".to_owned())
        };
        let changed = all.into_iter().filter_map(|series| {
            let (before, after) = (value(self, series), value(other, series));
            (before != after).then(|| format!("{series}: {before} -> {after}"))
        });
        changed.collect()
    }

    /// Every series as `series value`.
    pub fn lines(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|(series, value)| format!("{series} {value}"))
            .collect()
    }
}

/// `probe_zone_serial{ns1,ipv4}`.
fn short(series: &str) -> String {
    let Some((name, labels)) = series.split_once('{') else {
        return series.to_owned();
    };
    let labels = labels.trim_end_matches('}').split(',').filter_map(|label| {
        let (label, value) = label.split_once('=').expect("a label has a value");
        (!FOLLOWING.contains(&label)).then(|| value.trim_matches('"'))
    });
    format!("{name}{{{}}}", labels.collect::<Vec<_>>().join(","))
}

#[test]
fn only_real_changes_change_the_exposition() {
    let before = "# HELP x\nprobe_success 1\nprobe_duration_seconds 0.1\nprobe_zone_serial{nameserver=\"a\",family=\"ipv4\",address=\"::1\"} 4294967295\nprobe_zone_expire_seconds{nameserver=\"a\",role=\"primary\"} 7\n";
    let after = "probe_success 0\nprobe_duration_seconds 0.2\nprobe_zone_serial{nameserver=\"a\",family=\"ipv4\",address=\"::1\"} 1\n";
    let (before, after) = (Exposition::read(before, 1), Exposition::read(after, 1));
    assert_eq!(before.changes_to(&before), [""; 0]);
    assert_eq!(
        before.changes_to(&after),
        [
            "probe_success: 1 -> 0",
            "probe_zone_expire_seconds{a}: counting -> absent",
            "probe_zone_serial{a,ipv4}: -2 -> 0"
        ]
    );
}
