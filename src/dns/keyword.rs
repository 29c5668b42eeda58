//! Closed sets of keywords that probes.json, parameters and labels share.

use std::fmt;

macro_rules! keyword_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
        pub enum $name { $($(#[$item])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every value with its word.
            pub const ALL: &[(Self, &str)] = &[$((Self::$variant, $word)),*];

            /// The word for it in parameters, labels and probes.json.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::dns::UnknownKeyword;

            fn from_str(text: &str) -> Result<Self, $crate::dns::UnknownKeyword> {
                let known = Self::ALL.iter().find(|(_, word)| *word == text);
                known.map(|&(value, _)| value).ok_or_else(|| $crate::dns::UnknownKeyword {
                    text: text.to_owned(),
                    known: &[$($word),*],
                })
            }
        }

        impl<'de> serde::de::Deserialize<'de> for $name {
            // serde's own would also take `{"word": null}`.
            fn deserialize<D: serde::de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct KeywordVisitor;

                impl serde::de::Visitor<'_> for KeywordVisitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(f, "one of {}", [$($word),*].join(", "))
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(KeywordVisitor)
            }
        }
    };
}

pub(crate) use keyword_enum;

/// A text that is none of the words of its set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKeyword {
    /// The text.
    pub text: String,
    /// The words of the set.
    pub known: &'static [&'static str],
}

impl fmt::Display for UnknownKeyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not one of {}", self.text, self.known.join(", "))
    }
}

impl std::error::Error for UnknownKeyword {}
