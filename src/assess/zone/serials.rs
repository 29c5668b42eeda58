//! Serial arithmetic over all servers of a zone (RFC 1982).

use crate::assess::server_facts::{AddressFacts, NameserverFacts};
use crate::dns::Serial;
use crate::report::{Inconsistency, InconsistencyKind, Serials};

/// How the serials compare. The newest is the one that every other is equal to or older than: with three and more of them
/// there may be none, even where each two can be compared. It is sought among those that DNSSEC does not contradict, if
/// there are any: a forged one must not make the others look behind.
pub(super) fn assess_serials(nameservers: &[NameserverFacts<'_>]) -> Serials {
    let servers = nameservers.iter().flat_map(|nameserver| nameserver.servers);
    let with_serial = servers.filter_map(|server| Some((server, server.serial()?)));
    let (contradicted, believed): (Vec<_>, Vec<_>) =
        with_serial.partition(|(server, _)| server.contradicted_by_dnssec);
    let [believed, contradicted] = [believed, contradicted].map(|servers| {
        servers
            .iter()
            .map(|&(_, serial)| serial)
            .collect::<Vec<_>>()
    });
    summarise_serials(&believed, &contradicted)
}

fn summarise_serials(believed: &[Serial], contradicted: &[Serial]) -> Serials {
    let candidates = if believed.is_empty() {
        contradicted
    } else {
        believed
    };
    let is_newest = |candidate: &&Serial| candidates.iter().all(|serial| serial <= *candidate);
    let newest = candidates.iter().find(is_newest).copied();
    let first = candidates.first();
    let mut serials = believed.iter().chain(contradicted);
    Serials {
        newest,
        comparable: first.map(|_| newest.is_some()),
        equal: first.map(|first| serials.all(|serial| serial == first)),
    }
}

/// Every address without the newest serial; where none is the newest, every address.
pub(super) fn serial_inconsistencies(
    nameservers: &[NameserverFacts<'_>],
    serials: Serials,
) -> Vec<Inconsistency> {
    if serials.equal != Some(false) {
        return Vec::new();
    }
    nameservers
        .iter()
        .flat_map(|nameserver| nameserver.addresses())
        .filter_map(|address| serial_inconsistency(address, serials.newest))
        .collect()
}

fn serial_inconsistency(
    address: AddressFacts<'_>,
    newest: Option<Serial>,
) -> Option<Inconsistency> {
    let server = address.server;
    let serial = server.serial().filter(|serial| Some(*serial) != newest)?;
    let detail = match newest.and_then(|newest| Some((newest, serial.lag_behind(newest)?))) {
        Some((newest, lag)) => format!("serial {serial}, {lag} behind {newest}"),
        None if server.contradicted_by_dnssec => {
            format!("serial {serial}, against which DNSSEC speaks")
        }
        None => format!("serial {serial}, of which it cannot be told whether it is the newest"),
    };
    Some(address.inconsistency(InconsistencyKind::Serial, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u32 = 1 << 31;

    fn newest(serials: &[u32]) -> Option<u32> {
        summarise_serials(
            &serials.iter().copied().map(Serial).collect::<Vec<_>>(),
            &[],
        )
        .newest
        .map(|serial| serial.0)
    }

    #[test]
    fn newest_serial_wraps_around() {
        assert_eq!(newest(&[7]), Some(7));
        assert_eq!(
            newest(&[2_026_112_301, 2_026_112_303, 2_026_112_302]),
            Some(2_026_112_303)
        );
        assert_eq!(newest(&[u32::MAX, 3, u32::MAX - 9]), Some(3));
    }

    #[test]
    fn incomparable_serials_have_no_newest() {
        let opposite = summarise_serials(&[Serial(0), Serial(HALF)], &[]);
        assert_eq!(
            opposite,
            Serials {
                newest: None,
                comparable: Some(false),
                equal: Some(false)
            }
        );
        // Each is newer than one other: a circle.
        assert_eq!(newest(&[0, HALF - 1, HALF + 1_000]), None);
        // Two that cannot be compared, and a third that both are older than.
        assert_eq!(
            newest(&[0, HALF, HALF / 2]),
            None,
            "of 0, 2^31 and 2^30 the second is newer than the third"
        );
    }

    #[test]
    fn missing_serials_leave_equality_unknown() {
        assert_eq!(
            summarise_serials(&[], &[]),
            Serials {
                newest: None,
                comparable: None,
                equal: None
            }
        );
        assert_eq!(
            summarise_serials(&[Serial(5), Serial(5)], &[]).equal,
            Some(true)
        );
        assert_eq!(
            summarise_serials(&[Serial(5), Serial(6)], &[]).equal,
            Some(false)
        );
    }

    #[test]
    fn bogus_serial_is_newest_only_without_others() {
        let summary = |believed: &[u32], contradicted: &[u32]| {
            let [believed, contradicted] = [believed, contradicted]
                .map(|serials| serials.iter().copied().map(Serial).collect::<Vec<_>>());
            let summary = summarise_serials(&believed, &contradicted);
            (
                summary.newest.map(|serial| serial.0),
                summary.comparable,
                summary.equal,
            )
        };
        assert_eq!(summary(&[7, 6], &[9]), (Some(7), Some(true), Some(false)));
        assert_eq!(
            summary(&[7], &[7 + HALF]),
            (Some(7), Some(true), Some(false))
        );
        assert_eq!(summary(&[7], &[7]), (Some(7), Some(true), Some(true)));
        assert_eq!(summary(&[], &[9, 8]), (Some(9), Some(true), Some(false)));
    }
}
