//! The only list of what can be verified here, and how: everything past [`SupportedAlgorithm`] is supported.

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};

use crate::dns::{Algorithm, Dnskey};
use crate::reason::Reason;

/// An algorithm that ring verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportedAlgorithm {
    /// RSASHA1 and RSASHA1-NSEC3-SHA1 (RFC 3110, RFC 5155): must not sign any more (RFC 9905), still verifies.
    RsaSha1,
    /// RSASHA256 (RFC 5702).
    RsaSha256,
    /// RSASHA512 (RFC 5702).
    RsaSha512,
    /// ECDSAP256SHA256 (RFC 6605).
    EcdsaP256Sha256,
    /// ECDSAP384SHA384 (RFC 6605).
    EcdsaP384Sha384,
    /// ED25519 (RFC 8080).
    Ed25519,
}

impl TryFrom<Algorithm> for SupportedAlgorithm {
    type Error = Reason;

    fn try_from(algorithm: Algorithm) -> Result<Self, Reason> {
        match algorithm {
            Algorithm::RSASHA1 | Algorithm::RSASHA1_NSEC3_SHA1 => Ok(Self::RsaSha1),
            Algorithm::RSASHA256 => Ok(Self::RsaSha256),
            Algorithm::RSASHA512 => Ok(Self::RsaSha512),
            Algorithm::ECDSAP256SHA256 => Ok(Self::EcdsaP256Sha256),
            Algorithm::ECDSAP384SHA384 => Ok(Self::EcdsaP384Sha384),
            Algorithm::ED25519 => Ok(Self::Ed25519),
            _ => Err(Reason::UnsupportedDnskeyAlgorithm),
        }
    }
}

impl SupportedAlgorithm {
    /// What one verification costs in microseconds, rounded up from `benches/validate.rs`; RSA's grows with the key.
    pub(super) fn cost(self, key: &Dnskey) -> u32 {
        match self {
            Self::RsaSha1 | Self::RsaSha256 | Self::RsaSha512 => {
                let with_65537 = match key.public_key.len() {
                    ..=270 => 50,
                    271..=530 => 150,
                    _ => 600,
                };
                with_65537 * exponent_cost(key).max(17) / 17
            }
            Self::EcdsaP256Sha256 | Self::Ed25519 => 100,
            Self::EcdsaP384Sha384 => 1200,
        }
    }
}

/// A public key that its algorithm can use.
#[derive(Debug)]
pub(super) enum PublicKey<'k> {
    Rsa {
        parameters: &'static signature::RsaParameters,
        key: RsaPublicKeyComponents<&'k [u8]>,
    },
    Curve(UnparsedPublicKey<Vec<u8>>),
}

impl<'k> PublicKey<'k> {
    /// Lays out `key` for ring; a key that ring would refuse for its size is unsupported, which is not a bad signature.
    pub(super) fn new(algorithm: SupportedAlgorithm, key: &'k Dnskey) -> Result<Self, Reason> {
        match algorithm {
            SupportedAlgorithm::RsaSha1 => rsa_key(
                &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
                key,
            ),
            SupportedAlgorithm::RsaSha256 => rsa_key(
                &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                key,
            ),
            SupportedAlgorithm::RsaSha512 => rsa_key(
                &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
                key,
            ),
            SupportedAlgorithm::EcdsaP256Sha256 => {
                curve_key(&signature::ECDSA_P256_SHA256_FIXED, &[0x04], 64, key)
            }
            SupportedAlgorithm::EcdsaP384Sha384 => {
                curve_key(&signature::ECDSA_P384_SHA384_FIXED, &[0x04], 96, key)
            }
            SupportedAlgorithm::Ed25519 => curve_key(&signature::ED25519, &[], 32, key),
        }
    }

    pub(super) fn verifies(&self, signed_data: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { parameters, key } => key.verify(parameters, signed_data, signature).is_ok(),
            Self::Curve(key) => key.verify(signed_data, signature).is_ok(),
        }
    }
}

fn rsa_key<'k>(
    parameters: &'static signature::RsaParameters,
    key: &'k Dnskey,
) -> Result<PublicKey<'k>, Reason> {
    let (e, n) = rsa_components(&key.public_key).ok_or(Reason::MalformedRecord)?;
    // What ring takes: a modulus of 128 to 1024 octets, so 1017 bits (sic) are enough, and an odd exponent from 3 to 2^33-1.
    let is_exponent_supported =
        exponent(e).is_some_and(|e| (3..1 << 33).contains(&e) && e % 2 == 1);
    if !(128..=1024).contains(&n.len()) || !is_exponent_supported {
        return Err(Reason::UnsupportedKeySize);
    }
    Ok(PublicKey::Rsa {
        parameters,
        key: RsaPublicKeyComponents { n, e },
    })
}

/// What square-and-multiply takes for the key's exponent: 17 for 65537, up to 64 for what ring takes.
fn exponent_cost(key: &Dnskey) -> u32 {
    let exponent = rsa_components(&key.public_key).and_then(|(e, _)| exponent(e));
    exponent
        .filter(|&e| e > 0)
        .map_or(0, |e| e.ilog2() + e.count_ones() - 1)
}

/// RFC 6605 section 4 and RFC 8080 section 3: the bare point. SEC 1 wants 0x04 in front of an uncompressed one.
fn curve_key(
    algorithm: &'static dyn VerificationAlgorithm,
    prefix: &[u8],
    size: usize,
    key: &Dnskey,
) -> Result<PublicKey<'static>, Reason> {
    if key.public_key.len() != size {
        return Err(Reason::MalformedRecord);
    }
    Ok(PublicKey::Curve(UnparsedPublicKey::new(
        algorithm,
        [prefix, &key.public_key].concat(),
    )))
}

/// RFC 3110 section 2: the exponent's length in one octet, or in two after a 0; exponent; modulus. Leading zeros dropped;
/// neither number is 0.
fn rsa_components(public_key: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match public_key {
        [0, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [length, rest @ ..] => (usize::from(*length), rest),
        [] => return None,
    };
    let (exponent, modulus) = rest.split_at_checked(length)?;
    let numbers = (
        without_leading_zeros(exponent),
        without_leading_zeros(modulus),
    );
    (!numbers.0.is_empty() && !numbers.1.is_empty()).then_some(numbers)
}

/// The exponent's value, if it has less than 41 bits.
fn exponent(octets: &[u8]) -> Option<u64> {
    octets.iter().try_fold(0_u64, |value, &octet| {
        (value >> 33 == 0).then_some(value << 8 | u64::from(octet))
    })
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&octet| octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bit_length(number: &[u8]) -> usize {
    number
        .first()
        .map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// The size that people know a key by: RSA's modulus, a curve's field.
pub fn key_bits(key: &Dnskey) -> Option<usize> {
    match key.algorithm {
        Algorithm::RSAMD5
        | Algorithm::RSASHA1
        | Algorithm::RSASHA1_NSEC3_SHA1
        | Algorithm::RSASHA256
        | Algorithm::RSASHA512 => {
            rsa_components(&key.public_key).map(|(_, modulus)| bit_length(modulus))
        }
        Algorithm::ECDSAP256SHA256 | Algorithm::ED25519 => Some(256),
        Algorithm::ECDSAP384SHA384 => Some(384),
        Algorithm::ED448 => Some(456),
        _ => None,
    }
}

#[cfg(test)]
#[path = "algorithm_tests.rs"]
mod tests;
