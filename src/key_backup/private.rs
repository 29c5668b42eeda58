//! Private keys, as far as it takes to tell whose they are. A secret is held only where the public half cannot be had
//! from it alone; it is wiped, and never shown.

use std::fmt;

use ring::error::KeyRejected;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};

use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::dns::{Algorithm, Dnskey};

/// The largest modulus that is read: 16,384 bits, four times what any signer makes.
const MAX_RSA_OCTETS: usize = 2048;

/// More than the calls into ring take; tests/programs/key_backup/memory.rs finds what is left below.
const STACK_OF_RING: usize = 16 << 10;

/// Why a private key cannot be used, without a word of what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyReadError {
    /// Its algorithm as far as that could be read: a key of another cannot be it.
    pub(super) algorithm: Option<Algorithm>,
    /// What is wrong.
    pub(super) problem: String,
}

impl KeyReadError {
    pub(super) fn new(algorithm: impl Into<Option<Algorithm>>, problem: impl Into<String>) -> Self {
        Self {
            algorithm: algorithm.into(),
            problem: problem.into(),
        }
    }
}

/// Whose a private key is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PrivateKeyIdentity {
    /// Of this public key. RSA's algorithms share their keys, so an RSA key may have none.
    PublicKey {
        algorithm: Option<Algorithm>,
        public_key: Box<[u8]>,
    },
    /// Of the public key of this curve that fits it: ring makes none from the number alone.
    Scalar { curve: Curve, scalar: SecretScalar },
}

impl PrivateKeyIdentity {
    /// Whether `key` is its public half.
    pub(super) fn matches(&self, key: &Dnskey) -> bool {
        match self {
            Self::PublicKey {
                algorithm,
                public_key,
            } => {
                algorithm.map_or_else(
                    || is_rsa(key.algorithm),
                    |algorithm| algorithm == key.algorithm,
                ) && *public_key == key.public_key
            }
            Self::Scalar { curve, scalar } => {
                curve.algorithm() == key.algorithm
                    && curve.check(&scalar.0, &key.public_key).is_ok()
            }
        }
    }
}

/// What must not be seen.
#[derive(PartialEq, Eq)]
pub(super) struct SecretScalar(Zeroizing<Vec<u8>>);

/// By its only field.
impl ZeroizeOnDrop for SecretScalar {}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A curve of RFC 6605.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl Curve {
    pub(super) const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::ECDSAP256SHA256,
            Self::P384 => Algorithm::ECDSAP384SHA384,
        }
    }

    const fn octets(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    /// The private key of `public_key`, the bare point of RFC 6605 section 4, if `number` is that.
    pub(super) fn key_from_pair(
        self,
        number: &[u8],
        public_key: &[u8],
    ) -> Result<PrivateKeyIdentity, KeyReadError> {
        self.check(number, public_key)?;
        Ok(PrivateKeyIdentity::PublicKey {
            algorithm: Some(self.algorithm()),
            public_key: public_key.into(),
        })
    }

    /// A private key whose public half is not beside it.
    pub(super) fn key_from_scalar(self, number: &[u8]) -> Result<PrivateKeyIdentity, KeyReadError> {
        let padded = self
            .padded(number)
            .ok_or_else(|| self.error("its number does not fit the curve"))?;
        Ok(PrivateKeyIdentity::Scalar {
            curve: self,
            scalar: SecretScalar(padded),
        })
    }

    fn check(self, number: &[u8], public_key: &[u8]) -> Result<(), KeyReadError> {
        let padded = self
            .padded(number)
            .ok_or_else(|| self.error("its number does not fit the curve"))?;
        let checked = self.check_by_ring(&padded, public_key);
        wipe_stack();
        checked.map_err(|error| self.error(&format!("its halves do not fit: {error}")))
    }

    #[inline(never)]
    fn check_by_ring(self, number: &[u8], public_key: &[u8]) -> Result<(), KeyRejected> {
        let algorithm: &'static EcdsaSigningAlgorithm = match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        };
        // SEC 1 wants 0x04 in front of an uncompressed point.
        let point = [&[0x04], public_key].concat();
        EcdsaKeyPair::from_private_key_and_public_key(
            algorithm,
            number,
            &point,
            &SystemRandom::new(),
        )
        .map(|_| ())
    }

    /// The number in as many octets as the curve has. GnuTLS, and so Knot, writes a zero before one whose first bit is
    /// set, although RFC 5915 section 3 wants a fixed size.
    fn padded(self, number: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let number = without_leading_zeros(number);
        let zeros = self.octets().checked_sub(number.len())?;
        let padded = [vec![0; zeros].as_slice(), number].concat();
        Some(Zeroizing::new(padded))
    }

    fn error(self, problem: &str) -> KeyReadError {
        KeyReadError::new(self.algorithm(), problem)
    }
}

/// An Ed25519 key from its seed (RFC 8032 section 5.1.5).
pub(super) fn ed25519(seed: &[u8]) -> Result<PrivateKeyIdentity, KeyReadError> {
    let public_key = ed25519_by_ring(seed);
    wipe_stack();
    let public_key = public_key.map_err(|error| {
        KeyReadError::new(Algorithm::ED25519, format!("no seed of Ed25519: {error}"))
    })?;
    Ok(PrivateKeyIdentity::PublicKey {
        algorithm: Some(Algorithm::ED25519),
        public_key,
    })
}

#[inline(never)]
fn ed25519_by_ring(seed: &[u8]) -> Result<Box<[u8]>, KeyRejected> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed)?;
    Ok(pair.public_key().as_ref().into())
}

/// ring does not wipe: a call leaves three copies of an ECDSA key in frames of the stack that nothing has overwritten yet.
#[inline(never)]
fn wipe_stack() {
    let mut octets = [0_u8; STACK_OF_RING];
    octets.zeroize();
}

/// An RSA key from its modulus, public exponent and two primes.
///
/// That the primes make the modulus is the check: who has them has the key. ring would check more, and refuse keys below
/// 2048 bits, which sign many a zone.
pub(super) fn rsa(
    algorithm: Option<Algorithm>,
    n: &[u8],
    e: &[u8],
    primes: [&[u8]; 2],
) -> Result<PrivateKeyIdentity, KeyReadError> {
    let [n, e, p, q] = [n, e, primes[0], primes[1]].map(without_leading_zeros);
    let refused = |problem: &str| Err(KeyReadError::new(algorithm, problem));
    if n.is_empty() || e.is_empty() || n.len() > MAX_RSA_OCTETS || e.len() > n.len() {
        return refused("an RSA key with a modulus or an exponent of no usable size");
    }
    // One times the modulus is what anybody can write who knows the public half.
    if [p, q].contains(&&[1][..])
        || p.len() + q.len() > n.len() + 1
        || without_leading_zeros(&multiply(p, q)) != n
    {
        return refused("its primes do not make its modulus");
    }
    // RFC 3110 section 2: the exponent's length in one octet, or in two after a 0.
    let length = match u8::try_from(e.len()) {
        Ok(length) => vec![length],
        Err(_) => [
            &[0],
            &u16::try_from(e.len()).unwrap_or_default().to_be_bytes()[..],
        ]
        .concat(),
    };
    Ok(PrivateKeyIdentity::PublicKey {
        algorithm,
        public_key: [&length, e, n].concat().into(),
    })
}

/// Whether RSA keys of RFC 3110's form are keys of this algorithm.
pub(super) fn is_rsa(algorithm: Algorithm) -> bool {
    [
        Algorithm::RSAMD5,
        Algorithm::RSASHA1,
        Algorithm::RSASHA1_NSEC3_SHA1,
        Algorithm::RSASHA256,
        Algorithm::RSASHA512,
    ]
    .contains(&algorithm)
}

/// A number as RFC 3110 section 2 wants it.
fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let first = number.iter().position(|&octet| octet != 0);
    first
        .and_then(|first| number.get(first..))
        .unwrap_or_default()
}

/// The product of two numbers, the most significant octet first, in as many octets as both have.
fn multiply(left: &[u8], right: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut octets = Zeroizing::new(vec![0_u8; left.len() + right.len()]);
    for (index, &factor) in left.iter().rev().enumerate() {
        let mut carry = 0_u16;
        let right_octets = right
            .iter()
            .rev()
            .chain(std::iter::repeat(&0))
            .take(octets.len() - index);
        for (octet, &times) in octets.iter_mut().rev().skip(index).zip(right_octets) {
            // At most 255 * 255 + 255 + 255, which is the most that 16 bits hold.
            let sum = u16::from(factor) * u16::from(times) + u16::from(*octet) + carry;
            let [high, low] = sum.to_be_bytes();
            (*octet, carry) = (low, u16::from(high));
        }
    }
    octets
}
