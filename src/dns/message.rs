//! A bounded walk over the octets of a response.
//!
//! Each record keeps the place of its RDATA: one odd record does not lose the message, and validation sees the octets
//! that were signed and not somebody's idea of them.

use std::fmt;
use std::ops::Range;

use super::edns::Edns;
use super::name::Name;
use super::owner_names::OwnerNames;
use super::registry::{Class, Opcode, Rcode, RrType};
use super::wire::{Cursor, WireError};

/// The fixed header of a message (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "the header has these bits")]
pub struct Header {
    /// Identifier that the response copies from the query.
    pub id: u16,
    /// QR: this is a response.
    pub qr: bool,
    /// Kind of query.
    pub opcode: Opcode,
    /// AA: authoritative answer.
    pub aa: bool,
    /// TC: truncated.
    pub tc: bool,
    /// RD: recursion desired.
    pub rd: bool,
    /// RA: recursion available.
    pub ra: bool,
    /// AD: authentic data (RFC 4035 section 3.2.3).
    pub ad: bool,
    /// CD: checking disabled (RFC 4035 section 3.2.2).
    pub cd: bool,
    /// The four bits of the rcode that the header has room for.
    pub rcode: Rcode,
    /// Records per section: question, answer, authority, additional.
    pub counts: [u16; 4],
}

impl Header {
    /// Octets of a header.
    pub const SIZE: usize = 12;

    /// Reads the header at the start of `octets`.
    pub fn read(octets: &[u8]) -> Result<Self, WireError> {
        let mut cursor = Cursor::new(octets);
        let id = cursor.u16()?;
        let flags = cursor.u16()?;
        let bit = |position: u16| flags >> position & 1 == 1;
        let [high, low] = flags.to_be_bytes();
        Ok(Self {
            id,
            qr: bit(15),
            opcode: Opcode(high >> 3 & 0x0F),
            aa: bit(10),
            tc: bit(9),
            rd: bit(8),
            ra: bit(7),
            ad: bit(5),
            cd: bit(4),
            rcode: Rcode(u16::from(low & 0x0F)),
            counts: [cursor.u16()?, cursor.u16()?, cursor.u16()?, cursor.u16()?],
        })
    }
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// QNAME.
    pub name: Name,
    /// QTYPE.
    pub rtype: RrType,
    /// QCLASS.
    pub class: Class,
}

impl Question {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, WireError> {
        Ok(Self {
            name: Name::read(cursor)?,
            rtype: RrType(cursor.u16()?),
            class: Class(cursor.u16()?),
        })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, self.class, self.rtype)
    }
}

/// A section of a message that holds records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The data asked for.
    Answer,
    /// SOA, NS and proofs.
    Authority,
    /// What helps, and OPT.
    Additional,
}

/// One resource record; its RDATA stays in the message.
#[derive(Clone, Debug)]
pub struct Record {
    /// Owner name.
    pub owner: Name,
    /// TYPE.
    pub rtype: RrType,
    /// CLASS.
    pub class: Class,
    /// TTL in seconds.
    pub ttl: u32,
    rdata: Range<usize>,
}

impl Record {
    /// Where the RDATA lies in the message.
    pub fn rdata_range(&self) -> Range<usize> {
        self.rdata.clone()
    }
}

/// A response, walked once from end to end.
#[derive(Clone, Debug)]
pub struct Message {
    octets: Box<[u8]>,
    /// The fixed header.
    pub header: Header,
    /// The question section; a server that did not understand the query may send none.
    pub question: Option<Question>,
    /// The answer section in the order received.
    pub answer: Vec<Record>,
    /// The authority section in the order received.
    pub authority: Vec<Record>,
    /// The additional section in the order received, without OPT.
    pub additional: Vec<Record>,
    /// The OPT record, if there is one.
    pub edns: Option<Edns>,
    /// The rcode with the upper bits from OPT.
    pub rcode: Rcode,
    /// Octets after the last record: resolvers ignore them, a correct server sends none.
    pub trailing_octets: usize,
}

impl Message {
    /// Walks `octets`, one whole message.
    pub fn read(octets: impl Into<Box<[u8]>>) -> Result<Self, WireError> {
        let octets = octets.into();
        let header = Header::read(&octets)?;
        let mut reader = MessageReader {
            cursor: Cursor::at(&octets, Header::SIZE),
            owners: OwnerNames::default(),
        };
        let question = reader.question(header.counts[0])?;
        let answer = reader.records(header.counts[1])?;
        let authority = reader.records(header.counts[2])?;
        let mut additional = reader.records(header.counts[3])?;
        let trailing_octets = reader.cursor.rest().len();
        let opt = take_opt(&answer, &authority, &mut additional)?;
        let edns = opt
            .map(|opt| {
                let rdata = octets.get(opt.rdata).unwrap_or_default();
                Edns::read(opt.class, opt.ttl, rdata)
            })
            .transpose()?;
        let upper_bits = edns
            .as_ref()
            .map_or(0, |edns| u16::from(edns.extended_rcode));
        let rcode = Rcode(upper_bits << 4 | header.rcode.0);
        Ok(Self {
            octets,
            header,
            question,
            answer,
            authority,
            additional,
            edns,
            rcode,
            trailing_octets,
        })
    }

    /// The message as it came.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The records of one section.
    pub fn section(&self, section: Section) -> &[Record] {
        match section {
            Section::Answer => &self.answer,
            Section::Authority => &self.authority,
            Section::Additional => &self.additional,
        }
    }

    /// The RDATA of one of this message's records as it came, names in it perhaps compressed.
    pub fn rdata(&self, record: &Record) -> &[u8] {
        self.octets.get(record.rdata.clone()).unwrap_or_default()
    }
}

/// RFC 6891 section 6.1.1: at most one OPT, in the additional section.
fn take_opt(
    answer: &[Record],
    authority: &[Record],
    additional: &mut Vec<Record>,
) -> Result<Option<Record>, WireError> {
    let is_opt = |record: &Record| record.rtype == RrType::OPT;
    if let Some(misplaced) = answer.iter().chain(authority).find(|record| is_opt(record)) {
        return Err(WireError::new(
            misplaced.rdata.start,
            "an OPT record outside the additional section",
        ));
    }
    let Some(first) = additional.iter().position(is_opt) else {
        return Ok(None);
    };
    let opt = additional.remove(first);
    match additional.iter().find(|record| is_opt(record)) {
        Some(second) => Err(WireError::new(second.rdata.start, "a second OPT record")),
        None => Ok(Some(opt)),
    }
}

struct MessageReader<'a> {
    cursor: Cursor<'a>,
    owners: OwnerNames,
}

impl MessageReader<'_> {
    fn question(&mut self, count: u16) -> Result<Option<Question>, WireError> {
        match count {
            0 => Ok(None),
            1 => Question::read(&mut self.cursor).map(Some),
            _ => Err(WireError::new(4, "more than one question")),
        }
    }

    fn records(&mut self, count: u16) -> Result<Vec<Record>, WireError> {
        // The smallest record has 11 octets, so a count that lies cannot make this allocate more than the message bears.
        let remaining_octets = self.cursor.octets().len() - self.cursor.position();
        let mut records = Vec::with_capacity(usize::from(count).min(remaining_octets / 11));
        for _ in 0..count {
            records.push(self.record()?);
        }
        Ok(records)
    }

    fn record(&mut self) -> Result<Record, WireError> {
        let owner = self.owners.read(&mut self.cursor)?;
        let rtype = RrType(self.cursor.u16()?);
        let class = Class(self.cursor.u16()?);
        let ttl = self.cursor.u32()?;
        let length = self.cursor.u16()?;
        let start = self.cursor.position();
        self.cursor.take(usize::from(length))?;
        Ok(Record {
            owner,
            rtype,
            class,
            ttl,
            rdata: start..self.cursor.position(),
        })
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
