use super::*;

const DIGEST: &str = "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

fn read(text: &str) -> Result<(Option<String>, String), String> {
    let written: Result<AnchorRecord, _> = text.parse();
    let shown = written.map(|written| {
        (
            written.owner.map(|owner| owner.to_string()),
            written.anchor.to_string(),
        )
    });
    shown.map_err(|error| error.to_string())
}

#[test]
fn ds_is_read_with_and_without_owner_ttl_and_class() {
    let ds = format!("DS 20326 8 2 {DIGEST}");
    for (text, owner) in [
        (format!("20326 8 2 {DIGEST}"), None),
        (
            format!("20326 RSASHA256 SHA-256 {}", DIGEST.to_lowercase()),
            None,
        ),
        (format!("DS 20326 8 2 {DIGEST}"), None),
        (format!("3600 IN DS 20326 8 2 {DIGEST}"), None),
        (
            format!(". IN DS 20326 8 2 ( {} {} )", &DIGEST[..10], &DIGEST[10..]),
            Some("."),
        ),
        (
            format!("example.com. 3600 IN DS 20326 8 2 {DIGEST}"),
            Some("example.com."),
        ),
        (
            format!("example.com 20326 8 2 {DIGEST}"),
            Some("example.com."),
        ),
    ] {
        assert_eq!(
            read(&text),
            Ok((owner.map(str::to_owned), ds.clone())),
            "{text}"
        );
    }
}

#[test]
fn dnskey_and_ds_are_distinguished() {
    let key = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==";
    let read = |text: &str| read(text).unwrap().1;
    assert_eq!(read(key), format!("DNSKEY {key}"));
    assert_eq!(
        read(&format!("example. DNSKEY {key}")),
        format!("DNSKEY {key}")
    );
    assert_eq!(
        read("257 3 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
        "DS 257 3 1 2BB183AF5F22588179A53B0A98631FAD1A292118"
    );
    assert_eq!(read("0 13 250 AA"), "DS 0 13 250 AA");
}

#[test]
fn error_names_the_invalid_field() {
    for (text, message) in [
        ("", "a trust anchor is a DS"),
        ("20326 8", "a trust anchor is a DS"),
        ("20326 8 2", "has 32 octets, this one has 0"),
        ("20326 8 250", "the digest is missing"),
        ("20326 8 2 ABCD", "has 32 octets, this one has 2"),
        ("20326 8 2 xyz!", "\"xyz!\" is not a digest in hexadecimal"),
        ("70000 8 2 ABCD", "\"70000\" is not a number of 16 bits"),
        ("20326 256 9 ABCD", "256 is not an algorithm"),
        ("257 3 13 a", "\"a\" is not a key in base64"),
        ("DNSKEY 257 3 13", "the public key is missing"),
        (
            "257 3 13 AAAA",
            "ECDSAP256SHA256 has 64 octets, this one has 3 (in a URL a \"+\" of base64 is written %2B)",
        ),
        ("257 3 15 AAAA", "ED25519 has 32 octets, this one has 3"),
        ("DNSKEY 1 3 8 AAAA", "flags 1 is no zone key"),
        (
            "exa..mple DS 1 8 9 AB",
            "\"exa..mple\" is not a domain name",
        ),
        (
            "example. CH DS 1 8 9 AB",
            "\"CH\" is neither a TTL nor the class IN",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(message), "{text:?}: {error}");
    }
}

#[test]
fn built_in_anchors_match_iana_root_keys() {
    let tags = ROOT_ANCHORS.map(|text| text.parse::<AnchorRecord>().unwrap().anchor.key_tag());
    assert_eq!(tags, [20326, 38696]);
}
