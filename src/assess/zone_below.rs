//! Whether a name belongs to a zone below, which the same server serves.

use super::answer::{AcceptedAnswer, AnswerKind};
use crate::dns::{Class, Message, Name, Record, RrType, Rrsig, Section};
use crate::plan::Purpose;
use crate::reason::{Warning, WarningKind};

/// The apex of the zone below `zone` to which `name` belongs, by the server's answer to `name SOA`: the SOA is that of the zone
/// that the name is in (RFC 1034 section 4.3.2, RFC 2308 section 3). Nothing proves it, so what follows from it is not secure.
pub(super) fn find_apex(message: &Message, name: &Name, zone: &Name) -> Option<Name> {
    let records = [Section::Answer, Section::Authority]
        .into_iter()
        .flat_map(|section| message.section(section));
    let soas = records.filter(|record| record.rtype == RrType::SOA && record.class == Class::IN);
    let is_child = |apex: &&Name| {
        message.header.aa && *apex != zone && apex.is_within(zone) && name.is_within(apex)
    };
    soas.map(|soa| &soa.owner).find(is_child).cloned()
}

/// The name asked for is another zone's.
pub(super) fn warning(name: &Name, apex: &Name) -> Warning {
    let detail = format!("{name} belongs to the zone {apex}, which this server has too");
    Warning::new(WarningKind::OtherZone, detail)
}

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
    let of_name = answer.rrsets.iter().filter(|rrset| rrset.owner == name);
    let mut rrsigs = of_name.flat_map(|rrset| &rrset.rrsigs).peekable();
    if rrsigs.peek().is_none() {
        // Nobody said that the name is the zone's, and an unsigned zone below need not say that it is one.
        return answer.purpose == Purpose::UsualName && answer.kind == AnswerKind::Positive;
    }
    let signer = |record: &&Record| Rrsig::read(answer.message.rdata(record)).ok();
    rrsigs.all(|record| signer(record).is_some_and(|rrsig| is_below(&rrsig.signer)))
}
