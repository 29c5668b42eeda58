//! A request's parameters and the configuration, turned into a plan that cannot be invalid.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{DnssecPolicy, Families, Transports};
use crate::dns::{Name, Query, Rcode, RrType};

/// Everything that one probe needs to know.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The target as it was written.
    pub target: String,
    /// Where the target is.
    pub place: Place,
    /// Its port.
    pub port: u16,
    /// The apex of the zone.
    pub zone: Name,
    /// The module in force.
    pub module: String,
    /// The families wanted.
    pub families: Families,
    /// The transports wanted.
    pub transports: Transports,
    /// What is demanded of DNSSEC.
    pub dnssec: DnssecPolicy,
    /// Rcodes that count as an answer.
    pub valid_rcodes: Vec<Rcode>,
    /// The time limit.
    pub timeout: Duration,
    /// The question; its name and type are those of `name` and `qtype`.
    pub question: Arc<Query>,
    /// The question for the zone's keys; absent with the policy `off`, and where `question` asks for them already.
    pub dnskey: Option<Arc<Query>>,
}

/// Where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At these addresses; at least one.
    Addresses(Vec<IpAddr>),
    /// Where its host name says.
    Host(String),
}

impl Plan {
    /// The owner name asked for.
    pub fn name(&self) -> &Name {
        &self.question.question.name
    }

    /// The type asked for.
    pub fn qtype(&self) -> RrType {
        self.question.question.rtype
    }
}
