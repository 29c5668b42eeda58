use super::*;

const KEY: &str =
    "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==";
const DIGEST: &str = "ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB";

/// What `read_file` makes of a file that holds `text`, its path left out of what it says.
fn read_text(text: &str) -> Result<Vec<(String, Vec<u16>)>, String> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path =
        std::env::temp_dir().join(format!("outsidein-anchors-{}-{number}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let result = read_file(&path);
    std::fs::remove_file(&path).unwrap();
    let tags = |anchors: Vec<TrustAnchor>| anchors.iter().map(TrustAnchor::key_tag).collect();
    let result = result.map(|anchors| {
        anchors
            .into_iter()
            .map(|(zone, anchors)| (zone.to_string(), tags(anchors)))
            .collect()
    });
    result.map_err(|error| error.replace(&path.display().to_string(), "FILE"))
}

/// As unbound 1.17 writes what `auto-trust-anchor-file` names.
#[test]
fn pending_or_revoked_unbound_key_is_not_an_anchor() {
    let autotrust_record = |flags: u16, state: &str| {
        format!(
            "test.\t3600\tIN\tDNSKEY\t{flags} 3 13 {KEY} ;{{id = 1 (ksk), size = 256b}} ;;state={state} ;;count=0 \
             ;;lastchange=1795348800 ;;Sun Nov 22 12:00:00 2026\n"
        )
    };
    let head = "; autotrust trust anchor file\n;;id: test. 1\n;;last_queried: 1795348800 ;;Sun Nov 22 12:00:00 2026\n";
    for (state, is_anchor) in [
        ("1 [ ADDPEND ]", false),
        ("2 [  VALID  ]", true),
        ("3 [ MISSING ]", true),
        ("4 [ REVOKED ]", false),
        ("5 [ REMOVED ]", false),
    ] {
        let zones = read_text(&format!(
            "{head}{}{}",
            autotrust_record(257, "2 [  VALID  ]"),
            autotrust_record(256, state)
        ));
        assert_eq!(
            zones.unwrap()[0].1.len(),
            1 + usize::from(is_anchor),
            "{state}"
        );
    }
    let result = read_text(&format!("{head}{}", autotrust_record(385, "4 [ REVOKED ]")));
    assert_eq!(result.unwrap_err(), "FILE holds no DS or DNSKEY record");
}

/// As `dig +multiline` and zone files write them.
#[test]
fn parentheses_continue_a_record_across_lines() {
    let (first, second) = KEY.split_at(40);
    let text = format!(
        "test. 3600 IN DNSKEY 257 3 13 (\n\t\t\t\t{first}\n\t\t\t\t{second}\n\t\t\t\t) ; KSK; alg = ECDSAP256SHA256\n\
         other. IN DS (7 13 2 ; begins at once\n{DIGEST})\nlast. DS 8 13 2 {DIGEST}\n"
    );
    let zones = read_text(&text).unwrap();
    let expected = |zone: &str, tag| (zone.to_owned(), vec![tag]);
    assert_eq!(zones[0], expected("last.", 8));
    assert_eq!(zones[1], expected("other.", 7));
    assert_eq!((zones[2].0.as_str(), zones[2].1.len()), ("test.", 1));
}

#[test]
fn error_names_the_line_where_the_record_begins() {
    let ds = format!("test. DS 7 13 2 {DIGEST}\n");
    for (text, problem) in [
        (
            format!("{ds}\nother. DS 7 13 2 (\n{DIGEST}\n"),
            "FILE:3: no ) after (",
        ),
        (
            format!("{ds}other. DS 7 13 2 (\nABCD )\n"),
            "FILE:2: a digest of type SHA-256 has 32 octets, this one has 2",
        ),
        (
            format!("$ORIGIN test.\n{ds}"),
            "FILE:1: not a record: one DS or DNSKEY record a line, with its owner",
        ),
        // As named.conf and /etc/bind/bind.keys have them.
        (
            format!("trust-anchors {{\n  test. static-ds 7 13 2 \"{DIGEST}\";\n}};\n"),
            "FILE:1: not a record: ",
        ),
        (
            "# Copyright (C) of somebody, with a word more\n".to_owned(),
            "FILE:1: not a record: ",
        ),
        (
            "test. DS 70000 13 2 ABCD\n".to_owned(),
            "FILE:1: \"70000\" is not a number of 16 bits",
        ),
        (
            format!("{ds}   IN DS 8 13 2 {DIGEST}\n"),
            "FILE:2: the name of the zone is missing before the record",
        ),
    ] {
        let error = read_text(&text).unwrap_err();
        assert!(error.starts_with(problem), "{error}");
    }
}
