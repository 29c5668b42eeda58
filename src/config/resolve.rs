//! From what is written to what is meant: texts read, references followed. Everything wrong is told, not only the first.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::error::Problem;
use super::position::{At, Positions, child};
use super::raw::{self, Object};
use super::text::{self, Host};
use super::{Config, DEFAULT_MODULE, DNS_PORT, Module, Nameserver, Zone};
use crate::dns::Name;

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
pub(super) fn resolve(raw: &raw::Config) -> Result<Config, Vec<Finding>> {
    let mut resolver = Resolver { raw, findings: Vec::new() };
    let nameservers = raw.nameservers.iter().map(|(name, Object(raw))| (name.clone(), resolver.nameserver(name, raw)));
    let nameservers = nameservers.collect();
    let modules = resolver.modules();
    let zones = resolver.zones();
    let resolver_address = resolver.resolver();
    if resolver.findings.is_empty() {
        Ok(Config { nameservers, zones, modules, resolver: resolver_address })
    } else {
        Err(resolver.findings)
    }
}

/// What it returns counts only while it has found nothing wrong.
struct Resolver<'r> {
    raw: &'r raw::Config,
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
        Nameserver { addresses, port: raw.port.0, provider: raw.provider.clone(), role: raw.role }
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
                udp_size: raw.udp_size.0,
                valid_rcodes: self.list(&child(&pointer, "valid_rcodes"), &raw.valid_rcodes, text::rcode),
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
            let zone = self.zone(&pointer, raw);
            match text::name(apex) {
                // Case and the final dot make no other name (RFC 4343).
                Ok(name) => {
                    if let Some(other) = written.insert(name.clone(), apex) {
                        self.refuse(&pointer, At::Key, format!("the same zone as {other:?}, which stands here too"));
                    }
                    zones.insert(name, zone);
                }
                Err(message) => self.refuse(&pointer, At::Key, message),
            }
        }
        zones
    }

    fn zone(&mut self, pointer: &str, raw: &raw::Zone) -> Zone {
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
        }
    }

    fn resolver(&mut self) -> Option<SocketAddr> {
        let text = self.raw.trust.0.resolver.as_deref()?;
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
