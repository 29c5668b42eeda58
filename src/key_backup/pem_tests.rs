use data_encoding::BASE64;

use super::*;
use crate::dns::Dnskey;
use crate::key_backup::record;

/// The identifiers as they are in the file (RFC 5480 section 2.1.1).
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const SECP256R1: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

const P256: &str = "t.test. DNSKEY 257 3 13 i2w39YAXqavlzZ3Lsu4nS0smuou3SpLe3XUporYu2x3UITTJCJUT+QCLvirknfBW1/ti7oo5dPakOFl1vR0UsQ==";
const P256_ZERO: &str = "t.test. DNSKEY 256 3 13 GClan2Hc3Ikiz7Ju/kVA0BstgmKCFIQah9DCcj0Boh2BDO5OYbeNm4a+UHzvBKK4L3xYDfSsqqRZtlQQPC7ZqA==";
const P384_ZERO: &str = "q.test. DNSKEY 256 3 14 4CDtNZeNCxLJNSvyOrdBGWKhU2A1QZXq/T5vnFzLXZbeBgpqAXZleuV1Le0jUlKrqxVYn3V04A3XHr18NDJqtg86rMecEQSvbJHtecIwb+tESE8I8EKSXI6klUc60GBN";
const ED25519: &str = "r.test. DNSKEY 256 3 15 bgd9Y2yclIYNdaN1CNlq6+ElyGmBI4e0+kRGo4rqCMs=";

fn dnskey(text: &str) -> Dnskey {
    record::read(text).remove(0).unwrap().1
}

/// As `super::read`, whose text cannot be printed.
fn read(text: &str) -> (Vec<Result<PrivateKeyIdentity, KeyReadError>>, String) {
    let (keys, rest) = super::read(text);
    (keys, rest.to_string())
}

fn only(text: &str) -> Result<PrivateKeyIdentity, KeyReadError> {
    let (mut keys, _) = read(text);
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.remove(0)
}

fn problem(text: &str) -> String {
    only(text).unwrap_err().problem
}

#[test]
fn knot_key_matches_only_its_keymgr_record() {
    let files = [
        (include_str!("samples/p256.pem"), P256),
        (include_str!("samples/p256-zero.pem"), P256_ZERO),
        (include_str!("samples/p384-zero.pem"), P384_ZERO),
        (include_str!("samples/ed25519.pem"), ED25519),
        (
            include_str!("samples/rsa1024.pem"),
            include_str!("samples/rsa1024.key"),
        ),
    ];
    for (text, matching_record) in files {
        let identity = only(text).unwrap();
        for (_, record) in files {
            assert_eq!(
                identity.matches(&dnskey(record)),
                matching_record == record,
                "{matching_record} and {record}"
            );
        }
    }
}

#[test]
fn rsa_pem_matches_every_rsa_algorithm_only() {
    let identity = only(include_str!("samples/rsa1024.pem")).unwrap();
    let key = dnskey(include_str!("samples/rsa1024.key"));
    for (algorithm, fits) in [
        (Algorithm::RSASHA1, true),
        (Algorithm::RSASHA512, true),
        (Algorithm::ED25519, false),
        (Algorithm(12), false),
    ] {
        assert_eq!(
            identity.matches(&Dnskey {
                algorithm,
                ..key.clone()
            }),
            fits,
            "{algorithm}"
        );
    }
}

#[test]
fn ed448_key_is_reported_with_its_algorithm() {
    let refused = only(include_str!("samples/ed448.pem")).unwrap_err();
    assert_eq!(refused.algorithm, Some(Algorithm::ED448));
    assert!(refused.problem.contains("Ed448"), "{}", refused.problem);
}

#[test]
fn damaged_key_is_rejected_and_never_quoted() {
    let good = include_str!("samples/p256.pem");
    assert!(problem(&good.replace("MIGTAgEA", "MIGT!gEA")).contains("base64"));
    assert!(problem(&good.replace("-----END PRIVATE KEY-----", "")).contains("END PRIVATE KEY"));
    assert!(problem(&good.replace("MIGTAgEA", "MIGUAgEA")).contains("PKCS#8"));
    // One bit of the number, which then is not that of the point.
    assert!(problem(&good.replace("4UfwSK9gI", "4UfwSK9hI")).contains("do not fit"));
    let rsa = include_str!("samples/rsa1024.pem");
    let line = rsa.lines().nth(8).unwrap();
    let (first, rest) = line.split_at(4);
    let damaged = rsa.replace(line, &(first.chars().rev().collect::<String>() + rest));
    assert_eq!(problem(&damaged), "its primes do not make its modulus");
    for text in [good.replace("MIGTAgEA", "MIGT!gEA"), damaged] {
        assert!(!format!("{:?}", only(&text)).contains("W4Uf"));
    }
}

#[test]
fn other_private_key_formats_are_reported_by_name() {
    let form = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    assert_eq!(
        problem(&form("ENCRYPTED PRIVATE KEY")),
        "an encrypted private key"
    );
    assert!(problem(&form("EC PRIVATE KEY")).contains("`EC PRIVATE KEY` is not read"));
    assert!(read(&form("PUBLIC KEY")).0.is_empty());
    assert!(read(&form("CERTIFICATE")).0.is_empty());
}

#[test]
fn text_around_keys_keeps_its_line_number() {
    let text = format!(
        "one\n{}two\n{}three",
        include_str!("samples/ed25519.pem"),
        include_str!("samples/p256.pem")
    );
    let (keys, rest) = read(&text);
    assert!(keys.iter().all(Result::is_ok) && keys.len() == 2);
    let remaining_lines: Vec<_> = rest
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .collect();
    assert_eq!(remaining_lines, [(0, "one"), (4, "two"), (11, "three")]);
}

#[test]
fn ec_key_without_public_key_needs_a_record() {
    // The same number as in samples/p256.pem, without parameters and public key (RFC 5915 has both optional).
    let number = BASE64
        .decode(b"fQvLhmwDmaBqsS6W4UfwSK9gI/3HMSeY0GpWT7RhpHs=")
        .unwrap();
    let inner = [&[0x30, 37, 2, 1, 1, 4, 32], number.as_slice()].concat();
    let head = [
        [0x30, 19, 6, 7].as_slice(),
        EC,
        &[6, 8],
        SECP256R1,
        &[4, 39],
    ]
    .concat();
    let octets = [[0x30, 65, 2, 1, 0].as_slice(), &head, &inner].concat();
    let identity = pkcs8(&octets).unwrap().unwrap();
    assert!(matches!(identity, PrivateKeyIdentity::Scalar { .. }));
    assert!(identity.matches(&dnskey(P256)) && !identity.matches(&dnskey(P256_ZERO)));
    assert!(
        format!("{identity:?}").ends_with("scalar: Secret }"),
        "{identity:?}"
    );
}

#[test]
fn key_with_joined_lines_is_rejected_and_never_quoted() {
    let good = include_str!("samples/p256.pem");
    let escaped = good.trim_end().replace('\n', "\\n");
    for text in [
        good.replace('\n', ""),
        escaped,
        good.replace('\n', "\r"),
        good.replacen('\n', "", 1),
    ] {
        let (keys, rest) = read(&text);
        let debug_text = format!("{keys:?}");
        assert!(debug_text.contains("a line of its own"), "{debug_text}");
        assert!(
            !debug_text.contains("MIGT") && !rest.contains("MIGT"),
            "{debug_text} {rest}"
        );
    }
}

/// The sample in a block of its own, in lines of these lengths, the last of which goes on.
fn wrapped(sample: &str, lengths: &[usize], indent: &str, newline: &str) -> String {
    let lines: Vec<_> = sample.lines().collect();
    let [begin, body @ .., end] = lines.as_slice() else {
        panic!("{sample}");
    };
    let base64 = body.concat();
    let (mut rest, mut text) = (base64.as_str(), format!("{begin}{newline}"));
    let mut lengths = lengths.iter().copied().cycle();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        text.extend([indent, line, newline]);
        rest = after;
    }
    text + end
}

#[test]
fn lines_of_any_length_are_read() {
    let samples = [
        include_str!("samples/ed25519.pem"),
        include_str!("samples/p384-zero.pem"),
        include_str!("samples/rsa1024.pem"),
    ];
    for sample in samples {
        let expected = only(sample);
        assert!(expected.is_ok(), "{expected:?}");
        for lengths in [&[1][..], &[63], &[64], &[76], &[5000], &[10, 64, 7]] {
            for (indent, newline) in [("", "\n"), ("", "\r\n"), ("\t ", "\n"), ("", " \n\n")] {
                let text = wrapped(sample, lengths, indent, newline);
                assert_eq!(only(&text), expected, "{text}");
            }
        }
    }
}

/// samples/ed25519.pem as version 2 of PKCS#8, with its public key after these octets.
fn ed25519_version_2(before_public_key: &[u8]) -> Vec<u8> {
    let text = include_str!("samples/ed25519.pem");
    let base64 = text.lines().nth(1).unwrap();
    let version_1 = BASE64.decode(base64.as_bytes()).unwrap();
    let fields = [&[2, 1, 1], &version_1[5..]].concat();
    let public_key = dnskey(ED25519).public_key;
    let content = [&fields, before_public_key, &public_key].concat();
    [
        &[0x30, u8::try_from(content.len()).unwrap()],
        content.as_slice(),
    ]
    .concat()
}

#[test]
fn version_2_with_its_public_key_is_read() {
    // RFC 5958's implicit tag, and the explicit one of ring before 0.17.
    for before in [&[0x81, 33, 0][..], &[0xA1, 35, 3, 33, 0]] {
        let identity = pkcs8(&ed25519_version_2(before)).unwrap().unwrap();
        assert!(identity.matches(&dnskey(ED25519)), "{before:?}");
    }
}

#[test]
fn damaged_dashes_do_not_show_the_key() {
    let good = include_str!("samples/p256.pem").trim_end();
    let one_line = good.replace('\n', "");
    let damaged = [
        one_line.replace("KEY-----", "KEY----"),
        one_line
            .replace("KEY-----MIG", "KEY MIG")
            .replace("-----END", " END"),
        format!("{}\n", good.replace("KEY-----\n", "KEY---- ")).replace("\n-----END", "----END"),
    ];
    for text in damaged {
        let (keys, _) = read(&format!("{text}-----\nPRIVATE KEY-----\n"));
        let shown = format!("{keys:?}");
        assert!(
            !shown.contains("MIGT") && !shown.contains("W4Uf"),
            "{shown}"
        );
    }
    let label = format!(
        "-----BEGIN {} PRIVATE KEY-----\n",
        one_line.split_at(40).1.replace('-', ".")
    );
    assert_eq!(problem(&label), "the line `END PRIVATE KEY` is missing");
    assert_eq!(
        problem("-----BEGIN SSH2 ENCRYPTED PRIVATE KEY-----\n"),
        "the line `END SSH2 ENCRYPTED PRIVATE KEY` is missing"
    );
}
