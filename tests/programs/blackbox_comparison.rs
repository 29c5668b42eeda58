//! What the README opens with: a zone whose signatures have expired, both exporters side by side.

use crate::process::Directory;
use crate::real::blackbox_exporter::BlackboxExporter;
use crate::real::exporter::Exporter;
use crate::real::{Server, broken, nsd};

#[test]
fn expired_zone_fails_here_but_not_in_blackbox_exporter() {
    let directory = Directory::new();
    let expired = broken::expired_zone(&directory);
    let origin = expired.origin.clone();
    let nsd = nsd::start_with("nsd", directory, vec![expired]);

    let blackbox = BlackboxExporter::start(&format!(
        "modules:\n  soa:\n    prober: dns\n    timeout: 5s\n    dns:\n      query_name: {origin}\n      query_type: SOA\n      \
         transport_protocol: udp\n      valid_rcodes: [NOERROR]\n      recursion_desired: false\n"
    ));
    for address in nsd.addresses() {
        let theirs = blackbox.probe("soa", &address.to_string());
        assert!(has_line(&theirs, "probe_success 1"), "{address}: {theirs}");
    }

    let ours = our_metrics(&nsd, &origin);
    assert!(has_line(&ours, "probe_success 0"), "{ours}");
    for (family, address) in [("ipv4", "127.0.0.1"), ("ipv6", "::1")] {
        let failure = format!(
            "probe_failure{{family=\"{family}\",address=\"{address}\",reason=\"signature_expired\",info_code=\"7\"}} 1"
        );
        assert!(has_line(&ours, &failure), "{failure} is not in\n{ours}");
    }
}

fn our_metrics(nsd: &Server, origin: &str) -> String {
    Exporter::start(&[nsd]).get("/probe", &[("target", nsd.kind), ("zone", origin)])
}

fn has_line(metrics: &str, line: &str) -> bool {
    metrics.lines().any(|candidate| candidate == line)
}
