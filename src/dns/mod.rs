//! The words of DNS: names, types, serials, timestamps, RRsets, queries and responses.
//!
//! No I/O, no clock, no judgement. Everything is read from the octets of a message by a walk whose work is
//! bounded by the message's size, so that no answer, however hostile, costs more than it weighs.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod edns;
mod keyword;
mod message;
mod name;
mod owner_names;
mod nsec;
mod presentation;
mod query;
mod rdata;
mod rdata_from_text;
mod record_line;
mod records;
mod registry;
mod rrset;
mod svc_params;
mod time;
mod transport;
mod wire;
#[cfg(test)]
pub(crate) mod testing;

pub use edns::{Edns, ExtendedError, ZoneVersion};
pub use keyword::UnknownKeyword;
pub(crate) use keyword::keyword_enum;
pub use message::{Header, Message, Question, Record, Section};
pub use name::{Name, NameError};
pub use nsec::{Nsec, Nsec3, TypeBitmap};
pub use presentation::{dig_text, rdata_text, uncompressed_rdata_text};
pub use query::{EDNS_UDP_SIZE, Query};
pub use rdata::{canonical_rdata, canonical_size_limit, has_forbidden_compression};
pub use rdata_from_text::{RdataTextError, rdata_from_text};
pub use record_line::{has_known_form, is_readable, record_line};
pub use records::{Dnskey, Ds, Rrsig, Soa};
pub use registry::{
    Algorithm, Class, DigestType, InfoCode, Opcode, Rcode, RrType, UnknownMnemonic,
};
pub use rrset::Rrset;
pub use time::{Serial, Timestamp};
pub use transport::{Families, Family, Transport, Transports};
pub use wire::WireError;
