//! One reason for failure with what was seen.

use serde::Serialize;

use super::Reason;
use super::info_code::serialize_reason;

/// One reason for failure with what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The reason.
    #[serde(flatten, serialize_with = "serialize_reason")]
    pub reason: Reason,
    /// What was seen, for a person: which question, which transport, which RRset, which key.
    pub detail: String,
}

impl Failure {
    /// A failure for `reason`, seen as `detail` says.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}
