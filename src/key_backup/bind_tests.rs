use data_encoding::BASE64;

use super::*;
use crate::key_backup::record;

const RSA: &str = include_str!("samples/rsa1024.private");
const P384: &str = include_str!("samples/p384.private");

fn only(text: &str) -> Result<Half, Refused> {
    let (mut keys, rest) = read(text);
    assert_eq!((keys.len(), rest.trim()), (1, ""), "{keys:?}");
    keys.remove(0)
}

fn problem(text: &str) -> String {
    only(text).unwrap_err().problem
}

#[test]
fn each_fits_its_own_record_alone() {
    let p384 = record::read(include_str!("samples/p384.key"))
        .remove(0)
        .unwrap()
        .1;
    let rsa = record::read(include_str!("samples/rsa1024.key"))
        .remove(0)
        .unwrap()
        .1;
    for (text, own, other) in [(RSA, &rsa, &p384), (P384, &p384, &rsa)] {
        let half = only(text).unwrap();
        assert!(half.is_of(own) && !half.is_of(other));
    }
    // Unlike PEM, this says which of RSA's algorithms it is.
    assert!(!only(RSA).unwrap().is_of(&crate::dns::Dnskey {
        algorithm: Algorithm::RSASHA512,
        ..rsa
    }));
}

#[test]
fn a_seed_says_its_public_half() {
    let half = only(
        "Private-key-format: v1.3\nAlgorithm: 15 (ED25519)\nPrivateKey: Bw9KZeCC19s9CjL1nLvDiZFGeLumBMvgKnNRFK4Xg7w=\n",
    );
    let public_key = BASE64
        .decode(b"d02HgYEBoPrgmMAcEHU8guulF9NpV5xCPUFKNqJ+Qyo=")
        .unwrap()
        .into();
    assert_eq!(
        half,
        Ok(Half::Of {
            algorithm: Some(Algorithm::ED25519),
            public_key
        })
    );
}

#[test]
fn what_is_missing_or_damaged_is_named_and_not_quoted() {
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
    let public = |one: &str, other: &str| {
        let lines = RSA
            .lines()
            .filter(|line| !line.starts_with("Prime"))
            .collect::<Vec<_>>()
            .join("\n");
        format!("{lines}\nPrime1: {one}\nPrime2: {other}\n")
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
fn what_stands_around_keys_stays_on_its_line() {
    let text = format!("; one\n{P384}two DNSKEY\n\n{RSA}-----three");
    let (keys, rest) = read(&text);
    assert!(
        keys.iter().all(Result::is_ok) && keys.len() == 2,
        "{keys:?}"
    );
    let left: Vec<_> = rest
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, _)| at)
        .collect();
    let at = |wanted: &str| text.lines().position(|line| line == wanted).unwrap();
    assert_eq!(
        left,
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
