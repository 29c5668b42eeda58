//! Public outages and common faults, replayed: the probe against scripted servers, minute by minute, and the shipped rules over
//! what it reports. docs/outages.md is generated from these tables.

mod evaluation;
mod lab;
mod page;
mod replay;
mod routine;
pub mod table;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use evaluation::Firing;
use lab::Lab;
use table::{Outage, Report};

/// Alerts that fire and should not, and those that do not and should.
fn deviations(outage: &Outage, firing: &Firing) -> Vec<String> {
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
        let most = firing
            .get(&key)
            .and_then(|minutes| minutes.values().max().copied());
        if most.is_some_and(|most| most > 1) {
            deviations.push(format!("{alert} fires {most:?} times at once"));
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

/// Replays each outage; what deviates, by outage.
fn replay_all(outages: &[Outage]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let only = std::env::var("OUTAGE").ok();
    let work = || {
        let lab = Lab::new();
        loop {
            let Some(outage) = outages.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            if only
                .as_ref()
                .is_some_and(|only| !outage.id.contains(only.as_str()))
            {
                continue;
            }
            let config = (outage.config)(&lab);
            let script = (outage.script)(&lab);
            let series = replay::replay(&config, outage.minutes, &*script);
            let firing = evaluation::evaluate(&series, outage.minutes);
            if only.is_some() {
                eprintln!("{}: {} series, {firing:?}", outage.id, series.len());
            }
            let deviations = deviations(outage, &firing);
            if !deviations.is_empty() {
                let text = format!("{}:\n    {}", outage.id, deviations.join("\n    "));
                failures.lock().expect("no panic").push(text);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    failures.into_inner().expect("no panic")
}

#[test]
fn every_outage_is_reported_in_time_and_once() {
    let failures = replay_all(&table::outages());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn routine_operation_fires_nothing() {
    let failures = replay_all(&routine::operations());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn page_lists_every_outage() {
    page::check(&table::outages(), &routine::operations());
}
