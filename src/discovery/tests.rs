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
fn nameserver_and_type_yield_a_complete_target() {
    let found = labels(|labels| {
        labels["zone"] == "xn--bcher-kva.example" && labels["qtype"] == "TYPE65534"
    });
    assert_eq!(found.len(), 2, "{found:#?}");
    let wanted = serde_json::json!({
        "__metrics_path__": "/dns/probe", "__scheme__": "https",
        "__param_target": "ns1", "__param_zone": "xn--bcher-kva.example", "__param_qtype": "TYPE65534",
        "__scrape_interval__": "240s", "__scrape_timeout__": "9750ms",
        "instance": "ns1", "nameserver": "ns1", "provider": "a \"home\"", "qtype": "TYPE65534", "zone": "xn--bcher-kva.example",
    });
    assert_eq!(found[1], wanted);
}

#[test]
fn whole_zone_has_one_target_without_nameserver() {
    let found = labels(|labels| labels["qtype"].is_null());
    let zones: Vec<_> = found
        .iter()
        .map(|labels| labels["zone"].as_str().unwrap())
        .collect();
    assert_eq!(zones, [".", "xn--bcher-kva.example", "hasty.test"]);
    let wanted = serde_json::json!({
        "__metrics_path__": "/dns/probe", "__scheme__": "https", "__param_zone": ".",
        "instance": ".", "zone": ".",
    });
    assert_eq!(found[0], wanted);
}

#[test]
fn scrape_timeout_never_exceeds_the_interval() {
    let found = labels(|labels| labels["zone"] == "hasty.test");
    assert_eq!(found.len(), 2);
    for labels in found {
        assert_eq!(
            (
                &labels["__scrape_interval__"],
                &labels["__scrape_timeout__"]
            ),
            (&"2s".into(), &"2000ms".into())
        );
    }
}

#[test]
fn every_target_is_unique() {
    let groups = groups();
    assert_eq!(groups.len(), 4 + 1 + 1 + 1 + 1 + 1);
    assert!(
        groups
            .iter()
            .all(|group| group["targets"] == serde_json::json!(["control:9853"]))
    );
    let instances: std::collections::BTreeSet<_> = groups
        .iter()
        .map(|group| group["labels"].to_string())
        .collect();
    assert_eq!(instances.len(), groups.len());
}
