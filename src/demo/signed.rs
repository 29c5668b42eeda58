//! A zone as it is served: its RRsets with their signatures.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::denial::{Nsec3Parameters, OnlineSigner};
use super::encode::Encoder;
use super::rrset::{Node, SignedRrset};
use crate::dns::{Class, DigestType, Dnskey, Ds, Message, Name, Rcode, RrType, rdata_text};
use crate::dnssec::{TrustAnchor, ds_digest};

/// A zone with its signatures.
#[derive(Clone, Debug)]
pub struct SignedZone {
    apex: Name,
    nodes: BTreeMap<Name, Node>,
    /// Apart from the names, because a name that has nothing but an NSEC3 does not exist (RFC 5155 section 7.2.8).
    nsec3s: BTreeMap<Name, SignedRrset>,
    online: Option<Arc<OnlineSigner>>,
}

impl SignedZone {
    pub(super) fn new(apex: Name, nodes: BTreeMap<Name, Node>) -> Self {
        Self {
            apex,
            nodes,
            nsec3s: BTreeMap::new(),
            online: None,
        }
    }

    pub(super) fn with_nsec3s(self, nsec3s: BTreeMap<Name, SignedRrset>) -> Self {
        Self { nsec3s, ..self }
    }

    pub(super) fn with_online_signer(self, signer: OnlineSigner) -> Self {
        Self {
            online: Some(Arc::new(signer)),
            ..self
        }
    }

    pub(super) fn online(&self) -> Option<&OnlineSigner> {
        self.online.as_deref()
    }

    /// All that a fault can change.
    pub(super) fn parts_mut(
        &mut self,
    ) -> (&mut BTreeMap<Name, Node>, &mut BTreeMap<Name, SignedRrset>) {
        (&mut self.nodes, &mut self.nsec3s)
    }

    /// The apex.
    pub fn apex(&self) -> &Name {
        &self.apex
    }

    /// Every name that has records, in canonical order.
    pub fn nodes(&self) -> &BTreeMap<Name, Node> {
        &self.nodes
    }

    /// The NSEC3 of a zone that has them, in the order of their hashes.
    pub fn nsec3s(&self) -> &BTreeMap<Name, SignedRrset> {
        &self.nsec3s
    }

    /// Where the NSEC3 of a name lies, or would lie; `None` in a zone without NSEC3PARAM.
    pub fn nsec3_owner(&self, name: &Name) -> Option<Name> {
        let param = self.rrset(&self.apex, RrType::NSEC3PARAM)?;
        Nsec3Parameters::read(param.rdatas.first()?)?.owner(name, &self.apex)
    }

    /// One RRset.
    pub fn rrset(&self, owner: &Name, rtype: RrType) -> Option<&SignedRrset> {
        match rtype {
            RrType::NSEC3 => self.nsec3s.get(owner),
            _ => self.nodes.get(owner)?.get(&rtype),
        }
    }

    /// The data of the zone's DNSKEY records in presentation form, for a trust anchor.
    pub fn dnskey_texts(&self) -> Vec<String> {
        let keys = self
            .rrset(&self.apex, RrType::DNSKEY)
            .map_or(&[][..], |rrset| &rrset.rdatas);
        keys.iter()
            .map(|rdata| without_comment(&text(&self.apex, RrType::DNSKEY, rdata)))
            .collect()
    }

    /// What its parent would have as DS RRset: a SHA-256 digest of each key that has the SEP bit (RFC 4034 section 2.1.1).
    pub fn trust_anchors(&self) -> Vec<TrustAnchor> {
        let rdatas = self
            .rrset(&self.apex, RrType::DNSKEY)
            .map_or(&[][..], |rrset| &rrset.rdatas);
        let keys = rdatas.iter().filter_map(|rdata| Dnskey::read(rdata).ok());
        let anchors = keys
            .filter(|key| key.has_flag(Dnskey::SECURE_ENTRY_POINT))
            .filter_map(|key| {
                let digest_type = DigestType::SHA_256;
                let digest = ds_digest(digest_type, &self.apex, &key).ok()?;
                Some(TrustAnchor::Ds(Ds {
                    key_tag: key.key_tag,
                    algorithm: key.algorithm,
                    digest_type,
                    digest,
                }))
            });
        anchors.collect()
    }

    /// The zone as a master file (RFC 1035 section 5), the SOA first.
    pub fn to_zone_file(&self) -> String {
        let mut file = String::new();
        let apex = self.nodes.get_key_value(&self.apex);
        let soa = apex
            .and_then(|(owner, node)| node.get_key_value(&RrType::SOA).map(|rrset| (owner, rrset)));
        let all = self
            .nodes
            .iter()
            .flat_map(|(owner, node)| node.iter().map(move |rrset| (owner, rrset)));
        let nsec3s = self
            .nsec3s
            .iter()
            .map(|(owner, rrset)| (owner, (&RrType::NSEC3, rrset)));
        let other_rrsets = all
            .filter(|(_, (rtype, _))| **rtype != RrType::SOA)
            .chain(nsec3s);
        for (owner, (&rtype, rrset)) in soa.into_iter().chain(other_rrsets) {
            let signatures = rrset.rrsigs.iter().map(|rdata| (RrType::RRSIG, rdata));
            for (rtype, rdata) in rrset
                .rdatas
                .iter()
                .map(|rdata| (rtype, rdata))
                .chain(signatures)
            {
                // Writing to a String cannot fail.
                let _ = writeln!(
                    file,
                    "{owner} {} {} {rtype} {}",
                    rrset.ttl,
                    Class::IN,
                    text(owner, rtype, rdata)
                );
            }
        }
        file
    }
}

/// The data of one record in presentation form: these types' as `dig` has it, by way of a message that holds nothing
/// else; any other type's as RFC 3597 section 5 writes it, which no reader takes for something else.
fn text(owner: &Name, rtype: RrType, rdata: &[u8]) -> String {
    let generic = || {
        let hex = data_encoding::HEXUPPER.encode(rdata);
        format!("\\# {} {hex}", rdata.len())
    };
    match rtype {
        RrType::A
        | RrType::AAAA
        | RrType::NS
        | RrType::CNAME
        | RrType::SOA
        | RrType::DNSKEY
        | RrType::RRSIG => {}
        _ => return generic(),
    }
    let mut encoder = Encoder::new(0, 0, Rcode::NOERROR);
    encoder.record(Encoder::ANSWER, owner, rtype, 0, rdata);
    let read = Message::read(encoder.into_octets()).ok();
    let text = read.and_then(|message| {
        message
            .answer
            .first()
            .map(|record| rdata_text(&message, record))
    });
    text.unwrap_or_else(generic)
}

fn without_comment(text: &str) -> String {
    text.split_once(" ;")
        .map_or(text, |(text, _)| text)
        .to_owned()
}
