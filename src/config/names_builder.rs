//! The part of the configuration's builder for the names of a zone.

use super::builder::ConfigBuilder;
use super::names::{
    EXCLUDED_TYPES, ExpectedData, ExpectedRecord, MAX_DIGEST, RawZoneName, ZoneName,
};
use super::parse;
use super::position::{MemberPart, child};
use super::record_rules::Pattern;
use super::value_types::Object;
use crate::dns::{Name, RrType, canonical_rdata, rdata_from_text};

/// Questions that the names of one zone make, so that a probe does not turn into load.
const MAX_QUESTIONS: usize = 64;

impl ConfigBuilder<'_> {
    pub(super) fn build_names(
        &mut self,
        pointer: &str,
        apex: Option<&Name>,
        raw: &[Object<RawZoneName>],
    ) -> Vec<ZoneName> {
        let mut questions = Vec::new();
        let mut names = Vec::with_capacity(raw.len());
        for (index, Object(raw)) in raw.iter().enumerate() {
            let pointer = child(pointer, &index.to_string());
            let Some(name) = self.build_name(&pointer, apex, raw) else {
                continue;
            };
            for question in name.questions() {
                if questions.contains(&question) {
                    let message = format!("{} {} is listed already", question.0, question.1);
                    self.refuse(&pointer, MemberPart::Value, message);
                }
                questions.push(question);
            }
            names.push(name);
        }
        if questions.len() > MAX_QUESTIONS {
            let message = format!(
                "too many questions: {} (at most {MAX_QUESTIONS}, one for each type of a name)",
                questions.len()
            );
            self.refuse(pointer, MemberPart::Value, message);
        }
        names
    }

    fn build_name(
        &mut self,
        pointer: &str,
        apex: Option<&Name>,
        raw: &RawZoneName,
    ) -> Option<ZoneName> {
        let in_zone = |text: &str| name_in_zone(text, apex);
        let name = self.parse_text(&child(pointer, "name"), raw.name.as_str(), in_zone);
        let is_apex = name.is_some() && name.as_ref() == apex;
        let types = raw.types.as_ref().map_or_else(Vec::new, |texts| {
            self.parse_list(&child(pointer, "types"), texts, |text| {
                type_of_name(text, is_apex)
            })
        });
        let expected = self.build_expected(pointer, &types, raw);
        Some(ZoneName {
            name: name?,
            types,
            expected,
            same_everywhere: raw.same_everywhere,
        })
    }

    fn build_expected(
        &mut self,
        pointer: &str,
        types: &[RrType],
        raw: &RawZoneName,
    ) -> Option<ExpectedData> {
        let keys = [
            ("records", raw.records.is_some()),
            ("regexp", raw.regexp.is_some()),
            ("digest", raw.digest.is_some()),
        ];
        let mut keys = keys.iter().filter(|(_, is_given)| *is_given);
        let (key, _) = *keys.next()?;
        if let Some((second, _)) = keys.next() {
            let message = format!("{key:?} stands beside it (only one of them can be expected)");
            self.refuse(&child(pointer, second), MemberPart::Key, message);
            return None;
        }
        let key_pointer = child(pointer, key);
        let rtype = match types {
            [rtype] => *rtype,
            [first, ..] if raw.regexp.is_some() => *first,
            // What is wrong with the types is told by itself.
            [] if raw.types.is_some() => return None,
            _ => {
                let wanted = if raw.regexp.is_some() {
                    "a type"
                } else {
                    "one type"
                };
                let message = format!("data of which type is not said ({wanted} in \"types\")");
                self.refuse(&key_pointer, MemberPart::Key, message);
                return None;
            }
        };
        if let Some(texts) = &raw.records {
            let records = self.parse_list(&key_pointer, texts, |text| expected_record(rtype, text));
            return Some(ExpectedData::Records(records));
        }
        if let Some(digest) = raw.digest {
            if !(1..=MAX_DIGEST).contains(&digest) {
                let message = format!("{digest} is not an integer from 1 to {MAX_DIGEST}");
                self.refuse(&key_pointer, MemberPart::Value, message);
            }
            return Some(ExpectedData::Digest(digest));
        }
        let pattern = self.parse_text(&key_pointer, raw.regexp.as_deref(), Pattern::new);
        pattern.map(ExpectedData::Regexp)
    }
}

/// Reads a name at or below `apex`.
fn name_in_zone(text: &str, apex: Option<&Name>) -> Result<Name, String> {
    let name = parse::name(text)?;
    let Some(apex) = apex.filter(|apex| !name.is_within(apex)) else {
        return Ok(name);
    };
    // With a final dot it is meant as it stands.
    let below = (!text.ends_with('.')).then(|| parse::name(&format!("{text}.{apex}")));
    let hint = match below {
        Some(Ok(name)) => format!(" (did you mean {:?}?)", name.without_final_dot()),
        Some(Err(_)) | None => String::new(),
    };
    Err(format!(
        "{name} is neither the zone {apex} nor below it{hint}"
    ))
}

fn type_of_name(text: &str, is_apex: bool) -> Result<RrType, String> {
    let rtype = parse::rr_type(text)?;
    if EXCLUDED_TYPES.contains(&rtype) {
        return Err(format!(
            "{text:?} is not a type that a name can be asked for"
        ));
    }
    if is_apex && rtype == RrType::DS {
        return Err("the DS of a zone stands in its parent".to_owned());
    }
    Ok(rtype)
}

fn expected_record(rtype: RrType, text: &str) -> Result<ExpectedRecord, String> {
    let wrong = |error: &dyn std::fmt::Display| {
        format!("{text:?} is not the data of a record of type {rtype}: {error}")
    };
    let octets = rdata_from_text(rtype, text).map_err(|error| wrong(&error))?;
    let mut rdata = Vec::new();
    canonical_rdata(rtype, &octets, 0..octets.len(), &mut rdata).map_err(|error| wrong(&error))?;
    Ok(ExpectedRecord {
        text: text.to_owned(),
        rdata,
    })
}
