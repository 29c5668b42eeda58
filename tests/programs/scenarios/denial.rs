//! Denial of existence: what ZReplicator and DFixer replicate of DNSViz' error codes (in capitals), and the forms that
//! look odd and are right.
//!
//! Most of these zones are validly signed: it is the signer who erred, not whoever touched the zone afterwards.

use outsidein::demo::{OnlineDenial, SignedZone, ZoneError};
use outsidein::dns::{Name, RrType};
use outsidein::reason::Reason;

use crate::scenarios::scenario::{Scenario, bogus, insecure, secure};
use crate::scenarios::workshop::{drop_nsec3, lead_nsec, next_of, nsec3_for, show_in_nsec};

const A: RrType = RrType::A;
const DS: RrType = RrType::DS;
const MX: RrType = RrType::MX;
const NS: RrType = RrType::NS;
const NSEC: RrType = RrType::NSEC;
const NSEC3: RrType = RrType::NSEC3;
const RRSIG: RrType = RrType::RRSIG;
const TXT: RrType = RrType::TXT;

/// The rows.
pub const ROWS: &[Scenario] = &[
    Scenario {
        name: "nsec",
        what: "nothing: it denies by NSEC",
        build: |w| Ok(w.built(w.nsec().sign()?)),
        asked: WHOLE,
    },
    Scenario {
        name: "nsec3-salted",
        what: "NONEMPTY_NSEC3_SALT: its NSEC3 have a salt, which RFC 9276 section 3.1 advises against",
        build: |w| Ok(w.built(w.nsec().nsec3(0, &[0xAB, 0xCD], false).sign()?)),
        asked: WHOLE,
    },
    Scenario {
        name: "white-lies",
        what: "nothing: its NSECs cover as little as they can (RFC 4470)",
        build: |w| Ok(w.built(w.nsec().online_denial(OnlineDenial::White).sign()?)),
        asked: WHOLE,
    },
    Scenario {
        name: "black-lies",
        what: "nothing: names that do not exist have the type NXNAME (RFC 9824)",
        build: |w| Ok(w.built(w.nsec().online_denial(OnlineDenial::Black).sign()?)),
        asked: WHOLE,
    },
    Scenario {
        name: "opt-out",
        what: "nothing: its NSEC3 span over an unsigned delegation, so that nothing can be held of what they cover (RFC 5155 section 9.2)",
        build: |w| Ok(w.built(w.nsec().nsec3(0, &[], true).sign()?)),
        asked: &[
            secure("www", A),
            secure("@", MX),
            secure("empty", A),
            insecure("nx", A, Reason::OptOut, None),
            insecure("any.wild", TXT, Reason::OptOut, None),
            insecure("plain", DS, Reason::OptOut, None),
        ],
    },
    Scenario {
        name: "nsec-missing",
        what: "MISSING_NSEC_FOR_NODATA, MISSING_NSEC_FOR_NXDOMAIN and MISSING_NSEC_FOR_WILDCARD: it has no NSEC",
        build: |w| {
            let mut zone = w.nsec().sign()?;
            zone.remove_all(NSEC)?;
            Ok(w.built(zone))
        },
        asked: &[
            bogus("@", MX, Reason::NsecMissing, 12),
            bogus("nx", A, Reason::NsecMissing, 12),
            bogus("any.wild", TXT, Reason::NsecMissing, 12),
            secure("www", A),
        ],
    },
    Scenario {
        name: "nsec-rrsig-missing",
        what: "MISSING_RRSIG: its NSECs have no signatures",
        build: |w| {
            let mut zone = w.nsec().sign()?;
            zone.strip_rrsigs(|_, rtype| rtype == NSEC);
            Ok(w.built(zone))
        },
        asked: &[
            bogus("@", MX, Reason::RrsigsMissing, 10),
            bogus("nx", A, Reason::RrsigsMissing, 10),
            secure("www", A),
        ],
    },
    Scenario {
        name: "nsec-expired",
        what: "EXPIRATION_IN_PAST: the signature over the NSEC of one name has expired",
        build: |w| Ok(w.built(w.nsec().validity_of("www", NSEC, w.over()).sign()?)),
        asked: &[
            bogus("www", MX, Reason::SignatureExpired, 7),
            secure("@", MX),
            secure("www", A),
        ],
    },
    Scenario {
        name: "no-nsec-matching-sname",
        what: "NO_NSEC_MATCHING_SNAME: a name has no NSEC, and none leads past it. Disputable: the one before shows that the \
               name exists, which is no contradiction of what it has; of NSEC3 we say `nsec_missing`",
        build: |w| {
            let www = w.name("www");
            w.mistaken(move |zone| zone.remove(&www, NSEC).map(|_| ()))
        },
        asked: &[
            bogus("www", MX, Reason::DenialContradicted, 6),
            secure("www", A),
        ],
    },
    Scenario {
        name: "sname-covered",
        what: "SNAME_COVERED, EXISTING_NAME_COVERED: an NSEC leads past a name that exists",
        build: |w| {
            let [before, www] = ["ns1", "www"].map(|relative| w.name(relative));
            w.mistaken(move |zone| {
                let after = next_of(zone, &www);
                zone.remove(&www, NSEC)?;
                let before = if next_of(zone, &before) == www {
                    before
                } else {
                    nsec_before(zone, &www)
                };
                lead_nsec(zone, &before, &after)
            })
        },
        asked: &[bogus("www", MX, Reason::NsecMissing, 12), secure("www", A)],
    },
    Scenario {
        name: "sname-not-covered",
        what: "SNAME_NOT_COVERED: the NSECs leave a gap where a name does not exist",
        build: |w| {
            let [absent, owner] = ["nx", "ns1"].map(|relative| w.name(relative));
            let next = w.name("nt");
            w.mistaken(move |zone| {
                assert!(owner < next && next < absent, "the gap");
                lead_nsec(zone, &owner, &next)
            })
        },
        asked: &[bogus("nx", A, Reason::NsecMissing, 12), secure("@", MX)],
    },
    Scenario {
        name: "wildcard-not-covered",
        what: "WILDCARD_NOT_COVERED: no NSEC covers the wildcard at the apex",
        build: |w| {
            let apex = w.apex.clone();
            w.mistaken(move |zone| zone.remove(&apex, NSEC).map(|_| ()))
        },
        asked: &[
            bogus("nx", A, Reason::NsecMissing, 12),
            bogus("@", MX, Reason::NsecMissing, 12),
            secure("www", MX),
        ],
    },
    Scenario {
        name: "wildcard-covered",
        what: "WILDCARD_COVERED: an NSEC covers the wildcard that an answer was made from, and the name above it, so that the \
               closest encloser is another than that of the wildcard",
        build: |w| {
            let wildcard = w.name("*.wild");
            w.mistaken(move |zone| {
                let (before, after) = (nsec_before(zone, &wildcard), next_of(zone, &wildcard));
                zone.remove(&wildcard, NSEC)?;
                lead_nsec(zone, &before, &after)
            })
        },
        asked: &[bogus("any.wild", TXT, Reason::DenialContradicted, 6)],
    },
    Scenario {
        name: "inconsistent-nxdomain-ancestor",
        what: "INCONSISTENT_NXDOMAIN_ANCESTOR: NXDOMAIN for a name below which names exist (RFC 8020)",
        build: |w| {
            let below = w.name("deep.empty");
            w.mistaken(move |zone| {
                zone.remove(&below, A)?;
                zone.remove(&below, NSEC).map(|_| ())
            })
        },
        asked: &[bogus("empty", A, Reason::DenialContradicted, 6)],
    },
    Scenario {
        name: "last-nsec-next-not-zone",
        what: "LAST_NSEC_NEXT_NOT_ZONE: the last NSEC leads to the second name instead of the apex",
        build: |w| {
            let apex = w.apex.clone();
            w.mistaken(move |zone| {
                let last = zone
                    .nodes()
                    .keys()
                    .next_back()
                    .expect("a last name")
                    .clone();
                let second = next_of(zone, &apex);
                lead_nsec(zone, &last, &second)
            })
        },
        asked: &[bogus("zz", A, Reason::NsecMissing, 12), secure("nx", A)],
    },
    Scenario {
        name: "type-not-in-bitmap",
        what: "EXISTING_TYPE_NOT_IN_BITMAP: the NSEC of a name does not show a type that is there, which no answer comes to see",
        build: |w| {
            let www = w.name("www");
            w.mistaken(move |zone| show_in_nsec(zone, &www, &[RRSIG, NSEC]))
        },
        asked: &[secure("www", A), secure("www", MX)],
    },
    Scenario {
        name: "type-in-bitmap",
        what: "STYPE_IN_BITMAP: the NSEC of a name shows a type that is denied",
        build: |w| {
            let www = w.name("www");
            w.mistaken(move |zone| show_in_nsec(zone, &www, &[A, MX, RRSIG, NSEC]))
        },
        asked: &[
            bogus("www", MX, Reason::DenialContradicted, 6),
            secure("www", TXT),
        ],
    },
    Scenario {
        name: "cname-in-bitmap",
        what: "STYPE_IN_BITMAP: the NSEC of a name shows a CNAME, which would have answered (RFC 6840 section 4.3)",
        build: |w| {
            let www = w.name("www");
            w.mistaken(move |zone| show_in_nsec(zone, &www, &[A, RrType::CNAME, RRSIG, NSEC]))
        },
        asked: &[bogus("www", MX, Reason::DenialContradicted, 6)],
    },
    Scenario {
        name: "referral-with-ds",
        what: "REFERRAL_WITH_DS: the NSEC of a delegation shows a DS that is denied",
        build: |w| {
            let plain = w.name("plain");
            w.mistaken(move |zone| show_in_nsec(zone, &plain, &[NS, DS, RRSIG, NSEC]))
        },
        asked: &[bogus("plain", DS, Reason::DenialContradicted, 6)],
    },
    Scenario {
        name: "referral-with-soa",
        what: "REFERRAL_WITH_SOA: the NSEC of a delegation shows an SOA, as the child's would (RFC 6840 section 4.1)",
        build: |w| {
            let plain = w.name("plain");
            w.mistaken(move |zone| show_in_nsec(zone, &plain, &[NS, RrType::SOA, RRSIG, NSEC]))
        },
        asked: &[bogus("plain", DS, Reason::NsecMissing, 12)],
    },
    Scenario {
        name: "referral-without-ns",
        what: "REFERRAL_WITHOUT_NS: the NSEC of a delegation shows no NS. Of the DS itself that is a right denial; what it \
               spoils is the referral (RFC 6840 section 4.4)",
        build: |w| {
            let plain = w.name("plain");
            w.mistaken(move |zone| show_in_nsec(zone, &plain, &[RRSIG, NSEC]))
        },
        asked: &[secure("plain", DS)],
    },
    Scenario {
        name: "no-nsec3-matching-sname",
        what: "NO_NSEC3_MATCHING_SNAME: a name has no NSEC3, and none leads past its hash",
        build: |w| {
            let www = w.name("www");
            w.mistaken3(move |zone| drop_nsec3(zone, &www))
        },
        asked: &[bogus("www", MX, Reason::NsecMissing, 12), secure("www", A)],
    },
    Scenario {
        name: "no-closest-encloser",
        what: "NO_CLOSEST_ENCLOSER: the apex has no NSEC3, so that no name below it has a closest encloser",
        build: |w| {
            let apex = w.apex.clone();
            w.mistaken3(move |zone| drop_nsec3(zone, &apex))
        },
        asked: &[
            bogus("nx", A, Reason::NsecMissing, 12),
            bogus("@", MX, Reason::NsecMissing, 12),
        ],
    },
    Scenario {
        name: "next-closer-not-covered",
        what: "NEXT_CLOSEST_ENCLOSER_NOT_COVERED: the NSEC3 before the hash of a name that does not exist leads not past it",
        build: |w| {
            let [absent, wildcard] = ["gone", "*"].map(|relative| w.name(relative));
            w.mistaken3(move |zone| {
                let owner = nsec3_for(zone, &absent);
                assert_ne!(owner, nsec3_for(zone, &wildcard), "an NSEC3 for each");
                lead_nowhere(zone, &owner)
            })
        },
        asked: &[bogus("gone", A, Reason::NsecMissing, 12)],
    },
    Scenario {
        name: "nsec3-wildcard-not-covered",
        what: "WILDCARD_NOT_COVERED: the NSEC3 before the hash of the wildcard leads not past it",
        build: |w| {
            let [absent, wildcard] = ["gone", "*"].map(|relative| w.name(relative));
            w.mistaken3(move |zone| {
                let owner = nsec3_for(zone, &wildcard);
                assert_ne!(owner, nsec3_for(zone, &absent), "an NSEC3 for each");
                lead_nowhere(zone, &owner)
            })
        },
        asked: &[bogus("gone", A, Reason::NsecMissing, 12)],
    },
    Scenario {
        name: "opt-out-flag-not-set",
        what: "OPT_OUT_FLAG_NOT_SET: an unsigned delegation is left out of the chain, and the NSEC3 do not say so",
        build: |w| {
            let zone = w
                .nsec()
                .nsec3(0, &[], true)
                .altered(|zone| zone.alter(NSEC3, |rdata| rdata[1] = 0));
            Ok(w.built(zone.sign()?))
        },
        asked: &[bogus("plain", DS, Reason::NsecMissing, 12), secure("nx", A)],
    },
    Scenario {
        name: "nsec3-type-in-bitmap",
        what: "STYPE_IN_BITMAP: the NSEC3 of a name shows a type that is denied",
        build: |w| {
            let www = w.name("www");
            w.mistaken3(move |zone| {
                let owner = zone.nsec3_owner(&www).expect("a zone with NSEC3");
                let rdata = &mut zone.rrset_mut(&owner, NSEC3)?.rdatas[0];
                // Algorithm, flags, iterations, no salt, and the hash behind its length stand before the bitmap.
                rdata.truncate(26);
                rdata.extend(outsidein::demo::type_bitmap(vec![A, MX, RRSIG]));
                Ok(())
            })
        },
        asked: &[
            bogus("www", MX, Reason::DenialContradicted, 6),
            secure("www", TXT),
        ],
    },
    Scenario {
        name: "invalid-nsec3-hash",
        what: "INVALID_NSEC3_HASH: its NSEC3 lead to hashes of 19 octets",
        build: |w| {
            w.mistaken3(|zone| {
                zone.alter(NSEC3, |rdata| {
                    rdata[5] = 19;
                    rdata.remove(6);
                })
            })
        },
        asked: &[bogus("nx", A, Reason::NsecMissing, 12), secure("www", A)],
    },
    Scenario {
        name: "invalid-nsec3-owner-name",
        what: "INVALID_NSEC3_OWNER_NAME: the owners of its NSEC3 are not in base32hex",
        build: |w| {
            w.mistaken3(|zone| {
                zone.move_nsec3s(|owner| {
                    let label = owner.labels().next()?;
                    owner
                        .parent()?
                        .prepend_label(&[&label[..31], b"z"].concat())
                        .ok()
                });
                Ok(())
            })
        },
        asked: &[
            bogus("nx", A, Reason::NsecMissing, 12),
            bogus("@", MX, Reason::NsecMissing, 12),
            secure("www", A),
        ],
    },
    Scenario {
        name: "unsupported-nsec3-algorithm",
        what: "UNSUPPORTED_NSEC3_ALGORITHM: its NSEC3 are hashed by algorithm 2, which nobody knows; they are to be ignored, \
               so that responses are generally bogus (RFC 5155 section 8.1)",
        build: |w| w.mistaken3(|zone| zone.alter(NSEC3, |rdata| rdata[0] = 2)),
        asked: &[bogus("nx", A, Reason::NsecMissing, 12), secure("www", A)],
    },
    Scenario {
        name: "unknown-nsec3-flag",
        what: "its NSEC3 have a flag that nobody knows, so that they are to be ignored (RFC 5155 section 8.2)",
        build: |w| w.mistaken3(|zone| zone.alter(NSEC3, |rdata| rdata[1] = 0x80)),
        asked: &[bogus("nx", A, Reason::NsecMissing, 12), secure("www", A)],
    },
    Scenario {
        name: "nsec3-two-salts",
        what: "some of its NSEC3 have another salt than its NSEC3PARAM",
        build: |w| {
            let absent = w.name("nx");
            w.mistaken3(move |zone| {
                let owner = nsec3_for(zone, &absent);
                let rdata = &mut zone.rrset_mut(&owner, NSEC3)?.rdatas[0];
                rdata[4] = 1;
                rdata.insert(5, 0xAA);
                Ok(())
            })
        },
        asked: &[bogus("nx", A, Reason::NsecMissing, 12), secure("www", A)],
    },
    Scenario {
        name: "wildcard-unsigned",
        what: "MISSING_RRSIG: a wildcard has no signature",
        build: |w| {
            w.broken(|zone| {
                zone.strip_rrsigs(|_, rtype| rtype == TXT);
                Ok(())
            })
        },
        asked: &[
            bogus("any.wild", TXT, Reason::RrsigsMissing, 10),
            secure("any.wild", A),
        ],
    },
    Scenario {
        name: "wildcard-rrsig-labels",
        what: "the signature over a wildcard counts the asterisk as a label",
        build: |w| {
            w.broken(|zone| {
                zone.sign_again((&w.name("*.wild"), TXT), &w.zsk, w.valid(), |rrsig| {
                    rrsig.labels += 1;
                })
            })
        },
        asked: &[bogus("any.wild", TXT, Reason::SignatureInvalid, 6)],
    },
];

type Questions = &'static [crate::scenarios::scenario::Asked];

/// One question of each kind.
const WHOLE: Questions = &[
    secure("www", A),
    secure("nx", A),
    secure("nx.www", A),
    secure("far.below.nx", A),
    secure("@", MX),
    secure("empty", A),
    secure("any.wild", TXT),
    secure("any.wild", A),
    secure("plain", DS),
];

/// The name whose NSEC leads to `name`.
fn nsec_before(zone: &SignedZone, name: &Name) -> Name {
    let owners = zone
        .nodes()
        .iter()
        .filter(|(_, node)| node.contains_key(&NSEC))
        .map(|(owner, _)| owner);
    owners
        .clone()
        .find(|owner| next_of(zone, owner) == *name)
        .expect("a chain")
        .clone()
}

/// Makes an NSEC3 lead to the hash right behind its own, which covers nothing.
fn lead_nowhere(zone: &mut SignedZone, owner: &Name) -> Result<(), ZoneError> {
    let label = owner.labels().next().expect("a hash").to_ascii_uppercase();
    let mut hash = data_encoding::BASE32HEX_NOPAD
        .decode(&label)
        .expect("base32hex");
    // A carry past the last octet would take one chance in 256, and is taken care of.
    for octet in hash.iter_mut().rev() {
        *octet = octet.wrapping_add(1);
        if *octet != 0 {
            break;
        }
    }
    let rdata = &mut zone.rrset_mut(owner, NSEC3)?.rdatas[0];
    rdata[6..26].copy_from_slice(&hash);
    Ok(())
}
