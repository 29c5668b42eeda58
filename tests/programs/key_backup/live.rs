//! What servers say of their keys, as the tests themselves ask them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use outsidein::dns::{DigestType, Dnskey, Name, RrType};
use outsidein::dnssec::ds_digest;
use serde_json::json;

use crate::process::Directory;
use crate::real::{LOOPBACK, Server, ask};

const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// A probes.json in which `server` is the one nameserver of its first zone.
pub fn config(directory: &Directory, server: &Server, anchors: &[String]) -> PathBuf {
    let nameserver = json!({ "addresses": LOOPBACK, "port": server.port });
    let mut zone = json!({ "nameservers": ["ns1"] });
    if !anchors.is_empty() {
        zone["trust_anchors"] = json!(anchors);
    }
    let zones = json!({ &server.zones[0].origin: zone });
    directory.write(
        "probes.json",
        &json!({ "nameservers": { "ns1": nameserver }, "zones": zones, "trust": { "resolver": "none" } }).to_string(),
    )
}

/// The keys of a zone of the server.
pub fn live_keys(server: &Server, zone: &str) -> Vec<Dnskey> {
    let answer = ask::over_tcp(server.addresses()[0], zone, RrType::DNSKEY).expect("an answer");
    let keys = answer
        .answer
        .iter()
        .filter(|record| record.rtype == RrType::DNSKEY);
    keys.map(|record| Dnskey::read(answer.rdata(record)).expect("a DNSKEY"))
        .collect()
}

/// The key-signing keys of its first zone.
pub fn ksks(server: &Server) -> Vec<Dnskey> {
    let keys = live_keys(server, &server.zones[0].origin);
    keys.into_iter()
        .filter(|key| key.has_flag(Dnskey::SECURE_ENTRY_POINT))
        .collect()
}

/// The DS of a key of its first zone.
pub fn ds_of(server: &Server, key: &Dnskey) -> String {
    let zone: Name = server.zones[0].origin.parse().unwrap();
    let digest = ds_digest(DigestType::SHA_256, &zone, key).unwrap();
    format!(
        "{} {} 2 {}",
        key.key_tag,
        key.algorithm.0,
        data_encoding::HEXUPPER.encode(&digest)
    )
}

/// How many records of a type stand at the apex of its first zone.
pub fn published(server: &Server, rtype: RrType) -> usize {
    let answer =
        ask::over_tcp(server.addresses()[0], &server.zones[0].origin, rtype).expect("an answer");
    answer
        .answer
        .iter()
        .filter(|record| record.rtype == rtype)
        .count()
}

/// Waits until something holds.
pub fn wait_for(condition: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "{condition}: not within {WAIT_TIMEOUT:?}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// As JSON has it.
pub fn tag(key: &Dnskey) -> u64 {
    key.key_tag.into()
}
