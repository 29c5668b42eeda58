//! Nothing is wrong: every value is what it should be.

use crate::zone::changes::{FAMILIES, exposure_not_measured};
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
fn healthy_zone_has_every_expected_value() {
    apart(healthy_zone_has_every_expected_value, || {
        let lab = Lab::start(Zone::default(), HEALTHY);
        let seen = lab.probe();
        for member in &MEMBERS {
            for (family, address) in FAMILIES.into_iter().zip(member.addresses()) {
                let labels = format!(
                    "nameserver=\"{}\",provider=\"{}\",family=\"{family}\",address=\"{address}\"",
                    member.name, member.provider
                );
                let serial = seen.value(&format!("probe_zone_serial{{{labels}}}"));
                assert_eq!(serial, serial_of(address, ZONE).map(f64::from), "{labels}");
                let outlive = seen.value(&format!(
                    "probe_zone_signatures_outlive_expire_seconds{{{labels}}}"
                ));
                assert!(
                    outlive
                        .is_some_and(|remaining| (OUTLIVE - LATE..=OUTLIVE).contains(&remaining)),
                    "{labels}: {outlive:?}"
                );
                expire_is_that_of_its_role(member, &labels, &seen);
            }
        }
        everyone_says_its_name_and_the_parent_all(&seen);
        let polite = MEMBERS
            .iter()
            .flat_map(|member| FAMILIES.map(|family| format!("{},{family}", member.name)));
        let polite: Vec<_> = polite
            .map(|labels| exposure_not_measured(&labels))
            .collect();
        lab.shows_with(
            "strangers' questions are asked when asked for",
            &[("module", "polite")],
            &polite,
        );
    });
}

/// A primary has no transfer to wait for: its countdown stands still. A secondary's may run.
fn expire_is_that_of_its_role(member: &Member, labels: &str, seen: &Seen) {
    let expire = seen.value(&format!(
        "probe_zone_expire_seconds{{{labels},role=\"{}\"}}",
        member.role
    ));
    let soa = f64::from(Zone::default().expire);
    match member.name {
        "ns1" => assert_eq!(expire, Some(soa), "{labels}"),
        "ns2" | "ns3" => assert!(
            expire.is_some_and(|remaining| (soa - LATE..=soa).contains(&remaining)),
            "{labels}: {expire:?}"
        ),
        _ => assert_eq!(expire, None, "{labels}"),
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
