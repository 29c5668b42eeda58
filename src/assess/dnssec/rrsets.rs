//! The RRsets of an answer that the zone must have signed, each judged.

use super::ValidationContext;
use crate::assess::answer::{self, AcceptedAnswer, AnswerKind};
use crate::dns::{Class, Name, RrType, Rrset, Rrsig, Section};
use crate::dnssec::{
    self, MAX_RRSETS_PER_ANSWER, RrsetValidation, RrsetVerdict, SignatureValidation,
    SignatureVerdict, VerifiedRrset,
};
use crate::reason::Reason;
use crate::report::{RrsetReport, RrsigReport, Validity};

/// One RRset with its verdict.
pub(super) struct AssessedRrset<'m> {
    rrset: Rrset<'m>,
    validation: RrsetValidation,
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

    pub(super) fn report(&self, answer: &AcceptedAnswer<'_>, zone: &Name) -> RrsetReport {
        rrset_report(&self.rrset, &self.validation, answer, zone)
    }
}

/// The RRset of the answer section that is said to lie in a child zone, past an alias: who says so is not checked, nor that
/// there is such a zone.
pub(super) fn find_in_child_zone<'m>(
    answer: &AcceptedAnswer<'m>,
    zone: &Name,
) -> Option<Rrset<'m>> {
    let mut rrsets = Rrset::group(answer.message, Section::Answer).into_iter();
    rrsets.find(|rrset| {
        is_data_within(rrset, zone) && !belongs_to_zone(rrset, &answer.question.name, zone)
    })
}

/// Judges what must be signed: all data of the zone in the answer section, and what proves a negative answer or a wildcard.
pub(super) fn validate_rrsets<'m>(
    answer: &AcceptedAnswer<'m>,
    context: &mut ValidationContext<'_>,
) -> Vec<AssessedRrset<'m>> {
    let mut rrsets = Rrset::group(answer.message, Section::Answer);
    let is_negative = matches!(answer.kind, AnswerKind::Nxdomain | AnswerKind::Nodata);
    if is_negative || rrsets.iter().any(is_expanded) {
        rrsets.extend(
            Rrset::group(answer.message, Section::Authority)
                .into_iter()
                .filter(is_proof),
        );
    }
    let zone = &context.keys.zone;
    let is_of_zone = |rrset: &Rrset<'_>| belongs_to_zone(rrset, &answer.question.name, zone);
    // No more can be judged.
    let dnames: Vec<_> = rrsets
        .iter()
        .filter(|rrset| may_synthesise_cnames(rrset, zone))
        .take(MAX_RRSETS_PER_ANSWER)
        .collect();
    let mut count = 0;
    let validations: Vec<Option<RrsetValidation>> = rrsets
        .iter()
        .map(|rrset| {
            if count > MAX_RRSETS_PER_ANSWER || !is_of_zone(rrset) {
                return None;
            }
            count += 1;
            if count > MAX_RRSETS_PER_ANSWER {
                // One past the limit tells that there are more.
                return Some(RrsetValidation::over_limit());
            }
            validate_unless_synthesised(rrset, &dnames, context)
        })
        .collect();
    let validated = rrsets.into_iter().zip(validations);
    validated
        .filter_map(|(rrset, validation)| {
            Some(AssessedRrset {
                rrset,
                validation: validation?,
            })
        })
        .collect()
}

/// Whether `rrset` says that it was made from a wildcard: a signature of fewer labels than the owner has.
fn is_expanded(rrset: &Rrset<'_>) -> bool {
    let labels = |record| Rrsig::read(rrset.message.rdata(record)).map(|rrsig| rrsig.labels);
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
/// server; what stands at or above the name asked for is never a child's, whatever it says.
fn belongs_to_zone(rrset: &Rrset<'_>, asked_for: &Name, zone: &Name) -> bool {
    is_data_within(rrset, zone)
        && (asked_for.is_within(rrset.owner) || !is_signed_by_child(rrset, zone))
}

fn is_data_within(rrset: &Rrset<'_>, zone: &Name) -> bool {
    !rrset.records.is_empty() && rrset.class == Class::IN && rrset.owner.is_within(zone)
}

fn is_signed_by_child(rrset: &Rrset<'_>, zone: &Name) -> bool {
    let signers = rrset
        .rrsigs
        .iter()
        .map(|record| Rrsig::read(rrset.message.rdata(record)).map(|rrsig| rrsig.signer));
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
