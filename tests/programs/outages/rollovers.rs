//! Rollovers: each step in time, and the steps that were taken while resolvers held what was there before.

use std::sync::Arc;

use outsidein::demo::{KeyDuty, SigningKey};

use super::lab::{Answerer, Lab, NS2, Servers, serve};
use super::routine::operation;
use super::table::{Outage, Report, Script, critical, outage, warning};

/// The minute at which faults begin: the exporter's own links of the chain, fifteen minutes old at the most, are as new then.
const SINCE: u32 = 15;
/// Two scrapes that fail: they end nothing.
const FAILED_SCRAPES: std::ops::Range<u32> = 33..35;
/// How long resolvers hold keys and DS in rollovers that are watched from the beginning to the end.
const SHORT_TTL: u32 = 300;
/// What the lab's records have.
const LONG_TTL: u32 = 3_600;

/// A key and what it signs.
type Key<'k> = (&'k Arc<SigningKey>, KeyDuty);

/// The zone with these keys, served.
fn zone(ttl: u32, keys: &[Key<'_>]) -> Answerer {
    let builder = Lab::records(1).ttl(ttl);
    let builder = keys.iter().fold(builder, |builder, (key, duty)| {
        builder.key(Arc::clone(key), *duty)
    });
    serve([builder.sign().expect("a zone")])
}

/// The parent with the DS of these keys.
fn with_ds(lab: &Lab, servers: &mut Servers, ttl: u32, keys: &[&Arc<SigningKey>]) {
    let parent = lab.parent(&|parent| {
        let parent = Lab::with_ns(parent).ttl(ttl);
        keys.iter()
            .fold(parent, |parent, key| Lab::with_ds(parent, key))
    });
    lab.set_parent(servers, &parent);
}

/// The DS RRset of some keys, and what the zone's servers answer.
type Stage<'s> = (&'s [&'s Arc<SigningKey>], Answerer);

/// Each stage from its minute on.
fn stages(lab: &Lab, ttl: u32, stages: &[(u32, Stage<'_>)]) -> Vec<(u32, Servers)> {
    let stages = stages.iter().map(|(since, (ds, answerer))| {
        let mut servers = Servers::default();
        with_ds(lab, &mut servers, ttl, ds);
        servers.set_all(answerer);
        (*since, servers)
    });
    stages.collect()
}

fn script(stages: Vec<(u32, Servers)>, failed: std::ops::Range<u32>) -> Script {
    Box::new(move |minute| {
        let now = stages.iter().rev().find(|(since, _)| *since <= minute);
        let (_, servers) = now.expect("the first stage begins at 0");
        (!failed.contains(&minute)).then(|| servers.clone())
    })
}

fn fault(
    id: &'static str,
    happened: &'static str,
    reports: Vec<Report>,
    make: impl Fn(&Lab) -> Vec<(u32, Servers)> + Sync + 'static,
) -> Outage {
    Outage {
        since: SINCE,
        script: Box::new(move |lab| script(make(lab), FAILED_SCRAPES)),
        ..outage(id, happened, reports, |_, _| {})
    }
}

pub fn outages() -> Vec<Outage> {
    use KeyDuty::{Data, Keys, Standby};
    let too_early = || vec![critical("OutsideinRolloverTooEarly", 0)];
    vec![
        Outage {
            minutes: 60,
            ..fault(
                "unknown_key",
                "One nameserver has a key that the others do not know, validly signed",
                vec![warning("OutsideinKeysDiffer", 32)],
                |lab| {
                    let (ksk, zsk, unknown) = (&lab.ksk, &lab.zsk, &Lab::new_ksk());
                    let right = zone(LONG_TTL, &[(ksk, Keys), (zsk, Data)]);
                    let wrong = zone(LONG_TTL, &[(ksk, Keys), (zsk, Data), (unknown, Standby)]);
                    let mut stages = stages(lab, LONG_TTL, &[(0, (&[ksk][..], right))]);
                    let (_, mut servers) = stages[0].clone();
                    servers.set(&NS2, &wrong);
                    stages.push((SINCE, servers));
                    stages
                },
            )
        },
        Outage {
            since: 30,
            minutes: 60,
            ..fault(
                "tld_2023",
                "A TLD, 2023: the old KSK's signatures were removed before the TTL of the old DS had run out",
                too_early(),
                |lab| {
                    let (old, new, zsk) = (&lab.ksk, &Lab::new_ksk(), &lab.zsk);
                    let both = zone(LONG_TTL, &[(old, Keys), (new, Keys), (zsk, Data)]);
                    let one = zone(LONG_TTL, &[(old, Standby), (new, Keys), (zsk, Data)]);
                    let steps = [
                        (0, (&[old][..], both.clone())),
                        (4, (&[new][..], both)),
                        (30, (&[new][..], one)),
                    ];
                    stages(lab, LONG_TTL, &steps)
                },
            )
        },
        fault(
            "saas_2021",
            "A SaaS company, 2021: the zone went unsigned while resolvers still held its DS",
            too_early(),
            |lab| {
                let signed = zone(LONG_TTL, &[(&lab.ksk, Keys), (&lab.zsk, Data)]);
                let steps = [
                    (0, (&[&lab.ksk][..], signed)),
                    (SINCE, (&[][..], zone(LONG_TTL, &[]))),
                ];
                stages(lab, LONG_TTL, &steps)
            },
        ),
        fault(
            "ds_changed_too_early",
            "The DS was changed a minute after the new KSK had been published",
            too_early(),
            |lab| {
                let (old, new, zsk) = (&lab.ksk, &Lab::new_ksk(), &lab.zsk);
                let both = zone(LONG_TTL, &[(old, Keys), (new, Keys), (zsk, Data)]);
                let steps = [
                    (0, (&[old][..], zone(LONG_TTL, &[(old, Keys), (zsk, Data)]))),
                    (SINCE - 1, (&[old][..], both.clone())),
                    (SINCE, (&[new][..], both)),
                ];
                stages(lab, LONG_TTL, &steps)
            },
        ),
        fault(
            "zsk_used_too_early",
            "A new ZSK took over as soon as it was published",
            too_early(),
            |lab| {
                let (ksk, old, new) = (&lab.ksk, &lab.zsk, &Lab::new_zsk());
                let before = zone(LONG_TTL, &[(ksk, Keys), (old, Data)]);
                let after = zone(LONG_TTL, &[(ksk, Keys), (old, Standby), (new, Data)]);
                let steps = [(0, (&[ksk][..], before)), (SINCE, (&[ksk][..], after))];
                stages(lab, LONG_TTL, &steps)
            },
        ),
    ]
}

/// Rollovers whose steps wait for the copies of the step before.
pub fn operations() -> Vec<Outage> {
    use KeyDuty::{Data, Keys, Standby};
    vec![
        operation(
            "ksk_rollover",
            "A KSK rollover by double signature, with TTLs of five minutes and seven minutes between its steps.",
            |lab| {
                let (old, new, zsk) = (&lab.ksk, &Lab::new_ksk(), &lab.zsk);
                let both = zone(SHORT_TTL, &[(old, Keys), (new, Keys), (zsk, Data)]);
                let steps = [
                    (
                        0,
                        (&[old][..], zone(SHORT_TTL, &[(old, Keys), (zsk, Data)])),
                    ),
                    (10, (&[old][..], both.clone())),
                    (17, (&[new][..], both)),
                    (
                        24,
                        (&[new][..], zone(SHORT_TTL, &[(new, Keys), (zsk, Data)])),
                    ),
                ];
                script(stages(lab, SHORT_TTL, &steps), 0..0)
            },
        ),
        operation(
            "zsk_rollover",
            "A ZSK rollover by pre-publication, with TTLs of five minutes and seven minutes between its steps.",
            |lab| {
                let (ksk, old, new) = (&lab.ksk, &lab.zsk, &Lab::new_zsk());
                let with = |zsks: &[Key<'_>]| zone(SHORT_TTL, &[&[(ksk, Keys)], zsks].concat());
                let steps = [
                    (0, (&[ksk][..], with(&[(old, Data)]))),
                    (10, (&[ksk][..], with(&[(old, Data), (new, Standby)]))),
                    (17, (&[ksk][..], with(&[(old, Standby), (new, Data)]))),
                    (24, (&[ksk][..], with(&[(new, Data)]))),
                ];
                script(stages(lab, SHORT_TTL, &steps), 0..0)
            },
        ),
    ]
}
