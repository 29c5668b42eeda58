//! Proofs by NSEC3 (RFC 5155 section 8).

use ring::digest;

use super::bitmap::{denies_name, ends_zone, prove_type_absent, prove_type_absent_at_wildcard};
use super::proofs::{Hash, Nsec3Chain, Nsec3Record, Proofs};
use super::{DenialError, DenialProof, Nsec3Span, ProofKind};
use crate::dns::{Name, RrType};
use crate::dnssec::budget::{Budget, MAX_NSEC3_ITERATIONS, nsec3_hash_cost};
use crate::reason::Reason;

/// RFC 5155 section 8.4: the closest encloser proof, and an NSEC3 covers the wildcard there; or compact denial.
pub(super) fn prove_nxdomain(
    proofs: &Proofs,
    name: &Name,
    budget: &mut Budget,
) -> Result<DenialProof, DenialError> {
    let mut search = Nsec3Search::new(proofs, budget)?;
    if let Some(nsec3) = search.find_matching(name)? {
        let contradiction = DenialError::contradicted("an NSEC3 says that the name exists");
        return denies_name(&nsec3.types)?
            .then_some(DenialProof::secure(ProofKind::Nxdomain))
            .ok_or(contradiction);
    }
    let EncloserProof { wildcard, covering } = search.closest_encloser(name)?;
    if search.find_covering(&wildcard)?.is_some() {
        return Ok(covering.proof(ProofKind::Nxdomain));
    }
    Err(match search.find_matching(&wildcard)? {
        Some(_) => DenialError::contradicted(
            "an NSEC3 says that the wildcard at the closest encloser exists",
        ),
        None => DenialError::missing("no NSEC3 covers the wildcard at the closest encloser"),
    })
}

/// RFC 5155 sections 8.5 to 8.7 with erratum 3441: the NSEC3 at the name, or the closest encloser proof with the NSEC3
/// at the wildcard there, or with Opt-Out, where unsigned delegations and the empty names above them have none.
pub(super) fn prove_nodata(
    proofs: &Proofs,
    name: &Name,
    rtype: RrType,
    budget: &mut Budget,
) -> Result<DenialProof, DenialError> {
    let mut search = Nsec3Search::new(proofs, budget)?;
    if let Some(nsec3) = search.find_matching(name)? {
        return prove_type_absent(name, &nsec3.types, rtype).map(DenialProof::secure);
    }
    let EncloserProof { wildcard, covering } = search.closest_encloser(name)?;
    if let Some(nsec3) = search.find_matching(&wildcard)? {
        return prove_type_absent_at_wildcard(&wildcard, &nsec3.types, rtype)
            .map(|kind| covering.proof(kind));
    }
    if covering.opt_out {
        let at_cut = rtype == RrType::DS;
        let kind = if at_cut {
            ProofKind::InsecureDelegation
        } else {
            ProofKind::EmptyNonTerminal
        };
        return Ok(covering.proof(kind));
    }
    Err(match search.find_covering(&wildcard)? {
        Some(_) => DenialError::contradicted(
            "the NSEC3 say that the name does not exist, nor a wildcard for it",
        ),
        None => DenialError::missing(
            "no NSEC3 stands at the name, nor at the wildcard at its closest encloser",
        ),
    })
}

/// RFC 5155 section 8.8: an NSEC3 covers the name one label longer than the closest encloser, which is above the wildcard.
pub(super) fn prove_wildcard_answer(
    proofs: &Proofs,
    name: &Name,
    encloser: &Name,
    budget: &mut Budget,
) -> Result<DenialProof, DenialError> {
    let mut search = Nsec3Search::new(proofs, budget)?;
    let next_closer = name
        .rightmost_labels(encloser.labels().count() + 1)
        .unwrap_or_else(|| name.clone());
    if let Some(nsec3) = search.find_covering(&next_closer)? {
        return Ok(nsec3.proof(ProofKind::WildcardAnswer));
    }
    Err(match search.find_matching(&next_closer)? {
        Some(_) => DenialError::contradicted(
            "an NSEC3 says that a name exists between the wildcard and the name",
        ),
        None => DenialError::missing("no NSEC3 covers the name next closer than the wildcard"),
    })
}

impl Nsec3Record {
    pub(super) fn covers(&self, hash: &Hash) -> bool {
        if self.owner < self.next {
            self.owner < *hash && *hash < self.next
        } else {
            // The last of the chain leads to the first; the only one leads to itself.
            self.owner < *hash || *hash < self.next
        }
    }

    /// The proof that it, as the record that covers the name, makes complete.
    fn proof(&self, kind: ProofKind) -> DenialProof {
        DenialProof {
            kind,
            opt_out: self.opt_out,
            span: Some(self.span()),
        }
    }

    /// How much of all hashes lies between its owner and the next, or all, if it leads to itself.
    fn span(&self) -> Nsec3Span {
        let [owner, next] = [self.owner, self.next].map(|hash| {
            let head = hash.first_chunk().copied().unwrap_or_default();
            u64::from_be_bytes(head)
        });
        if self.owner == self.next {
            Nsec3Span(u64::MAX)
        } else {
            Nsec3Span(next.wrapping_sub(owner))
        }
    }
}

/// What the closest encloser proof of RFC 5155 section 8.3 yields.
struct EncloserProof<'p> {
    /// The wildcard that could stand in for the name.
    wildcard: Name,
    /// The NSEC3 that covers the next closer name.
    covering: &'p Nsec3Record,
}

/// The records of one response, names hashed once each as they are looked up.
pub(super) struct Nsec3Search<'p, 'b> {
    zone: &'p Name,
    chain: &'p Nsec3Chain,
    budget: &'b mut Budget,
    hashed: Vec<(Name, Hash)>,
}

impl<'p, 'b> Nsec3Search<'p, 'b> {
    pub(super) fn new(proofs: &'p Proofs, budget: &'b mut Budget) -> Result<Self, DenialError> {
        let chain = proofs.nsec3_chain.as_ref().ok_or(DenialError::missing(
            "no NSEC3 that the zone signed was given",
        ))?;
        if chain.iterations > MAX_NSEC3_ITERATIONS {
            let detail = "the NSEC3 have more iterations than are checked";
            return Err(DenialError {
                reason: Reason::UnsupportedNsec3Iterations,
                detail,
            });
        }
        Ok(Self {
            zone: &proofs.zone,
            chain,
            budget,
            hashed: Vec::new(),
        })
    }

    pub(super) fn find_matching(
        &mut self,
        name: &Name,
    ) -> Result<Option<&'p Nsec3Record>, DenialError> {
        let hash = self.hash(name)?;
        Ok(self.chain.records.iter().find(|nsec3| nsec3.owner == hash))
    }

    pub(super) fn find_covering(
        &mut self,
        name: &Name,
    ) -> Result<Option<&'p Nsec3Record>, DenialError> {
        let hash = self.hash(name)?;
        Ok(self.chain.records.iter().find(|nsec3| nsec3.covers(&hash)))
    }

    /// RFC 5155 section 8.3: the longest ancestor that has an NSEC3, and one covers the name a label longer.
    fn closest_encloser(&mut self, name: &Name) -> Result<EncloserProof<'p>, DenialError> {
        let mut next_closer = name.clone();
        loop {
            let encloser = next_closer
                .parent()
                .filter(|parent| parent.is_within(self.zone));
            let encloser = encloser.ok_or(DenialError::missing(
                "no NSEC3 stands at an ancestor of the name",
            ))?;
            let Some(nsec3) = self.find_matching(&encloser)? else {
                next_closer = encloser;
                continue;
            };
            if ends_zone(&nsec3.types) {
                return Err(DenialError::missing(
                    "the closest encloser is a delegation or has a DNAME, so the zone has no say over names below it",
                ));
            }
            let covering = self.find_covering(&next_closer)?;
            let covering = covering.ok_or(DenialError::missing(
                "no NSEC3 covers the name next closer to the one asked for",
            ))?;
            let wildcard = encloser.prepend_label(b"*");
            let wildcard = wildcard.map_err(|_| {
                DenialError::missing("the closest encloser is too long for a wildcard")
            })?;
            return Ok(EncloserProof { wildcard, covering });
        }
    }

    fn hash(&mut self, name: &Name) -> Result<Hash, DenialError> {
        if let Some((_, hash)) = self.hashed.iter().find(|(hashed, _)| hashed == name) {
            return Ok(*hash);
        }
        if !self.budget.spend(nsec3_hash_cost(
            self.chain.iterations,
            self.chain.salt.len(),
        )) {
            let detail = "the NSEC3 ask for more hashing than the budget allows";
            return Err(DenialError {
                reason: Reason::ValidationLimitReached,
                detail,
            });
        }
        let hash = hash_name(name, self.chain);
        self.hashed.push((name.clone(), hash));
        Ok(hash)
    }
}

/// RFC 5155 section 5.
pub(super) fn hash_name(
    name: &Name,
    Nsec3Chain {
        iterations, salt, ..
    }: &Nsec3Chain,
) -> Hash {
    let hash_with_salt = |octets: &[u8]| {
        let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        context.update(octets);
        context.update(salt);
        let mut hash = Hash::default();
        hash.copy_from_slice(context.finish().as_ref());
        hash
    };
    (0..*iterations).fold(hash_with_salt(name.to_lowercase().as_wire()), |hash, _| {
        hash_with_salt(&hash)
    })
}

#[cfg(test)]
#[path = "nsec3_tests.rs"]
mod tests;
