//! Keys, DS RRsets and signatures: what ZReplicator and DFixer replicate of DNSViz' error codes (in capitals), and what
//! validators are known to differ in.

use std::sync::Arc;

use outsidein::demo::{KeyDuty, SigningKey, ValidityPeriod};
use outsidein::dns::{Algorithm, DigestType, Dnskey, RrType};
use outsidein::reason::Reason;

use crate::scenarios::scenario::{Scenario, bogus, bogus_unnamed, indeterminate, secure};
use crate::scenarios::workshop::{key, opaque};

const A: RrType = RrType::A;
const SOA: RrType = RrType::SOA;

/// The rows.
pub const ROWS: &[Scenario] = &[
    Scenario {
        name: "signature-invalid",
        what: "SIGNATURE_INVALID: the address is not the one that was signed",
        build: |w| w.broken(|zone| zone.tamper(&w.name("www"), A)),
        asked: &[
            bogus("www", A, Reason::SignatureInvalid, 6),
            bogus("alias", A, Reason::SignatureInvalid, 6),
            secure("@", SOA),
        ],
    },
    Scenario {
        name: "soa-expired",
        what: "EXPIRATION_IN_PAST: the signature over the SOA has expired",
        build: |w| Ok(w.built(w.nsec3().validity_of("@", SOA, w.over()).sign()?)),
        asked: &[
            bogus("@", SOA, Reason::SignatureExpired, 7),
            bogus("nx", A, Reason::SignatureExpired, 7),
            secure("www", A),
        ],
    },
    Scenario {
        name: "dnskey-expired",
        what: "EXPIRATION_IN_PAST: the signatures over the keys have expired, as when the KSK is kept offline",
        build: |w| {
            Ok(w.built(
                w.nsec3()
                    .validity_of("@", RrType::DNSKEY, w.over())
                    .sign()?,
            ))
        },
        asked: &[bogus("www", A, Reason::SignatureExpired, 7)],
    },
    Scenario {
        name: "dnskey-not-yet",
        what: "INCEPTION_IN_FUTURE: the signatures over the keys are not valid yet",
        build: |w| {
            Ok(w.built(
                w.nsec3()
                    .validity_of("@", RrType::DNSKEY, w.to_come())
                    .sign()?,
            ))
        },
        asked: &[bogus("www", A, Reason::SignatureNotYetValid, 8)],
    },
    Scenario {
        name: "expired-beside-valid",
        what: "beside a valid signature stands one that has expired, as in a rollover (RFC 6840 section 5.4)",
        build: |w| {
            let mut zone = w.nsec3().sign()?;
            let old = w.nsec3().validity(w.over()).sign()?;
            for (owner, rtype) in [(w.name("www"), A), (w.name("@"), RrType::DNSKEY)] {
                let expired = old
                    .rrset(&owner, rtype)
                    .expect("the same records")
                    .rrsigs
                    .clone();
                zone.rrset_mut(&owner, rtype)?.rrsigs.splice(0..0, expired);
            }
            Ok(w.built(zone))
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "rrsig-bad-length",
        what: "RRSIG_BAD_LENGTH_ECDSA256: the signature over the address lacks its last octet",
        build: |w| {
            w.broken(|zone| {
                zone.rrset_mut(&w.name("www"), A)?.rrsigs[0].pop();
                Ok(())
            })
        },
        asked: &[bogus("www", A, Reason::SignatureInvalid, 6)],
    },
    Scenario {
        name: "signer-not-zone",
        what: "SIGNER_NOT_ZONE: the signer is a name in the zone",
        build: |w| {
            w.broken(|zone| {
                zone.sign_again((&w.name("www"), A), &w.zsk, w.valid(), |rrsig| {
                    rrsig.signer = w.name("www");
                })
            })
        },
        asked: &[bogus("www", A, Reason::SignerNameMismatch, 6)],
    },
    Scenario {
        name: "signer-is-parent",
        what: "SIGNER_NOT_ZONE: the signer is the parent",
        build: |w| {
            let parent = w.apex.parent().expect("a parent");
            w.broken(|zone| {
                zone.sign_again((&w.name("www"), A), &w.zsk, w.valid(), |rrsig| {
                    rrsig.signer = parent;
                })
            })
        },
        asked: &[bogus("www", A, Reason::SignerNameMismatch, 6)],
    },
    Scenario {
        name: "labels-exceed",
        what: "RRSIG_LABELS_EXCEED_RRSET_OWNER_LABELS: the signature counts a label too many",
        build: |w| {
            w.broken(|zone| {
                zone.sign_again((&w.name("www"), A), &w.zsk, w.valid(), |rrsig| {
                    rrsig.labels += 1;
                })
            })
        },
        asked: &[bogus("www", A, Reason::LabelsInvalid, 6)],
    },
    Scenario {
        name: "labels-short",
        what: "the signature counts a label too few, as if the name had come from a wildcard",
        build: |w| {
            w.broken(|zone| {
                zone.sign_again((&w.name("www"), A), &w.zsk, w.valid(), |rrsig| {
                    rrsig.labels -= 1;
                })
            })
        },
        asked: &[bogus("www", A, Reason::SignatureInvalid, 6)],
    },
    Scenario {
        name: "original-ttl-exceeded",
        what: "ORIGINAL_TTL_EXCEEDED_RRSET: the TTL is larger than the one that was signed, which is the one to use (RFC 4035 section 5.3.3)",
        build: |w| {
            w.broken(|zone| {
                zone.rrset_mut(&w.name("www"), A)?.ttl = 7200;
                Ok(())
            })
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "original-ttl-changed",
        what: "the original TTL was changed after it was signed",
        build: |w| {
            w.broken(|zone| {
                zone.rrset_mut(&w.name("www"), A)?.rrsigs[0][7] ^= 1;
                Ok(())
            })
        },
        asked: &[bogus("www", A, Reason::SignatureInvalid, 6)],
    },
    Scenario {
        name: "ttl-zero",
        what: "the TTL of the address is 0",
        build: |w| Ok(w.built(w.nsec3().ttl(0).record("zero", A, "192.0.2.82").sign()?)),
        asked: &[secure("zero", A)],
    },
    Scenario {
        name: "ttl-beyond-expiration",
        what: "TTL_BEYOND_EXPIRATION: the signature ends before the TTL does",
        build: |w| {
            let hours = ValidityPeriod {
                expiration: outsidein::dns::Timestamp(w.at.0 + 1800),
                ..w.valid()
            };
            Ok(w.built(w.nsec3().validity_of("www", A, hours).sign()?))
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "no-zsk-signed",
        what: "the key that signs the data was withdrawn, and the keys that are left are validly signed",
        build: |w| {
            let zone = w
                .records()
                .nsec3(0, &[], false)
                .key(Arc::clone(&w.ksk), KeyDuty::Keys);
            Ok(w.built(
                zone.unpublished_key(Arc::clone(&w.zsk), KeyDuty::Data)
                    .sign()?,
            ))
        },
        asked: &[
            bogus("www", A, Reason::DnskeyMissing, 9),
            bogus("nx", A, Reason::DnskeyMissing, 9),
        ],
    },
    Scenario {
        name: "no-zone-key-bit",
        what: "the key that signs the data is no zone key (RFC 4034 section 2.1.1)",
        build: |w| {
            let zone = w
                .records()
                .nsec3(0, &[], false)
                .key(Arc::clone(&w.ksk), KeyDuty::Keys);
            Ok(w.built(
                zone.key(key(Algorithm::ECDSAP256SHA256, 0), KeyDuty::Data)
                    .sign()?,
            ))
        },
        asked: &[bogus("www", A, Reason::NoZoneKeyBitSet, 11)],
    },
    Scenario {
        name: "no-zone-key-bit-ksk",
        what: "the DS is that of a key that is no zone key",
        build: |w| {
            let ksk = key(Algorithm::ECDSAP256SHA256, Dnskey::SECURE_ENTRY_POINT);
            let zone = w
                .records()
                .nsec3(0, &[], false)
                .key(Arc::clone(&ksk), KeyDuty::Keys);
            Ok(w.behind(
                vec![ksk.ds_rdata(&w.apex)],
                zone.key(Arc::clone(&w.zsk), KeyDuty::All).sign()?,
            ))
        },
        asked: &[bogus("www", A, Reason::NoZoneKeyBitSet, 11)],
    },
    Scenario {
        name: "key-protocol",
        what: "the key that signs the data has protocol 2 (RFC 4034 section 2.1.2)",
        build: |w| {
            let zone = w.nsec3().altered(|zone| {
                zone.alter(RrType::DNSKEY, |rdata| {
                    if rdata.starts_with(&SigningKey::ZSK.to_be_bytes()) {
                        rdata[2] = 2;
                    }
                })
            });
            // The tag counts the protocol: the signature names the key as it is.
            let mut zone = zone.sign()?;
            let www = w.name("www");
            let tag = w.zsk.dnskey().key_tag - 0x0100;
            zone.sign_again((&www, A), &w.zsk, w.valid(), |rrsig| rrsig.key_tag = tag)?;
            Ok(w.built(zone))
        },
        asked: &[bogus("www", A, Reason::KeyProtocolInvalid, 6)],
    },
    Scenario {
        name: "dnskey-revoked-rrsig",
        what: "DNSKEY_REVOKED_RRSIG: the key that signs the data is revoked (RFC 5011 section 2.1)",
        build: |w| {
            let revoked = key(Algorithm::ECDSAP256SHA256, SigningKey::ZSK | Dnskey::REVOKE);
            let zone = w
                .records()
                .nsec3(0, &[], false)
                .key(Arc::clone(&w.ksk), KeyDuty::Keys);
            Ok(w.built(zone.key(revoked, KeyDuty::Data).sign()?))
        },
        asked: &[bogus("www", A, Reason::KeyRevoked, 6)],
    },
    Scenario {
        name: "dnskey-revoked-ds",
        what: "DNSKEY_REVOKED_DS: the DS is that of a revoked key",
        build: |w| {
            let revoked = key(Algorithm::ECDSAP256SHA256, SigningKey::KSK | Dnskey::REVOKE);
            let zone = w
                .records()
                .nsec3(0, &[], false)
                .key(Arc::clone(&revoked), KeyDuty::Keys);
            Ok(w.behind(
                vec![revoked.ds_rdata(&w.apex)],
                zone.key(Arc::clone(&w.zsk), KeyDuty::All).sign()?,
            ))
        },
        asked: &[bogus("www", A, Reason::KeyRevoked, 6)],
    },
    Scenario {
        name: "revoked-not-signing",
        what: "REVOKED_NOT_SIGNING: a revoked key does not sign the keys, beside one that does",
        build: |w| {
            let revoked = key(Algorithm::ECDSAP256SHA256, SigningKey::KSK | Dnskey::REVOKE);
            Ok(w.built(w.nsec3().key(revoked, KeyDuty::Standby).sign()?))
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "dnskey-bad-length",
        what: "DNSKEY_BAD_LENGTH_ECDSA256: a key that stands by lacks octets",
        build: |w| {
            // delv reads the keys in canonical order and stops at this one, which therefore must be the first.
            let short = SigningKey::opaque(
                Algorithm::ECDSAP256SHA256,
                SigningKey::ZSK,
                &[0; 63],
                &[7; 64],
            )?;
            Ok(w.built(w.nsec3().key(short, KeyDuty::Standby).sign()?))
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "dnskey-bad-length-signing",
        what: "DNSKEY_BAD_LENGTH_ECDSA256: the key that signs the data lacks octets",
        build: |w| {
            let short = SigningKey::opaque(
                Algorithm::ECDSAP256SHA256,
                SigningKey::ZSK,
                &[7; 63],
                &[7; 64],
            )?;
            let zone = w
                .records()
                .nsec3(0, &[], false)
                .key(Arc::clone(&w.ksk), KeyDuty::Keys);
            Ok(w.built(zone.key(short, KeyDuty::Data).sign()?))
        },
        asked: &[bogus_unnamed("www", A, Reason::MalformedRecord)],
    },
    Scenario {
        name: "dnskey-zero-length",
        what: "DNSKEY_ZERO_LENGTH: a key that stands by has no octets",
        build: |w| {
            let empty = SigningKey::opaque(Algorithm::ECDSAP256SHA256, SigningKey::ZSK, &[], &[])?;
            Ok(w.built(w.nsec3().key(empty, KeyDuty::Standby).sign()?))
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "missing-rrsig-for-alg-dnskey",
        what: "MISSING_RRSIG_FOR_ALG_DNSKEY: a key's algorithm signs nothing, which validators take (RFC 6840 section 5.11)",
        build: |w| {
            Ok(w.built(
                w.nsec3()
                    .key(key(Algorithm::ED25519, SigningKey::ZSK), KeyDuty::Standby)
                    .sign()?,
            ))
        },
        asked: &[secure("www", A), secure("nx", A)],
    },
    Scenario {
        name: "missing-rrsig-for-alg-ds",
        what: "MISSING_RRSIG_FOR_ALG_DS: one of the algorithms of the DS RRset signs nothing (RFC 6840 section 5.11)",
        build: |w| {
            let other = key(Algorithm::ED25519, SigningKey::KSK);
            let ds = vec![w.ds(), other.ds_rdata(&w.apex)];
            Ok(w.behind(ds, w.nsec3().key(other, KeyDuty::Standby).sign()?))
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "missing-sep-for-alg",
        what: "MISSING_SEP_FOR_ALG: one DS is of an algorithm that no key has, another fits",
        build: |w| {
            let gone = key(Algorithm::ED25519, SigningKey::KSK);
            Ok(w.behind(vec![gone.ds_rdata(&w.apex), w.ds()], w.nsec3().sign()?))
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "digest-invalid",
        what: "DIGEST_INVALID: one DS has a wrong digest, another fits",
        build: |w| {
            let mut wrong = key(Algorithm::ECDSAP256SHA256, SigningKey::KSK).ds_rdata(&w.apex);
            wrong[..2].copy_from_slice(&w.ds()[..2]);
            Ok(w.behind(vec![wrong, w.ds()], w.nsec3().sign()?))
        },
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "no-sep",
        what: "NO_SEP: the DS is of a key that has been withdrawn, as after a rollover that went too fast",
        build: |w| {
            Ok(w.behind(
                vec![key(Algorithm::ECDSAP256SHA256, SigningKey::KSK).ds_rdata(&w.apex)],
                w.nsec3().sign()?,
            ))
        },
        asked: &[bogus("www", A, Reason::DsMismatch, 9)],
    },
    Scenario {
        name: "ds-of-standby",
        what: "NO_SEP: the DS is of a key that is published and does not sign yet",
        build: |w| {
            let next = key(Algorithm::ECDSAP256SHA256, SigningKey::KSK);
            Ok(w.behind(
                vec![next.ds_rdata(&w.apex)],
                w.nsec3().key(next, KeyDuty::Standby).sign()?,
            ))
        },
        asked: &[bogus("www", A, Reason::DnskeyRrsigMissing, 10)],
    },
    Scenario {
        name: "ds-of-zsk",
        what: "the DS is of a key without the SEP bit, which is a hint alone (RFC 4034 section 2.1.1)",
        build: |w| Ok(w.behind(vec![w.zsk.ds_rdata(&w.apex)], w.nsec3().sign()?)),
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "ds-sha-1",
        what: "the digest of the DS is SHA-1, which must still be checked (RFC 8624 section 3.3)",
        build: |w| Ok(w.behind(vec![w.ds_by(DigestType::SHA_1)], w.nsec3().sign()?)),
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "ds-sha-384",
        what: "nothing: the digest of the DS is SHA-384",
        build: |w| Ok(w.behind(vec![w.ds_by(DigestType::SHA_384)], w.nsec3().sign()?)),
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "ds-sha-1-good-sha-256-bad",
        what: "the SHA-1 digest fits, the SHA-256 digest beside it does not, and alone counts (RFC 4509 section 3)",
        build: |w| {
            let mut wrong = w.ds();
            wrong[4..].fill(0x42);
            Ok(w.behind(vec![w.ds_by(DigestType::SHA_1), wrong], w.nsec3().sign()?))
        },
        asked: &[bogus("www", A, Reason::DsMismatch, 9)],
    },
    Scenario {
        name: "ds-unsupported-beside",
        what: "DIGEST_ALGORITHM_NOT_SUPPORTED: one DS cannot be checked, another fits",
        build: |w| Ok(w.behind(vec![w.ds_by(DigestType(100)), w.ds()], w.nsec3().sign()?)),
        asked: &[secure("www", A)],
    },
    Scenario {
        name: "ds-unsupported-algorithm-beside-bad",
        what: "one DS is of an algorithm that cannot be checked, the other fits no key: there is one to hold the zone to",
        build: |w| {
            let gone = key(Algorithm::ECDSAP256SHA256, SigningKey::KSK).ds_rdata(&w.apex);
            Ok(w.behind(
                vec![opaque(100, SigningKey::KSK).ds_rdata(&w.apex), gone],
                w.nsec3().sign()?,
            ))
        },
        asked: &[bogus("www", A, Reason::DsMismatch, 9)],
    },
    Scenario {
        name: "unsupported-beside-supported",
        what: "each RRset is signed twice, first by an algorithm that nobody knows",
        build: |w| {
            let zone = w
                .records()
                .nsec3(0, &[], false)
                .key(opaque(100, SigningKey::ZSK), KeyDuty::All);
            Ok(w.built(
                zone.key(Arc::clone(&w.ksk), KeyDuty::Keys)
                    .key(Arc::clone(&w.zsk), KeyDuty::All)
                    .sign()?,
            ))
        },
        asked: &[secure("www", A), secure("nx", A)],
    },
    Scenario {
        name: "zsk-unsupported",
        what: "the DS can be checked, and the data is signed by an algorithm that cannot be, and by no other. Disputable: \
               RFC 4035 section 5.5 calls data bad that no signature verifies; we call nothing bogus that we cannot check, \
               for another validator may know the algorithm (as many know ED448) and accept it (RFC 6840 section 5.11)",
        build: |w| {
            let zone = w
                .records()
                .nsec3(0, &[], false)
                .key(Arc::clone(&w.ksk), KeyDuty::Keys);
            Ok(w.built(
                zone.key(opaque(100, SigningKey::ZSK), KeyDuty::Data)
                    .sign()?,
            ))
        },
        asked: &[indeterminate(
            "www",
            A,
            Reason::UnsupportedDnskeyAlgorithm,
            1,
        )],
    },
    Scenario {
        name: "csk",
        what: "nothing: one key signs all",
        build: |w| Ok(w.built(w.records().key(Arc::clone(&w.ksk), KeyDuty::All).sign()?)),
        asked: &[secure("www", A), secure("nx", A)],
    },
    Scenario {
        name: "multi-signer",
        what: "nothing: two providers publish each other's keys, and one signs here (RFC 8901)",
        build: |w| {
            let [ksk, zsk] = [SigningKey::KSK, SigningKey::ZSK]
                .map(|flags| key(Algorithm::ECDSAP256SHA256, flags));
            let ds = vec![ksk.ds_rdata(&w.apex), w.ds()];
            Ok(w.behind(
                ds,
                w.nsec3()
                    .key(ksk, KeyDuty::Standby)
                    .key(zsk, KeyDuty::Standby)
                    .sign()?,
            ))
        },
        asked: &[secure("www", A), secure("nx", A)],
    },
    Scenario {
        name: "cname-unsigned",
        what: "MISSING_RRSIG: an alias has no signature",
        build: |w| {
            w.broken(|zone| {
                zone.strip_rrsigs(|_, rtype| rtype == RrType::CNAME);
                Ok(())
            })
        },
        asked: &[
            bogus("alias", A, Reason::RrsigsMissing, 10),
            secure("www", A),
        ],
    },
    Scenario {
        name: "cname-to-nothing",
        what: "an alias leads to a name that does not exist, and to a type that does not",
        build: |w| {
            Ok(w.built(
                w.nsec3()
                    .record("lost", RrType::CNAME, &w.name("nx").to_string())
                    .sign()?,
            ))
        },
        asked: &[secure("lost", A), secure("alias", RrType::MX)],
    },
    Scenario {
        name: "dname",
        what: "nothing: a DNAME redirects",
        build: |w| {
            Ok(w.built(
                w.nsec()
                    .rdata("moved", RrType::DNAME, w.apex.as_wire())
                    .sign()?,
            ))
        },
        asked: &[
            secure("www.moved", A),
            secure("nx.moved", A),
            secure("moved", RrType::DNAME),
        ],
    },
    Scenario {
        name: "dname-unsigned",
        what: "MISSING_RRSIG: a DNAME has no signature",
        build: |w| {
            let mut zone = w
                .nsec()
                .rdata("moved", RrType::DNAME, w.apex.as_wire())
                .sign()?;
            zone.strip_rrsigs(|_, rtype| rtype == RrType::DNAME);
            Ok(w.built(zone))
        },
        asked: &[bogus("www.moved", A, Reason::RrsigsMissing, 10)],
    },
];
