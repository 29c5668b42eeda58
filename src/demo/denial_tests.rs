use super::*;
use crate::demo::ZoneBuilder;
use crate::demo::{KeyDuty, SignedZone};
use crate::dns::{Algorithm, Timestamp};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The zone of RFC 5155 appendix A without the types that denial does not look at.
fn example() -> SignedZone {
    let csk = SigningKey::generate(Algorithm::ED25519, SigningKey::KSK).unwrap();
    ZoneBuilder::new(&name("example"), Timestamp(1_800_000_000))
        .record("ns2", RrType::A, "192.0.2.2")
        .record("ai", RrType::A, "192.0.2.9")
        .record("x.y.w", RrType::MX, "1 ai.example.")
        .record("*.w", RrType::MX, "1 ai.example.")
        .record("xx", RrType::A, "192.0.2.10")
        .record("c", RrType::NS, "ns1.c.example.")
        .record("ns1.c", RrType::A, "192.0.2.7")
        .record("a", RrType::NS, "ns1.a.example.")
        .record(
            "a",
            RrType::DS,
            "58470 5 1 3079F1593EBAD6DC121E202A8B766A6A4837206C",
        )
        .key(csk, KeyDuty::All)
        .nsec3(12, &[0xAA, 0xBB, 0xCC, 0xDD], true)
        .sign()
        .unwrap()
}

#[test]
fn hashes_match_rfc_5155_appendix_a() {
    let hashing = Nsec3Parameters {
        iterations: 12,
        salt: vec![0xAA, 0xBB, 0xCC, 0xDD],
    };
    for (owner, hash) in [
        ("example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
        ("A.example", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
        ("*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
        ("xx.EXAMPLE", "t644ebqk9bibcna874givr6joj62mlhv"),
    ] {
        assert_eq!(
            hashing.owner(&name(owner), &name("example")),
            Some(name(&format!("{hash}.example"))),
            "{owner}"
        );
    }
}

#[test]
fn opt_out_chain_skips_only_unsigned_delegations() {
    let zone = example();
    let hashing = Nsec3Parameters {
        iterations: 12,
        salt: vec![0xAA, 0xBB, 0xCC, 0xDD],
    };
    // RFC 5155 appendix A: y.w and w are empty non-terminals, c is an unsigned delegation.
    let mut owners: Vec<_> = [
        "@", "ns1", "ns2", "ai", "w", "y.w", "x.y.w", "*.w", "xx", "a",
    ]
    .map(|relative| {
        if relative == "@" {
            name("example")
        } else {
            name(&format!("{relative}.example"))
        }
    })
    .map(|owner| hashing.owner(&owner, zone.apex()).unwrap())
    .to_vec();
    owners.sort();
    assert!(zone.nsec3s().keys().eq(&owners));
    for ((_, rrset), next) in zone.nsec3s().iter().zip(owners.iter().cycle().skip(1)) {
        // Head with a salt of 4 octets, the hash behind its length, the bitmap.
        let [1, OPT_OUT, 0, 12, 4, 0xAA, 0xBB, 0xCC, 0xDD, 20, rest @ ..] = &rrset.rdatas[0][..]
        else {
            panic!()
        };
        assert_eq!(hashed_owner(&rest[..20], zone.apex()).as_ref(), Some(next));
        assert_eq!((rrset.ttl, rrset.rrsigs.len()), (300, 1));
    }
    let bitmap = |relative: &str| {
        let owner = hashing
            .owner(&name(&format!("{relative}.example")), zone.apex())
            .unwrap();
        zone.rrset(&owner, RrType::NSEC3).unwrap().rdatas[0][30..].to_vec()
    };
    assert!(bitmap("y.w").is_empty());
    assert_eq!(
        bitmap("a"),
        type_bitmap(vec![RrType::NS, RrType::DS, RrType::RRSIG])
    );
    assert_eq!(bitmap("ai"), type_bitmap(vec![RrType::A, RrType::RRSIG]));
    let param = zone.rrset(zone.apex(), RrType::NSEC3PARAM).unwrap();
    assert_eq!(
        (param.ttl, &param.rdatas[0][..]),
        (0, &[1, 0, 0, 12, 4, 0xAA, 0xBB, 0xCC, 0xDD][..])
    );
}

#[test]
fn predecessor_is_directly_before_its_name() {
    let apex = name("test");
    for (text, shorter) in [
        ("b.test", "a"),
        ("www.test", "wwv"),
        ("*.test", ")"),
        ("[.test", "@"),
        ("B.a.test", "a"),
    ] {
        let (of, before) = (name(text), predecessor(&name(text), &apex).unwrap());
        assert!(before < of, "{text}: {before}");
        let label = before.labels().next().unwrap();
        assert_eq!(
            (
                label.len(),
                label.starts_with(shorter.as_bytes()),
                &label[62..]
            ),
            (63, true, &[0xFF][..]),
            "{text}"
        );
        assert_eq!(
            (before.parent(), of < successor(&of).unwrap()),
            (of.parent(), true)
        );
        let (below, behind) = (
            of.prepend_label(&[0xFF; 63]).unwrap(),
            next_sibling(&of).unwrap(),
        );
        assert!(below < behind && !behind.is_within(&of), "{text}: {behind}");
    }
    // Behind a label's last zero octet stands the label without it.
    assert_eq!(
        predecessor(&name("a\\000.test"), &apex),
        Some(name("a.test"))
    );
    assert_eq!(
        predecessor(&name("\\000.a.test"), &apex),
        Some(name("a.test"))
    );
    assert_eq!(predecessor(&apex, &apex), None);
}
