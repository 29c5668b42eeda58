//! What the zone holds: names, serials, copies.

use outsidein::dns::RrType;

use super::intermittent::course;
use super::{Outage, critical, outage, warning};
use crate::outages::lab::{self, Lab, NS1, NS2, RESOLVER, name};
use crate::outages::replay::probes_json;

/// The same with a name in probes.json.
fn with_www(outage: Outage) -> Outage {
    Outage {
        config: |lab| {
            let trust = format!(
                r#"{{ "resolver": "{RESOLVER}", "anchors": {{ ".": ["{}"] }} }}"#,
                lab.anchor()
            );
            let zone = r#", "names": [{ "name": "www.example.test.", "types": ["A"], "records": ["192.0.2.80"] }]"#;
            probes_json(zone, &trust)
        },
        ..outage
    }
}

pub(super) fn names() -> Vec<Outage> {
    vec![
        outage(
            "www_signature_expired",
            "The signature over one address of the apex alone has expired",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let expired = Lab::minutes(-90_000, 5);
                let zone = lab.sign(1, &|zone| zone.validity_of("@", RrType::A, expired));
                servers.set_all(&lab.serve(zone));
            },
        ),
        outage(
            "mx_differs",
            "One nameserver has another MX than the other, with the same serial",
            vec![warning("OutsideinNameDiffers", 10)],
            |lab, servers| {
                let mx = format!("20 www.{}", lab::APEX);
                let zone = lab.sign(1, &|zone| zone.record("@", RrType::MX, &mx));
                servers.set(&NS2, &lab.serve(zone));
            },
        ),
        with_www(outage(
            "name_changed",
            "The address of a name that probes.json lists was changed everywhere",
            vec![critical("OutsideinNameUnexpected", 6)],
            |lab, servers| {
                servers.set_all(
                    &lab.serve(lab.sign(1, &|zone| zone.record("www", RrType::A, "203.0.113.66"))),
                );
            },
        )),
        with_www(outage(
            "name_lost_at_one",
            "A name was lost in a transfer to one nameserver, with the same serial",
            vec![
                warning("OutsideinNameDiffers", 10),
                critical("OutsideinNameUnexpected", 6),
            ],
            |lab, servers| servers.set(&NS2, &lab.without_www()),
        )),
        Outage {
            since: 100,
            minutes: 150,
            ..course(
                "zone_shrunk",
                "Most names of a zone are lost at every nameserver, and everything verifies; probes.json lists none of them",
                150,
                vec![critical("OutsideinZoneShrunk", 30)],
                |lab| {
                    let with_hosts = |count: u32| {
                        lab.serve(lab.sign(1, &|zone| {
                            let zone = zone.nsec3(0, &[], false);
                            (0..count).fold(zone, |zone, number| {
                                zone.record(&format!("host{number}"), RrType::A, "192.0.2.99")
                            })
                        }))
                    };
                    let mut whole = lab.all_healthy();
                    whole.set_all(&with_hosts(120));
                    let mut shrunk = whole.clone();
                    shrunk.set_all(&with_hosts(0));
                    Box::new(move |minute| {
                        Some(if minute < 100 {
                            whole.clone()
                        } else {
                            shrunk.clone()
                        })
                    })
                },
            )
        },
        with_www(outage(
            "zone_truncated",
            "The zone file was cut off: names are gone everywhere, and everything verifies",
            vec![critical("OutsideinNameUnexpected", 6)],
            |lab, servers| servers.set_all(&lab.without_www()),
        )),
        outage(
            "nameserver_address_signature_bad",
            "The signature over a nameserver's address alone is bad",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let host = name("ns1.example.test");
                servers.set_all(&lab.broken(1, &|zone| zone, move |zone| {
                    zone.tamper_rrsigs(|owner, rtype| *owner == host && rtype == RrType::A);
                    Ok(())
                }));
            },
        ),
    ]
}

pub(super) fn content() -> Vec<Outage> {
    vec![
        outage(
            "secondary_stuck",
            "A secondary has stopped transferring and serves an older serial",
            vec![warning("OutsideinSerialsDiverge", 16)],
            |lab, servers| servers.set(&NS1, &lab.healthy(2)),
        ),
        outage(
            "serial_went_back",
            "A backup of the zone was restored on the primary and every server has the older serial",
            vec![critical("OutsideinSerialWentBack", 2)],
            |lab, servers| servers.set_all(&lab.healthy(0)),
        ),
        outage(
            "serials_not_comparable",
            "Serials 2147483648 apart: secondaries refuse the primary's version",
            vec![critical("OutsideinSerialsNotComparable", 10)],
            |lab, servers| servers.set(&NS1, &lab.healthy(2_147_483_649)),
        ),
        Outage {
            minutes: 90,
            ..outage(
                "ns_differs",
                "One nameserver has another NS RRset than the other, with the same serial",
                vec![warning("OutsideinZoneDiffers", 62)],
                |lab, servers| {
                    let ns3 = "ns3.example.test.";
                    let zone = lab.sign(1, &|zone| zone.record("@", RrType::NS, ns3));
                    servers.set(&NS2, &lab.serve(zone));
                },
            )
        },
        Outage {
            minutes: 90,
            ..outage(
                "cds_differs",
                "One nameserver publishes a CDS that the other does not have",
                vec![warning("OutsideinKeysDiffer", 32)],
                |lab, servers| {
                    let cds = lab.ksk.ds_rdata(&name(lab::APEX));
                    servers.set(
                        &NS2,
                        &lab.serve(lab.sign(1, &|zone| zone.rdata("@", RrType::CDS, cds.clone()))),
                    );
                },
            )
        },
        outage(
            "cds_of_unknown_key",
            "The zone publishes a CDS of a key that signs nothing",
            vec![critical("OutsideinCdsInvalid", 10)],
            |lab, servers| {
                let cds = Lab::new_ksk().ds_rdata(&name(lab::APEX));
                servers.set_all(
                    &lab.serve(lab.sign(1, &|zone| zone.rdata("@", RrType::CDS, cds.clone()))),
                );
            },
        ),
    ]
}
