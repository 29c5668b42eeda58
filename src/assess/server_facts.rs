//! The facts about one server that the assessment of its zone compares. They are made once, from the server's answers;
//! the reports of `crate::report` are for the views.

use std::net::IpAddr;

use super::apex_rrsets::ApexRrsets;
use super::key_facts::KeyFacts;
use super::names::NameFacts;
use crate::config::{Nameserver, NameserverRole};
use crate::dns::{Family, Serial, Soa, Timestamp};
use crate::report::{Inconsistency, InconsistencyKind, ServerReport, TtlReport};

/// The assessment of one address of a zone's nameserver.
#[derive(Debug)]
pub(crate) struct AssessedServer {
    /// For the views.
    pub(crate) report: ServerReport,
    /// For the assessment of the zone.
    pub(crate) facts: ServerFacts,
}

impl AssessedServer {
    /// An address that was never asked has no facts but what probes.json gives.
    pub(crate) fn not_queried(report: ServerReport) -> Self {
        let facts = ServerFacts::without_answers(report.family, report.address, report.role);
        Self { report, facts }
    }
}

/// What one address contributes to the assessment of its zone.
#[derive(Debug)]
pub(crate) struct ServerFacts {
    pub(crate) family: Family,
    /// The address; absent where the nameserver has none in this family.
    pub(crate) address: Option<IpAddr>,
    pub(crate) role: Option<NameserverRole>,
    /// Whether an authority's answer to the question came.
    pub(crate) authoritative: bool,
    /// The zone's SOA as an authority gave it: what a resolver cached is not a version of the zone that a server has.
    pub(crate) soa: Option<Soa>,
    /// Whether DNSSEC proves the answers wrong, so that other servers are not measured by them.
    pub(crate) contradicted_by_dnssec: bool,
    /// The server's name for itself.
    pub(crate) nsid: Option<String>,
    /// When the first RRset is left without a valid signature.
    pub(crate) earliest_expiration: Option<Timestamp>,
    /// What it gave of the plan's names, in their order; none where nothing was asked.
    pub(crate) names: Vec<NameFacts>,
    /// The RRsets of the zone's apex.
    pub(crate) apex_rrsets: ApexRrsets,
    /// How long resolvers may keep what it gave.
    pub(crate) ttls: TtlReport,
    /// The zone's keys; `None` where DNSSEC is not judged, or no authority said which keys there are.
    pub(crate) keys: Option<KeyFacts>,
}

impl ServerFacts {
    pub(super) fn without_answers(
        family: Family,
        address: Option<IpAddr>,
        role: Option<NameserverRole>,
    ) -> Self {
        Self {
            family,
            address,
            role,
            authoritative: false,
            soa: None,
            contradicted_by_dnssec: false,
            nsid: None,
            earliest_expiration: None,
            names: Vec::new(),
            apex_rrsets: ApexRrsets::default(),
            ttls: TtlReport::default(),
            keys: None,
        }
    }

    pub(super) fn serial(&self) -> Option<Serial> {
        self.soa.as_ref().map(|soa| soa.serial)
    }

    /// Whether an authority's answer came that contains the zone's SOA.
    pub(super) const fn is_answering(&self) -> bool {
        self.soa.is_some()
    }

    /// Seconds between the moment when the last answer of a secondary that loses its primary at `at` has run out of caches, and
    /// the end of its first signature. It answers until it expires the zone, and what it gave is kept for the greatest TTL
    /// (RFC 6781 sections 4.4.1 and 4.4.2).
    pub(super) fn signatures_outlive_expire(&self, at: Timestamp) -> Option<i64> {
        let expire = self.soa.as_ref()?.expire;
        let needed = i64::from(expire) + i64::from(self.ttls.max.unwrap_or_default());
        Some(self.earliest_expiration?.0 - at.0 - needed)
    }
}

/// One nameserver of the zone with the facts about each of its addresses.
#[derive(Clone, Copy)]
pub(super) struct NameserverFacts<'f> {
    /// Its name in probes.json.
    pub(super) name: &'f str,
    pub(super) nameserver: &'f Nameserver,
    pub(super) servers: &'f [ServerFacts],
}

/// One address of a nameserver.
#[derive(Clone, Copy)]
pub(super) struct AddressFacts<'f> {
    /// The nameserver's name in probes.json.
    pub(super) name: &'f str,
    pub(super) server: &'f ServerFacts,
}

impl<'f> NameserverFacts<'f> {
    pub(super) fn addresses(self) -> impl Iterator<Item = AddressFacts<'f>> + Clone {
        self.servers.iter().map(move |server| AddressFacts {
            name: self.name,
            server,
        })
    }
}

impl AddressFacts<'_> {
    pub(super) fn inconsistency(self, kind: InconsistencyKind, detail: String) -> Inconsistency {
        let address = (self.server.family, self.server.address);
        Inconsistency::at_address(kind, self.name, address, detail)
    }
}
