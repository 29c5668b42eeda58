//! What DNSSEC makes of an address, for an operator: the status in words, then a table each of RRsets, proofs, anchors and keys.

use super::formatting::{printable, relative_time, with_ede};
use super::table::{Table, empty_cell, or_empty_cell};
use crate::dns::Timestamp;
use crate::reason::Reason;
use crate::report::{
    AnchorReport, DenialKind, DenialReport, DnssecReport, KeyReport, RrsetReport, RrsigReport,
    Validity,
};

pub(super) fn status_text(dnssec: &DnssecReport, at: Timestamp) -> String {
    let reason = dnssec
        .status_reason
        .map(|reason| format!(", {}", with_ede(reason)))
        .unwrap_or_default();
    let detail = dnssec
        .status_detail
        .as_ref()
        .map(|detail| format!("; {}", printable(detail)))
        .unwrap_or_default();
    let signatures = match (dnssec.signed, dnssec.signatures_valid) {
        (false, _) => "the zone is unsigned",
        (true, Some(true)) => "every signature needed verifies",
        (true, Some(false)) => "the signatures do not hold",
        (true, None) => "whether the signatures hold could not be told",
    };
    let horizon = match dnssec.earliest_expiration {
        Some(horizon) => format!(
            "; first to expire {horizon}, {}",
            relative_time(horizon, at)
        ),
        None => String::new(),
    };
    format!(
        "{}{reason}{detail}; {signatures}{horizon}",
        dnssec.status.as_str()
    )
}

pub(super) fn rrsets(dnssec: &DnssecReport, at: Timestamp) -> Table {
    let mut table = Table::new(&[
        "RRset",
        "over",
        "verdict",
        "key",
        "algorithm",
        "expires",
        "",
        "signature",
    ]);
    for rrset in &dnssec.rrsets {
        let mut rrset_cells = [
            rrset_name(rrset),
            rrset.transport.as_str().to_owned(),
            validity_text(rrset.held, rrset.reason),
        ];
        if rrset.rrsigs.is_empty() {
            table.add_row(
                rrset_cells
                    .into_iter()
                    .chain(std::array::from_fn::<_, 5, _>(|_| empty_cell())),
            );
            continue;
        }
        for rrsig in &rrset.rrsigs {
            // What is the RRset's own stands beside its first signature alone.
            table.add_row(
                std::mem::take(&mut rrset_cells)
                    .into_iter()
                    .chain(signature(rrsig, at)),
            );
        }
    }
    table
}

fn signature(rrsig: &RrsigReport, at: Timestamp) -> [String; 5] {
    let RrsigReport {
        key_tag,
        algorithm,
        expiration,
        ..
    } = rrsig;
    [
        key_tag.to_string(),
        algorithm.to_string(),
        expiration.to_string(),
        relative_time(*expiration, at),
        validity_text(rrsig.held, rrsig.reason),
    ]
}

/// Owner and type, and the wildcard that the owner was made from.
pub(super) fn rrset_name(rrset: &RrsetReport) -> String {
    let expanded = rrset
        .wildcard
        .as_ref()
        .map(|wildcard| format!(" (from {wildcard})"));
    format!(
        "{} {}{}",
        rrset.owner,
        rrset.rtype,
        expanded.unwrap_or_default()
    )
}

/// The reason, where there is one: it says more than that something failed.
fn validity_text(validity: Validity, reason: Option<Reason>) -> String {
    match (validity, reason) {
        (Validity::Valid, _) => "valid".to_owned(),
        (Validity::Invalid | Validity::Undecided, Some(reason)) => with_ede(reason),
        (Validity::Invalid, None) => "invalid".to_owned(),
        (Validity::Undecided, None) => "undecided".to_owned(),
    }
}

pub(super) fn denials(denials: &[DenialReport]) -> Table {
    let mut table = Table::new(&["denied", "over", "verdict", "proof"]);
    for denial in denials {
        let DenialReport {
            name,
            rtype,
            transport,
            ..
        } = denial;
        let denied = match denial.kind {
            DenialKind::Nxdomain => name.to_string(),
            DenialKind::Nodata => format!("{name} {rtype}"),
            DenialKind::Wildcard => format!("closer to {name}"),
        };
        let opt_out = if denial.opt_out { " (opt-out)" } else { "" };
        let proof = denial
            .proof
            .map(|proof| format!("{proof}{opt_out}"))
            .or(denial.missing.map(str::to_owned));
        table.add_row([
            denied,
            transport.as_str().to_owned(),
            validity_text(denial.held, denial.reason),
            or_empty_cell(proof),
        ]);
    }
    table
}

pub(super) fn anchors(anchors: &[AnchorReport]) -> Table {
    let mut table = Table::new(&["anchor or DS", "algorithm", "digest", "fits a key"]);
    for anchor in anchors {
        let AnchorReport {
            key_tag,
            algorithm,
            digest_type,
            matched,
            record: _,
        } = anchor;
        let kind = if digest_type.is_some() {
            "DS"
        } else {
            "DNSKEY"
        };
        let fits = matched.map(|matched| if matched { "yes" } else { "no" });
        table.add_row([
            format!("{kind} {key_tag}"),
            algorithm.to_string(),
            or_empty_cell(*digest_type),
            or_empty_cell(fits),
        ]);
    }
    table
}

pub(super) fn keys(keys: &[KeyReport]) -> Table {
    let mut table = Table::new(&["key", "role", "flags", "algorithm", "bits"]);
    for key in keys {
        let bits = or_empty_cell(key.bits);
        let [tag, flags, algorithm] = [
            key.key_tag.to_string(),
            key.flags.to_string(),
            key.algorithm.to_string(),
        ];
        table.add_row([tag, key.role.as_str().to_owned(), flags, algorithm, bits]);
    }
    table
}
