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
pub struct RrsetValidation {
    /// Whether it is validly signed.
    pub verdict: RrsetVerdict,
    /// Until when: the latest expiration among the signatures that verify; where none does, among those that were good
    /// once, so that the horizon of an expired zone lies in the past and does not vanish.
    pub expiration: Option<Timestamp>,
    /// Each RRSIG in the order received; one that cannot be read has no fields.
    pub signatures: Vec<SignatureValidation>,
}

impl RrsetValidation {
    /// An RRset that is wrong for `reason` whatever its signatures.
    pub fn invalid(reason: Reason) -> Self {
        Self {
            verdict: RrsetVerdict::Invalid(reason),
            expiration: None,
            signatures: Vec::new(),
        }
    }

    /// An RRset at which nobody looked, past what one answer may cost.
    pub fn over_limit() -> Self {
        let verdict = RrsetVerdict::Undecided(Reason::ValidationLimitReached);
        Self {
            verdict,
            expiration: None,
            signatures: Vec::new(),
        }
    }
}

/// Whether an RRset is validly signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RrsetVerdict {
    /// At least one of its signatures verifies.
    Valid(VerifiedRrset),
    /// None does.
    Invalid(Reason),
    /// None does, and one of them could not be told.
    Undecided(Reason),
}

/// Proof that an RRset was verified: only [`validate_rrset`] makes one.
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
pub struct SignatureValidation {
    /// Its fields that a report shows; absent where it cannot be read.
    pub fields: Option<SignatureSummary>,
    /// Its verdict.
    pub verdict: SignatureVerdict,
}

impl SignatureValidation {
    /// Whether its dates let it make the RRset valid, if it verifies.
    fn is_within_validity_period_at(&self, at: Timestamp) -> bool {
        self.fields
            .as_ref()
            .is_some_and(|fields| (fields.inception..=fields.expiration).contains(&at))
    }
}

/// What names a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureSummary {
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

/// Validates `rrset` by the zone's `keys` at the time `at`.
///
/// Every signature is tried, in the order in which they help: those whose dates hold, the one that ends last before the
/// others. So the first that verifies decides both the verdict and its expiration, and the others, which tell only
/// about themselves, leave half of the budget to the RRsets that are still to be judged.
pub fn validate_rrset(
    rrset: &Rrset<'_>,
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> RrsetValidation {
    let rrsigs: Vec<_> = rrset
        .rrsigs
        .iter()
        .map(|record| Rrsig::read_in(rrset.message, record).ok())
        .collect();
    if rrset.records.is_empty() {
        return reject_without_records(&rrsigs, at);
    }
    let mut verifier = Verifier::new(rrset, keys, at);
    let mut verdicts = vec![SignatureVerdict::Invalid(Reason::MalformedRecord); rrsigs.len()];
    let allowance = &mut budget.allowance();
    for (index, rrsig) in sort_by_usefulness(&rrsigs, at) {
        let verdict = verifier.validate(rrsig, allowance);
        // Past one that was good once, none comes whose dates hold.
        if verdict == SignatureVerdict::Valid
            || verdict.reason().is_some_and(Reason::is_about_dates)
        {
            allowance.reserve_half();
        }
        if let Some(entry) = verdicts.get_mut(index) {
            *entry = verdict;
        }
    }
    summarise_signatures(
        rrset.owner,
        rrsigs.iter().map(Option::as_ref).zip(verdicts),
        at,
    )
}

fn sort_by_usefulness<'r, 'm>(
    rrsigs: &'r [Option<Rrsig<'m>>],
    at: Timestamp,
) -> impl Iterator<Item = (usize, &'r Rrsig<'m>)> {
    let readable = rrsigs
        .iter()
        .enumerate()
        .filter_map(|(index, rrsig)| Some((index, rrsig.as_ref()?)));
    let mut order: Vec<_> = readable.collect();
    order.sort_by_key(|(_, rrsig)| {
        (
            !is_within_validity_period(rrsig, at),
            Reverse(at.nearest(rrsig.expiration)),
        )
    });
    order.into_iter()
}

fn is_within_validity_period(rrsig: &Rrsig<'_>, at: Timestamp) -> bool {
    (at.nearest(rrsig.inception)..=at.nearest(rrsig.expiration)).contains(&at)
}

/// Nothing is signed where there are no records, though somebody may have signed just that.
fn reject_without_records(rrsigs: &[Option<Rrsig<'_>>], at: Timestamp) -> RrsetValidation {
    let verdict = SignatureVerdict::Invalid(Reason::MalformedRecord);
    let signatures = rrsigs
        .iter()
        .map(|rrsig| signature_validation(rrsig.as_ref(), verdict, at))
        .collect();
    RrsetValidation {
        verdict: RrsetVerdict::Invalid(Reason::MalformedRecord),
        expiration: None,
        signatures,
    }
}

fn signature_validation(
    rrsig: Option<&Rrsig<'_>>,
    verdict: SignatureVerdict,
    at: Timestamp,
) -> SignatureValidation {
    let fields = rrsig.map(|rrsig| SignatureSummary {
        key_tag: rrsig.key_tag,
        algorithm: rrsig.algorithm,
        signer: rrsig.signer.clone(),
        inception: at.nearest(rrsig.inception),
        expiration: at.nearest(rrsig.expiration),
    });
    SignatureValidation { fields, verdict }
}

fn summarise_signatures<'r, 'm: 'r>(
    owner: &Name,
    verdicts: impl Iterator<Item = (Option<&'r Rrsig<'m>>, SignatureVerdict)>,
    at: Timestamp,
) -> RrsetValidation {
    let mut signatures = Vec::new();
    let mut latest_valid: Option<(Timestamp, Option<Name>)> = None;
    for (rrsig, verdict) in verdicts {
        if let (SignatureVerdict::Valid, Some(rrsig)) = (verdict, rrsig) {
            let expiration = at.nearest(rrsig.expiration);
            if latest_valid
                .as_ref()
                .is_none_or(|(latest, _)| *latest < expiration)
            {
                latest_valid = Some((expiration, wildcard(owner, rrsig)));
            }
        }
        signatures.push(signature_validation(rrsig, verdict, at));
    }
    match latest_valid {
        Some((expiration, wildcard)) => RrsetValidation {
            verdict: RrsetVerdict::Valid(VerifiedRrset { wildcard }),
            expiration: Some(expiration),
            signatures,
        },
        None => RrsetValidation {
            verdict: failed_verdict(&signatures, at),
            expiration: latest_past_expiration(&signatures),
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
fn failed_verdict(signatures: &[SignatureValidation], at: Timestamp) -> RrsetVerdict {
    let verdicts = || signatures.iter().map(|signature| signature.verdict);
    let limit = SignatureVerdict::Undecided(Reason::ValidationLimitReached);
    if signatures
        .iter()
        .any(|signature| signature.verdict == limit && signature.is_within_validity_period_at(at))
    {
        return RrsetVerdict::Undecided(Reason::ValidationLimitReached);
    }
    let invalid = verdicts().filter(|verdict| matches!(verdict, SignatureVerdict::Invalid(_)));
    match (
        invalid.filter_map(SignatureVerdict::reason).min(),
        verdicts().filter_map(SignatureVerdict::reason).min(),
    ) {
        (Some(reason), _) => RrsetVerdict::Invalid(reason),
        (None, Some(reason)) => RrsetVerdict::Undecided(reason),
        (None, None) => RrsetVerdict::Invalid(Reason::RrsigsMissing),
    }
}

fn latest_past_expiration(signatures: &[SignatureValidation]) -> Option<Timestamp> {
    let expired = signatures.iter().filter(|signature| {
        signature.verdict == SignatureVerdict::Invalid(Reason::SignatureExpired)
    });
    expired
        .filter_map(|signature| signature.fields.as_ref())
        .map(|fields| fields.expiration)
        .max()
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
