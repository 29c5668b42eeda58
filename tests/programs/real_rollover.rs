//! A KSK rollover on Knot, step by step, as a probe sees it with the DS RRset that the parent has at the time.

use std::time::{Duration, Instant};

use crate::real::exporter::Exporter;
use crate::real::{Server, ask, knot};
use outsidein::dns::{DigestType, Dnskey, Name, RrType};
use outsidein::dnssec::ds_digest;
use serde_json::Value;

const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// The DS of each KSK that the server has in its DNSKEY RRset.
fn ksks(server: &Server) -> Vec<String> {
    let zone: Name = server.zones[0].origin.parse().expect("a name");
    let answer = ask::over_tcp(
        server.addresses()[0],
        &server.zones[0].origin,
        RrType::DNSKEY,
    )
    .expect("an answer");
    let keys = answer
        .answer
        .iter()
        .filter(|record| record.rtype == RrType::DNSKEY);
    let keys = keys.map(|record| Dnskey::read(answer.rdata(record)).expect("a DNSKEY"));
    let ds = |key: Dnskey| {
        let digest = ds_digest(DigestType::SHA_256, &zone, &key).expect("a digest");
        format!(
            "{} {} 2 {}",
            key.key_tag,
            key.algorithm.0,
            data_encoding::HEXUPPER.encode(&digest)
        )
    };
    keys.filter(|key| key.has_flag(Dnskey::SECURE_ENTRY_POINT))
        .map(ds)
        .collect()
}

/// State, status and success as seen in both families with `ds` at the parent.
fn observed(exporter: &Exporter, server: &Server, ds: &[&str]) -> (String, String, bool) {
    let anchors = ds.join(";");
    let report = exporter.probe(&[
        ("target", server.kind),
        ("zone", &server.zones[0].origin),
        ("qtype", "DNSKEY"),
        ("dnssec", "required"),
        ("anchor", &anchors),
    ]);
    let of = |server: &Value| {
        let text = |key: &str| {
            server["dnssec"][key]
                .as_str()
                .unwrap_or("unknown")
                .to_owned()
        };
        (text("rollover"), text("status"), report["success"] == true)
    };
    let servers = report["servers"].as_array().expect("servers");
    assert_eq!(of(&servers[0]), of(&servers[1]), "{report:#}");
    assert_roles(&servers[0]["dnssec"]["keys"]);
    of(&servers[0])
}

/// Knot's KSKs sign CDS and CDNSKEY beside DNSKEY, and are KSKs all the same.
fn assert_roles(keys: &Value) {
    for key in keys.as_array().expect("keys") {
        let is_sep = key["flags"].as_u64().expect("flags") & 1 == 1;
        assert_eq!(key["role"], if is_sep { "ksk" } else { "zsk" }, "{key:#}");
    }
}

fn wait_for(condition: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "{condition}: not within {WAIT_TIMEOUT:?}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn expected(state: &str, status: &str) -> (String, String, bool) {
    (state.to_owned(), status.to_owned(), status != "bogus")
}

#[test]
fn knot_rollover_passes_through_its_states() {
    let server = &knot::start_rolling();
    let exporter = &Exporter::start(&[server]);
    let zone = server.zones[0].origin.as_str();
    let old = ksks(server).pop().expect("a KSK");

    // Knot asks for the DS of a key that it waits for, and for nothing once it has been submitted.
    wait_for("the first key is asked for", || {
        observed(exporter, server, &[&old]).0 == "in_step"
    });
    knot::order(server, &["zone-ksk-submitted", zone]);
    wait_for("CDS is withdrawn", || published(server, RrType::CDS) == 0);
    assert_eq!(
        observed(exporter, server, &[&old]),
        expected("in_step", "secure")
    );

    knot::order(server, &["zone-key-rollover", zone, "ksk"]);
    wait_for("the new key waits for its DS", || {
        published(server, RrType::CDS) == 1 && ksks(server).len() == 2
    });
    let new = ksks(server)
        .into_iter()
        .find(|ds| *ds != old)
        .expect("the new KSK");
    assert_eq!(
        observed(exporter, server, &[&old]),
        expected("ds_to_be_replaced", "secure"),
        "the parent has not acted"
    );
    assert_eq!(
        observed(exporter, server, &[&old, &new]),
        expected("ds_to_be_withdrawn", "secure"),
        "both"
    );
    assert_eq!(
        observed(exporter, server, &[&new]),
        expected("in_step", "secure"),
        "the parent has acted"
    );

    knot::order(server, &["zone-ksk-submitted", zone]);
    wait_for("the old key is gone", || {
        ksks(server) == [new.as_str()] && published(server, RrType::CDNSKEY) == 0
    });
    assert_eq!(
        observed(exporter, server, &[&new]),
        expected("in_step", "secure")
    );
    assert_eq!(
        observed(exporter, server, &[&old, &new]),
        expected("ds_without_key", "secure"),
        "the old DS is left over"
    );
    assert_eq!(
        observed(exporter, server, &[&old]),
        expected("ds_mismatch", "bogus"),
        "the parent never acted"
    );
}

/// How many records of a type stand at the apex.
fn published(server: &Server, rtype: RrType) -> usize {
    let answer =
        ask::over_tcp(server.addresses()[0], &server.zones[0].origin, rtype).expect("an answer");
    answer
        .answer
        .iter()
        .filter(|record| record.rtype == rtype)
        .count()
}
