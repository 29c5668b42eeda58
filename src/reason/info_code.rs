//! Wherever a reason stands, its Extended DNS Error stands beside it (RFC 8914; null where that has none).

use serde::{Serialize, Serializer};

use super::Reason;

#[derive(Serialize)]
struct ReasonFields {
    reason: Option<Reason>,
    info_code: Option<u16>,
}

#[derive(Serialize)]
struct StatusFields {
    status_reason: Option<Reason>,
    status_info_code: Option<u16>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
pub(crate) fn serialize_reason<S: Serializer>(
    reason: &Reason,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serialize_optional_reason(&Some(*reason), serializer)
}

#[allow(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
pub(crate) fn serialize_optional_reason<S: Serializer>(
    reason: &Option<Reason>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    ReasonFields {
        reason: *reason,
        info_code: info_code(*reason),
    }
    .serialize(serializer)
}

#[allow(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
pub(crate) fn serialize_status_reason<S: Serializer>(
    reason: &Option<Reason>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    StatusFields {
        status_reason: *reason,
        status_info_code: info_code(*reason),
    }
    .serialize(serializer)
}

fn info_code(reason: Option<Reason>) -> Option<u16> {
    reason?.info_code().map(|code| code.0)
}
