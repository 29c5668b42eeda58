//! What the budget leaves open is no fault of the parent's proofs, and is not remembered.

use super::*;
use crate::dns::testing::{
    self, DNSKEY, RRSIG, Response, SignatureFields, Signer, rdata_of, record, records,
};

const NOW: u32 = 1_800_000_000;
const DS: u16 = 43;
const NSEC: u16 = 47;
const NSEC3: u16 = 50;

/// A NODATA response to `sub.example DS` with one signed proof in its authority section, and the keys of `example`.
fn unsigned_delegation(proof_type: u16, proof: &str) -> (Message, Dnskeys) {
    let signer = Signer::new(1);
    let proof = records(proof).remove(0);
    let rdata = rdata_of(&proof).to_vec();
    let owner = proof[..proof.len() - rdata.len() - 10].to_vec();
    let fields = SignatureFields {
        type_covered: proof_type,
        algorithm: Signer::ALGORITHM,
        labels: 2,
        original_ttl: 60,
        expiration: NOW + 86_400,
        inception: NOW - 86_400,
        key_tag: signer.key_tag(),
        signer: testing::name("example"),
    };
    let rrsig = signer.rrsig(&fields, &owner, &[rdata]);
    let mut response = Response::to("sub.example", DS);
    response.authority = vec![proof, record(&owner, RRSIG, 60, &rrsig)];
    let keys = record(&testing::name("example"), DNSKEY, 60, &signer.dnskey());
    let keys = Message::read(Response::to("example", DNSKEY).answer([keys]).octets()).unwrap();
    let rrsets = Rrset::group(&keys, Section::Answer);
    (
        Message::read(response.octets()).unwrap(),
        Dnskeys::new("example".parse().unwrap(), &rrsets[0]).unwrap(),
    )
}

#[test]
fn exhausted_budget_leaves_an_unsigned_delegation_undecided() {
    let (name, at) = ("sub.example".parse().unwrap(), Timestamp(NOW.into()));
    let table = [
        (
            "NSEC",
            NSEC,
            "sub.example. 60 IN NSEC t.example. NS RRSIG NSEC",
            Reason::InsecureDelegation,
        ),
        (
            "NSEC3 of another name",
            NSEC3,
            "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. 60 IN NSEC3 1 0 0 - 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S A RRSIG",
            Reason::ChainBroken,
        ),
    ];
    for (case, proof_type, proof, reason_within_budget) in table {
        let (message, keys) = unsigned_delegation(proof_type, proof);
        let reason = |budget: &mut Budget| {
            let link = validate_cut(&message, &name, &keys, at, budget);
            (link.result.unwrap_err().reason, link.until > at)
        };
        assert_eq!(
            reason(&mut Budget::default()),
            (reason_within_budget, true),
            "{case}"
        );
        assert_eq!(
            reason(&mut Budget::exhausted()),
            (Reason::ValidationLimitReached, false),
            "{case}, without a budget"
        );
    }
}
