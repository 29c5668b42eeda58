//! What is carried over, what is listed, and what is refused.

use super::*;

/// The YAML of one module's `dns` section, and what is listed of it.
fn import_dns(dns: &str) -> (bool, Vec<String>) {
    import_module(&format!(
        "{{ prober: dns, dns: {{ query_name: example.net, {dns} }} }}"
    ))
}

fn import_module(module: &str) -> (bool, Vec<String>) {
    let imported = import(&format!("modules:\n  m: {module}\n"), "b.yml").unwrap();
    assert!(
        Config::parse(&imported.probes, "probes.json").is_ok(),
        "{}",
        imported.probes
    );
    (
        imported.imported_count == 1,
        imported.notes.iter().map(ToString::to_string).collect(),
    )
}

const UNSUPPORTED_SETTINGS: &[(&str, &str)] = &[
    (
        "dns_over_tls: true",
        "dns.dns_over_tls: module not carried over: DNS over TLS is not spoken here",
    ),
    (
        "query_type: AXFR",
        "dns.query_type: module not carried over: \"AXFR\" is not a type that can be asked for here",
    ),
    (
        "query_type: NOSUCH",
        "dns.query_type: module not carried over: \"NOSUCH\" is no RR type",
    ),
    (
        "query_class: XX",
        "dns.query_class: module not carried over: \"XX\" is no class",
    ),
    (
        "transport_protocol: udp4",
        "dns.transport_protocol: module not carried over: \"udp4\" is neither udp nor tcp",
    ),
    (
        "valid_rcodes: []",
        "dns.valid_rcodes: module not carried over: an empty list",
    ),
    (
        "valid_rcodes: [noerror]",
        "dns.valid_rcodes: module not carried over: \"noerror\" is not in capitals",
    ),
    (
        "valid_rcodes: [BADVERS]",
        "dns.valid_rcodes: module not carried over: \"BADVERS\" is no name of its",
    ),
    (
        "valid_rcodes: [RCODE3]",
        "dns.valid_rcodes: module not carried over: \"RCODE3\" is no name of its",
    ),
    (
        "valid_rcodes: [NOERROR, WHAT]",
        "dns.valid_rcodes[1]: module not carried over: \"WHAT\" is no rcode",
    ),
    (
        "source_ip_address: nowhere",
        "dns.source_ip_address: module not carried over: \"nowhere\" is not an IP address",
    ),
    (
        "validate_answer_rrs: { fail_if_not_matches_regexp: [a, '(?<=b)'] }",
        "dns.validate_answer_rrs.fail_if_not_matches_regexp[1]: module not carried over: \"(?<=b)\" is no regexp of \
             Go's: it looks around; blackbox_exporter fails every probe that comes to it",
    ),
    (
        "validate_authority_rrs: { fail_if_none_matches_regexp: [a, '[[:digits:]]', 'b{1001}'] }",
        "dns.validate_authority_rrs.fail_if_none_matches_regexp[1]: module not carried over: \"[[:digits:]]\" is no \
             regexp of Go's: `[:digits:]` is no class of characters;",
    ),
    (
        "validate_answer_rrs: { fail_if_matches_regexp: [a, '(?)'] }",
        "dns.validate_answer_rrs.fail_if_matches_regexp[1]: module not carried over: \"(?)\" is no regexp: repetition",
    ),
];

#[test]
fn module_with_different_meaning_is_left_out_and_listed() {
    for (dns, expected) in UNSUPPORTED_SETTINGS {
        let (is_imported, lines) = import_dns(dns);
        assert!(!is_imported, "{dns}");
        assert!(
            lines[0].starts_with(&format!("b.yml:2: modules.m.{expected}")),
            "{dns}: {lines:?}"
        );
        assert_eq!(
            lines.len(),
            if dns.contains("1001") { 2 } else { 1 },
            "{dns}: {lines:?}"
        );
    }
}

#[test]
fn ineffective_setting_is_listed_and_module_carried_over() {
    let table = [
        (
            "tls_config: { insecure_skip_verify: true }",
            "dns.tls_config: not carried over; it had no effect",
        ),
        (
            "preferred_ip_protocol: ipv6",
            "dns.preferred_ip_protocol: \"ipv6\" is neither ip4 nor ip6",
        ),
        (
            "query_type: LOC, validate_answer_rrs: { fail_if_matches_regexp: [a] }",
            "dns.validate_answer_rrs: LOC records may be printed otherwise",
        ),
    ];
    for (dns, expected) in table {
        let (is_imported, lines) = import_dns(dns);
        assert!(is_imported && lines.len() == 1, "{dns}: {lines:?}");
        assert!(
            lines[0].starts_with(&format!("b.yml:2: modules.m.{expected}")),
            "{dns}: {lines:?}"
        );
    }
}

#[test]
fn modules_of_other_probers_are_listed() {
    let table = [
        (
            "{ prober: http, http: { anything: [at, all] } }",
            "prober: module not carried over: \"http\" is no prober of DNS",
        ),
        (
            "{ prober: tcp, tcp: { query_response: [{ send: !!binary gICA }, { a: .nan, b: !own 1, 3: [null] }] } }",
            "prober: module not carried over: \"tcp\" is no prober of DNS",
        ),
        (
            "{ timeout: 5s }",
            "prober: module not carried over: \"\" is no prober of DNS",
        ),
        (
            "{ prober: dns, timeout: soon, dns: { query_name: a } }",
            "timeout: module not carried over: \"soon\" is no duration",
        ),
        (
            "{ prober: dns, timeout: 1us, dns: { query_name: a } }",
            "timeout: module not carried over: 1e-6 is not",
        ),
        (
            "{ prober: dns, timeout: 1h, dns: { query_name: a } }",
            "timeout: 300 seconds are the most here",
        ),
        (
            "{ prober: dns, icmp: { ttl: 5 }, dns: { query_name: a } }",
            "icmp: not carried over; it had no effect",
        ),
        (
            "{ prober: dns, dns: { query_name: a..b } }",
            "dns.query_name: module not carried over: \"a..b\" is not a domain name",
        ),
    ];
    for (module, expected) in table {
        let (_, lines) = import_module(module);
        assert!(lines.len() == 1, "{module}: {lines:?}");
        assert!(
            lines[0].starts_with(&format!("b.yml:2: modules.m.{expected}")),
            "{module}: {lines:?}"
        );
    }
    let slash = import(
        "modules: { a/b: { prober: dns, dns: { query_name: a } } }",
        "b.yml",
    )
    .unwrap();
    assert!(
        slash.notes[0]
            .to_string()
            .contains("modules.a/b: module not carried over: \"a/b\" is not a name")
    );
}

#[test]
fn defaults_match_blackbox_exporter() {
    let imported = import(
        "modules: { m: { prober: dns, dns: { query_name: bücher.example } } }",
        "b.yml",
    )
    .unwrap();
    assert!(imported.notes.is_empty());
    let config = Config::parse(&imported.probes, "probes.json").unwrap();
    let module = &config.modules["m"];
    assert_eq!(module.timeout, Duration::from_millis(119_500));
    let blackbox = module.blackbox.as_ref().unwrap();
    assert_eq!(
        blackbox.name.labels().next(),
        Some("bücher".as_bytes()),
        "its octets, not an A-label"
    );
    assert_eq!((blackbox.qtype, blackbox.class.0), (RrType::ANY, 1));
    assert!(blackbox.recursion_desired && blackbox.family_fallback);
    assert_eq!(blackbox.preferred_family, Family::Ipv6);
}

#[test]
fn module_without_dns_asks_the_root_for_any() {
    let imported = import(
        "modules:\n  bare: { prober: dns }\n  same: { prober: dns, dns: { query_name: . } }",
        "b.yml",
    )
    .unwrap();
    assert!(imported.notes.is_empty(), "{:?}", imported.notes);
    let config = Config::parse(&imported.probes, "probes.json").unwrap();
    let bare = &config.modules["bare"];
    let blackbox = bare.blackbox.as_ref().unwrap();
    assert!(blackbox.name.is_root());
    assert_eq!(blackbox.qtype, RrType::ANY);
    assert_eq!(bare, &config.modules["same"]);
}

#[test]
fn library_specific_names_are_translated() {
    let (is_imported, lines) =
        import_dns("query_class: CS, query_type: '', valid_rcodes: [BADSIG, NOTIMPL, BADSIG]");
    assert!(is_imported && lines.is_empty(), "{lines:?}");
    let dns = "{ query_name: a, query_class: CS, valid_rcodes: [BADSIG, NOTIMPL, NOTIMP] }";
    let imported = import(
        &format!("modules: {{ m: {{ prober: dns, dns: {dns} }} }}"),
        "b.yml",
    )
    .unwrap();
    let config = Config::parse(&imported.probes, "probes.json").unwrap();
    let module = &config.modules["m"];
    assert_eq!(
        module
            .valid_rcodes
            .iter()
            .map(|rcode| rcode.0)
            .collect::<Vec<_>>(),
        [16, 4]
    );
    assert_eq!(module.blackbox.as_ref().unwrap().class.0, 2);
}

/// What is left when entries are commented out: null, which is nothing to blackbox_exporter.
#[test]
fn null_values_are_left_out() {
    let (is_imported, lines) = import_dns(
        "validate_answer_rrs: { fail_if_matches_regexp: , fail_if_none_matches_regexp: ~ }, validate_authority_rrs: ,\
         query_type: ~, valid_rcodes: ~",
    );
    assert!(is_imported && lines.is_empty(), "{lines:?}");
    assert_eq!(
        import_module("").1,
        ["b.yml:2: modules.m.prober: module not carried over: \"\" is no prober of DNS"]
    );
    assert_eq!(import("modules:\n", "b.yml").unwrap().module_count, 0);
}

/// An entry that is only begun is none to blackbox_exporter; an empty text is a regexp that everything matches.
#[test]
fn empty_list_entry_is_ignored() {
    let text = "modules:\n  m:\n    prober: dns\n    dns:\n      query_name: a\n      validate_answer_rrs:\n        \
                fail_if_not_matches_regexp:\n          -\n          - b\n          - ~\n          - ''\n";
    let imported = import(text, "b.yml").unwrap();
    assert_eq!((imported.imported_count, imported.notes.len()), (1, 0));
    let config = Config::parse(&imported.probes, "probes.json").unwrap();
    let rules = &config.modules["m"]
        .blackbox
        .as_ref()
        .unwrap()
        .answer
        .not_matches;
    assert_eq!(
        rules.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["b", ""]
    );
    let (is_imported, lines) = import_dns("valid_rcodes: [NOERROR, ~]");
    assert!(is_imported && lines.is_empty(), "{lines:?}");
    let (is_imported, lines) = import_dns("valid_rcodes: [~]");
    assert!(
        !is_imported
            && lines[0].contains("dns.valid_rcodes: module not carried over: an empty list"),
        "{lines:?}"
    );
}

/// A module for each zone, in two lines over one anchor: the usual form of a long blackbox.yml.
#[test]
fn any_number_of_modules_may_share_an_anchor() {
    const ZONES: usize = 6_000;
    let module = |number: usize| {
        format!("  m{number}:\n    <<: *b\n    dns: {{ <<: *d, query_name: z{number} }}\n")
    };
    let text = format!(
        "modules:\n  base: &b\n    prober: dns\n    dns: &d {{ query_name: a, query_type: SOA }}\n{}",
        (0..ZONES).map(module).collect::<String>()
    );
    let imported = import(&text, "b.yml").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (imported.imported_count, imported.notes.len()),
        (ZONES + 1, 0)
    );
}

#[test]
fn alias_bomb_is_rejected_quickly_with_a_message() {
    let list = |item: &str, count: usize| vec![item; count].join(", ");
    let add_level = |text: String, level: u8| {
        let (anchor, alias) = (char::from(b'b' + level), char::from(b'a' + level));
        format!(
            "{text}      {anchor}: &{anchor} [{}]\n",
            list(&format!("*{alias}"), 10)
        )
    };
    let bomb = |begin: &str| (0..9).fold(begin.to_owned(), add_level);
    let table = [
        (
            bomb("modules:\n  m:\n    prober: http\n    http:\n      a: &a [lol, lol, lol]\n"),
            "b.yml:",
        ),
        // Merged into one mapping, again and again.
        (
            format!(
                "modules:\n  m: &m {{ prober: dns }}\n  n: {{ <<: [{}] }}\n",
                list("*m", 60_000)
            ),
            "b.yml:3:",
        ),
        (
            format!(
                "modules: {{ m: {{ prober: http, http: {}{} }} }}",
                "[".repeat(200),
                "]".repeat(200)
            ),
            "b.yml:1:",
        ),
        (
            format!(
                "modules: {{ m: {{ prober: http, http: [{}] }} }}",
                list("a", 300_000)
            ),
            "b.yml:1:",
        ),
    ];
    for (text, position) in table {
        let start = std::time::Instant::now();
        let error = import(&text, "b.yml").unwrap_err().to_string();
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?}",
            start.elapsed()
        );
        assert!(
            error.starts_with(position) && error.contains("more than is read: "),
            "{error}"
        );
        // No names of a program's own, as a Debug value has them.
        assert!(
            !error.contains(['{', '=', '_']) && error.lines().count() == 1,
            "{error}"
        );
    }
}

/// What a library tells whoever programs with it is no help to whoever wrote the file.
#[test]
fn rejection_uses_the_terms_of_the_yaml_file() {
    let table = [
        (
            "modules:\n  m: { prober: dns }\n  m: { prober: dns }",
            "b.yml:3:3: duplicate mapping key `m` is not allowed here",
        ),
        (
            "modules: { m: { prober: dns, dns: { query_name: ~ } } }",
            "b.yml:1:49: null is not allowed here",
        ),
        (
            "modules: {}\n---\nmodules: {}\n",
            "b.yml:3:1: only single YAML document expected but multiple found",
        ),
        ("modules: *a", "b.yml:1:10: reference to unknown value"),
    ];
    for (text, expected) in table {
        assert_eq!(
            import(text, "b.yml").unwrap_err().to_string(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn invalid_yaml_is_rejected_with_its_position() {
    let table = [
        ("modules: [", "b.yml:1:10: "),
        ("modulse: {}", "b.yml:1:1: unknown key `modulse`"),
        (
            "modules:\n  m: { prober: dns, dns: { query_nam: a } }",
            "b.yml:2:28: unknown key `query_nam`",
        ),
        (
            "modules:\n  m: { prober: dns, dns: { query_type: A } }",
            "b.yml:2:",
        ),
        (
            "modules:\n  m: { prober: dns, dns: { query_name: a, recursion_desired: 7 } }",
            "b.yml:2:",
        ),
        (
            "modules:\n  m: { prober: dns }\n  m: { prober: dns }",
            "b.yml:3:",
        ),
        ("modules: {}\n---\nmodules: {}\n", "b.yml:3:1: "),
        ("a: &a [*a, *a]", "b.yml:1:"),
    ];
    for (text, expected) in table {
        let error = import(text, "b.yml").unwrap_err().to_string();
        assert!(
            error.starts_with(expected) && error.lines().count() == 1,
            "{text:?}: {error}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn imported_modules_form_a_valid_probes_json(
        name in ".{0,8}",
        qname in "[a-z.\\\\0-9ü]{1,8}",
        qtype in "[A-Z]{0,4}",
        regexp in r"[\[\]{}&~^\\QE:,0-9a-c]{0,12}",
        timeout in "[0-9a-z.-]{0,5}",
    ) {
        let text = serde_json::json!({ "modules": { name: {
            "prober": "dns", "timeout": timeout, "dns": {
                "query_name": qname, "query_type": qtype, "validate_answer_rrs": { "fail_if_matches_regexp": [regexp] },
            },
        } } });
        // JSON is YAML, for texts without characters that YAML 1.2 does not print.
        if let Ok(imported) = import(&text.to_string(), "b.yml") {
            proptest::prop_assert!(Config::parse(&imported.probes, "probes.json").is_ok());
            proptest::prop_assert!(imported.imported_count == 1 || !imported.notes.is_empty());
        }
    }
}
