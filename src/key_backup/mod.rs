//! The keys in a backup against the keys that are live: whether losing the host now would mean an emergency rollover.
//!
//! A backup is read by what its files hold, not by what they are called. What counts as being in it is the *private* half:
//! Knot's `keymgr` prints the DNSKEY of a key whose PEM file is gone, so a record alone shows that a key was known.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod bind;
mod compare;
mod comparison;
mod live;
mod pem;
mod private;
mod read;
mod record;

use crate::dns::{Algorithm, Dnskey, Name};
use private::PrivateKeyIdentity;

pub use compare::compare;
pub use comparison::{
    BackupComparison, BackupVerdict, KeyRow, KeyState, PrivateHalf, UndecidedReason,
};
pub use live::{LiveKey, LiveServer, LiveZone};
pub use read::STANDARD_INPUT;

/// Everything that was found in a backup.
#[derive(Debug, Default)]
pub struct Backup {
    /// DNSKEY records: public halves.
    pub records: Vec<BackupRecord>,
    /// Private keys.
    pub private_keys: Vec<PrivateKey>,
    /// What may be a key and could not be read.
    pub unreadable: Vec<UnreadableKey>,
    /// How many files are no key and hold none.
    pub other_files: usize,
}

/// A DNSKEY record in a backup.
#[derive(Debug)]
pub struct BackupRecord {
    /// Where it stands.
    pub file: String,
    /// The zone that it is of, if it says.
    pub owner: Option<Name>,
    /// The key.
    pub dnskey: Dnskey,
    /// Whether it was given by itself, not found in a folder: then nobody expects its private half beside it.
    pub is_standalone: bool,
}

/// A private key in a backup; it names neither its zone nor its flags.
#[derive(Debug)]
pub struct PrivateKey {
    /// Where it stands.
    pub file: String,
    identity: PrivateKeyIdentity,
}

impl PrivateKey {
    /// Whether `key` is its public half.
    pub fn matches(&self, key: &Dnskey) -> bool {
        self.identity.matches(key)
    }

    /// Its algorithm; none for an RSA key in PEM, which may be of several.
    pub fn algorithm(&self) -> Option<Algorithm> {
        match &self.identity {
            PrivateKeyIdentity::PublicKey { algorithm, .. } => *algorithm,
            PrivateKeyIdentity::Scalar { curve, .. } => Some(curve.algorithm()),
        }
    }

    /// Its public half, where that can be had without a record.
    pub fn public_key(&self) -> Option<&[u8]> {
        match &self.identity {
            PrivateKeyIdentity::PublicKey { public_key, .. } => Some(public_key),
            PrivateKeyIdentity::Scalar { .. } => None,
        }
    }
}

/// What may be a key and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct UnreadableKey {
    /// Where it stands, with the line if it is one of several.
    pub file: String,
    /// What is wrong.
    pub problem: String,
    /// Its algorithm as far as that could be read.
    #[serde(skip)]
    pub algorithm: Option<Algorithm>,
}

impl UnreadableKey {
    /// Whether the key that could not be read may be `key`.
    pub fn may_be_key(&self, key: &Dnskey) -> bool {
        self.algorithm
            .is_none_or(|algorithm| algorithm == key.algorithm)
    }
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod secret_tests;
