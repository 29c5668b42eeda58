//! The faults that `end_to_end` leaves, in the same way from the server to the room: with it, each rule of deploy/ is proven by
//! something that broke.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

use crate::zone::end_to_end::{PROBES, in_the_place_of, monitored, with_another_delegation};
use crate::zone::lab::Lab;
use crate::zone::monitoring::{Monitoring, Vantage};
use crate::zone::netns::{Cut, admit, apart, cut, mend, refuse};
use crate::zone::world::{Delegation, ZONE, Zone, by_name};
use crate::zone::{bind, knot};

#[test]
fn answer_faults_reach_the_room_as_their_alerts_only() {
    apart(answer_faults_reach_the_room_as_their_alerts_only, || {
        let (mut lab, monitoring) = monitored();
        a_secondary_has_lost_the_zone(&mut lab, &monitoring);
        tcp_is_refused(&monitoring);
        signatures_end_soon(&mut lab, &monitoring);
    });
}

#[test]
fn intermittent_faults_reach_the_room_as_their_alerts_only() {
    apart(
        intermittent_faults_reach_the_room_as_their_alerts_only,
        || {
            let (mut lab, monitoring) = monitored();
            answers_are_lost(&monitoring);
            answers_are_right_by_turns(&mut lab, &monitoring);
        },
    );
}

#[test]
fn zone_faults_reach_the_room_as_their_alerts_only() {
    apart(zone_faults_reach_the_room_as_their_alerts_only, || {
        let (mut lab, mut monitoring) = monitored();
        the_parent_has_no_ds(&mut lab, &mut monitoring);
        the_parent_keeps_an_old_ds(&mut lab, &mut monitoring);
        a_serial_is_a_mistake(&mut lab, &monitoring);
        the_zone_is_badly_kept(&mut lab, &monitoring);
    });
}

#[test]
fn exporter_faults_reach_the_room_as_their_alerts_only() {
    apart(exporter_faults_reach_the_room_as_their_alerts_only, || {
        let (_lab, mut monitoring) = monitored();
        probes_json_is_wrong(&monitoring);
        the_exporter_is_exhausted(&mut monitoring);
    });
}

#[test]
fn host_and_backup_faults_reach_the_room_as_their_alerts_only() {
    apart(
        host_and_backup_faults_reach_the_room_as_their_alerts_only,
        || {
            let (_lab, mut monitoring) = monitored();
            the_host_is_in_trouble(&mut monitoring);
            stop_backups(&mut monitoring);
        },
    );
}

#[test]
fn vantage_point_faults_reach_the_room_as_their_alerts_only() {
    apart(
        vantage_point_faults_reach_the_room_as_their_alerts_only,
        || {
            let (_lab, monitoring) = monitored();
            another_vantage_point_is_cut_off(&monitoring);
        },
    );
}

fn a_secondary_has_lost_the_zone(lab: &mut Lab, monitoring: &Monitoring) {
    lab.deal(|dealings| dealings.served.retain(|member| member.name != "ns2"));
    lab.order_knot("ns2", &["-f", "zone-purge", ZONE]);
    let alert = "warning: OutsideinResolutionFailed nameserver=ns2 provider=own zone=zone.test";
    monitoring.fires("a secondary without the zone", &[alert]);
    lab.deal(|dealings| dealings.served.push(by_name("ns2")));
    lab.transfer("ns2");
    monitoring.resolves("a secondary without the zone");
}

fn tcp_is_refused(monitoring: &Monitoring) {
    let ns4 = by_name("ns4").addresses();
    for address in ns4 {
        refuse(address, &["ipproto", "tcp"]);
    }
    monitoring.fires(
        "TCP refused",
        &["warning: OutsideinTransportDead nameserver=ns4 provider=other transport=tcp"],
    );
    for address in ns4 {
        admit(address, &["ipproto", "tcp"]);
    }
    monitoring.resolves("TCP refused");
}

/// For no long time, again and again.
fn answers_are_lost(monitoring: &Monitoring) {
    let [ipv4, _] = by_name("ns5").addresses();
    let alert = "warning: OutsideinAnswersLost family=ipv4 nameserver=ns5 provider=other";
    by_turns(
        || cut(ipv4, Cut::Silent),
        || mend(ipv4, Cut::Silent),
        || monitoring.fires("lost answers", &[alert]),
    );
    monitoring.resolves("lost answers");
}

/// As if two machines stood behind one address, one of which lives on an old copy.
fn answers_are_right_by_turns(lab: &mut Lab, monitoring: &Monitoring) {
    let (right, expired) = (lab.copy_of_zone(), lab.expired_copy());
    lab.stop("ns5");
    let directory = lab.serve_copy("ns5", &right);
    let serve = |copy: &str| knot::serve(&directory, copy);
    let alert = "warning: OutsideinDnssecFailed nameserver=ns5 provider=other zone=zone.test";
    by_turns(
        || serve(&expired),
        || serve(&right),
        || monitoring.fires("answers that are right by turns", &[alert]),
    );
    lab.stop("ns5");
    lab.begin("ns5");
    monitoring.resolves("answers that are right by turns");
}

/// Breaks and mends something again and again while `meanwhile` runs. Each scrape comes within two seconds: some see it wrong, and none for
/// the six seconds after which an alert would fire.
fn by_turns(make_wrong: impl Fn() + Send, make_right: impl Fn() + Send, meanwhile: impl FnOnce()) {
    const WRONG: Duration = Duration::from_millis(2500);
    const RIGHT: Duration = Duration::from_secs(3);
    std::thread::scope(|scope| {
        // It goes with this closure, by a panic too.
        let (_lasting, ended) = channel::<()>();
        scope.spawn(move || {
            while ended.recv_timeout(RIGHT) == Err(RecvTimeoutError::Timeout) {
                make_wrong();
                std::thread::sleep(WRONG);
                make_right();
            }
        });
        meanwhile();
    });
}

/// In less time than the zone's signature_warning_seconds.
fn signatures_end_soon(lab: &mut Lab, monitoring: &Monitoring) {
    let copy = lab.copy_signed_as("short");
    let alert = "critical: OutsideinSignaturesEndSoon zone=zone.test";
    in_the_place_of(
        "ns5",
        &copy,
        "signatures that end soon",
        alert,
        lab,
        monitoring,
    );
}

fn the_parent_has_no_ds(lab: &mut Lab, monitoring: &mut Monitoring) {
    let alert = "critical: OutsideinDelegationInsecure zone=zone.test";
    with_another_delegation(
        |delegation| delegation.ds.clear(),
        "no DS",
        alert,
        lab,
        monitoring,
    );
}

fn the_parent_keeps_an_old_ds(lab: &mut Lab, monitoring: &mut Monitoring) {
    let alert = "warning: OutsideinDsWithoutKey zone=zone.test";
    let keep = |delegation: &mut Delegation| delegation.ds.push(delegation.ds_of_another_key());
    with_another_delegation(keep, "a DS of no key", alert, lab, monitoring);
}

/// RFC 1982 section 3.2: of two serials that lie 2^31 apart neither is newer.
fn a_serial_is_a_mistake(lab: &mut Lab, monitoring: &Monitoring) {
    lab.stop("ns2");
    // Signing adds one to the serial of the file.
    let opposite = (lab.newest() - 1).wrapping_add(1 << 31);
    lab.split_brain(
        "ns2",
        &Zone {
            serial: opposite,
            ..lab.zone.clone()
        },
    );
    let alert = "critical: OutsideinSerialsNotComparable zone=zone.test";
    monitoring.fires("a serial that cannot be compared", &[alert]);
    lab.stop("ns2");
    lab.begin("ns2");
    monitoring.resolves("a serial that cannot be compared");
}

/// None of these has to do with another.
fn the_zone_is_badly_kept(lab: &mut Lab, monitoring: &Monitoring) {
    let right = lab.delegation.clone();
    lab.delegate(|delegation| delegation.glue.retain(|name, _| *name != "ns5"));
    lab.deal(|dealings| dealings.open = true);
    lab.stop("ns3");
    let recursive = bind::secondary(&lab.place("ns3"), by_name("ns3"), true);
    lab.run("ns3", &recursive);
    lab.wait(by_name("ns3").addresses()[0]);
    // Signatures last 14 days.
    lab.update(|zone| zone.expire = 15 * 86_400);
    lab.wait_for_everyone();
    let alerts = [
        "warning: OutsideinZoneDiffers what=parent_ns zone=zone.test",
        "warning: OutsideinTransferOpen nameserver=ns1 zone=zone.test",
        "warning: OutsideinRecursionOffered nameserver=ns3",
        "warning: OutsideinSignaturesDoNotOutliveExpire zone=zone.test",
    ];
    monitoring.fires("a zone that is badly kept", &alerts);
    lab.delegate(|delegation| *delegation = right);
    lab.deal(|dealings| dealings.open = false);
    lab.stop("ns3");
    lab.begin("ns3");
    lab.update(|zone| zone.expire = Zone::default().expire);
    monitoring.resolves("a zone that is badly kept");
}

fn probes_json_is_wrong(monitoring: &Monitoring) {
    let right = monitoring.configuration();
    monitoring.configure("{");
    let alert = "warning: OutsideinConfigReloadFailed instance=127.0.0.1:9853 vantage=home";
    monitoring.fires("a probes.json that is refused", &[alert]);
    let mut empty: Value = serde_json::from_str(&right).expect("JSON");
    empty["zones"].as_object_mut().expect("zones").clear();
    monitoring.configure(&empty.to_string());
    // Whose keys are to be compared is not known either.
    let alerts = [
        "critical: OutsideinProbesMissing vantage=home",
        "warning: OutsideinKeyBackupUntold vantage=home zone=zone.test",
    ];
    monitoring.fires("a probes.json without zones", &alerts);
    monitoring.configure(&right);
    monitoring.is_green(PROBES);
}

/// Its scrapes go on by the connections that are there.
fn the_exporter_is_exhausted(monitoring: &mut Monitoring) {
    monitoring.starve_exporter();
    monitoring.fires(
        "an exporter without means",
        &["critical: OutsideinExporterExhausted vantage=home"],
    );
    monitoring.stop_exporter();
    monitoring.start_exporter();
    monitoring.resolves("an exporter without means");
}

fn the_host_is_in_trouble(monitoring: &mut Monitoring) {
    monitoring.host.fill_disk();
    monitoring.host.unmount_metrics_backup();
    let alerts = [
        "warning: OutsideinDiskNearlyFull instance=127.0.0.1:9100 vantage=home",
        "warning: OutsideinMetricsBackupFailed instance=127.0.0.1:9100 vantage=home",
    ];
    monitoring.fires("a host in trouble", &alerts);
    monitoring.host.empty_disk();
    monitoring.host.mount_metrics_backup();
    monitoring.resolves("a host in trouble");

    monitoring.host.stop_node_exporter();
    let alert = "warning: OutsideinTargetDown instance=127.0.0.1:9100 job=node vantage=home";
    monitoring.fires("a target that is down", &[alert]);
    monitoring.host.start_node_exporter();
    monitoring.resolves("a target that was down");
}

fn stop_backups(monitoring: &mut Monitoring) {
    monitoring.host.stop_timers();
    let alerts = [
        "warning: OutsideinKeyBackupStale vantage=home zone=zone.test",
        "warning: OutsideinMetricsBackupStale instance=127.0.0.1:9100 vantage=home",
    ];
    monitoring.fires("timers that are stopped", &alerts);
    monitoring.host.start_timers();
    monitoring.resolves("timers that were stopped");
}

/// From one nameserver, and then from everything.
fn another_vantage_point_is_cut_off(monitoring: &Monitoring) {
    let away = monitoring.away();
    monitoring.is_green_away(PROBES);
    let [ipv4, _] = by_name("ns4").addresses();
    refuse(ipv4, &["from", Vantage::SOURCE]);
    let alert = "warning: OutsideinVantagePointCutOff family=ipv4 nameserver=ns4 provider=other vantage=away";
    monitoring.fires("a vantage point without a route", &[alert]);
    admit(ipv4, &["from", Vantage::SOURCE]);
    monitoring.resolves("a vantage point without a route");
    drop(away);
    let alert = "critical: OutsideinExporterDown job=outsidein_exporter vantage=away";
    monitoring.fires("a vantage point that is gone", &[alert]);
}
