//! The answers of RFC 4035 appendix B and RFC 5155 appendix B that deny something, from the zones in `tests/rfc/`.
//!
//! Those of RFC 4035 are judged with the signatures that the RFC prints, at a time at which they were good. The keys of
//! RFC 5155 have 512 bits, which ring does not take: its NSEC3 are signed anew here.

use crate::testing;
use crate::testing::{RRSIG, Response, SignatureFields, Signer, rdata_of, record};
use outsidein::dns::{Message, Name, RrType, Rrset, Section, Timestamp};
use outsidein::dnssec::{
    Budget, DenialError, DenialProof, Dnskeys, DsAbsence, ProofKind, Proofs, RrsetVerdict,
    prove_no_ds, prove_nodata, prove_nxdomain, prove_wildcard_answer, validate_rrset,
};
use outsidein::reason::Reason;

const MAY_2004: Timestamp = Timestamp(1_083_369_600);
const RFC_4035: &str = include_str!("../rfc/rfc4035-appendix-a.zone");
const RFC_5155: &str = include_str!("../rfc/rfc5155-appendix-a.zone");
const NSEC3: u16 = 50;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// What a message with these records in its authority section proves of `example`, by the keys in its answer section.
fn proofs(keys: Vec<Vec<u8>>, records: Vec<Vec<u8>>) -> Proofs {
    let mut response = Response::to("example.", testing::DNSKEY).answer(keys);
    response.authority = records;
    let message = Message::read(response.octets()).unwrap();
    let keys = Dnskeys::new(name("example"), &Rrset::group(&message, Section::Answer)[0]).unwrap();
    let rrsets = Rrset::group(&message, Section::Authority);
    let verdicts: Vec<_> = rrsets
        .iter()
        .map(
            |rrset| match validate_rrset(rrset, &keys, MAY_2004, &mut Budget::default()).verdict {
                RrsetVerdict::Valid(verified) => (rrset, verified),
                other => panic!("{} {}: {other:?}", rrset.owner, rrset.rtype),
            },
        )
        .collect();
    Proofs::new(
        &name("example"),
        verdicts.iter().map(|(rrset, verified)| (*rrset, verified)),
    )
}

/// The lines of a zone file that stand at `owner` and have `rtype`, or sign it.
fn lines(zone_file: &str, owner: &str, rtype: &str) -> Vec<Vec<u8>> {
    let starts = [
        format!("{owner}. 3600 IN {rtype} "),
        format!("{owner}. 3600 IN RRSIG {rtype} "),
    ];
    let lines = zone_file
        .lines()
        .filter(|line| starts.iter().any(|start| line.starts_with(start)));
    lines.flat_map(testing::records).collect()
}

/// The NSEC of RFC 4035 appendix A at these owners.
fn nsecs(owners: &[&str]) -> Proofs {
    let records: Vec<_> = owners
        .iter()
        .flat_map(|owner| lines(RFC_4035, owner, "NSEC"))
        .collect();
    assert_eq!(records.len(), 2 * owners.len(), "each with its RRSIG");
    proofs(lines(RFC_4035, "example", "DNSKEY"), records)
}

/// The NSEC3 of RFC 5155 appendix A whose owners begin so, signed by a key of ours.
fn nsec3s(owners: &[&str]) -> Proofs {
    let signer = Signer::new(1);
    let sign = |nsec3: Vec<u8>| {
        let fields = SignatureFields {
            type_covered: NSEC3,
            algorithm: Signer::ALGORITHM,
            labels: 2,
            original_ttl: 3600,
            expiration: MAY_2004.as_rrsig_field() + 1,
            inception: MAY_2004.as_rrsig_field() - 1,
            key_tag: signer.key_tag(),
            signer: testing::name("example"),
        };
        let owner = nsec3[..nsec3.len() - rdata_of(&nsec3).len() - 10].to_vec();
        let rrsig = signer.rrsig(&fields, &owner, &[rdata_of(&nsec3).to_vec()]);
        [record(&owner, RRSIG, 3600, &rrsig), nsec3]
    };
    let whole = |start: &&str| {
        let hash = RFC_5155
            .lines()
            .find(|line| line.starts_with(start) && line.contains(" IN NSEC3 "));
        let line = hash.unwrap_or_else(|| panic!("no NSEC3 begins with {start}"));
        sign(testing::records(line).remove(0))
    };
    let key = record(
        &testing::name("example"),
        testing::DNSKEY,
        3600,
        &signer.dnskey(),
    );
    proofs(vec![key], owners.iter().flat_map(whole).collect())
}

fn proven(kind: ProofKind, opt_out: bool) -> (ProofKind, bool) {
    (kind, opt_out)
}

fn reason<T>(result: Result<T, DenialError>) -> Result<T, Reason> {
    result.map_err(|unproven| unproven.reason)
}

/// The proof without what it covers.
fn outcome(result: Result<DenialProof, DenialError>) -> Result<(ProofKind, bool), Reason> {
    reason(result.map(|proof| (proof.kind, proof.opt_out)))
}

fn budget() -> Budget {
    Budget::default()
}

#[test]
fn rfc_4035_appendix_b_2_name_error() {
    let nx = |owners: &[&str]| {
        outcome(prove_nxdomain(
            &nsecs(owners),
            &name("ml.example"),
            &mut budget(),
        ))
    };
    assert_eq!(
        nx(&["b.example", "example"]),
        Ok(proven(ProofKind::Nxdomain, false))
    );
    assert_eq!(nx(&["b.example"]), Err(Reason::NsecMissing));
    assert_eq!(nx(&["example"]), Err(Reason::NsecMissing));
}

#[test]
fn rfc_4035_appendix_b_3_no_data_error() {
    let proofs = nsecs(&["ns1.example"]);
    let no = |rtype| {
        outcome(prove_nodata(
            &proofs,
            &name("ns1.example"),
            rtype,
            &mut budget(),
        ))
    };
    assert_eq!(no(RrType::MX), Ok(proven(ProofKind::Nodata, false)));
    assert_eq!(no(RrType::A), Err(Reason::DenialContradicted));
}

#[test]
fn rfc_4035_appendix_b_4_and_b_5_referrals() {
    let of = |owner: &str| reason(prove_no_ds(&nsecs(&[owner]), &name(owner), &mut budget()));
    assert_eq!(
        of("a.example"),
        Err(Reason::DenialContradicted),
        "signed: the answer has its DS"
    );
    assert_eq!(
        of("b.example"),
        Ok(DsAbsence::InsecureDelegation { opt_out: false })
    );
    assert_eq!(of("ai.example"), Ok(DsAbsence::NotADelegation));
}

#[test]
fn rfc_4035_appendix_b_6_wildcard_expansion() {
    let answer = |owners: &[&str]| {
        outcome(prove_wildcard_answer(
            &nsecs(owners),
            &name("a.z.w.example"),
            &name("*.w.example"),
            &mut budget(),
        ))
    };
    assert_eq!(
        answer(&["x.y.w.example"]),
        Ok(proven(ProofKind::WildcardAnswer, false))
    );
    assert_eq!(answer(&["x.w.example"]), Err(Reason::NsecMissing));
}

#[test]
fn rfc_4035_appendix_b_7_wildcard_no_data_error() {
    let no = |owners: &[&str]| {
        outcome(prove_nodata(
            &nsecs(owners),
            &name("a.z.w.example"),
            RrType::AAAA,
            &mut budget(),
        ))
    };
    assert_eq!(
        no(&["x.y.w.example", "*.w.example"]),
        Ok(proven(ProofKind::WildcardNodata, false))
    );
    assert_eq!(no(&["x.y.w.example"]), Err(Reason::NsecMissing));
    assert_eq!(no(&["*.w.example"]), Err(Reason::NsecMissing));
}

#[test]
fn rfc_4035_appendix_b_8_ds_child_zone_no_data_error() {
    let proofs = nsecs(&["example"]);
    assert_eq!(
        outcome(prove_nodata(
            &proofs,
            &name("example"),
            RrType::DS,
            &mut budget()
        )),
        Err(Reason::NsecMissing)
    );
    assert_eq!(
        reason(prove_no_ds(&proofs, &name("example"), &mut budget())),
        Err(Reason::NsecMissing)
    );
}

#[test]
fn rfc_5155_appendix_b_1_name_error() {
    let nx = |owners: &[&str]| {
        outcome(prove_nxdomain(
            &nsec3s(owners),
            &name("a.c.x.w.example"),
            &mut budget(),
        ))
    };
    assert_eq!(
        nx(&["0p9mhave", "b4um86eg", "35mthgpg"]),
        Ok(proven(ProofKind::Nxdomain, true))
    );
    for two in [
        ["0p9mhave", "b4um86eg"],
        ["0p9mhave", "35mthgpg"],
        ["b4um86eg", "35mthgpg"],
    ] {
        assert_eq!(nx(&two), Err(Reason::NsecMissing), "{two:?}");
    }
}

#[test]
fn rfc_5155_appendix_b_2_no_data_error_and_empty_non_terminal() {
    let proofs = nsec3s(&["2t7b4g4v"]);
    let no = |rtype| {
        outcome(prove_nodata(
            &proofs,
            &name("ns1.example"),
            rtype,
            &mut budget(),
        ))
    };
    assert_eq!(no(RrType::MX), Ok(proven(ProofKind::Nodata, false)));
    assert_eq!(no(RrType::A), Err(Reason::DenialContradicted));
    let empty = prove_nodata(
        &nsec3s(&["ji6neoae"]),
        &name("y.w.example"),
        RrType::A,
        &mut budget(),
    );
    assert_eq!(
        outcome(empty),
        Ok(proven(ProofKind::EmptyNonTerminal, false))
    );
}

#[test]
fn rfc_5155_appendix_b_3_referral_to_an_opt_out_unsigned_zone() {
    let of = |owners: &[&str]| {
        reason(prove_no_ds(
            &nsec3s(owners),
            &name("c.example"),
            &mut budget(),
        ))
    };
    assert_eq!(
        of(&["35mthgpg", "0p9mhave"]),
        Ok(DsAbsence::InsecureDelegation { opt_out: true })
    );
    assert_eq!(of(&["35mthgpg"]), Err(Reason::NsecMissing));
    assert_eq!(of(&["0p9mhave"]), Err(Reason::NsecMissing));
    let signed = prove_no_ds(&nsec3s(&["35mthgpg"]), &name("a.example"), &mut budget());
    assert_eq!(reason(signed), Err(Reason::DenialContradicted));
}

#[test]
fn rfc_5155_appendix_b_4_wildcard_expansion() {
    let answer = |owners: &[&str]| {
        outcome(prove_wildcard_answer(
            &nsec3s(owners),
            &name("a.z.w.example"),
            &name("*.w.example"),
            &mut budget(),
        ))
    };
    assert_eq!(
        answer(&["q04jkcev"]),
        Ok(proven(ProofKind::WildcardAnswer, true))
    );
    assert_eq!(answer(&["k8udemvp"]), Err(Reason::NsecMissing));
}

#[test]
fn rfc_5155_appendix_b_5_wildcard_no_data_error() {
    let no = |owners: &[&str]| {
        outcome(prove_nodata(
            &nsec3s(owners),
            &name("a.z.w.example"),
            RrType::AAAA,
            &mut budget(),
        ))
    };
    assert_eq!(
        no(&["k8udemvp", "q04jkcev", "r53bq7cc"]),
        Ok(proven(ProofKind::WildcardNodata, true))
    );
    assert_eq!(no(&["q04jkcev", "r53bq7cc"]), Err(Reason::NsecMissing));
    assert_eq!(no(&["k8udemvp", "r53bq7cc"]), Err(Reason::NsecMissing));
}

#[test]
fn rfc_5155_appendix_b_6_ds_child_zone_no_data_error() {
    let proofs = nsec3s(&["0p9mhave"]);
    assert_eq!(
        outcome(prove_nodata(
            &proofs,
            &name("example"),
            RrType::DS,
            &mut budget()
        )),
        Err(Reason::NsecMissing)
    );
    assert_eq!(
        reason(prove_no_ds(&proofs, &name("example"), &mut budget())),
        Err(Reason::NsecMissing)
    );
}
