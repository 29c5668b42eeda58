//! What a validating resolver meets that still holds a DS or a DNSKEY RRset from before a change, and gets the rest as it is now
//! (RFC 6781 section 4.1, RFC 7583 section 3).

use super::anchor::TrustAnchor;
use super::budget::Budget;
use super::delegation::{anchor_counts, find_matching_key, is_usable};
use super::keys::Dnskeys;
use super::rollover::KeyId;
use crate::dns::Ds;

/// What may be changed before the copies that resolvers hold have run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EarlyChange {
    /// A key that a DS points to, or its signatures, or all signatures of the zone.
    KskRemoved,
    /// The DS RRset.
    DsChanged,
    /// The key that signs the zone's data.
    ZskUsed,
}

impl EarlyChange {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::KskRemoved, Self::DsChanged, Self::ZskUsed];

    /// The word for it in metrics, JSON and text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KskRemoved => "ksk_removed",
            Self::DsChanged => "ds_changed",
            Self::ZskUsed => "zsk_used",
        }
    }
}

impl serde::Serialize for EarlyChange {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A DNSKEY RRset, and which of its keys sign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedDnskeys {
    /// The keys; none for a zone that is not signed.
    pub dnskeys: Dnskeys,
    /// The keys whose signatures over the RRset verify, or cannot be checked.
    pub signers: Vec<KeyId>,
}

/// What a validator makes of a DNSKEY RRset by a DS RRset (RFC 4035 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DsVerdict {
    /// A key that a DS fits signs the DNSKEY RRset.
    Secure,
    /// No DS is of an algorithm and a digest type that can be checked, or there is none: the zone is taken for unsigned.
    Insecure,
    /// No DS fits a key: bogus.
    NoKey,
    /// A DS fits a key, which does not sign the DNSKEY RRset: bogus.
    NoSignature,
    /// The budget ended.
    Undecided,
}

impl DsVerdict {
    /// Whether the zone is bogus for who holds the two.
    pub const fn is_bogus(self) -> bool {
        matches!(self, Self::NoKey | Self::NoSignature)
    }
}

/// Judges a DNSKEY RRset by a DS RRset, whichever of the two is the older one.
pub fn judge_by_ds(ds: &[Ds], keys: &SignedDnskeys, budget: &mut Budget) -> DsVerdict {
    let anchors: Vec<_> = ds.iter().cloned().map(TrustAnchor::Ds).collect();
    if !anchors.iter().any(is_usable) {
        return DsVerdict::Insecure;
    }
    let mut verdict = DsVerdict::NoKey;
    for anchor in anchors
        .iter()
        .filter(|anchor| anchor_counts(anchor, &anchors))
    {
        match find_matching_key(anchor, &keys.dnskeys, budget) {
            Ok(Some(key)) if keys.signers.contains(&(key.key_tag, key.algorithm)) => {
                return DsVerdict::Secure;
            }
            Ok(Some(_)) if verdict == DsVerdict::NoKey => verdict = DsVerdict::NoSignature,
            Ok(_) => {}
            Err(_) => verdict = DsVerdict::Undecided,
        }
    }
    verdict
}

/// Whether who holds the DNSKEY RRset `held` can validate data that `signers` sign while the zone serves `served`. A tag and an algorithm
/// do not make a key (RFC 4034 section 5.3.1): where the zone serves the key, it has to be the same one.
pub fn can_validate(held: &Dnskeys, served: &Dnskeys, signers: &[KeyId]) -> bool {
    signers.iter().any(|&(tag, algorithm)| {
        let is_served = served.candidates(tag, algorithm).next().is_some();
        let mut known = held.candidates(tag, algorithm);
        known.any(|key| !is_served || served.keys.contains(key))
    })
}

#[cfg(test)]
#[path = "early_change_tests.rs"]
mod tests;
