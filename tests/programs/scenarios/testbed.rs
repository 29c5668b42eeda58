//! The testbed of "Extended DNS Errors: Unlocking the Full Potential of DNS Troubleshooting" (IMC 2023), as far as it
//! concerns a zone's own servers. Like there, faults are put into the zone once it is signed.
//!
//! Out of scope are its 18 domains whose glue at the parent leads nowhere, `v4-doc`, `v4-hex`, `v4-link-local`,
//! `v4-loopback`, `v4-private-10`, `v4-private-172`, `v4-private-192`, `v4-reserved`, `v4-this-host`, `v6-doc`,
//! `v6-link-local`, `v6-localhost`, `v6-mapped`, `v6-mapped-dep`, `v6-multicast`, `v6-nat64`, `v6-unique-local` and
//! `v6-unspecified`: a probe is told where the server is. So are its later controls of RSA's algorithms, with which ring
//! cannot sign; tests/programs/real_servers.rs has them, signed by BIND.

use outsidein::demo::{ServerBehaviour, ZoneError};
use outsidein::dns::{Algorithm, DigestType, RrType};
use outsidein::reason::Reason;

use crate::scenarios::scenario::{Asked, Built, Scenario, bogus, insecure, secure, unanswered};
use crate::scenarios::workshop::Workshop;

const A: RrType = RrType::A;
const MX: RrType = RrType::MX;
const SOA: RrType = RrType::SOA;
const TXT: RrType = RrType::TXT;

/// The rows, with the names of the source.
pub const ROWS: &[Scenario] = &[
    Scenario {
        name: "valid",
        what: "nothing",
        build: |w| Ok(w.built(w.nsec3().sign()?)),
        asked: &[
            secure("www", A),
            secure("alias", A),
            secure("@", SOA),
            secure("nx", A),
            secure("nx.empty", A),
            secure("@", MX),
            secure("empty", A),
            secure("any.wild", TXT),
            secure("any.wild", A),
            secure("plain", RrType::DS),
        ],
    },
    Scenario {
        name: "unsigned",
        what: "it is not signed, and the parent says so",
        build: |w| Ok(w.behind(Vec::new(), w.records().sign()?)),
        asked: &[
            insecure("www", A, Reason::InsecureDelegation, None),
            insecure("nx", A, Reason::InsecureDelegation, None),
        ],
    },
    Scenario {
        name: "no-ds",
        what: "it is signed, and the parent has no DS",
        build: |w| Ok(w.behind(Vec::new(), w.nsec3().sign()?)),
        asked: &[insecure("www", A, Reason::InsecureDelegation, None)],
    },
    Scenario {
        name: "ds-bad-tag",
        what: "the key tag of the DS is another's",
        build: |w| behind_changed_ds(w, |ds| ds[1] ^= 1),
        asked: &[bogus("www", A, Reason::DsMismatch, 9)],
    },
    Scenario {
        name: "ds-bad-key-algo",
        what: "the algorithm of the DS is not the key's",
        build: |w| behind_changed_ds(w, |ds| ds[2] = Algorithm::RSASHA256.0),
        asked: &[bogus("www", A, Reason::DsMismatch, 9)],
    },
    Scenario {
        name: "ds-unassigned-key-algo",
        what: "the algorithm of the DS is 100, which is unassigned",
        build: |w| behind_changed_ds(w, |ds| ds[2] = 100),
        asked: &[insecure(
            "www",
            A,
            Reason::UnsupportedDnskeyAlgorithm,
            Some(1),
        )],
    },
    Scenario {
        name: "ds-reserved-key-algo",
        what: "the algorithm of the DS is 200, which is reserved",
        build: |w| behind_changed_ds(w, |ds| ds[2] = 200),
        asked: &[insecure(
            "www",
            A,
            Reason::UnsupportedDnskeyAlgorithm,
            Some(1),
        )],
    },
    Scenario {
        name: "ds-unassigned-digest-algo",
        what: "the digest type of the DS is 100, which is unassigned",
        build: |w| Ok(w.behind(vec![w.ds_by(DigestType(100))], w.nsec3().sign()?)),
        asked: &[insecure("www", A, Reason::UnsupportedDsDigestType, Some(2))],
    },
    Scenario {
        name: "ds-bogus-digest-value",
        what: "the digest of the DS is that of nothing",
        build: |w| behind_changed_ds(w, |ds| ds[4..].fill(0x42)),
        asked: &[bogus("www", A, Reason::DsMismatch, 9)],
    },
    Scenario {
        name: "rrsig-exp-all",
        what: "every signature has expired",
        build: |w| Ok(w.built(w.nsec3().validity(w.over()).sign()?)),
        asked: &[
            bogus("www", A, Reason::SignatureExpired, 7),
            bogus("nx", A, Reason::SignatureExpired, 7),
        ],
    },
    Scenario {
        name: "rrsig-exp-a",
        what: "the signature over the address has expired",
        build: |w| Ok(w.built(w.nsec3().validity_of("www", A, w.over()).sign()?)),
        asked: &[
            bogus("www", A, Reason::SignatureExpired, 7),
            secure("@", SOA),
        ],
    },
    Scenario {
        name: "rrsig-not-yet-all",
        what: "no signature is valid yet",
        build: |w| Ok(w.built(w.nsec3().validity(w.to_come()).sign()?)),
        asked: &[bogus("www", A, Reason::SignatureNotYetValid, 8)],
    },
    Scenario {
        name: "rrsig-not-yet-a",
        what: "the signature over the address is not valid yet",
        build: |w| Ok(w.built(w.nsec3().validity_of("www", A, w.to_come()).sign()?)),
        asked: &[
            bogus("www", A, Reason::SignatureNotYetValid, 8),
            secure("@", SOA),
        ],
    },
    Scenario {
        name: "rrsig-exp-before-all",
        what: "every signature ends before it begins",
        build: |w| Ok(w.built(w.nsec3().validity(w.reversed()).sign()?)),
        asked: &[bogus("www", A, Reason::SignatureExpiredBeforeValid, 25)],
    },
    Scenario {
        name: "rrsig-exp-before-a",
        what: "the signature over the address ends before it begins",
        build: |w| Ok(w.built(w.nsec3().validity_of("www", A, w.reversed()).sign()?)),
        asked: &[
            bogus("www", A, Reason::SignatureExpiredBeforeValid, 25),
            secure("@", SOA),
        ],
    },
    Scenario {
        name: "rrsig-no-all",
        what: "it has no signatures",
        build: |w| {
            w.broken(|zone| {
                zone.strip_rrsigs(|_, _| true);
                Ok(())
            })
        },
        asked: &[
            bogus("www", A, Reason::RrsigsMissing, 10),
            bogus("nx", A, Reason::RrsigsMissing, 10),
        ],
    },
    Scenario {
        name: "rrsig-no-a",
        what: "the address has no signature",
        build: |w| {
            w.broken(|zone| {
                zone.strip_rrsigs(|_, rtype| rtype == A);
                Ok(())
            })
        },
        asked: &[bogus("www", A, Reason::RrsigsMissing, 10), secure("@", SOA)],
    },
    Scenario {
        name: "nsec3-missing",
        what: "it has no NSEC3",
        build: |w| w.broken(|zone| zone.remove_all(RrType::NSEC3)),
        asked: UNPROVEN,
    },
    Scenario {
        name: "nsec3param-missing",
        what: "it has no NSEC3PARAM, so that the server does not find its NSEC3 (RFC 5155 section 7.2)",
        build: |w| w.broken(|zone| zone.remove_all(RrType::NSEC3PARAM)),
        asked: UNPROVEN,
    },
    Scenario {
        name: "no-nsec3param-nsec3",
        what: "it has neither NSEC3 nor NSEC3PARAM",
        build: |w| {
            w.broken(|zone| {
                zone.remove_all(RrType::NSEC3)?;
                zone.remove_all(RrType::NSEC3PARAM)
            })
        },
        asked: UNPROVEN,
    },
    Scenario {
        name: "bad-nsec3param-salt",
        what: "the salt of its NSEC3PARAM is not that of its NSEC3, so that the server finds none",
        build: |w| {
            w.broken(|zone| {
                zone.alter(RrType::NSEC3PARAM, |rdata| {
                    rdata[4] = 1;
                    rdata.push(1);
                })
            })
        },
        asked: UNPROVEN,
    },
    Scenario {
        name: "bad-nsec3-hash",
        what: "its NSEC3 stand at other hashes than they were signed at",
        build: |w| {
            w.broken(|zone| {
                zone.misplace_nsec3s();
                Ok(())
            })
        },
        asked: &[
            bogus("nx", A, Reason::SignatureInvalid, 6),
            bogus("@", MX, Reason::SignatureInvalid, 6),
            secure("www", A),
        ],
    },
    Scenario {
        name: "bad-nsec3-next",
        what: "its NSEC3 lead to other hashes than were signed",
        build: |w| w.broken(|zone| zone.alter(RrType::NSEC3, |rdata| rdata[6] ^= 0xFF)),
        asked: &[
            bogus("nx", A, Reason::SignatureInvalid, 6),
            bogus("@", MX, Reason::SignatureInvalid, 6),
            secure("www", A),
        ],
    },
    Scenario {
        name: "bad-nsec3-rrsig",
        what: "the signatures over its NSEC3 are not those that were made",
        build: |w| {
            w.broken(|zone| {
                zone.tamper_rrsigs(|_, rtype| rtype == RrType::NSEC3);
                Ok(())
            })
        },
        asked: &[
            bogus("nx", A, Reason::SignatureInvalid, 6),
            bogus("@", MX, Reason::SignatureInvalid, 6),
            secure("www", A),
        ],
    },
    Scenario {
        name: "nsec3-rrsig-missing",
        what: "its NSEC3 have no signatures",
        build: |w| {
            w.broken(|zone| {
                zone.strip_rrsigs(|_, rtype| rtype == RrType::NSEC3);
                Ok(())
            })
        },
        asked: &[
            bogus("nx", A, Reason::RrsigsMissing, 10),
            bogus("@", MX, Reason::RrsigsMissing, 10),
            secure("www", A),
        ],
    },
    Scenario {
        name: "nsec3-iter-1",
        what: "its NSEC3 have an iteration more than RFC 9276 section 3.1 wants",
        build: |w| Ok(w.built(w.nsec().nsec3(1, &[], false).sign()?)),
        asked: &[secure("nx", A), secure("@", MX)],
    },
    Scenario {
        name: "nsec3-iter-50",
        what: "its NSEC3 have 50 iterations",
        build: |w| Ok(w.built(w.nsec().nsec3(50, &[], false).sign()?)),
        asked: &[secure("nx", A), secure("@", MX)],
    },
    Scenario {
        name: "nsec3-iter-150",
        what: "its NSEC3 have as many iterations as validators took before RFC 9276",
        build: |w| Ok(w.built(w.nsec().nsec3(150, &[], false).sign()?)),
        asked: &[secure("nx", A), secure("@", MX)],
    },
    Scenario {
        name: "nsec3-iter-151",
        what: "its NSEC3 have an iteration more than is checked (RFC 9276 section 3.2)",
        build: |w| Ok(w.built(w.nsec().nsec3(151, &[], false).sign()?)),
        asked: TOO_MANY_ITERATIONS,
    },
    Scenario {
        name: "nsec3-iter-200",
        what: "its NSEC3 have more iterations than are checked (RFC 9276 section 3.2)",
        build: |w| Ok(w.built(w.nsec().nsec3(200, &[], false).sign()?)),
        asked: TOO_MANY_ITERATIONS,
    },
    Scenario {
        name: "allow-query-none",
        what: "the server refuses to answer; the same is seen of `allow-query-localhost`",
        build: |w| {
            Ok(Built {
                behaviour: ServerBehaviour::Refuse,
                ..w.behind(Vec::new(), w.records().sign()?)
            })
        },
        asked: &[unanswered("www", A, Reason::Refused, 18)],
    },
    Scenario {
        name: "not-auth",
        what: "the server does not serve the zone; as it serves the parent, it refers to itself",
        build: |_| {
            Ok(Built {
                zone: None,
                ds: Vec::new(),
                behaviour: ServerBehaviour::Answer,
            })
        },
        asked: &[unanswered("www", A, Reason::SelfReferral, 20)],
    },
];

type Questions = &'static [Asked];

/// Negative answers, and those from wildcards, lack their proof; what is there is secure.
const UNPROVEN: Questions = &[
    bogus("nx", A, Reason::NsecMissing, 12),
    bogus("@", MX, Reason::NsecMissing, 12),
    bogus("empty", A, Reason::NsecMissing, 12),
    bogus("any.wild", TXT, Reason::NsecMissing, 12),
    bogus("any.wild", A, Reason::NsecMissing, 12),
    secure("www", A),
];

const TOO_MANY_ITERATIONS: Questions = &[
    insecure("nx", A, Reason::UnsupportedNsec3Iterations, Some(27)),
    insecure("@", MX, Reason::UnsupportedNsec3Iterations, Some(27)),
    secure("www", A),
];

fn behind_changed_ds(w: &Workshop, change: impl FnOnce(&mut Vec<u8>)) -> Result<Built, ZoneError> {
    let mut ds = w.ds();
    change(&mut ds);
    Ok(w.behind(vec![ds], w.nsec3().sign()?))
}
