//! Names that a sender must not compress.

use super::answer::AcceptedAnswer;
use crate::dns::{Message, Record, Section, has_forbidden_compression};
use crate::reason::{Warning, WarningKind};

/// Records of a section that are looked at: to decompress names takes time, and a server decides how many records it sends.
const MAX_RECORDS_CHECKED: usize = 64;

/// A warning for each answer with a name that its sender must not compress (RFC 3597 section 4).
pub(super) fn warnings(answers: &[AcceptedAnswer<'_>]) -> impl Iterator<Item = Warning> {
    answers.iter().filter_map(|answer| {
        let record = find_compressed(answer.message)?;
        let detail = format!(
            "{} {} over {}: a name in the data is compressed",
            record.owner,
            record.rtype,
            answer.transport.as_str()
        );
        Some(Warning::new(WarningKind::CompressedName, detail))
    })
}

fn find_compressed(message: &Message) -> Option<&Record> {
    let mut records = [Section::Answer, Section::Authority]
        .into_iter()
        .flat_map(|section| message.section(section).iter().take(MAX_RECORDS_CHECKED));
    records.find(|record| {
        has_forbidden_compression(record.rtype, message.octets(), record.rdata_range())
    })
}
