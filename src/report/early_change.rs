//! Whether a zone's keys, or the DS RRset at its parent, were changed before the copies that resolvers may hold had run out.

use serde::Serialize;

use crate::dns::Timestamp;
use crate::dnssec::EarlyChange;

/// One kind of change. There is none for a kind that could not be assessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EarlyChangeReport {
    /// The kind.
    pub kind: EarlyChange,
    /// Whether it was made too early: resolvers that hold what was there before answer SERVFAIL.
    pub too_early: bool,
    /// Until when they may hold it; absent unless it was too early.
    pub until: Option<Timestamp>,
    /// What they may hold, and what does not fit it; absent unless it was too early.
    pub detail: Option<String>,
}
