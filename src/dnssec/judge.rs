//! An RRset and all its signatures: the verdict (RFC 4035 section 5.3, RFC 6840 sections 5.4 and 5.11).

use super::budget::Budget;
use super::keys::Dnskeys;
use super::reason::Reason;
use super::signature::{SignatureVerdict, Verifier};
use super::signed_data::{CanonicalRrset, SignedOwner, signed_owner};
use crate::dns::{Name, Rrset, Rrsig, Timestamp};

/// What became of an RRset, with every signature's own verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is validly signed.
    pub judgement: Judgement,
    /// Until when: the latest expiration among the signatures that verify; where none does, among those that were good
    /// once, so that the horizon of an expired zone lies in the past and does not vanish.
    pub expiration: Option<Timestamp>,
    /// Each RRSIG in the order received; one that cannot be read has no fields.
    pub signatures: Vec<JudgedSignature>,
}

impl Verdict {
    /// An RRset that is wrong for `reason` whatever its signatures.
    pub fn invalid(reason: Reason) -> Self {
        Self { judgement: Judgement::Invalid(reason), expiration: None, signatures: Vec::new() }
    }
}

/// Whether an RRset is validly signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// At least one of its signatures verifies.
    Valid(VerifiedRrset),
    /// None does.
    Invalid(Reason),
    /// None does, and one of them could not be told.
    Undecided(Reason),
}

/// Proof that an RRset was verified: only [`judge`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRrset {
    wildcard: Option<Name>,
}

impl VerifiedRrset {
    /// The wildcard that the RRset was expanded from; believing it needs a proof that nothing closer exists
    /// (RFC 4035 section 5.3.4).
    pub fn wildcard(&self) -> Option<&Name> {
        self.wildcard.as_ref()
    }
}

/// One RRSIG with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedSignature {
    /// Its fields that a report shows; absent where it cannot be read.
    pub fields: Option<SignatureFields>,
    /// Its verdict.
    pub verdict: SignatureVerdict,
}

/// What names a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureFields {
    /// Tag of the key.
    pub key_tag: u16,
    /// Algorithm.
    pub algorithm: crate::dns::Algorithm,
    /// Signer's name.
    pub signer: Name,
    /// Begin of the validity period.
    pub inception: Timestamp,
    /// End of the validity period.
    pub expiration: Timestamp,
}

/// Judges `rrset` by the zone's `keys` at the time `at`.
///
/// Every signature is tried, those whose dates hold first, so that the budget goes where it can help.
pub fn judge(rrset: &Rrset<'_>, keys: &Dnskeys, at: Timestamp, budget: &mut Budget) -> Verdict {
    let read: Vec<_> = rrset.rrsigs.iter().map(|record| Rrsig::read(rrset.message.rdata(record))).collect();
    let Ok(canonical) = CanonicalRrset::new(rrset) else {
        return malformed(&read, at);
    };
    let mut verifier = Verifier::new(rrset.owner, &canonical, keys, at);
    let mut order: Vec<usize> = (0..read.len()).collect();
    order.sort_by_key(|&place| read[place].as_ref().is_ok_and(|rrsig| !dates_hold(rrsig, at)));
    let mut verdicts = vec![SignatureVerdict::Invalid(Reason::MalformedRecord); read.len()];
    for place in order {
        if let Ok(rrsig) = &read[place] {
            verdicts[place] = verifier.judge(rrsig, budget);
        }
    }
    summarise(rrset.owner, read.iter().map(|rrsig| rrsig.as_ref().ok()).zip(verdicts), at)
}

fn dates_hold(rrsig: &Rrsig<'_>, at: Timestamp) -> bool {
    (at.nearest(rrsig.inception)..=at.nearest(rrsig.expiration)).contains(&at)
}

/// An RRset whose records cannot be read has no canonical form that a signature could fit.
fn malformed<E>(read: &[Result<Rrsig<'_>, E>], at: Timestamp) -> Verdict {
    let verdict = SignatureVerdict::Invalid(Reason::MalformedRecord);
    let signatures = read.iter().map(|rrsig| judged(rrsig.as_ref().ok(), verdict, at)).collect();
    Verdict { judgement: Judgement::Invalid(Reason::MalformedRecord), expiration: None, signatures }
}

fn judged(rrsig: Option<&Rrsig<'_>>, verdict: SignatureVerdict, at: Timestamp) -> JudgedSignature {
    let fields = rrsig.map(|rrsig| SignatureFields {
        key_tag: rrsig.key_tag,
        algorithm: rrsig.algorithm,
        signer: rrsig.signer.clone(),
        inception: at.nearest(rrsig.inception),
        expiration: at.nearest(rrsig.expiration),
    });
    JudgedSignature { fields, verdict }
}

fn summarise<'r, 'm: 'r>(
    owner: &Name,
    verdicts: impl Iterator<Item = (Option<&'r Rrsig<'m>>, SignatureVerdict)>,
    at: Timestamp,
) -> Verdict {
    let mut signatures = Vec::new();
    let mut latest: Option<(Timestamp, Option<Name>)> = None;
    for (rrsig, verdict) in verdicts {
        if let (SignatureVerdict::Valid, Some(rrsig)) = (verdict, rrsig) {
            let expiration = at.nearest(rrsig.expiration);
            if latest.as_ref().is_none_or(|(so_far, _)| *so_far < expiration) {
                latest = Some((expiration, wildcard(owner, rrsig)));
            }
        }
        signatures.push(judged(rrsig, verdict, at));
    }
    match latest {
        Some((expiration, wildcard)) => Verdict {
            judgement: Judgement::Valid(VerifiedRrset { wildcard }),
            expiration: Some(expiration),
            signatures,
        },
        None => Verdict { judgement: why_not(&signatures), expiration: once_good_until(&signatures), signatures },
    }
}

fn wildcard(owner: &Name, rrsig: &Rrsig<'_>) -> Option<Name> {
    match signed_owner(owner, rrsig.labels)? {
        SignedOwner::AsIs => None,
        SignedOwner::Wildcard(wildcard) => Some(wildcard),
    }
}

/// What the budget stopped is undecided whatever else failed; an algorithm that cannot be checked only if nothing else was there.
fn why_not(signatures: &[JudgedSignature]) -> Judgement {
    let verdicts = || signatures.iter().map(|signature| signature.verdict);
    let limit = SignatureVerdict::Undecided(Reason::ValidationLimitReached);
    if verdicts().any(|verdict| verdict == limit) {
        return Judgement::Undecided(Reason::ValidationLimitReached);
    }
    let invalid = verdicts().filter(|verdict| matches!(verdict, SignatureVerdict::Invalid(_)));
    match (invalid.filter_map(SignatureVerdict::reason).min(), verdicts().filter_map(SignatureVerdict::reason).min()) {
        (Some(reason), _) => Judgement::Invalid(reason),
        (None, Some(reason)) => Judgement::Undecided(reason),
        (None, None) => Judgement::Invalid(Reason::RrsigsMissing),
    }
}

fn once_good_until(signatures: &[JudgedSignature]) -> Option<Timestamp> {
    let expired =
        signatures.iter().filter(|signature| signature.verdict == SignatureVerdict::Invalid(Reason::SignatureExpired));
    expired.filter_map(|signature| signature.fields.as_ref()).map(|fields| fields.expiration).max()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
