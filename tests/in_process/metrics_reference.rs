//! docs/metrics.md is what the catalog says. `OUTSIDEIN_BLESS=1` writes it anew.

use std::path::Path;

#[test]
fn reference_matches_the_catalog() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let now = outsidein::reference::metrics_reference();
    if std::env::var_os("OUTSIDEIN_BLESS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        now, stored,
        "docs/metrics.md is stale: OUTSIDEIN_BLESS=1 cargo test --test in_process metrics_reference"
    );
}
