//! What goes wrong between the primary and its secondaries.

use std::collections::BTreeMap;

use outsidein::report::InconsistencyKind;

use crate::zone::changes::{
    FAMILIES, behind, change, differs, down, failure, falls, fewer, fewer_addresses, lost,
};
use crate::zone::exporter::Seen;
use crate::zone::healthy::HEALTHY;
use crate::zone::lab::{Lab, wait_for};
use crate::zone::netns::apart;
use crate::zone::world::{MEMBERS, ZONE, Zone, by_name};

#[test]
fn stuck_secondary_shows_only_a_lag() {
    apart(stuck_secondary_shows_only_a_lag, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        lab.update(|_| ());
        lab.heals("an update that everyone has");
        a_transfer_is_blocked(&mut lab);
        a_notify_is_lost(&mut lab);
        a_key_is_held_back(&mut lab);
    });
}

fn a_transfer_is_blocked(lab: &mut Lab) {
    lab.deal(|dealings| dealings.served.retain(|member| member.name != "ns3"));
    lab.update(|_| ());
    lab.shows(
        "one update that BIND may not transfer",
        &[behind("ns3", 1), falls("probe_zone_serials_equal")],
    );
    lab.update(|_| ());
    let seen = lab.shows(
        "two of them",
        &[behind("ns3", 2), falls("probe_zone_serials_equal")],
    );
    let newest = lab.newest();
    let detail = format!("serial {}, 2 behind {newest}", newest - 2);
    assert_eq!(
        seen.details(InconsistencyKind::Serial),
        [detail.as_str(); 2]
    );
    lab.deal(|dealings| dealings.served.push(by_name("ns3")));
    lab.transfer("ns3");
    lab.heals("BIND may transfer again");
}

fn a_notify_is_lost(lab: &mut Lab) {
    lab.deal(|dealings| dealings.notified.retain(|member| member.name != "ns4"));
    lab.update(|_| ());
    lab.shows(
        "an update that NSD is not told of",
        &[behind("ns4", 1), falls("probe_zone_serials_equal")],
    );
    lab.transfer("ns4");
    lab.heals("NSD has asked by itself");
    lab.deal(|dealings| dealings.notified.retain(|member| member.name != "ns2"));
    lab.update(|_| ());
    // Its copy was not confirmed, so that the countdown goes on; it has long to go.
    let other_secondaries = [
        behind("ns2", 1),
        behind("ns4", 1),
        falls("probe_zone_serials_equal"),
    ];
    lab.shows(
        "an update that neither NSD nor Knot is told of",
        &other_secondaries,
    );
    lab.transfer("ns4");
    lab.order_knot("ns2", &["zone-refresh", ZONE]);
    lab.heals("Knot has asked by itself");
    lab.deal(|dealings| dealings.notified = MEMBERS[1..].iter().collect());
}

fn a_key_is_held_back(lab: &mut Lab) {
    let keys = key_tags(lab);
    lab.deal(|dealings| dealings.served.retain(|member| member.name != "ns5"));
    lab.publish_key();
    let seen = lab.shows(
        "a new key that PowerDNS lacks",
        &[
            behind("ns5", 1),
            falls("probe_zone_serials_equal"),
            falls("probe_zone_dnskeys_equal"),
            differs("ns5", "dnskey"),
        ],
    );
    let more = key_tags(lab);
    let [new] = more
        .iter()
        .filter(|tag| !keys.contains(tag))
        .collect::<Vec<_>>()[..]
    else {
        panic!("{keys:?} {more:?}: one key is new")
    };
    for detail in seen.details(InconsistencyKind::Dnskey) {
        let (own_text, elsewhere) = detail
            .split_once("; elsewhere ")
            .expect("both sides are told");
        assert!(
            !own_text.contains(&format!("key {new} "))
                && elsewhere.contains(&format!("key {new} ")),
            "{detail}"
        );
        assert!(
            keys.iter()
                .all(|tag| own_text.contains(&format!("key {tag} "))),
            "{detail}"
        );
    }
    lab.deal(|dealings| dealings.served.push(by_name("ns5")));
    lab.transfer("ns5");
    lab.heals("PowerDNS has the key");
}

/// The keys that the primary serves.
fn key_tags(lab: &Lab) -> Vec<String> {
    let seen = lab.probe();
    let keys = seen.report.nameservers[0].addresses[0]
        .server
        .dnssec
        .as_ref()
        .expect("it was judged");
    keys.keys
        .iter()
        .map(|key| key.key_tag.to_string())
        .collect()
}

#[test]
fn stopped_primary_is_absent_and_starts_countdowns() {
    apart(stopped_primary_is_absent_and_starts_countdowns, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        lab.stop("ns1");
        let gone = [
            down("ns1", "network_error"),
            fewer("probe_zone_servers", "", 5, 4),
            fewer_addresses(5, 4),
            failure(),
        ];
        let first = countdowns(&lab.shows("the primary is stopped", &gone));
        assert_eq!(
            first.keys().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["ns2", "ns2", "ns3", "ns3"]
        );
        wait_for("every countdown runs", || {
            let later = countdowns(&lab.probe());
            first
                .iter()
                .all(|(labels, remaining)| later[labels] < *remaining)
        });
        lab.shows("the primary is still stopped, and nobody is behind", &gone);
        lab.begin("ns1");
        lab.heals("the primary is back");
    });
}

/// EDNS EXPIRE of each secondary that answers it.
fn countdowns(seen: &Seen) -> BTreeMap<(&'static str, &'static str), u32> {
    let secondaries = MEMBERS
        .iter()
        .zip(&seen.report.nameservers)
        .filter(|(member, _)| member.role == "secondary");
    let remaining = secondaries.flat_map(|(member, report)| {
        FAMILIES
            .into_iter()
            .zip(&report.addresses)
            .filter_map(|(family, address)| {
                Some(((member.name, family), address.server.expire_seconds?))
            })
    });
    remaining.collect()
}

#[test]
fn secondary_with_expired_zone_is_absent() {
    apart(secondary_with_expired_zone_is_absent, || {
        let mut lab = Lab::start(
            Zone {
                refresh: 2,
                retry: 1,
                expire: 10,
                ..Zone::default()
            },
            HEALTHY,
        );
        lab.deal(|dealings| dealings.notified.clear());
        lab.update(|_| ());
        lab.heals("everyone has asked by itself after SOA refresh");
        lab.stop("ns1");
        let networks = [("ipv4,", 3, 1), ("ipv6,", 4, 1)];
        let seen = lab.shows(
            "all but PowerDNS let go of the zone",
            &[
                down("ns1", "network_error"),
                lost("ns2", "servfail"),
                lost("ns3", "servfail"),
                lost("ns4", "servfail"),
                fewer("probe_zone_servers", "", 5, 1),
                fewer("probe_zone_providers", "", 3, 1),
                fewer_addresses(5, 1),
                networks
                    .map(|(family, before, after)| {
                        fewer("probe_zone_networks", family, before, after)
                    })
                    .concat(),
                failure(),
            ],
        );
        assert!(
            !seen.text.contains("probe_zone_serial{nameserver=\"ns2\""),
            "absent, not 0: {}",
            seen.text
        );
        lab.begin("ns1");
        // By themselves they would try ever more rarely.
        for secondary in &MEMBERS[1..] {
            lab.transfer(secondary.name);
        }
        lab.heals("the primary is back");
    });
}

#[test]
fn signatures_expiring_before_the_zone_are_negative() {
    apart(signatures_expiring_before_the_zone_are_negative, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        lab.update(|zone| zone.expire = 15 * 86_400);
        let all = MEMBERS
            .iter()
            .flat_map(|member| FAMILIES.map(|family| format!("{},{family}", member.name)));
        let changes = all.map(|labels| {
            let series = format!("probe_zone_signatures_outlive_expire_seconds{{{labels}}}");
            change(&series, "counting", "below 0")
        });
        let seen = lab.shows(
            "SOA expire is longer than signatures last",
            &changes.collect::<Vec<_>>(),
        );
        let remaining = seen.report.nameservers[0].addresses[0]
            .signatures_outlive_expire_seconds
            .expect("it is measured");
        assert!(
            (-86_400 - 600..-86_400 + 600).contains(&remaining),
            "a day: {remaining}"
        );
        lab.update(|zone| zone.expire = Zone::default().expire);
        lab.heals("SOA expire is shorter again");
    });
}
