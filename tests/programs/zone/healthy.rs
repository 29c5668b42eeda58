//! Nothing is wrong: every value is what it should be.

use crate::zone::changes::{FAMILIES, strangers_not_asked};
use crate::zone::exporter::Seen;
use crate::zone::lab::{Lab, serial_of};
use crate::zone::netns::apart;
use crate::zone::world::{MEMBERS, Member, ZONE, Zone};

/// What a probe of the healthy lab exports, as `Exposition` shortens it.
pub const HEALTHY: &str = include_str!("healthy.txt");

/// Signatures last 14 days, SOA expire is 7.
const OUTLIVE: f64 = 7.0 * 86_400.0;
/// What may go by between a transfer or a signature and the probe.
const LATE: f64 = 600.0;

#[test]
fn a_healthy_zone_has_every_value_that_it_should() {
    apart(a_healthy_zone_has_every_value_that_it_should, || {
        let lab = Lab::start(Zone::default(), HEALTHY);
        let seen = lab.probe();
        for member in &MEMBERS {
            for (family, address) in FAMILIES.into_iter().zip(member.addresses()) {
                let place = format!(
                    "nameserver=\"{}\",family=\"{family}\",address=\"{address}\"",
                    member.name
                );
                let serial = seen.value(&format!("probe_zone_serial{{{place}}}"));
                assert_eq!(serial, serial_of(address, ZONE).map(f64::from), "{place}");
                let outlive = seen.value(&format!(
                    "probe_zone_signatures_outlive_expire_seconds{{{place}}}"
                ));
                assert!(
                    outlive.is_some_and(|left| (OUTLIVE - LATE..=OUTLIVE).contains(&left)),
                    "{place}: {outlive:?}"
                );
                expire_is_that_of_its_role(member, &place, &seen);
            }
        }
        everyone_says_its_name_and_the_parent_all(&seen);
        let polite = MEMBERS
            .iter()
            .flat_map(|member| FAMILIES.map(|family| format!("{},{family}", member.name)));
        let polite: Vec<_> = polite.map(|place| strangers_not_asked(&place)).collect();
        lab.shows_with(
            "strangers' questions are asked when asked for",
            &[("module", "polite")],
            &polite,
        );
    });
}

/// A primary has no transfer to wait for: its countdown stands still. A secondary's may run.
fn expire_is_that_of_its_role(member: &Member, place: &str, seen: &Seen) {
    let expire = seen.value(&format!(
        "probe_zone_expire_seconds{{{place},role=\"{}\"}}",
        member.role
    ));
    let soa = f64::from(Zone::default().expire);
    match member.name {
        "ns1" => assert_eq!(expire, Some(soa), "{place}"),
        "ns2" | "ns3" => assert!(
            expire.is_some_and(|left| (soa - LATE..=soa).contains(&left)),
            "{place}: {expire:?}"
        ),
        _ => assert_eq!(expire, None, "{place}"),
    }
}

fn everyone_says_its_name_and_the_parent_all(seen: &Seen) {
    for nameserver in &seen.report.nameservers {
        for address in &nameserver.addresses {
            assert_eq!(
                address.server.nsid.as_deref(),
                Some(nameserver.name.as_str())
            );
        }
    }
    let parent = seen.report.parent.as_ref().expect("the parent was asked");
    assert_eq!(
        parent.zone.as_ref().map(ToString::to_string).as_deref(),
        Some("test.")
    );
    assert_eq!(parent.glue.len(), MEMBERS.len());
}
