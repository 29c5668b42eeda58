//! One RRSIG, the zone's keys, one time (RFC 4035 section 5.3).

use std::cell::OnceCell;

use super::algorithm::{PublicKey, SupportedAlgorithm};
use super::budget::{Budget, KEYS_PER_TAG, VERIFICATIONS_PER_RRSET};
use super::keys::Dnskeys;
use super::reason::Reason;
use super::signed_data::{CanonicalRrset, SignedOwner, signed_owner};
use crate::dns::{Dnskey, Name, Rrsig, Serial, Timestamp};

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
pub(super) struct Verifier<'a> {
    pub(super) owner: &'a Name,
    pub(super) canonical: &'a CanonicalRrset,
    pub(super) keys: &'a Dnskeys,
    pub(super) at: Timestamp,
    tried: u32,
}

impl<'a> Verifier<'a> {
    pub(super) fn new(owner: &'a Name, canonical: &'a CanonicalRrset, keys: &'a Dnskeys, at: Timestamp) -> Self {
        Self { owner, canonical, keys, at, tried: 0 }
    }

    /// The verdict on `rrsig`: what costs nothing first, then the cryptography, then the dates, so that a reason of
    /// time says that the signature was good once.
    pub(super) fn judge(&mut self, rrsig: &Rrsig<'_>, budget: &mut Budget) -> SignatureVerdict {
        let zone = &self.keys.zone;
        if rrsig.signer != *zone || !self.owner.is_within(zone) {
            return SignatureVerdict::Invalid(Reason::SignerNameMismatch);
        }
        let Some(signed_owner) = signed_owner(self.owner, rrsig.labels) else {
            return SignatureVerdict::Invalid(Reason::LabelsInvalid);
        };
        let algorithm = match SupportedAlgorithm::try_from(rrsig.algorithm) {
            Ok(algorithm) => algorithm,
            Err(reason) => return self.unsupported(rrsig, reason),
        };
        let signed_owner = match &signed_owner {
            SignedOwner::AsIs => self.owner,
            SignedOwner::Wildcard(wildcard) if wildcard.is_within(zone) => wildcard,
            // A wildcard above the apex is not the zone's to sign.
            SignedOwner::Wildcard(_) => return SignatureVerdict::Invalid(Reason::LabelsInvalid),
        };
        let claim = Claim { algorithm, rrsig, signed_owner, signed_data: OnceCell::new() };
        match self.try_keys(&claim, budget) {
            SignatureVerdict::Valid => within_validity_period(rrsig, self.at),
            SignatureVerdict::Undecided(reason @ Reason::UnsupportedKeySize) => self.unsupported(rrsig, reason),
            other => other,
        }
    }

    /// What cannot be checked is undecided; but its dates can be, and they hold for every algorithm.
    fn unsupported(&self, rrsig: &Rrsig<'_>, reason: Reason) -> SignatureVerdict {
        match within_validity_period(rrsig, self.at) {
            SignatureVerdict::Valid => SignatureVerdict::Undecided(reason),
            out_of_date => out_of_date,
        }
    }

    /// Tries every key that the tag may mean; the best verdict stands, and of several failures the most telling.
    fn try_keys(&mut self, claim: &Claim<'_>, budget: &mut Budget) -> SignatureVerdict {
        let keys = self.keys;
        let mut failure = SignatureVerdict::Invalid(Reason::DnskeyMissing);
        for (number, key) in keys.candidates(claim.rrsig.key_tag, claim.rrsig.algorithm).enumerate() {
            if number == KEYS_PER_TAG {
                return SignatureVerdict::Undecided(Reason::ValidationLimitReached);
            }
            match self.try_key(claim, key, budget) {
                SignatureVerdict::Valid => return SignatureVerdict::Valid,
                SignatureVerdict::Undecided(reason) => failure = SignatureVerdict::Undecided(reason),
                SignatureVerdict::Invalid(reason) => failure = more_telling(failure, reason),
            }
        }
        failure
    }

    fn try_key(&mut self, claim: &Claim<'_>, key: &Dnskey, budget: &mut Budget) -> SignatureVerdict {
        if let Err(reason) = may_sign(key) {
            return SignatureVerdict::Invalid(reason);
        }
        let public_key = match PublicKey::new(claim.algorithm, key) {
            Ok(public_key) => public_key,
            Err(reason @ Reason::UnsupportedKeySize) => return SignatureVerdict::Undecided(reason),
            Err(reason) => return SignatureVerdict::Invalid(reason),
        };
        let hashing = hashing_cost(self.canonical.signed_size(claim.signed_owner));
        if self.tried == VERIFICATIONS_PER_RRSET || !budget.spend(claim.algorithm.cost(key) + hashing) {
            return SignatureVerdict::Undecided(Reason::ValidationLimitReached);
        }
        self.tried += 1;
        if public_key.verifies(claim.signed_data(self.canonical), claim.rrsig.signature) {
            SignatureVerdict::Valid
        } else {
            SignatureVerdict::Invalid(Reason::SignatureInvalid)
        }
    }
}

/// A signature that may be tried: its form is right and its algorithm supported.
struct Claim<'a> {
    algorithm: SupportedAlgorithm,
    rrsig: &'a Rrsig<'a>,
    signed_owner: &'a Name,
    /// Made for the first key that is worth it, so a message full of signatures without keys costs nothing.
    signed_data: OnceCell<Vec<u8>>,
}

impl Claim<'_> {
    fn signed_data(&self, canonical: &CanonicalRrset) -> &[u8] {
        self.signed_data.get_or_init(|| canonical.signed_data(self.signed_owner, self.rrsig))
    }
}

fn more_telling(verdict: SignatureVerdict, reason: Reason) -> SignatureVerdict {
    match verdict {
        SignatureVerdict::Invalid(Reason::DnskeyMissing) => SignatureVerdict::Invalid(reason),
        SignatureVerdict::Invalid(other) => SignatureVerdict::Invalid(other.min(reason)),
        stands @ (SignatureVerdict::Valid | SignatureVerdict::Undecided(_)) => stands,
    }
}

/// What RFC 4034 section 2.1 and RFC 5011 section 2.1 ask of a key before it may sign zone data.
fn may_sign(key: &Dnskey) -> Result<(), Reason> {
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
fn within_validity_period(rrsig: &Rrsig<'_>, at: Timestamp) -> SignatureVerdict {
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

/// Microseconds to lay out and hash: 300 octets in one, as `tests/hostile_cost.rs` finds for the slowest hash here.
pub(super) fn hashing_cost(octets: usize) -> u32 {
    u32::try_from(octets / 300).unwrap_or(u32::MAX / 2)
}
