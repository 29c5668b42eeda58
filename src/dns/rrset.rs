//! RRsets of a section, each with the RRSIGs that cover it (RFC 9499 section 5, RFC 4034 section 3).

use std::collections::HashMap;

use super::message::{Message, Record, Section};
use super::name::Name;
use super::registry::{Class, RrType};

/// All records of one owner, class and type in one section, and the RRSIG records that name it.
#[derive(Clone, Debug)]
pub struct Rrset<'m> {
    /// The message that the records lie in.
    pub message: &'m Message,
    /// Owner name as the first record has it.
    pub owner: &'m Name,
    /// CLASS.
    pub class: Class,
    /// TYPE.
    pub rtype: RrType,
    /// The records, without those of type RRSIG.
    pub records: Vec<&'m Record>,
    /// The covering RRSIG records.
    pub rrsigs: Vec<&'m Record>,
}

impl<'m> Rrset<'m> {
    /// The RRsets of `section` in the order in which they first appear.
    ///
    /// An RRset may have RRSIGs and no records, when nothing but RRSIGs was asked for.
    pub fn group(message: &'m Message, section: Section) -> Vec<Self> {
        let mut rrsets: Vec<Self> = Vec::new();
        let records = message.section(section);
        let mut indexes = HashMap::with_capacity(records.len());
        for record in records {
            let covered = covered_type(message, record);
            let rtype = covered.unwrap_or(record.rtype);
            let index = *indexes
                .entry((&record.owner, record.class, rtype))
                .or_insert_with(|| {
                    let (owner, class) = (&record.owner, record.class);
                    rrsets.push(Self {
                        message,
                        owner,
                        class,
                        rtype,
                        records: Vec::new(),
                        rrsigs: Vec::new(),
                    });
                    rrsets.len() - 1
                });
            #[expect(
                clippy::indexing_slicing,
                reason = "an index is stored when its RRset is pushed, and none is removed"
            )]
            let rrset = &mut rrsets[index];
            if covered.is_some() {
                &mut rrset.rrsigs
            } else {
                &mut rrset.records
            }
            .push(record);
        }
        rrsets
    }

    /// The RDATA of each record as it came.
    pub fn rdatas(&self) -> impl Iterator<Item = &'m [u8]> {
        self.records.iter().map(|record| self.message.rdata(record))
    }
}

/// The type that an RRSIG covers: the first field of its RDATA. One too short to say is a record of its own.
fn covered_type(message: &Message, record: &Record) -> Option<RrType> {
    let first =
        (record.rtype == RrType::RRSIG).then(|| message.rdata(record).first_chunk::<2>())??;
    Some(RrType(u16::from_be_bytes(*first)))
}
