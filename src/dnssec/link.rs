//! One answer of the resolver, judged: the keys of a zone, or whether a zone begins at a name. Pure.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::Arc;

use crate::dns::{Class, Ds, Message, Name, Rcode, RrType, Rrset, Rrsig, Section, Timestamp};
use crate::dnssec::{
    self, Budget, DenialError, Dnskeys, DsAbsence, Proofs, RrsetVerdict, SecurityStatus,
    TrustAnchor, VerifiedRrset, validate_dnskeys,
};
use crate::reason::Reason;

/// A link that is kept no longer than this, whatever its TTL: a monitor should see a change soon, and the resolver has
/// a cache of its own.
const MAX_CACHE_SECONDS: u32 = 900;
/// Octets of the largest answer that is kept: the keys of a zone in a rollover of RSA need half of it, and who owns the zones
/// that are asked for must not fill the memory with them.
const MAX_CACHED_OCTETS: usize = 4096;
/// How long a failure is remembered, so that a dead resolver is not asked by every probe (RFC 9520 section 3.2).
const FAILURE_CACHE_SECONDS: u32 = 5;

/// What the parent's side says of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainOutcome {
    /// The zone's keys are held against these.
    Signed(Arc<[TrustAnchor]>),
    /// It does not lead to keys.
    Ended(ChainEnd),
}

/// Why a chain does not lead to a zone's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEnd {
    /// Whether it is proven that nothing below can be validated; else it could not be told, by no fault of the zone's servers.
    pub insecure: bool,
    /// Why.
    pub reason: Reason,
    /// At which name.
    pub at: Name,
    /// What was seen, for a person.
    pub detail: Arc<str>,
}

impl ChainEnd {
    /// Whether it is proven that the parent has no DS for `zone` itself.
    pub fn proves_no_ds(&self, zone: &Name) -> bool {
        self.insecure && self.reason == Reason::InsecureDelegation && self.at == *zone
    }

    /// Where nobody is configured who could be asked for the links from `start` down to `zone`.
    pub fn no_resolver(zone: &Name, start: &Name) -> Self {
        let detail = format!(
            "the closest trust anchor is that of {start}, and there is no resolver to follow the chain from there (trust.resolver)"
        );
        Self::indeterminate(zone, Reason::NoTrustAnchor, detail)
    }

    pub(crate) fn insecure(at: &Name, reason: Reason, detail: impl Into<Arc<str>>) -> Self {
        Self {
            insecure: true,
            reason,
            at: at.clone(),
            detail: detail.into(),
        }
    }

    pub(crate) fn indeterminate(at: &Name, reason: Reason, detail: impl Into<Arc<str>>) -> Self {
        Self {
            insecure: false,
            reason,
            at: at.clone(),
            detail: detail.into(),
        }
    }
}

/// Whether a zone begins at a name.
#[derive(Clone, Debug)]
pub(crate) enum ZoneCut {
    /// It does, and this is its DS RRset.
    Signed(Arc<[TrustAnchor]>),
    /// It does not.
    None,
}

/// What an answer shows, and until when that may be kept.
pub(crate) struct CacheableLink<T> {
    pub(crate) result: Result<T, ChainEnd>,
    pub(crate) until: Timestamp,
}

impl<T> CacheableLink<T> {
    pub(crate) fn failed(end: ChainEnd, at: Timestamp) -> Self {
        // What one probe had no budget for, the next may have.
        let until = if end.reason == Reason::ValidationLimitReached {
            at
        } else {
            add_seconds(at, FAILURE_CACHE_SECONDS)
        };
        Self {
            result: Err(end),
            until,
        }
    }

    /// `what` does not verify, for `reason`.
    fn unverified(name: &Name, subject: impl Display, reason: Reason, at: Timestamp) -> Self {
        let shown_reason = match reason {
            Reason::ValidationLimitReached => reason,
            _ => Reason::ChainBroken,
        };
        Self::failed(
            ChainEnd::indeterminate(name, shown_reason, format!("{subject}: {reason}")),
            at,
        )
    }

    fn chain_broken(name: &Name, detail: impl Display, at: Timestamp) -> Self {
        Self::failed(
            ChainEnd::indeterminate(name, Reason::ChainBroken, detail.to_string()),
            at,
        )
    }
}

fn add_seconds(at: Timestamp, seconds: u32) -> Timestamp {
    Timestamp(at.0 + i64::from(seconds))
}

/// No longer than the TTLs of these RRsets and of their signatures, nor than those that were signed, for the others are
/// the resolver's word (RFC 4035 section 5.3.3).
fn ttl_expiry<'r, 'm: 'r>(
    rrsets: impl IntoIterator<Item = &'r Rrset<'m>>,
    at: Timestamp,
) -> Timestamp {
    let ttls = rrsets.into_iter().flat_map(|rrset| {
        let zero_if_too_large = (rrset.message.octets().len() > MAX_CACHED_OCTETS).then_some(0);
        let received = rrset
            .records
            .iter()
            .chain(&rrset.rrsigs)
            .map(|record| record.ttl);
        let signatures = rrset
            .rrsigs
            .iter()
            .filter_map(|record| Rrsig::read_in(rrset.message, record).ok());
        received
            .chain(signatures.map(|rrsig| rrsig.original_ttl))
            .chain(zero_if_too_large)
    });
    add_seconds(at, ttls.min().unwrap_or(0).min(MAX_CACHE_SECONDS))
}

/// The keys of `zone`, if one that an anchor fits has signed them.
pub(crate) fn validate_keys(
    message: &Message,
    zone: &Name,
    anchors: &[TrustAnchor],
    at: Timestamp,
    budget: &mut Budget,
) -> CacheableLink<Arc<Dnskeys>> {
    let rrsets = Rrset::group(message, Section::Answer);
    let (rrset, keys) = Dnskeys::find_in(zone, &rrsets);
    let validation = validate_dnskeys(rrset, &keys, anchors, at, budget);
    let ttl_expiry = || ttl_expiry(rrset, at);
    let describe = |reason: Reason| format!("{zone} DNSKEY: {reason}");
    match validation.status {
        SecurityStatus::Secure => {
            let until = validation
                .expiration
                .map_or(ttl_expiry(), |expiration| expiration.min(ttl_expiry()));
            CacheableLink {
                result: Ok(Arc::new(keys)),
                until,
            }
        }
        SecurityStatus::Insecure(reason) => CacheableLink {
            result: Err(ChainEnd::insecure(zone, reason, describe(reason))),
            until: ttl_expiry(),
        },
        SecurityStatus::Bogus(reason) => CacheableLink::chain_broken(zone, describe(reason), at),
        SecurityStatus::Indeterminate(reason) => {
            CacheableLink::failed(ChainEnd::indeterminate(zone, reason, describe(reason)), at)
        }
    }
}

/// Whether a zone begins at `name`, and with which DS RRset, by the `keys` of the zone above.
pub(crate) fn validate_cut(
    message: &Message,
    name: &Name,
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> CacheableLink<ZoneCut> {
    let rrsets = Rrset::group(message, Section::Answer);
    let find_rrset = |rtype| {
        rrsets
            .iter()
            .find(|rrset| rrset.rtype == rtype && rrset.owner == name && rrset.class == Class::IN)
    };
    match (find_rrset(RrType::DS), find_rrset(RrType::CNAME)) {
        (Some(ds), _) => validate_signed_cut(ds, name, keys, at, budget),
        (None, Some(cname)) => validate_alias(cname, name, keys, at, budget),
        (None, None) => validate_unsigned_cut(message, name, keys, at, budget),
    }
}

/// RFC 2181 section 10.1: where a CNAME stands no zone begins. One made from a wildcard need not stand there.
fn validate_alias(
    rrset: &Rrset<'_>,
    name: &Name,
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> CacheableLink<ZoneCut> {
    match verify_rrset(rrset, keys, at, budget) {
        Ok((verified, _)) if verified.wildcard().is_some() => CacheableLink::chain_broken(
            name,
            format_args!("{name} CNAME: expanded from a wildcard"),
            at,
        ),
        Ok((_, expiration)) => CacheableLink {
            result: Ok(ZoneCut::None),
            until: expiration.min(ttl_expiry([rrset], at)),
        },
        Err(reason) => CacheableLink::unverified(name, format_args!("{name} CNAME"), reason, at),
    }
}

fn validate_signed_cut(
    rrset: &Rrset<'_>,
    name: &Name,
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> CacheableLink<ZoneCut> {
    let expiration = match verify_rrset(rrset, keys, at, budget) {
        Ok((verified, _)) if verified.wildcard().is_some() => {
            return CacheableLink::chain_broken(
                name,
                format_args!("{name} DS: expanded from a wildcard"),
                at,
            );
        }
        Ok((_, expiration)) => expiration,
        Err(reason) => {
            return CacheableLink::unverified(
                name,
                format_args!("{name} DS, by the keys of {}", keys.zone),
                reason,
                at,
            );
        }
    };
    let mut seen = HashSet::new();
    let unique_rdatas = rrset.rdatas().filter(|&rdata| seen.insert(rdata));
    let anchors: Result<Vec<_>, _> = unique_rdatas
        .map(|rdata| Ds::read(rdata).map(TrustAnchor::Ds))
        .collect();
    match anchors {
        Ok(anchors) => {
            let until = expiration.min(ttl_expiry([rrset], at));
            CacheableLink {
                result: Ok(ZoneCut::Signed(anchors.into())),
                until,
            }
        }
        Err(error) => CacheableLink::chain_broken(name, format_args!("{name} DS: {error}"), at),
    }
}

/// No DS: by its proof either an insecure delegation or no delegation at all.
fn validate_unsigned_cut(
    message: &Message,
    name: &Name,
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> CacheableLink<ZoneCut> {
    let (proofs, until, is_over_limit) = verify_proofs(message, keys, at, budget);
    let zone = &keys.zone;
    let insecure = |reason, detail| CacheableLink {
        result: Err(ChainEnd::insecure(name, reason, detail)),
        until,
    };
    let proof = if message.rcode == Rcode::NXDOMAIN {
        dnssec::prove_nxdomain(&proofs, name, budget).map(|denial| denial.opt_out.then_some(()))
    } else {
        dnssec::prove_no_ds(&proofs, name, budget).map(|no_ds| match no_ds {
            DsAbsence::InsecureDelegation { .. } => Some(()),
            DsAbsence::NotADelegation => None,
        })
    };
    match proof {
        Ok(Some(())) => insecure(
            Reason::InsecureDelegation,
            format!("{zone} proves that {name} has no DS"),
        ),
        Ok(None) if message.rcode == Rcode::NXDOMAIN => CacheableLink::chain_broken(
            name,
            format_args!("{zone} proves that {name} does not exist"),
            at,
        ),
        Ok(None) => CacheableLink {
            result: Ok(ZoneCut::None),
            until,
        },
        // RFC 9276 section 3.2: validators treat what they would have to iterate too long for as insecure.
        Err(DenialError {
            reason: reason @ Reason::UnsupportedNsec3Iterations,
            detail,
        }) => insecure(reason, format!("{name} DS, denied by {zone}: {detail}")),
        // A proof that was not looked at may be the one that is missing.
        Err(DenialError { reason, .. })
            if is_over_limit || reason == Reason::ValidationLimitReached =>
        {
            let subject = format_args!("{name} DS, denied by {zone}");
            CacheableLink::unverified(name, subject, Reason::ValidationLimitReached, at)
        }
        Err(DenialError { detail, .. }) => CacheableLink::chain_broken(
            name,
            format_args!("{name} DS, denied by {zone}: {detail}"),
            at,
        ),
    }
}

/// The proofs of a response, until when they may be kept, and whether the budget ended before all were verified.
fn verify_proofs(
    message: &Message,
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> (Proofs, Timestamp, bool) {
    let mut is_over_limit = false;
    let rrsets = Rrset::group(message, Section::Authority);
    let is_proof = |rrset: &&Rrset<'_>| matches!(rrset.rtype, RrType::NSEC | RrType::NSEC3);
    let verified_proofs: Vec<_> = rrsets
        .iter()
        .filter(is_proof)
        .filter_map(|rrset| {
            let verified = verify_rrset(rrset, keys, at, budget);
            is_over_limit |= verified == Err(Reason::ValidationLimitReached);
            Some((rrset, verified.ok()?))
        })
        .collect();
    let proofs = Proofs::new(
        &keys.zone,
        verified_proofs
            .iter()
            .map(|(rrset, (verified, _))| (*rrset, verified)),
    );
    let expiration = verified_proofs
        .iter()
        .map(|(_, (_, expiration))| *expiration)
        .min()
        .unwrap_or(at);
    let until = expiration.min(ttl_expiry(&rrsets, at));
    (proofs, until, is_over_limit)
}

fn verify_rrset(
    rrset: &Rrset<'_>,
    keys: &Dnskeys,
    at: Timestamp,
    budget: &mut Budget,
) -> Result<(VerifiedRrset, Timestamp), Reason> {
    let validation = dnssec::validate_rrset(rrset, keys, at, budget);
    match validation.verdict {
        RrsetVerdict::Valid(verified) => Ok((verified, validation.expiration.unwrap_or(at))),
        RrsetVerdict::Invalid(reason) | RrsetVerdict::Undecided(reason) => Err(reason),
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
