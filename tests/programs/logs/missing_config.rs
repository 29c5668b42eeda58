//! A probes.json that no flag names, and that is not there at the start.

use crate::logs::exporter::Exporter;
use crate::logs::formats::of_json;

#[test]
fn reload_finds_a_default_file_created_later() {
    let exporter = Exporter::start_without_file(&["--log.format", "json"]);
    let metric = |value: u8| {
        let wanted = format!("\noutsidein_config_last_reload_successful {value}\n");
        assert!(
            exporter.request("GET", "/metrics").1.contains(&wanted),
            "{wanted}"
        );
    };
    metric(1);
    let (status, body) = exporter.request("POST", "/-/reload");
    assert_eq!(
        (status, body.as_str()),
        (
            500,
            "probes.json: cannot be read: No such file or directory (os error 2)\n"
        )
    );
    metric(0);
    assert_eq!(
        exporter.reload(r#"{ "nameservers": { "ns1": { "addresses": ["192.0.2.1"] } } }"#),
        200
    );
    metric(1);
    assert!(
        exporter.request("GET", "/config").1.contains("\"ns1\""),
        "it is in force"
    );
    let events = of_json(&exporter.standard_error());
    let event_names: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event["event"].as_str(),
                event.get("file").map(String::as_str),
            )
        })
        .collect();
    let file = Some("probes.json");
    assert_eq!(
        event_names,
        [
            ("started", None),
            ("config_refused", file),
            ("config_reloaded", file)
        ]
    );
}
