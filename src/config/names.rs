//! The names of a zone that each of its servers is asked for, and what is expected of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::record_rules::Pattern;
use super::value_types::deserialize_non_null;
use crate::dns::{Name, RrType};

/// A digest is a number that a float counts exactly.
pub(super) const MAX_DIGEST: u64 = (1 << 53) - 1;
/// Types that answer for others, or that a signer makes.
pub(super) const EXCLUDED_TYPES: [RrType; 4] =
    [RrType::ANY, RrType::RRSIG, RrType::NSEC, RrType::NSEC3];

/// A name of a zone as probes.json has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneName {
    /// The name, at the zone's apex or below it.
    pub name: Name,
    /// The types that it must have; without any, A and AAAA are asked for, and either may be missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<RrType>,
    /// What its data must be.
    #[serde(flatten)]
    pub expected: Option<ExpectedData>,
    /// Whether all servers that have one version of the zone must give the same data.
    pub same_everywhere: bool,
}

/// What the data of a name must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedData {
    /// These records, in any order.
    Records(Vec<ExpectedRecord>),
    /// Records that each match this regexp.
    Regexp(Pattern),
    /// Records of this digest, as the metric `probe_name_digest` has it.
    Digest(u64),
}

/// The data of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRecord {
    /// In presentation form, as it was written.
    pub(crate) text: String,
    /// In canonical form.
    pub(crate) rdata: Vec<u8>,
}

impl Serialize for ExpectedRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// A name of the zone that each of its servers is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ZoneName")]
pub(super) struct RawZoneName {
    /// The name, absolute; at the apex of the zone or below it.
    #[schemars(length(min = 1))]
    pub(super) name: String,
    /// The types that it must have, by mnemonic or as TYPE123. Left out: A and AAAA are asked for, and either may be missing.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "Vec<String>", length(min = 1), extend("uniqueItems" = true), skip_serializing_if = "Option::is_none")]
    pub(super) types: Option<Vec<String>>,
    /// The data of exactly these records is expected, in presentation form; their order makes no difference. Takes one type.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "Vec<String>", length(min = 1), extend("uniqueItems" = true), skip_serializing_if = "Option::is_none")]
    pub(super) records: Option<Vec<String>>,
    /// The data of each record, in presentation form, is expected to match this regexp. Takes types.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    pub(super) regexp: Option<String>,
    /// The data is expected to have this digest, as the metric `probe_name_digest` has it. Takes one type.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "u64", range(min = 1, max = MAX_DIGEST), skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<u64>,
    /// Whether all servers that have one version of the zone must give the same data. `false` for a name whose data depends on
    /// who asks or who answers.
    #[serde(default = "default_same_everywhere")]
    pub(super) same_everywhere: bool,
}

const fn default_same_everywhere() -> bool {
    true
}

impl ZoneName {
    /// The types that are asked for.
    pub(crate) fn asked_types(&self) -> &[RrType] {
        if self.types.is_empty() {
            &[RrType::A, RrType::AAAA]
        } else {
            &self.types
        }
    }

    pub(super) fn questions(&self) -> impl Iterator<Item = (Name, RrType)> {
        let types = self.asked_types().iter();
        types.map(|&rtype| (self.name.clone(), rtype))
    }
}

/// The types of `qtypes` that are asked for at the apex beside those that every probe of a zone asks for.
pub(super) fn is_asked_at_apex(rtype: RrType) -> bool {
    const ASKED_ANYWAY: [RrType; 5] = [
        RrType::SOA,
        RrType::NS,
        RrType::DNSKEY,
        RrType::CDS,
        RrType::CDNSKEY,
    ];
    !ASKED_ANYWAY.contains(&rtype) && !EXCLUDED_TYPES.contains(&rtype) && rtype != RrType::DS
}
