//! What Alertmanager posts to a webhook (version 4 of its message): as much of it as says which drills fire.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The version of the message that Alertmanager has sent since 0.6; another one may mean something else.
const VERSION: &str = "4";
/// The label by which the alert of a drill names it.
const DRILL_LABEL: &str = "drill";

#[derive(Deserialize)]
struct Notification {
    version: String,
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    status: String,
    labels: BTreeMap<String, String>,
}

/// The drills whose alerts fire by the message `body`. Alerts without the label are none of a drill.
pub(super) fn firing_drills(body: &[u8]) -> Result<Vec<String>, String> {
    let notification: Notification = serde_json::from_slice(body)
        .map_err(|error| format!("not a message of Alertmanager: {error}"))?;
    if notification.version != VERSION {
        return Err(format!(
            "version {:?} of Alertmanager's message is not supported (supported: {VERSION:?})",
            notification.version
        ));
    }
    let firing = notification
        .alerts
        .into_iter()
        .filter(|alert| alert.status == "firing");
    Ok(firing
        .filter_map(|mut alert| alert.labels.remove(DRILL_LABEL))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Alertmanager 0.25 sends it.
    const MESSAGE: &str = r#"{
      "receiver": "drill", "status": "firing", "version": "4", "truncatedAlerts": 0,
      "groupKey": "{}/{alertname=\"OutsideinDrill\"}:{}", "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
      "externalURL": "http://host:9093",
      "alerts": [
        { "status": "resolved", "labels": { "alertname": "OutsideinDrill", "drill": "old" }, "annotations": {},
          "startsAt": "2026-11-30T10:00:00Z", "endsAt": "2026-11-30T10:15:00Z", "generatorURL": "", "fingerprint": "1" },
        { "status": "firing", "labels": { "alertname": "OutsideinDrill", "drill": "new" }, "annotations": {},
          "startsAt": "2026-12-01T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "", "fingerprint": "2" },
        { "status": "firing", "labels": { "alertname": "OutsideinZoneDown", "zone": "example.net" }, "annotations": {} }
      ]
    }"#;

    #[test]
    fn firing_alerts_name_their_drill() {
        assert_eq!(
            firing_drills(MESSAGE.as_bytes()),
            Ok(vec!["new".to_owned()])
        );
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let wrong = MESSAGE.replace("\"version\": \"4\"", "\"version\": \"5\"");
        for body in ["", "{}", "[]", "null", "{\"version\": \"4\"}", &wrong] {
            assert!(firing_drills(body.as_bytes()).is_err(), "{body}");
        }
    }
}
