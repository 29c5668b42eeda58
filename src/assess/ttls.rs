//! How long resolvers may keep what a server gave: the TTLs of the apex, and the greatest of all.

use crate::dns::{Class, Message, Name, RrType};
use crate::exchange::Exchange;
use crate::report::TtlReport;

/// Reads the TTLs of an authority's answers. A cache counts its own down (RFC 1035 section 3.2.1), so that they say nothing.
pub(super) fn read_ttls<'e>(
    exchanges: impl IntoIterator<Item = &'e Exchange>,
    zone: &Name,
) -> TtlReport {
    let messages = exchanges
        .into_iter()
        .filter_map(|exchange| exchange.message());
    let authoritative = messages.filter(|message| message.header.aa);
    authoritative.fold(TtlReport::default(), |ttls, message| {
        longest(ttls, ttls_of(message, zone))
    })
}

fn ttls_of(message: &Message, zone: &Name) -> TtlReport {
    let sections = message.answer.iter().chain(&message.authority);
    let records =
        sections.filter(|record| record.class == Class::IN && record.rtype != RrType::OPT);
    // Names are compared last: a server decides how many records it sends.
    let max = records.fold(None, |max, record| {
        if Some(record.ttl) > max && record.owner.is_within(zone) {
            Some(record.ttl)
        } else {
            max
        }
    });
    let of_apex = |rtype| {
        let answer = message.answer.iter();
        let records = answer.filter(move |record| record.rtype == rtype && record.owner == *zone);
        records.map(|record| record.ttl).max()
    };
    let [soa, ns, dnskey] = [RrType::SOA, RrType::NS, RrType::DNSKEY].map(of_apex);
    TtlReport {
        soa,
        ns,
        dnskey,
        max,
    }
}

/// The greater of each two: resolvers ask any server.
pub(super) fn longest(left: TtlReport, right: TtlReport) -> TtlReport {
    TtlReport {
        soa: left.soa.max(right.soa),
        ns: left.ns.max(right.ns),
        dnskey: left.dnskey.max(right.dnskey),
        max: left.max.max(right.max),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::dns::testing::{Response, records};
    use crate::dns::{EDNS_UDP_SIZE, Query, Transport};
    use crate::exchange::{Ask, Outcome};

    fn exchange(flags: u16, answer: &str, authority: &str) -> Exchange {
        let response = Response {
            flags,
            authority: records(authority),
            ..Response::to("z.test.", RrType::SOA.0)
        };
        let octets = response.answer(records(answer)).octets();
        let ask = Ask {
            server: "192.0.2.1:53".parse().unwrap(),
            transport: Transport::Udp,
            query: Arc::new(Query::new(
                "z.test.".parse().unwrap(),
                RrType::SOA,
                EDNS_UDP_SIZE,
            )),
            edns: true,
            deadline: Instant::now(),
            source: None,
        };
        Exchange::untimed(
            ask,
            Outcome::Response(Arc::new(Message::read(octets).unwrap())),
        )
    }

    #[test]
    fn greatest_ttl_of_an_authority_counts() {
        let soa = "z.test. 300 IN SOA ns1.z.test. host.z.test. 7 14400 3600 1209600 300";
        let ns = "z.test. 3600 IN NS ns1.z.test.";
        let below = "www.z.test. 86400 IN A 192.0.2.9";
        let outside = "ns.other.test. 999999 IN A 192.0.2.9";
        let zone = "z.test.".parse().unwrap();
        let exchanges = [
            exchange(0x8400, soa, ""),
            exchange(
                0x8400,
                &soa.replace(" 300 IN", " 60 IN"),
                &format!("{below}\n{outside}"),
            ),
            exchange(0x8400, ns, ""),
            // Not from an authority.
            exchange(0x8080, &ns.replace("3600", "172800"), ""),
        ];
        let expected = TtlReport {
            soa: Some(300),
            ns: Some(3_600),
            dnskey: None,
            max: Some(86_400),
        };
        assert_eq!(read_ttls(&exchanges, &zone), expected);
        assert_eq!(read_ttls(&[], &zone), TtlReport::default());
    }
}
