//! DS, CDS, CDNSKEY and DNSKEY held against each other: how far a rollover of the keys that the parent points to has
//! come (RFC 7344, RFC 8078).

use std::collections::HashSet;

use super::budget::{Budget, hashing_cost};
use super::delegation::ds_matches;
use super::keys::Dnskeys;
use crate::dns::{Algorithm, Dnskey, Ds};

/// Writes the states once: variant, name on every view, and what it means.
macro_rules! states {
    ($($variant:ident = $name:literal, $meaning:literal;)*) => {
        /// How a zone's keys stand to what its parent has and is asked to have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum RolloverState {
            $(#[doc = $meaning] $variant,)*
        }

        impl RolloverState {
            /// Every state.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name that stands in metrics, JSON and text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

states! {
    InStep = "in_step", "The DS RRset is what the zone asks for, or the zone asks for nothing and every DS fits a key, or zone and parent are both without.";
    DsToBePublished = "ds_to_be_published", "CDS or CDNSKEY names a key that has no DS yet: the parent is to add one (RFC 7344 section 4).";
    DsToBeWithdrawn = "ds_to_be_withdrawn", "A DS stands for a key that CDS and CDNSKEY no longer name: the parent is to take it away.";
    DsToBeReplaced = "ds_to_be_replaced", "Both: a DS is to be added and another to be taken away.";
    DeleteRequested = "delete_requested", "The zone asks its parent to withdraw every DS (RFC 8078 section 4).";
    CdsCdnskeyMismatch = "cds_cdnskey_mismatch", "CDS and CDNSKEY do not name the same keys, so a parent must act on neither (RFC 7344 section 4).";
    CdsWithoutKey = "cds_without_key", "CDS and CDNSKEY name no key that is served: to follow them would break the zone (RFC 7344 section 4.1).";
    CdsUntrusted = "cds_untrusted", "The parent would have to change its DS, but CDS or CDNSKEY is not signed by a key that has a DS and is served: the parent must not act on it (RFC 7344 section 4.1).";
    CdsKeyNotSigning = "cds_key_not_signing", "CDS and CDNSKEY name no key that signs the DNSKEY RRset: to follow them would break the zone (RFC 7344 section 4.1).";
    DsMissing = "ds_missing", "The zone is signed, has no DS and does not ask for one: validators hold it insecure.";
    DsMismatch = "ds_mismatch", "No DS fits a key that is served: validators hold the zone bogus.";
    DsWithoutKey = "ds_without_key", "A DS fits no key that is served, another does: a DS ahead of its key, one left over, or another signer's key (RFC 8901 section 2.1.2).";
}

impl serde::Serialize for RolloverState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What is known of a zone's keys on both sides of the cut. Absent is unknown; empty is known not to exist.
#[derive(Clone, Copy, Debug)]
pub struct RolloverRecords<'a> {
    /// The keys that the zone serves.
    pub keys: &'a Dnskeys,
    /// The DS RRset at the parent.
    pub ds: Option<&'a [Ds]>,
    /// The CDS RRset of the zone.
    pub cds: Option<&'a [Ds]>,
    /// The CDNSKEY RRset of the zone.
    pub cdnskey: Option<&'a [Dnskey]>,
    /// Which keys' signatures over these RRsets verify.
    pub signers: ApexSigners<'a>,
}

/// A key as an RRSIG names it.
pub type KeyId = (u16, Algorithm);

/// The keys whose signatures over an RRset of the apex verify; absent where that is not known.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApexSigners<'a> {
    /// Of the DNSKEY RRset.
    pub dnskey: Option<&'a [KeyId]>,
    /// Of the CDS RRset.
    pub cds: Option<&'a [KeyId]>,
    /// Of the CDNSKEY RRset.
    pub cdnskey: Option<&'a [KeyId]>,
}

/// Records of one kind that are looked at: a rollover of several signers has a handful, and each is held against each.
const MAX_RECORDS_PER_TYPE: usize = 16;

/// The state of a zone's rollover; `None` where too little is known to tell, or to tell it would cost more than is left.
///
/// Keys without a DS are no fault: a standby key, or another signer's (RFC 8901). Digest types are the parent's choice
/// (RFC 7344 section 4), so sets are compared by the keys that they name.
pub fn rollover_state(records: &RolloverRecords<'_>, budget: &mut Budget) -> Option<RolloverState> {
    let (cds, cdnskey) = requested_records(records)?;
    let counts = [
        cds.len(),
        cdnskey.len(),
        records.ds.map_or(0, <[_]>::len),
        records.keys.keys.len(),
    ];
    if counts.iter().any(|&count| count > MAX_RECORDS_PER_TYPE) {
        return None;
    }
    let delete_flags = [
        (!cds.is_empty()).then(|| cds.iter().any(is_delete_cds)),
        (!cdnskey.is_empty()).then(|| cdnskey.iter().any(is_delete_cdnskey)),
    ];
    let asks_for_deletion = delete_flags.contains(&Some(true));
    let is_only_request =
        !delete_flags.contains(&Some(false)) && cds.len() <= 1 && cdnskey.len() <= 1;
    if asks_for_deletion && !is_only_request {
        return Some(RolloverState::CdsCdnskeyMismatch);
    }
    let finder = KeyFinder {
        pool: records.keys.keys.iter().chain(cdnskey).collect(),
        records,
    };
    if !budget.spend(finder.cost(cds)) {
        return None;
    }
    if asks_for_deletion {
        let state = deletion_state(records.ds);
        return Some(finder.refusal(state, &HashSet::new()).unwrap_or(state));
    }
    if !cds_matches_cdnskey(records, cds, cdnskey) {
        return Some(RolloverState::CdsCdnskeyMismatch);
    }
    let requested: HashSet<_> = cds
        .iter()
        .map(|ds| finder.find_by_ds(ds))
        .chain(cdnskey.iter().map(KeyReference::from))
        .collect();
    if !requested.is_empty()
        && !requested
            .iter()
            .any(|reference| finder.is_served(reference))
    {
        return Some(RolloverState::CdsWithoutKey);
    }
    let ds: HashSet<_> = records.ds?.iter().map(|ds| finder.find_by_ds(ds)).collect();
    let state = compare_with_parent(&ds, &requested, &finder);
    Some(finder.refusal(state, &requested).unwrap_or(state))
}

/// What the zone asks its parent for. Where one of both is unknown, only what the other says is known.
fn requested_records<'a>(records: &RolloverRecords<'a>) -> Option<(&'a [Ds], &'a [Dnskey])> {
    match (records.cds, records.cdnskey) {
        (Some(cds), Some(cdnskey)) => Some((cds, cdnskey)),
        (Some(cds), None) if !cds.is_empty() => Some((cds, &[])),
        (None, Some(cdnskey)) if !cdnskey.is_empty() => Some((&[], cdnskey)),
        (Some(_) | None, None) | (None, Some(_)) => None,
    }
}

/// Asked for, and done once the parent has no DS left.
fn deletion_state(ds: Option<&[Ds]>) -> RolloverState {
    match ds {
        Some([]) => RolloverState::InStep,
        Some(_) | None => RolloverState::DeleteRequested,
    }
}

fn compare_with_parent(
    ds: &HashSet<KeyReference<'_>>,
    requested: &HashSet<KeyReference<'_>>,
    finder: &KeyFinder<'_>,
) -> RolloverState {
    if ds.is_empty() && requested.is_empty() {
        let is_signed = !finder.records.keys.keys.is_empty();
        return if is_signed {
            RolloverState::DsMissing
        } else {
            RolloverState::InStep
        };
    }
    let served = ds
        .iter()
        .filter(|reference| finder.is_served(reference))
        .count();
    if served == 0 && !ds.is_empty() {
        return RolloverState::DsMismatch;
    }
    if requested.is_empty() {
        return if served < ds.len() {
            RolloverState::DsWithoutKey
        } else {
            RolloverState::InStep
        };
    }
    match (requested.is_subset(ds), ds.is_subset(requested)) {
        (true, true) => RolloverState::InStep,
        (false, true) => RolloverState::DsToBePublished,
        (true, false) => RolloverState::DsToBeWithdrawn,
        (false, false) => RolloverState::DsToBeReplaced,
    }
}

/// RFC 8078 section 4: `0 0 0 00`.
fn is_delete_cds(cds: &Ds) -> bool {
    cds.algorithm == Algorithm(0)
}

/// RFC 8078 section 4: `0 3 0 AA==`.
fn is_delete_cdnskey(cdnskey: &Dnskey) -> bool {
    cdnskey.algorithm == Algorithm(0)
}

/// RFC 7344 section 4: where both are published, they must match. A digest that cannot be made here says nothing.
fn cds_matches_cdnskey(records: &RolloverRecords<'_>, cds: &[Ds], cdnskey: &[Dnskey]) -> bool {
    if cds.is_empty() || cdnskey.is_empty() {
        return true;
    }
    let may_fit = |ds: &Ds, key: &Dnskey| {
        ds_matches(ds, &records.keys.zone, key).unwrap_or(ds.key_tag == key.key_tag)
    };
    cds.iter()
        .all(|ds| cdnskey.iter().any(|key| may_fit(ds, key)))
        && cdnskey
            .iter()
            .all(|key| cds.iter().any(|ds| may_fit(ds, key)))
}

/// A key as the parent's and the zone's records name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum KeyReference<'a> {
    /// A key that is known.
    Key(&'a [u8], u16, Algorithm),
    /// A digest of a key that is not.
    Digest(&'a Ds),
}

impl<'a> From<&'a Dnskey> for KeyReference<'a> {
    fn from(key: &'a Dnskey) -> Self {
        // The flags are part of what a digest is made over, and so of the tag.
        Self::Key(&key.public_key, key.key_tag, key.algorithm)
    }
}

/// Finds the keys that records name.
struct KeyFinder<'a> {
    pool: Vec<&'a Dnskey>,
    records: &'a RolloverRecords<'a>,
}

impl<'a> KeyFinder<'a> {
    /// Microseconds for all digests, each made anew where it is sought: of a DS once, of a CDS also to hold it against
    /// the CDNSKEY both ways. Keys that share a tag are not told apart for less.
    fn cost(&self, cds: &[Ds]) -> u32 {
        let digest_cost = |ds: &Ds| {
            let keys = self
                .pool
                .iter()
                .filter(|key| ds.key_tag == key.key_tag && ds.algorithm == key.algorithm);
            keys.map(|key| hashing_cost(key.public_key.len()))
                .sum::<u32>()
        };
        3 * cds.iter().map(digest_cost).sum::<u32>()
            // Of a DS once more for each RRset that asks for a change.
            + 3 * self
                .records
                .ds
                .unwrap_or_default()
                .iter()
                .map(digest_cost)
                .sum::<u32>()
    }

    /// A digest that cannot be made here is taken for that of the key that it names by tag and algorithm.
    fn find_by_ds(&self, ds: &'a Ds) -> KeyReference<'a> {
        let fits = |key: &&&'a Dnskey| ds_matches(ds, &self.records.keys.zone, key) != Ok(false);
        self.pool
            .iter()
            .find(fits)
            .map_or(KeyReference::Digest(ds), |key| KeyReference::from(*key))
    }

    /// Why the parent must not do what `state` says it is to do, although the zone asks for it by naming the `requested` keys.
    fn refusal(
        &self,
        state: RolloverState,
        requested: &HashSet<KeyReference<'a>>,
    ) -> Option<RolloverState> {
        match state {
            RolloverState::DsToBePublished
            | RolloverState::DsToBeWithdrawn
            | RolloverState::DsToBeReplaced
            | RolloverState::DeleteRequested => {}
            RolloverState::InStep
            | RolloverState::CdsCdnskeyMismatch
            | RolloverState::CdsWithoutKey
            | RolloverState::CdsUntrusted
            | RolloverState::CdsKeyNotSigning
            | RolloverState::DsMissing
            | RolloverState::DsMismatch
            | RolloverState::DsWithoutKey => return None,
        }
        let signers = self.records.signers;
        let is_untrusted = |signers: Option<&[KeyId]>| {
            signers.is_some_and(|signers| !self.is_signed_by_ds_key(signers))
        };
        if is_untrusted(signers.cds) || is_untrusted(signers.cdnskey) {
            return Some(RolloverState::CdsUntrusted);
        }
        let signs_keys = |reference: &KeyReference<'_>| match reference {
            KeyReference::Key(_, tag, algorithm) => signers
                .dnskey
                .is_none_or(|signers| signers.contains(&(*tag, *algorithm))),
            KeyReference::Digest(_) => false,
        };
        (!requested.is_empty() && !requested.iter().any(signs_keys))
            .then_some(RolloverState::CdsKeyNotSigning)
    }

    /// Whether one of `signers` is a key that is served and has a DS. Without any DS the zone asks for its first, to which other
    /// rules apply (RFC 8078 section 3, RFC 9615).
    fn is_signed_by_ds_key(&self, signers: &[KeyId]) -> bool {
        let ds = self.records.ds.unwrap_or_default();
        let is_signer = |reference: &KeyReference<'a>| matches!(reference, KeyReference::Key(_, tag, algorithm) if signers.contains(&(*tag, *algorithm)));
        ds.is_empty()
            || ds
                .iter()
                .map(|ds| self.find_by_ds(ds))
                .any(|reference| self.is_served(&reference) && is_signer(&reference))
    }

    fn is_served(&self, reference: &KeyReference<'a>) -> bool {
        self.records
            .keys
            .keys
            .iter()
            .any(|key| KeyReference::from(key) == *reference)
    }
}

#[cfg(test)]
#[path = "rollover_tests.rs"]
mod tests;
