//! RDATA from its presentation form (RFC 1035 section 5.1), as a zone file has it.

use std::error::Error;
use std::fmt;

use hickory_proto::rr::{RData, RecordType};
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder};

use super::registry::RrType;

/// Why a text is not the RDATA of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RdataTextError(String);

impl fmt::Display for RdataTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for RdataTextError {}

/// The octets of `text`, RDATA in presentation form. Names in it are absolute; they are written uncompressed and in lower
/// case.
///
/// # Errors
///
/// If `text` is not the presentation form of the type's RDATA, or the type has none that is known here.
pub fn rdata_from_text(rtype: RrType, text: &str) -> Result<Vec<u8>, RdataTextError> {
    let text_error = |error: &dyn Error| RdataTextError(error.to_string());
    let rdata = RData::try_from_str(RecordType::from(rtype.0), text).map_err(|e| text_error(&e))?;
    let mut octets = Vec::new();
    let mut encoder = BinEncoder::new(&mut octets);
    // Only the canonical form never compresses a name against another in the same data.
    encoder.set_canonical_form(true);
    rdata.emit(&mut encoder).map_err(|e| text_error(&e))?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_rdata_are_lower_case_and_uncompressed() {
        let soa = rdata_from_text(RrType::SOA, "ns.EXAMPLE. host.example. 1 2 3 4 5");
        let expected = [
            b"\x02ns\x07example\0\x04host\x07example\0".as_slice(),
            &[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5],
        ];
        assert_eq!(soa, Ok(expected.concat()));
    }

    #[test]
    fn text_of_another_type_is_an_error() {
        for (rtype, text) in [
            (RrType::A, "::1"),
            (RrType::MX, "ten mail."),
            (RrType::A, ""),
        ] {
            let error = rdata_from_text(rtype, text).expect_err(text);
            assert!(!error.to_string().is_empty(), "{rtype} {text}");
        }
    }
}
