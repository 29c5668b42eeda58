//! The exporter's own faults.

use super::{Outage, critical, outage, warning};
use crate::outages::lab::{NS1, NS2, cannot_be_sent, unreachable};

pub(super) fn exporters_own() -> Vec<Outage> {
    vec![
        outage(
            "exporter_without_ipv6",
            "The exporter's host has no IPv6 (EADDRNOTAVAIL, EAFNOSUPPORT)",
            vec![critical("OutsideinExporterFamilyDead", 8)],
            |_, servers| {
                servers.set(&[NS1[1], NS2[1]], &cannot_be_sent("no local address"));
            },
        ),
        outage(
            "exporter_without_ipv6_route",
            "The exporter's host has no route for IPv6 (ENETUNREACH), or all nameservers are dead over it",
            vec![
                critical("OutsideinExporterFamilyDead", 8),
                critical("OutsideinZoneFamilyDown", 9),
            ],
            |_, servers| servers.set(&[NS1[1], NS2[1]], &unreachable()),
        ),
        outage(
            "exporter_exhausted",
            "The exporter has no file descriptors left",
            vec![critical("OutsideinExporterExhausted", 12)],
            |_, servers| servers.set_all(&cannot_be_sent("too many open files")),
        ),
        outage(
            "zone_not_scraped",
            "One of two members of a vmagent cluster is gone: some zones of probes.json are scraped by nobody",
            vec![warning("OutsideinProbesMissing", 6)],
            |_, servers| servers.unscraped = 1,
        ),
        outage(
            "exporter_clock_behind",
            "The exporter's clock is two days behind: every signature begins in its future",
            vec![
                critical("OutsideinExporterClockWrong", 3),
                critical("OutsideinChainBroken", 3),
                critical("OutsideinZoneDnssecFailed", 3),
            ],
            |_, servers| servers.clock_error = -172_800,
        ),
        outage(
            "exporter_clock_ahead",
            "The exporter's clock is forty days ahead: every signature has expired by it",
            vec![
                critical("OutsideinExporterClockWrong", 3),
                critical("OutsideinChainBroken", 3),
                critical("OutsideinZoneDnssecFailed", 3),
            ],
            |_, servers| servers.clock_error = 40 * 86_400,
        ),
    ]
}
