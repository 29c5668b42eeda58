//! What a signature is made over: an RRset in canonical form and order (RFC 4034 sections 3.1.8.1, 6.2 and 6.3).

use std::ops::Range;

use crate::dns::{Class, Name, RrType, Rrset, Rrsig, WireError, canonical_rdata};

/// An RRset's RDATA in canonical form, in canonical order, each once. Made once for all signatures over it.
#[derive(Clone, Debug)]
pub struct CanonicalRrset {
    class: Class,
    rtype: RrType,
    octets: Vec<u8>,
    rdatas: Vec<Range<usize>>,
}

impl CanonicalRrset {
    /// The canonical form of an RRset of a message.
    pub fn new(rrset: &Rrset<'_>) -> Result<Self, WireError> {
        let ranges = rrset
            .records
            .iter()
            .map(|record| (rrset.message.octets(), record.rdata_range()));
        Self::from_ranges(rrset.class, rrset.rtype, ranges)
    }

    /// The canonical form of RDATA without compressed names, for a signer.
    pub fn from_rdatas<'a>(
        class: Class,
        rtype: RrType,
        rdatas: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Self, WireError> {
        Self::from_ranges(class, rtype, rdatas.map(|rdata| (rdata, 0..rdata.len())))
    }

    fn from_ranges<'a>(
        class: Class,
        rtype: RrType,
        ranges: impl Iterator<Item = (&'a [u8], Range<usize>)>,
    ) -> Result<Self, WireError> {
        let mut octets = Vec::new();
        let mut rdatas = Vec::new();
        for (message, range) in ranges {
            let start = octets.len();
            canonical_rdata(rtype, message, range, &mut octets)?;
            rdatas.push(start..octets.len());
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "the ranges are those of the octets that were appended"
        )]
        rdatas.sort_by(|a, b| octets[a.clone()].cmp(&octets[b.clone()]));
        #[expect(
            clippy::indexing_slicing,
            reason = "the ranges are those of the octets that were appended"
        )]
        rdatas.dedup_by(|a, b| octets[a.clone()] == octets[b.clone()]);
        Ok(Self {
            class,
            rtype,
            octets,
            rdatas,
        })
    }

    /// How many octets are signed when `signed_owner` is the owner, within the size of a signer's name.
    pub(super) fn signed_size(&self, signed_owner: &Name) -> usize {
        const HEAD: usize = 18 + 255;
        HEAD + self.octets.len() + self.rdatas.len() * (signed_owner.as_wire().len() + 10)
    }

    /// The octets that `rrsig` signs when `signed_owner` is the owner that was signed.
    pub fn signed_data(&self, signed_owner: &Name, rrsig: &Rrsig<'_>) -> Vec<u8> {
        let owner = signed_owner.to_lowercase();
        let mut data = Vec::with_capacity(self.signed_size(&owner));
        rrsig.append_signed_head(&mut data);
        for rdata in &self.rdatas {
            data.extend_from_slice(owner.as_wire());
            data.extend_from_slice(&self.rtype.0.to_be_bytes());
            data.extend_from_slice(&self.class.0.to_be_bytes());
            data.extend_from_slice(&rrsig.original_ttl.to_be_bytes());
            // RDATA grows by decompression, but never past what its 16-bit length held uncompressed at the signer.
            data.extend_from_slice(&u16::try_from(rdata.len()).unwrap_or(u16::MAX).to_be_bytes());
            #[expect(
                clippy::indexing_slicing,
                reason = "the ranges are those of the octets that were appended"
            )]
            data.extend_from_slice(&self.octets[rdata.clone()]);
        }
        data
    }
}

/// The owner that was signed: `owner`, or the wildcard that it was expanded from (RFC 4035 section 5.3.2).
///
/// `None` if the signature counts more labels than the owner has (section 5.3.1).
pub fn signed_owner(owner: &Name, labels: u8) -> Option<SignedOwner> {
    let count = owner.rrsig_label_count();
    if labels > count {
        return None;
    }
    if labels == count {
        return Some(SignedOwner::AsIs);
    }
    let closest = owner.rightmost_labels(usize::from(labels))?;
    closest.prepend_label(b"*").ok().map(SignedOwner::Wildcard)
}

/// See [`signed_owner`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedOwner {
    /// The owner itself was signed.
    AsIs,
    /// This wildcard was signed and the answer made from it.
    Wildcard(Name),
}

#[cfg(test)]
#[path = "signed_data_tests.rs"]
mod tests;
