//! The outages: what happens, and which alert reports it after how many minutes.

use std::sync::atomic::{AtomicU32, Ordering};

use outsidein::demo::KeyDuty;
use outsidein::dns::{RrType, Transport};
use outsidein::exchange::Ask;

use super::lab::{
    self, Answerer, Lab, NS1, NS2, PARENTS, RESOLVER, Servers, altered, cannot_be_sent, delayed,
    name, rcode, serve, silent, silent_to, unreachable,
};
use super::replay::probes_json;
use super::rollovers;

/// An alert that must fire, within so many minutes of the fault.
pub struct Report {
    pub alert: &'static str,
    pub severity: &'static str,
    pub within: u32,
}

/// The servers of each minute; `None` where the scrape fails.
pub type Script = Box<dyn Fn(u32) -> Option<Servers>>;

/// One replay.
pub struct Outage {
    pub id: &'static str,
    pub happened: &'static str,
    /// The minute at which it begins.
    pub since: u32,
    /// How long it is watched.
    pub minutes: u32,
    pub config: fn(&Lab) -> String,
    pub script: Box<dyn Fn(&Lab) -> Script + Sync>,
    pub reports: Vec<Report>,
    /// Whether chance may end its alert for some minutes: answers are right and wrong by turns.
    pub may_pause: bool,
}

pub const fn critical(alert: &'static str, within: u32) -> Report {
    Report {
        alert,
        severity: "critical",
        within,
    }
}

pub const fn warning(alert: &'static str, within: u32) -> Report {
    Report {
        alert,
        severity: "warning",
        within,
    }
}

/// The default set-up: the chain from the root, through a resolver.
pub fn default_config(lab: &Lab) -> String {
    let trust = format!(
        r#"{{ "resolver": "{RESOLVER}", "anchors": {{ ".": ["{}"] }} }}"#,
        lab.anchor()
    );
    probes_json("", &trust)
}

/// The minute at which faults begin.
const SINCE: u32 = 12;

/// Two scrapes that fail in the middle of each fault: they end nothing.
const FAILED_SCRAPES: std::ops::Range<u32> = 33..35;

/// Healthy until the fault, which `change` makes of the healthy servers, and then for half an hour.
pub fn outage(
    id: &'static str,
    happened: &'static str,
    reports: Vec<Report>,
    change: impl Fn(&Lab, &mut Servers) + Sync + 'static,
) -> Outage {
    let script = move |lab: &Lab| -> Script {
        let healthy = lab.all_healthy();
        let mut faulty = healthy.clone();
        change(lab, &mut faulty);
        Box::new(move |minute| {
            let now = if minute < SINCE { &healthy } else { &faulty };
            (!FAILED_SCRAPES.contains(&minute)).then(|| now.clone())
        })
    };
    Outage {
        id,
        happened,
        since: SINCE,
        minutes: 45,
        config: default_config,
        script: Box::new(script),
        reports,
        may_pause: false,
    }
}

fn is_tcp(ask: &Ask) -> bool {
    ask.transport == Transport::Tcp
}

fn is_udp(ask: &Ask) -> bool {
    ask.transport == Transport::Udp
}

pub fn outages() -> Vec<Outage> {
    let mut all = reachability();
    all.extend(half_dead_servers());
    all.extend(denial());
    all.extend(keys_and_copies());
    all.extend(intermittent());
    all.extend(exporters_own());
    all.extend(parents());
    all.extend(names());
    all.extend(signatures());
    all.extend(rollovers::outages());
    all.extend(content());
    all
}

fn reachability() -> Vec<Outage> {
    vec![
        outage(
            "zone_down",
            "Both nameservers are silent for the zone and answer nothing else",
            vec![
                critical("OutsideinExporterOffline", 5),
                critical("OutsideinZoneDown", 9),
            ],
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

fn half_dead_servers() -> Vec<Outage> {
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

/// A number that looks random, the same in each run.
pub fn scattered(number: u32) -> u32 {
    number
        .wrapping_mul(2_654_435_761)
        .rotate_left(13)
        .wrapping_mul(40_503)
        >> 8
}

/// The servers of each minute after the beginning, from the healthy ones.
fn course(
    id: &'static str,
    happened: &'static str,
    minutes: u32,
    reports: Vec<Report>,
    script: impl Fn(&Lab) -> Script + Sync + 'static,
) -> Outage {
    Outage {
        minutes,
        script: Box::new(script),
        ..outage(id, happened, reports, |_, _| {})
    }
}

fn intermittent() -> Vec<Outage> {
    let by_turns = |id, happened, reports, change: fn(&mut Servers)| {
        course(id, happened, 150, reports, move |lab| {
            let healthy = lab.all_healthy();
            let mut faulty = healthy.clone();
            change(&mut faulty);
            Box::new(move |minute| {
                let is_faulty = minute >= SINCE && minute % 6 == 0;
                Some(if is_faulty {
                    faulty.clone()
                } else {
                    healthy.clone()
                })
            })
        })
    };
    vec![
        by_turns(
            "servfail_by_turns",
            "One nameserver answers SERVFAIL in five of thirty minutes, hour after hour",
            vec![warning("OutsideinAnswersFlap", 120)],
            |servers| servers.set(&NS2, &rcode(2)),
        ),
        by_turns(
            "silent_by_turns",
            "One nameserver is silent in five of thirty minutes, hour after hour",
            vec![warning("OutsideinAnswersLost", 120)],
            |servers| servers.set(&[NS1[0]], &silent()),
        ),
        Outage {
            may_pause: true,
            ..outage(
                "stale_anycast_node",
                "One of three machines behind an anycast address serves an older serial",
                vec![warning("OutsideinSerialsDiverge", 20)],
                |lab, servers| {
                    let (old, new) = (lab.healthy(1), lab.healthy(2));
                    servers.set_all(&new);
                    let count = AtomicU32::new(0);
                    let choose = move || scattered(count.fetch_add(1, Ordering::Relaxed)) as usize;
                    let machines = vec![old, new.clone(), new];
                    servers.set(&[NS2[0]], &lab::one_of(machines, choose));
                },
            )
        },
        outage(
            "tld_2026",
            "A TLD, 2026: several key pairs behind one key tag; two thirds of all signatures are bad, right and wrong by turns",
            vec![critical("OutsideinZoneDnssecFailed", 6)],
            |lab, servers| servers.set_all(&several_signers(lab, 3, 1)),
        ),
    ]
}

/// Answers of which `good` in `of` have good signatures, by turns that look random.
pub fn several_signers(lab: &Lab, of: usize, good: usize) -> Answerer {
    let nsec3: lab::Change<'_> = &|zone| zone.nsec3(0, &[], false);
    let right = serve([lab.sign(1, nsec3)]);
    let wrong = lab.broken(1, nsec3, |zone| {
        zone.tamper_rrsigs(|_, _| true);
        Ok(())
    });
    let machines = (0..of).map(|index| {
        if index < good {
            right.clone()
        } else {
            wrong.clone()
        }
    });
    let count = AtomicU32::new(0);
    let choose = move || scattered(count.fetch_add(1, Ordering::Relaxed)) as usize;
    lab::one_of(machines.collect(), choose)
}

fn signatures() -> Vec<Outage> {
    vec![
        outage(
            "signatures_expired",
            "The signer stopped unnoticed and all signatures have expired",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(-90_000, -10)));
                servers.set_all(&serve([zone]));
            },
        ),
        outage(
            "dnskey_signature_expired",
            "The offline KSK was not used in time: the signature over DNSKEY has expired, all others are good",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let expired = Lab::minutes(-90_000, 5);
                let zone = lab.sign(1, &|zone| zone.validity_of("@", RrType::DNSKEY, expired));
                servers.set_all(&serve([zone]));
            },
        ),
        outage(
            "soa_signature_expired",
            "The signature over SOA alone is stale",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let expired = Lab::minutes(-90_000, 5);
                let zone = lab.sign(1, &|zone| zone.validity_of("@", RrType::SOA, expired));
                servers.set_all(&serve([zone]));
            },
        ),
        outage(
            "signatures_end_soon",
            "The signer has stopped: signatures end in less than signature_warning_seconds",
            vec![critical("OutsideinSignaturesEndSoon", 7)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(-9_000, 65)));
                servers.set_all(&serve([zone]));
            },
        ),
        outage(
            "unsigned_copy",
            "A secondary serves an unsigned copy of the zone",
            vec![warning("OutsideinDnssecFailed", 8)],
            |_, servers| servers.set(&NS2, &serve([Lab::records(1).sign().expect("a zone")])),
        ),
        outage(
            "wrong_key_behind_the_tag",
            "A TLD, January 2024: two keys with one tag, and the signatures are of the one that is not published",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                servers.set_all(&lab.broken(1, &|zone| zone, |zone| {
                    zone.tamper_rrsigs(|_, rtype| rtype != RrType::DNSKEY);
                    Ok(())
                }));
            },
        ),
        outage(
            "denial_record_lost",
            "Every NSEC3 record but the apex's was lost in a transfer to one nameserver",
            vec![warning("OutsideinDnssecFailed", 9)],
            |lab, servers| {
                servers.set(
                    &NS2,
                    &lab.broken(1, &|zone| zone.nsec3(0, &[], false), |zone| {
                        let apex = zone.nsec3_owner(&name(lab::APEX));
                        let others: Vec<_> = zone
                            .nsec3s()
                            .keys()
                            .filter(|owner| Some(*owner) != apex.as_ref())
                            .cloned()
                            .collect();
                        others
                            .iter()
                            .try_for_each(|owner| zone.remove(owner, RrType::NSEC3).map(|_| ()))
                    }),
                );
            },
        ),
        outage(
            "secondary_signatures_expired",
            "A secondary stopped transferring and serves expired signatures",
            vec![warning("OutsideinDnssecFailed", 8)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(-90_000, -10)));
                servers.set(&NS2, &serve([zone]));
            },
        ),
        outage(
            "signer_clock_ahead",
            "The signer's clock runs ahead: signatures begin in the future",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(600, 90_000)));
                servers.set_all(&serve([zone]));
            },
        ),
    ]
}

fn denial() -> Vec<Outage> {
    vec![
        outage(
            "denial_signatures_bad",
            "Every NSEC record but the apex's has a bad signature; SOA, NS and DNSKEY are good",
            vec![critical("OutsideinZoneDnssecFailed", 6)],
            |lab, servers| {
                let apex = name(lab::APEX);
                servers.set_all(&lab.broken(1, &|zone| zone, move |zone| {
                    zone.tamper_rrsigs(|owner, rtype| rtype == RrType::NSEC && *owner != apex);
                    Ok(())
                }));
            },
        ),
        outage(
            "nsec3_signatures_bad",
            "Every NSEC3 record but the apex's has a bad signature; SOA, NS and DNSKEY are good",
            vec![critical("OutsideinZoneDnssecFailed", 6)],
            |lab, servers| {
                servers.set_all(&lab.broken(1, &|zone| zone.nsec3(0, &[], false), |zone| {
                    let apex = zone.nsec3_owner(&name(lab::APEX));
                    zone.tamper_rrsigs(|owner, rtype| {
                        rtype == RrType::NSEC3 && Some(owner) != apex.as_ref()
                    });
                    Ok(())
                }));
            },
        ),
        outage(
            "nsec3_unsigned",
            "NSEC3 records lost their signatures in a transfer to one nameserver",
            vec![warning("OutsideinDnssecFailed", 8)],
            |lab, servers| {
                servers.set(
                    &NS2,
                    &lab.broken(1, &|zone| zone.nsec3(0, &[], false), |zone| {
                        zone.strip_rrsigs(|_, rtype| rtype == RrType::NSEC3);
                        Ok(())
                    }),
                );
            },
        ),
        outage(
            "nsec3_misplaced",
            "After an incremental transfer the NSEC3 records cover nothing that is asked for",
            vec![critical("OutsideinZoneDnssecFailed", 6)],
            |lab, servers| {
                servers.set_all(&lab.broken(1, &|zone| zone.nsec3(0, &[], false), |zone| {
                    zone.misplace_nsec3s();
                    Ok(())
                }));
            },
        ),
    ]
}

fn keys_and_copies() -> Vec<Outage> {
    vec![
        outage(
            "signatures_missing",
            "A secondary, or a middlebox before it, drops the signatures",
            vec![warning("OutsideinDnssecFailed", 8)],
            |lab, servers| {
                servers.set(
                    &NS2,
                    &lab.broken(1, &|zone| zone, |zone| {
                        zone.strip_rrsigs(|_, _| true);
                        Ok(())
                    }),
                );
            },
        ),
        outage(
            "zsk_removed_too_early",
            "The key that signs the data is no longer in the DNSKEY RRset",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let zone = Lab::records(1)
                    .key(lab.ksk.clone(), KeyDuty::Keys)
                    .key(Lab::new_zsk(), KeyDuty::Standby)
                    .unpublished_key(lab.zsk.clone(), KeyDuty::Data)
                    .sign()
                    .expect("a zone");
                servers.set_all(&serve([zone]));
            },
        ),
        outage(
            "ksk_replaced_without_ds",
            "The KSK was replaced and the parent still has the old DS",
            vec![critical("OutsideinDsMismatch", 3)],
            |lab, servers| {
                let zone = Lab::records(1)
                    .key(Lab::new_ksk(), KeyDuty::Keys)
                    .key(lab.zsk.clone(), KeyDuty::Data)
                    .sign()
                    .expect("a zone");
                servers.set_all(&serve([zone]));
            },
        ),
    ]
}

fn exporters_own() -> Vec<Outage> {
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
            "exporter_clock_behind",
            "The exporter's clock is two days behind: every signature begins in its future",
            vec![
                critical("OutsideinExporterClockWrong", 3),
                critical("OutsideinZoneDnssecFailed", 3),
            ],
            |_, servers| servers.clock_error = -172_800,
        ),
        outage(
            "exporter_clock_ahead",
            "The exporter's clock is forty days ahead: every signature has expired by it",
            vec![
                critical("OutsideinExporterClockWrong", 3),
                critical("OutsideinZoneDnssecFailed", 3),
            ],
            |_, servers| servers.clock_error = 40 * 86_400,
        ),
    ]
}

fn parents() -> Vec<Outage> {
    let parent_becomes = |lab: &Lab, servers: &mut Servers, change: lab::Change<'_>| {
        let parent = lab.parent(change);
        lab.set_parent(servers, &parent);
    };
    vec![
        outage(
            "ds_removed",
            "The DS was removed at the parent, which the zone did not ask for",
            vec![critical("OutsideinDelegationInsecure", 12)],
            move |lab, servers| parent_becomes(lab, servers, &Lab::with_ns),
        ),
        outage(
            "server_hold",
            "The registry put the domain on hold: the parent answers NXDOMAIN",
            vec![critical("OutsideinDelegationLost", 8)],
            move |lab, servers| {
                let parent = lab.parent(&|zone| zone);
                servers.set(&PARENTS, &serve([parent]));
            },
        ),
        outage(
            "unknown_nameserver",
            "The delegation was changed at the registrar to a nameserver that nobody knows",
            vec![critical("OutsideinUnknownNameserver", 8)],
            move |lab, servers| {
                let stranger = "ns1.test.";
                parent_becomes(lab, servers, &|zone| {
                    lab.delegation(zone).record("example", RrType::NS, stranger)
                });
            },
        ),
        outage(
            "parent_copies_differ",
            "One server of the parent has an old copy with another DS",
            vec![critical("OutsideinDelegationInconsistent", 12)],
            move |lab, servers| {
                let old = lab.parent(&|zone| Lab::with_ds(Lab::with_ns(zone), &Lab::new_ksk()));
                servers.set(&PARENTS[2..], &serve([old]));
            },
        ),
        outage(
            "ds_signature_bad",
            "The parent's signature over the DS does not verify",
            vec![critical("OutsideinChainBroken", 8)],
            move |lab, servers| {
                let mut parent = lab.parent(&|zone| lab.delegation(zone));
                parent.tamper_rrsigs(|_, rtype| rtype == RrType::DS);
                lab.set_parent(servers, &parent);
            },
        ),
    ]
}

fn names() -> Vec<Outage> {
    vec![
        outage(
            "www_signature_expired",
            "The signature over one address of the apex alone has expired",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let expired = Lab::minutes(-90_000, 5);
                let zone = lab.sign(1, &|zone| zone.validity_of("@", RrType::A, expired));
                servers.set_all(&serve([zone]));
            },
        ),
        outage(
            "mx_differs",
            "One nameserver has another MX than the other, with the same serial",
            vec![warning("OutsideinNameDiffers", 10)],
            |lab, servers| {
                let mx = format!("20 www.{}", lab::APEX);
                let zone = lab.sign(1, &|zone| zone.record("@", RrType::MX, &mx));
                servers.set(&NS2, &serve([zone]));
            },
        ),
        Outage {
            config: |lab| {
                let trust = format!(
                    r#"{{ "resolver": "{RESOLVER}", "anchors": {{ ".": ["{}"] }} }}"#,
                    lab.anchor()
                );
                let zone = r#", "names": [{ "name": "www.example.test.", "types": ["A"], "records": ["192.0.2.80"] }]"#;
                probes_json(zone, &trust)
            },
            ..outage(
                "name_changed",
                "The address of a name that probes.json lists was changed everywhere",
                vec![critical("OutsideinNameUnexpected", 6)],
                |lab, servers| {
                    servers.set_all(&serve([
                        lab.sign(1, &|zone| zone.record("www", RrType::A, "203.0.113.66"))
                    ]));
                },
            )
        },
    ]
}

fn content() -> Vec<Outage> {
    vec![
        outage(
            "secondary_stuck",
            "A secondary has stopped transferring and serves an older serial",
            vec![warning("OutsideinSerialsDiverge", 16)],
            |lab, servers| servers.set(&NS1, &lab.healthy(2)),
        ),
        outage(
            "serial_went_back",
            "A backup of the zone was restored on the primary and every server has the older serial",
            vec![critical("OutsideinSerialWentBack", 2)],
            |lab, servers| servers.set_all(&lab.healthy(0)),
        ),
        outage(
            "serials_not_comparable",
            "Serials 2147483648 apart: secondaries refuse the primary's version",
            vec![critical("OutsideinSerialsNotComparable", 10)],
            |lab, servers| servers.set(&NS1, &lab.healthy(2_147_483_649)),
        ),
        Outage {
            minutes: 90,
            ..outage(
                "ns_differs",
                "One nameserver has another NS RRset than the other, with the same serial",
                vec![warning("OutsideinZoneDiffers", 62)],
                |lab, servers| {
                    let ns3 = "ns3.example.test.";
                    let zone = lab.sign(1, &|zone| zone.record("@", RrType::NS, ns3));
                    servers.set(&NS2, &serve([zone]));
                },
            )
        },
    ]
}
