//! What one address said of a name of the zone.

use serde::Serialize;

use crate::dns::{Name, RrType};

/// One type of one name at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameReport {
    /// The owner name.
    pub name: Name,
    /// The type asked for.
    #[serde(rename = "type")]
    pub rtype: RrType,
    /// Whether a response arrived that can be read, whatever its rcode.
    pub answered: bool,
    /// The data of its records in presentation form, as many as one reads; that of the CNAME where one leads out of the zone.
    pub records: Vec<String>,
    /// A number for all of the data, whatever its order, case and TTL: from 1 to 2^53 - 1, and 0 for no data. Absent without an
    /// authority's answer.
    pub digest: Option<u64>,
    /// Whether DNSSEC bears out the data, or that there is none; absent where that was not or could not be judged.
    pub valid: Option<bool>,
    /// Whether the data is what probes.json expects; absent where it expects nothing, and without an authority's answer.
    pub expected: Option<bool>,
}
