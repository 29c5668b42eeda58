//! An RRset and all its signatures: the verdict (RFC 4035 section 5.3, RFC 6840 sections 5.4 and 5.11).

use std::cmp::Reverse;

use super::budget::Budget;
use super::keys::Dnskeys;
use super::signature::{SignatureVerdict, Verifier};
use super::signed_data::{SignedOwner, signed_owner};
use crate::dns::{Name, Rrset, Rrsig, Timestamp};
use crate::reason::Reason;

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
        Self {
            judgement: Judgement::Invalid(reason),
            expiration: None,
            signatures: Vec::new(),
        }
    }

    /// An RRset at which nobody looked, past what one answer may cost.
    pub fn not_looked_at() -> Self {
        let judgement = Judgement::Undecided(Reason::ValidationLimitReached);
        Self {
            judgement,
            expiration: None,
            signatures: Vec::new(),
        }
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

impl JudgedSignature {
    /// Whether its dates let it make the RRset valid, if it verifies.
    fn may_count(&self, at: Timestamp) -> bool {
        self.fields
            .as_ref()
            .is_some_and(|fields| (fields.inception..=fields.expiration).contains(&at))
    }
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
/// Every signature is tried, in the order in which they help: those whose dates hold, the one that ends last before the
/// others. So the first that verifies decides both the judgement and its expiration, and the others, which tell only
/// about themselves, leave half of the budget to the RRsets that are still to be judged.
pub fn judge(rrset: &Rrset<'_>, keys: &Dnskeys, at: Timestamp, budget: &mut Budget) -> Verdict {
    let read: Vec<_> = rrset
        .rrsigs
        .iter()
        .map(|record| Rrsig::read(rrset.message.rdata(record)).ok())
        .collect();
    if rrset.records.is_empty() {
        return without_records(&read, at);
    }
    let mut verifier = Verifier::new(rrset, keys, at);
    let mut verdicts = vec![SignatureVerdict::Invalid(Reason::MalformedRecord); read.len()];
    let allowance = &mut budget.allowance();
    for (place, rrsig) in in_order_of_help(&read, at) {
        let verdict = verifier.judge(rrsig, allowance);
        // Past one that was good once, none comes whose dates hold.
        if verdict == SignatureVerdict::Valid || verdict.reason().is_some_and(Reason::is_of_time) {
            allowance.settle();
        }
        verdicts[place] = verdict;
    }
    summarise(
        rrset.owner,
        read.iter().map(Option::as_ref).zip(verdicts),
        at,
    )
}

fn in_order_of_help<'r, 'm>(
    read: &'r [Option<Rrsig<'m>>],
    at: Timestamp,
) -> impl Iterator<Item = (usize, &'r Rrsig<'m>)> {
    let readable = read
        .iter()
        .enumerate()
        .filter_map(|(place, rrsig)| Some((place, rrsig.as_ref()?)));
    let mut order: Vec<_> = readable.collect();
    order.sort_by_key(|(_, rrsig)| {
        (
            !dates_hold(rrsig, at),
            Reverse(at.nearest(rrsig.expiration)),
        )
    });
    order.into_iter()
}

fn dates_hold(rrsig: &Rrsig<'_>, at: Timestamp) -> bool {
    (at.nearest(rrsig.inception)..=at.nearest(rrsig.expiration)).contains(&at)
}

/// Nothing is signed where there are no records, though somebody may have signed just that.
fn without_records(read: &[Option<Rrsig<'_>>], at: Timestamp) -> Verdict {
    let verdict = SignatureVerdict::Invalid(Reason::MalformedRecord);
    let signatures = read
        .iter()
        .map(|rrsig| judged(rrsig.as_ref(), verdict, at))
        .collect();
    Verdict {
        judgement: Judgement::Invalid(Reason::MalformedRecord),
        expiration: None,
        signatures,
    }
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
            if latest
                .as_ref()
                .is_none_or(|(so_far, _)| *so_far < expiration)
            {
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
        None => Verdict {
            judgement: why_not(&signatures, at),
            expiration: once_good_until(&signatures),
            signatures,
        },
    }
}

fn wildcard(owner: &Name, rrsig: &Rrsig<'_>) -> Option<Name> {
    match signed_owner(owner, rrsig.labels)? {
        SignedOwner::AsIs => None,
        SignedOwner::Wildcard(wildcard) => Some(wildcard),
    }
}

/// What the budget stopped is undecided whatever else failed, if its dates hold; an algorithm that cannot be checked only
/// if nothing else was there.
fn why_not(signatures: &[JudgedSignature], at: Timestamp) -> Judgement {
    let verdicts = || signatures.iter().map(|signature| signature.verdict);
    let limit = SignatureVerdict::Undecided(Reason::ValidationLimitReached);
    if signatures
        .iter()
        .any(|signature| signature.verdict == limit && signature.may_count(at))
    {
        return Judgement::Undecided(Reason::ValidationLimitReached);
    }
    let invalid = verdicts().filter(|verdict| matches!(verdict, SignatureVerdict::Invalid(_)));
    match (
        invalid.filter_map(SignatureVerdict::reason).min(),
        verdicts().filter_map(SignatureVerdict::reason).min(),
    ) {
        (Some(reason), _) => Judgement::Invalid(reason),
        (None, Some(reason)) => Judgement::Undecided(reason),
        (None, None) => Judgement::Invalid(Reason::RrsigsMissing),
    }
}

fn once_good_until(signatures: &[JudgedSignature]) -> Option<Timestamp> {
    let expired = signatures.iter().filter(|signature| {
        signature.verdict == SignatureVerdict::Invalid(Reason::SignatureExpired)
    });
    expired
        .filter_map(|signature| signature.fields.as_ref())
        .map(|fields| fields.expiration)
        .max()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
