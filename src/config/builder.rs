//! From what is written to what is meant: texts read, references followed. Everything wrong is told, not only the first.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::error::Problem;
use super::parse::{self, Host};
use super::position::{MemberPart, Positions, child};
use super::raw;
use super::resolvers::{self, RawResolvers};
use super::value_types::Object;
use super::{
    Config, DEFAULT_MODULE, DNS_PORT, DnssecPolicy, Module, Nameserver, ResolverChoice,
    TrustConfig, Zone, anchors,
};
use crate::dns::{Name, RrType};
use crate::dnssec::TrustAnchor;

/// Something wrong, by its place in the document.
pub(super) struct UnlocatedProblem {
    pointer: String,
    part: MemberPart,
    message: String,
}

impl UnlocatedProblem {
    pub(super) fn locate(self, positions: &Positions<'_>) -> Problem {
        let position = Some(positions.find(&self.pointer, self.part));
        Problem {
            position,
            pointer: self.pointer,
            message: self.message,
        }
    }
}

/// Makes the configuration, or says everything that keeps it from being made.
///
/// Paths in it are relative to `folder`.
pub(super) fn build_config(
    raw: &raw::RawConfig,
    folder: &Path,
) -> Result<Config, Vec<UnlocatedProblem>> {
    let mut builder = ConfigBuilder {
        raw,
        folder,
        problems: Vec::new(),
    };
    let nameservers = raw
        .nameservers
        .iter()
        .map(|(name, Object(raw))| (name.clone(), builder.build_nameserver(name, raw)));
    let nameservers = nameservers.collect();
    let modules = builder.build_modules();
    let zones = builder.build_zones(&modules);
    let trust = TrustConfig {
        resolver: builder.parse_resolvers(),
        system_resolvers: Vec::new(),
        anchors: builder.collect_anchors(),
    };
    let drill = raw
        .drill
        .as_ref()
        .and_then(|Object(raw)| builder.build_drill(raw));
    builder.check_canary_is_no_zone(drill.as_ref(), zones.keys());
    if builder.problems.is_empty() {
        Ok(Config {
            nameservers,
            zones,
            modules,
            trust,
            drill,
        })
    } else {
        Err(builder.problems)
    }
}

/// What it returns counts only while it has found nothing wrong.
pub(super) struct ConfigBuilder<'r> {
    pub(super) raw: &'r raw::RawConfig,
    folder: &'r Path,
    problems: Vec<UnlocatedProblem>,
}

impl ConfigBuilder<'_> {
    fn build_nameserver(&mut self, name: &str, raw: &raw::RawNameserver) -> Nameserver {
        let pointer = child("/nameservers", name);
        self.check_identifier(&pointer, name);
        if name.parse::<IpAddr>().is_ok() {
            self.refuse(
                &pointer,
                MemberPart::Key,
                format!("{name:?} is an address; a nameserver's name must not look like one"),
            );
        }
        if let Some("") = raw.provider.as_deref() {
            self.refuse(
                &child(&pointer, "provider"),
                MemberPart::Value,
                "an empty text names no provider".to_owned(),
            );
        }
        let addresses = self.parse_list(
            &child(&pointer, "addresses"),
            &raw.addresses,
            parse::address,
        );
        Nameserver {
            addresses,
            port: raw.port.as_u16(),
            provider: raw.provider.clone(),
            role: raw.role,
            host: self.parse_host(&pointer, name, raw),
            hidden: raw.hidden,
            anycast: raw.anycast,
        }
    }

    /// What is written, else the nameserver's own name where it looks like a host's.
    fn parse_host(&mut self, pointer: &str, name: &str, raw: &raw::RawNameserver) -> Option<Name> {
        let Some(host) = &raw.host else {
            return name
                .parse()
                .ok()
                .filter(|_| name.contains('.') && !raw.hidden);
        };
        if raw.hidden {
            let message =
                "no NS record has the host name of a hidden nameserver: leave out `host` or `hidden`".to_owned();
            self.refuse(&child(pointer, "host"), MemberPart::Value, message);
        }
        let host = parse::name(host);
        host.map_err(|message| self.refuse(&child(pointer, "host"), MemberPart::Value, message))
            .ok()
    }

    fn build_modules(&mut self) -> BTreeMap<String, Module> {
        let mut modules = BTreeMap::from([(DEFAULT_MODULE.to_owned(), Module::default())]);
        for (name, Object(raw)) in &self.raw.modules {
            let pointer = child("/modules", name);
            self.check_identifier(&pointer, name);
            let zone = self.parse_text(&child(&pointer, "zone"), raw.zone.as_deref(), parse::name);
            let module = Module {
                timeout: Duration::from_secs_f64(raw.timeout_seconds.0),
                families: raw.families,
                transport: raw.transport,
                udp_size: raw.udp_size.as_u16(),
                valid_rcodes: self.parse_list(
                    &child(&pointer, "valid_rcodes"),
                    &raw.valid_rcodes,
                    parse::rcode,
                ),
                denial: raw.denial,
                recursion: raw.recursion,
                transfer: raw.transfer,
                blackbox: raw.blackbox.as_ref().map(|Object(raw)| {
                    self.build_blackbox(&child(&pointer, "blackbox"), raw)
                        .into()
                }),
                qtype: self.parse_text(
                    &child(&pointer, "qtype"),
                    raw.qtype.as_deref(),
                    parse::rr_type,
                ),
                name: self.parse_text(&child(&pointer, "name"), raw.name.as_deref(), parse::name),
                zone,
            };
            if module.blackbox.is_some() {
                self.refuse_keys_with_blackbox(&pointer, &module);
            }
            self.check_question(&pointer, &module);
            modules.insert(name.clone(), module);
        }
        modules
    }

    /// What a request would be refused for, wherever it is known already.
    fn check_question(&mut self, pointer: &str, module: &Module) {
        let Some(zone) = &module.zone else { return };
        let name = module.name.as_ref().unwrap_or(zone);
        if !name.is_within(zone) {
            let message = format!("{name} is neither the zone {zone} nor below it");
            self.refuse(&child(pointer, "name"), MemberPart::Value, message);
        }
        if module.qtype == Some(RrType::DS) && name == zone && !zone.is_root() {
            let message = format!(
                "the DS of {zone} stands in its parent: give that as `zone`, and {zone} as `name`"
            );
            self.refuse(&child(pointer, "qtype"), MemberPart::Value, message);
        }
    }

    fn build_zones(&mut self, modules: &BTreeMap<String, Module>) -> BTreeMap<Name, Zone> {
        let mut zones = BTreeMap::new();
        let mut spellings = BTreeMap::new();
        for (apex, Object(raw)) in &self.raw.zones {
            let pointer = child("/zones", apex);
            let name = parse::name(apex);
            // What is wrong inside is told under a name that is none, too.
            let zone = self.build_zone(&pointer, name.as_ref().ok(), raw);
            if let (Ok(name), Some(module)) = (&name, modules.get(&raw.module)) {
                self.check_module_fits_zone(&pointer, name, &raw.module, module);
            }
            match name {
                // Case and the final dot make no other name (RFC 4343).
                Ok(name) => {
                    self.refuse_duplicate_zone(&pointer, spellings.insert(name.clone(), apex));
                    zones.insert(name, zone);
                }
                Err(message) => self.refuse(&pointer, MemberPart::Key, message),
            }
        }
        zones
    }

    /// A module that asks about another zone would have each request of this one refused.
    fn check_module_fits_zone(&mut self, pointer: &str, apex: &Name, name: &str, module: &Module) {
        let outside_name = module.zone.as_ref().filter(|zone| *zone != apex);
        if let Some(outside_name) =
            outside_name.or(module.name.as_ref().filter(|name| !name.is_within(apex)))
        {
            let message =
                format!("the module {name:?} asks about {outside_name}, which is not of this zone");
            self.refuse(&child(pointer, "module"), MemberPart::Value, message);
        }
    }

    fn build_zone(&mut self, pointer: &str, apex: Option<&Name>, raw: &raw::RawZone) -> Zone {
        let trust_anchors = apex.zip(raw.trust_anchors.as_ref());
        let trust_anchors = trust_anchors
            .map(|(apex, texts)| self.parse_anchors(&child(pointer, "trust_anchors"), apex, texts));
        let nameservers = &self.raw.nameservers;
        let find_nameserver = |name: &str| {
            let key = nameservers
                .get_key_value(name)
                .map(|(name, _)| name.clone());
            key.ok_or_else(|| format!("no nameserver {name:?} is defined in /nameservers"))
        };
        if raw.module != DEFAULT_MODULE && !self.raw.modules.contains_key(&raw.module) {
            let message = format!("no module {:?} is defined in /modules", raw.module);
            self.refuse(&child(pointer, "module"), MemberPart::Value, message);
        }
        self.refuse_blackbox_for_zone(pointer, raw);
        Zone {
            nameservers: self.parse_list(
                &child(pointer, "nameservers"),
                &raw.nameservers,
                find_nameserver,
            ),
            qtypes: self.parse_qtypes(&child(pointer, "qtypes"), raw),
            names: self.build_names(&child(pointer, "names"), apex, &raw.names),
            dnssec: raw.dnssec,
            module: raw.module.clone(),
            signature_warning_seconds: raw.signature_warning_seconds.0,
            interval_seconds: raw.interval_seconds.map(|interval| interval.0),
            trust_anchors: trust_anchors.unwrap_or_default(),
        }
    }

    /// Probes for DNSKEY alone show how the keys stand to the DS: a zone that must be signed has them without being asked.
    fn parse_qtypes(&mut self, pointer: &str, raw: &raw::RawZone) -> Vec<RrType> {
        match (&raw.qtypes, raw.dnssec) {
            (Some(texts), _) => self.parse_list(pointer, texts, parse::rr_type),
            (None, DnssecPolicy::Required) => vec![RrType::SOA, RrType::DNSKEY],
            (None, DnssecPolicy::Auto | DnssecPolicy::Off) => vec![RrType::SOA],
        }
    }

    fn parse_anchors(&mut self, pointer: &str, zone: &Name, texts: &[String]) -> Vec<TrustAnchor> {
        self.parse_list(pointer, texts, |text| anchors::parse_anchor(text, zone))
    }

    /// Those built in, then those of the file, then those written here: of one zone the last hold.
    fn collect_anchors(&mut self) -> BTreeMap<Name, Vec<TrustAnchor>> {
        let trust = &self.raw.trust.0;
        let mut anchors = BTreeMap::from([anchors::root_anchors()]);
        if let Some(file) = &trust.anchors_file {
            match anchors::read_file(&self.folder.join(file)) {
                Ok(of_file) => anchors.extend(of_file),
                Err(message) => self.refuse("/trust/anchors_file", MemberPart::Value, message),
            }
        }
        let mut spellings = BTreeMap::new();
        for (zone, raw::RawAnchors(texts)) in &trust.anchors {
            let pointer = child("/trust/anchors", zone);
            match parse::name(zone) {
                Ok(name) => {
                    self.refuse_duplicate_zone(&pointer, spellings.insert(name.clone(), zone));
                    let of_zone = self.parse_anchors(&pointer, &name, texts);
                    anchors.insert(name, of_zone);
                }
                Err(message) => self.refuse(&pointer, MemberPart::Key, message),
            }
        }
        anchors
    }

    fn refuse_duplicate_zone(&mut self, pointer: &str, first_spelling: Option<&String>) {
        if let Some(first_spelling) = first_spelling {
            self.refuse(
                pointer,
                MemberPart::Key,
                format!("the same zone as {first_spelling:?}, which stands here too"),
            );
        }
    }

    fn parse_resolvers(&mut self) -> ResolverChoice {
        const POINTER: &str = "/trust/resolver";
        match &self.raw.trust.0.resolver {
            None => ResolverChoice::System,
            Some(RawResolvers::One(text)) if text == ResolverChoice::SYSTEM => {
                ResolverChoice::System
            }
            Some(RawResolvers::One(text)) if text == ResolverChoice::NONE => ResolverChoice::None,
            Some(RawResolvers::One(text)) => {
                let address = self.parse_text(POINTER, text.as_str(), resolver);
                ResolverChoice::Listed(address.into_iter().collect())
            }
            Some(RawResolvers::Several(texts)) => {
                if let Err(message) = resolvers::check_count(texts.len()) {
                    self.refuse(POINTER, MemberPart::Value, message);
                }
                ResolverChoice::Listed(self.parse_list(POINTER, texts, resolver))
            }
        }
    }

    pub(super) fn parse_text<'t, T>(
        &mut self,
        pointer: &str,
        text: impl Into<Option<&'t str>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(text.into()?)
            .map_err(|message| self.refuse(pointer, MemberPart::Value, message))
            .ok()
    }

    /// Reads a list that must hold something, and nothing twice.
    pub(super) fn parse_list<T: PartialEq>(
        &mut self,
        pointer: &str,
        texts: &[String],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        if texts.is_empty() {
            self.refuse(
                pointer,
                MemberPart::Value,
                "an empty list; at least one is needed".to_owned(),
            );
        }
        let mut values = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            let value = match parse(text) {
                Ok(value) if values.contains(&value) => {
                    Err(format!("{text:?} stands in this list already"))
                }
                parsed => parsed,
            };
            match value {
                Ok(value) => values.push(value),
                Err(message) => self.refuse(
                    &child(pointer, &index.to_string()),
                    MemberPart::Value,
                    message,
                ),
            }
        }
        values
    }

    /// Names that stand in URLs, labels and before a `:port`.
    fn check_identifier(&mut self, pointer: &str, name: &str) {
        let is_plain =
            |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
        if name.is_empty() || !name.bytes().all(is_plain) {
            let message =
                format!("{name:?} is not a name here; letters, digits and . _ - make one");
            self.refuse(pointer, MemberPart::Key, message);
        }
    }

    pub(super) fn refuse(&mut self, pointer: &str, part: MemberPart, message: String) {
        self.problems.push(UnlocatedProblem {
            pointer: pointer.to_owned(),
            part,
            message,
        });
    }
}

fn resolver(text: &str) -> Result<SocketAddr, String> {
    if text.is_empty() {
        return Err(format!("{text:?} is not an address"));
    }
    let endpoint = parse::endpoint(text)?;
    match endpoint.host {
        Host::Address(address) => Ok(SocketAddr::new(address, endpoint.port.unwrap_or(DNS_PORT))),
        Host::Name(_) => Err(format!(
            "{text:?} is not an address: a resolver cannot be looked up in itself"
        )),
    }
}
