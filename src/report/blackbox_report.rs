//! What blackbox_exporter measures, of a module that asks as it does.

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;

use super::TargetReport;
use crate::config::as_seconds;

/// The result of one probe by blackbox_exporter's rules.
#[derive(Debug, Serialize)]
pub struct BlackboxReport {
    /// What a probe of one target reports; it has one server, and nothing of DNSSEC.
    #[serde(flatten)]
    pub report: TargetReport,
    /// What blackbox_exporter would have measured.
    pub blackbox: BlackboxMeasurements,
}

/// One exchange as blackbox_exporter counts it: what was not measured is 0 there, and so it is here.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BlackboxMeasurements {
    /// The one address that was asked.
    pub address: Option<IpAddr>,
    /// Looking up the target.
    #[serde(rename = "lookup_seconds", serialize_with = "as_seconds")]
    pub lookup: Duration,
    /// Setting up the connection.
    #[serde(rename = "connect_seconds", serialize_with = "as_seconds")]
    pub connect: Duration,
    /// From sending the query to its response, or to the end of the wait.
    #[serde(rename = "request_seconds", serialize_with = "as_seconds")]
    pub request: Duration,
    /// Whether a response came that can be read.
    pub query_succeeded: bool,
    /// Records in the answer, authority and additional sections.
    pub rrs: [u16; 3],
    /// The serial of the last SOA of the answer, 0 if it holds none; absent where none was asked for, or no response came.
    pub serial: Option<u32>,
}
