use data_encoding::BASE64;

use super::*;
use crate::key_backup::record;

const RSA: &str = include_str!("samples/rsa1024.private");
const P384: &str = include_str!("samples/p384.private");

fn only(text: &str) -> Result<PrivateKeyIdentity, KeyReadError> {
    let (mut keys, rest) = read(text);
    assert_eq!((keys.len(), rest.trim()), (1, ""), "{keys:?}");
    keys.remove(0)
}

fn problem(text: &str) -> String {
    only(text).unwrap_err().problem
}

#[test]
fn private_key_matches_only_its_own_record() {
    let p384 = record::read(include_str!("samples/p384.key"))
        .remove(0)
        .unwrap()
        .1;
    let rsa = record::read(include_str!("samples/rsa1024.key"))
        .remove(0)
        .unwrap()
        .1;
    for (text, matching_record, other_record) in [(RSA, &rsa, &p384), (P384, &p384, &rsa)] {
        let identity = only(text).unwrap();
        assert!(identity.matches(matching_record) && !identity.matches(other_record));
    }
    // Unlike PEM, this says which of RSA's algorithms it is.
    assert!(!only(RSA).unwrap().matches(&crate::dns::Dnskey {
        algorithm: Algorithm::RSASHA512,
        ..rsa
    }));
}

#[test]
fn ed25519_seed_yields_its_public_key() {
    let identity = only(
        "Private-key-format: v1.3\nAlgorithm: 15 (ED25519)\nPrivateKey: Bw9KZeCC19s9CjL1nLvDiZFGeLumBMvgKnNRFK4Xg7w=\n",
    );
    let public_key = BASE64
        .decode(b"d02HgYEBoPrgmMAcEHU8guulF9NpV5xCPUFKNqJ+Qyo=")
        .unwrap()
        .into();
    assert_eq!(
        identity,
        Ok(PrivateKeyIdentity::PublicKey {
            algorithm: Some(Algorithm::ED25519),
            public_key
        })
    );
}

#[test]
fn missing_or_damaged_field_is_named_but_not_quoted() {
    assert_eq!(
        problem("Private-key-format: v1.3\n"),
        "no number after `Algorithm:`"
    );
    assert_eq!(
        problem("Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\n"),
        "the field `PrivateKey:` is missing"
    );
    assert_eq!(
        problem(&P384.replace("PrivateKey: ", "PrivateKey: !")),
        "no base64 after `PrivateKey:`"
    );
    assert_eq!(
        problem(&P384.replace("PrivateKey: ", "PrivateKey: kAAA")),
        "its number does not fit the curve"
    );
    assert_eq!(
        problem(&RSA.replace("Prime1: /", "Prime1: +")),
        "its primes do not make its modulus"
    );
    let modulus = RSA
        .lines()
        .find_map(|line| line.strip_prefix("Modulus: "))
        .unwrap();
    let public = |removed_field: &str, other: &str| {
        let lines = RSA
            .lines()
            .filter(|line| !line.starts_with("Prime"))
            .collect::<Vec<_>>()
            .join("\n");
        format!("{lines}\nPrime1: {removed_field}\nPrime2: {other}\n")
    };
    for text in [public(modulus, "AQ=="), public("AAE=", modulus)] {
        assert_eq!(
            problem(&text),
            "its primes do not make its modulus",
            "the public half alone"
        );
    }
    assert!(
        problem("Private-key-format: v1.3\nAlgorithm: 16 (ED448)\nPrivateKey: AAAA\n")
            .contains("Ed448")
    );
    assert!(
        problem("Private-key-format: v1.3\nAlgorithm: 3 (DSA)\n").contains("is not known here")
    );
    let in_hardware = "Private-key-format: v1.3\nAlgorithm: 8 (RSASHA256)\nEngine: cGtjczExAA==\nLabel: a2V5AA==\n";
    assert!(problem(in_hardware).contains("hardware"));
}

#[test]
fn text_around_keys_keeps_its_line_number() {
    let text = format!("; one\n{P384}two DNSKEY\n\n{RSA}-----three");
    let (keys, rest) = read(&text);
    assert!(
        keys.iter().all(Result::is_ok) && keys.len() == 2,
        "{keys:?}"
    );
    let remaining_lines: Vec<_> = rest
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, _)| at)
        .collect();
    let at = |wanted: &str| text.lines().position(|line| line == wanted).unwrap();
    assert_eq!(
        remaining_lines,
        [0, at("two DNSKEY"), at("-----three")],
        "{}",
        rest.len()
    );
}

#[test]
fn base64_has_one_form() {
    // Padding that is missing or in the middle, and bits that stand for nothing, are damage.
    for (value, is_base64) in [
        ("Bw9KZeCC19s9CjL1nLvDiZFGeLumBMvgKnNRFK4Xg7w=", true),
        ("Bw9KZeCC19s9CjL1nLvDiZFGeLumBMvgKnNRFK4Xg7w", false),
        ("Bw9KZeCC19s9CjL1nLvDiZFGeLumBMvgKnNRFK4Xg7x=", false),
        ("Bw9KZeCC19s9CjL1nLvDiZFGeLumBMvgKnNRFK4Xg7==", false),
        ("Bw8=ZeCC19s9CjL1nLvDiZFGeLumBMvgKnNRFK4Xg7w=", false),
        ("Bw9KZeCC19s9CjL1nLvDiZFGeLum BMvgKnNRFK4Xg7w=", false),
        ("Bw9KZeCC19s9CjL1nLvDiZFGeLumBMvgKnNRFK4Xg-_=", false),
    ] {
        let read = only(&format!(
            "Private-key-format: v1.3\nAlgorithm: 15 (ED25519)\nPrivateKey: {value}\n"
        ));
        match read {
            Ok(_) => assert!(is_base64, "{value}"),
            Err(refused) => assert_eq!(
                (refused.problem.as_str(), false),
                ("no base64 after `PrivateKey:`", is_base64),
                "{value}"
            ),
        }
    }
}
