//! Routine operation, and bad luck: nothing fires.

use super::lab::{Lab, NS2, Servers, silent, silent_to};
use super::rollovers;
use super::table::{Outage, Script, default_config};

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
