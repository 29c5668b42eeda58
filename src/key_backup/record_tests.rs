use super::*;

const KEY: &str = "3uVtf0ImkE3i3wRHQqcW0B2ReXwrVEQhg4yCWpm90CM=";

fn read_records(text: &str) -> Vec<Result<(String, u16), (usize, String)>> {
    let format_record = |read: RecordResult| {
        let owner =
            |owner: Option<Name>| owner.map_or_else(|| "-".to_owned(), |owner| owner.to_string());
        read.map(|(name, key)| (owner(name), key.flags))
    };
    read(text).into_iter().map(format_record).collect()
}

#[test]
fn records_from_keymgr_bind_and_dig_are_read() {
    for (text, owner) in [
        (format!("r.test. DNSKEY 257 3 15 {KEY}\n"), "r.test."),
        (
            format!(
                "; This is a key-signing key, keyid 1, for r.test.\nr.test. IN DNSKEY 257 3 15 3uVt {}\n",
                &KEY[4..]
            ),
            "r.test.",
        ),
        (
            format!(
                "r.test.\t3600\tIN\tDNSKEY\t257 3 15 (\n\t3uVt ; alg\n\t{} ) ; KSK\n",
                &KEY[4..]
            ),
            "r.test.",
        ),
        (format!("DNSKEY 257 3 15 {KEY}"), "-"),
        (format!("3600 IN DNSKEY 257 3 15 {KEY}"), "-"),
    ] {
        assert_eq!(read_records(&text), [Ok((owner.to_owned(), 257))], "{text}");
    }
}

#[test]
fn other_records_of_a_zone_file_are_ignored() {
    let text = format!(
        "$TTL 3600\nr.test. IN SOA a b 1 2 3 4 5\nr.test. 60 IN RRSIG DNSKEY 15 2 60 1 2 3 r.test. AAAA\n\
         r.test. NSEC a.r.test. SOA DNSKEY\nr.test. CDNSKEY 257 3 15 {KEY}\nr.test. TXT \"DNSKEY\"\nr.test. 60 DNSKEY 256 3 15 {KEY}\n"
    );
    assert_eq!(read_records(&text), [Ok(("r.test.".to_owned(), 256))]);
}

#[test]
fn unreadable_record_is_reported_with_its_line() {
    let bad = |record: &str| {
        let text = format!("; a comment\n\n{record}\nr.test. DNSKEY 256 3 15 {KEY}\n");
        let mut found = read_records(&text);
        assert_eq!(
            found.pop(),
            Some(Ok(("r.test.".to_owned(), 256))),
            "{record}"
        );
        found.remove(0).unwrap_err()
    };
    for (record, problem) in [
        (
            "r.test. DNSKEY 257 3 15 !!!!",
            "\"!!!!\" is not a key in base64",
        ),
        ("r.test. DNSKEY 257 3 15", "the public key is missing"),
        (
            "r.test. DNSKEY 257 3 15 AAAA",
            "a key of algorithm ED25519 has 32 octets, this one has 3",
        ),
        (
            "r.test. DNSKEY 1 3 8 AAAA",
            "a DNSKEY with flags 1 is no zone key (RFC 4034 section 2.1.1)",
        ),
        (
            "r.test. DNSKEY 257 3",
            "a trust anchor is a DS (\"12345 13 2 ABCD...\") or a DNSKEY",
        ),
    ] {
        let (line, message) = bad(record);
        assert_eq!(line, 3);
        assert!(message.starts_with(problem), "{message}");
    }
    let (_, message) = bad(&format!("r.test. DNSKEY 257 3 15 {}!", "A".repeat(1000)));
    assert_eq!(message.len(), MAX_PROBLEM_CHARACTERS);
}

#[test]
fn unclosed_parenthesis_does_not_hide_records() {
    let found = read_records(&format!("\nr.test. DNSKEY 257 3 15 (\n{KEY}\nx"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].as_ref().unwrap_err().0, 2);
}

#[test]
fn quoted_or_escaped_characters_are_not_syntax() {
    for before in [
        "r.test. TXT \"v=x (see; more)\"",
        "r.test. TXT \":(\"",
        "r.test. TXT a\\(b",
        "(never closed",
        ":(",
    ] {
        let text = format!("{before}\nr.test. DNSKEY 256 3 15 {KEY}\n");
        assert_eq!(
            read_records(&text),
            [Ok(("r.test.".to_owned(), 256))],
            "{before}"
        );
    }
}

#[test]
fn text_after_an_unclosed_parenthesis_is_not_quoted() {
    let text = "r.test. DNSKEY 257 3 15 (\nPrivateKey: c2VjcmV0\n";
    assert!(
        !format!("{:?}", read_records(text)).contains("c2VjcmV0"),
        "{:?}",
        read_records(text)
    );
}

#[test]
fn unclosed_parenthesis_does_not_slow_down_reading() {
    let start = std::time::Instant::now();
    assert_eq!(read_records(&format!("({}", "\n".repeat(1 << 19))), []);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn zone_file_owners_and_ttls_are_understood() {
    for (before, owner) in [
        ("@", "-"),
        ("@ 1h IN", "-"),
        ("r.test. 1W2d", "r.test."),
        ("1H", "-"),
        ("\t", "-"),
        ("2.0.192.in-addr.arpa.", "2.0.192.in-addr.arpa."),
    ] {
        let text = format!("{before} DNSKEY 257 3 15 {KEY}\n");
        assert_eq!(read_records(&text), [Ok((owner.to_owned(), 257))], "{text}");
    }
}
