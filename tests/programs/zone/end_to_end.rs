//! From a fault on a nameserver to a message in a room: the exporter, VictoriaMetrics, vmalert and Alertmanager as deploy/ has them.

use crate::zone::healthy::HEALTHY;
use crate::zone::lab::Lab;
use crate::zone::monitoring::Monitoring;
use crate::zone::netns::{Cut, apart, cut, mend};
use crate::zone::world::{Delegation, PRIMARY, Zone, by_name};

/// The zone, whose probe asks all its nameservers.
pub const PROBES: usize = 1;

#[test]
fn secondary_faults_reach_the_room_as_their_alerts_only() {
    apart(secondary_faults_reach_the_room_as_their_alerts_only, || {
        let (mut lab, monitoring) = monitored();
        a_secondary_is_cut_off(&mut lab, &monitoring);
        a_nameserver_is_down(&mut lab, &monitoring);
        a_family_is_dead(&monitoring);
        signatures_have_expired(&mut lab, &monitoring);
        a_record_is_tampered_with(&mut lab, &monitoring);
        a_provider_is_gone(&mut lab, &monitoring);
        monitoring.is_green(PROBES);
    });
}

#[test]
fn primary_and_exporter_faults_reach_the_room_as_their_alerts_only() {
    apart(
        primary_and_exporter_faults_reach_the_room_as_their_alerts_only,
        || {
            let (mut lab, mut monitoring) = monitored();
            the_ds_is_wrong(&mut lab, &mut monitoring);
            the_primary_is_down(&mut lab, &monitoring);
            a_key_is_not_in_the_backup(&mut lab, &monitoring);
            the_exporter_is_down(&mut monitoring);
            monitoring.is_green(PROBES);
        },
    );
}

/// A healthy lab under monitoring that finds it so. Faults share one where they do not disturb each other; several labs run side by
/// side, because a fault mostly waits for `for:` of its alert.
pub fn monitored() -> (Lab, Monitoring) {
    let lab = Lab::start(Zone::default(), HEALTHY);
    let monitoring = Monitoring::start(&lab);
    monitoring.is_green(PROBES);
    (lab, monitoring)
}

fn a_secondary_is_cut_off(lab: &mut Lab, monitoring: &Monitoring) {
    lab.deal(|dealings| dealings.served.retain(|member| member.name != "ns3"));
    lab.update(|_| ());
    let behind = "warning: OutsideinSerialsDiverge nameserver=ns3 zone=zone.test";
    monitoring.fires("a secondary that may not transfer", &[behind]);
    let far_behind = "critical: OutsideinSerialsDiverge nameserver=ns3 zone=zone.test";
    monitoring.fires(
        "a secondary that still may not transfer",
        &[behind, far_behind],
    );
    lab.deal(|dealings| dealings.served.push(by_name("ns3")));
    lab.transfer("ns3");
    monitoring.resolves("a secondary that may not transfer");
}

fn a_nameserver_is_down(lab: &mut Lab, monitoring: &Monitoring) {
    lab.stop("ns3");
    monitoring.fires(
        "a nameserver that is down",
        &["warning: OutsideinNameserverDown nameserver=ns3 provider=other"],
    );
    lab.begin("ns3");
    monitoring.resolves("a nameserver that was down");
}

fn a_family_is_dead(monitoring: &Monitoring) {
    let [_, ipv6] = by_name("ns5").addresses();
    cut(ipv6, Cut::Silent);
    monitoring.fires(
        "a dead family",
        &["warning: OutsideinFamilyDead family=ipv6 nameserver=ns5 provider=other"],
    );
    mend(ipv6, Cut::Silent);
    monitoring.resolves("a dead family");
}

fn signatures_have_expired(lab: &mut Lab, monitoring: &Monitoring) {
    let copy = lab.expired_copy();
    let alert = "warning: OutsideinDnssecFailed nameserver=ns5 provider=other zone=zone.test";
    in_the_place_of("ns5", &copy, "expired signatures", alert, lab, monitoring);
}

fn a_record_is_tampered_with(lab: &mut Lab, monitoring: &Monitoring) {
    let copy = lab.copy_of_zone();
    assert!(copy.contains("hostmaster."), "{copy}");
    let copy = copy.replace("hostmaster.", "postmaster.");
    let alert = "warning: OutsideinDnssecFailed nameserver=ns4 provider=other zone=zone.test";
    in_the_place_of(
        "ns4",
        &copy,
        "a record that was changed",
        alert,
        lab,
        monitoring,
    );
}

/// A nameserver serves this copy of the zone for a time.
pub fn in_the_place_of(
    name: &str,
    copy: &str,
    fault: &str,
    alert: &str,
    lab: &mut Lab,
    monitoring: &Monitoring,
) {
    lab.stop(name);
    lab.serve_copy(name, copy);
    monitoring.fires(fault, &[alert]);
    lab.stop(name);
    lab.begin(name);
    monitoring.resolves(fault);
}

fn a_provider_is_gone(lab: &mut Lab, monitoring: &Monitoring) {
    let gone = ["ns3", "ns4", "ns5"];
    for name in gone {
        lab.stop(name);
    }
    monitoring.fires(
        "a provider that is gone",
        &[
            "critical: OutsideinNameserverDown nameserver=ns3 provider=other",
            "critical: OutsideinNameserverDown nameserver=ns4 provider=other",
            "critical: OutsideinNameserverDown nameserver=ns5 provider=other",
        ],
    );
    for name in gone {
        lab.begin(name);
    }
    monitoring.resolves("a provider that was gone");
}

/// The parent's DS has another digest.
fn the_ds_is_wrong(lab: &mut Lab, monitoring: &mut Monitoring) {
    let wrong = |delegation: &mut Delegation| delegation.ds = vec![delegation.wrong_ds()];
    with_another_delegation(
        wrong,
        "a wrong DS",
        "critical: OutsideinDsMismatch zone=zone.test",
        lab,
        monitoring,
    );
}

/// The parent says something else for a time.
pub fn with_another_delegation(
    change: impl FnOnce(&mut Delegation),
    fault: &str,
    alert: &str,
    lab: &mut Lab,
    monitoring: &mut Monitoring,
) {
    let right = lab.delegation.clone();
    lab.delegate(change);
    forget(lab, monitoring);
    monitoring.fires(fault, &[alert]);
    lab.delegate(|delegation| *delegation = right);
    forget(lab, monitoring);
    monitoring.resolves(fault);
}

/// What was validated is kept for minutes otherwise.
fn forget(lab: &mut Lab, monitoring: &mut Monitoring) {
    lab.forget();
    monitoring.stop_exporter();
    monitoring.start_exporter();
}

/// Those secondaries that answer EDNS EXPIRE say how long they still have.
fn the_primary_is_down(lab: &mut Lab, monitoring: &Monitoring) {
    lab.update(|zone| (zone.refresh, zone.retry, zone.expire) = (2, 1, 900));
    lab.wait_for_everyone();
    lab.stop(PRIMARY.name);
    let down = "warning: OutsideinNameserverDown nameserver=ns1 provider=own";
    let knot = "warning: OutsideinZoneExpiryCountsDown nameserver=ns2 zone=zone.test";
    let bind = "warning: OutsideinZoneExpiryCountsDown nameserver=ns3 zone=zone.test";
    monitoring.fires("a primary that is down", &[down, knot, bind]);
    let knot_soon = "critical: OutsideinZoneExpiryCountsDown nameserver=ns2 zone=zone.test";
    let bind_soon = "critical: OutsideinZoneExpiryCountsDown nameserver=ns3 zone=zone.test";
    monitoring.fires(
        "a primary that stays down",
        &[down, knot, bind, knot_soon, bind_soon],
    );
    lab.begin(PRIMARY.name);
    let usual = Zone::default();
    lab.update(|zone| {
        (zone.refresh, zone.retry, zone.expire) = (usual.refresh, usual.retry, usual.expire);
    });
    monitoring.resolves("a primary that was down");
}

fn a_key_is_not_in_the_backup(lab: &mut Lab, monitoring: &Monitoring) {
    lab.publish_key();
    monitoring.fires(
        "a key that is not in the backup",
        &["critical: OutsideinKeyBackupIncomplete zone=zone.test"],
    );
    monitoring.host.back_up(&lab.keys());
    monitoring.resolves("a key that was not in the backup");
}

fn the_exporter_is_down(monitoring: &mut Monitoring) {
    monitoring.stop_exporter();
    monitoring.fires(
        "an exporter that is down",
        &["critical: OutsideinExporterDown instance=127.0.0.1:9853 job=outsidein_exporter vantage=home"],
    );
    monitoring.start_exporter();
    monitoring.resolves("an exporter that was down");
}
