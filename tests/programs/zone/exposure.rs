//! What strangers must not get, and do.

use crate::zone::bind;
use crate::zone::changes::{FAMILIES, change};
use crate::zone::healthy::HEALTHY;
use crate::zone::lab::Lab;
use crate::zone::netns::apart;
use crate::zone::world::{Zone, by_name};

#[test]
fn exposure_is_reported_for_the_exposing_server() {
    apart(exposure_is_reported_for_the_exposing_server, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        lab.deal(|dealings| dealings.open = true);
        lab.shows(
            "the primary lets anyone transfer",
            &[opens("probe_zone_transfer_open", "ns1")],
        );
        lab.deal(|dealings| dealings.open = false);
        lab.heals("it does no longer");

        lab.stop("ns3");
        let command = bind::secondary(&lab.place("ns3"), by_name("ns3"), true);
        lab.run("ns3", &command);
        lab.shows(
            "BIND resolves for anyone",
            &[opens("probe_zone_recursion_offered", "ns3")],
        );
        lab.stop("ns3");
        lab.begin("ns3");
        lab.heals("it does no longer");
    });
}

fn opens(metric: &str, nameserver: &str) -> Vec<String> {
    FAMILIES
        .map(|family| change(&format!("{metric}{{{nameserver},{family}}}"), "0", "1"))
        .concat()
}
