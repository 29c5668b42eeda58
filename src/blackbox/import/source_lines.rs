//! Where a value that probes.json refuses is in blackbox.yml.

use serde_saphyr::Spanned;

use super::yaml;

/// The lines of what probes.json may refuse, by path.
pub(super) struct SourceLines(Vec<(String, u64)>);

impl SourceLines {
    pub(super) fn new(
        module: u64,
        timeout: Option<&Spanned<String>>,
        dns: Option<&yaml::YamlDns>,
    ) -> Self {
        let mut lines = vec![(String::new(), module)];
        let mut add = |path: &str, value: Option<&Spanned<String>>| {
            lines.extend(value.map(|value| (path.to_owned(), value.referenced.line())));
        };
        add("timeout", timeout);
        let Some(dns) = dns else { return Self(lines) };
        add("dns.query_name", Some(&dns.query_name));
        add("dns.query_type", dns.query_type.as_ref());
        add("dns.query_class", dns.query_class.as_ref());
        add("dns.source_ip_address", dns.source_ip_address.as_ref());
        let rules = [
            ("validate_answer_rrs", &dns.validate_answer_rrs),
            ("validate_authority_rrs", &dns.validate_authority_rrs),
            ("validate_additional_rrs", &dns.validate_additional_rrs),
        ];
        for (section, rules) in rules {
            let Some(rules) = rules else { continue };
            for (key, list) in rules.lists() {
                for (index, regexp) in list.iter().enumerate() {
                    lines.push((
                        format!("dns.{section}.{key}[{index}]"),
                        regexp.referenced.line(),
                    ));
                }
            }
        }
        let rcodes = dns.valid_rcodes.iter();
        lines
            .extend(rcodes.map(|rcodes| ("dns.valid_rcodes".to_owned(), rcodes.referenced.line())));
        Self(lines)
    }

    /// Of the path itself, else of the nearest around it; of the module, if there is none.
    pub(super) fn line_of(&self, path: &str) -> u64 {
        let enclosing = self
            .0
            .iter()
            .filter(|(value_path, _)| path.starts_with(value_path.as_str()));
        enclosing
            .max_by_key(|(value_path, _)| value_path.len())
            .map_or(0, |(_, line)| *line)
    }
}

/// `/blackbox/validate_answer_rrs/fail_if_matches_regexp/0` as blackbox.yml has it.
pub(super) fn yaml_path(pointer: &str) -> String {
    let mut path = String::new();
    for token in pointer.split('/').skip(1) {
        let token = match token {
            "blackbox" => "dns",
            "name" => "query_name",
            "qtype" => "query_type",
            "class" => "query_class",
            "source_address" => "source_ip_address",
            "timeout_seconds" => "timeout",
            "valid_rcodes" => "dns.valid_rcodes",
            "transport" => "dns.transport_protocol",
            other => other,
        };
        if token.bytes().all(|octet| octet.is_ascii_digit()) {
            path.extend(["[", token, "]"]);
        } else {
            path.extend([if path.is_empty() { "" } else { "." }, token]);
        }
    }
    path
}
