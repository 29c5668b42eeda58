//! Private keys in PEM: what Knot keeps in its KASP as `keys/<key id>.pem` (PKCS#8, RFC 5958; RFC 7468).
//!
//! RustCrypto's crates read the key: `pem-rfc7468` a block of base64, `pkcs8` what is in it, `sec1` and `pkcs1` the key of
//! an elliptic curve and of RSA. What is here finds the blocks, because `pem-rfc7468` reads one text that is one block in
//! lines of one length. A backup has several blocks in one file, with records and notes around them.

use pem_rfc7468::Decoder;
use pkcs1::RsaPrivateKeyRef;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{self, Decode as _, Reader as _, SliceReader};
use pkcs8::{ObjectIdentifier, PrivateKeyInfo, PrivateKeyInfoRef, Version};
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::private::{Curve, KeyReadError, PrivateKeyIdentity, ed25519, rsa};
use crate::dns::Algorithm;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// The label of PKCS#8 that is not encrypted (RFC 7468 section 10).
const PRIVATE_KEY: &str = "PRIVATE KEY";
/// `SSH2 ENCRYPTED PRIVATE KEY`, the longest label in use, has 26, and no word of one has more than `ENCRYPTED`.
const MAX_LABEL_OCTETS: usize = 40;
const MAX_LABEL_WORD_OCTETS: usize = 12;

/// RFC 5480 section 2.1.1.1.
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// RFC 8410 section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");

/// Each private key in the text, and the text without them, every line where it was.
pub(super) fn read(
    text: &str,
) -> (
    Vec<Result<PrivateKeyIdentity, KeyReadError>>,
    Zeroizing<String>,
) {
    let mut results = Vec::new();
    let mut rest = Zeroizing::new(String::with_capacity(text.len() + 1));
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let begin_line = line
            .split_once(BEGIN)
            .and_then(|(_, rest)| rest.split_once(DASHES));
        let begin_line = begin_line.filter(|(label, _)| label.ends_with(PRIVATE_KEY));
        rest.push_str(if begin_line.is_some() { "" } else { line });
        rest.push('\n');
        let Some((label, after)) = begin_line else {
            continue;
        };
        if after.contains(END) {
            // The key itself stands in this line.
            results.push(Err(joined_error(label)));
            continue;
        }
        let (block, length) = block(&mut lines, label);
        rest.push_str(&"\n".repeat(length));
        results.push(match block {
            None => Err(KeyReadError::new(
                None,
                format!("the line `END {}` is missing", printable_label(label)),
            )),
            Some(_) if !after.trim().is_empty() => Err(joined_error(label)),
            Some(block) if label == PRIVATE_KEY => read_key(&block),
            Some(_) => Err(unread_error(label)),
        });
    }
    (results, rest)
}

/// The rest of the block that begins with this label, as a text for `pem-rfc7468`, and how many lines it took; none if
/// it does not end. Its base64 is in one line, so that lines of any length are read (RFC 7468 section 2).
fn block<'t>(
    lines: &mut impl Iterator<Item = &'t str>,
    label: &str,
) -> (Option<Zeroizing<String>>, usize) {
    let end = format!("{END}{label}{DASHES}");
    let mut parts = vec![BEGIN, label, DASHES, "\n"];
    let mut count = 0;
    for line in lines {
        count += 1;
        if line.trim_end() == end {
            parts.extend(["\n", &end]);
            return (Some(Zeroizing::new(parts.concat())), count);
        }
        parts.push(line.trim());
    }
    (None, count)
}

fn joined_error(label: &str) -> KeyReadError {
    KeyReadError::new(
        None,
        format!(
            "`BEGIN {}` does not stand on a line of its own (RFC 7468 section 2)",
            printable_label(label)
        ),
    )
}

/// The label for a message. Where dashes are damaged, what is between `BEGIN` and the next dashes may contain the key.
fn printable_label(label: &str) -> &str {
    let is_word = |word: &str| {
        word.len() <= MAX_LABEL_WORD_OCTETS
            && word
                .bytes()
                .all(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit())
    };
    if label.len() <= MAX_LABEL_OCTETS && label.split(' ').all(is_word) {
        label
    } else {
        PRIVATE_KEY
    }
}

fn unread_error(label: &str) -> KeyReadError {
    let problem = if label.starts_with("ENCRYPTED") {
        "an encrypted private key".to_owned()
    } else {
        format!(
            "the form `{}` is not read; `openssl pkcs8 -topk8 -nocrypt` makes it PKCS#8",
            printable_label(label)
        )
    };
    KeyReadError::new(None, problem)
}

fn read_key(block: &str) -> Result<PrivateKeyIdentity, KeyReadError> {
    // The decoder's error is dropped: the position that it names is one in a secret.
    let octets = decode_base64(block)
        .map_err(|_| KeyReadError::new(None, "no base64 between BEGIN and END"))?;
    pkcs8(&octets).unwrap_or_else(|| {
        Err(KeyReadError::new(
            None,
            "no private key of PKCS#8 (RFC 5958) between BEGIN and END",
        ))
    })
}

fn decode_base64(block: &str) -> pem_rfc7468::Result<Zeroizing<Vec<u8>>> {
    let mut decoder = Decoder::new_detect_wrap(block.as_bytes())?;
    let mut octets = Zeroizing::new(vec![0; decoder.remaining_len()]);
    decoder.decode(&mut octets)?;
    if decoder.is_finished() {
        Ok(octets)
    } else {
        Err(pem_rfc7468::Error::Length)
    }
}

/// `None` where the structure is another.
fn pkcs8(octets: &[u8]) -> Option<Result<PrivateKeyIdentity, KeyReadError>> {
    let key = PrivateKeyInfoRef::try_from(octets).or_else(|_| without_public_key(octets));
    let key = key.ok()?;
    let inner = key.private_key.as_bytes();
    Some(match key.algorithm.oid {
        pkcs1::ALGORITHM_OID => rsa_key(inner).unwrap_or_else(|_| {
            Err(KeyReadError::new(
                None,
                "no RSA key (RFC 8017 appendix A.1.2) in it",
            ))
        }),
        sec1::ALGORITHM_OID => match key.algorithm.parameters_oid().ok()? {
            SECP256R1 => ec_key(Curve::P256, inner),
            SECP384R1 => ec_key(Curve::P384, inner),
            _ => Err(KeyReadError::new(None, "a curve that DNSSEC does not use")),
        },
        ED25519 => ed25519(<&OctetStringRef>::from_der(inner).ok()?.as_bytes()),
        ED448 => Err(KeyReadError::new(
            Algorithm::ED448,
            "an Ed448 key, whose public half cannot be made here: give its DNSKEY record",
        )),
        _ => Err(KeyReadError::new(
            None,
            "an algorithm that DNSSEC does not use, or not here",
        )),
    })
}

/// The key without its public half, which `pkcs8` may refuse although the private one is good: ring before 0.17 gave that
/// of Ed25519 an explicit tag where RFC 5958 has an implicit one, and reads such files to this day.
fn without_public_key(octets: &[u8]) -> der::Result<PrivateKeyInfoRef<'_>> {
    SliceReader::new(octets)?.sequence(|key| {
        Version::decode(key)?;
        let info = PrivateKeyInfo::new(key.decode()?, key.decode()?);
        while !key.is_finished() {
            AnyRef::decode(key)?;
        }
        Ok(info)
    })
}

/// RSAPrivateKey (RFC 8017 appendix A.1.2).
fn rsa_key(octets: &[u8]) -> pkcs1::Result<Result<PrivateKeyIdentity, KeyReadError>> {
    let key = RsaPrivateKeyRef::try_from(octets)?;
    let [n, e, p, q] =
        [key.modulus, key.public_exponent, key.prime1, key.prime2].map(|number| number.as_bytes());
    Ok(rsa(None, n, e, [p, q]))
}

/// ECPrivateKey (RFC 5915 section 3), perhaps with its public key.
fn ec_key(curve: Curve, octets: &[u8]) -> Result<PrivateKeyIdentity, KeyReadError> {
    let key = EcPrivateKey::try_from(octets).map_err(|_| {
        KeyReadError::new(
            curve.algorithm(),
            "no key of an elliptic curve (RFC 5915) in it",
        )
    })?;
    match key.public_key {
        None => curve.key_from_scalar(key.private_key),
        // An uncompressed point.
        Some([0x04, point @ ..]) => curve.key_from_pair(key.private_key, point),
        Some(_) => Err(KeyReadError::new(
            curve.algorithm(),
            "its public key is not an uncompressed point",
        )),
    }
}

#[cfg(test)]
#[path = "pem_tests.rs"]
mod tests;
