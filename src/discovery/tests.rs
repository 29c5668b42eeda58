use super::*;

const PROBES: &str = r#"{
  "nameservers": {
    "ns1": { "addresses": ["192.0.2.1"], "provider": "a \"home\"", "role": "primary" },
    "ns2": { "addresses": ["198.51.100.1"] }
  },
  "zones": {
    "bücher.example.": { "nameservers": ["ns2", "ns1"], "qtypes": ["SOA", "TYPE65534"], "module": "slow", "interval_seconds": 240 },
    "hasty.test": { "nameservers": ["ns2"], "interval_seconds": 2 },
    ".": { "nameservers": ["ns2"] }
  },
  "modules": { "slow": { "timeout_seconds": 9.25 } }
}"#;

fn groups() -> Vec<serde_json::Value> {
    let config = Config::parse(PROBES, "probes.json").unwrap();
    let address = ScrapeAddress {
        scheme: "https".into(),
        authority: "control:9853".into(),
        prefix: "/dns".into(),
    };
    serde_json::from_str(&discovery(&config, &address, Duration::from_millis(500))).unwrap()
}

fn labels(of: impl Fn(&serde_json::Value) -> bool) -> Vec<serde_json::Value> {
    let groups = groups().into_iter().map(|group| group["labels"].clone());
    groups.filter(|labels| of(labels)).collect()
}

#[test]
fn zone_yields_one_complete_target() {
    let found = labels(|labels| labels["zone"] == "xn--bcher-kva.example");
    let wanted = serde_json::json!({
        "__metrics_path__": "/dns/probe", "__scheme__": "https", "__param_zone": "xn--bcher-kva.example",
        "__scrape_interval__": "240s", "__scrape_timeout__": "9750ms",
        "instance": "xn--bcher-kva.example", "zone": "xn--bcher-kva.example",
    });
    assert_eq!(found, [wanted]);
}

#[test]
fn root_zone_is_written_as_a_dot() {
    let found = labels(|labels| labels["zone"] == ".");
    let wanted = serde_json::json!({
        "__metrics_path__": "/dns/probe", "__scheme__": "https", "__param_zone": ".",
        "instance": ".", "zone": ".",
    });
    assert_eq!(found, [wanted]);
}

#[test]
fn scrape_timeout_never_exceeds_the_interval() {
    let found = labels(|labels| labels["zone"] == "hasty.test");
    let times: Vec<_> = found
        .iter()
        .map(|labels| {
            (
                &labels["__scrape_interval__"],
                &labels["__scrape_timeout__"],
            )
        })
        .collect();
    assert_eq!(times, [(&"2s".into(), &"2000ms".into())]);
}

#[test]
fn every_zone_is_scraped_once_at_the_exporter() {
    let groups = groups();
    assert_eq!(groups.len(), 3);
    assert!(
        groups
            .iter()
            .all(|group| group["targets"] == serde_json::json!(["control:9853"]))
    );
}
