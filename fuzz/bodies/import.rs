//! Any text is a `blackbox.yml` or says what is wrong with it and where, and any text is a regexp of Go's or is none.

use outsidein::blackbox::{ImportResult, import};
use outsidein::config::Config;
use serde_json::Value;

pub fn run(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    import_file(text);
    check_regexp(text);
}

fn import_file(text: &str) -> Option<ImportResult> {
    match import(text, "blackbox.yml") {
        Ok(imported) => {
            let config = Config::parse(&imported.probes, "probes.json")
                .expect("what is carried over is a probes.json");
            assert!(
                config.modules.len() >= imported.imported_count,
                "{}",
                imported.probes
            );
            assert!(
                imported.imported_count == imported.module_count || !imported.notes.is_empty(),
                "a module is lost in silence"
            );
            imported
                .notes
                .iter()
                .for_each(|finding| assert_single_line(&finding.to_string()));
            Some(imported)
        }
        Err(error) => {
            assert!(!error.problems.is_empty());
            error.to_string().lines().for_each(assert_single_line);
            None
        }
    }
}

fn assert_single_line(line: &str) {
    assert!(
        !line.is_empty() && !line.chars().any(char::is_control),
        "{line:?}"
    );
}

/// What a regexp is rewritten to means the same to both, so that it is rewritten no further.
fn check_regexp(go: &str) {
    let Some(once) = import_regexp(go) else {
        return;
    };
    let twice = import_regexp(&once).expect("what was carried over is carried over again");
    assert_eq!(once, twice, "{go:?}");
}

/// The regexp as it stands in probes.json.
fn import_regexp(go: &str) -> Option<String> {
    let rules = serde_json::json!({ "fail_if_matches_regexp": [go] });
    let dns =
        serde_json::json!({ "query_name": "a", "query_type": "A", "validate_answer_rrs": rules });
    // JSON is YAML, but for characters that YAML does not print.
    let yaml =
        serde_json::json!({ "modules": { "m": { "prober": "dns", "dns": dns } } }).to_string();
    let probes: Value = serde_json::from_str(&import_file(&yaml)?.probes).expect("JSON");
    let rules =
        probes.pointer("/modules/m/blackbox/validate_answer_rrs/fail_if_matches_regexp/0")?;
    Some(rules.as_str()?.to_owned())
}
