//! Whether the answer about a name is that of a zone below, which the same server serves.

use super::answer::{AcceptedAnswer, AnswerKind};
use crate::dns::{Name, Record, RrType, Rrset, Rrsig, Section};
use crate::plan::Purpose;

/// Whether the answer is about data of another zone: the name lies in one below, which the same server serves. Its keys are not
/// those of the zone, so that nothing can be told of its signatures here.
pub(super) fn is_beside_zone(answer: &AcceptedAnswer<'_>, zone: &Name) -> bool {
    let name = &answer.question.name;
    if !answer.purpose.is_name() || name == zone || answer.question.rtype == RrType::DS {
        return false;
    }
    let is_below = |apex: &Name| apex != zone && apex.is_within(zone) && name.is_within(apex);
    let tells_zone = |record: &&Record| matches!(record.rtype, RrType::SOA | RrType::NS);
    let mut told = answer.message.authority.iter().filter(tells_zone);
    if told.any(|record| is_below(&record.owner)) {
        return true;
    }
    let rrsets = Rrset::group(answer.message, Section::Answer);
    let of_name = rrsets.iter().filter(|rrset| rrset.owner == name);
    let mut rrsigs = of_name.flat_map(|rrset| &rrset.rrsigs).peekable();
    if rrsigs.peek().is_none() {
        // Nobody said that the name is the zone's, and an unsigned zone below need not say that it is one.
        return answer.purpose == Purpose::UsualName && answer.kind == AnswerKind::Positive;
    }
    let signer = |record: &&Record| Rrsig::read(answer.message.rdata(record)).ok();
    rrsigs.all(|record| signer(record).is_some_and(|rrsig| is_below(&rrsig.signer)))
}
