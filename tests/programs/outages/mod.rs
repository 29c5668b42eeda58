//! Public outages and common faults, replayed: the probe against scripted servers, minute by minute, and the shipped rules over
//! what it reports. docs/outages.md is generated from these tables.

mod evaluation;
mod findings;
pub mod lab;
mod page;
mod real;
mod replay;
mod rollovers;
mod routine;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use evaluation::FiringAlert;
use lab::Lab;
use real::Software;
use replay::Schedule;
use table::{Outage, Report};

/// An alert, its name and severity, and how many of it fire at each minute at which one does.
type Firing = BTreeMap<(String, String), BTreeMap<u32, usize>>;

fn by_alert(alerts: Vec<FiringAlert>) -> Firing {
    let mut firing = Firing::new();
    for alert in alerts {
        let minutes = firing.entry((alert.name, alert.severity)).or_default();
        *minutes.entry(alert.minute).or_default() += 1;
    }
    firing
}

/// Alerts that fire and should not, and those that do not and should.
fn deviations(outage: &Outage, firing: &Firing, last: u32) -> Vec<String> {
    let mut deviations = Vec::new();
    for Report {
        alert,
        severity,
        within,
    } in &outage.reports
    {
        let key = ((*alert).to_owned(), (*severity).to_owned());
        let first = firing.get(&key).and_then(|minutes| minutes.keys().next());
        match first {
            None => deviations.push(format!("{severity} {alert} does not fire")),
            Some(minute) if *minute < outage.since => {
                deviations.push(format!(
                    "{alert} fires at minute {minute}, before the fault"
                ));
            }
            Some(minute) if *minute > outage.since + within => deviations.push(format!(
                "{alert} fires {} minutes after the fault began, not within {within}",
                minute - outage.since
            )),
            Some(_) => {}
        }
        if let Some(minutes) = firing.get(&key) {
            let last = (!outage.may_pause).then_some(last);
            deviations.extend(holes_and_duplicates(alert, minutes, last));
        }
    }
    for ((alert, severity), minutes) in firing {
        let is_expected = outage
            .reports
            .iter()
            .any(|report| report.alert == alert && report.severity == severity);
        if !is_expected {
            deviations.push(format!(
                "{severity} {alert} fires from minute {:?}",
                minutes.keys().next()
            ));
        }
    }
    deviations
}

/// An alert fires once, and from its first minute to the `last` of the replay, if that is given.
fn holes_and_duplicates(
    alert: &str,
    minutes: &BTreeMap<u32, usize>,
    last: Option<u32>,
) -> Vec<String> {
    let mut deviations = Vec::new();
    let most = minutes.values().max().copied().unwrap_or_default();
    if most > 1 {
        deviations.push(format!("{alert} fires {most} times at once"));
    }
    if let (Some(first), Some(last)) = (minutes.keys().next(), last) {
        let holes: Vec<_> = (*first..=last)
            .filter(|minute| !minutes.contains_key(minute))
            .collect();
        if !holes.is_empty() {
            deviations.push(format!("{alert} does not fire at the minutes {holes:?}"));
        }
    }
    deviations
}

/// What replays came to.
#[derive(Default)]
struct Replayed<'o> {
    /// What deviates, by outage.
    failures: Vec<String>,
    /// What the probe showed of each outage, and in how many scrapes.
    findings: BTreeMap<&'o str, BTreeMap<String, usize>>,
}

/// Replays each outage with what serves the zone, scripted servers where it is `None`.
fn replay_all<'o>(replays: &[(&'o Outage, Option<Software>)]) -> Replayed<'o> {
    let next = AtomicUsize::new(0);
    let replayed = Mutex::new(Replayed::default());
    let only = std::env::var("OUTAGE").ok();
    let is_wanted = |outage: &Outage| only.as_ref().is_none_or(|only| outage.id.contains(only));
    let work = || {
        while let Some((outage, software)) = replays.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !is_wanted(outage) {
                continue;
            }
            let lab = software.map_or_else(Lab::new, |software| Lab::with(software.start));
            let (config, script) = ((outage.config)(&lab), (outage.script)(&lab));
            let schedule = Schedule {
                last: outage.minutes,
                interval: outage.interval,
            };
            let series = replay::replay(&config, schedule, &*script);
            let firing = by_alert(evaluation::evaluate(&series, schedule));
            if only.is_some() {
                eprintln!(
                    "{}: {firing:?}\n{}",
                    outage.id,
                    replay::last_faults(&series)
                );
            }
            let mut deviations = deviations(outage, &firing, schedule.last);
            let findings = findings::of_replay(&series, outage);
            if !outage.reports.is_empty() {
                deviations.extend(findings::missing(outage, &findings));
            }
            let mut replayed = replayed.lock().expect("no panic");
            if !deviations.is_empty() {
                let on = software.map_or("scripted servers", |software| software.name);
                let text = format!("{} on {on}:\n    {}", outage.id, deviations.join("\n    "));
                replayed.failures.push(text);
            }
            replayed.findings.insert(outage.id, findings);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    replayed.into_inner().expect("no panic")
}

fn assert_as_expected(replays: &[(&Outage, Option<Software>)]) {
    let failures = replay_all(replays).failures;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn on_scripted_servers(outages: &[Outage]) -> Vec<(&Outage, Option<Software>)> {
    outages.iter().map(|outage| (outage, None)).collect()
}

#[test]
fn every_outage_is_reported_in_time_and_once() {
    let outages = table::outages();
    let replays = on_scripted_servers(&outages);
    if std::env::var_os("OUTSIDEIN_BLESS").is_some() {
        findings::write(&replay_all(&replays).findings);
    }
    assert_as_expected(&replays);
}

/// Two more scrapes than at one a minute, at the most, and without a break.
#[test]
fn outages_are_reported_at_the_longest_interval() {
    const INTERVAL: u32 = 4;
    // What a single random name or machine shows takes more scrapes than fit into the window.
    const BY_CHANCE: [&str; 2] = ["denial_signatures_bad", "stale_anycast_node"];
    let is_replayed = |outage: &Outage| {
        outage.interval == 1 && outage.minutes == 45 && !BY_CHANCE.contains(&outage.id)
    };
    let outages = table::outages();
    let outages = outages.into_iter().filter(is_replayed).map(|mut outage| {
        for report in &mut outage.reports {
            report.within += 2 * INTERVAL;
        }
        Outage {
            interval: INTERVAL,
            minutes: 60,
            ..outage
        }
    });
    let outages: Vec<_> = outages.collect();
    assert!(outages.len() > 40, "{}", outages.len());
    assert_as_expected(&on_scripted_servers(&outages));
}

#[test]
fn outages_of_real_nameservers_are_reported_in_time_and_once() {
    let outages = table::outages();
    let replays: Vec<_> = real::ON_REAL_SERVERS
        .iter()
        .flat_map(|(id, software)| {
            let outage = outages.iter().find(|outage| outage.id == *id);
            let outage = outage.unwrap_or_else(|| panic!("no outage {id}"));
            software
                .iter()
                .map(move |software| (outage, Some(*software)))
        })
        .collect();
    assert_as_expected(&replays);
}

#[test]
fn routine_operation_fires_nothing() {
    assert_as_expected(&on_scripted_servers(&routine::operations()));
}

/// The largest DNSSEC outage of 2026: whatever the order of right and wrong answers, within six minutes. Each order draws its
/// scrapes from one pool.
#[test]
fn tld_outage_is_reported_in_any_order() {
    const ORDERS: u32 = 100;
    const POOL: u32 = 60;
    const BEGIN: u32 = 2;
    const MINUTES: u32 = BEGIN + 6;
    let lab = Lab::new();
    let config = table::default_config(&lab);
    let healthy = lab.all_healthy();
    for (of, good) in [(3, 1), (2, 1), (3, 2)] {
        let mut faulty = healthy.clone();
        faulty.set_all(&table::several_signers(&lab, of, good));
        let script = |minute| {
            Some(if minute < BEGIN {
                healthy.clone()
            } else {
                faulty.clone()
            })
        };
        let pool = replay::replay(&config, Schedule::each_minute(BEGIN + POOL), &script);
        let mut series = replay::Series::new();
        for order in 0..ORDERS {
            let drawn: Vec<_> = (0..=MINUTES)
                .map(|minute| match minute {
                    0..BEGIN => minute,
                    _ => BEGIN + table::scattered(order * MINUTES + minute) % POOL,
                })
                .collect();
            let zone = format!("zone=\"order-{order}\"");
            for (name, values) in &pool {
                let values = drawn.iter().map(|&index| values[index as usize]).collect();
                series.insert(name.replace("zone=\"example.test\"", &zone), values);
            }
        }
        let alerts = evaluation::evaluate(&series, Schedule::each_minute(MINUTES));
        let failed = |alert: &&FiringAlert| {
            ["OutsideinZoneDnssecFailed", "OutsideinDnssecFailed"].contains(&alert.name.as_str())
        };
        let reported: BTreeSet<_> = alerts
            .iter()
            .filter(failed)
            .map(|alert| &alert.zone)
            .collect();
        assert_eq!(reported.len(), ORDERS as usize, "{good} of {of} are right");
        assert!(
            alerts
                .iter()
                .filter(failed)
                .all(|alert| alert.minute > BEGIN)
        );
    }
}

#[test]
fn page_lists_every_outage() {
    page::check(&table::outages(), &routine::operations());
}
