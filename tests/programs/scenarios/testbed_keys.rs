//! The DNSKEY records and the algorithms of the testbed of [`crate::scenarios::testbed`].

use outsidein::demo::{SigningKey, ZoneError};
use outsidein::dns::{Algorithm, RrType};
use outsidein::reason::Reason;

use crate::scenarios::scenario::{Asked, Built, Scenario, bogus, insecure, secure};
use crate::scenarios::workshop::{Workshop, change_keys, drop_keys, key, opaque, spoil_keys};

const A: RrType = RrType::A;

/// The rows, with the names of the source.
pub const ROWS: &[Scenario] = &[
    Scenario {
        name: "no-zsk",
        what: "the ZSK was taken out of the DNSKEY RRset, which is no longer what was signed",
        build: |w| w.broken(|zone| drop_keys(zone, SigningKey::ZSK)),
        asked: KEYS_NOT_AS_SIGNED,
    },
    Scenario {
        name: "bad-zsk",
        what: "the ZSK in the DNSKEY RRset is not the one that was signed",
        build: |w| w.broken(|zone| spoil_keys(zone, SigningKey::ZSK)),
        asked: KEYS_NOT_AS_SIGNED,
    },
    Scenario {
        name: "no-ksk",
        what: "the KSK was taken out of the DNSKEY RRset",
        build: |w| w.broken(|zone| drop_keys(zone, SigningKey::KSK)),
        asked: NO_KEY_OF_THE_DS,
    },
    Scenario {
        name: "bad-ksk",
        what: "the KSK in the DNSKEY RRset is not the one that was signed",
        build: |w| w.broken(|zone| spoil_keys(zone, SigningKey::KSK)),
        asked: NO_KEY_OF_THE_DS,
    },
    Scenario {
        name: "no-dnskey",
        what: "it has no keys",
        build: |w| w.broken(|zone| zone.remove_all(RrType::DNSKEY)),
        asked: &[bogus("www", A, Reason::DnskeyMissing, 9)],
    },
    Scenario {
        name: "no-rrsig-ksk",
        what: "the signature of the KSK is missing, that of the ZSK is there",
        build: |w| {
            let ksk = w.ksk.dnskey().key_tag.to_be_bytes();
            w.broken(|zone| {
                let apex = zone.apex().clone();
                zone.rrset_mut(&apex, RrType::DNSKEY)?
                    .rrsigs
                    .retain(|rrsig| rrsig[16..18] != ksk);
                Ok(())
            })
        },
        asked: &[bogus("www", A, Reason::DnskeyRrsigMissing, 10)],
    },
    Scenario {
        name: "bad-rrsig-ksk",
        what: "the signature of the KSK is not the one that was made, that of the ZSK is",
        build: |w| {
            let ksk = w.ksk.dnskey().key_tag.to_be_bytes();
            w.broken(|zone| {
                let apex = zone.apex().clone();
                let rrsigs = &mut zone.rrset_mut(&apex, RrType::DNSKEY)?.rrsigs;
                for rrsig in rrsigs.iter_mut().filter(|rrsig| rrsig[16..18] == ksk) {
                    *rrsig.last_mut().expect("a signature") ^= 1;
                }
                Ok(())
            })
        },
        asked: &[bogus("www", A, Reason::SignatureInvalid, 6)],
    },
    Scenario {
        name: "no-rrsig-dnskey",
        what: "the keys have no signatures",
        build: |w| {
            w.broken(|zone| {
                zone.strip_rrsigs(|_, rtype| rtype == RrType::DNSKEY);
                Ok(())
            })
        },
        asked: &[bogus("www", A, Reason::RrsigsMissing, 10)],
    },
    Scenario {
        name: "bad-rrsig-dnskey",
        what: "the signatures of the keys are not those that were made",
        build: |w| {
            w.broken(|zone| {
                zone.tamper_rrsigs(|_, rtype| rtype == RrType::DNSKEY);
                Ok(())
            })
        },
        asked: &[bogus("www", A, Reason::SignatureInvalid, 6)],
    },
    Scenario {
        name: "no-dnskey-256",
        what: "the Zone Key bit was taken from the ZSK, which has another tag without it",
        build: |w| w.broken(|zone| change_keys(zone, SigningKey::ZSK, |rdata| rdata[0] = 0)),
        asked: KEYS_NOT_AS_SIGNED,
    },
    Scenario {
        name: "no-dnskey-257",
        what: "the Zone Key bit was taken from the KSK, which has another tag without it",
        build: |w| w.broken(|zone| change_keys(zone, SigningKey::KSK, |rdata| rdata[0] = 0)),
        asked: NO_KEY_OF_THE_DS,
    },
    Scenario {
        name: "no-dnskey-256-257",
        what: "the Zone Key bit was taken from both keys",
        build: |w| w.broken(|zone| zone.alter(RrType::DNSKEY, |rdata| rdata[0] = 0)),
        asked: &[bogus("www", A, Reason::DsMismatch, 9).headed_by(Reason::DnskeyMissing)],
    },
    Scenario {
        name: "bad-zsk-algo",
        what: "the algorithm of the ZSK is not the one that was signed",
        build: |w| {
            w.broken(|zone| {
                change_keys(zone, SigningKey::ZSK, |rdata| {
                    rdata[3] = Algorithm::RSASHA256.0;
                })
            })
        },
        asked: KEYS_NOT_AS_SIGNED,
    },
    Scenario {
        name: "unassigned-zsk-algo",
        what: "the algorithm of the ZSK was made 100, which is unassigned",
        build: |w| w.broken(|zone| change_keys(zone, SigningKey::ZSK, |rdata| rdata[3] = 100)),
        asked: KEYS_NOT_AS_SIGNED,
    },
    Scenario {
        name: "reserved-zsk-algo",
        what: "the algorithm of the ZSK was made 200, which is reserved",
        build: |w| w.broken(|zone| change_keys(zone, SigningKey::ZSK, |rdata| rdata[3] = 200)),
        asked: KEYS_NOT_AS_SIGNED,
    },
    Scenario {
        name: "bad-ksk-algo",
        what: "the algorithm of the KSK is not the one that was signed",
        build: |w| {
            w.broken(|zone| {
                change_keys(zone, SigningKey::KSK, |rdata| {
                    rdata[3] = Algorithm::RSASHA256.0;
                })
            })
        },
        asked: NO_KEY_OF_THE_DS,
    },
    Scenario {
        name: "unassigned-ksk-algo",
        what: "the algorithm of the KSK was made 100, which is unassigned",
        build: |w| w.broken(|zone| change_keys(zone, SigningKey::KSK, |rdata| rdata[3] = 100)),
        asked: NO_KEY_OF_THE_DS,
    },
    Scenario {
        name: "reserved-ksk-algo",
        what: "the algorithm of the KSK was made 200, which is reserved",
        build: |w| w.broken(|zone| change_keys(zone, SigningKey::KSK, |rdata| rdata[3] = 200)),
        asked: NO_KEY_OF_THE_DS,
    },
    Scenario {
        name: "ecdsap256sha256",
        what: "nothing: signed with ECDSAP256SHA256",
        build: |w| signed_with(w, Algorithm::ECDSAP256SHA256),
        asked: &[secure("www", A), secure("nx", A)],
    },
    Scenario {
        name: "ecdsap384sha384",
        what: "nothing: signed with ECDSAP384SHA384",
        build: |w| signed_with(w, Algorithm::ECDSAP384SHA384),
        asked: &[secure("www", A), secure("nx", A)],
    },
    Scenario {
        name: "ed25519",
        what: "nothing: signed with ED25519",
        build: |w| signed_with(w, Algorithm::ED25519),
        asked: &[secure("www", A), secure("nx", A)],
    },
    Scenario {
        name: "ed448",
        what: "signed with ED448, which ring cannot check; as it cannot sign either, the signatures are made up",
        build: |w| signed_by_absent_key(w, 16),
        asked: UNSUPPORTED,
    },
    Scenario {
        name: "dsa",
        what: "signed with DSA, which must not be used (RFC 8624); the signatures are made up",
        build: |w| signed_by_absent_key(w, 3),
        asked: UNSUPPORTED,
    },
    Scenario {
        name: "rsamd5",
        what: "signed with RSAMD5, which must not be used (RFC 8624); the signatures are made up",
        build: |w| signed_by_absent_key(w, 1),
        asked: UNSUPPORTED,
    },
];

type Questions = &'static [Asked];

/// The DNSKEY RRset is not what was signed.
const KEYS_NOT_AS_SIGNED: Questions = &[bogus("www", A, Reason::SignatureInvalid, 6)];

/// No key fits the DS; and, which tells more, the DNSKEY RRset is not what was signed.
const NO_KEY_OF_THE_DS: Questions =
    &[bogus("www", A, Reason::DsMismatch, 9).headed_by(Reason::SignatureInvalid)];

const UNSUPPORTED: Questions = &[
    insecure("www", A, Reason::UnsupportedDnskeyAlgorithm, Some(1)),
    insecure("nx", A, Reason::UnsupportedDnskeyAlgorithm, Some(1)),
];

fn signed_with(w: &Workshop, algorithm: Algorithm) -> Result<Built, ZoneError> {
    let [ksk, zsk] = [SigningKey::KSK, SigningKey::ZSK].map(|flags| key(algorithm, flags));
    let w = Workshop {
        apex: w.apex.clone(),
        at: w.at,
        ksk,
        zsk,
    };
    Ok(w.built(w.nsec3().sign()?))
}

fn signed_by_absent_key(w: &Workshop, algorithm: u8) -> Result<Built, ZoneError> {
    let [ksk, zsk] = [SigningKey::KSK, SigningKey::ZSK].map(|flags| opaque(algorithm, flags));
    let w = Workshop {
        apex: w.apex.clone(),
        at: w.at,
        ksk,
        zsk,
    };
    Ok(w.built(w.nsec3().sign()?))
}
