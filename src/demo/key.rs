//! Keys that sign a zone, and the records that they are in it.

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};

use super::error::ZoneError;
use crate::dns::{Algorithm, Class, DigestType, Dnskey, Name, RrType, Rrsig, Timestamp};
use crate::dnssec::CanonicalRrset;

const DAY: i64 = 86_400;

/// The validity period of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityPeriod {
    /// When it begins.
    pub inception: Timestamp,
    /// When it ends.
    pub expiration: Timestamp,
}

impl ValidityPeriod {
    /// From `first` to `last` days after `at`.
    pub fn days(at: Timestamp, first: i64, last: i64) -> Self {
        Self {
            inception: Timestamp(at.0 + first * DAY),
            expiration: Timestamp(at.0 + last * DAY),
        }
    }
}

/// A private key and its DNSKEY.
#[derive(Debug)]
pub struct SigningKey {
    pair: SigningPair,
    dnskey: Dnskey,
}

#[derive(Debug)]
enum SigningPair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    /// No key at all: every signature is this text.
    Opaque(Box<[u8]>),
}

impl SigningKey {
    /// The flags of a key that signs the DNSKEY RRset (RFC 4034 section 2.1.1).
    pub const KSK: u16 = Dnskey::ZONE_KEY | Dnskey::SECURE_ENTRY_POINT;
    /// The flags of a key that signs the rest of the zone.
    pub const ZSK: u16 = Dnskey::ZONE_KEY;

    /// A new key of an algorithm that ring can generate keys for: 13, 14 and 15.
    pub fn generate(algorithm: Algorithm, flags: u16) -> Result<Self, ZoneError> {
        let pair = match algorithm {
            Algorithm::ECDSAP256SHA256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ECDSAP384SHA384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::ED25519 => ed25519(),
            _ => None,
        };
        let pair = pair.ok_or(ZoneError::NoKey(algorithm))?;
        // SEC 1 puts 0x04 in front of an uncompressed point; RFC 6605 section 4 leaves it out.
        let public_key = match &pair {
            SigningPair::Ecdsa(pair) => &pair.public_key().as_ref()[1..],
            SigningPair::Ed25519(pair) => pair.public_key().as_ref(),
            SigningPair::Opaque(_) => &[],
        };
        let dnskey = Dnskey::read(&dnskey_rdata(algorithm, flags, public_key));
        let dnskey = dnskey.map_err(|_| ZoneError::NoKey(algorithm))?;
        Ok(Self { pair, dnskey })
    }

    /// A key of an algorithm that nobody can check, or that ring cannot sign by: `public_key` stands in its DNSKEY
    /// and `signature` in every RRSIG by it, whatever is signed.
    pub fn opaque(
        algorithm: Algorithm,
        flags: u16,
        public_key: &[u8],
        signature: &[u8],
    ) -> Result<Self, ZoneError> {
        let dnskey = Dnskey::read(&dnskey_rdata(algorithm, flags, public_key));
        let dnskey = dnskey.map_err(|_| ZoneError::NoKey(algorithm))?;
        Ok(Self {
            pair: SigningPair::Opaque(signature.into()),
            dnskey,
        })
    }

    /// The public half.
    pub fn dnskey(&self) -> &Dnskey {
        &self.dnskey
    }

    /// The RDATA of its DNSKEY record (RFC 4034 section 2.1).
    pub fn dnskey_rdata(&self) -> Vec<u8> {
        self.dnskey.rdata()
    }

    /// The RDATA of the DS record with a SHA-256 digest that stands for it at the parent (RFC 4509).
    pub fn ds_rdata(&self, zone: &Name) -> Vec<u8> {
        self.ds_rdata_by(zone, DigestType::SHA_256)
    }

    /// The RDATA of its DS record with a digest of this type: SHA-1 (RFC 4034 section 5.1.4), SHA-256 (RFC 4509) and
    /// SHA-384 (RFC 6605 section 2); under any other number stands what SHA-256 gives.
    pub fn ds_rdata_by(&self, zone: &Name, digest_type: DigestType) -> Vec<u8> {
        let algorithm = match digest_type {
            DigestType::SHA_1 => &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            DigestType::SHA_384 => &ring::digest::SHA384,
            _ => &ring::digest::SHA256,
        };
        let digested = [zone.to_lowercase().as_wire(), &self.dnskey_rdata()].concat();
        let digest = ring::digest::digest(algorithm, &digested);
        let head = [self.dnskey.algorithm.0, digest_type.0];
        [
            &self.dnskey.key_tag.to_be_bytes(),
            head.as_slice(),
            digest.as_ref(),
        ]
        .concat()
    }

    /// The RDATA of an RRSIG by this key as a key of `signer` over the RRset that these `rdatas` are.
    pub fn rrsig_rdata<'a>(
        &self,
        signer: &Name,
        rrset: (&Name, RrType, u32),
        rdatas: impl Iterator<Item = &'a [u8]>,
        validity: ValidityPeriod,
    ) -> Result<Vec<u8>, ZoneError> {
        self.altered_rrsig_rdata(signer, rrset, rdatas, validity, |_| ())
    }

    /// The same with fields of the RRSIG altered before it is signed, so that the signature fits them.
    pub fn altered_rrsig_rdata<'a>(
        &self,
        signer: &Name,
        rrset: (&Name, RrType, u32),
        rdatas: impl Iterator<Item = &'a [u8]>,
        validity: ValidityPeriod,
        alter: impl FnOnce(&mut Rrsig<'_>),
    ) -> Result<Vec<u8>, ZoneError> {
        let (owner, rtype, ttl) = rrset;
        let mut rrsig = Rrsig {
            type_covered: rtype,
            algorithm: self.dnskey.algorithm,
            labels: owner.rrsig_label_count(),
            original_ttl: ttl,
            expiration: validity.expiration.as_rrsig_field(),
            inception: validity.inception.as_rrsig_field(),
            key_tag: self.dnskey.key_tag,
            signer: signer.clone(),
            signature: &[],
        };
        alter(&mut rrsig);
        let canonical = CanonicalRrset::from_rdatas(Class::IN, rtype, rdatas).map_err(|error| {
            ZoneError::Rdata {
                owner: owner.to_string(),
                rtype,
                problem: error.to_string(),
            }
        })?;
        let signature = self.sign(&canonical.signed_data(owner, &rrsig))?;
        let mut rdata = Vec::new();
        rrsig.append_signed_head(&mut rdata);
        rdata.extend_from_slice(&signature);
        Ok(rdata)
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, ZoneError> {
        match &self.pair {
            SigningPair::Ecdsa(pair) => match pair.sign(&SystemRandom::new(), data) {
                Ok(signature) => Ok(signature.as_ref().to_vec()),
                Err(_) => Err(ZoneError::NoKey(self.dnskey.algorithm)),
            },
            SigningPair::Ed25519(pair) => Ok(pair.sign(data).as_ref().to_vec()),
            SigningPair::Opaque(signature) => Ok(signature.to_vec()),
        }
    }
}

fn dnskey_rdata(algorithm: Algorithm, flags: u16, public_key: &[u8]) -> Vec<u8> {
    [
        &flags.to_be_bytes(),
        [3, algorithm.0].as_slice(),
        public_key,
    ]
    .concat()
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> Option<SigningPair> {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).ok()?;
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random)
        .ok()
        .map(SigningPair::Ecdsa)
}

fn ed25519() -> Option<SigningPair> {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok()?;
    Ed25519KeyPair::from_pkcs8(document.as_ref())
        .ok()
        .map(SigningPair::Ed25519)
}
