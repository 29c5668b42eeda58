//! blackbox.yml as it is written, each value with its line. Keys are those of blackbox_exporter from 0.23 to what followed
//! 0.28.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{
    Budget, Error, MessageFormatter as _, NonFiniteFloatPolicy, Spanned, UserMessageFormatter,
};

use crate::config::RecordRules;
use crate::config::{ConfigError, Position, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct YamlFile {
    pub(super) modules: Option<BTreeMap<String, Spanned<Option<YamlModule>>>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct YamlModule {
    pub(super) prober: Option<Spanned<String>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) dns: Option<Spanned<YamlDns>>,
    pub(super) http: Option<Spanned<IgnoredAny>>,
    pub(super) tcp: Option<Spanned<IgnoredAny>>,
    pub(super) icmp: Option<Spanned<IgnoredAny>>,
    pub(super) grpc: Option<Spanned<IgnoredAny>>,
    pub(super) unix: Option<Spanned<IgnoredAny>>,
    pub(super) websocket: Option<Spanned<IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct YamlDns {
    pub(super) preferred_ip_protocol: Option<Spanned<String>>,
    pub(super) ip_protocol_fallback: Option<Spanned<bool>>,
    #[serde(rename = "dns_over_tls")]
    pub(super) over_tls: Option<Spanned<bool>>,
    pub(super) tls_config: Option<Spanned<IgnoredAny>>,
    pub(super) source_ip_address: Option<Spanned<String>>,
    pub(super) transport_protocol: Option<Spanned<String>>,
    pub(super) query_class: Option<Spanned<String>>,
    pub(super) query_name: Spanned<String>,
    pub(super) query_type: Option<Spanned<String>>,
    pub(super) recursion_desired: Option<Spanned<bool>>,
    pub(super) valid_rcodes: Option<Spanned<Vec<NullableEntry>>>,
    #[serde(default, deserialize_with = "deserialize_rules")]
    pub(super) validate_answer_rrs: Option<YamlRules>,
    #[serde(default, deserialize_with = "deserialize_rules")]
    pub(super) validate_authority_rrs: Option<YamlRules>,
    #[serde(default, deserialize_with = "deserialize_rules")]
    pub(super) validate_additional_rrs: Option<YamlRules>,
}

/// An entry of a list: one that is only begun (`- ` and nothing behind it) is null, which is no entry to
/// blackbox_exporter.
type NullableEntry = Option<Spanned<String>>;

/// The rules of one section.
pub(super) type YamlRules = RecordRules<Spanned<String>>;

/// A list whose entries are all commented out is null, which is an empty one to blackbox_exporter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NullableRules {
    #[serde(rename = "fail_if_matches_regexp")]
    matches: Option<Vec<NullableEntry>>,
    #[serde(rename = "fail_if_all_match_regexp")]
    all_match: Option<Vec<NullableEntry>>,
    #[serde(rename = "fail_if_not_matches_regexp")]
    not_matches: Option<Vec<NullableEntry>>,
    #[serde(rename = "fail_if_none_matches_regexp")]
    none_matches: Option<Vec<NullableEntry>>,
}

fn deserialize_rules<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<YamlRules>, D::Error> {
    let rules = Option::<NullableRules>::deserialize(deserializer)?;
    let entries = |list: Option<Vec<NullableEntry>>| list.into_iter().flatten().flatten().collect();
    Ok(rules.map(|rules| RecordRules {
        matches: entries(rules.matches),
        all_match: entries(rules.all_match),
        not_matches: entries(rules.not_matches),
        none_matches: entries(rules.none_matches),
    }))
}

/// Reads the whole text, which errors call `file`.
pub(super) fn read(text: &str, file: &str) -> Result<YamlFile, ConfigError> {
    // What stands in modules of other probers is looked at no further, be it octets or numbers that are none.
    let mut options = serde_saphyr::options! {
        with_snippet: false,
        ignore_binary_tag_for_string: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough
    };
    options.budget = Some(parser_budget());
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let location = error
            .location()
            .map(|location| (location.line(), location.column()));
        let position = location.and_then(|(line, column)| {
            Some(Position {
                line: usize::try_from(line).ok()?,
                column: usize::try_from(column).ok()?,
            })
        });
        let message = describe_error(&error, location);
        ConfigError {
            file: file.to_owned(),
            problems: vec![Problem {
                position,
                pointer: String::new(),
                message,
            }],
        }
    })
}

/// A module for each zone, merged from one or two anchors, is what a long blackbox.yml looks like: how many aliases stand for
/// how many anchors tells nothing, and each alias may be merged. What a bomb of aliases grows to, the limits on values stop.
fn parser_budget() -> Budget {
    let mut budget = Budget::default();
    budget.enforce_alias_anchor_ratio = false;
    budget.max_merge_keys = budget.max_aliases;
    budget
}

/// What is wrong, without the library's own account of the place.
fn describe_error(error: &Error, location: Option<(u64, u64)>) -> String {
    if let Some(excess) = exceeded_limit(error) {
        return format!("more than is read: {excess}");
    }
    let text = UserMessageFormatter.format_message(error);
    let text = text
        .replace("unknown field", "unknown key")
        .replace("missing field", "missing key");
    let Some((line, column)) = location else {
        return text;
    };
    text.replace(&format!("line {line} column {column}: "), "")
}

/// What there is too much of, if that is the error.
fn exceeded_limit(error: &Error) -> Option<String> {
    let of_budget = |breach: &BudgetBreach| match breach {
        BudgetBreach::Depth { depth } => format!("{depth} levels of nesting"),
        BudgetBreach::Nodes { nodes } => format!("{nodes} values, with what aliases stand for"),
        BudgetBreach::Aliases { aliases } => format!("{aliases} aliases"),
        BudgetBreach::Anchors { anchors } => format!("{anchors} anchors"),
        BudgetBreach::MergeKeys { merge_keys } => format!("{merge_keys} merge keys"),
        _ => "the file as a whole, with what aliases stand for".to_owned(),
    };
    match error {
        Error::AliasError { error, .. } => exceeded_limit(error),
        Error::Budget { breach, .. } => Some(of_budget(breach)),
        Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. } => Some("what aliases stand for".to_owned()),
        Error::AliasReplayStackDepthExceeded { depth, .. } => {
            Some(format!("{depth} aliases within aliases"))
        }
        _ => None,
    }
}
