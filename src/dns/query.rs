//! What we send: one question, DO=1, EDNS version 0; RD=0 as a validating resolver asks an authority, RD=1 as a resolver is asked.

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query as HickoryQuery};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{DNSClass, Name as HickoryName, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use super::edns::option;
use super::message::{Header, Question};
use super::name::Name;
use super::registry::{Class, RrType};

/// The UDP payload that a query advertises: no fragmentation on any path in use (DNS flag day 2020, RFC 9715).
pub const EDNS_UDP_SIZE: u16 = 1232;

/// One question, encoded once; each time that it is sent it gets a new ID.
#[derive(Clone, Debug)]
pub struct Query {
    /// What is asked.
    pub question: Question,
    options: &'static [QueryOption],
    with_edns: Box<[u8]>,
    without_edns: Box<[u8]>,
}

/// An option that a query carries, empty, for the server to fill: its code and its name.
type QueryOption = (u16, &'static str);

/// What a server says of itself, and which version of the zone the answer is from (RFC 9660).
const SERVER_OPTIONS: &[QueryOption] =
    &[(option::NSID, "NSID"), (option::ZONEVERSION, "ZONEVERSION")];
/// The same beside an SOA, with which alone EXPIRE need be answered (RFC 7314 section 3.2.2).
const SOA_OPTIONS: &[QueryOption] = &[
    (option::NSID, "NSID"),
    (option::EXPIRE, "EXPIRE"),
    (option::ZONEVERSION, "ZONEVERSION"),
];

impl Query {
    /// Asks an authority for `name` and `rtype`, offering `udp_size` octets of UDP payload.
    pub fn new(name: Name, rtype: RrType, udp_size: u16) -> Self {
        let options = if rtype == RrType::SOA {
            SOA_OPTIONS
        } else {
            SERVER_OPTIONS
        };
        let (question, message) = build_message(name, rtype);
        Self::from_message(question, message, options, udp_size)
    }

    /// Asks a resolver for `name` and `rtype`, and not to judge for us: RD=1, CD=1, DO=1 (RFC 4035 section 4.9.1).
    pub fn to_resolver(name: Name, rtype: RrType) -> Self {
        let (question, mut message) = build_message(name, rtype);
        message.metadata.recursion_desired = true;
        message.metadata.checking_disabled = true;
        Self::from_message(question, message, &[], EDNS_UDP_SIZE)
    }

    /// Asks a server to find out `name` and `rtype` for us, as a stub resolver does: RD=1 (RFC 1035 section 4.1.1).
    pub fn for_recursion(name: Name, rtype: RrType) -> Self {
        let (question, mut message) = build_message(name, rtype);
        message.metadata.recursion_desired = true;
        Self::from_message(question, message, &[], EDNS_UDP_SIZE)
    }

    /// Asks as one did before EDNS: the bare question, in any class, with RD as `recursion_desired` says.
    pub fn plain(name: Name, rtype: RrType, class: Class, recursion_desired: bool) -> Self {
        let (mut question, mut message) = build_message(name, rtype);
        question.class = class;
        message.metadata.recursion_desired = recursion_desired;
        for query in &mut message.queries {
            query.set_query_class(DNSClass::from(class.0));
        }
        let octets = encode(&message);
        Self {
            question,
            options: &[],
            with_edns: octets.clone(),
            without_edns: octets,
        }
    }

    fn from_message(
        question: Question,
        mut message: Message,
        options: &'static [QueryOption],
        udp_size: u16,
    ) -> Self {
        let without_edns = encode(&message);
        message.set_edns(build_edns(options, udp_size));
        let with_edns = encode(&message);
        Self {
            question,
            options,
            with_edns,
            without_edns,
        }
    }

    /// The EDNS options that the query carries, by name.
    pub fn edns_options(&self) -> Vec<&'static str> {
        self.options.iter().map(|(_, name)| *name).collect()
    }

    /// The octets to send under `id`; without EDNS for a server that does not know it (RFC 6891 section 6.2.2).
    pub fn octets(&self, id: u16, edns: bool) -> Vec<u8> {
        let mut octets = if edns {
            &self.with_edns
        } else {
            &self.without_edns
        }
        .to_vec();
        if let Some(head) = octets.first_chunk_mut() {
            *head = id.to_be_bytes();
        }
        octets
    }

    /// Whether `octets` are the response to this query sent under `id`: QR, ID, opcode and question match (RFC 5452 section 9.1).
    ///
    /// A server that could not read the query need not repeat the question, so an error without one matches too.
    pub fn is_answered_by(&self, id: u16, octets: &[u8]) -> bool {
        let Ok(header) = Header::read(octets) else {
            return false;
        };
        if !header.qr || header.id != id || header.opcode.0 != 0 {
            return false;
        }
        match header.counts[0] {
            0 => header.rcode.0 != 0 && header.counts[1] == 0,
            _ => self.question_matches(octets),
        }
    }

    fn question_matches(&self, octets: &[u8]) -> bool {
        let mut cursor = super::wire::Cursor::at(octets, Header::SIZE);
        Question::read(&mut cursor).is_ok_and(|question| question == self.question)
    }
}

fn build_message(name: Name, rtype: RrType) -> (Question, Message) {
    let mut message = Message::new(0, MessageType::Query, OpCode::Query);
    let mut question = HickoryQuery::query(hickory_name(&name), RecordType::from(rtype.0));
    question.set_query_class(DNSClass::IN);
    message.add_query(question);
    (
        Question {
            name,
            rtype,
            class: Class::IN,
        },
        message,
    )
}

fn build_edns(options: &[QueryOption], udp_size: u16) -> Edns {
    let mut edns = Edns::new();
    edns.set_version(0)
        .set_max_payload(udp_size)
        .set_dnssec_ok(true);
    for (code, _) in options {
        edns.options_mut()
            .insert(EdnsOption::Unknown(*code, Vec::new()));
    }
    edns
}

/// Our names are within every limit of the wire, so hickory reads each of them.
fn hickory_name(name: &Name) -> HickoryName {
    HickoryName::read(&mut BinDecoder::new(name.as_wire())).unwrap_or_default()
}

/// A query of one question always fits a message.
fn encode(message: &Message) -> Box<[u8]> {
    message.to_vec().unwrap_or_default().into()
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
