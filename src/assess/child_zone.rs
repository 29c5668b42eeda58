//! Whether the name asked for belongs to a zone below, which the same server has.

use crate::dns::{Class, Message, Name, RrType, Section};
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

pub(super) fn warning(name: &Name, apex: &Name) -> Warning {
    let detail = format!("{name} belongs to the zone {apex}, which this server has too");
    Warning::new(WarningKind::OtherZone, detail)
}
