//! Nameservers that do not answer, or answer in part.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use outsidein::dns::RrType;
use outsidein::exchange::Ask;

use super::{Outage, critical, is_tcp, is_udp, outage, scattered, warning};
use crate::outages::lab::{
    NS1, NS2, altered, delayed, rcode, serve, silent, silent_to, unreachable,
};

pub(super) fn reachability() -> Vec<Outage> {
    vec![
        outage(
            "zone_down",
            "Both nameservers are silent for the zone and answer nothing else",
            vec![critical("OutsideinZoneDown", 9)],
            |_, servers| servers.set_all(&silent()),
        ),
        outage(
            "zone_refused_everywhere",
            "The zone was removed from the configuration of every nameserver: REFUSED",
            vec![critical("OutsideinZoneDown", 9)],
            |_, servers| servers.set_all(&rcode(5)),
        ),
        outage(
            "zone_expired_everywhere",
            "The zone has expired at every secondary after the primary was lost: SERVFAIL",
            vec![critical("OutsideinZoneDown", 9)],
            |_, servers| servers.set_all(&rcode(2)),
        ),
        outage(
            "nameserver_down",
            "One of two nameservers is dead, which leaves one provider",
            vec![critical("OutsideinNameserverDown", 9)],
            |_, servers| servers.set(&NS2, &silent()),
        ),
        outage(
            "secondary_servfail",
            "One nameserver answers SERVFAIL for the zone (expired, or it could not be loaded)",
            vec![
                critical("OutsideinOneProviderLeft", 9),
                warning("OutsideinResolutionFailed", 8),
            ],
            |_, servers| servers.set(&NS2, &rcode(2)),
        ),
    ]
}

pub(super) fn half_dead_servers() -> Vec<Outage> {
    vec![
        outage(
            "ipv6_dead_at_one",
            "One nameserver is dead over IPv6",
            vec![warning("OutsideinFamilyDead", 9)],
            |_, servers| servers.set(&[NS2[1]], &silent()),
        ),
        outage(
            "tcp_blocked",
            "A firewall drops TCP port 53 at one nameserver",
            vec![warning("OutsideinTransportDead", 8)],
            |_, servers| servers.wrap(&NS2, |answerer| silent_to(answerer, is_tcp)),
        ),
        outage(
            "udp_blocked",
            "A rate limit or a firewall drops UDP at one nameserver, TCP works",
            vec![warning("OutsideinTransportDead", 8)],
            |_, servers| servers.wrap(&NS1, |answerer| silent_to(answerer, is_udp)),
        ),
        outage(
            "not_authoritative",
            "One nameserver is lame: it answers without AA",
            vec![
                critical("OutsideinOneProviderLeft", 9),
                warning("OutsideinResolutionFailed", 8),
            ],
            |_, servers| {
                servers.wrap(&NS2, |answerer| {
                    altered(answerer, |octets| octets[2] &= !0x04)
                });
            },
        ),
        outage(
            "dnskey_lost",
            "One nameserver's DNSKEY answers are lost on the way: too large for a path that drops fragments",
            vec![warning("OutsideinZoneProbeFailed", 15)],
            |_, servers| {
                servers.wrap(&NS2, |answerer| {
                    silent_to(answerer, |ask| ask.query.question.rtype == RrType::DNSKEY)
                });
            },
        ),
        outage(
            "truncated_without_tcp",
            "One nameserver truncates over UDP and is unreachable over TCP",
            vec![
                critical("OutsideinOneProviderLeft", 9),
                warning("OutsideinResolutionFailed", 8),
                warning("OutsideinTransportDead", 8),
            ],
            |_, servers| {
                servers.wrap(&NS2, |answerer| {
                    silent_to(
                        altered(answerer, |octets| {
                            octets[2] |= 0x02;
                            octets.truncate(12);
                            octets[4..12].fill(0);
                        }),
                        is_tcp,
                    )
                });
            },
        ),
        outage(
            "slow_answers",
            "One nameserver takes 1.8 seconds to answer",
            vec![warning("OutsideinAnswersSlow", 14)],
            |_, servers| servers.wrap(&NS2, |answerer| delayed(answerer, 1_800)),
        ),
    ]
}

pub(super) fn paths_and_middleboxes() -> Vec<Outage> {
    vec![
        outage(
            "ipv4_dead_everywhere",
            "All nameservers are dead over IPv4, by an upstream's filter",
            vec![critical("OutsideinZoneFamilyDown", 9)],
            |_, servers| servers.set(&[NS1[0], NS2[0]], &unreachable()),
        ),
        outage(
            "dnskey_lost_everywhere",
            "DNSKEY answers of all nameservers are lost: fragments are dropped before all of them",
            vec![critical("OutsideinZoneDnssecFailed", 12)],
            |_, servers| {
                for nameserver in [NS1, NS2] {
                    servers.wrap(&nameserver, |answerer| {
                        silent_to(answerer, |ask| ask.query.question.rtype == RrType::DNSKEY)
                    });
                }
            },
        ),
        outage(
            "edns_refused",
            "A middlebox before one nameserver answers every query with EDNS by FORMERR",
            vec![
                critical("OutsideinOneProviderLeft", 9),
                warning("OutsideinResolutionFailed", 8),
            ],
            |_, servers| {
                let formerr = rcode(1);
                servers.wrap(&NS2, |answerer| {
                    let formerr = formerr.clone();
                    Arc::new(move |ask: &Ask| {
                        if ask.edns {
                            formerr(ask)
                        } else {
                            answerer(ask)
                        }
                    })
                });
            },
        ),
        outage(
            "wrong_zone",
            "One nameserver answers NXDOMAIN for the zone: it has only the parent",
            vec![
                critical("OutsideinOneProviderLeft", 9),
                warning("OutsideinResolutionFailed", 8),
            ],
            |lab, servers| servers.set(&NS2, &serve([lab.parent(&|zone| zone)])),
        ),
        Outage {
            minutes: 150,
            ..outage(
                "lossy_path",
                "Four of ten queries to one nameserver are lost over IPv4",
                vec![warning("OutsideinAnswersLost", 120)],
                |_, servers| {
                    let count = AtomicU32::new(0);
                    let count = Arc::new(count);
                    servers.wrap(&[NS2[0]], |answerer| {
                        let count = count.clone();
                        silent_to(answerer, move |_| {
                            scattered(count.fetch_add(1, Ordering::Relaxed)) % 10 < 4
                        })
                    });
                },
            )
        },
    ]
}
