//! Faults that come and go.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Outage, Report, SINCE, Script, critical, outage, warning};
use crate::outages::lab::{self, Answerer, Lab, NS1, NS2, Servers, rcode, silent};

/// A number that looks random, the same in each run.
pub fn scattered(number: u32) -> u32 {
    number
        .wrapping_mul(2_654_435_761)
        .rotate_left(13)
        .wrapping_mul(40_503)
        >> 8
}

/// The servers of each minute after the beginning, from the healthy ones.
pub(super) fn course(
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

pub(super) fn intermittent() -> Vec<Outage> {
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
    let right = lab.serve(lab.sign(1, nsec3));
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
