//! Validation: octets, keys, a time and a budget in, a verdict with its reasons out. Nothing here awaits or reads a clock.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod status;
mod budget;
mod algorithm;
mod keys;
mod signed_data;
mod signature;
mod validate;
mod anchor;
mod delegation;
mod rollover;
mod early_change;
mod denial;
pub(crate) mod link;

pub use algorithm::{SupportedAlgorithm, key_bits};
pub use anchor::{AnchorError, AnchorRecord, ROOT_ANCHORS, TrustAnchor};
pub use budget::{Budget, MAX_RRSETS_PER_ANSWER, expected_cost};
pub use delegation::{DnskeyValidation, ds_digest, ds_matches, validate_dnskeys};
pub use denial::{
    DenialError, DenialProof, DsAbsence, ExistingRrset, ProofKind, Proofs, find_denial_of,
    find_inconsistency, prove_no_ds, prove_nodata, prove_nxdomain, prove_wildcard_answer,
};
pub use early_change::{DsVerdict, EarlyChange, SignedDnskeys, can_validate, judge_by_ds};
pub use keys::Dnskeys;
pub use link::{ChainEnd, ChainOutcome};
pub use rollover::{ApexSigners, KeyId, RolloverRecords, RolloverState, rollover_state};
pub use signature::SignatureVerdict;
pub use signed_data::{CanonicalRrset, SignedOwner, signed_owner};
pub use status::SecurityStatus;
pub use validate::{
    RrsetValidation, RrsetVerdict, SignatureSummary, SignatureValidation, VerifiedRrset,
    validate_rrset,
};
