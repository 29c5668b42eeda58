//! The judge: BIND's delv, told to start at the zone's own keys.

use std::collections::HashMap;
use std::path::PathBuf;

use data_encoding::BASE64;
use outsidein::dns::{Dnskey, RrType};

use super::{Server, ask};
use crate::opinion::{self, Opinion};
use crate::process::Directory;

/// delv with one server's keys as trust anchors.
pub struct Delv<'s> {
    server: &'s Server,
    anchors: HashMap<String, PathBuf>,
    _directory: Directory,
}

impl<'s> Delv<'s> {
    /// Takes each zone's keys from `server` itself: what is judged is whether its data fits them.
    pub fn new(server: &'s Server) -> Self {
        let directory = Directory::new();
        let write = |origin: &str| directory.write(origin, &trust_anchors(server, origin));
        let anchors = server
            .zones
            .iter()
            .map(|zone| (zone.origin.clone(), write(&zone.origin)))
            .collect();
        Self {
            server,
            anchors,
            _directory: directory,
        }
    }

    /// Asks for `name` and `rtype` in the zone `origin` and judges the answer.
    pub fn opinion(&self, origin: &str, name: &str, rtype: &str) -> Opinion {
        let [server, _] = self.server.addresses();
        opinion::ask_delv(server, (origin, &self.anchors[origin]), (name, rtype))
    }
}

/// The zone's keys with the SEP bit as static anchors, which delv trusts without looking further; where the zone has
/// none, a key that signs nothing.
fn trust_anchors(server: &Server, origin: &str) -> String {
    let [address, _] = server.addresses();
    let answer = ask::over_tcp(address, origin, RrType::DNSKEY).expect("an answer about DNSKEY");
    let keys = answer
        .answer
        .iter()
        .filter(|record| record.rtype == RrType::DNSKEY);
    let keys = keys.map(|record| Dnskey::read(answer.rdata(record)).expect("a DNSKEY"));
    let anchor = |flags: u16, algorithm: u8, public_key: &[u8]| {
        format!(
            "    \"{origin}\" static-key {flags} 3 {algorithm} \"{}\";\n",
            BASE64.encode(public_key)
        )
    };
    let mut anchors: String = keys
        .filter(|key| key.has_flag(Dnskey::SECURE_ENTRY_POINT))
        .map(|key| anchor(key.flags, key.algorithm.0, &key.public_key))
        .collect();
    if anchors.is_empty() {
        anchors = anchor(257, 15, &[1; 32]);
    }
    format!("trust-anchors {{\n{anchors}}};\n")
}
