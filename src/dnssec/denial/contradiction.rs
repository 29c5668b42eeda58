//! What denials prove against the data of the same zone, and against each other. A validator that judges one answer at a time does
//! not see it; one that answers from cached proofs denies what exists (RFC 8198).

use super::bitmap::is_delegation;
use super::nsec3::Nsec3Search;
use super::proofs::Proofs;
use crate::dns::{Name, RrType, TypeBitmap};
use crate::dnssec::budget::{Budget, nsec_search_cost};

/// Records that are compared with each other. An answer has at most four.
const MAX_RECORDS_COMPARED: usize = 64;

const NAME_COVERED: &str = "an NSEC or NSEC3 says that the name does not exist";
const TYPE_ABSENT: &str = "the NSEC or NSEC3 at the name lacks the type";

/// An RRset that the zone signed, so that it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExistingRrset<'a> {
    /// The owner in the answer.
    pub owner: &'a Name,
    /// The wildcard that it was expanded from. The owner itself then need not exist.
    pub wildcard: Option<&'a Name>,
    /// The type.
    pub rtype: RrType,
}

/// How `proofs` deny an RRset that exists, if they do. The zone must have signed both in the same version.
///
/// An opt-out NSEC3 covers names that may exist, so it denies none (RFC 5155 section 6). A delegation's record speaks for the
/// delegation alone, and the DS at the apex is the parent's.
pub fn find_denial_of(
    proofs: &Proofs,
    existing: ExistingRrset<'_>,
    budget: &mut Budget,
) -> Option<&'static str> {
    let ExistingRrset {
        owner,
        wildcard,
        rtype,
    } = existing;
    if !budget.spend(nsec_search_cost(proofs.nsecs.len(), owner.labels().count())) {
        return None;
    }
    let source = wildcard.unwrap_or(owner);
    let lacks_type = |name: &Name, types: &TypeBitmap| {
        let speaks_for_type = match rtype {
            RrType::DS => *name != proofs.zone,
            RrType::RRSIG | RrType::NSEC | RrType::NSEC3 => false,
            _ => !is_delegation(types),
        };
        speaks_for_type && !types.contains(rtype)
    };
    for nsec in &proofs.nsecs {
        if (nsec.owner == *owner || nsec.owner == *source) && lacks_type(&nsec.owner, &nsec.types) {
            return Some(TYPE_ABSENT);
        }
        if nsec.covers(source, &proofs.zone) {
            return Some(NAME_COVERED);
        }
    }
    // Without a chain, with too many iterations or past the budget nothing is claimed.
    let mut search = Nsec3Search::new(proofs, budget).ok()?;
    for name in [source, owner] {
        if let Some(nsec3) = search.find_matching(name).ok()?
            && lacks_type(name, &nsec3.types)
        {
            return Some(TYPE_ABSENT);
        }
    }
    let covering = search.find_covering(source).ok()?;
    covering
        .filter(|nsec3| !nsec3.opt_out)
        .map(|_| NAME_COVERED)
}

/// How the records of one version of a zone contradict each other, if they do: one says that there is nothing where another is.
pub fn find_inconsistency(proofs: &Proofs) -> Option<&'static str> {
    let named = || proofs.nsecs.iter().take(MAX_RECORDS_COMPARED);
    if named().any(|nsec| named().any(|other| nsec.covers(&other.owner, &proofs.zone))) {
        return Some("an NSEC says that there is no name where another NSEC is");
    }
    let hashed = || {
        let chain = proofs.nsec3_chain.iter();
        chain.flat_map(|chain| chain.records.iter().take(MAX_RECORDS_COMPARED))
    };
    hashed()
        .any(|nsec3| hashed().any(|other| nsec3.owner != other.owner && nsec3.covers(&other.owner)))
        .then_some("an NSEC3 says that there is no hash where another NSEC3 is")
}

#[cfg(test)]
#[path = "contradiction_tests.rs"]
mod tests;
