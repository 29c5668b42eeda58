//! What holds a part of a private key is wiped, and neither an error nor `Debug` prints it.

use std::collections::HashSet;

use data_encoding::{BASE64, HEXLOWER};
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use pkcs8::der::asn1::OctetStringRef;
use sec1::EcPrivateKey;
use zeroize::ZeroizeOnDrop;

use super::*;

const PEM: [(&str, &str); 6] = [
    ("ed25519.pem", include_str!("samples/ed25519.pem")),
    ("ed448.pem", include_str!("samples/ed448.pem")),
    ("p256-zero.pem", include_str!("samples/p256-zero.pem")),
    ("p256.pem", include_str!("samples/p256.pem")),
    ("p384-zero.pem", include_str!("samples/p384-zero.pem")),
    ("rsa1024.pem", include_str!("samples/rsa1024.pem")),
];
const BIND: [(&str, &str); 2] = [
    ("p384.private", include_str!("samples/p384.private")),
    ("rsa1024.private", include_str!("samples/rsa1024.private")),
];

/// The secret numbers of a sample in PEM.
fn numbers_of_pem(text: &str) -> Vec<Vec<u8>> {
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let octets = BASE64.decode(base64.as_bytes()).unwrap();
    let info = PrivateKeyInfoRef::try_from(octets.as_slice()).unwrap();
    let inner = info.private_key.as_bytes();
    match info.algorithm.oid {
        pkcs1::ALGORITHM_OID => {
            let key = RsaPrivateKeyRef::try_from(inner).unwrap();
            let secret = [key.private_exponent, key.prime1, key.prime2];
            secret.map(|number| number.as_bytes().to_vec()).into()
        }
        sec1::ALGORITHM_OID => {
            vec![EcPrivateKey::try_from(inner).unwrap().private_key.to_vec()]
        }
        _ => {
            let seed = <&OctetStringRef>::from_der(inner).unwrap();
            vec![seed.as_bytes().to_vec()]
        }
    }
}

/// The secret numbers of a sample of BIND.
fn numbers_of_bind(text: &str) -> Vec<Vec<u8>> {
    let secret = ["PrivateKey", "PrivateExponent", "Prime1", "Prime2"];
    let fields = text.lines().filter_map(|line| line.split_once(": "));
    fields
        .filter(|(name, _)| secret.contains(name))
        .map(|(_, value)| BASE64.decode(value.as_bytes()).unwrap())
        .collect()
}

/// Every run of eight octets of a secret, in the forms that a program prints octets in.
struct Secrets {
    base64: HashSet<Vec<u8>>,
    hex: HashSet<Vec<u8>>,
    octets: HashSet<Vec<u8>>,
}

impl Secrets {
    fn of(text: &str, numbers: &[Vec<u8>]) -> Self {
        let is_public = |line: &str| line.starts_with("-----") || line.starts_with("Modulus");
        let lines = text.lines().filter(|line| !is_public(line));
        let values = lines.map(|line| line.split_once(": ").map_or(line, |(_, value)| value));
        let of_text = values.flat_map(|value| value.as_bytes().windows(8).map(<[u8]>::to_vec));
        let runs = || numbers.iter().flat_map(|number| number.windows(8));
        let of_numbers = runs().map(|run| BASE64.encode(&run[..6]).into_bytes());
        Self {
            base64: of_text.chain(of_numbers).collect(),
            hex: runs()
                .map(|run| HEXLOWER.encode(run).into_bytes())
                .collect(),
            octets: runs().map(<[u8]>::to_vec).collect(),
        }
    }

    fn are_in(&self, shown: &str) -> bool {
        let lower = shown.to_ascii_lowercase();
        let numbers = shown.split(|c: char| !c.is_ascii_digit());
        let octets: Vec<u8> = numbers.filter_map(|number| number.parse().ok()).collect();
        shown
            .as_bytes()
            .windows(8)
            .any(|run| self.base64.contains(run))
            || lower
                .as_bytes()
                .windows(16)
                .any(|run| self.hex.contains(run))
            || octets.windows(8).any(|run| self.octets.contains(run))
    }
}

/// The text as it is, and damaged in each way that has hidden a key from its reader: lines joined, cut and lost, an octet
/// that is none of base64, a boundary that is gone.
fn variants(text: &str) -> Vec<String> {
    let mut variants = vec![
        text.to_owned(),
        text.replace('\n', ""),
        text.replace('\n', "\r"),
        text.replace('\n', "\\n"),
        text.replace('\n', "\r\n"),
        text.replace("-----", "----"),
        text.replace("-----END", "----END"),
        text.replace("PRIVATE KEY", "EC PRIVATE KEY"),
        text.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
        text.replace("Algorithm: ", "Algorithm: 1"),
        text.replace(": ", ":"),
        format!("r.test. DNSKEY 257 3 15 (\n{text}"),
        format!("{text}r.test. DNSKEY 257 3 15 {text}"),
    ];
    let lines: Vec<_> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let with = |line: &str| {
            let mut lines = lines.clone();
            lines[index] = line;
            lines.join("\n")
        };
        let (start, end) = line.split_at(line.len() / 2);
        variants.extend([
            with(""),
            with(start),
            with(end),
            with(&format!("{start}!{end}")),
            with(&format!("{end}{start}")),
            with(&format!("{start}\n{end}")),
            lines[..index].join("\n"),
            lines[index..].join("\n"),
        ]);
    }
    variants
}

#[test]
fn neither_errors_nor_debug_contain_a_piece_of_a_secret() {
    let samples = PEM
        .map(|(name, text)| (name, text, numbers_of_pem(text)))
        .into_iter()
        .chain(BIND.map(|(name, text)| (name, text, numbers_of_bind(text))));
    for (name, text, numbers) in samples {
        let secrets = Secrets::of(text, &numbers);
        for shown in [
            text.to_owned(),
            format!("{numbers:?}"),
            HEXLOWER.encode(&numbers[0]),
        ] {
            assert!(secrets.are_in(&shown), "{name}: {shown}");
        }
        for variant in variants(text) {
            let backup = Backup::read(&["-"], &mut variant.as_bytes());
            let shown = format!("{backup:?}");
            assert!(!secrets.are_in(&shown), "{name}: {shown} of {variant}");
        }
    }
}

#[test]
fn what_holds_a_secret_is_wiped_when_it_is_dropped() {
    const fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}
    let (_, rest) = bind::read(BIND[0].1);
    is_wiped(&rest);
    let (_, rest) = pem::read(PEM[0].1);
    is_wiped(&rest);
    let (mut keys, _) = bind::read(BIND[0].1);
    let Ok(PrivateKeyIdentity::Scalar { scalar, .. }) = keys.remove(0) else {
        panic!("{keys:?}");
    };
    is_wiped(&scalar);
    assert_eq!(format!("{scalar:?}"), "Secret");
}
