//! Judgement: octets, keys, a time and a budget in, a verdict with its reasons out. Nothing here awaits or reads a clock.

mod status;
mod budget;
mod algorithm;
mod keys;
mod signed_data;
mod signature;
mod judge;
mod anchor;
mod delegation;
mod rollover;
mod denial;
pub(crate) mod link;

pub use algorithm::{SupportedAlgorithm, key_bits};
pub use anchor::{AnchorError, ROOT_ANCHORS, TrustAnchor, WrittenAnchor};
pub use budget::{Budget, RRSETS_PER_ANSWER, expected_cost};
pub use delegation::{Entry, digest_of, ds_fits, judge_entry};
pub use denial::{
    Denied, NoDs, ProofKind, Proofs, Unproven, no_ds, nodata, nxdomain, wildcard_answer,
};
pub use judge::{JudgedSignature, Judgement, SignatureFields, Verdict, VerifiedRrset, judge};
pub use keys::Dnskeys;
pub use link::{Delegation, End};
pub use rollover::{KeySets, RolloverState, rollover_state};
pub use signature::SignatureVerdict;
pub use signed_data::{CanonicalRrset, SignedOwner, signed_owner};
pub use status::SecurityStatus;
