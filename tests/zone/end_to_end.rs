//! From a fault on a nameserver to a message in a room: the exporter, VictoriaMetrics, vmalert and Alertmanager as deploy/ has them.

use crate::healthy::HEALTHY;
use crate::lab::Lab;
use crate::monitoring::Monitoring;
use crate::netns::{Cut, apart, cut, mend};
use crate::world::{MEMBERS, PRIMARY, ZONE, Zone, by_name};

/// SOA and DNSKEY at each nameserver, and the zone as a whole.
const PROBES: usize = 2 * MEMBERS.len() + 1;

#[test]
fn each_fault_reaches_the_room_as_its_alert_and_no_other() {
    apart(each_fault_reaches_the_room_as_its_alert_and_no_other, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        let mut monitoring = Monitoring::start(&lab);
        monitoring.compare_keys(&lab.place(PRIMARY.name).join("database/keys"), ZONE);
        monitoring.is_green(PROBES);
        a_secondary_is_cut_off(&mut lab, &monitoring);
        a_nameserver_is_down(&mut lab, &monitoring);
        a_family_is_dead(&monitoring);
        signatures_have_expired(&mut lab, &monitoring);
        a_record_is_tampered_with(&mut lab, &monitoring);
        a_provider_is_gone(&mut lab, &monitoring);
        the_ds_is_wrong(&mut lab, &mut monitoring);
        the_primary_is_down(&mut lab, &monitoring);
        a_key_is_not_in_the_backup(&mut lab, &monitoring);
        the_exporter_is_down(&mut monitoring);
        monitoring.is_green(PROBES);
    });
}

fn a_secondary_is_cut_off(lab: &mut Lab, monitoring: &Monitoring) {
    lab.deal(|dealings| dealings.served.retain(|member| member.name != "ns3"));
    lab.update(|_| ());
    let alert = "OutsideinSerialsDiverge nameserver=ns3 zone=zone.test";
    monitoring.fires("a secondary that may not transfer", &[alert], &[]);
    lab.deal(|dealings| dealings.served.push(by_name("ns3")));
    lab.transfer("ns3");
    monitoring.resolves("a secondary that may not transfer", &[]);
}

fn a_nameserver_is_down(lab: &mut Lab, monitoring: &Monitoring) {
    lab.stop("ns3");
    monitoring.fires("a nameserver that is down", &["OutsideinNameserverDown nameserver=ns3 provider=other"], &[]);
    lab.begin("ns3");
    monitoring.resolves("a nameserver that was down", &[]);
}

fn a_family_is_dead(monitoring: &Monitoring) {
    let [_, ipv6] = by_name("ns5").addresses();
    cut(ipv6, Cut::Silent);
    monitoring.fires("a dead family", &["OutsideinFamilyDead family=ipv6 nameserver=ns5 provider=other"], &[]);
    mend(ipv6, Cut::Silent);
    monitoring.resolves("a dead family", &[]);
}

fn signatures_have_expired(lab: &mut Lab, monitoring: &Monitoring) {
    let copy = lab.expired_copy();
    in_the_place_of("ns5", &copy, "expired signatures", lab, monitoring);
}

fn a_record_is_tampered_with(lab: &mut Lab, monitoring: &Monitoring) {
    let copy = lab.copy_of_zone();
    assert!(copy.contains("hostmaster."), "{copy}");
    in_the_place_of("ns4", &copy.replace("hostmaster.", "postmaster."), "a record that was changed", lab, monitoring);
}

fn in_the_place_of(name: &str, copy: &str, fault: &str, lab: &mut Lab, monitoring: &Monitoring) {
    lab.stop(name);
    lab.serve_copy(name, copy);
    let alert = format!("OutsideinDnssecFailed nameserver={name} provider=other zone=zone.test");
    monitoring.fires(fault, &[&alert], &[]);
    lab.stop(name);
    lab.begin(name);
    monitoring.resolves(fault, &[]);
}

fn a_provider_is_gone(lab: &mut Lab, monitoring: &Monitoring) {
    let gone = ["ns3", "ns4", "ns5"];
    for name in gone {
        lab.stop(name);
    }
    let held = gone.map(|name| format!("OutsideinNameserverDown nameserver={name} provider=other"));
    let held: Vec<_> = held.iter().map(String::as_str).collect();
    monitoring.fires("a provider that is gone", &["OutsideinOneProviderLeft provider=other zone=zone.test"], &held);
    for name in gone {
        lab.begin(name);
    }
    // Whoever is still down when the provider is back is told of.
    monitoring.resolves("a provider that was gone", &held);
}

/// The parent's DS has another digest.
fn the_ds_is_wrong(lab: &mut Lab, monitoring: &mut Monitoring) {
    let right = lab.delegation.clone();
    lab.delegate(|delegation| {
        let (key, digest) = right.ds.rsplit_once(' ').expect("a digest");
        delegation.ds = format!("{key} 00000000{}", &digest[8..]);
    });
    forget(lab, monitoring);
    monitoring.fires("a wrong DS", &["OutsideinDsMismatch zone=zone.test"], &[]);
    lab.delegate(|delegation| *delegation = right);
    forget(lab, monitoring);
    monitoring.resolves("a wrong DS", &[]);
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
    let counting = ["ns2", "ns3"].map(|name| format!("OutsideinZoneExpiryCountsDown nameserver={name} zone=zone.test"));
    let [knot, bind] = [&*counting[0], &*counting[1]];
    let down = "OutsideinNameserverDown nameserver=ns1 provider=own";
    monitoring.fires("a primary that is down", &[down, knot, bind], &[]);
    lab.begin(PRIMARY.name);
    // BIND takes some seconds to believe it, and may be told of once more.
    let usual = Zone::default();
    lab.update(|zone| (zone.refresh, zone.retry, zone.expire) = (usual.refresh, usual.retry, usual.expire));
    monitoring.resolves("a primary that was down", &[knot, bind]);
}

fn a_key_is_not_in_the_backup(lab: &mut Lab, monitoring: &Monitoring) {
    let (keys, backup) = (lab.place(PRIMARY.name).join("database/keys"), lab.place("backup"));
    crate::lab::copy(&keys, &backup);
    lab.publish_key();
    monitoring.compare_keys(&backup, ZONE);
    monitoring.fires("a key that is not in the backup", &["OutsideinKeyBackupIncomplete zone=zone.test"], &[]);
    monitoring.compare_keys(&keys, ZONE);
    monitoring.resolves("a key that was not in the backup", &[]);
}

fn the_exporter_is_down(monitoring: &mut Monitoring) {
    monitoring.stop_exporter();
    monitoring.fires(
        "an exporter that is down",
        &["OutsideinExporterDown instance=127.0.0.1:9853 job=outsidein_exporter"],
        &[],
    );
    monitoring.start_exporter();
    monitoring.resolves("an exporter that was down", &[]);
}
