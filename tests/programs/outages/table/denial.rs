//! Proofs that something does not exist.

use outsidein::dns::RrType;

use super::{Outage, critical, outage, warning};
use crate::outages::lab::{self, NS2, name};
use crate::scenarios::workshop::{lead_nsec, show_in_nsec};

pub(super) fn denial() -> Vec<Outage> {
    vec![
        outage(
            "denial_signatures_bad",
            "Every NSEC record but the apex's has a bad signature; SOA, NS and DNSKEY are good",
            vec![critical("OutsideinZoneDnssecFailed", 6)],
            |lab, servers| {
                let apex = name(lab::APEX);
                // Of the names that are made up, the apex's NSEC would else cover two in five.
                let second: lab::Change<'_> = &|zone| zone.record("00", RrType::TXT, "\"second\"");
                servers.set_all(&lab.broken(1, second, move |zone| {
                    zone.tamper_rrsigs(|owner, rtype| rtype == RrType::NSEC && *owner != apex);
                    Ok(())
                }));
            },
        ),
        outage(
            "nsec3_signatures_bad",
            "Every NSEC3 record but the apex's has a bad signature; SOA, NS and DNSKEY are good",
            vec![critical("OutsideinZoneDnssecFailed", 6)],
            |lab, servers| {
                servers.set_all(&lab.broken(1, &|zone| zone.nsec3(0, &[], false), |zone| {
                    let apex = zone.nsec3_owner(&name(lab::APEX));
                    zone.tamper_rrsigs(|owner, rtype| {
                        rtype == RrType::NSEC3 && Some(owner) != apex.as_ref()
                    });
                    Ok(())
                }));
            },
        ),
        outage(
            "nsec3_unsigned",
            "NSEC3 records lost their signatures in a transfer to one nameserver",
            vec![warning("OutsideinDnssecFailed", 8)],
            |lab, servers| {
                servers.set(
                    &NS2,
                    &lab.broken(1, &|zone| zone.nsec3(0, &[], false), |zone| {
                        zone.strip_rrsigs(|_, rtype| rtype == RrType::NSEC3);
                        Ok(())
                    }),
                );
            },
        ),
        outage(
            "nsec3_misplaced",
            "After an incremental transfer the NSEC3 records cover nothing that is asked for",
            vec![critical("OutsideinZoneDnssecFailed", 6)],
            |lab, servers| {
                servers.set_all(&lab.broken(1, &|zone| zone.nsec3(0, &[], false), |zone| {
                    zone.misplace_nsec3s();
                    Ok(())
                }));
            },
        ),
    ]
}

/// Resolvers that deny names by cached proofs (RFC 8198) deny what exists.
pub(super) fn contradictions() -> Vec<Outage> {
    vec![
        outage(
            "bitmap_without_type",
            "The NSEC of an existing name lacks a type that the name has, validly signed",
            vec![critical("OutsideinZoneDnssecFailed", 8)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| {
                    zone.altered(|zone| {
                        show_in_nsec(
                            zone,
                            &name(lab::APEX),
                            &[
                                RrType::SOA,
                                RrType::NS,
                                RrType::RRSIG,
                                RrType::NSEC,
                                RrType::DNSKEY,
                            ],
                        )
                    })
                });
                servers.set_all(&lab.serve(zone));
            },
        ),
        outage(
            "nsec_leads_back",
            "The apex's NSEC leads back to itself: it denies every name of the zone",
            vec![critical("OutsideinZoneDnssecFailed", 8)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| {
                    zone.altered(|zone| lead_nsec(zone, &name(lab::APEX), &name(lab::APEX)))
                });
                servers.set_all(&lab.serve(zone));
            },
        ),
        outage(
            "nsec3_chains_mixed",
            "A half-updated zone: NSEC3 records that contradict each other, at one nameserver",
            vec![warning("OutsideinDnssecFailed", 9)],
            |lab, servers| {
                let nsec3: lab::Change<'_> = &|zone| zone.nsec3(0, &[], false);
                servers.set(
                    &NS2,
                    &lab.serve(lab.sign(1, &|zone| {
                        nsec3(zone).altered(|zone| {
                            let apex = zone.nsec3_owner(&name(lab::APEX)).expect("NSEC3");
                            let owners: Vec<_> = zone.nsec3s().keys().cloned().collect();
                            let others = owners.iter().filter(|owner| **owner != apex);
                            for owner in others {
                                // The next hash becomes the owner's own but for its last bit: the chain has holes.
                                let rdata = &mut zone.rrset_mut(owner, RrType::NSEC3)?.rdatas[0];
                                rdata[5] ^= 0x80;
                            }
                            Ok(())
                        })
                    })),
                );
            },
        ),
    ]
}
