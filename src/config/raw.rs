//! probes.json as it is written: what serde reads, and what the JSON Schema is made from.
//!
//! The comments on these types and fields are the descriptions that editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_path_to_error::{Path, Segment};

use super::blackbox_module;
use super::drill::RawDrill;
use super::error::Problem;
use super::names::RawZoneName;
use super::position::{MemberPart, Positions, at_line, child};
use super::resolvers::RawResolvers;
use super::value_types::{BoundedInteger, Object, Seconds, deserialize_non_null};
use super::{
    DEFAULT_MODULE, DEFAULT_SIGNATURE_WARNING_SECONDS, DNS_PORT, DenialNames, DnssecPolicy,
    NameserverRole,
};
use crate::dns::{Families, Transports};

/// probes.json of outsidein: what is probed and how.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "probes.json")]
pub(super) struct RawConfig {
    /// Where this schema is, for editors.
    #[serde(rename = "$schema", default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    _schema: Option<String>,
    /// Nameservers by the name that `target` may take.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": "^[A-Za-z0-9._-]+$" }))]
    pub(super) nameservers: BTreeMap<String, Object<RawNameserver>>,
    /// Zones by apex: the name whose DNSKEY RRset signs.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "minLength": 1 }))]
    pub(super) zones: BTreeMap<String, Object<RawZone>>,
    /// Probe profiles. `default` always exists, and may be written here to change it.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": "^[A-Za-z0-9._-]+$" }))]
    pub(super) modules: BTreeMap<String, Object<RawModule>>,
    /// Whom outsidein believes.
    #[serde(default)]
    pub(super) trust: Object<RawTrust>,
    /// A drill of the way that alerts take: a canary zone that the exporter serves breaks on schedule, and its alert must come
    /// back from Alertmanager. Without this key there is none.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "Object<RawDrill>", skip_serializing_if = "Option::is_none")]
    pub(super) drill: Option<Object<RawDrill>>,
}

/// A nameserver that is probed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Nameserver")]
pub(super) struct RawNameserver {
    /// Its IPv4 and IPv6 addresses, each probed on its own.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub(super) addresses: Vec<String>,
    /// Its port.
    #[serde(default = "default_port")]
    pub(super) port: Port,
    /// Who runs it.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(
        with = "String",
        length(min = 1),
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) provider: Option<String>,
    /// Its part in the zone transfer.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "NameserverRole", skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<NameserverRole>,
    /// Its host name as the NS records of its zones have it. Its name here is taken for it where that has a dot in it.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(
        with = "String",
        length(min = 1),
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) host: Option<String>,
    /// Whether the NS records of its zones leave it out, as those of a hidden primary do.
    #[serde(default)]
    pub(super) hidden: bool,
    /// Whether each of its addresses leads to many machines, so that IPv4 and IPv6 may end at different ones.
    #[serde(default)]
    pub(super) anycast: bool,
}

/// A zone that is probed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Zone")]
pub(super) struct RawZone {
    /// The nameservers that serve it, by their names in `nameservers`.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub(super) nameservers: Vec<String>,
    /// The RR types that its apex must have, by mnemonic or as TYPE123. SOA, NS, DNSKEY, CDS and CDNSKEY are asked for whatever
    /// stands here. Left out: SOA, and DNSKEY too where `dnssec` is `required`.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "Vec<String>", length(min = 1), extend("uniqueItems" = true), skip_serializing_if = "Option::is_none")]
    pub(super) qtypes: Option<Vec<String>>,
    /// Names at its apex or below it that each of its servers is asked for, and what is expected of them.
    #[serde(default)]
    pub(super) names: Vec<Object<RawZoneName>>,
    /// What a probe demands of DNSSEC.
    #[serde(default = "default_policy")]
    pub(super) dnssec: DnssecPolicy,
    /// The probe profile, by its name in `modules`.
    #[serde(default = "default_module")]
    pub(super) module: String,
    /// How many seconds its signatures must still last before alerts warn: what its signer leaves them before it signs
    /// anew, less a margin.
    #[serde(default = "default_signature_warning")]
    pub(super) signature_warning_seconds: SignatureWarning,
    /// How often it is to be scraped, in seconds, as service discovery tells it; the scrape job's own interval if left out.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "Interval", skip_serializing_if = "Option::is_none")]
    pub(super) interval_seconds: Option<Interval>,
    /// Its trust anchors: DS or DNSKEY records in presentation form. They hold instead of the chain from `trust.anchors`.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "Vec<String>", length(min = 1), extend("uniqueItems" = true), skip_serializing_if = "Option::is_none")]
    pub(super) trust_anchors: Option<Vec<String>>,
}

/// A probe profile. A key that is left out has the value built in, not that of the module `default`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Module")]
pub(super) struct RawModule {
    /// The time limit of a probe in seconds; the scrape's own may be shorter.
    pub(super) timeout_seconds: Seconds,
    /// The address families that a probe wants.
    pub(super) families: Families,
    /// The transports that a probe uses.
    pub(super) transport: Transports,
    /// The UDP payload in octets that queries advertise (RFC 6891 section 6.2.3).
    pub(super) udp_size: UdpSize,
    /// The rcodes that count as an answer, by mnemonic or as RCODE123.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub(super) valid_rcodes: Vec<String>,
    /// How many random names a probe asks for, and with them for a type that the apex lacks, to verify the proofs that they do not
    /// exist: `false` for none, `true` for one, or a number.
    pub(super) denial: DenialNames,
    /// Whether a probe also asks the server to resolve a name for it, which an authority must not do for strangers.
    pub(super) recursion: bool,
    /// Whether a probe also asks for a transfer of the whole zone (AXFR), which few mean to allow to strangers.
    pub(super) transfer: bool,
    /// Asks one question as blackbox_exporter does, in place of what a probe asks otherwise.
    #[serde(deserialize_with = "deserialize_non_null")]
    #[schemars(
        with = "Object<blackbox_module::RawBlackbox>",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) blackbox: Option<Object<blackbox_module::RawBlackbox>>,
    /// The apex of the zone that is meant where a request names none, so that `target` and `module` alone make a probe.
    #[serde(deserialize_with = "deserialize_non_null")]
    #[schemars(
        with = "String",
        length(min = 1),
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) zone: Option<String>,
    /// The RR type to ask for where a request names none, by mnemonic or as TYPE123.
    #[serde(deserialize_with = "deserialize_non_null")]
    #[schemars(
        with = "String",
        length(min = 1),
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) qtype: Option<String>,
    /// The owner name to ask for where a request names none; at or below the zone.
    #[serde(deserialize_with = "deserialize_non_null")]
    #[schemars(
        with = "String",
        length(min = 1),
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) name: Option<String>,
}

/// Whom outsidein believes.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Trust")]
pub(super) struct RawTrust {
    /// The resolvers through which the chain from the trust anchors is followed and the parent is found: an address with
    /// an optional port, an array of them (the next is asked when one fails), "system" for those of /etc/resolv.conf, or
    /// "none". Their verdict is not believed. "system" is the default.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(with = "RawResolvers", skip_serializing_if = "Option::is_none")]
    pub(super) resolver: Option<RawResolvers>,
    /// Trust anchors by the zone that they are of: DS or DNSKEY records in presentation form. The root's are built in,
    /// and those written here or in `anchors_file` take their place.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "minLength": 1 }))]
    pub(super) anchors: BTreeMap<String, RawAnchors>,
    /// A file of DS or DNSKEY records, one a line with its owner, as /usr/share/dns/root.key is; its path is relative to this file.
    #[serde(default, deserialize_with = "deserialize_non_null")]
    #[schemars(
        with = "String",
        length(min = 1),
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) anchors_file: Option<String>,
}

/// The trust anchors of one zone.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Anchors")]
pub(super) struct RawAnchors(
    #[schemars(length(min = 1), extend("uniqueItems" = true))] pub(super) Vec<String>,
);

pub(super) type Port = BoundedInteger<1, 65_535>;
/// Below 512 octets no message is limited (RFC 6891 section 6.2.3).
pub(super) type UdpSize = BoundedInteger<512, 65_535>;
/// Up to a year: nobody lets signatures last longer.
pub(super) type SignatureWarning = BoundedInteger<1, 31_536_000>;
/// Up to four minutes: VictoriaMetrics and Prometheus take a series for gone five minutes after its last sample. A zone that is scraped
/// less often is on and off, and none of its alerts is ever pending for as long as it must be.
pub(super) type Interval = BoundedInteger<1, 240>;

impl Default for RawModule {
    fn default() -> Self {
        let module = super::Module::default();
        Self {
            timeout_seconds: Seconds(module.timeout.as_secs_f64()),
            families: module.families,
            transport: module.transport,
            udp_size: BoundedInteger(module.udp_size.into()),
            valid_rcodes: module
                .valid_rcodes
                .iter()
                .map(ToString::to_string)
                .collect(),
            denial: module.denial,
            recursion: module.recursion,
            transfer: module.transfer,
            blackbox: None,
            zone: None,
            qtype: None,
            name: None,
        }
    }
}

fn default_port() -> Port {
    BoundedInteger(DNS_PORT.into())
}

fn default_signature_warning() -> SignatureWarning {
    BoundedInteger(DEFAULT_SIGNATURE_WARNING_SECONDS)
}

fn default_policy() -> DnssecPolicy {
    DnssecPolicy::Auto
}

fn default_module() -> String {
    DEFAULT_MODULE.to_owned()
}

/// Refuses what is not JSON, and text after it.
pub(super) fn check_syntax(text: &str) -> Result<(), Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed: Result<serde_json::Value, _> = serde_path_to_error::deserialize(&mut deserializer);
    let (error, pointer) = match parsed {
        Ok(_) => match deserializer.end() {
            Ok(()) => return Ok(()),
            Err(error) => (error, String::new()),
        },
        Err(error) => {
            let pointer = json_pointer(error.path());
            (error.into_inner(), pointer)
        }
    };
    let position = Some(at_line(text, error.line(), error.column()));
    Err(Problem {
        position,
        pointer,
        message: describe_error(&error),
    })
}

/// Reads a text whose syntax is right.
pub(super) fn read(text: &str, positions: &Positions<'_>) -> Result<RawConfig, Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed: Result<Object<RawConfig>, _> = serde_path_to_error::deserialize(&mut deserializer);
    parsed.map(|Object(config)| config).map_err(|error| {
        let pointer = json_pointer(error.path());
        let message = describe_error(error.inner());
        let part = if message.starts_with("unknown key") {
            MemberPart::Key
        } else {
            MemberPart::Value
        };
        Problem {
            position: Some(positions.find(&pointer, part)),
            pointer,
            message,
        }
    })
}

fn json_pointer(path: &Path) -> String {
    path.iter()
        .fold(String::new(), |pointer, segment| match segment {
            Segment::Seq { index } => child(&pointer, &index.to_string()),
            Segment::Map { key } => child(&pointer, key),
            Segment::Enum { variant } => child(&pointer, variant),
            Segment::Unknown => pointer,
        })
}

/// What serde_json says in the words of JSON, without its own account of the place.
fn describe_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let location = format!(" at line {} column {}", error.line(), error.column());
    let mut text = text.strip_suffix(&location).unwrap_or(&text).to_owned();
    let prefixes = [
        ("unknown field", "unknown key"),
        ("missing field", "missing key"),
        ("invalid type: map,", "invalid type: object,"),
        ("invalid type: sequence,", "invalid type: array,"),
    ];
    for (from, to) in prefixes {
        if let Some(rest) = text.strip_prefix(from) {
            text = format!("{to}{rest}");
        }
    }
    for (from, to) in [
        ("expected a sequence", "expected an array"),
        ("expected a map", "expected an object"),
    ] {
        if let Some(rest) = text.strip_suffix(from) {
            text = format!("{rest}{to}");
        }
    }
    text
}
