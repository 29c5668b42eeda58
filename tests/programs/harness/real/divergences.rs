//! divergences.txt: where another judge sees the answers of real servers otherwise than we do.

pub use crate::lists::Comparison;
use crate::lists::DivergenceList;

const SERVERS: [&str; 8] = [
    "knot",
    "knot-online",
    "nsd",
    "bind",
    "powerdns",
    "nsd-broken",
    "bind-broken",
    "knot-broken",
];
const LIST: DivergenceList = DivergenceList {
    text: include_str!("divergences.txt"),
    begins: |word| SERVERS.contains(&word),
    judges: &["delv", "delv-denial", "domain"],
};

/// Fails unless exactly the listed places diverge between us and `judge` on `server`.
pub fn hold(server: &str, judge: &str, comparisons: &[Comparison]) {
    LIST.assert_matches(judge, |begin| begin == server, comparisons);
}
