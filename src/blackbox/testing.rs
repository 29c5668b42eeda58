//! Plans and responses for tests of this mode.

use std::sync::Arc;
use std::time::Instant;

use crate::config::Config;
use crate::dns::Transport;
use crate::exchange::{Ask, Exchange, Outcome};
use crate::plan::{BlackboxPlan, Request};

/// The plan of a module whose key `blackbox` has the members `blackbox` besides `name` and `qtype`.
pub(crate) fn plan(blackbox: &str) -> BlackboxPlan {
    let config = format!(
        r#"{{"modules": {{"m": {{"blackbox": {{"name": "a", "qtype": "SOA", {blackbox}}}}}}}}}"#
    );
    let parameters = [("target", "192.0.2.1"), ("module", "m")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::parse(&config, "probes.json").unwrap();
    match Request::read(&parameters, None, &config) {
        Ok(Request::Blackbox(plan)) => *plan,
        other => panic!("{other:?}"),
    }
}

/// The response `octets` to such a plan.
pub(crate) fn response(octets: &[u8], transport: Transport) -> Exchange {
    let plan = plan(r#""class": "IN""#);
    let ask = Ask {
        server: ([192, 0, 2, 1], 53).into(),
        transport,
        query: Arc::clone(&plan.question),
        edns: false,
        deadline: Instant::now(),
        source: None,
    };
    Exchange::untimed(ask, Outcome::from_octets(octets))
}
