//! The RRsets of an answer that the zone must have signed, each judged.

use std::collections::HashSet;

use super::ValidationContext;
use crate::assess::answer::{self, AcceptedAnswer, AnswerKind};
use crate::dns::{Class, Name, RrType, Rrset, Rrsig, Section};
use crate::dnssec::{
    self, MAX_RRSETS_PER_ANSWER, RrsetValidation, RrsetVerdict, SignatureValidation,
    SignatureVerdict, VerifiedRrset,
};
use crate::reason::{Reason, Warning, WarningKind};
use crate::report::{RrsetReport, RrsigReport, Validity};

/// One RRset with its verdict.
pub(super) struct AssessedRrset<'m> {
    rrset: Rrset<'m>,
    validation: RrsetValidation,
    /// Whether it is part of the answer to the question. What is not is no ground for a verdict on the answer.
    is_needed: bool,
}

impl<'m> AssessedRrset<'m> {
    /// The RRset with the proof that it was verified, if it was.
    pub(super) fn verified(&self) -> Option<(&Rrset<'m>, &VerifiedRrset)> {
        match &self.validation.verdict {
            RrsetVerdict::Valid(verified) => Some((&self.rrset, verified)),
            RrsetVerdict::Invalid(_) | RrsetVerdict::Undecided(_) => None,
        }
    }

    /// Why it could not be told whether this is a proof: its signature cannot be checked, or the budget ended.
    pub(super) fn undecided_proof(&self) -> Option<Reason> {
        match self.validation.verdict {
            RrsetVerdict::Undecided(reason)
                if matches!(self.rrset.rtype, RrType::NSEC | RrType::NSEC3) =>
            {
                Some(reason)
            }
            RrsetVerdict::Valid(_) | RrsetVerdict::Invalid(_) | RrsetVerdict::Undecided(_) => None,
        }
    }

    /// Why this is not the proof that it was sent for: its signature does not verify.
    pub(super) fn invalid_proof(&self) -> Option<Reason> {
        match self.validation.verdict {
            RrsetVerdict::Invalid(reason)
                if matches!(self.rrset.rtype, RrType::NSEC | RrType::NSEC3) =>
            {
                Some(reason)
            }
            RrsetVerdict::Valid(_) | RrsetVerdict::Invalid(_) | RrsetVerdict::Undecided(_) => None,
        }
    }

    /// Whether the verdict on the answer rests on it, or could: an RRset that was not asked for counts if it verifies, or if the
    /// answer has more of them than anyone can look at.
    pub(super) fn counts(&self) -> bool {
        let is_beyond_limit = matches!(
            self.validation.verdict,
            RrsetVerdict::Undecided(Reason::ValidationLimitReached)
        );
        self.is_needed || self.verified().is_some() || is_beyond_limit
    }

    /// The warning about an RRset that was not asked for and does not verify.
    pub(super) fn warning(&self, answer: &AcceptedAnswer<'_>) -> Option<Warning> {
        match self.validation.verdict {
            RrsetVerdict::Invalid(reason) if !self.is_needed => {
                let (owner, rtype) = (self.rrset.owner, self.rrset.rtype);
                let transport = answer.transport.as_str();
                let detail = format!("{owner} {rtype} over {transport}: {reason}");
                Some(Warning::new(WarningKind::ExtraRrsetInvalid, detail))
            }
            RrsetVerdict::Valid(_) | RrsetVerdict::Invalid(_) | RrsetVerdict::Undecided(_) => None,
        }
    }

    pub(super) fn report(&self, answer: &AcceptedAnswer<'_>, zone: &Name) -> RrsetReport {
        rrset_report(&self.rrset, &self.validation, answer, zone)
    }
}

/// The RRset of the answer section that is said to lie in a child zone, past an alias: who says so is not checked, nor that
/// there is such a zone.
pub(super) fn find_in_child_zone<'a, 'm>(
    answer: &'a AcceptedAnswer<'m>,
    zone: &Name,
    child_apex: Option<&Name>,
) -> Option<&'a Rrset<'m>> {
    let mut rrsets = answer.rrsets.iter();
    let is_of_child = |rrset: &&Rrset<'_>| {
        is_data_within(rrset, zone)
            && !belongs_to_zone(rrset, &answer.question.name, zone, child_apex)
    };
    rrsets.find(is_of_child)
}

/// Judges what must be signed: all data of the zone in the answer section, and what proves a negative answer or a wildcard. What
/// was asked for comes first, so that nothing else takes its share of the budget.
pub(super) fn validate_rrsets<'m>(
    answer: &AcceptedAnswer<'m>,
    context: &mut ValidationContext<'_>,
) -> Vec<AssessedRrset<'m>> {
    let zone = &context.keys.zone;
    let is_negative = matches!(answer.kind, AnswerKind::Nxdomain | AnswerKind::Nodata);
    let proofs = if is_negative || answer.rrsets.iter().any(is_expanded) {
        Rrset::group(answer.message, Section::Authority)
    } else {
        Vec::new()
    };
    let needed = NeededRrsets::of(answer);
    let mut dname_count = 0;
    let (needed, extra): (Vec<_>, Vec<_>) = answer.rrsets.iter().partition(|rrset| {
        dname_count += usize::from(rrset.rtype == RrType::DNAME);
        needed.contains(rrset) && dname_count <= MAX_RRSETS_PER_ANSWER
    });
    let needed = needed
        .into_iter()
        .chain(proofs.iter().filter(|rrset| is_proof(rrset)));
    let rrsets: Vec<_> = needed
        .map(|rrset| (rrset, true))
        .chain(extra.into_iter().map(|rrset| (rrset, false)))
        .filter(|(rrset, _)| {
            belongs_to_zone(rrset, &answer.question.name, zone, context.child_apex)
        })
        // One past the limit tells that there are more.
        .take(MAX_RRSETS_PER_ANSWER + 1)
        .map(|(rrset, is_needed)| (rrset.clone(), is_needed))
        .collect();
    let dnames: Vec<_> = rrsets
        .iter()
        .map(|(rrset, _)| rrset)
        .filter(|rrset| may_synthesise_cnames(rrset, zone))
        .collect();
    let validations: Vec<Option<RrsetValidation>> = rrsets
        .iter()
        .enumerate()
        .map(|(index, (rrset, _))| {
            if index >= MAX_RRSETS_PER_ANSWER {
                return Some(RrsetValidation::over_limit());
            }
            validate_unless_synthesised(rrset, &dnames, context)
        })
        .collect();
    let validated = rrsets.into_iter().zip(validations);
    validated
        .filter_map(|((rrset, is_needed), validation)| {
            Some(AssessedRrset {
                rrset,
                validation: validation?,
                is_needed,
            })
        })
        .collect()
}

/// What belongs to an answer: what was asked for, and the CNAMEs and DNAMEs that lead there.
struct NeededRrsets<'a> {
    qtype: RrType,
    names: HashSet<&'a Name>,
}

impl<'a> NeededRrsets<'a> {
    fn of(answer: &'a AcceptedAnswer<'_>) -> Self {
        Self {
            qtype: answer.question.rtype,
            // Of more names than that, not all can be validated anyway.
            names: answer
                .names
                .iter()
                .take(MAX_RRSETS_PER_ANSWER + 1)
                .collect(),
        }
    }

    fn contains(&self, rrset: &Rrset<'_>) -> bool {
        let is_at_name = self.names.contains(rrset.owner);
        match rrset.rtype {
            RrType::CNAME => is_at_name,
            RrType::DNAME => self.names.iter().any(|name| name.is_within(rrset.owner)),
            rtype if rtype == self.qtype => is_at_name,
            _ => is_at_name && matches!(self.qtype, RrType::ANY | RrType::RRSIG),
        }
    }
}

/// Whether `rrset` says that it was made from a wildcard: a signature of fewer labels than the owner has.
fn is_expanded(rrset: &Rrset<'_>) -> bool {
    let labels = |record| Rrsig::read_in(rrset.message, record).map(|rrsig| rrsig.labels);
    rrset
        .rrsigs
        .iter()
        .any(|record| labels(record).is_ok_and(|labels| labels < rrset.owner.rrsig_label_count()))
}

/// What stands in the authority section to prove that something does not exist.
fn is_proof(rrset: &Rrset<'_>) -> bool {
    matches!(rrset.rtype, RrType::SOA | RrType::NSEC | RrType::NSEC3)
}

/// Whether `rrset` must be signed by the zone. A CNAME may lead out of it, upward, sideways, or into a child zone on the same
/// server. What stands at or above the name asked for is not a child's, whatever its signature says, unless the server has that
/// child zone: then validators look for the child's keys, or prove that it has none.
fn belongs_to_zone(
    rrset: &Rrset<'_>,
    asked_for: &Name,
    zone: &Name,
    child_apex: Option<&Name>,
) -> bool {
    is_data_within(rrset, zone)
        && (asked_for.is_within(rrset.owner) || !is_signed_by_child(rrset, zone))
        && !child_apex.is_some_and(|apex| is_in_child(rrset, apex, zone))
}

/// Whether `rrset` is data of the child zone `apex`. The DS there is the parent's, and so is what the parent has signed.
fn is_in_child(rrset: &Rrset<'_>, apex: &Name, zone: &Name) -> bool {
    let is_ds_of_child = rrset.rtype == RrType::DS && rrset.owner == apex;
    let is_signed_by_zone = || {
        rrset.rrsigs.iter().any(|record| {
            Rrsig::read_in(rrset.message, record).is_ok_and(|rrsig| rrsig.signer == *zone)
        })
    };
    rrset.owner.is_within(apex) && !is_ds_of_child && !is_signed_by_zone()
}

fn is_data_within(rrset: &Rrset<'_>, zone: &Name) -> bool {
    !rrset.records.is_empty() && rrset.class == Class::IN && rrset.owner.is_within(zone)
}

fn is_signed_by_child(rrset: &Rrset<'_>, zone: &Name) -> bool {
    let signers = rrset
        .rrsigs
        .iter()
        .map(|record| Rrsig::read_in(rrset.message, record).map(|rrsig| rrsig.signer));
    let is_child =
        |signer: Name| signer != *zone && signer.is_within(zone) && rrset.owner.is_within(&signer);
    !rrset.rrsigs.is_empty() && signers.into_iter().all(|signer| signer.is_ok_and(is_child))
}

/// `None` for a CNAME that a DNAME of the same answer makes: it has no signature, and the DNAME is judged beside it.
fn validate_unless_synthesised(
    rrset: &Rrset<'_>,
    dnames: &[&Rrset<'_>],
    context: &mut ValidationContext<'_>,
) -> Option<RrsetValidation> {
    match synthesised_by(rrset, dnames) {
        Some(dname) if is_synthesised_by(rrset, dname) => None,
        Some(_) => Some(RrsetValidation::invalid(Reason::DnameMismatch)),
        None => Some(dnssec::validate_rrset(
            rrset,
            context.keys,
            context.at,
            &mut context.budget,
        )),
    }
}

fn rrset_report(
    rrset: &Rrset<'_>,
    validation: &RrsetValidation,
    answer: &AcceptedAnswer<'_>,
    zone: &Name,
) -> RrsetReport {
    let (validity, reason) = match validity_and_reason(&validation.verdict) {
        (Validity::Invalid, Some(Reason::RrsigsMissing))
            if may_be_in_child_zone(rrset, answer, zone) =>
        {
            (Validity::Undecided, Some(Reason::RrsigsMissing))
        }
        other => other,
    };
    RrsetReport {
        owner: rrset.owner.clone(),
        rtype: rrset.rtype,
        transport: answer.transport,
        zone_version: answer.zone_version(zone),
        records: rrset.records.len(),
        held: validity,
        reason,
        expiration: validation.expiration,
        wildcard: wildcard(validation),
        rrsigs: rrsig_reports(rrset.rtype, validation).collect(),
    }
}

/// Past a CNAME, unsigned data may lie in a child zone that is insecure, whose proof the parent's server need not give. It
/// is neither at nor above the name asked for, as a DNAME is, nor the proof of a zone that has no proofs.
fn may_be_in_child_zone(rrset: &Rrset<'_>, answer: &AcceptedAnswer<'_>, zone: &Name) -> bool {
    let is_denial = matches!(rrset.rtype, RrType::NSEC | RrType::NSEC3);
    !answer.question.name.is_within(rrset.owner) && rrset.owner != zone && !is_denial
}

/// Whether `rrset` is a DNAME of the zone, or of a child: nobody judges another.
fn may_synthesise_cnames(rrset: &Rrset<'_>, zone: &Name) -> bool {
    rrset.rtype == RrType::DNAME && rrset.class == Class::IN && rrset.owner.is_within(zone)
}

/// The DNAME that an unsigned CNAME was made from (RFC 6672 section 5.3.1).
fn synthesised_by<'r, 'm>(rrset: &Rrset<'_>, dnames: &[&'r Rrset<'m>]) -> Option<&'r Rrset<'m>> {
    let is_candidate = rrset.rtype == RrType::CNAME && rrset.rrsigs.is_empty();
    let is_above =
        |dname: &&Rrset<'_>| rrset.owner != dname.owner && rrset.owner.is_within(dname.owner);
    dnames
        .iter()
        .copied()
        .filter(|_| is_candidate)
        .find(is_above)
}

/// RFC 6672 section 2.2: the DNAME's owner at the end of the name is replaced by its target.
fn is_synthesised_by(cname: &Rrset<'_>, dname: &Rrset<'_>) -> bool {
    let target = |rrset: &Rrset<'_>| match rrset.records.as_slice() {
        [record] => answer::alias_target(rrset.message, record),
        _ => None,
    };
    let synthesised =
        target(dname).and_then(|target| cname.owner.replace_suffix(dname.owner, &target));
    synthesised.is_some() && synthesised == target(cname)
}

fn validity_and_reason(verdict: &RrsetVerdict) -> (Validity, Option<Reason>) {
    match verdict {
        RrsetVerdict::Valid(_) => (Validity::Valid, None),
        RrsetVerdict::Invalid(reason) => (Validity::Invalid, Some(*reason)),
        RrsetVerdict::Undecided(reason) => (Validity::Undecided, Some(*reason)),
    }
}

fn wildcard(validation: &RrsetValidation) -> Option<Name> {
    match &validation.verdict {
        RrsetVerdict::Valid(verified) => verified.wildcard().cloned(),
        RrsetVerdict::Invalid(_) | RrsetVerdict::Undecided(_) => None,
    }
}

/// A signature that cannot be read has no key to be shown under; it counts in the RRset's verdict.
fn rrsig_reports(
    type_covered: RrType,
    validation: &RrsetValidation,
) -> impl Iterator<Item = RrsigReport> {
    validation
        .signatures
        .iter()
        .filter_map(move |SignatureValidation { fields, verdict }| {
            let fields = fields.as_ref()?;
            let validity = match verdict {
                SignatureVerdict::Valid => Validity::Valid,
                // RFC 5011 section 2.1 demands a revoked key's signature, and that it vouches for nothing but the revocation.
                SignatureVerdict::Undecided(_) | SignatureVerdict::Invalid(Reason::KeyRevoked) => {
                    Validity::Undecided
                }
                SignatureVerdict::Invalid(_) => Validity::Invalid,
            };
            Some(RrsigReport {
                type_covered,
                key_tag: fields.key_tag,
                algorithm: fields.algorithm,
                signer: fields.signer.clone(),
                inception: fields.inception,
                expiration: fields.expiration,
                held: validity,
                reason: verdict.reason(),
            })
        })
}
