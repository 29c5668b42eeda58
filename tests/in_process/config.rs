//! probes.json: files that must be taken, files that must be refused with exactly the message beside them, and the schema.
//!
//! `OUTSIDEIN_BLESS=1 cargo test --test config` writes what is compared here anew: read the difference before it is kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outsidein::config::{
    Config, DnssecPolicy, DrillConfig, Module, Nameserver, NameserverRole, Pattern, ResolverChoice,
    json_schema,
};
use outsidein::dns::{Class, Families, Family, Name, Rcode, RrType, Transports};
use outsidein::plan::TargetPlan;
use proptest::prelude::*;

const SCHEMA: &str = "schema/probes.schema.json";

/// The invalid files that the schema takes: texts that only a parser judges, references, and duplicate keys, which are
/// gone before a schema looks. All others it must refuse.
const BEYOND_THE_SCHEMA: &[&str] = &[
    "address-bad",
    "address-host-name",
    "address-mapped",
    "address-multicast",
    "address-scope",
    "address-unspecified",
    "address-with-port",
    "anchor-bad",
    "anchor-of-another-zone",
    "anchors-file-bad",
    "anchors-file-missing",
    "anchors-file-without-owner",
    "anchors-twice",
    "blackbox-beside",
    "blackbox-class",
    "blackbox-large-regexp",
    "blackbox-name",
    "blackbox-of-zone",
    "blackbox-regexp",
    "blackbox-source",
    "blackbox-type",
    "drill-late-deadline",
    "drill-late-offset",
    "drill-short-interval",
    "drill-zone-bad",
    "drill-zone-configured",
    "duplicate-address",
    "duplicate-key-deep",
    "duplicate-key-escaped",
    "duplicate-nameserver",
    "duplicate-section",
    "duplicate-zone-case",
    "duplicate-zone-final-dot",
    "host-bad",
    "host-of-hidden",
    "module-ds-of-the-zone",
    "module-name-outside",
    "module-qtype-unknown",
    "module-zone-bad",
    "name-digest-of-two-types",
    "name-ds-of-the-zone",
    "name-of-another-zone",
    "name-record-of-another-type",
    "name-records-and-regexp",
    "name-records-without-type",
    "name-regexp",
    "name-relative",
    "name-too-many",
    "name-twice",
    "name-type-any",
    "nameserver-name-address",
    "qtype-transfer",
    "qtype-twice",
    "qtype-unknown",
    "rcode-too-large",
    "rcode-unknown",
    "resolver-bare-ipv6-port",
    "resolver-host-name",
    "resolver-list-bad",
    "resolver-port-zero",
    "zone-module-of-another",
    "zone-module-unknown",
    "zone-name-empty-label",
    "zone-name-long-label",
    "zone-nameserver-unknown",
    "zone-slash-in-pointer",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/config").join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

/// Compares, or writes where the environment says so.
fn hold_to(path: &Path, actual: &str) -> Result<(), String> {
    if std::env::var_os("OUTSIDEIN_BLESS").is_some() {
        fs::write(path, actual).unwrap();
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    let command = "OUTSIDEIN_BLESS=1 cargo test --test config";
    let message = || {
        format!(
            "{}\n  kept: {expected}\n  now:  {actual}\n(to keep what is now: {command})",
            path.display()
        )
    };
    if expected == actual {
        Ok(())
    } else {
        Err(message())
    }
}

#[test]
fn every_invalid_file_is_rejected_with_its_message() {
    let files = files("invalid");
    assert!(files.len() >= 30, "{} files", files.len());
    let faults = files.iter().filter_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        match Config::parse(&text, "probes.json") {
            Ok(_) => Some(format!("{} is taken", path.display())),
            Err(error) => hold_to(&path.with_extension("txt"), &format!("{error}\n")).err(),
        }
    });
    let wrong: Vec<_> = faults.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_message_has_file_line_and_column_on_one_line() {
    for path in files("invalid") {
        let error = Config::parse(&fs::read_to_string(&path).unwrap(), "probes.json").unwrap_err();
        let text = error.to_string();
        assert_eq!(
            text.lines().count(),
            error.problems.len(),
            "{}",
            path.display()
        );
        for (line, problem) in text.lines().zip(&error.problems) {
            let position = problem.position.unwrap();
            let head = format!("probes.json:{}:{}: ", position.line, position.column);
            assert!(line.starts_with(&head), "{line}");
        }
    }
}

#[test]
fn every_valid_file_survives_a_round_trip() {
    let files = files("valid");
    assert!(files.len() >= 5);
    for path in files.iter().chain([&root().join("probes.json")]) {
        let config = Config::load(path).unwrap_or_else(|error| panic!("{error}"));
        let written = serde_json::to_string_pretty(&config).unwrap();
        let again =
            Config::parse(&written, "written").unwrap_or_else(|error| panic!("{error}\n{written}"));
        assert_eq!(config, again, "{}", path.display());
    }
}

#[test]
fn documented_example_is_valid() {
    let page = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let example = page
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let config =
        Config::parse(example, "docs/configuration.md").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (
            config.nameservers.len(),
            config.zones.len(),
            config.modules.len()
        ),
        (2, 2, 2)
    );
}

#[test]
fn every_key_has_an_effect() {
    let config = Config::load(root().join("tests/config/valid/every-key.json")).unwrap();
    assert_nameservers_arrive(&config);
    assert_zones_arrive(&config);
    assert_modules_arrive(&config);
    assert_trust_arrives(&config);
    let drill = DrillConfig {
        zone: "canary.example".parse().unwrap(),
        interval_seconds: 3_600,
        offset_seconds: 600,
        duration_seconds: 1_800,
        deadline_seconds: 1_200,
    };
    assert_eq!(config.drill, Some(drill));
}

#[test]
fn drill_is_daily_by_default_and_off_without_the_key() {
    let drill = |text| Config::parse(text, "probes.json").unwrap().drill;
    assert_eq!(drill("{}"), None);
    let times = |text| {
        let drill = drill(text).expect("a drill");
        [
            drill.interval_seconds,
            drill.offset_seconds,
            drill.duration_seconds,
            drill.deadline_seconds,
        ]
    };
    assert_eq!(times(r#"{ "drill": {} }"#), [86_400, 36_000, 900, 600]);
    // The default offset fits any interval.
    assert_eq!(
        times(r#"{ "drill": { "interval_seconds": 5000 } }"#),
        [5_000, 1_000, 900, 600]
    );
}

fn assert_nameservers_arrive(config: &Config) {
    let ns1 = &config.nameservers["ns1.example.net"];
    assert_eq!(
        (ns1.addresses.len(), ns1.port, ns1.provider.as_deref()),
        (2, 5353, Some("home"))
    );
    assert_eq!(ns1.role, Some(NameserverRole::Primary));
    assert_eq!(config.nameservers["ns2"].port, 53);
    let of_host = |name: &str| {
        let Nameserver {
            host,
            hidden,
            anycast,
            ..
        } = &config.nameservers[name];
        (host.as_ref().map(ToString::to_string), *hidden, *anycast)
    };
    assert_eq!(
        of_host("ns1.example.net"),
        (Some("ns1.example.net.".to_owned()), false, false),
        "by its own name"
    );
    assert_eq!(
        of_host("ns2"),
        (Some("ns.example.org.".to_owned()), false, true)
    );
    assert_eq!(of_host("hidden.example.net"), (None, true, false));
}

fn assert_zones_arrive(config: &Config) {
    let zone = &config.zones[&"EXAMPLE.net".parse::<Name>().unwrap()];
    assert_eq!(
        zone.qtypes,
        [RrType::SOA, RrType::DNSKEY, RrType(65_534), RrType::ANY]
    );
    assert_eq!(
        (zone.dnssec, zone.module.as_str()),
        (DnssecPolicy::Required, "patient")
    );
    assert_eq!(
        (zone.interval_seconds, zone.signature_warning_seconds),
        (Some(240), 259_200)
    );
    let idn = &config.zones[&"xn--bcher-kva.example".parse::<Name>().unwrap()];
    assert_eq!(
        (idn.interval_seconds, idn.signature_warning_seconds),
        (None, 3_600)
    );
    assert_eq!(
        (idn.dnssec, idn.module.as_str(), idn.qtypes.as_slice()),
        (DnssecPolicy::Off, "default", &[RrType::SOA][..])
    );
    let texts: Vec<_> = zone.trust_anchors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].starts_with("DS 12345 13 2 "));
    assert!(texts[1].starts_with("DNSKEY 257 3 13 "));
}

fn assert_modules_arrive(config: &Config) {
    let patient = Module {
        timeout: Duration::from_millis(9500),
        families: Families::Ipv6,
        transport: Transports::Both,
        udp_size: 4096,
        valid_rcodes: vec![Rcode::NOERROR, Rcode::NXDOMAIN, Rcode(4095)],
        denial: "3".parse().unwrap(),
        recursion: true,
        transfer: true,
        blackbox: None,
        zone: None,
        qtype: None,
        name: None,
    };
    assert_eq!(config.modules["patient"], patient);
    assert_blackbox_arrives(&config.modules["soa_of_old"]);
    let asking = &config.modules["www-example-net"];
    let names = [&asking.zone, &asking.name].map(|name| name.as_ref().map(ToString::to_string));
    assert_eq!(
        names,
        [
            Some("example.net.".to_owned()),
            Some("WWW.example.net.".to_owned())
        ]
    );
    assert_eq!(asking.qtype, Some(RrType::AAAA));
    assert_eq!(
        config.modules["default"],
        Module {
            timeout: Duration::from_secs(3),
            ..Module::default()
        }
    );
}

fn assert_trust_arrives(config: &Config) {
    assert_eq!(
        config.trust.resolver,
        ResolverChoice::Listed(vec!["[2001:db8::53]:5300".parse().unwrap()])
    );
    let tags: Vec<_> = config
        .trust
        .anchors
        .iter()
        .map(|(zone, anchors)| (zone.to_string(), anchors[0].key_tag()))
        .collect();
    assert_eq!(
        tags,
        [
            (".".to_owned(), 1),
            ("corp.".to_owned(), 3),
            ("lan.".to_owned(), 4)
        ],
        "file, then keys"
    );
}

fn assert_blackbox_arrives(module: &Module) {
    let blackbox = module.blackbox.as_ref().expect("the module's question");
    assert_eq!(
        (module.transport, blackbox.name.to_string().as_str()),
        (Transports::Tcp, "Example.net.")
    );
    assert_eq!((blackbox.qtype, blackbox.class), (RrType::SOA, Class::CH));
    assert_eq!(
        (blackbox.recursion_desired, blackbox.preferred_family),
        (false, Family::Ipv4)
    );
    assert_eq!(
        (blackbox.family_fallback, blackbox.source_address),
        (false, Some([192, 0, 2, 53].into()))
    );
    let texts = |patterns: &[Pattern]| patterns.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(texts(&blackbox.answer.matches), ["a"]);
    assert_eq!(texts(&blackbox.answer.all_match), ["b"]);
    assert_eq!(texts(&blackbox.authority.not_matches), ["c\\t", "d"]);
    assert_eq!(texts(&blackbox.additional.none_matches), ["e"]);
}

#[test]
fn empty_object_is_the_default() {
    let config = Config::parse("{}", "probes.json").unwrap();
    assert_eq!(config, Config::default());
    let default = &config.modules["default"];
    assert_eq!(
        (default.timeout, default.udp_size),
        (Duration::from_secs(5), 1232)
    );
    assert_eq!(
        (default.families, default.transport),
        (Families::Both, Transports::Udp)
    );
    assert_eq!(default.valid_rcodes, [Rcode::NOERROR]);
}

#[test]
fn required_zone_queries_dnskey_by_default() {
    let qtypes = |keys: &str| {
        let nameservers = r#""nameservers": { "ns1": { "addresses": ["192.0.2.1"] } }"#;
        let zones = format!(r#""zones": {{ "example.net": {{ "nameservers": ["ns1"]{keys} }} }}"#);
        let config =
            Config::parse(&format!("{{ {nameservers}, {zones} }}"), "probes.json").unwrap();
        config.zones.into_values().next().unwrap().qtypes
    };
    assert_eq!(
        qtypes(r#", "dnssec": "required""#),
        [RrType::SOA, RrType::DNSKEY]
    );
    assert_eq!(
        qtypes(r#", "dnssec": "required", "qtypes": ["SOA"]"#),
        [RrType::SOA],
        "what is written holds"
    );
    for policy in ["", r#", "dnssec": "auto""#, r#", "dnssec": "off""#] {
        assert_eq!(
            qtypes(policy),
            [RrType::SOA],
            "{policy}: an unsigned zone has no DNSKEY to answer"
        );
    }
}

#[test]
fn unreadable_file_is_reported() {
    let error = Config::load("no/such/probes.json").unwrap_err().to_string();
    assert_eq!(
        error,
        "no/such/probes.json: cannot be read: No such file or directory (os error 2)"
    );
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("latin-1.json");
    fs::write(&path, b"{\n  \"zones\": { \"b\xFCcher.example\": {} } }").unwrap();
    let error = Config::load(&path).unwrap_err().to_string();
    assert!(
        error.contains("latin-1.json:2:16: JSON is written in UTF-8"),
        "{error}"
    );
}

#[test]
fn stored_schema_matches_the_types() {
    let schema = format!("{:#}\n", json_schema());
    hold_to(&root().join(SCHEMA), &schema).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn schema_accepts_valid_and_rejects_invalid_files() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    for path in files("valid").iter().chain([&root().join("probes.json")]) {
        let value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
    let mut taken = Vec::new();
    for path in files("invalid") {
        let name = stem(&path);
        match serde_json::from_str(&fs::read_to_string(&path).unwrap()) {
            Ok(value) if validator.is_valid(&value) => taken.push(name.to_owned()),
            Ok(_) => {}
            Err(error) => assert!(name.starts_with("syntax-"), "{name} is no JSON: {error}"),
        }
    }
    assert_eq!(taken, BEYOND_THE_SCHEMA);
}

proptest! {
    #[test]
    fn any_text_is_accepted_or_rejected(text in any::<String>()) {
        let _ = Config::parse(&text, "probes.json").map_err(|error| error.to_string());
    }

    #[test]
    fn mutated_valid_text_is_accepted_or_rejected(at in any::<prop::sample::Index>(), end in any::<prop::sample::Index>(), by in r#"[{}\[\]",:\\0-9a-zü.\n-]{0,6}"#) {
        let mut text = fs::read_to_string(root().join("tests/config/valid/every-key.json")).unwrap();
        let bounds: Vec<_> = text.char_indices().map(|(index, _)| index).collect();
        let start = *at.get(&bounds);
        let end = (*end.get(&bounds)).min(start + 8);
        if text.is_char_boundary(end) && start <= end {
            text.replace_range(start..end, &by);
        }
        if let Err(error) = Config::parse(&text, "probes.json") {
            let last = text.split('\n').count();
            for problem in &error.problems {
                prop_assert!(problem.position.is_some_and(|p| (1..=last).contains(&p.line) && p.column >= 1));
            }
            prop_assert_eq!(error.to_string().lines().count(), error.problems.len());
        }
    }

    #[test]
    fn any_parameters_are_accepted_or_rejected(
        parameters in prop::collection::vec(("(target|zone|qtype|name|module|family|dnssec|[a-z]{0,3})", parameter_value()), 0..6),
        nanos in any::<Option<u32>>(),
    ) {
        let limit = nanos.map(|nanos| Duration::from_nanos(nanos.into()));
        match TargetPlan::new(&parameters, limit, &Config::default()) {
            Ok(plan) => {
                prop_assert!(!plan.timeout.is_zero() && plan.port > 0);
                prop_assert!(plan.name().is_within(&plan.zone));
            }
            Err(error) => prop_assert_eq!(error.to_string().lines().count(), 1),
        }
    }
}

fn parameter_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9.:\\[\\]%-]{1,20}",
        "(both|off|SOA|default|example\\.net|\\.)"
    ]
}
