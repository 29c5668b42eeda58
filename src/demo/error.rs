//! Why a zone cannot be built.

use std::fmt;

use crate::dns::{Algorithm, Name, NameError, RrType};

/// Why a zone cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneError {
    /// A text is no domain name.
    Name {
        /// The text.
        text: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// A record lies outside the zone.
    OutsideZone(Name),
    /// A record's data cannot be read as its type.
    Rdata {
        /// The record's owner.
        owner: String,
        /// Its type.
        rtype: RrType,
        /// What is wrong with its data.
        problem: String,
    },
    /// ring has no key for this algorithm, or the system no randomness for it.
    NoKey(Algorithm),
    /// The salt of NSEC3 has more octets than its length field holds (RFC 5155 section 3.1.5).
    SaltTooLong(usize),
    /// A fault was asked for on an RRset that the zone does not have.
    NoRrset(Name, RrType),
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { text, error } => write!(f, "\"{text}\": {error}"),
            Self::OutsideZone(name) => write!(f, "{name} lies outside the zone"),
            Self::Rdata {
                owner,
                rtype,
                problem,
            } => write!(f, "data of {owner} {rtype}: {problem}"),
            Self::NoKey(algorithm) => {
                write!(f, "no key of algorithm {algorithm} can be had from ring")
            }
            Self::SaltTooLong(size) => write!(f, "a salt of {size} octets: NSEC3 holds 255"),
            Self::NoRrset(owner, rtype) => write!(f, "the zone has no RRset {owner} {rtype}"),
        }
    }
}

impl std::error::Error for ZoneError {}
