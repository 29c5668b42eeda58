//! A zone's keys against its DS RRset or trust anchors: whether the zone is entered securely (RFC 4035 section 5.2).

use ring::digest;

use super::algorithm::SupportedAlgorithm;
use super::anchor::TrustAnchor;
use super::budget::{Budget, MAX_KEYS_PER_TAG, hashing_cost};
use super::keys::Dnskeys;
use super::status::SecurityStatus;
use super::validate::{RrsetVerdict, validate_rrset};
use crate::dns::{DigestType, Dnskey, Ds, Name, Rrset, Timestamp};
use crate::reason::Reason;

/// What became of a zone's entry points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnskeyValidation {
    /// The status of the DNSKEY RRset.
    pub status: SecurityStatus,
    /// Whether each anchor fits a key that is served, in the order given; `None` where that cannot be told.
    pub matched: Vec<Option<bool>>,
    /// Until when the signature that made it secure holds.
    pub expiration: Option<Timestamp>,
}

/// Holds the DNSKEY RRset of a zone, read as `keys`, against the zone's `anchors`.
///
/// Secure means that a key which an anchor fits has signed the RRset. Anchors whose algorithm or digest type cannot be
/// checked do not count; where no other is left, the zone is insecure (RFC 4035 section 5.2, RFC 6840 section 5.2).
pub fn validate_dnskeys(
    rrset: Option<&Rrset<'_>>,
    keys: &Dnskeys,
    anchors: &[TrustAnchor],
    at: Timestamp,
    budget: &mut Budget,
) -> DnskeyValidation {
    let mut entry_keys = Vec::new();
    let mut limited = false;
    let matched = anchors
        .iter()
        .map(|anchor| match find_matching_key(anchor, keys, budget) {
            Ok(key) => {
                entry_keys.extend(key.filter(|_| anchor_counts(anchor, anchors)).cloned());
                Some(key.is_some())
            }
            Err(reason) => {
                limited |= reason == Reason::ValidationLimitReached;
                None
            }
        });
    let matched = matched.collect();
    let (status, expiration) = match unusable_reason(anchors) {
        Some(reason) => (SecurityStatus::Insecure(reason), None),
        None if entry_keys.is_empty() && limited => (
            SecurityStatus::Indeterminate(Reason::ValidationLimitReached),
            None,
        ),
        None => validate_with_entry_keys(rrset, keys, entry_keys, at, budget),
    };
    DnskeyValidation {
        status,
        matched,
        expiration,
    }
}

/// The zone is entered by any of these keys that signs the DNSKEY RRset.
fn validate_with_entry_keys(
    rrset: Option<&Rrset<'_>>,
    keys: &Dnskeys,
    entry_keys: Vec<Dnskey>,
    at: Timestamp,
    budget: &mut Budget,
) -> (SecurityStatus, Option<Timestamp>) {
    let Some(rrset) = rrset.filter(|_| !keys.keys.is_empty()) else {
        return (SecurityStatus::Bogus(Reason::DnskeyMissing), None);
    };
    if entry_keys.is_empty() {
        return (SecurityStatus::Bogus(Reason::DsMismatch), None);
    }
    let entry_keys = Dnskeys {
        zone: keys.zone.clone(),
        keys: entry_keys,
    };
    let validation = validate_rrset(rrset, &entry_keys, at, budget);
    let status = match validation.verdict {
        RrsetVerdict::Valid(verified) if verified.wildcard().is_none() => SecurityStatus::Secure,
        RrsetVerdict::Valid(_) => SecurityStatus::Bogus(Reason::LabelsInvalid),
        // Other keys' signatures may be there; what is missing is one by the key that the parent points to.
        RrsetVerdict::Invalid(Reason::DnskeyMissing) => {
            SecurityStatus::Bogus(Reason::DnskeyRrsigMissing)
        }
        RrsetVerdict::Invalid(reason) => SecurityStatus::Bogus(reason),
        RrsetVerdict::Undecided(reason) => SecurityStatus::Indeterminate(reason),
    };
    (status, validation.expiration)
}

/// Why no anchor can be used, if none can.
fn unusable_reason(anchors: &[TrustAnchor]) -> Option<Reason> {
    let reasons: Result<Vec<_>, _> = anchors
        .iter()
        .map(|anchor| check_usable(anchor).err().ok_or(()))
        .collect();
    reasons.ok().and_then(|reasons| reasons.into_iter().min())
}

/// Whether a validator can check an anchor, by its algorithm and its digest type.
pub(super) fn is_usable(anchor: &TrustAnchor) -> bool {
    check_usable(anchor).is_ok()
}

fn check_usable(anchor: &TrustAnchor) -> Result<(), Reason> {
    SupportedAlgorithm::try_from(anchor.algorithm())?;
    match anchor {
        TrustAnchor::Ds(ds) => digest_algorithm(ds.digest_type).map(|_| ()),
        TrustAnchor::Dnskey(_) => Ok(()),
    }
}

/// RFC 4509 section 3: a SHA-1 digest does not count if the DS RRset has a stronger one that can be checked, of whatever key
/// algorithm. BIND, Knot Resolver and PowerDNS Recursor read it so.
pub(super) fn anchor_counts(anchor: &TrustAnchor, anchors: &[TrustAnchor]) -> bool {
    let is_better = |candidate: &TrustAnchor| {
        matches!(candidate, TrustAnchor::Ds(ds) if ds.digest_type != DigestType::SHA_1)
            && check_usable(candidate).is_ok()
    };
    let is_sha_1 = matches!(anchor, TrustAnchor::Ds(ds) if ds.digest_type == DigestType::SHA_1);
    check_usable(anchor).is_ok() && !(is_sha_1 && anchors.iter().any(is_better))
}

/// The key that an anchor fits, of those of its tag and algorithm.
pub(super) fn find_matching_key<'k>(
    anchor: &TrustAnchor,
    keys: &'k Dnskeys,
    budget: &mut Budget,
) -> Result<Option<&'k Dnskey>, Reason> {
    for (number, key) in keys
        .candidates(anchor.key_tag(), anchor.algorithm())
        .enumerate()
    {
        if number == MAX_KEYS_PER_TAG {
            return Err(Reason::ValidationLimitReached);
        }
        let fits = match anchor {
            TrustAnchor::Dnskey(anchor) => anchor == key,
            TrustAnchor::Ds(ds) => {
                if !budget.spend(hashing_cost(key.public_key.len())) {
                    return Err(Reason::ValidationLimitReached);
                }
                ds_matches(ds, &keys.zone, key)?
            }
        };
        if fits {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Whether `ds` is a digest of `key` as a key of `zone` (RFC 4034 section 5.1.4); an error if it cannot be told.
pub fn ds_matches(ds: &Ds, zone: &Name, key: &Dnskey) -> Result<bool, Reason> {
    // What costs nothing first.
    let is_same_key = ds.key_tag == key.key_tag && ds.algorithm == key.algorithm;
    Ok(is_same_key && *ds.digest == *ds_digest(ds.digest_type, zone, key)?)
}

/// The digest of `key` as a key of `zone`: over the owner in canonical form and the RDATA (RFC 4034 section 5.1.4).
pub fn ds_digest(digest_type: DigestType, zone: &Name, key: &Dnskey) -> Result<Box<[u8]>, Reason> {
    let algorithm = digest_algorithm(digest_type)?;
    let digested = [zone.to_lowercase().as_wire(), &key.rdata()].concat();
    Ok(digest::digest(algorithm, &digested).as_ref().into())
}

/// RFC 4034 section 5.1.4, RFC 4509, RFC 6605 section 2.
fn digest_algorithm(digest_type: DigestType) -> Result<&'static digest::Algorithm, Reason> {
    match digest_type {
        DigestType::SHA_1 => Ok(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        DigestType::SHA_256 => Ok(&digest::SHA256),
        DigestType::SHA_384 => Ok(&digest::SHA384),
        _ => Err(Reason::UnsupportedDsDigestType),
    }
}

#[cfg(test)]
#[path = "delegation_tests.rs"]
mod tests;
