//! One RRSIG, the zone's keys, one time (RFC 4035 section 5.3).

use std::cell::OnceCell;

use ring::digest;

use super::algorithm::{PublicKey, SupportedAlgorithm};
use super::budget::{
    Allowance, Fingerprint, MAX_KEYS_PER_TAG, MAX_VERIFICATIONS_PER_RRSET, hashing_cost,
    layout_cost, search_cost,
};
use super::keys::Dnskeys;
use super::signed_data::{CanonicalRrset, SignedOwner, signed_owner};
use crate::dns::{Dnskey, Name, Rrset, Rrsig, Serial, Timestamp};
use crate::reason::Reason;

/// What became of one RRSIG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// It verifies at the given time.
    Valid,
    /// It does not. A reason of time means that all else holds.
    Invalid(Reason),
    /// It could not be told: unsupported, or over the budget.
    Undecided(Reason),
}

impl SignatureVerdict {
    /// Why it is not valid.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Valid => None,
            Self::Invalid(reason) | Self::Undecided(reason) => Some(reason),
        }
    }
}

/// Tries the signatures over one RRset.
pub(super) struct Verifier<'a, 'm> {
    rrset: &'a Rrset<'m>,
    keys: &'a Dnskeys,
    at: Timestamp,
    tried: u32,
    layout_cost: OnceCell<u32>,
    /// Made for the first signature that is worth it, and paid for; nothing where the records cannot be read.
    canonical: OnceCell<Option<CanonicalRrset>>,
}

impl<'a, 'm> Verifier<'a, 'm> {
    pub(super) fn new(rrset: &'a Rrset<'m>, keys: &'a Dnskeys, at: Timestamp) -> Self {
        Self {
            rrset,
            keys,
            at,
            tried: 0,
            layout_cost: OnceCell::new(),
            canonical: OnceCell::new(),
        }
    }

    /// The verdict on `rrsig`: what costs nothing first, then the cryptography, then the dates, so that a reason of
    /// time says that the signature was good once.
    pub(super) fn judge(
        &mut self,
        rrsig: &Rrsig<'_>,
        allowance: &mut Allowance<'_>,
    ) -> SignatureVerdict {
        let (owner, zone) = (self.rrset.owner, &self.keys.zone);
        if rrsig.signer != *zone || !owner.is_within(zone) {
            return SignatureVerdict::Invalid(Reason::SignerNameMismatch);
        }
        let Some(signed_owner) = signed_owner(owner, rrsig.labels) else {
            return SignatureVerdict::Invalid(Reason::LabelsInvalid);
        };
        let algorithm = match SupportedAlgorithm::try_from(rrsig.algorithm) {
            Ok(algorithm) => algorithm,
            Err(reason) => return self.unsupported_algorithm(rrsig, reason, allowance),
        };
        let signed_owner = match &signed_owner {
            SignedOwner::AsIs => owner,
            SignedOwner::Wildcard(wildcard) if wildcard.is_within(zone) => wildcard,
            // A wildcard above the apex is not the zone's to sign.
            SignedOwner::Wildcard(_) => return SignatureVerdict::Invalid(Reason::LabelsInvalid),
        };
        let claim = SignatureCandidate {
            algorithm,
            rrsig,
            signed_owner,
            signed_data: OnceCell::new(),
        };
        match self.try_keys(&claim, allowance) {
            SignatureVerdict::Valid => check_validity_period(rrsig, self.at),
            SignatureVerdict::Undecided(reason @ Reason::UnsupportedKeySize) => {
                self.unsupported(rrsig, reason)
            }
            verdict => verdict,
        }
    }

    /// A signature that cannot be checked still has a key in the zone: anybody can write the number of an algorithm.
    fn unsupported_algorithm(
        &self,
        rrsig: &Rrsig<'_>,
        reason: Reason,
        allowance: &mut Allowance<'_>,
    ) -> SignatureVerdict {
        if !allowance.spend(search_cost(self.keys.keys.len())) {
            return SignatureVerdict::Undecided(Reason::ValidationLimitReached);
        }
        match self.keys.candidates(rrsig.key_tag, rrsig.algorithm).next() {
            Some(_) => self.unsupported(rrsig, reason),
            None => SignatureVerdict::Invalid(Reason::DnskeyMissing),
        }
    }

    /// What cannot be checked is undecided; but its dates can be, and they hold for every algorithm.
    fn unsupported(&self, rrsig: &Rrsig<'_>, reason: Reason) -> SignatureVerdict {
        match check_validity_period(rrsig, self.at) {
            SignatureVerdict::Valid => SignatureVerdict::Undecided(reason),
            out_of_date => out_of_date,
        }
    }

    /// Tries every key that the tag may mean; the best verdict stands, and of several failures the most telling.
    fn try_keys(
        &mut self,
        claim: &SignatureCandidate<'_>,
        allowance: &mut Allowance<'_>,
    ) -> SignatureVerdict {
        let keys = self.keys;
        if !allowance.spend(search_cost(keys.keys.len())) {
            return SignatureVerdict::Undecided(Reason::ValidationLimitReached);
        }
        let mut failure = SignatureVerdict::Invalid(Reason::DnskeyMissing);
        for (number, key) in keys
            .candidates(claim.rrsig.key_tag, claim.rrsig.algorithm)
            .enumerate()
        {
            if number == MAX_KEYS_PER_TAG {
                return SignatureVerdict::Undecided(Reason::ValidationLimitReached);
            }
            match self.try_key(claim, key, allowance) {
                SignatureVerdict::Valid => return SignatureVerdict::Valid,
                SignatureVerdict::Undecided(reason) => {
                    failure = SignatureVerdict::Undecided(reason);
                }
                SignatureVerdict::Invalid(reason) => {
                    failure = more_telling_verdict(failure, reason);
                }
            }
        }
        failure
    }

    fn try_key(
        &mut self,
        claim: &SignatureCandidate<'_>,
        key: &Dnskey,
        allowance: &mut Allowance<'_>,
    ) -> SignatureVerdict {
        const OVER_BUDGET: SignatureVerdict =
            SignatureVerdict::Undecided(Reason::ValidationLimitReached);
        if let Err(reason) = check_may_sign(key) {
            return SignatureVerdict::Invalid(reason);
        }
        let public_key = match PublicKey::new(claim.algorithm, key) {
            Ok(public_key) => public_key,
            Err(reason @ Reason::UnsupportedKeySize) => return SignatureVerdict::Undecided(reason),
            Err(reason) => return SignatureVerdict::Invalid(reason),
        };
        if self.tried == MAX_VERIFICATIONS_PER_RRSET || !self.ensure_canonical_form(allowance) {
            return OVER_BUDGET;
        }
        let Some(Some(canonical)) = self.canonical.get() else {
            return SignatureVerdict::Invalid(Reason::MalformedRecord);
        };
        let hashing = hashing_cost(canonical.signed_size(claim.signed_owner));
        if !allowance.spend(hashing) {
            return OVER_BUDGET;
        }
        let signed_data = claim.signed_data(canonical);
        let fingerprint = fingerprint(key, claim.rrsig.signature, signed_data);
        let verify = || public_key.verifies(signed_data, claim.rrsig.signature);
        let Some(holds) = allowance.holds(fingerprint, claim.algorithm.cost(key) + hashing, verify)
        else {
            return OVER_BUDGET;
        };
        self.tried += 1;
        if holds {
            SignatureVerdict::Valid
        } else {
            SignatureVerdict::Invalid(Reason::SignatureInvalid)
        }
    }

    /// Sees to it that the RRset's canonical form is there, or that there is none; `false` if it is too dear.
    fn ensure_canonical_form(&self, allowance: &mut Allowance<'_>) -> bool {
        let cost = *self.layout_cost.get_or_init(|| layout_cost(self.rrset));
        let is_there = self.canonical.get().is_some() || allowance.spend(cost);
        if is_there {
            self.canonical
                .get_or_init(|| CanonicalRrset::new(self.rrset).ok());
        }
        is_there
    }
}

/// A signature that may be tried: its form is right and its algorithm supported.
struct SignatureCandidate<'a> {
    algorithm: SupportedAlgorithm,
    rrsig: &'a Rrsig<'a>,
    signed_owner: &'a Name,
    /// Made for the first key that is worth it, so a message full of signatures without keys costs nothing.
    signed_data: OnceCell<Vec<u8>>,
}

impl SignatureCandidate<'_> {
    fn signed_data(&self, canonical: &CanonicalRrset) -> &[u8] {
        self.signed_data
            .get_or_init(|| canonical.signed_data(self.signed_owner, self.rrsig))
    }
}

/// What a verification is about; of key and signature the lengths too, so that no octet can move from one to the other.
fn fingerprint(key: &Dnskey, signature: &[u8], signed_data: &[u8]) -> Fingerprint {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&[key.algorithm.0]);
    for part in [&key.public_key, signature] {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    context.update(signed_data);
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(context.finish().as_ref());
    fingerprint
}

fn more_telling_verdict(verdict: SignatureVerdict, reason: Reason) -> SignatureVerdict {
    match verdict {
        SignatureVerdict::Invalid(Reason::DnskeyMissing) => SignatureVerdict::Invalid(reason),
        SignatureVerdict::Invalid(other) => SignatureVerdict::Invalid(other.min(reason)),
        unchanged @ (SignatureVerdict::Valid | SignatureVerdict::Undecided(_)) => unchanged,
    }
}

/// What RFC 4034 section 2.1 and RFC 5011 section 2.1 ask of a key before it may sign zone data.
fn check_may_sign(key: &Dnskey) -> Result<(), Reason> {
    if !key.has(Dnskey::ZONE_KEY) {
        return Err(Reason::NoZoneKeyBitSet);
    }
    if key.protocol != 3 {
        return Err(Reason::KeyProtocolInvalid);
    }
    if key.has(Dnskey::REVOKE) {
        return Err(Reason::KeyRevoked);
    }
    Ok(())
}

/// Strict to the second, with no tolerance: RFC 4035 section 5.3.1, by the serial arithmetic of RFC 4034 section 3.1.5.
fn check_validity_period(rrsig: &Rrsig<'_>, at: Timestamp) -> SignatureVerdict {
    let (inception, expiration) = (at.nearest(rrsig.inception), at.nearest(rrsig.expiration));
    // Held against each other, not against now: a period of 2^31 seconds or more ends before it begins.
    let ends_after_it_begins = Serial(rrsig.expiration) >= Serial(rrsig.inception);
    if !ends_after_it_begins {
        SignatureVerdict::Invalid(Reason::SignatureExpiredBeforeValid)
    } else if at > expiration {
        SignatureVerdict::Invalid(Reason::SignatureExpired)
    } else if at < inception {
        SignatureVerdict::Invalid(Reason::SignatureNotYetValid)
    } else {
        SignatureVerdict::Valid
    }
}
