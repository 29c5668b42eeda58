//! Who answers: an address, a nameserver, a network, a provider is cut off.

use crate::zone::changes::{change, down, failure, falls, fewer, fewer_addresses, no_nsid, silent};
use crate::zone::healthy::HEALTHY;
use crate::zone::knot;
use crate::zone::lab::Lab;
use crate::zone::netns::{Cut, apart, cut, mend};
use crate::zone::world::{Zone, by_name};

#[test]
fn unreachable_address_is_not_an_inconsistency() {
    apart(unreachable_address_is_not_an_inconsistency, || {
        let lab = Lab::start(Zone::default(), HEALTHY);
        let one_family = |nameserver: &str, family: &str, reason: &str| {
            let addresses = fewer("probe_zone_addresses", &format!("{family},"), 5, 4);
            [
                silent(nameserver, family, reason),
                no_nsid(nameserver),
                addresses,
                failure(),
            ]
            .concat()
        };
        let [powerdns4, powerdns6] = by_name("ns5").addresses();
        cut(powerdns6, Cut::Silent);
        let network = fewer("probe_zone_networks", "ipv6,", 4, 3);
        lab.shows(
            "PowerDNS is silent over IPv6",
            &[one_family("ns5", "ipv6", "timeout"), network],
        );
        mend(powerdns6, Cut::Silent);
        lab.heals("PowerDNS answers again");

        // NSD is in the same /24.
        cut(powerdns4, Cut::Silent);
        lab.shows(
            "PowerDNS is silent over IPv4",
            &[one_family("ns5", "ipv4", "timeout")],
        );
        mend(powerdns4, Cut::Silent);
        lab.heals("PowerDNS answers again over IPv4");

        let [bind4, _] = by_name("ns3").addresses();
        cut(bind4, Cut::Unreachable);
        let network = fewer("probe_zone_networks", "ipv4,", 3, 2);
        lab.shows(
            "there is no route to BIND",
            &[one_family("ns3", "ipv4", "network_error"), network],
        );
        mend(bind4, Cut::Unreachable);
        lab.heals("there is a route again");
        a_provider_is_silent(&lab);
    });
}

/// Those who are asked first for the zone's own addresses: the glue is held against the others'.
fn a_provider_is_silent(lab: &Lab) {
    let knots = || {
        ["ns1", "ns2"]
            .into_iter()
            .flat_map(|name| by_name(name).addresses())
    };
    knots().for_each(|address| cut(address, Cut::Silent));
    let networks = [("ipv4,", 3, 2), ("ipv6,", 4, 3)];
    lab.shows(
        "both Knots are silent",
        &[
            down("ns1", "timeout"),
            down("ns2", "timeout"),
            fewer("probe_zone_servers", "", 5, 3),
            fewer("probe_zone_providers", "", 3, 2),
            fewer_addresses(5, 3),
            networks
                .map(|(family, before, after)| fewer("probe_zone_networks", family, before, after))
                .concat(),
            failure(),
        ],
    );
    knots().for_each(|address| mend(address, Cut::Silent));
    lab.heals("both Knots answer again");
}

#[test]
fn outage_lowers_the_answering_counts() {
    apart(outage_lowers_the_answering_counts, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        let networks =
            |family: &str, before, after| fewer("probe_zone_networks", family, before, after);
        lab.stop("ns3");
        let bind = [
            down("ns3", "network_error"),
            networks("ipv4,", 3, 2),
            failure(),
        ]
        .concat();
        let first_outage = [
            fewer("probe_zone_servers", "", 5, 4),
            fewer_addresses(5, 4),
            networks("ipv6,", 4, 3),
        ]
        .concat();
        lab.shows(
            "one of two servers of a provider is down",
            &[bind.clone(), first_outage],
        );

        lab.stop("ns4");
        let two = [
            fewer("probe_zone_servers", "", 5, 3),
            fewer_addresses(5, 3),
            networks("ipv6,", 4, 2),
        ]
        .concat();
        let provider = fewer("probe_zone_providers", "", 3, 2);
        lab.shows(
            "the provider is down",
            &[bind, down("ns4", "network_error"), two, provider],
        );
        lab.begin("ns3");
        lab.begin("ns4");
        lab.heals("the provider is back");
    });
}

#[test]
fn different_machines_show_in_the_nsid() {
    apart(different_machines_show_in_the_nsid, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        lab.stop("ns2");
        let [ipv4, ipv6] = by_name("ns2").addresses();
        for (name, address) in [("ns2-a", ipv4), ("ns2-b", ipv6)] {
            let directory = lab.place(name);
            std::fs::create_dir_all(directory.join("database")).expect("a directory");
            std::fs::write(
                directory.join("knot.conf"),
                knot::secondary(&directory, &[address], ipv4, name),
            )
            .expect("a file");
            lab.run(name, &knot::server(&directory));
            lab.wait(address);
        }
        let named = change("probe_zone_difference{ns2,,nsid}", "absent", "1");
        let seen = lab.shows(
            "two machines",
            &[falls("probe_zone_nsid_equal{ns2}"), named],
        );
        let detail = format!("NSID ns2-a at {ipv4}, ns2-b at {ipv6}");
        assert_eq!(
            seen.details(outsidein::report::InconsistencyKind::Nsid),
            [detail.as_str()]
        );
    });
}
