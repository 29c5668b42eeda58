//! Any text is a configuration or says what is wrong with it and where.

use outsidein::config::Config;
use outsidein::dnssec::AnchorRecord;

pub fn run(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    check_anchor(text);
    // It names a file, which is the machine's and not the fuzzer's to choose.
    let names_a_file = |value: serde_json::Value| value.pointer("/trust/anchors_file").is_some();
    if serde_json::from_str(text).is_ok_and(names_a_file) {
        return;
    }
    match Config::parse(text, "probes.json") {
        Ok(config) => {
            let written = serde_json::to_string(&config).expect("a configuration can be written");
            let again = Config::parse(&written, "probes.json");
            assert_eq!(again.as_ref(), Ok(&config), "{written}");
        }
        Err(error) => {
            assert!(!error.problems.is_empty());
            for line in error.to_string().lines() {
                assert!(
                    !line.is_empty() && !line.chars().any(char::is_control),
                    "{line:?}"
                );
            }
        }
    }
}

/// What an anchor is written as is the anchor.
fn check_anchor(text: &str) {
    let Ok(AnchorRecord { anchor, .. }) = text.parse() else {
        return;
    };
    let reread: AnchorRecord = anchor
        .to_string()
        .parse()
        .expect("a written anchor can be read");
    assert_eq!((reread.owner, reread.anchor), (None, anchor));
}
