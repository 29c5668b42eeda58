//! The delegation.

use outsidein::dns::RrType;

use super::{Outage, SINCE, critical, outage, warning};
use crate::outages::lab::{self, Lab, NS1, PARENTS, RESOLVER, Servers, name, rcode, serve, silent};

pub(super) fn parents() -> Vec<Outage> {
    let parent_becomes = |lab: &Lab, servers: &mut Servers, change: lab::Change<'_>| {
        let parent = lab.parent(change);
        lab.set_parent(servers, &parent);
    };
    vec![
        outage(
            "ds_removed",
            "The DS was removed at the parent, which the zone did not ask for",
            vec![critical("OutsideinDelegationInsecure", 12)],
            move |lab, servers| parent_becomes(lab, servers, &Lab::with_ns),
        ),
        outage(
            "server_hold",
            "The registry put the domain on hold: the parent answers NXDOMAIN",
            vec![critical("OutsideinDelegationLost", 8)],
            move |lab, servers| {
                let parent = lab.parent(&|zone| zone);
                servers.set(&PARENTS, &serve([parent]));
            },
        ),
        outage(
            "parent_silent",
            "No server of the parent answers",
            vec![critical("OutsideinParentSilent", 18)],
            move |_, servers| servers.set(&PARENTS, &silent()),
        ),
        outage(
            "unknown_nameserver",
            "The delegation was changed at the registrar to a nameserver that nobody knows",
            vec![critical("OutsideinUnknownNameserver", 8)],
            move |lab, servers| {
                let stranger = "ns1.test.";
                parent_becomes(lab, servers, &|zone| {
                    lab.delegation(zone).record("example", RrType::NS, stranger)
                });
            },
        ),
        outage(
            "parent_copies_differ",
            "One server of the parent has an old copy with another DS",
            vec![critical("OutsideinDelegationInconsistent", 12)],
            move |lab, servers| {
                let old = lab.parent(&|zone| Lab::with_ds(Lab::with_ns(zone), &Lab::new_ksk()));
                servers.set(&PARENTS[2..], &serve([old]));
            },
        ),
        outage(
            "ds_signature_bad",
            "The parent's signature over the DS does not verify",
            vec![critical("OutsideinChainBroken", 8)],
            move |lab, servers| {
                let mut parent = lab.parent(&|zone| lab.delegation(zone));
                parent.tamper_rrsigs(|_, rtype| rtype == RrType::DS);
                lab.set_parent(servers, &parent);
            },
        ),
    ]
}

/// The NS RRset at the parent and in the zone, and the addresses of its names.
pub(super) fn names_of_nameservers() -> Vec<Outage> {
    vec![
        Outage {
            since: 0,
            script: Box::new(|lab| {
                let mut servers = lab.all_healthy();
                servers.set(&[RESOLVER], &rcode(5));
                Box::new(move |_| Some(servers.clone()))
            }),
            ..outage(
                "resolver_dead",
                "The resolver of trust.resolver refuses every query since the exporter started",
                vec![warning("OutsideinResolverDown", 8)],
                |_, _| {},
            )
        },
        outage(
            "other_address",
            "A nameserver's name in the zone has another address than probes.json",
            vec![warning("OutsideinNameserverMismatch", 12)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| {
                    zone.altered(|zone| {
                        zone.rrset_mut(&name("ns2.example.test"), RrType::A)?.rdatas =
                            vec![vec![198, 51, 100, 77]];
                        Ok(())
                    })
                });
                servers.set_all(&lab.serve(zone.clone()));
                let parent = lab.parent(&|zone| lab.delegation(zone));
                lab.set_resolver(servers, &parent, zone);
            },
        ),
        outage(
            "lame_nameserver",
            "A nameserver of the NS RRset that probes.json does not list answers REFUSED",
            vec![warning("OutsideinNameserverMismatch", 12)],
            |lab, servers| {
                let third: lab::Change<'_> = &|zone| {
                    zone.record("@", RrType::NS, "ns3.example.test.").record(
                        "ns3",
                        RrType::A,
                        "203.0.113.77",
                    )
                };
                servers.set_all(&lab.serve(lab.sign(1, third)));
                servers.set(&["203.0.113.77"], &rcode(5));
                let parent = lab.parent(&|zone| {
                    lab.delegation(zone)
                        .record("example", RrType::NS, "ns3.example.test.")
                        .record("ns3.example", RrType::A, "203.0.113.77")
                });
                lab.set_parent(servers, &parent);
                lab.set_resolver(servers, &parent, lab.sign(1, third));
            },
        ),
        outage(
            "nameserver_without_address",
            "The host name of a nameserver has no address",
            vec![critical("OutsideinDelegationInconsistent", 10)],
            |lab, servers| {
                let nameless: lab::Change<'_> =
                    &|zone| zone.record("@", RrType::NS, "ns3.example.test.");
                servers.set_all(&lab.serve(lab.sign(1, nameless)));
                let parent = lab.parent(&|zone| {
                    lab.delegation(zone)
                        .record("example", RrType::NS, "ns3.example.test.")
                });
                lab.set_parent(servers, &parent);
            },
        ),
        Outage {
            minutes: 90,
            ..outage(
                "parent_lacks_nameserver",
                "The zone has two nameservers, and the parent was told of one",
                vec![warning("OutsideinZoneDiffers", 65)],
                |lab, servers| {
                    let parent = lab.parent(&|zone| {
                        Lab::with_ds(zone, &lab.ksk)
                            .record("example", RrType::NS, "ns1.example.test.")
                            .record("ns1.example", RrType::A, NS1[0])
                            .record("ns1.example", RrType::AAAA, NS1[1])
                    });
                    lab.set_parent(servers, &parent);
                },
            )
        },
    ]
}

/// The DS RRset, and what proves that there is none.
pub(super) fn ds_records() -> Vec<Outage> {
    vec![
        outage(
            "ds_of_another_key",
            "The DS at the parent was replaced by that of a key that the zone does not have",
            vec![critical("OutsideinDsMismatch", 12)],
            |lab, servers| {
                let parent = lab.parent(&|zone| Lab::with_ds(Lab::with_ns(zone), &Lab::new_ksk()));
                lab.set_parent(servers, &parent);
            },
        ),
        Outage {
            minutes: 90,
            ..outage(
                "ds_without_key",
                "A DS of a key that the zone does not have stands beside the right one",
                vec![warning("OutsideinDsWithoutKey", 72)],
                |lab, servers| {
                    let parent =
                        lab.parent(&|zone| Lab::with_ds(lab.delegation(zone), &Lab::new_ksk()));
                    lab.set_parent(servers, &parent);
                },
            )
        },
        outage(
            "ds_signature_expired",
            "The parent's signature over the DS has expired",
            vec![critical("OutsideinChainBroken", 8)],
            |lab, servers| {
                let expired = Lab::minutes(-90_000, 5);
                let parent = lab.parent(&|zone| {
                    lab.delegation(zone)
                        .validity_of("example", RrType::DS, expired)
                });
                lab.set_parent(servers, &parent);
            },
        ),
        Outage {
            minutes: 100,
            since: 0,
            script: Box::new(|lab| {
                let mut servers = lab.all_healthy();
                let parent = lab.parent(&Lab::with_ns);
                lab.set_parent(&mut servers, &parent);
                Box::new(move |_| Some(servers.clone()))
            }),
            ..outage(
                "never_secure",
                "The zone is signed, and its DS was never put at the parent",
                vec![warning("OutsideinNotSecure", 75)],
                |_, _| {},
            )
        },
        Outage {
            script: Box::new(|lab| {
                let mut servers = lab.all_healthy();
                servers.set_all(&lab.serve(Lab::records(1).sign().expect("a zone")));
                let mut parent = lab.parent(&Lab::with_ns);
                lab.set_parent(&mut servers, &parent);
                let healthy = servers.clone();
                parent.tamper_rrsigs(|_, rtype| rtype == RrType::NSEC);
                lab.set_parent(&mut servers, &parent);
                Box::new(move |minute| {
                    let now = if minute < SINCE { &healthy } else { &servers };
                    Some(now.clone())
                })
            }),
            ..outage(
                "insecure_proof_bad",
                "The parent's proof that an unsigned zone has no DS does not verify: validating resolvers fail the unsigned zone",
                vec![critical("OutsideinChainBroken", 8)],
                |_, _| {},
            )
        },
    ]
}
