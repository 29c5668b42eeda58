//! From what is written to what is meant: texts read, references followed. Everything wrong is told, not only the first.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::error::Problem;
use super::position::{At, Positions, child};
use super::raw::{self, Object};
use super::text::{self, Host};
use super::{Config, DEFAULT_MODULE, DNS_PORT, Module, Nameserver, Trust, Zone, anchors};
use crate::dns::Name;
use crate::dnssec::TrustAnchor;

/// Something wrong, by its place in the document.
pub(super) struct Finding {
    pointer: String,
    at: At,
    message: String,
}

impl Finding {
    pub(super) fn at(self, positions: &Positions<'_>) -> Problem {
        let position = Some(positions.find(&self.pointer, self.at));
        Problem { position, pointer: self.pointer, message: self.message }
    }
}

/// Makes the configuration, or says everything that keeps it from being made.
///
/// Paths in it are relative to `folder`.
pub(super) fn resolve(raw: &raw::Config, folder: &Path) -> Result<Config, Vec<Finding>> {
    let mut resolver = Resolver { raw, folder, findings: Vec::new() };
    let nameservers = raw.nameservers.iter().map(|(name, Object(raw))| (name.clone(), resolver.nameserver(name, raw)));
    let nameservers = nameservers.collect();
    let modules = resolver.modules();
    let zones = resolver.zones();
    let trust = Trust { resolver: resolver.resolver(), anchors: resolver.anchors() };
    if resolver.findings.is_empty() {
        Ok(Config { nameservers, zones, modules, trust })
    } else {
        Err(resolver.findings)
    }
}

/// What it returns counts only while it has found nothing wrong.
struct Resolver<'r> {
    raw: &'r raw::Config,
    folder: &'r Path,
    findings: Vec<Finding>,
}

impl Resolver<'_> {
    fn nameserver(&mut self, name: &str, raw: &raw::Nameserver) -> Nameserver {
        let pointer = child("/nameservers", name);
        self.check_identifier(&pointer, name);
        if name.parse::<IpAddr>().is_ok() {
            self.refuse(
                &pointer,
                At::Key,
                format!("{name:?} is an address; a nameserver's name must not look like one"),
            );
        }
        if let Some("") = raw.provider.as_deref() {
            self.refuse(&child(&pointer, "provider"), At::Value, "an empty text names no provider".to_owned());
        }
        let addresses = self.list(&child(&pointer, "addresses"), &raw.addresses, text::address);
        Nameserver {
            addresses,
            port: raw.port.as_u16(),
            provider: raw.provider.clone(),
            role: raw.role,
            host: self.host(&pointer, name, raw),
            hidden: raw.hidden,
            anycast: raw.anycast,
        }
    }

    /// What is written, else the nameserver's own name where it looks like a host's.
    fn host(&mut self, pointer: &str, name: &str, raw: &raw::Nameserver) -> Option<Name> {
        let Some(host) = &raw.host else { return name.parse().ok().filter(|_| name.contains('.') && !raw.hidden) };
        if raw.hidden {
            let message =
                "no NS record has the host name of a hidden nameserver: leave out `host` or `hidden`".to_owned();
            self.refuse(&child(pointer, "host"), At::Value, message);
        }
        let host = text::name(host);
        host.map_err(|message| self.refuse(&child(pointer, "host"), At::Value, message)).ok()
    }

    fn modules(&mut self) -> BTreeMap<String, Module> {
        let mut modules = BTreeMap::from([(DEFAULT_MODULE.to_owned(), Module::default())]);
        for (name, Object(raw)) in &self.raw.modules {
            let pointer = child("/modules", name);
            self.check_identifier(&pointer, name);
            let module = Module {
                timeout: Duration::from_secs_f64(raw.timeout_seconds.0),
                families: raw.families,
                transport: raw.transport,
                udp_size: raw.udp_size.as_u16(),
                valid_rcodes: self.list(&child(&pointer, "valid_rcodes"), &raw.valid_rcodes, text::rcode),
                denial: raw.denial,
                recursion: raw.recursion,
                transfer: raw.transfer,
            };
            modules.insert(name.clone(), module);
        }
        modules
    }

    fn zones(&mut self) -> BTreeMap<Name, Zone> {
        let mut zones = BTreeMap::new();
        let mut written = BTreeMap::new();
        for (apex, Object(raw)) in &self.raw.zones {
            let pointer = child("/zones", apex);
            let name = text::name(apex);
            // What is wrong inside is told under a name that is none, too.
            let zone = self.zone(&pointer, name.as_ref().ok(), raw);
            match name {
                // Case and the final dot make no other name (RFC 4343).
                Ok(name) => {
                    self.refuse_twin(&pointer, written.insert(name.clone(), apex));
                    zones.insert(name, zone);
                }
                Err(message) => self.refuse(&pointer, At::Key, message),
            }
        }
        zones
    }

    fn zone(&mut self, pointer: &str, apex: Option<&Name>, raw: &raw::Zone) -> Zone {
        let trust_anchors = apex.zip(raw.trust_anchors.as_ref());
        let trust_anchors =
            trust_anchors.map(|(apex, texts)| self.anchors_of(&child(pointer, "trust_anchors"), apex, texts));
        let known = &self.raw.nameservers;
        let nameserver = |name: &str| {
            let found = known.get_key_value(name).map(|(name, _)| name.clone());
            found.ok_or_else(|| format!("no nameserver {name:?} is defined in /nameservers"))
        };
        if raw.module != DEFAULT_MODULE && !self.raw.modules.contains_key(&raw.module) {
            let message = format!("no module {:?} is defined in /modules", raw.module);
            self.refuse(&child(pointer, "module"), At::Value, message);
        }
        Zone {
            nameservers: self.list(&child(pointer, "nameservers"), &raw.nameservers, nameserver),
            qtypes: self.list(&child(pointer, "qtypes"), &raw.qtypes, text::rr_type),
            dnssec: raw.dnssec,
            module: raw.module.clone(),
            signature_warning_seconds: raw.signature_warning_seconds.0,
            interval_seconds: raw.interval_seconds.map(|interval| interval.0),
            trust_anchors: trust_anchors.unwrap_or_default(),
        }
    }

    fn anchors_of(&mut self, pointer: &str, zone: &Name, texts: &[String]) -> Vec<TrustAnchor> {
        self.list(pointer, texts, |text| anchors::anchor(text, zone))
    }

    /// Those built in, then those of the file, then those written here: of one zone the last hold.
    fn anchors(&mut self) -> BTreeMap<Name, Vec<TrustAnchor>> {
        let trust = &self.raw.trust.0;
        let mut anchors = BTreeMap::from([anchors::of_root()]);
        if let Some(file) = &trust.anchors_file {
            match anchors::read(&self.folder.join(file)) {
                Ok(read) => anchors.extend(read),
                Err(message) => self.refuse("/trust/anchors_file", At::Value, message),
            }
        }
        let mut written = BTreeMap::new();
        for (zone, raw::Anchors(texts)) in &trust.anchors {
            let pointer = child("/trust/anchors", zone);
            match text::name(zone) {
                Ok(name) => {
                    self.refuse_twin(&pointer, written.insert(name.clone(), zone));
                    let of_zone = self.anchors_of(&pointer, &name, texts);
                    anchors.insert(name, of_zone);
                }
                Err(message) => self.refuse(&pointer, At::Key, message),
            }
        }
        anchors
    }

    fn refuse_twin(&mut self, pointer: &str, other: Option<&String>) {
        if let Some(other) = other {
            self.refuse(pointer, At::Key, format!("the same zone as {other:?}, which stands here too"));
        }
    }

    fn resolver(&mut self) -> Option<SocketAddr> {
        let text = self.raw.trust.0.resolver.as_deref()?;
        if text.is_empty() {
            self.refuse("/trust/resolver", At::Value, format!("{text:?} is not an address"));
            return None;
        }
        let address = text::endpoint(text).and_then(|endpoint| match endpoint.host {
            Host::Address(address) => Ok(SocketAddr::new(address, endpoint.port.unwrap_or(DNS_PORT))),
            Host::Name(_) => Err(format!("{text:?} is not an address: a resolver cannot be looked up in itself")),
        });
        address.map_err(|message| self.refuse("/trust/resolver", At::Value, message)).ok()
    }

    /// Reads a list that must hold something, and nothing twice.
    fn list<T: PartialEq>(
        &mut self,
        pointer: &str,
        texts: &[String],
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        if texts.is_empty() {
            self.refuse(pointer, At::Value, "an empty list; at least one is needed".to_owned());
        }
        let mut values = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            let value = match read(text) {
                Ok(value) if values.contains(&value) => Err(format!("{text:?} stands in this list already")),
                read => read,
            };
            match value {
                Ok(value) => values.push(value),
                Err(message) => self.refuse(&child(pointer, &index.to_string()), At::Value, message),
            }
        }
        values
    }

    /// Names that stand in URLs, labels and before a `:port`.
    fn check_identifier(&mut self, pointer: &str, name: &str) {
        let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
        if name.is_empty() || !name.bytes().all(is_plain) {
            let message = format!("{name:?} is not a name here; letters, digits and . _ - make one");
            self.refuse(pointer, At::Key, message);
        }
    }

    fn refuse(&mut self, pointer: &str, at: At, message: String) {
        self.findings.push(Finding { pointer: pointer.to_owned(), at, message });
    }
}
