//! The part of the configuration's builder for modules that ask as blackbox_exporter does.

use super::builder::ConfigBuilder;
use super::parse;
use super::position::{MemberPart, child};
use super::raw;
use super::value_types::Object;
use super::{BlackboxSettings, Module, Pattern, RecordRules, blackbox_module};
use crate::dns::{Class, Name, RrType, Transports};

impl ConfigBuilder<'_> {
    pub(super) fn build_blackbox(
        &mut self,
        pointer: &str,
        raw: &blackbox_module::RawBlackbox,
    ) -> BlackboxSettings {
        let name = self.parse_text(&child(pointer, "name"), raw.name.as_str(), parse::name);
        let source = raw.source_address.as_deref();
        BlackboxSettings {
            name: name.unwrap_or_else(Name::root),
            qtype: self
                .parse_text(&child(pointer, "qtype"), raw.qtype.as_str(), parse::rr_type)
                .unwrap_or(RrType::SOA),
            class: self
                .parse_text(&child(pointer, "class"), raw.class.as_str(), parse::class)
                .unwrap_or(Class::IN),
            recursion_desired: raw.recursion_desired,
            preferred_family: raw.preferred_family,
            family_fallback: raw.family_fallback,
            source_address: self.parse_text(
                &child(pointer, "source_address"),
                source,
                parse::address,
            ),
            answer: self.compile_rules(&child(pointer, "validate_answer_rrs"), &raw.answer.0),
            authority: self
                .compile_rules(&child(pointer, "validate_authority_rrs"), &raw.authority.0),
            additional: self.compile_rules(
                &child(pointer, "validate_additional_rrs"),
                &raw.additional.0,
            ),
        }
    }

    fn compile_rules(&mut self, pointer: &str, raw: &RecordRules<String>) -> RecordRules<Pattern> {
        raw.map(|key, texts| {
            let pointer_of = |index: usize| child(&child(pointer, key), &index.to_string());
            let texts = texts.iter().enumerate();
            texts
                .filter_map(|(index, text)| {
                    self.parse_text(&pointer_of(index), text.as_str(), Pattern::new)
                })
                .collect()
        })
    }

    /// What would have no effect is refused.
    pub(super) fn refuse_keys_with_blackbox(&mut self, pointer: &str, module: &Module) {
        let default = Module::default();
        if module.transport == Transports::Both {
            let message =
                "`both` has no meaning beside `blackbox`, which asks once: `udp` or `tcp`"
                    .to_owned();
            self.refuse(&child(pointer, "transport"), MemberPart::Value, message);
        }
        let conflicting_keys = [
            ("families", module.families != default.families),
            ("udp_size", module.udp_size != default.udp_size),
            ("denial", module.denial != default.denial),
            ("recursion", module.recursion),
            ("transfer", module.transfer),
            ("zone", module.zone.is_some()),
            ("qtype", module.qtype.is_some()),
            ("name", module.name.is_some()),
        ];
        for (key, _) in conflicting_keys.into_iter().filter(|(_, is_set)| *is_set) {
            let message =
                "no meaning beside `blackbox`, which asks one question of one address, without EDNS".to_owned();
            self.refuse(&child(pointer, key), MemberPart::Key, message);
        }
    }

    /// A zone is asked more than the one question of such a module.
    pub(super) fn refuse_blackbox_for_zone(&mut self, pointer: &str, raw: &raw::RawZone) {
        let module = self.raw.modules.get(&raw.module);
        if module.is_some_and(|Object(module)| module.blackbox.is_some()) {
            let message = format!(
                "module {:?} asks a question of its own (`blackbox`) and is none for a zone",
                raw.module
            );
            self.refuse(&child(pointer, "module"), MemberPart::Value, message);
        }
    }
}
