//! Whether what one server denies fits what it answers, over all of its answers.

use std::collections::HashSet;

use super::ValidationContext;
use super::rrsets::AssessedRrset;
use crate::assess::answer::AcceptedAnswer;
use crate::dns::{Edns, Message, Name, RrType, Section, Soa};
use crate::dnssec::{ExistingRrset, Proofs, find_denial_of, find_inconsistency};
use crate::reason::{Failure, Reason};

/// RRsets that are compared with the proofs: a probe asks for a handful.
const MAX_RRSETS_COMPARED: usize = 32;

/// One answer with its RRsets.
pub(super) type JudgedAnswer<'a, 'e> = (&'a AcceptedAnswer<'e>, &'a [AssessedRrset<'e>]);

/// What the zone signed and what contradicts it. Answers of different versions of the zone, or of different machines behind one
/// address, are compared each with itself alone: a name may have come or gone in between.
pub(super) fn find_contradictions(
    answers: &[JudgedAnswer<'_, '_>],
    context: &mut ValidationContext<'_>,
) -> Vec<Failure> {
    if is_one_version(answers, &context.keys.zone) {
        return contradictions_within(answers, context);
    }
    answers
        .chunks(1)
        .flat_map(|answer| contradictions_within(answer, context))
        .collect()
}

/// Whether every SOA and every ZONEVERSION has one serial and every response comes from one NSID.
fn is_one_version(answers: &[JudgedAnswer<'_, '_>], zone: &Name) -> bool {
    let messages = || answers.iter().map(|(answer, _)| answer.message);
    let versions = answers
        .iter()
        .filter_map(|(answer, _)| answer.zone_version(zone));
    let serials: HashSet<_> = messages()
        .filter_map(|message| soa_of(message, zone))
        .map(|soa| soa.serial.0)
        .chain(versions.map(|serial| serial.0))
        .collect();
    let nsids: HashSet<_> = messages()
        .filter_map(|message| message.edns.as_ref())
        .filter_map(Edns::nsid_text)
        .collect();
    serials.len() <= 1 && nsids.len() <= 1
}

/// The zone's SOA in the answer or beside a denial.
fn soa_of(message: &Message, zone: &Name) -> Option<Soa> {
    let records = [Section::Answer, Section::Authority]
        .into_iter()
        .flat_map(|section| message.section(section));
    let mut soas = records.filter(|record| record.rtype == RrType::SOA && record.owner == *zone);
    Soa::read(message, soas.next()?).ok()
}

fn contradictions_within(
    answers: &[JudgedAnswer<'_, '_>],
    context: &mut ValidationContext<'_>,
) -> Vec<Failure> {
    let verified = || {
        let rrsets = answers.iter().flat_map(|(_, rrsets)| rrsets.iter());
        rrsets.filter_map(AssessedRrset::verified)
    };
    let zone = &context.keys.zone;
    let proofs = Proofs::new(zone, verified());
    if proofs.is_empty() {
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let existing = verified()
        .filter(|(rrset, _)| !matches!(rrset.rtype, RrType::NSEC | RrType::NSEC3))
        .map(|(rrset, verified)| ExistingRrset {
            owner: rrset.owner,
            wildcard: verified.wildcard(),
            rtype: rrset.rtype,
        })
        .filter(|existing| seen.insert(*existing))
        .take(MAX_RRSETS_COMPARED);
    let budget = &mut context.budget;
    let denied = existing.filter_map(|existing| {
        let denial = find_denial_of(&proofs, existing, budget)?;
        let ExistingRrset { owner, rtype, .. } = existing;
        let detail = format!("{owner} {rtype} is answered, and {denial}");
        Some(Failure::new(Reason::DenialContradictsData, detail))
    });
    let denied: Vec<_> = denied.collect();
    let inconsistent = find_inconsistency(&proofs).map(|inconsistency| {
        let detail = format!("{zone}: {inconsistency}");
        Failure::new(Reason::DenialChainInconsistent, detail)
    });
    denied.into_iter().chain(inconsistent).collect()
}

#[cfg(test)]
#[path = "contradictions_tests.rs"]
mod tests;
