//! The outages that are replayed on real nameservers too.

use super::lab::StartServer;
use crate::real::{bind, knot, nsd, powerdns};

/// The nameserver that serves the zone in a replay.
#[derive(Clone, Copy)]
pub struct Software {
    pub name: &'static str,
    pub start: StartServer,
}

const BIND: Software = Software {
    name: "BIND",
    start: bind::start_with,
};
const KNOT: Software = Software {
    name: "Knot DNS",
    start: knot::start_with,
};
const NSD: Software = Software {
    name: "NSD",
    start: nsd::start_with,
};
const POWERDNS: Software = Software {
    name: "PowerDNS",
    start: powerdns::start_with,
};

/// Outages by their `id`, and what serves the zone in them.
pub const ON_REAL_SERVERS: &[(&str, &[Software])] = &[
    ("cds_of_unknown_key", &[KNOT]),
    ("denial_record_lost", &[NSD]),
    ("denial_signatures_bad", &[KNOT]),
    ("dnskey_signature_expired", &[KNOT]),
    ("ksk_replaced_without_ds", &[BIND]),
    ("mx_differs", &[BIND]),
    ("nsec3_signatures_bad", &[NSD, BIND]),
    ("secondary_signatures_expired", &[POWERDNS]),
    ("secondary_stuck", &[NSD]),
    ("serial_went_back", &[POWERDNS]),
    ("signatures_expired", &[NSD]),
    ("signatures_missing", &[BIND]),
    ("signer_clock_ahead", &[BIND]),
    ("soa_signature_expired", &[BIND]),
    ("tld_2026", &[KNOT, NSD]),
    ("unsigned_alias_at_apex", &[POWERDNS]),
    ("unsigned_copy", &[NSD]),
    ("wrong_key_behind_the_tag", &[KNOT]),
    ("www_signature_expired", &[POWERDNS]),
    ("zone_truncated", &[NSD]),
    ("zsk_removed_too_early", &[POWERDNS]),
];

/// The nameservers that one outage is replayed on besides the scripted ones.
pub fn software_of(id: &str) -> &'static [Software] {
    let found = ON_REAL_SERVERS.iter().find(|(known, _)| *known == id);
    found.map_or(&[], |(_, software)| software)
}
