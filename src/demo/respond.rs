//! One query in, one response out: pure, so that it can be tested without a socket.

use super::encode::Encoder;
use super::lookup;
use super::reply::Reply;
use super::rrset::SignedRrset;
use super::signed::SignedZone;
use crate::dns::{
    Class, EDNS_UDP_SIZE, Edns, Family, Header, Message, Name, Opcode, Question, Rcode, RrType,
    Transport,
};

/// What every server of the demo says to NSID (RFC 5001).
pub const NSID: &str = "demo";

/// UDP without EDNS (RFC 1035 section 2.3.4).
const PLAIN_UDP_SIZE: usize = 512;
const OPTION_NSID: u16 = 3;
const OPTION_EXPIRE: u16 = 9;
const OPTION_ZONEVERSION: u16 = 19;

const AA: u16 = 0x0400;
const TC: u16 = 0x0200;
const RD: u16 = 0x0100;
const CD: u16 = 0x0010;

/// How a server treats the questions about one zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerBehaviour {
    /// It answers.
    Answer,
    /// It says REFUSED.
    Refuse,
    /// It answers over one family and says nothing over this one.
    SilentOver(Family),
    /// It says TC=1 and nothing else over UDP, and answers over TCP.
    TruncateOverUdp,
}

/// A zone and how it is served.
#[derive(Clone, Debug)]
pub struct ServedZone {
    /// The zone.
    pub zone: SignedZone,
    /// What becomes of questions about it.
    pub behaviour: ServerBehaviour,
}

/// The zones that a server answers for.
#[derive(Clone, Debug, Default)]
pub struct ServedZones(Vec<ServedZone>);

impl FromIterator<ServedZone> for ServedZones {
    fn from_iter<I: IntoIterator<Item = ServedZone>>(zones: I) -> Self {
        Self(zones.into_iter().collect())
    }
}

impl ServedZones {
    /// The zone with this apex.
    pub fn get(&self, apex: &Name) -> Option<&ServedZone> {
        self.0.iter().find(|served| served.zone.apex() == apex)
    }

    /// The deepest zone that `name` lies in; a DS is the parent's where that is served too (RFC 4035 section 3.1.4.1).
    /// Of two copies the one that is served over `family`.
    fn zone_for(&self, question: &Question, family: Family) -> Option<&ServedZone> {
        let holds = |served: &&ServedZone| question.name.is_within(served.zone.apex());
        let is_silent =
            |served: &&ServedZone| served.behaviour == ServerBehaviour::SilentOver(family);
        let depth = |served: &&ServedZone| (served.zone.apex().as_wire().len(), !is_silent(served));
        let parent = |served: &&ServedZone| *served.zone.apex() != question.name;
        let of_parent = self
            .0
            .iter()
            .filter(|_| question.rtype == RrType::DS)
            .filter(holds)
            .filter(parent);
        of_parent
            .max_by_key(depth)
            .or_else(|| self.0.iter().filter(holds).max_by_key(depth))
    }

    /// The response to `octets`; none to what is no query, and none where the zone keeps silent.
    pub fn respond(&self, octets: &[u8], transport: Transport, family: Family) -> Option<Vec<u8>> {
        let header = Header::read(octets).ok().filter(|header| !header.qr)?;
        if header.opcode != Opcode::QUERY {
            return Some(header_only_response(&header, Rcode::NOTIMP));
        }
        let query = match Message::read(octets) {
            Ok(query) if query.question.is_some() && query.trailing_octets == 0 => query,
            Ok(_) | Err(_) => return Some(header_only_response(&header, Rcode::FORMERR)),
        };
        let question = query.question.as_ref()?;
        if query.edns.as_ref().is_some_and(|edns| edns.version > 0) {
            return Some(encode_response(
                &query,
                question,
                &Reply::empty(Rcode::BADVERS),
                None,
                usize::MAX,
            ));
        }
        let served = self
            .zone_for(question, family)
            .filter(|served| is_answered(question) && served.behaviour != ServerBehaviour::Refuse);
        let Some(served) = served else {
            return Some(encode_response(
                &query,
                question,
                &Reply::empty(Rcode::REFUSED),
                None,
                usize::MAX,
            ));
        };
        if served.behaviour == ServerBehaviour::SilentOver(family) {
            return None;
        }
        let limit = match (transport, served.behaviour) {
            (Transport::Udp, ServerBehaviour::TruncateOverUdp) => 0,
            (Transport::Udp, _) => udp_limit(query.edns.as_ref()),
            (Transport::Tcp, _) => usize::from(u16::MAX),
        };
        let dnssec_ok = query.edns.as_ref().is_some_and(|edns| edns.dnssec_ok);
        let reply = lookup::look_up(&served.zone, &question.name, question.rtype, dnssec_ok);
        Some(encode_response(
            &query,
            question,
            &reply,
            Some(&served.zone),
            limit,
        ))
    }
}

/// Class IN and what is a type of data: no transfers, and no meta types but ANY.
fn is_answered(question: &Question) -> bool {
    let is_meta = (128..=254).contains(&question.rtype.0) || question.rtype == RrType::OPT;
    question.class == Class::IN && !is_meta
}

/// What the client takes, within what passes everywhere without fragments (RFC 9715).
fn udp_limit(edns: Option<&Edns>) -> usize {
    let advertised = edns.map_or(PLAIN_UDP_SIZE, |edns| usize::from(edns.udp_size));
    advertised.clamp(PLAIN_UDP_SIZE, usize::from(EDNS_UDP_SIZE))
}

impl Reply<'_> {
    fn empty(rcode: Rcode) -> Self {
        Self {
            rcode,
            authoritative: false,
            answer: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
        }
    }
}

/// A response to a query that says no more than that it was not understood.
fn header_only_response(header: &Header, rcode: Rcode) -> Vec<u8> {
    Encoder::new(header.id, copied_flags(header), rcode).into_octets()
}

/// Opcode, RD and CD come back as they were sent (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6).
fn copied_flags(header: &Header) -> u16 {
    let set = |bit: u16, is_set: bool| if is_set { bit } else { 0 };
    u16::from(header.opcode.0) << 11 | set(RD, header.rd) | set(CD, header.cd)
}

fn encode_response(
    query: &Message,
    question: &Question,
    reply: &Reply<'_>,
    zone: Option<&SignedZone>,
    limit: usize,
) -> Vec<u8> {
    let authoritative = if reply.authoritative { AA } else { 0 };
    let flags = copied_flags(&query.header) | authoritative;
    let options = options(query, question, zone);
    let begin = |flags| {
        let mut encoder = Encoder::new(query.header.id, flags, reply.rcode);
        encoder.question(question);
        encoder
    };
    let end = |mut encoder: Encoder| {
        if let Some(edns) = &query.edns {
            encoder.opt(EDNS_UDP_SIZE, reply.rcode, edns.dnssec_ok, &options);
        }
        encoder.into_octets()
    };
    let mut encoder = begin(flags);
    let sections = [
        (Encoder::ANSWER, &reply.answer),
        (Encoder::AUTHORITY, &reply.authority),
        (Encoder::ADDITIONAL, &reply.additional),
    ];
    for (section, records) in sections {
        for record in records {
            encoder.record(
                section,
                &record.owner,
                record.rtype,
                record.ttl,
                &record.rdata,
            );
        }
    }
    let whole = end(encoder);
    // A client discards the records of a truncated response (RFC 2181 section 9): it gets none.
    if whole.len() > limit {
        end(begin(flags | TC))
    } else {
        whole
    }
}

/// NSID and ZONEVERSION where they are asked for, and EXPIRE on an SOA query: a primary's EXPIRE is the SOA's own (RFC 7314
/// section 3.3.1), and a version is the SOA's serial (RFC 9660 section 2.1).
fn options(query: &Message, question: &Question, zone: Option<&SignedZone>) -> Vec<(u16, Vec<u8>)> {
    let nsid = query
        .edns
        .as_ref()
        .and_then(|edns| edns.nsid.as_ref())
        .map(|_| (OPTION_NSID, NSID.into()));
    let about_zone = zone.map(|zone| zone_options(zone, query, question.rtype));
    nsid.into_iter()
        .chain(about_zone.into_iter().flatten())
        .collect()
}

fn zone_options(zone: &SignedZone, query: &Message, qtype: RrType) -> Vec<(u16, Vec<u8>)> {
    let numbers = zone
        .rrset(zone.apex(), RrType::SOA)
        .and_then(SignedRrset::soa_numbers);
    let Some([serial, _, _, expire, _]) = numbers else {
        return Vec::new();
    };
    let labels = u8::try_from(zone.apex().labels().count()).unwrap_or(u8::MAX);
    let version = [&[labels, 0], serial.to_be_bytes().as_slice()].concat();
    let options = [
        (OPTION_EXPIRE, expire.to_be_bytes().to_vec()),
        (OPTION_ZONEVERSION, version),
    ];
    options
        .into_iter()
        .filter(|(option, _)| *option != OPTION_EXPIRE || qtype == RrType::SOA)
        .filter(|(option, _)| asks_for(query, *option))
        .collect()
}

/// Whether the OPT record of a query has this option, empty as a query has it. [`Edns`] keeps what responses say.
///
/// Read only where OPT is all that follows the question, which is how queries are.
fn asks_for(query: &Message, option: u16) -> bool {
    const QUESTION_END: usize = 4;
    const OPT_HEAD: usize = 11;
    let (Some(question), [1, 0, 0, 1], Some(_)) =
        (&query.question, query.header.counts, &query.edns)
    else {
        return false;
    };
    let start = Header::SIZE + question.name.as_wire().len() + QUESTION_END + OPT_HEAD;
    let mut rest = query.octets().get(start..).unwrap_or_default();
    while let [code_high, code_low, high, low, after @ ..] = rest {
        if u16::from_be_bytes([*code_high, *code_low]) == option {
            return true;
        }
        rest = after
            .get(usize::from(u16::from_be_bytes([*high, *low]))..)
            .unwrap_or_default();
    }
    false
}

#[cfg(test)]
#[path = "respond_tests.rs"]
mod tests;
