//! Serial arithmetic over all servers of a zone (RFC 1982).

use super::serial_of;
use crate::dns::Serial;
use crate::plan::ZonePlan;
use crate::report::{Difference, Serials, ServerReport, What};

/// How the serials stand to each other. The newest is the one that every other is equal to or older than: with three and
/// more of them there may be none, even where each two can be compared.
pub(super) fn compare(serials: &[Serial]) -> Serials {
    let is_newest = |candidate: &&Serial| serials.iter().all(|serial| serial <= *candidate);
    let newest = serials.iter().find(is_newest).copied();
    let first = serials.first();
    Serials {
        newest,
        comparable: first.map(|_| newest.is_some()),
        equal: first.map(|first| serials.iter().all(|serial| serial == first)),
    }
}

/// Everyone who has not the newest; where none is the newest, everyone.
pub(super) fn differences(plan: &ZonePlan, servers: &[Vec<ServerReport>], serials: Serials) -> Vec<Difference> {
    if serials.equal != Some(false) {
        return Vec::new();
    }
    let everyone =
        plan.nameservers.iter().zip(servers).flat_map(|(one, servers)| servers.iter().map(move |s| (one, s)));
    let differing = everyone.filter_map(|(nameserver, server)| {
        let serial = serial_of(server).filter(|serial| Some(*serial) != serials.newest)?;
        let detail = match serials.newest.and_then(|newest| Some((newest, serial.behind(newest)?))) {
            Some((newest, lag)) => format!("serial {serial}, {lag} behind {newest}"),
            None => format!("serial {serial}, of which it cannot be told whether it is the newest"),
        };
        Some(Difference::at(What::Serial, &nameserver.plan.target, server, detail))
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u32 = 1 << 31;

    fn newest(serials: &[u32]) -> Option<u32> {
        compare(&serials.iter().copied().map(Serial).collect::<Vec<_>>()).newest.map(|serial| serial.0)
    }

    #[test]
    fn the_newest_serial_wraps_around() {
        assert_eq!(newest(&[7]), Some(7));
        assert_eq!(newest(&[2_026_112_301, 2_026_112_303, 2_026_112_302]), Some(2_026_112_303));
        assert_eq!(newest(&[u32::MAX, 3, u32::MAX - 9]), Some(3));
    }

    #[test]
    fn what_cannot_be_compared_has_no_newest() {
        let opposite = compare(&[Serial(0), Serial(HALF)]);
        assert_eq!(opposite, Serials { newest: None, comparable: Some(false), equal: Some(false) });
        // Each is newer than one other: a circle.
        assert_eq!(newest(&[0, HALF - 1, HALF + 1_000]), None);
        // Two that cannot be compared, and a third that both are older than.
        assert_eq!(newest(&[0, HALF, HALF / 2]), None, "of 0, 2^31 and 2^30 the second is newer than the third");
    }

    #[test]
    fn nothing_is_neither_equal_nor_different() {
        assert_eq!(compare(&[]), Serials { newest: None, comparable: None, equal: None });
        assert_eq!(compare(&[Serial(5), Serial(5)]).equal, Some(true));
        assert_eq!(compare(&[Serial(5), Serial(6)]).equal, Some(false));
    }
}
