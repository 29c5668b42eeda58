//! Writes responses: owner names compressed (RFC 1035 section 4.1.4), RDATA as it is.

use std::collections::HashMap;

use crate::dns::{Class, Name, Question, Rcode, RrType};

/// A response in the making.
pub(super) struct Encoder {
    octets: Vec<u8>,
    /// Where names that a pointer can reach begin.
    names: HashMap<Name, u16>,
}

impl Encoder {
    pub(super) const ANSWER: usize = 1;
    pub(super) const AUTHORITY: usize = 2;
    pub(super) const ADDITIONAL: usize = 3;

    /// A header with QR set beside `flags`, and no records yet.
    pub(super) fn new(id: u16, flags: u16, rcode: Rcode) -> Self {
        const QR: u16 = 0x8000;
        let flags = QR | flags | (rcode.0 & 0x0F);
        let octets = [id, flags, 0, 0, 0, 0]
            .iter()
            .flat_map(|field| field.to_be_bytes())
            .collect();
        Self {
            octets,
            names: HashMap::new(),
        }
    }

    pub(super) fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    pub(super) fn question(&mut self, question: &Question) {
        self.name(&question.name);
        self.u16(question.rtype.0);
        self.u16(question.class.0);
        self.count(0);
    }

    pub(super) fn record(
        &mut self,
        section: usize,
        owner: &Name,
        rtype: RrType,
        ttl: u32,
        rdata: &[u8],
    ) {
        self.name(owner);
        self.u16(rtype.0);
        self.u16(Class::IN.0);
        self.octets.extend_from_slice(&ttl.to_be_bytes());
        self.rdata(rdata);
        self.count(section);
    }

    /// An OPT record (RFC 6891 section 6.1.2): UDP size for a class; extended rcode, version and flags for a TTL.
    pub(super) fn opt(
        &mut self,
        udp_size: u16,
        rcode: Rcode,
        dnssec_ok: bool,
        options: &[(u16, Vec<u8>)],
    ) {
        let [upper, _] = (rcode.0 << 4).to_be_bytes();
        let flags = if dnssec_ok { 0x80 } else { 0 };
        self.name(&Name::root());
        self.u16(RrType::OPT.0);
        self.u16(udp_size);
        self.octets.extend_from_slice(&[upper, 0, flags, 0]);
        let mut rdata = Vec::new();
        for (code, data) in options {
            rdata.extend_from_slice(&code.to_be_bytes());
            rdata.extend_from_slice(&u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
            rdata.extend_from_slice(data);
        }
        self.rdata(&rdata);
        self.count(Self::ADDITIONAL);
    }

    /// RDATA longer than its length field holds cannot be served; it goes out empty rather than out of step.
    fn rdata(&mut self, rdata: &[u8]) {
        let (length, rdata) =
            u16::try_from(rdata.len()).map_or((0, &[][..]), |length| (length, rdata));
        self.u16(length);
        self.octets.extend_from_slice(rdata);
    }

    fn name(&mut self, name: &Name) {
        const POINTER: u16 = 0xC000;
        const MAX_POINTER_OFFSET: u16 = 0x4000;
        let mut rest = name.clone();
        while let Some(parent) = rest.parent() {
            if let Some(offset) = self.names.get(&rest) {
                self.u16(POINTER | offset);
                return;
            }
            if let Some(offset) = u16::try_from(self.octets.len())
                .ok()
                .filter(|&offset| offset < MAX_POINTER_OFFSET)
            {
                self.names.insert(rest.clone(), offset);
            }
            let label = rest.as_wire().len() - parent.as_wire().len();
            self.octets.extend_from_slice(&rest.as_wire()[..label]);
            rest = parent;
        }
        self.octets.push(0);
    }

    fn u16(&mut self, value: u16) {
        self.octets.extend_from_slice(&value.to_be_bytes());
    }

    /// One record more in a section; there is room for 65,535, more than a message has octets for.
    fn count(&mut self, section: usize) {
        let offset = 4 + 2 * section;
        let count =
            u16::from_be_bytes([self.octets[offset], self.octets[offset + 1]]).saturating_add(1);
        self.octets[offset..offset + 2].copy_from_slice(&count.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Message;

    #[test]
    fn names_beyond_pointer_range_are_not_compressed() {
        let owners = [
            "a.early.test",
            "b.early.test",
            "large.test",
            "a.late.other",
            "b.late.other",
        ]
        .map(|owner| owner.parse::<Name>().unwrap());
        let mut encoder = Encoder::new(7, 0, Rcode::NOERROR);
        let sizes = owners.each_ref().map(|owner| {
            let before = encoder.octets.len();
            let rdata = if *owner == owners[2] {
                vec![0; 20_000]
            } else {
                Vec::new()
            };
            encoder.record(Encoder::ANSWER, owner, RrType::NULL, 0, &rdata);
            encoder.octets.len() - before - rdata.len() - 10
        });
        assert_eq!(sizes, [14, 4, 8, 14, 14]);
        let message = Message::read(encoder.into_octets()).unwrap();
        assert_eq!(message.trailing_octets, 0);
        assert!(
            message
                .answer
                .iter()
                .map(|record| &record.owner)
                .eq(&owners)
        );
    }

    #[test]
    fn rcode_above_15_is_split_with_opt() {
        let mut encoder = Encoder::new(7, 0, Rcode::BADVERS);
        encoder.opt(1232, Rcode::BADVERS, true, &[(3, b"x".to_vec())]);
        let message = Message::read(encoder.into_octets()).unwrap();
        assert_eq!(
            (message.rcode, message.header.rcode),
            (Rcode::BADVERS, Rcode::NOERROR)
        );
    }
}
