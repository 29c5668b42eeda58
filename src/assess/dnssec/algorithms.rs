//! Warnings about the algorithms that a zone is signed with.

use std::collections::BTreeSet;

use crate::dns::{Algorithm, DigestType};
use crate::dnssec::{ChainOutcome, Dnskeys, TrustAnchor};
use crate::reason::{Warning, WarningKind};
use crate::report::RrsetReport;

/// Keys or DS records that a warning lists.
const MAX_KEYS_LISTED: usize = 8;

pub(super) fn warnings(
    keys: &Dnskeys,
    rrsets: &[RrsetReport],
    chain_outcome: Option<&ChainOutcome>,
) -> Vec<Warning> {
    let of_keys = sha_1_keys(keys);
    let of_ds = chain_outcome.and_then(sha_1_ds);
    of_keys
        .into_iter()
        .chain(of_ds)
        .chain(incomplete_algorithms(keys, rrsets))
        .collect()
}

/// RFC 9905: some validators no longer verify RSA with SHA-1, and the zone is insecure to them.
fn sha_1_keys(keys: &Dnskeys) -> Option<Warning> {
    const SHA_1: [Algorithm; 2] = [Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1];
    let tags = keys
        .keys
        .iter()
        .filter(|key| SHA_1.contains(&key.algorithm))
        .map(|key| key.key_tag);
    warning_about_tags(WarningKind::Sha1Key, "DNSKEY", tags)
}

/// RFC 9905: a DS must not be made by SHA-1.
fn sha_1_ds(chain_outcome: &ChainOutcome) -> Option<Warning> {
    let ChainOutcome::Signed(anchors) = chain_outcome else {
        return None;
    };
    let tags = anchors.iter().filter_map(|anchor| match anchor {
        TrustAnchor::Ds(ds) if ds.digest_type == DigestType::SHA_1 => Some(ds.key_tag),
        TrustAnchor::Ds(_) | TrustAnchor::Dnskey(_) => None,
    });
    warning_about_tags(WarningKind::Sha1Ds, "DS", tags)
}

fn warning_about_tags(
    kind: WarningKind,
    subject: &str,
    tags: impl Iterator<Item = u16>,
) -> Option<Warning> {
    let tags: BTreeSet<_> = tags.collect();
    let listed: Vec<_> = tags
        .iter()
        .take(MAX_KEYS_LISTED)
        .map(ToString::to_string)
        .collect();
    (!listed.is_empty()).then(|| Warning::new(kind, format!("{subject} {}", listed.join(", "))))
}

/// RFC 4035 section 2.2: each algorithm of the DNSKEY RRset signs every RRset. One that signs none is a key that waits; RRsets
/// without any signature are a failure of their own.
fn incomplete_algorithms(keys: &Dnskeys, rrsets: &[RrsetReport]) -> impl Iterator<Item = Warning> {
    let algorithms: BTreeSet<_> = keys.keys.iter().map(|key| key.algorithm.0).collect();
    let is_alone = algorithms.len() < 2;
    let signed: Vec<_> = rrsets
        .iter()
        .filter(|rrset| !rrset.rrsigs.is_empty())
        .collect();
    algorithms
        .into_iter()
        .filter(move |_| !is_alone)
        .filter_map(move |number| {
            let algorithm = Algorithm(number);
            let is_signed_by = |rrset: &&&RrsetReport| {
                let mut rrsigs = rrset.rrsigs.iter();
                rrsigs.any(|rrsig| rrsig.algorithm == algorithm)
            };
            let missing = signed.iter().find(|rrset| !is_signed_by(rrset))?;
            let count = signed.iter().filter(is_signed_by).count();
            let detail = format!(
                "{algorithm} signs {count} of {} RRsets, not {} {}",
                signed.len(),
                missing.owner,
                missing.rtype
            );
            (count > 0).then(|| Warning::new(WarningKind::AlgorithmIncomplete, detail))
        })
}

#[cfg(test)]
#[path = "algorithms_tests.rs"]
mod tests;
