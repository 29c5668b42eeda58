//! Routine operation, and bad luck: nothing fires.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use outsidein::demo::{KeyDuty, SigningKey};

use super::lab::{self, Lab, NS1, NS2, Servers, silent, silent_to};
use super::rollovers;
use super::table::{Outage, Script, default_config, scattered};

pub fn operation(
    id: &'static str,
    happened: &'static str,
    script: impl Fn(&Lab) -> Script + Sync + 'static,
) -> Outage {
    Outage {
        id,
        happened,
        since: 0,
        minutes: 60,
        interval: 1,
        config: default_config,
        script: Box::new(script),
        reports: Vec::new(),
        may_pause: false,
    }
}

/// Healthy but for the minutes for which `when` holds.
fn at_times(
    id: &'static str,
    happened: &'static str,
    when: impl Fn(u32) -> bool + Clone + Sync + 'static,
    change: impl Fn(&Lab, &mut Servers) + Sync + 'static,
) -> Outage {
    operation(id, happened, move |lab| {
        let healthy = lab.all_healthy();
        let mut other = healthy.clone();
        change(lab, &mut other);
        let when = when.clone();
        Box::new(move |minute| {
            Some(if when(minute) {
                other.clone()
            } else {
                healthy.clone()
            })
        })
    })
}

pub fn operations() -> Vec<Outage> {
    let mut operations = vec![
        at_times(
            "healthy",
            "A healthy zone, for an hour.",
            |_| false,
            |_, _| {},
        ),
        at_times(
            "reboot",
            "One nameserver reboots and is away for six minutes.",
            |minute| (20..26).contains(&minute),
            |_, servers| servers.set(&NS2, &silent()),
        ),
        at_times(
            "lost_packets",
            "One query in each tenth probe is lost.",
            |minute| minute % 10 == 3,
            |_, servers| {
                servers.wrap(&[NS2[0]], |answerer| {
                    silent_to(answerer, |ask| ask.query.question.rtype.0 == 6)
                });
            },
        ),
        Outage {
            minutes: 180,
            ..at_times(
                "lossy_network",
                "Every fiftieth query is lost, at every address, for three hours.",
                |_| true,
                |_, servers| {
                    let count = Arc::new(AtomicU32::new(0));
                    for addresses in [NS1, NS2] {
                        servers.wrap(&addresses, |answerer| {
                            let count = Arc::clone(&count);
                            silent_to(answerer, move |_| {
                                scattered(count.fetch_add(1, Ordering::Relaxed)).is_multiple_of(50)
                            })
                        });
                    }
                },
            )
        },
        operation(
            "signed_again",
            "The zone is signed again with a new serial every ten minutes, and the secondary has it two minutes later.",
            |lab| {
                let versions: Vec<_> = (1..=7).map(|serial| lab.healthy(serial)).collect();
                let healthy = lab.all_healthy();
                let version = move |minute: u32| versions[(minute / 10) as usize % 7].clone();
                Box::new(move |minute| {
                    let mut servers = healthy.clone();
                    servers.set(&NS1, &version(minute));
                    servers.set(&NS2, &version(minute.saturating_sub(2)));
                    Some(servers)
                })
            },
        ),
        Outage {
            minutes: 15,
            ..operation(
                "dearest_signers",
                "Two nameservers that sign by themselves, with ECDSA P-384, which takes the most time to validate.",
                |lab| {
                    let [ksk, zsk] = [SigningKey::KSK, SigningKey::ZSK].map(lab::dearest_key);
                    let sign = || {
                        let zone = Lab::records(1).nsec3(0, &[], false);
                        let zone = zone
                            .key(ksk.clone(), KeyDuty::Keys)
                            .key(zsk.clone(), KeyDuty::Data);
                        lab.serve(zone.sign().expect("a zone"))
                    };
                    let mut servers = lab.all_healthy();
                    servers.set(&NS1, &sign());
                    servers.set(&NS2, &sign());
                    let parent = lab.parent(&|zone| Lab::with_ds(Lab::with_ns(zone), &ksk));
                    lab.set_parent(&mut servers, &parent);
                    Box::new(move |_| Some(servers.clone()))
                },
            )
        },
        operation(
            "failed_scrapes",
            "Two scrapes in a row fail, as when the exporter restarts.",
            |lab| {
                let healthy = lab.all_healthy();
                Box::new(move |minute| (!(20..22).contains(&minute)).then(|| healthy.clone()))
            },
        ),
    ];
    operations.extend(rollovers::operations());
    operations
}
