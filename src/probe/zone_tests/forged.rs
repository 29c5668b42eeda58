//! What DNSSEC makes of the answers, and what of it counts.

use super::*;
use crate::dnssec::SecurityStatus;
use crate::reason::Reason;
use crate::report::{DnssecReport, ServerReport};

#[tokio::test]
async fn what_dnssec_speaks_against_is_no_measure_for_the_others() {
    const FORGED: [&str; 3] = ["198.51.100.1", "2001:db8:1::1", "198.51.100.2"];
    let forge = |world: World, who: &&str| {
        world
            .serial(who, 1_000)
            .says(who, RrType::NS, "z.test. 60 IN NS ns6.z.test.")
    };
    let world = FORGED.iter().fold(World::new(), forge);
    let outvoted = world.probe().await;
    assert_eq!(
        lags(&outvoted)[..2],
        [Some(993); 2],
        "nothing speaks against it"
    );

    let bogus = |mut server: ServerReport| {
        let status = SecurityStatus::Bogus(Reason::SignatureInvalid);
        let is_forged = server
            .address
            .is_some_and(|ip| FORGED.contains(&ip.to_string().as_str()));
        server.dnssec = is_forged.then(|| DnssecReport {
            signatures_valid: Some(false),
            ..DnssecReport::of_status(status)
        });
        server
    };
    let servers = outvoted.nameservers.into_iter();
    let servers = servers.map(|one| {
        one.addresses
            .into_iter()
            .map(|address| bogus(address.server))
            .collect()
    });
    let (at, duration) = (outvoted.at, outvoted.duration);
    let report = crate::assess::zone_report(
        &world.plan(THREE, ""),
        servers.collect(),
        None,
        at,
        duration,
    );
    assert_eq!(lags(&report), [Some(0), Some(0), None, None, None]);
    assert_eq!(
        (report.serials.comparable, report.serials.equal),
        (Some(true), Some(false))
    );
    let who = [("ns2", FORGED[0]), ("ns2", FORGED[1]), ("ns3", FORGED[2])]
        .map(|(name, ip)| format!("{name} {ip}"));
    let expected = [What::Serial, What::Ns]
        .into_iter()
        .flat_map(|what| who.clone().map(|who| (what, who)));
    assert_eq!(differing(&report), expected.collect::<Vec<_>>());
    assert_eq!(
        report.differences[0].detail,
        "serial 1000, against which DNSSEC speaks"
    );
}
