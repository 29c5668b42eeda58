//! The result of a comparison, as plain data.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{LiveServer, UnreadableKey};
use crate::dns::{Algorithm, Timestamp};
use crate::dnssec::TrustAnchor;
use crate::report::{KeyRole, as_base64};

/// How a backup stands to the live keys.
#[derive(Debug, Serialize)]
pub struct BackupComparison {
    /// The apex of the zone.
    pub zone: String,
    /// When it was made.
    pub at: Timestamp,
    /// What comes of it.
    #[serde(flatten)]
    pub verdict: BackupVerdict,
    /// Each key, the live ones first.
    pub keys: Vec<KeyRow>,
    /// DS records that refer to no key that is live or in the backup.
    pub ds_without_key: Vec<TrustAnchor>,
    /// Each server that was asked.
    pub servers: Vec<LiveServer>,
    /// What may be a key and could not be read.
    pub unreadable: Vec<UnreadableKey>,
    /// How many files of the backup hold no key.
    pub other_files: usize,
    /// Tags that were given as another signer's and excuse no live key.
    pub other_signers_not_used: Vec<u16>,
}

/// Whether the host may be lost now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "reasons", rename_all = "snake_case")]
pub enum BackupVerdict {
    /// Every live key is in the backup.
    Complete,
    /// A live key is not in the backup: losing the host now means an emergency rollover.
    Incomplete,
    /// It could not be told.
    #[serde(rename = "untold")]
    Undecided(Vec<UndecidedReason>),
}

/// Why it could not be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UndecidedReason {
    /// No server said which keys the zone has.
    #[serde(rename = "nobody_answered")]
    NoServerAnswered,
    /// The zone has no keys.
    NoKeyServed,
    /// The live keys are bogus, or their signature is invalid.
    NotAuthentic,
    /// A live key may be what could not be read of the backup.
    BackupUnreadable,
}

impl fmt::Display for UndecidedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoServerAnswered => "no server said which keys the zone has",
            Self::NoKeyServed => "the zone has no DNSKEY",
            Self::NotAuthentic => {
                "a server's DNSKEY RRset is bogus or its signature invalid, so that its keys may be anybody's"
            }
            Self::BackupUnreadable => "what could not be read of the backup may be a live key",
        })
    }
}

/// One key.
#[derive(Debug, Serialize)]
pub struct KeyRow {
    /// Where it is.
    pub state: KeyState,
    /// Its tag; absent for a private key without a record.
    pub key_tag: Option<u16>,
    /// Its algorithm; absent for an RSA key without a record.
    #[serde(serialize_with = "as_optional_number")]
    pub algorithm: Option<Algorithm>,
    /// What it is for; absent for a private key without a record.
    pub role: Option<KeyRole>,
    /// Its size.
    pub bits: Option<usize>,
    /// Whether a DS refers to it; absent where no DS is known.
    pub ds: Option<bool>,
    /// Whether its private half is in the backup; absent where nothing of it is.
    pub private_half: Option<PrivateHalf>,
    /// Where in the backup it stands.
    pub files: Vec<String>,
    /// The key itself; absent where only its private half is known.
    #[serde(serialize_with = "as_optional_base64")]
    pub public_key: Option<Box<[u8]>>,
}

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Live and not in the backup.
    LiveOnly,
    /// Live and in the backup.
    InBackupAndLive,
    /// Live, and another signer's (RFC 8901), as the caller says.
    OtherSigner,
    /// In the backup: retired, or not yet published.
    BackupOnly,
    /// A private key in the backup that says of no zone to be its: retired, not yet published, or another zone's.
    Unassigned,
}

impl KeyState {
    /// Every state, the most telling first.
    pub const ALL: &[Self] = &[
        Self::LiveOnly,
        Self::InBackupAndLive,
        Self::OtherSigner,
        Self::BackupOnly,
        Self::Unassigned,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LiveOnly => "live_only",
            Self::InBackupAndLive => "in_backup_and_live",
            Self::OtherSigner => "other_signer",
            Self::BackupOnly => "backup_only",
            Self::Unassigned => "unassigned",
        }
    }

    /// What it says.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::LiveOnly => "live, and its private half not in the backup",
            Self::InBackupAndLive => "live and in the backup",
            Self::OtherSigner => {
                "live, not in the backup, and another signer's (RFC 8901) by `--other-signer`"
            }
            Self::BackupOnly => "in the backup and not live: retired, or not yet published",
            Self::Unassigned => {
                "a private key in the backup that is not live and names no zone: retired, not yet published, or another zone's"
            }
        }
    }
}

/// Whether the private half of a key is in the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivateHalf {
    /// It is, and fits the public half.
    Held,
    /// A record was given alone: whoever gave it vouches for the private half.
    NotShown,
    /// Its record is in a folder and its private half is not in the backup.
    Missing,
}

#[allow(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
fn as_optional_number<S: Serializer>(
    algorithm: &Option<Algorithm>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    algorithm.map(|algorithm| algorithm.0).serialize(serializer)
}

#[allow(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn as_optional_base64<S: Serializer>(
    octets: &Option<Box<[u8]>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match octets {
        Some(octets) => as_base64(octets, serializer),
        None => serializer.serialize_none(),
    }
}
