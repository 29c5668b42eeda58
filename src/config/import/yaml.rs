//! blackbox.yml as it is written, each value with its line. Keys are those of blackbox_exporter from 0.23 to what followed
//! 0.28.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_saphyr::{NonFiniteFloatPolicy, Spanned};

use crate::config::RecordRules;
use crate::config::error::{ConfigError, Position, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) modules: Option<BTreeMap<String, Spanned<Option<Module>>>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Module {
    pub(super) prober: Option<Spanned<String>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) dns: Option<Spanned<Dns>>,
    pub(super) http: Option<Spanned<IgnoredAny>>,
    pub(super) tcp: Option<Spanned<IgnoredAny>>,
    pub(super) icmp: Option<Spanned<IgnoredAny>>,
    pub(super) grpc: Option<Spanned<IgnoredAny>>,
    pub(super) unix: Option<Spanned<IgnoredAny>>,
    pub(super) websocket: Option<Spanned<IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dns {
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
    pub(super) valid_rcodes: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default, deserialize_with = "rules")]
    pub(super) validate_answer_rrs: Option<Rules>,
    #[serde(default, deserialize_with = "rules")]
    pub(super) validate_authority_rrs: Option<Rules>,
    #[serde(default, deserialize_with = "rules")]
    pub(super) validate_additional_rrs: Option<Rules>,
}

/// The rules of one section.
pub(super) type Rules = RecordRules<Spanned<String>>;

/// A list whose entries are all commented out is null, which is an empty one to blackbox_exporter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRules {
    #[serde(rename = "fail_if_matches_regexp")]
    matches: Option<Vec<Spanned<String>>>,
    #[serde(rename = "fail_if_all_match_regexp")]
    all_match: Option<Vec<Spanned<String>>>,
    #[serde(rename = "fail_if_not_matches_regexp")]
    not_matches: Option<Vec<Spanned<String>>>,
    #[serde(rename = "fail_if_none_matches_regexp")]
    none_matches: Option<Vec<Spanned<String>>>,
}

fn rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rules>, D::Error> {
    let written = Option::<WrittenRules>::deserialize(deserializer)?;
    Ok(written.map(|written| RecordRules {
        matches: written.matches.unwrap_or_default(),
        all_match: written.all_match.unwrap_or_default(),
        not_matches: written.not_matches.unwrap_or_default(),
        none_matches: written.none_matches.unwrap_or_default(),
    }))
}

/// Reads the whole text, which errors call `file`.
pub(super) fn read(text: &str, file: &str) -> Result<File, ConfigError> {
    // What stands in modules of other probers is looked at no further, be it octets or numbers that are none.
    let options = serde_saphyr::options! {
        with_snippet: false,
        ignore_binary_tag_for_string: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location().map(|place| (place.line(), place.column()));
        let position = place.and_then(|(line, column)| {
            Some(Position { line: usize::try_from(line).ok()?, column: usize::try_from(column).ok()? })
        });
        let message = message(&error.to_string(), place);
        ConfigError { file: file.to_owned(), problems: vec![Problem { position, pointer: String::new(), message }] }
    })
}

/// What the library says, without its own account of the place.
fn message(text: &str, place: Option<(u64, u64)>) -> String {
    let text = text.replace("unknown field", "unknown key").replace("missing field", "missing key");
    let text = text.split("; use from_str").next().unwrap_or_default().to_owned();
    let Some((line, column)) = place else { return text };
    let told = [format!(" at line {line}, column {column}"), format!("line {line} column {column}: ")];
    told.iter().fold(text, |text, told| text.replace(told.as_str(), ""))
}
