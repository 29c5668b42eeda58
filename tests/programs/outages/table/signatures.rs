//! Signatures and keys.

use outsidein::demo::KeyDuty;
use outsidein::dns::{DigestType, RrType};

use super::{Outage, critical, outage, warning};
use crate::outages::lab::{self, Lab, NS2, name};

pub(super) fn signatures() -> Vec<Outage> {
    vec![
        outage(
            "signatures_expired",
            "The signer stopped unnoticed and all signatures have expired",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(-90_000, -10)));
                servers.set_all(&lab.serve(zone));
            },
        ),
        outage(
            "dnskey_signature_expired",
            "The offline KSK was not used in time: the signature over DNSKEY has expired, all others are good",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let expired = Lab::minutes(-90_000, 5);
                let zone = lab.sign(1, &|zone| zone.validity_of("@", RrType::DNSKEY, expired));
                servers.set_all(&lab.serve(zone));
            },
        ),
        outage(
            "soa_signature_expired",
            "The signature over SOA alone is stale",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let expired = Lab::minutes(-90_000, 5);
                let zone = lab.sign(1, &|zone| zone.validity_of("@", RrType::SOA, expired));
                servers.set_all(&lab.serve(zone));
            },
        ),
        outage(
            "signatures_end_soon",
            "The signer has stopped: signatures end in less than signature_warning_seconds",
            vec![critical("OutsideinSignaturesEndSoon", 7)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(-9_000, 65)));
                servers.set_all(&lab.serve(zone));
            },
        ),
        outage(
            "unsigned_copy",
            "A secondary serves an unsigned copy of the zone",
            vec![warning("OutsideinDnssecFailed", 8)],
            |lab, servers| servers.set(&NS2, &lab.serve(Lab::records(1).sign().expect("a zone"))),
        ),
        outage(
            "wrong_key_behind_the_tag",
            "A TLD, January 2024: two keys with one tag, and the signatures are of the one that is not published",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                servers.set_all(&lab.broken(1, &|zone| zone, |zone| {
                    zone.tamper_rrsigs(|_, rtype| rtype != RrType::DNSKEY);
                    Ok(())
                }));
            },
        ),
        outage(
            "denial_record_lost",
            "Every NSEC3 record but the apex's was lost in a transfer to one nameserver",
            vec![warning("OutsideinDnssecFailed", 9)],
            |lab, servers| {
                servers.set(
                    &NS2,
                    &lab.broken(1, &|zone| zone.nsec3(0, &[], false), |zone| {
                        let apex = zone.nsec3_owner(&name(lab::APEX));
                        let others: Vec<_> = zone
                            .nsec3s()
                            .keys()
                            .filter(|owner| Some(*owner) != apex.as_ref())
                            .cloned()
                            .collect();
                        others
                            .iter()
                            .try_for_each(|owner| zone.remove(owner, RrType::NSEC3).map(|_| ()))
                    }),
                );
            },
        ),
        outage(
            "secondary_signatures_expired",
            "A secondary stopped transferring and serves expired signatures",
            vec![warning("OutsideinDnssecFailed", 8)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(-90_000, -10)));
                servers.set(&NS2, &lab.serve(zone));
            },
        ),
        outage(
            "signer_clock_ahead",
            "The signer's clock runs ahead: signatures begin in the future",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(600, 90_000)));
                servers.set_all(&lab.serve(zone));
            },
        ),
    ]
}

pub(super) fn keys_and_copies() -> Vec<Outage> {
    vec![
        outage(
            "signatures_missing",
            "A secondary, or a middlebox before it, drops the signatures",
            vec![warning("OutsideinDnssecFailed", 8)],
            |lab, servers| {
                servers.set(
                    &NS2,
                    &lab.broken(1, &|zone| zone, |zone| {
                        zone.strip_rrsigs(|_, _| true);
                        Ok(())
                    }),
                );
            },
        ),
        outage(
            "zsk_removed_too_early",
            "The key that signs the data is no longer in the DNSKEY RRset",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let zone = Lab::records(1)
                    .key(lab.ksk.clone(), KeyDuty::Keys)
                    .key(Lab::new_zsk(), KeyDuty::Standby)
                    .unpublished_key(lab.zsk.clone(), KeyDuty::Data)
                    .sign()
                    .expect("a zone");
                servers.set_all(&lab.serve(zone));
            },
        ),
        outage(
            "ksk_replaced_without_ds",
            "The KSK was replaced and the parent still has the old DS",
            vec![critical("OutsideinDsMismatch", 3)],
            |lab, servers| {
                let zone = Lab::records(1)
                    .key(Lab::new_ksk(), KeyDuty::Keys)
                    .key(lab.zsk.clone(), KeyDuty::Data)
                    .sign()
                    .expect("a zone");
                servers.set_all(&lab.serve(zone));
            },
        ),
    ]
}

/// Keys, algorithms, and what they sign.
pub(super) fn keys() -> Vec<Outage> {
    vec![
        outage(
            "unsigned_alias_at_apex",
            "An ALIAS at the apex is expanded by the server and not signed",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let apex = name(lab::APEX);
                servers.set_all(&lab.broken(1, &|zone| zone, move |zone| {
                    zone.strip_rrsigs(|owner, rtype| *owner == apex && rtype == RrType::A);
                    Ok(())
                }));
            },
        ),
        outage(
            "unsigned_everywhere",
            "The zone was moved to servers that do not sign it, and its DS stayed",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| servers.set_all(&lab.serve(Lab::records(1).sign().expect("a zone"))),
        ),
        outage(
            "ksk_does_not_sign",
            "The DNSKEY RRset is signed by the ZSK alone; the KSK of the DS signs nothing",
            vec![critical("OutsideinZoneDnssecFailed", 3)],
            |lab, servers| {
                let zone = Lab::records(1)
                    .key(lab.ksk.clone(), KeyDuty::Standby)
                    .key(lab.zsk.clone(), KeyDuty::All)
                    .sign()
                    .expect("a zone");
                servers.set_all(&lab.serve(zone));
            },
        ),
        Outage {
            minutes: 90,
            ..outage(
                "expire_outlives_signatures",
                "SOA EXPIRE is two weeks and signatures last one: a cut-off secondary serves expired signatures for a week",
                vec![warning("OutsideinSignaturesDoNotOutliveExpire", 62)],
                |lab, servers| {
                    let zone = lab.sign(1, &|zone| zone.validity(Lab::minutes(-1_000, 9_000)));
                    servers.set_all(&lab.serve(zone));
                },
            )
        },
        outage(
            "signatures_renewed_without_serial",
            "PowerDNS: signatures were renewed and the serial was not, so that a secondary keeps the old ones",
            vec![critical("OutsideinSignaturesEndSoon", 7)],
            |lab, servers| {
                let old = lab.sign(1, &|zone| zone.validity(Lab::minutes(-9_000, 65)));
                servers.set(&NS2, &lab.serve(old));
            },
        ),
        Outage {
            minutes: 1_480,
            interval: 4,
            ..outage(
                "sha1_ds",
                "The only DS has a digest by SHA-1",
                vec![warning("OutsideinDeprecatedAlgorithm", 1_460)],
                |lab, servers| {
                    let ds = lab.ksk.ds_rdata_by(&name(lab::APEX), DigestType::SHA_1);
                    let parent = lab.parent(&|zone| {
                        Lab::with_ns(zone).rdata("example", RrType::DS, ds.clone())
                    });
                    lab.set_parent(servers, &parent);
                },
            )
        },
    ]
}
