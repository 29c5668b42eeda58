//! Questions and answers in text, so that the truth tables of the proofs can be read.

use super::{
    DenialError, DenialProof, DsAbsence, Proofs, prove_no_ds, prove_nodata, prove_nxdomain,
    prove_wildcard_answer,
};
use crate::dns::testing::{self, Response};
use crate::dns::{Message, Name, Rrset, Section};
use crate::dnssec::Budget;

pub fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The records of a zone file's text as if the zone's key had verified them.
pub fn proofs(zone: &str, zone_file: &str) -> Proofs {
    let octets = Response::to("example", testing::SOA)
        .answer(testing::records(zone_file))
        .octets();
    let message = Message::read(octets).unwrap();
    let mut proofs = Proofs::new(&name(zone), []);
    for rrset in &Rrset::group(&message, Section::Answer) {
        proofs.add(rrset);
    }
    proofs
}

/// Puts one question: `nxdomain NAME`, `nodata NAME TYPE`, `wildcard_answer NAME WILDCARD` or `no_ds NAME`.
pub fn ask(proofs: &Proofs, question: &str, budget: &mut Budget) -> String {
    let denied = |denied: DenialProof| {
        format!(
            "{}{}",
            denied.kind.as_str(),
            if denied.opt_out { " opt_out" } else { "" }
        )
    };
    let no_ds_of = |no_ds| match no_ds {
        DsAbsence::InsecureDelegation { opt_out: true } => "insecure_delegation opt_out".to_owned(),
        DsAbsence::InsecureDelegation { opt_out: false } => "insecure_delegation".to_owned(),
        DsAbsence::NotADelegation => "not_a_delegation".to_owned(),
    };
    let words: Vec<_> = question.split(' ').collect();
    let answer = match words.as_slice() {
        ["nxdomain", owner] => prove_nxdomain(proofs, &name(owner), budget).map(denied),
        ["nodata", owner, rtype] => {
            prove_nodata(proofs, &name(owner), rtype.parse().unwrap(), budget).map(denied)
        }
        ["wildcard_answer", owner, wildcard] => {
            prove_wildcard_answer(proofs, &name(owner), &name(wildcard), budget).map(denied)
        }
        ["no_ds", owner] => prove_no_ds(proofs, &name(owner), budget).map(no_ds_of),
        _ => panic!("no question: {question}"),
    };
    answer.unwrap_or_else(|DenialError { reason, .. }| reason.to_string())
}
