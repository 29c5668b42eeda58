//! How many random names a probe asks for, to verify proofs of non-existence.

use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

/// The number of random names that each address is asked for in one probe.
///
/// Written as `false` (none), `true` (one) or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenialNames(u8);

impl DenialNames {
    /// No proofs of non-existence are asked for.
    pub const NONE: Self = Self(0);
    /// More names in one probe would turn it into load; the next probe asks for others.
    const MAX: u8 = 8;

    /// The number of names; 0 for none.
    pub const fn count(self) -> usize {
        self.0 as usize
    }

    fn from_number(number: u64) -> Option<Self> {
        let number = u8::try_from(number).ok()?;
        (1..=Self::MAX).contains(&number).then_some(Self(number))
    }

    fn expected() -> String {
        format!("true, false or an integer from 1 to {}", Self::MAX)
    }
}

impl Default for DenialNames {
    /// One: an outage of denial alone must be seen without any configuration.
    fn default() -> Self {
        Self(1)
    }
}

impl From<bool> for DenialNames {
    fn from(wanted: bool) -> Self {
        if wanted { Self::default() } else { Self::NONE }
    }
}

impl FromStr for DenialNames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = || text.parse().ok().and_then(Self::from_number);
        match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => number().ok_or_else(|| format!("{text:?} is not {}", Self::expected())),
        }
    }
}

impl Serialize for DenialNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0 => serializer.serialize_bool(false),
            number => serializer.serialize_u8(number),
        }
    }
}

impl<'de> Deserialize<'de> for DenialNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DenialVisitor;

        impl Visitor<'_> for DenialVisitor {
            type Value = DenialNames;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&DenialNames::expected())
            }

            fn visit_bool<E: Error>(self, wanted: bool) -> Result<DenialNames, E> {
                Ok(wanted.into())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<DenialNames, E> {
                let names = DenialNames::from_number(number);
                names.ok_or_else(|| {
                    E::custom(format!("{number} is not {}", DenialNames::expected()))
                })
            }
        }

        deserializer.deserialize_any(DenialVisitor)
    }
}

impl JsonSchema for DenialNames {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DenialNames".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "boolean" },
            { "type": "integer", "minimum": 1, "maximum": Self::MAX }
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_and_number_are_read() {
        let read = |text: &str| {
            let from_json = serde_json::from_str::<DenialNames>(text).map_err(|e| e.to_string());
            let from_text = text.parse::<DenialNames>();
            assert_eq!(from_json.is_ok(), from_text.is_ok(), "{text}");
            from_text.map(DenialNames::count)
        };
        for (text, count) in [("false", 0), ("true", 1), ("1", 1), ("8", 8)] {
            assert_eq!(read(text), Ok(count), "{text}");
        }
        for text in ["0", "9", "256", "-1", "1.5", "\"yes\""] {
            read(text).unwrap_err();
        }
    }

    #[test]
    fn written_value_reads_as_the_same() {
        for count in 0..=DenialNames::MAX {
            let json = serde_json::to_string(&DenialNames(count)).unwrap();
            let read: DenialNames = serde_json::from_str(&json).unwrap();
            assert_eq!(read.count(), usize::from(count), "{json}");
        }
    }
}
