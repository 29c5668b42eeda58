//! A module as it is written into probes.json: what has its default is left out, but for what a reader wants to see.

use serde::Serialize;
use serde_json::Number;

use crate::config::RecordRules;

#[derive(Serialize)]
pub(super) struct OutputModule {
    pub(super) timeout_seconds: Number,
    pub(super) transport: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) valid_rcodes: Option<Vec<String>>,
    pub(super) blackbox: OutputBlackbox,
}

#[derive(Serialize)]
pub(super) struct OutputBlackbox {
    pub(super) name: String,
    pub(super) qtype: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) class: Option<String>,
    pub(super) recursion_desired: bool,
    pub(super) preferred_family: &'static str,
    pub(super) family_fallback: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_address: Option<String>,
    #[serde(
        rename = "validate_answer_rrs",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) answer: Option<RecordRules<String>>,
    #[serde(
        rename = "validate_authority_rrs",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) authority: Option<RecordRules<String>>,
    #[serde(
        rename = "validate_additional_rrs",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) additional: Option<RecordRules<String>>,
}
