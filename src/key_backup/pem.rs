//! Private keys in PEM: what Knot keeps in its KASP as `keys/<key id>.pem` (PKCS#8, RFC 5958; RFC 7468).

use data_encoding::BASE64;

use super::der::{BIT_STRING, CONTEXT_1, Der, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use super::private::{Curve, Half, Refused, ed25519, rsa};
use crate::dns::Algorithm;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// RFC 8017 appendix A.1, RFC 5480 section 2.1.1, RFC 8410 section 3.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const SECP256R1: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const SECP384R1: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];
const ED448: &[u8] = &[0x2B, 0x65, 0x71];

/// Each private key in the text, and the text without them, every line where it was.
pub(super) fn read(text: &str) -> (Vec<Result<Half, Refused>>, String) {
    let (mut found, mut rest) = (Vec::new(), String::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let begun = line
            .split_once(BEGIN)
            .and_then(|(_, rest)| rest.split_once(DASHES));
        let begun = begun.filter(|(label, _)| label.ends_with("PRIVATE KEY"));
        rest.push_str(if begun.is_some() { "" } else { line });
        rest.push('\n');
        let Some((label, after)) = begun else {
            continue;
        };
        if after.contains(END) {
            // The key itself stands in this line.
            found.push(Err(joined(label)));
            continue;
        }
        let (body, length) = body(&mut lines, &format!("{END}{label}{DASHES}"));
        rest.push_str(&"\n".repeat(length));
        found.push(match body {
            None => Err(Refused::new(
                None,
                format!("the line `END {label}` is missing"),
            )),
            Some(_) if !after.trim().is_empty() => Err(joined(label)),
            Some(body) if label == "PRIVATE KEY" => key(&body),
            Some(_) => Err(unread(label)),
        });
    }
    (found, rest)
}

/// What stands before the line `end`, in one line, and how many lines it took; none if there is no such line.
fn body<'t>(lines: &mut impl Iterator<Item = &'t str>, end: &str) -> (Option<String>, usize) {
    let (mut body, mut count) = (String::new(), 0);
    for line in lines {
        count += 1;
        if line.trim_end() == end {
            return (Some(body), count);
        }
        body.push_str(line.trim());
    }
    (None, count)
}

fn joined(label: &str) -> Refused {
    Refused::new(
        None,
        format!("`BEGIN {label}` does not stand on a line of its own (RFC 7468 section 2)"),
    )
}

fn unread(label: &str) -> Refused {
    let problem = if label.starts_with("ENCRYPTED") {
        "an encrypted private key".to_owned()
    } else {
        format!("the form `{label}` is not read; `openssl pkcs8 -topk8 -nocrypt` makes it PKCS#8")
    };
    Refused::new(None, problem)
}

fn key(body: &str) -> Result<Half, Refused> {
    // What the decoder complains of stays untold: its place in the text is one in a secret.
    let octets = BASE64
        .decode(body.as_bytes())
        .map_err(|_| Refused::new(None, "no base64 between BEGIN and END"))?;
    pkcs8(&octets).unwrap_or_else(|| {
        Err(Refused::new(
            None,
            "no private key of PKCS#8 (RFC 5958) between BEGIN and END",
        ))
    })
}

/// `None` where the structure is another.
fn pkcs8(octets: &[u8]) -> Option<Result<Half, Refused>> {
    let mut key = Der(octets).enter(SEQUENCE)?;
    key.take(INTEGER)?;
    let mut algorithm = key.enter(SEQUENCE)?;
    let inner = Der(key.take(OCTET_STRING)?);
    Some(match algorithm.take(OBJECT_IDENTIFIER)? {
        RSA => rsa_key(inner).unwrap_or_else(|| {
            Err(Refused::new(
                None,
                "no RSA key (RFC 8017 appendix A.1.2) in it",
            ))
        }),
        EC => match algorithm.take(OBJECT_IDENTIFIER)? {
            SECP256R1 => ec_key(Curve::P256, inner),
            SECP384R1 => ec_key(Curve::P384, inner),
            _ => Err(Refused::new(None, "a curve that DNSSEC does not use")),
        },
        ED25519 => ed25519(Der(inner.0).take(OCTET_STRING)?),
        ED448 => Err(Refused::new(
            Algorithm::ED448,
            "an Ed448 key, whose public half cannot be made here: give its DNSKEY record",
        )),
        _ => Err(Refused::new(
            None,
            "an algorithm that DNSSEC does not use, or not here",
        )),
    })
}

/// RSAPrivateKey (RFC 8017 appendix A.1.2): version, modulus, both exponents, both primes.
fn rsa_key(mut der: Der<'_>) -> Option<Result<Half, Refused>> {
    let mut key = der.enter(SEQUENCE)?;
    key.take(INTEGER)?;
    let (n, e) = (key.unsigned()?, key.unsigned()?);
    let _d = key.unsigned()?;
    Some(rsa(None, n, e, [key.unsigned()?, key.unsigned()?]))
}

/// ECPrivateKey (RFC 5915 section 3): version, number, perhaps parameters, perhaps the public key.
fn ec_key(curve: Curve, der: Der<'_>) -> Result<Half, Refused> {
    let Some((number, public_key)) = ec_halves(der) else {
        return Err(Refused::new(
            curve.algorithm(),
            "no key of an elliptic curve (RFC 5915) in it",
        ));
    };
    match public_key {
        None => curve.number(number),
        // No unused bits; an uncompressed point.
        Some([0, 0x04, point @ ..]) => curve.key(number, point),
        Some(_) => Err(Refused::new(
            curve.algorithm(),
            "its public key is not an uncompressed point",
        )),
    }
}

fn ec_halves(mut der: Der<'_>) -> Option<(&[u8], Option<&[u8]>)> {
    let mut key = der.enter(SEQUENCE)?;
    key.take(INTEGER)?;
    let number = key.take(OCTET_STRING)?;
    while let Some((tag, content)) = key.next() {
        if tag == CONTEXT_1 {
            return Some((number, Some(Der(content).take(BIT_STRING)?)));
        }
    }
    Some((number, None))
}

#[cfg(test)]
#[path = "pem_tests.rs"]
mod tests;
