//! The apex RRsets that one server gave, in a form in which the servers of a zone can be compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::dns::{
    Class, Dnskey, Ds, Message, Name, Rcode, RrType, Transport, canonical_rdata,
    uncompressed_rdata_text,
};
use crate::exchange::Exchange;

/// The types that every server of a zone is asked for.
pub(super) const COMPARED_TYPES: [RrType; 5] = [
    RrType::SOA,
    RrType::NS,
    RrType::DNSKEY,
    RrType::CDS,
    RrType::CDNSKEY,
];
/// No apex has more records of one type. The limit keeps a server from deciding what a comparison costs.
const MAX_RECORDS_COMPARED: usize = 256;
/// Names or keys that a detail lists.
const MAX_RECORDS_LISTED: usize = 16;

/// The RDATA of an RRset in canonical form (RFC 4034 section 6.2): order, case and TTL make no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CanonicalRdatas {
    /// The RDATA of each record; none if the owner has no records of the type.
    Records(BTreeSet<Vec<u8>>),
    /// More than [`MAX_RECORDS_COMPARED`] records. It differs from every RRset of an honest size.
    Oversized,
}

/// The apex RRsets of one server by type and transport. An entry is missing where no authority gave a whole answer.
#[derive(Debug, Default)]
pub(crate) struct ApexRrsets(BTreeMap<(RrType, Transport), CanonicalRdatas>);

impl ApexRrsets {
    /// Reads the last answer to each question about the apex. `exchanges` are in the order in which they began.
    pub(super) fn read(exchanges: &[&Exchange], zone: &Name) -> Self {
        let questions = COMPARED_TYPES
            .into_iter()
            .flat_map(|rtype| [(rtype, Transport::Udp), (rtype, Transport::Tcp)]);
        let rrsets = questions.filter_map(|(rtype, transport)| {
            let rdatas = last_rdatas(exchanges, zone, rtype, transport)?;
            Some(((rtype, transport), rdatas))
        });
        Self(rrsets.collect())
    }

    /// The RRset over UDP, or else over TCP.
    pub(super) fn first_rrset(&self, rtype: RrType) -> Option<&CanonicalRdatas> {
        self.rrset_over(rtype, Transport::Udp)
            .or_else(|| self.rrset_over(rtype, Transport::Tcp))
    }

    /// The RRset over UDP and the one over TCP.
    pub(super) fn rrset_over_both(
        &self,
        rtype: RrType,
    ) -> Option<(&CanonicalRdatas, &CanonicalRdatas)> {
        self.rrset_over(rtype, Transport::Udp)
            .zip(self.rrset_over(rtype, Transport::Tcp))
    }

    fn rrset_over(&self, rtype: RrType, transport: Transport) -> Option<&CanonicalRdatas> {
        self.0.get(&(rtype, transport))
    }

    /// Adds an RRset from the text of a zone file that is in canonical form.
    #[cfg(test)]
    pub(super) fn with_rrset(
        mut self,
        rtype: RrType,
        transport: Transport,
        zone_file: &str,
    ) -> Self {
        let records = crate::dns::testing::records(zone_file);
        let rdatas = records
            .iter()
            .map(|record| crate::dns::testing::rdata_of(record).to_vec());
        let rdatas = CanonicalRdatas::Records(rdatas.collect());
        self.0.insert((rtype, transport), rdatas);
        self
    }
}

fn last_rdatas(
    exchanges: &[&Exchange],
    zone: &Name,
    rtype: RrType,
    transport: Transport,
) -> Option<CanonicalRdatas> {
    let asks_for_it = |exchange: &&&Exchange| {
        let question = &exchange.query.question;
        exchange.transport == transport && question.rtype == rtype && question.name == *zone
    };
    let last = exchanges.iter().rev().find(asks_for_it)?;
    CanonicalRdatas::read(last.message()?, zone, rtype)
}

impl CanonicalRdatas {
    /// `None` if the answer is not an authority's, or not whole, or if a record cannot be read.
    pub(super) fn read(message: &Message, owner: &Name, rtype: RrType) -> Option<Self> {
        if !message.header.aa || message.header.tc || message.rcode != Rcode::NOERROR {
            return None;
        }
        let of_type = message
            .answer
            .iter()
            .filter(|record| record.rtype == rtype && record.class == Class::IN);
        let of_owner: Vec<_> = of_type.filter(|record| record.owner == *owner).collect();
        if of_owner.len() > MAX_RECORDS_COMPARED {
            return Some(Self::Oversized);
        }
        let canonical = of_owner.iter().map(|record| {
            let mut rdata = Vec::new();
            canonical_rdata(rtype, message.octets(), record.rdata_range(), &mut rdata).ok()?;
            (!rdata.is_empty()).then_some(rdata)
        });
        canonical.collect::<Option<_>>().map(Self::Records)
    }

    /// The names of an NS RRset.
    pub(super) fn ns_names(&self) -> BTreeSet<Name> {
        match self {
            Self::Records(rdatas) => rdatas
                .iter()
                .filter_map(|rdata| Name::from_wire(rdata))
                .collect(),
            Self::Oversized => BTreeSet::new(),
        }
    }

    /// Whether there are no records.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Records(rdatas) => rdatas.is_empty(),
            Self::Oversized => false,
        }
    }

    /// The records in presentation form.
    pub(super) fn texts(&self, rtype: RrType) -> Vec<String> {
        match self {
            Self::Records(rdatas) => rdatas
                .iter()
                .take(MAX_RECORDS_LISTED)
                .map(|rdata| uncompressed_rdata_text(rtype, rdata))
                .collect(),
            Self::Oversized => Vec::new(),
        }
    }

    pub(super) fn list_text(&self, rdata_text: impl Fn(&[u8]) -> String) -> String {
        let rdatas = match self {
            Self::Oversized => return format!("more than {MAX_RECORDS_COMPARED} records"),
            Self::Records(rdatas) if rdatas.is_empty() => return "none".to_owned(),
            Self::Records(rdatas) => rdatas,
        };
        let listed = rdatas.iter().take(MAX_RECORDS_LISTED);
        let mut texts: Vec<_> = listed.map(|rdata| rdata_text(rdata)).collect();
        match rdatas.len() - texts.len() {
            0 => {}
            more => texts.push(format!("and {more} more")),
        }
        texts.join(", ")
    }
}

/// Two different RRsets as text for a person, short unless only the full text shows the difference.
pub(super) fn describe_difference(
    rtype: RrType,
    left: &CanonicalRdatas,
    right: &CanonicalRdatas,
) -> (String, String) {
    let both = |rdata_text: fn(RrType, &[u8]) -> String| {
        let text = |rdatas: &CanonicalRdatas| rdatas.list_text(|rdata| rdata_text(rtype, rdata));
        (text(left), text(right))
    };
    let (short_left, short_right) = both(short_text);
    if short_left != short_right {
        return (short_left, short_right);
    }
    // Two keys may have one tag, and two SOAs one serial.
    both(full_text)
}

fn short_text(rtype: RrType, rdata: &[u8]) -> String {
    let text = match rtype {
        RrType::NS => Name::from_wire(rdata).map(|name| name.to_string()),
        RrType::CDS => Ds::read(rdata).ok().map(|cds| {
            format!(
                "key {} ({}) by {}",
                cds.key_tag, cds.algorithm, cds.digest_type
            )
        }),
        RrType::DNSKEY | RrType::CDNSKEY => Dnskey::read(rdata)
            .ok()
            .map(|key| format!("key {} ({})", key.key_tag, key.algorithm)),
        RrType::SOA => soa_numbers(rdata).map(|[serial, ..]| format!("serial {serial}")),
        _ => None,
    };
    text.unwrap_or_else(|| data_encoding::HEXLOWER.encode(rdata))
}

fn full_text(rtype: RrType, rdata: &[u8]) -> String {
    let octets = data_encoding::HEXLOWER.encode(rdata);
    match soa_numbers(rdata).filter(|_| rtype == RrType::SOA) {
        Some([serial, refresh, retry, expire, minimum]) => {
            format!(
                "serial {serial}, refresh {refresh}, retry {retry}, expire {expire}, minimum {minimum} ({octets})"
            )
        }
        None => octets,
    }
}

/// The numbers of an SOA, which follow its two names (RFC 1035 section 3.3.13).
fn soa_numbers(rdata: &[u8]) -> Option<[u32; 5]> {
    let octets: &[u8; 20] = rdata.last_chunk()?;
    let mut numbers = [0; 5];
    for (number, octets) in numbers.iter_mut().zip(octets.chunks_exact(4)) {
        *number = octets.try_into().map(u32::from_be_bytes).ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
#[path = "apex_rrsets_tests.rs"]
mod tests;
