//! What a report says, as fields of the log.

use super::event::Fields;
use crate::dns::Timestamp;
use crate::dnssec::SecurityStatus;
use crate::reason::Failure;
use crate::report::{AnyReport, ServerReport, Subject};

pub(super) const fn report_time(report: &AnyReport) -> Timestamp {
    match report.subject() {
        Subject::Target(report) => report.at,
        Subject::Zone(report) => report.at,
    }
}

/// What the probe was.
pub(super) fn probe_fields(report: &AnyReport) -> Fields {
    let (name, module) = match report.subject() {
        Subject::Target(report) => (Some(report.name.to_string()), &report.module),
        Subject::Zone(report) => (None, &report.module),
    };
    Fields {
        zone: Some(report.zone().to_string()),
        name,
        qtype: Some(report.qtype().to_string()),
        module: Some(module.clone()),
        ..Fields::default()
    }
}

/// What an address answered.
pub(super) fn server_fields(server: &ServerReport) -> Fields {
    let transports = server
        .transports
        .iter()
        .map(|report| report.transport.as_str().to_owned());
    let rcodes = server
        .transports
        .iter()
        .filter_map(|report| Some(report.response.as_ref()?.rcode.to_string()));
    let status = server.dnssec.as_ref().map(|dnssec| dnssec.status);
    Fields {
        transport: join_unique(transports),
        rcode: join_unique(rcodes),
        status: status.map(|status| status.as_str().to_owned()),
        status_reason: status
            .and_then(SecurityStatus::reason)
            .map(|reason| reason.to_string()),
        ..Fields::default()
    }
}

pub(super) fn failure_fields(server: &ServerReport, headline: &Failure) -> Fields {
    let mut reasons: Vec<_> = server
        .failures
        .iter()
        .map(|failure| failure.reason)
        .collect();
    reasons.sort_unstable();
    Fields {
        reason: Some(headline.reason.to_string()),
        info_code: headline.reason.info_code().map(|code| u64::from(code.0)),
        reasons: join_unique(reasons.iter().map(ToString::to_string)),
        detail: Some(headline.detail.clone()),
        ..server_fields(server)
    }
}

fn join_unique(names: impl Iterator<Item = String>) -> Option<String> {
    let mut unique: Vec<String> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    (!unique.is_empty()).then(|| unique.join(","))
}
