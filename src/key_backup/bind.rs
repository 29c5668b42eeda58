//! Private keys as BIND keeps them in `K*.private` and PowerDNS exports them: `Private-key-format: v1.3`, a field a line.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use super::private::{Curve, KeyReadError, PrivateKeyIdentity, ed25519, is_rsa, rsa};
use crate::dns::Algorithm;

const HEAD: &str = "Private-key-format:";

/// Each such key in the text, readable or not, and the text without them, every line where it was: they may have been
/// exported into one file, one after the other.
pub(super) fn read(
    text: &str,
) -> (
    Vec<Result<PrivateKeyIdentity, KeyReadError>>,
    Zeroizing<String>,
) {
    let mut results = Vec::new();
    let mut rest = Zeroizing::new(String::with_capacity(text.len() + 1));
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with(HEAD) {
            let mut fields = BTreeMap::new();
            while let Some(line) = lines.next_if(|line| !ends_key(line)) {
                fields.extend(line.split_once(':'));
                rest.push('\n');
            }
            results.push(read_key(&fields));
        } else {
            rest.push_str(line);
        }
        rest.push('\n');
    }
    (results, rest)
}

/// Whether what stands in the line is no more of the key before it. A field in which an octet went wrong still is: it may
/// be the secret.
fn ends_key(line: &str) -> bool {
    line.starts_with(HEAD)
        || line.starts_with([';', '-'])
        || line
            .split_whitespace()
            .any(|word| word.eq_ignore_ascii_case("DNSKEY"))
}

fn read_key(fields: &BTreeMap<&str, &str>) -> Result<PrivateKeyIdentity, KeyReadError> {
    let algorithm = fields
        .get("Algorithm")
        .and_then(|text| text.split_whitespace().next()?.parse().ok());
    let algorithm = Algorithm(
        algorithm.ok_or_else(|| KeyReadError::new(None, "no number after `Algorithm:`"))?,
    );
    let number = |name: &str| {
        let text = fields
            .get(name)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| KeyReadError::new(algorithm, missing_field(fields, name)))?;
        decode_base64(text)
            .map_err(|_| KeyReadError::new(algorithm, format!("no base64 after `{name}:`")))
    };
    match algorithm {
        Algorithm::ECDSAP256SHA256 => Curve::P256.key_from_scalar(&number("PrivateKey")?),
        Algorithm::ECDSAP384SHA384 => Curve::P384.key_from_scalar(&number("PrivateKey")?),
        Algorithm::ED25519 => ed25519(&number("PrivateKey")?),
        Algorithm::ED448 => Err(KeyReadError::new(
            algorithm,
            "an Ed448 key, whose public half cannot be made here: give its DNSKEY record alone",
        )),
        _ if is_rsa(algorithm) => {
            let [n, e] = [number("Modulus")?, number("PublicExponent")?];
            rsa(
                Some(algorithm),
                &n,
                &e,
                [&number("Prime1")?, &number("Prime2")?],
            )
        }
        _ => Err(KeyReadError::new(
            algorithm,
            format!("the algorithm {algorithm} is not known here"),
        )),
    }
}

/// In time that does not depend on the value, and into one buffer, which is wiped whether or not it can be read.
fn decode_base64(text: &str) -> Result<Zeroizing<Vec<u8>>, base64ct::Error> {
    let mut octets = Zeroizing::new(vec![0; text.len()]);
    let length = Base64::decode(text, &mut octets)?.len();
    octets.truncate(length);
    Ok(octets)
}

/// A key in a hardware module leaves its label in the file alone.
fn missing_field(fields: &BTreeMap<&str, &str>, name: &str) -> String {
    if fields.contains_key("Label") {
        "the key is in a hardware module, which no file is a backup of".to_owned()
    } else {
        format!("the field `{name}:` is missing")
    }
}

#[cfg(test)]
#[path = "bind_tests.rs"]
mod tests;
