//! What changed from one probe to the next of the same: pure, so that it can be held to a table.

use std::net::IpAddr;

use super::event::{Event, Fields, LogEntry};
use super::key_changes::{KeyState, detect_key_changes};
use super::report_fields::{failure_fields, probe_fields, report_time, server_fields};
use crate::dns::{Family, Timestamp};
use crate::dnssec::SecurityStatus;
use crate::reason::{Failure, Reason};
use crate::report::{
    AddressReport, AnyReport, Inconsistency, InconsistencyKind, NsHostResult, ServerReport,
    Subject, ZoneReport,
};

/// What is remembered of one probe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ProbeState {
    addresses: Vec<(ProbedAddress, AddressHealth)>,
    differences: Vec<InconsistencyIdentity>,
    keys: KeyState,
}

impl ProbeState {
    /// How many things are remembered.
    pub(super) fn weight(&self) -> usize {
        self.addresses.len() + self.differences.len() + self.keys.weight()
    }

    /// Whether there is something that may end: to forget it is to tell it twice, and its end never.
    pub(super) fn has_faults(&self) -> bool {
        !self.differences.is_empty()
            || self.keys.has_faults()
            || self
                .addresses
                .iter()
                .any(|(_, health)| health.failing.is_some())
    }

    fn health_of(&self, probed: &ProbedAddress) -> AddressHealth {
        self.addresses
            .iter()
            .find(|(known, _)| known == probed)
            .map(|(_, health)| *health)
            .unwrap_or_default()
    }
}

/// One address of a probe, or a family in which there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ProbedAddress {
    /// Of a zone as a whole. A target is the same for all of its probe, and its text the caller's: not to be kept.
    nameserver: Option<String>,
    family: Family,
    address: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct AddressHealth {
    failing: Option<OngoingFailure>,
    /// The last one that could be told.
    status: Option<SecurityStatus>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OngoingFailure {
    headline: Reason,
    since: Timestamp,
}

/// Which difference it is, whatever is said today.
#[derive(Clone, Debug, PartialEq, Eq)]
struct InconsistencyIdentity {
    what: InconsistencyKind,
    nameserver: Option<String>,
    family: Option<Family>,
    address: Option<IpAddr>,
}

/// What `report` changes: what is remembered from now on, and what is to be logged.
pub(super) fn detect_changes(
    before: &ProbeState,
    report: &AnyReport,
) -> (ProbeState, Vec<LogEntry>) {
    let mut changes = ChangeCollector {
        report,
        entries: Vec::new(),
    };
    let mut addresses: Vec<_> = report
        .servers()
        .into_iter()
        .map(|(name, server)| {
            let nameserver = matches!(report.subject(), Subject::Zone(_)).then(|| name.to_owned());
            let probed = ProbedAddress {
                nameserver,
                family: server.family,
                address: server.address,
            };
            let health = changes.check_address(&probed, server, before.health_of(&probed));
            (probed, health)
        })
        .collect();
    let missing: Vec<_> = before
        .addresses
        .iter()
        .filter(|(known, _)| !addresses.iter().any(|(probed, _)| probed == known))
        .collect();
    for (probed, health) in missing {
        if name_resolution_failed(report) {
            // Whoever was at the name may be there still.
            addresses.push((probed.clone(), *health));
        } else if let Some(failing) = health.failing {
            changes.log_address_gone(probed, failing);
        }
    }
    let (differences, keys) = match report.subject() {
        Subject::Target(_) => (Vec::new(), KeyState::default()),
        Subject::Zone(zone) => {
            let differences = changes.check_inconsistencies(zone, &before.differences);
            let (keys, entries) = detect_key_changes(&before.keys, zone, &probe_fields(report));
            changes.entries.extend(entries);
            (differences, keys)
        }
    };
    (
        ProbeState {
            addresses,
            differences,
            keys,
        },
        changes.entries,
    )
}

fn name_resolution_failed(report: &AnyReport) -> bool {
    let mut failures = report
        .servers()
        .into_iter()
        .flat_map(|(_, server)| &server.failures);
    failures.any(|failure| failure.reason == Reason::NameResolutionFailed)
}

struct ChangeCollector<'r> {
    report: &'r AnyReport,
    entries: Vec<LogEntry>,
}

impl ChangeCollector<'_> {
    fn check_address(
        &mut self,
        probed: &ProbedAddress,
        server: &ServerReport,
        before: AddressHealth,
    ) -> AddressHealth {
        let at = report_time(self.report);
        let failing = match (before.failing, server.headline()) {
            (None, None) => None,
            (None, Some(headline)) => {
                self.log_failure(probed, server, headline);
                Some(OngoingFailure {
                    headline: headline.reason,
                    since: at,
                })
            }
            (Some(failing), Some(headline)) => {
                if failing.headline != headline.reason {
                    self.log_reason_change(probed, server, headline, failing);
                }
                Some(OngoingFailure {
                    headline: headline.reason,
                    ..failing
                })
            }
            (Some(failing), None) => {
                self.log_recovery(probed, server_fields(server), failing);
                None
            }
        };
        let status = server.dnssec.as_ref().map(|dnssec| dnssec.status);
        if let (Some(former), Some(now)) = (before.status, status)
            && former.as_str() != now.as_str()
        {
            self.log_status_change(probed, server, former, now);
        }
        AddressHealth {
            failing,
            status: status.or(before.status),
        }
    }

    fn log_failure(&mut self, probed: &ProbedAddress, server: &ServerReport, headline: &Failure) {
        let message = format!(
            "probe failed: {}: {}",
            self.subject(probed),
            headline.reason
        );
        self.push(
            Event::ProbeFailed,
            message,
            probed,
            failure_fields(server, headline),
        );
    }

    fn log_reason_change(
        &mut self,
        probed: &ProbedAddress,
        server: &ServerReport,
        headline: &Failure,
        failing: OngoingFailure,
    ) {
        let (subject, former) = (self.subject(probed), failing.headline);
        let message = format!(
            "probe fails otherwise: {subject}: {}, until now {former}",
            headline.reason
        );
        let fields = Fields {
            previous_reason: Some(former.to_string()),
            failed_seconds: Some(self.seconds_since(failing.since)),
            ..failure_fields(server, headline)
        };
        self.push(Event::ProbeReasonChanged, message, probed, fields);
    }

    fn log_recovery(&mut self, probed: &ProbedAddress, fields: Fields, failing: OngoingFailure) {
        let seconds = self.seconds_since(failing.since);
        let message = format!(
            "probe recovered: {}: after {seconds} s of {}",
            self.subject(probed),
            failing.headline
        );
        self.push(
            Event::ProbeRecovered,
            message,
            probed,
            fields.after_failure(failing, seconds),
        );
    }

    /// A family that had no address has one now, or an address is one of the target no more.
    fn log_address_gone(&mut self, missing_address: &ProbedAddress, failing: OngoingFailure) {
        if missing_address.address.is_none() {
            return self.log_recovery(missing_address, Fields::default(), failing);
        }
        let seconds = self.seconds_since(failing.since);
        let message = format!(
            "no longer probed: {}: failed with {}",
            self.subject(missing_address),
            failing.headline
        );
        self.push(
            Event::ProbeAddressGone,
            message,
            missing_address,
            Fields::default().after_failure(failing, seconds),
        );
    }

    fn log_status_change(
        &mut self,
        probed: &ProbedAddress,
        server: &ServerReport,
        previous: SecurityStatus,
        current: SecurityStatus,
    ) {
        let reason_text = current
            .reason()
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        let (was, is) = (previous.as_str(), current.as_str());
        let message = format!(
            "status changed: {}: {is}{reason_text}, until now {was}",
            self.subject(probed)
        );
        let fields = Fields {
            previous_status: Some(was.to_owned()),
            ..server_fields(server)
        };
        self.push(Event::StatusChanged, message, probed, fields);
    }

    fn check_inconsistencies(
        &mut self,
        zone: &ZoneReport,
        before: &[InconsistencyIdentity],
    ) -> Vec<InconsistencyIdentity> {
        let mut now: Vec<InconsistencyIdentity> = Vec::new();
        for difference in &zone.differences {
            let identity = InconsistencyIdentity::of(difference);
            // The glue of each host name is a difference of its own, and all of them are one here.
            if now.contains(&identity) {
                continue;
            }
            if !before.contains(&identity) {
                self.log_inconsistency(
                    Event::DifferenceAppeared,
                    &identity,
                    Some(&difference.detail),
                );
            }
            now.push(identity);
        }
        for identity in before {
            if now.contains(identity) {
                continue;
            }
            if identity.was_observable(zone) {
                self.log_inconsistency(Event::DifferenceGone, identity, None);
            } else {
                now.push(identity.clone());
            }
        }
        now
    }

    fn log_inconsistency(
        &mut self,
        event: Event,
        identity: &InconsistencyIdentity,
        detail: Option<&str>,
    ) {
        let zone = self.report.zone();
        let kind = identity.what.as_str();
        let server = identity
            .nameserver
            .as_ref()
            .map(|nameserver| format!(" at {nameserver}"))
            .unwrap_or_default();
        let address = identity
            .address
            .map(|address| format!(" ({address})"))
            .unwrap_or_default();
        let verb = if detail.is_some() {
            "differs"
        } else {
            "differs no more"
        };
        let message = format!("{verb}: {zone} {kind}{server}{address}");
        let fields = Fields {
            nameserver: identity.nameserver.clone(),
            family: identity.family.map(|family| family.as_str().to_owned()),
            address: identity.address.map(|address| address.to_string()),
            what: Some(kind.to_owned()),
            detail: detail.map(ToOwned::to_owned),
            ..probe_fields(self.report)
        };
        self.entries.push(LogEntry {
            event,
            message,
            fields,
        });
    }

    fn push(&mut self, event: Event, message: String, probed: &ProbedAddress, fields: Fields) {
        let Fields {
            zone,
            target: _,
            nameserver: _,
            name,
            qtype,
            module,
            ..
        } = probe_fields(self.report);
        let nameserver = probed.nameserver.clone();
        let target = match self.report.subject() {
            Subject::Target(report) => Some(report.target.clone()),
            Subject::Zone(_) => None,
        };
        let family = Some(probed.family.as_str().to_owned());
        let address = probed.address.map(|address| address.to_string());
        let fields = Fields {
            zone,
            target,
            nameserver,
            name,
            qtype,
            module,
            family,
            address,
            ..fields
        };
        self.entries.push(LogEntry {
            event,
            message,
            fields,
        });
    }

    /// What it is about, for a person.
    fn subject(&self, probed: &ProbedAddress) -> String {
        let asked = match self.report.subject() {
            Subject::Target(report) if report.name == report.zone => {
                format!("{} {}", report.zone, report.qtype)
            }
            Subject::Target(report) => {
                format!("{} {} of {}", report.name, report.qtype, report.zone)
            }
            Subject::Zone(report) => report.zone.to_string(),
        };
        let address = probed.address.map_or_else(
            || probed.family.as_str().to_owned(),
            |address| address.to_string(),
        );
        let server = match self.report.subject() {
            Subject::Target(report) => Some(&report.target),
            Subject::Zone(_) => probed.nameserver.as_ref(),
        };
        format!(
            "{asked} at {} ({address})",
            server.map(String::as_str).unwrap_or_default()
        )
    }

    fn seconds_since(&self, since: Timestamp) -> u64 {
        // A clock that was set back makes it no longer than nothing.
        u64::try_from(report_time(self.report).0 - since.0).unwrap_or_default()
    }
}

impl Fields {
    fn after_failure(self, failing: OngoingFailure, seconds: u64) -> Self {
        let previous_reason = Some(failing.headline.to_string());
        Self {
            previous_reason,
            failed_seconds: Some(seconds),
            ..self
        }
    }
}

impl InconsistencyIdentity {
    fn of(difference: &Inconsistency) -> Self {
        let Inconsistency {
            what,
            nameserver,
            family,
            address,
            detail: _,
        } = difference;
        Self {
            what: *what,
            nameserver: nameserver.clone(),
            family: *family,
            address: *address,
        }
    }

    /// Whether the report could have shown it: a server that is silent agrees with nobody. Of a nameserver or an address that
    /// is no longer asked nothing more will be told.
    fn was_observable(&self, zone: &ZoneReport) -> bool {
        let (agreement, parent) = (zone.agreement, zone.parent.as_ref());
        let nameserver = zone
            .nameservers
            .iter()
            .find(|known| Some(&known.name) == self.nameserver.as_ref());
        let address = nameserver.and_then(|known| {
            known
                .addresses
                .iter()
                .find(|reported| reported.server.address == self.address)
        });
        let is_asked = (self.nameserver.is_none() || nameserver.is_some())
            && (self.address.is_none() || address.is_some());
        let answers = address.is_some_and(AddressReport::is_answering);
        !is_asked
            || match self.what {
                InconsistencyKind::Serial => {
                    let addresses = zone.nameservers.iter().flat_map(|known| &known.addresses);
                    answers
                        && addresses
                            .filter(|address| address.serial().is_some())
                            .count()
                            > 1
                }
                InconsistencyKind::Ns => answers && agreement.ns_equal.is_some(),
                InconsistencyKind::Dnskey => answers && agreement.dnskeys_equal.is_some(),
                InconsistencyKind::Cds => answers && agreement.cds_equal.is_some(),
                InconsistencyKind::Name => answers,
                InconsistencyKind::Transport => {
                    address.is_some_and(|address| address.transports_equal.is_some())
                }
                InconsistencyKind::Nsid => {
                    nameserver.is_some_and(|known| known.nsid_equal.is_some())
                }
                InconsistencyKind::ConfiguredNs => agreement.configured_ns_equal.is_some(),
                InconsistencyKind::ParentNs => agreement.parent_ns_equal.is_some(),
                InconsistencyKind::Glue => agreement.glue_equal.is_some(),
                InconsistencyKind::ParentDelegation => {
                    parent.is_some_and(|parent| parent.result.is_some())
                }
                InconsistencyKind::ParentServers => agreement.parent_servers_equal.is_some(),
                InconsistencyKind::ParentUnknownNs | InconsistencyKind::ParentMissingNs => {
                    agreement.parent_ns_equal.is_some()
                }
                InconsistencyKind::NsName
                | InconsistencyKind::NsAddress
                | InconsistencyKind::NsLame => parent.is_some_and(|parent| {
                    let mut hosts = parent.hosts.iter();
                    !parent.hosts.is_empty()
                        && hosts.all(|host| host.result != NsHostResult::Unknown)
                }),
            }
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
