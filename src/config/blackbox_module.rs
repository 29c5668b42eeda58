//! A module that asks as blackbox_exporter does: what `outsidein config import` makes of one of its DNS modules.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::record_rules::{Pattern, RecordRules};
use super::value_types::{Object, deserialize_non_null};
use crate::dns::{Class, Family, Name, RrType};

/// One question, and how it is asked and judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlackboxSettings {
    /// The owner name asked for.
    pub name: Name,
    /// The type asked for.
    pub qtype: RrType,
    /// The class asked for.
    pub class: Class,
    /// RD of the query.
    pub recursion_desired: bool,
    /// The family of the one address that is asked.
    pub preferred_family: Family,
    /// Whether an address of the other family is asked where the target has none of the preferred one.
    pub family_fallback: bool,
    /// The address to ask from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_address: Option<IpAddr>,
    /// What is wanted of the answer section.
    #[serde(rename = "validate_answer_rrs")]
    pub answer: RecordRules<Pattern>,
    /// What is wanted of the authority section.
    #[serde(rename = "validate_authority_rrs")]
    pub authority: RecordRules<Pattern>,
    /// What is wanted of the additional section.
    #[serde(rename = "validate_additional_rrs")]
    pub additional: RecordRules<Pattern>,
}

impl BlackboxSettings {
    /// Whether every record is as good as another.
    pub fn has_no_rules(&self) -> bool {
        [&self.answer, &self.authority, &self.additional]
            .into_iter()
            .all(RecordRules::is_empty)
    }
}

/// Asks one question as blackbox_exporter does, judges it by its rules and answers with its metrics: for modules that come
/// from there. Beside it `timeout_seconds`, `transport` (`udp` or `tcp`) and `valid_rcodes` hold, and no other key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Blackbox")]
pub(super) struct RawBlackbox {
    /// The owner name asked for.
    #[schemars(length(min = 1))]
    pub(super) name: String,
    /// The RR type asked for, by mnemonic or as TYPE123.
    pub(super) qtype: String,
    /// The class asked for, by mnemonic or as CLASS123.
    #[serde(default = "default_class")]
    pub(super) class: String,
    /// Whether the server is asked to find out what it does not know (RD).
    #[serde(default = "default_true")]
    pub(super) recursion_desired: bool,
    /// The family of the one address that is asked.
    #[serde(default = "default_family")]
    pub(super) preferred_family: Family,
    /// Whether an address of the other family is asked where the target has none of the preferred one.
    #[serde(default = "default_true")]
    pub(super) family_fallback: bool,
    /// The address to ask from.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    pub(super) source_address: Option<String>,
    /// What is wanted of the answer section.
    #[serde(default, rename = "validate_answer_rrs")]
    pub(super) answer: Object<RecordRules<String>>,
    /// What is wanted of the authority section.
    #[serde(default, rename = "validate_authority_rrs")]
    pub(super) authority: Object<RecordRules<String>>,
    /// What is wanted of the additional section.
    #[serde(default, rename = "validate_additional_rrs")]
    pub(super) additional: Object<RecordRules<String>>,
}

fn default_class() -> String {
    Class::IN.to_string()
}

fn default_true() -> bool {
    true
}

fn default_family() -> Family {
    Family::Ipv6
}
