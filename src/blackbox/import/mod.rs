//! blackbox.yml to probes.json: each DNS module as one with the key `blackbox`, and a line for each thing that is not
//! carried over.
//!
//! A module that would mean something else here is left out as a whole: with a check less it would call a success what
//! was none.

mod classes;
mod duration;
mod regexp;
mod source_lines;
mod output;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::IgnoredAny;
use serde_json::Number;
use serde_saphyr::Spanned;

use crate::config::{Config, ConfigError, RecordRules, child, on_one_line};
use crate::dns::{Family, RrType, has_known_form};
use source_lines::{SourceLines, yaml_path};

/// What a scrape without a limit of its own leaves for a probe of a module without one: blackbox_exporter's two minutes,
/// less its `--timeout-offset`.
const DEFAULT_TIMEOUT: Duration = Duration::from_millis(119_500);
/// The most that a module may say here.
const MAX_TIMEOUT: Duration = Duration::from_mins(5);

/// What became of a blackbox.yml.
#[derive(Debug)]
pub struct ImportResult {
    /// A probes.json with the modules that were carried over.
    pub probes: String,
    /// How many those are.
    pub imported_count: usize,
    /// Of how many.
    pub module_count: usize,
    /// What was not carried over, or not as it stood, in the order of the file.
    pub notes: Vec<ImportNote>,
}

/// Something that is not carried over.
#[derive(Debug, PartialEq, Eq)]
pub struct ImportNote {
    /// The file.
    pub file: String,
    /// Its line.
    pub line: u64,
    /// The path of keys that leads to it.
    pub path: String,
    /// Why, and what that means for the module.
    pub message: String,
}

impl fmt::Display for ImportNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            path,
            message,
        } = self;
        f.write_str(&on_one_line(&format!("{file}:{line}: {path}: {message}")))
    }
}

/// Reads `text`, a blackbox.yml that errors call `file`.
pub fn import(text: &str, file: &str) -> Result<ImportResult, ConfigError> {
    let modules = yaml::read(text, file)?.modules.unwrap_or_default();
    let mut output_modules = BTreeMap::new();
    let mut notes = Vec::new();
    let module_count = modules.len();
    for (name, module) in modules {
        let mut import = ModuleImport {
            file,
            name: &name,
            line: module.referenced.line(),
            notes: Vec::new(),
            left_out: false,
        };
        let output = import.convert_module(module.value.unwrap_or_default());
        let ModuleImport {
            left_out,
            notes: module_notes,
            ..
        } = import;
        notes.extend(module_notes);
        if let Some(output) = output.filter(|_| !left_out) {
            output_modules.insert(name, output);
        }
    }
    notes.sort_by_key(|note| note.line);
    let imported_count = output_modules.len();
    // Keys are texts and numbers finite, so this cannot fail.
    let mut probes = serde_json::to_string_pretty(&BTreeMap::from([("modules", output_modules)]))
        .unwrap_or_default();
    probes.push('\n');
    Ok(ImportResult {
        probes,
        imported_count,
        module_count,
        notes,
    })
}

/// One module on its way.
struct ModuleImport<'i> {
    file: &'i str,
    name: &'i str,
    line: u64,
    notes: Vec<ImportNote>,
    left_out: bool,
}

impl ModuleImport<'_> {
    fn convert_module(&mut self, module: yaml::YamlModule) -> Option<output::OutputModule> {
        let yaml::YamlModule {
            prober,
            timeout,
            dns,
            http,
            tcp,
            icmp,
            grpc,
            unix,
            websocket,
        } = module;
        let line = self.line;
        let (prober, prober_line) =
            prober.map_or_else(|| (String::new(), line), |p| (p.value, p.referenced.line()));
        if prober != "dns" {
            self.leave_out(
                "prober",
                prober_line,
                &format!("{prober:?} is no prober of DNS"),
            );
            return None;
        }
        let other_sections = [
            ("http", http),
            ("tcp", tcp),
            ("icmp", icmp),
            ("grpc", grpc),
            ("unix", unix),
            ("websocket", websocket),
        ];
        for (key, section) in other_sections {
            self.note_without_effect(key, section, "the prober is dns");
        }
        let dns = dns.map(|dns| dns.value);
        let lines = SourceLines::new(self.line, timeout.as_ref(), dns.as_ref());
        let timeout_seconds = self.convert_timeout(timeout);
        let output = match dns {
            Some(dns) => self.convert_dns(dns, timeout_seconds),
            None => self.module_without_dns(timeout_seconds),
        };
        self.check_output(&output, &lines);
        Some(output)
    }

    /// What blackbox_exporter asks by default: without `dns` it does not miss `query_name`, which is then the root.
    fn module_without_dns(&mut self, timeout_seconds: Number) -> output::OutputModule {
        output::OutputModule {
            timeout_seconds,
            transport: self.convert_transport(None),
            valid_rcodes: None,
            blackbox: output::OutputBlackbox {
                name: ".".to_owned(),
                qtype: "ANY".to_owned(),
                class: None,
                recursion_desired: true,
                preferred_family: self.convert_family(None),
                family_fallback: true,
                source_address: None,
                answer: None,
                authority: None,
                additional: None,
            },
        }
    }

    fn convert_dns(&mut self, dns: yaml::YamlDns, timeout_seconds: Number) -> output::OutputModule {
        let qtype = non_empty(dns.query_type).unwrap_or_else(|| "ANY".to_owned());
        if let Some(line) = dns
            .over_tls
            .and_then(|tls| tls.value.then(|| tls.referenced.line()))
        {
            self.leave_out("dns.dns_over_tls", line, "DNS over TLS is not spoken here");
        } else {
            self.note_without_effect("dns.tls_config", dns.tls_config, "dns_over_tls is not set");
        }
        let rules = [
            ("validate_answer_rrs", dns.validate_answer_rrs),
            ("validate_authority_rrs", dns.validate_authority_rrs),
            ("validate_additional_rrs", dns.validate_additional_rrs),
        ];
        let [answer, authority, additional] = rules
            .map(|(key, rules)| rules.and_then(|rules| self.convert_rules(key, &qtype, &rules)));
        output::OutputModule {
            timeout_seconds,
            transport: self.convert_transport(dns.transport_protocol),
            valid_rcodes: dns
                .valid_rcodes
                .map(|rcodes| self.convert_rcodes(rcodes.value.into_iter().flatten())),
            blackbox: output::OutputBlackbox {
                name: escape_non_ascii(&dns.query_name.value),
                qtype,
                class: non_empty(dns.query_class).map(|class| {
                    if class == "CS" {
                        "CLASS2".to_owned()
                    } else {
                        class
                    }
                }),
                recursion_desired: dns.recursion_desired.is_none_or(|flag| flag.value),
                preferred_family: self.convert_family(dns.preferred_ip_protocol),
                family_fallback: dns.ip_protocol_fallback.is_none_or(|flag| flag.value),
                source_address: non_empty(dns.source_ip_address),
                answer,
                authority,
                additional,
            },
        }
    }

    fn convert_timeout(&mut self, timeout: Option<Spanned<String>>) -> Number {
        let Some(Spanned {
            value, referenced, ..
        }) = timeout
        else {
            return seconds_number(DEFAULT_TIMEOUT);
        };
        match duration::from_go(&value) {
            // blackbox_exporter takes that for none.
            Some(Duration::ZERO) => seconds_number(DEFAULT_TIMEOUT),
            Some(timeout) if timeout > MAX_TIMEOUT => {
                self.add_note(
                    "timeout",
                    referenced.line(),
                    "300 seconds are the most here, and so it is set",
                );
                seconds_number(MAX_TIMEOUT)
            }
            Some(timeout) => seconds_number(timeout),
            None => {
                self.leave_out(
                    "timeout",
                    referenced.line(),
                    &format!("{value:?} is no duration"),
                );
                seconds_number(DEFAULT_TIMEOUT)
            }
        }
    }

    fn convert_transport(&mut self, transport: Option<Spanned<String>>) -> String {
        let Some(Spanned {
            value, referenced, ..
        }) = transport
        else {
            return "udp".to_owned();
        };
        match value.as_str() {
            "" => "udp".to_owned(),
            "udp" | "tcp" => value,
            _ => {
                let message = format!(
                    "{value:?} is neither udp nor tcp, and blackbox_exporter fails every probe"
                );
                self.leave_out("dns.transport_protocol", referenced.line(), &message);
                "udp".to_owned()
            }
        }
    }

    /// Whatever is not `ip6` is `ip4` to blackbox_exporter, and nothing is `ip6`.
    fn convert_family(&mut self, protocol: Option<Spanned<String>>) -> &'static str {
        let Some(Spanned {
            value, referenced, ..
        }) = protocol
        else {
            return Family::Ipv6.as_str();
        };
        match value.as_str() {
            "" | "ip6" => Family::Ipv6.as_str(),
            "ip4" => Family::Ipv4.as_str(),
            _ => {
                let message = format!(
                    "{value:?} is neither ip4 nor ip6; blackbox_exporter takes it for ip4, and so it is set"
                );
                self.add_note("dns.preferred_ip_protocol", referenced.line(), &message);
                Family::Ipv4.as_str()
            }
        }
    }

    fn convert_rcodes(&mut self, rcodes: impl Iterator<Item = Spanned<String>>) -> Vec<String> {
        let mut rcode_names = Vec::new();
        for Spanned {
            value, referenced, ..
        } in rcodes
        {
            if let Some(problem) = rcode_problem(&value) {
                let message =
                    format!("{value:?} is {problem}, and blackbox_exporter fails every probe");
                self.leave_out("dns.valid_rcodes", referenced.line(), &message);
            }
            let rcode = match value.as_str() {
                // Its library has names of its own for two.
                "BADSIG" => "BADVERS".to_owned(),
                "NOTIMPL" => "NOTIMP".to_owned(),
                _ => value,
            };
            if !rcode_names.contains(&rcode) {
                rcode_names.push(rcode);
            }
        }
        rcode_names
    }

    fn convert_rules(
        &mut self,
        section: &str,
        qtype: &str,
        rules: &yaml::YamlRules,
    ) -> Option<RecordRules<String>> {
        let regexps = rules.lists().into_iter().flat_map(|(_, list)| list);
        let line = regexps.map(|regexp| regexp.referenced.line()).min()?;
        if qtype
            .parse()
            .is_ok_and(|rtype: RrType| rtype != RrType::ANY && !has_known_form(rtype))
        {
            let message = format!(
                "{qtype} records may be printed otherwise here than blackbox_exporter prints them: try the regexps"
            );
            self.add_note(&format!("dns.{section}"), line, &message);
        }
        Some(rules.map(|key, list| {
            let regexps = list.iter().enumerate();
            regexps
                .map(|(index, go)| {
                    self.convert_regexp(&format!("dns.{section}.{key}[{index}]"), go)
                })
                .collect()
        }))
    }

    fn convert_regexp(&mut self, path: &str, go: &Spanned<String>) -> String {
        let text = &go.value;
        regexp::from_go(text).unwrap_or_else(|reason| {
            let message =
                format!("{text:?} is no regexp of Go's: {reason}; blackbox_exporter fails every probe that comes to it");
            self.leave_out(path, go.referenced.line(), &message);
            String::new()
        })
    }

    /// What probes.json refuses is not carried over, for the reason that probes.json gives.
    fn check_output(&mut self, output: &output::OutputModule, lines: &SourceLines) {
        if self.left_out {
            return;
        }
        let probes = serde_json::json!({ "modules": { self.name: output } }).to_string();
        let Err(error) = Config::parse(&probes, self.file) else {
            return;
        };
        let module = child("/modules", self.name);
        for problem in error.problems {
            let path = yaml_path(problem.pointer.strip_prefix(&module).unwrap_or_default());
            self.leave_out(&path, lines.line_of(&path), &problem.message);
        }
    }

    fn note_without_effect(
        &mut self,
        key: &str,
        section: Option<Spanned<IgnoredAny>>,
        reason: &str,
    ) {
        if let Some(section) = section {
            let message = format!("not carried over; it had no effect, for {reason}");
            self.add_note(key, section.referenced.line(), message);
        }
    }

    fn leave_out(&mut self, key: &str, line: u64, reason: &str) {
        self.left_out = true;
        self.add_note(key, line, format!("module not carried over: {reason}"));
    }

    fn add_note(&mut self, key: &str, line: u64, message: impl Into<String>) {
        let path = format!(
            "modules.{}{}{key}",
            self.name,
            if key.is_empty() { "" } else { "." }
        );
        self.notes.push(ImportNote {
            file: self.file.to_owned(),
            line,
            path,
            message: message.into(),
        });
    }
}

/// Why its library does not know an rcode that probes.json does.
fn rcode_problem(rcode: &str) -> Option<&'static str> {
    if rcode.bytes().any(|letter| letter.is_ascii_lowercase()) {
        return Some("not in capitals");
    }
    let is_only_ours = rcode == "BADVERS" || rcode == "DSOTYPENI" || rcode.starts_with("RCODE");
    is_only_ours.then_some("no name of its")
}

/// An empty text is the same as none to blackbox_exporter.
fn non_empty(value: Option<Spanned<String>>) -> Option<String> {
    value
        .map(|value| value.value)
        .filter(|value| !value.is_empty())
}

/// blackbox_exporter asks for the octets that are written, where probes.json would make an internationalised name of them.
fn escape_non_ascii(name: &str) -> String {
    let octets = name.bytes();
    octets
        .map(|octet| {
            if octet.is_ascii() {
                char::from(octet).to_string()
            } else {
                format!("\\{octet:03}")
            }
        })
        .collect()
}

/// Whole seconds without a fraction.
fn seconds_number(duration: Duration) -> Number {
    if duration.subsec_nanos() == 0 {
        return duration.as_secs().into();
    }
    Number::from_f64(duration.as_secs_f64()).unwrap_or_else(|| duration.as_secs().into())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
