//! The outages: what happens, and which alert reports it after how many minutes.

use outsidein::demo::KeyDuty;
use outsidein::dns::{RrType, Transport};
use outsidein::exchange::Ask;

use super::lab::{
    self, Lab, NS1, NS2, RESOLVER, Servers, delayed, name, rcode, serve, silent, silent_to,
};
use super::replay::probes_json;

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

/// Healthy until the fault, which `change` makes of the healthy servers, and then for half an hour.
fn outage(
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
            Some(now.clone())
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
    all.extend(signatures());
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
            "slow_answers",
            "One nameserver takes 1.8 seconds to answer",
            vec![warning("OutsideinAnswersSlow", 14)],
            |_, servers| servers.wrap(&NS2, |answerer| delayed(answerer, 1_800)),
        ),
    ]
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

fn content() -> Vec<Outage> {
    vec![outage(
        "secondary_stuck",
        "A secondary has stopped transferring and serves an older serial",
        vec![warning("OutsideinSerialsDiverge", 16)],
        |lab, servers| servers.set(&NS1, &lab.healthy(2)),
    )]
}
