//! What an authority gives to strangers, though it must not or need not.

use crate::dns::{Class, Message, Name, Rcode, RrType};

/// Whether the server resolves for whoever asks: RA is set, and it does not refuse (RFC 1035 section 4.1.1; RFC 5358).
pub(super) fn recursion_offered(message: &Message) -> bool {
    message.header.ra && message.rcode != Rcode::REFUSED
}

/// Whether the server hands over the zone: a transfer begins with its SOA (RFC 5936 section 2.2).
pub(super) fn transfer_open(message: &Message, zone: &Name) -> bool {
    let first = message
        .answer
        .first()
        .filter(|_| message.rcode == Rcode::NOERROR);
    first.is_some_and(|record| {
        record.rtype == RrType::SOA && record.class == Class::IN && record.owner == *zone
    })
}
