//! The exporter's own faults.

use super::{Outage, critical, outage, warning};
use crate::outages::lab::{NS1, NS2, PARENTS, RESOLVER, cannot_be_sent, silent, unreachable};

pub(super) fn exporters_own() -> Vec<Outage> {
    vec![
        outage(
            "exporter_without_ipv6",
            "The exporter's host has no IPv6 (EADDRNOTAVAIL, EAFNOSUPPORT)",
            vec![critical("OutsideinExporterFamilyDead", 8)],
            |_, servers| {
                servers.set(
                    &[NS1[1], NS2[1], PARENTS[1]],
                    &cannot_be_sent("no local address"),
                );
            },
        ),
        outage(
            "exporter_without_ipv6_route",
            "The exporter's host has no route for IPv6 (ENETUNREACH)",
            vec![
                critical("OutsideinExporterFamilyDead", 8),
                critical("OutsideinZoneFamilyDown", 9),
            ],
            |_, servers| servers.set(&[NS1[1], NS2[1], PARENTS[1]], &unreachable()),
        ),
        outage(
            "exporter_offline",
            "The exporter's line is down: nothing answers, neither nameservers nor the parent's servers nor the resolver",
            vec![
                critical("OutsideinExporterOffline", 5),
                critical("OutsideinZoneDown", 9),
                critical("OutsideinParentSilent", 18),
            ],
            |_, servers| {
                servers.set_all(&silent());
                servers.set(&PARENTS, &silent());
                servers.set(&[RESOLVER], &silent());
            },
        ),
        outage(
            "exporter_clock_off",
            "The exporter's clock is 45 seconds off",
            vec![warning("OutsideinExporterClockWrong", 3)],
            |_, servers| servers.clock_error = 45,
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
