//! Messages from presentation form and signatures made on the spot, for tests.
//!
//! Octets only, and no word of this crate: the files in `tests/` include this one too, and what judges the crate
//! must not be built from it. The reading of presentation form is that of the crate `domain`.
#![allow(
    dead_code,
    reason = "each test binary that includes this file uses a part of it"
)]

use domain::base::iana::Class;
use domain::zonefile::inplace::{Entry, Zonefile};

pub const A: u16 = 1;
pub const NS: u16 = 2;
pub const SOA: u16 = 6;
pub const MX: u16 = 15;
pub const TXT: u16 = 16;
pub const OPT: u16 = 41;
pub const RRSIG: u16 = 46;
pub const DNSKEY: u16 = 48;

/// The wire form of each record of a zone file's text, names uncompressed.
pub fn records(zone_file: &str) -> Vec<Vec<u8>> {
    let mut reader = Zonefile::from(format!("{zone_file}\n").as_str());
    reader.set_default_class(Class::IN);
    let mut records = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        let Entry::Record(record) = entry else {
            panic!("a test's zone file includes nothing")
        };
        let mut octets = Vec::new();
        record.compose(&mut octets).unwrap();
        records.push(octets);
    }
    records
}

/// The wire form of an absolute name without escapes.
pub fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').filter(|label| !label.is_empty());
    let mut octets: Vec<u8> = labels
        .flat_map(|label| std::iter::once(u8::try_from(label.len()).unwrap()).chain(label.bytes()))
        .collect();
    octets.push(0);
    octets
}

/// One record with an owner in whatever form the test wants it.
pub fn record(owner: &[u8], rtype: u16, ttl: u32, rdata: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rdata.len()).unwrap();
    [
        owner,
        &rtype.to_be_bytes(),
        &[0, 1],
        &ttl.to_be_bytes(),
        &length.to_be_bytes(),
        rdata,
    ]
    .concat()
}

/// The RDATA of a record whose owner is not compressed.
pub fn rdata_of(record: &[u8]) -> &[u8] {
    let mut at = 0;
    while record[at] != 0 {
        at += usize::from(record[at]) + 1;
    }
    &record[at + 11..]
}

/// A response under construction.
#[derive(Clone, Default)]
pub struct Response {
    pub flags: u16,
    pub question: Vec<Vec<u8>>,
    pub answer: Vec<Vec<u8>>,
    pub authority: Vec<Vec<u8>>,
    pub additional: Vec<Vec<u8>>,
}

impl Response {
    /// An authoritative NOERROR answer with ID 0 to a question of class IN.
    pub fn to(qname: &str, qtype: u16) -> Self {
        let question = [name(qname), qtype.to_be_bytes().to_vec(), vec![0, 1]].concat();
        Self {
            flags: 0x8400,
            question: vec![question],
            ..Self::default()
        }
    }

    pub fn answer(mut self, records: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.answer.extend(records);
        self
    }

    pub fn additional(mut self, records: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.additional.extend(records);
        self
    }

    pub fn octets(&self) -> Vec<u8> {
        let mut octets = vec![0, 0];
        octets.extend(self.flags.to_be_bytes());
        let sections = [
            &self.question,
            &self.answer,
            &self.authority,
            &self.additional,
        ];
        for section in sections {
            octets.extend(u16::try_from(section.len()).unwrap().to_be_bytes());
        }
        octets.extend(sections.into_iter().flatten().flatten());
        octets
    }
}

/// The fields of an RRSIG; a test changes what it is about.
#[derive(Clone, Debug)]
pub struct SignatureFields {
    pub type_covered: u16,
    pub algorithm: u8,
    pub labels: u8,
    pub original_ttl: u32,
    pub expiration: u32,
    pub inception: u32,
    pub key_tag: u16,
    pub signer: Vec<u8>,
}

impl SignatureFields {
    /// RRSIG RDATA up to the signature.
    pub fn head(&self) -> Vec<u8> {
        [
            self.type_covered.to_be_bytes().as_slice(),
            &[self.algorithm, self.labels],
            &self.original_ttl.to_be_bytes(),
            &self.expiration.to_be_bytes(),
            &self.inception.to_be_bytes(),
            &self.key_tag.to_be_bytes(),
            &self.signer,
        ]
        .concat()
    }

    /// What RFC 4034 section 3.1.8.1 has signed, of RDATA and an owner that are canonical already.
    pub fn signed_data(&self, owner: &[u8], rdatas: &[Vec<u8>]) -> Vec<u8> {
        let mut rdatas = rdatas.to_vec();
        rdatas.sort();
        let head = Self {
            signer: self.signer.to_ascii_lowercase(),
            ..self.clone()
        }
        .head();
        let records = rdatas
            .iter()
            .flat_map(|rdata| record(owner, self.type_covered, self.original_ttl, rdata));
        head.into_iter().chain(records).collect()
    }
}

/// RFC 4034 appendix B, for all algorithms but 1.
pub fn key_tag(dnskey: &[u8]) -> u16 {
    let weigh = |(index, octet): (usize, &u8)| {
        if index % 2 == 0 {
            u32::from(*octet) << 8
        } else {
            u32::from(*octet)
        }
    };
    let sum: u32 = dnskey.iter().enumerate().map(weigh).sum();
    u16::try_from((sum + (sum >> 16)) & 0xFFFF).unwrap()
}

/// A key of a zone that signs with Ed25519, made from a seed.
pub struct Signer {
    key: ring::signature::Ed25519KeyPair,
    pub flags: u16,
    pub protocol: u8,
}

impl Signer {
    pub const ALGORITHM: u8 = 15;

    pub fn new(seed: u8) -> Self {
        let key = ring::signature::Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self {
            key,
            flags: 0x0100,
            protocol: 3,
        }
    }

    pub fn dnskey(&self) -> Vec<u8> {
        use ring::signature::KeyPair;
        [
            &self.flags.to_be_bytes(),
            [self.protocol, Self::ALGORITHM].as_slice(),
            self.key.public_key().as_ref(),
        ]
        .concat()
    }

    pub fn key_tag(&self) -> u16 {
        key_tag(&self.dnskey())
    }

    /// RRSIG RDATA over RDATA and an owner that are canonical already.
    pub fn rrsig(&self, fields: &SignatureFields, owner: &[u8], rdatas: &[Vec<u8>]) -> Vec<u8> {
        [fields.head(), self.sign(&fields.signed_data(owner, rdatas))].concat()
    }

    /// The bare signature over what is laid out already.
    pub fn sign(&self, signed_data: &[u8]) -> Vec<u8> {
        self.key.sign(signed_data).as_ref().to_vec()
    }
}
