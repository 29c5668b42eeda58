//! What an operator should know and what does not fail a probe: a closed set, like the reasons.

use std::fmt;

use serde::Serialize;

/// Writes the set once: variant, name on every view, and what it means.
macro_rules! warnings {
    ($($variant:ident = $name:literal, $meaning:literal;)*) => {
        /// What an operator should know although the probe does not fail for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WarningKind {
            $(#[doc = $meaning] $variant,)*
        }

        impl WarningKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in metrics, JSON and text.
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

warnings! {
    AlgorithmIncomplete = "algorithm_incomplete", "Of several algorithms in the DNSKEY RRset, one signs only part of the RRsets (RFC 4035 section 2.2). Validators that know that algorithm alone, or demand all of them, fail.";
    CompressedName = "compressed_name", "A name in the RDATA of a type that is newer than RFC 1035 is compressed, which a sender must not do (RFC 3597 section 4): a receiver that does not know the type cannot read it.";
    ExtraRrsetInvalid = "extra_rrset_invalid", "The answer contains an RRset that was not asked for and whose signature is missing or does not verify. Validators ignore or discard it.";
    ForeignSignature = "foreign_signature", "An unsigned zone answers with an RRSIG of another signer. Validators ignore it (RFC 4035 section 5.3.1).";
    OtherZone = "other_zone", "The name asked for belongs to another zone that the same server has: probe that zone to validate it.";
    Sha1Ds = "sha1_ds", "A DS was made by SHA-1, which must not be used (RFC 9905): validators may no longer know it.";
    Sha1Key = "sha1_key", "A key has an algorithm that uses SHA-1 (5 or 7), which must not be used (RFC 9905): to validators that no longer verify it the zone is insecure.";
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for WarningKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One warning with what was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Warning {
    /// The kind.
    #[serde(rename = "warning")]
    pub kind: WarningKind,
    /// What was seen, for a person: which RRset, which key.
    pub detail: String,
}

impl Warning {
    /// A warning of `kind`, seen as `detail` describes.
    pub fn new(kind: WarningKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }
}
