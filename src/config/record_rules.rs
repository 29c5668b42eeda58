//! Regexps that the records of an answer are held against.

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// Regexps that the records of a section are held against, each on a line `owner TTL class type RDATA` with tabs between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "P: Deserialize<'de>"))]
#[schemars(rename = "RecordRules")]
pub struct RecordRules<P> {
    /// Failure if a record matches any of these.
    #[serde(
        rename = "fail_if_matches_regexp",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    pub matches: Vec<P>,
    /// Failure unless every record matches all of these: the name says otherwise, blackbox_exporter does so.
    #[serde(
        rename = "fail_if_all_match_regexp",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    pub all_match: Vec<P>,
    /// Failure unless there are records and every one matches all of these.
    #[serde(
        rename = "fail_if_not_matches_regexp",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    pub not_matches: Vec<P>,
    /// Failure unless a record matches one of these.
    #[serde(
        rename = "fail_if_none_matches_regexp",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    pub none_matches: Vec<P>,
}

impl<P> RecordRules<P> {
    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, list)| list.is_empty())
    }

    /// Each list with its key.
    pub(crate) fn lists(&self) -> [(&'static str, &[P]); 4] {
        [
            ("fail_if_matches_regexp", &self.matches),
            ("fail_if_all_match_regexp", &self.all_match),
            ("fail_if_not_matches_regexp", &self.not_matches),
            ("fail_if_none_matches_regexp", &self.none_matches),
        ]
    }

    /// The same rules over what `convert` makes of each list.
    pub(crate) fn map<Q>(
        &self,
        mut convert: impl FnMut(&'static str, &[P]) -> Vec<Q>,
    ) -> RecordRules<Q> {
        let [matches, all_match, not_matches, none_matches] =
            self.lists().map(|(key, list)| convert(key, list));
        RecordRules {
            matches,
            all_match,
            not_matches,
            none_matches,
        }
    }
}

/// A regexp, matched in time linear in the text.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Octets that a compiled regexp may take: some hundred times what one over records does.
    const MAX_SIZE: usize = 1 << 20;

    /// Compiles `text`.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let build = |unicode| {
            RegexBuilder::new(text)
                .size_limit(Self::MAX_SIZE)
                .octal(true)
                .unicode(unicode)
                .build()
        };
        // Records are printed in ASCII, where both mean the same; all words and digits of Unicode take a hundred times the room.
        build(false)
            .or_else(|_| build(true))
            .map(Self)
            .map_err(|error| format!("{text:?} is no regexp: {}", last_line(&error.to_string())))
    }

    /// Whether it matches somewhere in `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text.as_bytes())
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
