//! Serials that wrap around (RFC 1982).

use crate::zone::changes::{behind, falls};
use crate::zone::healthy::HEALTHY;
use crate::zone::lab::Lab;
use crate::zone::netns::apart;
use crate::zone::world::{Zone, by_name};

#[test]
fn wrapped_serial_is_newer() {
    apart(wrapped_serial_is_newer, || {
        let mut lab = Lab::start(
            Zone {
                serial: u32::MAX - 2,
                ..Zone::default()
            },
            HEALTHY,
        );
        assert_eq!(lab.newest(), u32::MAX - 1, "signing adds one");
        lab.deal(|dealings| dealings.served.retain(|member| member.name != "ns3"));
        let mut steps = 0;
        while lab.newest() > 1 {
            lab.update(|_| ());
            steps += 1;
        }
        assert!(
            steps <= 3,
            "{steps} steps from 4294967294 to {}",
            lab.newest()
        );
        let seen = lab.shows(
            "BIND is before the wrap",
            &[behind("ns3", steps), falls("probe_zone_serials_equal")],
        );
        let [ipv4, _] = by_name("ns3").addresses();
        let series = format!(
            "probe_zone_serial{{nameserver=\"ns3\",provider=\"{}\",family=\"ipv4\",address=\"{ipv4}\"}}",
            by_name("ns3").provider
        );
        assert_eq!(seen.value(&series), Some(f64::from(u32::MAX - 1)));
        lab.deal(|dealings| dealings.served.push(by_name("ns3")));
        lab.transfer("ns3");
        lab.heals("everyone is past the wrap");
    });
}
