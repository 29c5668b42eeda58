//! A module that asks as blackbox_exporter does: what `outsidein config import` makes of one of its DNS modules.

use std::fmt;
use std::net::IpAddr;

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::Family;
use super::raw::{Object, present};
use crate::dns::{Class, Name, RrType};

/// One question, and how it is asked and judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blackbox {
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
    pub answer: RecordRules,
    /// What is wanted of the authority section.
    #[serde(rename = "validate_authority_rrs")]
    pub authority: RecordRules,
    /// What is wanted of the additional section.
    #[serde(rename = "validate_additional_rrs")]
    pub additional: RecordRules,
}

/// Regexps that the records of a section are held against, each record on a line of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordRules {
    /// Failure if a record matches any of these.
    pub fail_if_matches_regexp: Vec<Pattern>,
    /// Failure unless every record matches all of these: the name says otherwise, blackbox_exporter does so.
    pub fail_if_all_match_regexp: Vec<Pattern>,
    /// Failure unless there are records and every one matches all of these.
    pub fail_if_not_matches_regexp: Vec<Pattern>,
    /// Failure unless a record matches one of these.
    pub fail_if_none_matches_regexp: Vec<Pattern>,
}

impl RecordRules {
    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        let Self {
            fail_if_matches_regexp,
            fail_if_all_match_regexp,
            fail_if_not_matches_regexp,
            fail_if_none_matches_regexp,
        } = self;
        let lists = [
            fail_if_matches_regexp,
            fail_if_all_match_regexp,
            fail_if_not_matches_regexp,
            fail_if_none_matches_regexp,
        ];
        lists.iter().all(|list| list.is_empty())
    }
}

/// A regexp, matched in time linear in the text.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Octets that a compiled regexp may take: some hundred times what one over records does.
    const SIZE_LIMIT: usize = 1 << 20;

    /// Compiles `text`.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(text).size_limit(Self::SIZE_LIMIT).octal(true).build();
        built.map(Self).map_err(|error| format!("{text:?} is no regexp: {}", last_line(&error.to_string())))
    }

    /// Whether it matches somewhere in `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// The crate draws a picture of the pattern, and says what is wrong with it at the end.
fn last_line(error: &str) -> &str {
    let line = error.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Asks one question as blackbox_exporter does, judges it by its rules and answers with its metrics: for modules that come
/// from there. Beside it `timeout_seconds`, `transport` (`udp` or `tcp`) and `valid_rcodes` hold, and no other key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Blackbox")]
pub(super) struct Raw {
    /// The owner name asked for.
    #[schemars(length(min = 1))]
    pub(super) name: String,
    /// The RR type asked for, by mnemonic or as TYPE123.
    pub(super) qtype: String,
    /// The class asked for, by mnemonic or as CLASS123.
    #[serde(default = "internet")]
    pub(super) class: String,
    /// Whether the server is asked to find out what it does not know (RD).
    #[serde(default = "yes")]
    pub(super) recursion_desired: bool,
    /// The family of the one address that is asked.
    #[serde(default = "ipv6")]
    pub(super) preferred_family: Family,
    /// Whether an address of the other family is asked where the target has none of the preferred one.
    #[serde(default = "yes")]
    pub(super) family_fallback: bool,
    /// The address to ask from.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    pub(super) source_address: Option<String>,
    /// What is wanted of the answer section.
    #[serde(default, rename = "validate_answer_rrs")]
    pub(super) answer: Object<RawRules>,
    /// What is wanted of the authority section.
    #[serde(default, rename = "validate_authority_rrs")]
    pub(super) authority: Object<RawRules>,
    /// What is wanted of the additional section.
    #[serde(default, rename = "validate_additional_rrs")]
    pub(super) additional: Object<RawRules>,
}

/// Regexps that the records of a section are held against, each on a line `owner TTL class type RDATA` with tabs between.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "RecordRules")]
pub(super) struct RawRules {
    /// Failure if a record matches any of these.
    pub(super) fail_if_matches_regexp: Vec<String>,
    /// Failure unless every record matches all of these: the name says otherwise, blackbox_exporter does so.
    pub(super) fail_if_all_match_regexp: Vec<String>,
    /// Failure unless there are records and every one matches all of these.
    pub(super) fail_if_not_matches_regexp: Vec<String>,
    /// Failure unless a record matches one of these.
    pub(super) fail_if_none_matches_regexp: Vec<String>,
}

fn internet() -> String {
    Class::IN.to_string()
}

fn yes() -> bool {
    true
}

fn ipv6() -> Family {
    Family::Ipv6
}
