//! The security status of RFC 4035 section 4.3, with its reason inside.

use crate::reason::Reason;

/// What a validator that starts from the configured trust anchors would hold of the answer.
///
/// A status other than secure carries its reason, so a bogus answer without one cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityStatus {
    /// A chain of signatures leads from a trust anchor to the data.
    Secure,
    /// A trust anchor proves that the data need not be signed.
    Insecure(Reason),
    /// The data should be signed validly and is not.
    Bogus(Reason),
    /// No trust anchor says whether the data should be signed (RFC 4033 section 5), or the budget ended first.
    Indeterminate(Reason),
}

impl SecurityStatus {
    /// The four words, in the order of RFC 4033 section 5.
    pub const NAMES: [&str; 4] = ["secure", "insecure", "bogus", "indeterminate"];

    /// The status in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secure => Self::NAMES[0],
            Self::Insecure(_) => Self::NAMES[1],
            Self::Bogus(_) => Self::NAMES[2],
            Self::Indeterminate(_) => Self::NAMES[3],
        }
    }

    /// Why, for all that is not secure.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Secure => None,
            Self::Insecure(reason) | Self::Bogus(reason) | Self::Indeterminate(reason) => {
                Some(reason)
            }
        }
    }
}

impl serde::Serialize for SecurityStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
