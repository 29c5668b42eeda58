//! What a zone answers to a question (RFC 1034 section 4.3.2, RFC 4035 section 3.1, RFC 4592, RFC 6672).

use std::borrow::Cow;

use super::denial::OnlineDenial;
use super::proof::{self, MissingData};
use super::reply::{Reply, ReplyRecord, ancestors};
use super::rrset::{Node, SignedRrset};
use super::signed::SignedZone;
use crate::dns::{Name, Rcode, RrType};

/// CNAMEs and DNAMEs followed within the zone for one question.
const MAX_CNAMES: usize = 8;

/// Answers the question for `name`, which lies in `zone`, and `rtype`; with signatures and proofs if `dnssec_ok`.
pub(super) fn look_up<'z>(
    zone: &'z SignedZone,
    name: &Name,
    rtype: RrType,
    dnssec_ok: bool,
) -> Reply<'z> {
    let reply = Reply {
        rcode: Rcode::NOERROR,
        authoritative: true,
        answer: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
    };
    let mut lookup = Lookup {
        zone,
        rtype,
        dnssec_ok,
        reply,
    };
    let mut next = lookup.step(name);
    for _ in 0..MAX_CNAMES {
        let Some(name) = next.filter(|name| name.is_within(zone.apex())) else {
            break;
        };
        next = lookup.step(&name);
    }
    lookup.reply
}

struct Lookup<'z> {
    zone: &'z SignedZone,
    rtype: RrType,
    dnssec_ok: bool,
    reply: Reply<'z>,
}

impl<'z> Lookup<'z> {
    /// Answers for `name`; gives the target of a CNAME or DNAME that is to be followed.
    fn step(&mut self, name: &Name) -> Option<Name> {
        if let Some((owner, dname)) = self.dname_above(name) {
            return self.redirect(name, owner, dname);
        }
        if let Some((cut, node)) = self.delegation(name) {
            self.refer(cut, node);
            return None;
        }
        if let Some((owner, node)) = self.zone.nodes().get_key_value(name) {
            return self.answer_from(name, owner, node);
        }
        if self.exists(name) {
            self.deny(Rcode::NOERROR, MissingData::Type(name));
            return None;
        }
        let encloser = self.closest_encloser(name);
        let wildcard = encloser.prepend_label(b"*").ok();
        if let Some((wildcard, node)) =
            wildcard.and_then(|name| self.zone.nodes().get_key_value(&name))
        {
            return self.answer_from(name, wildcard, node);
        }
        self.deny(
            Rcode::NXDOMAIN,
            MissingData::Name {
                name,
                encloser: &encloser,
            },
        );
        None
    }

    /// The topmost DNAME above `name`, unless a delegation stands above it.
    fn dname_above(&self, name: &Name) -> Option<(&'z Name, &'z SignedRrset)> {
        let above = ancestors(name, self.zone.apex()).skip(1);
        let has_dname = |name: &Name| self.zone.rrset(name, RrType::DNAME).is_some();
        let owner = above
            .filter(has_dname)
            .last()
            .filter(|owner| self.delegation(owner).is_none())?;
        let (owner, node) = self.zone.nodes().get_key_value(&owner)?;
        Some((owner, node.get(&RrType::DNAME)?))
    }

    /// A DNAME and the CNAME that it makes (RFC 6672 section 3.1), which is not signed (section 5.3.1).
    fn redirect(&mut self, name: &Name, owner: &'z Name, dname: &'z SignedRrset) -> Option<Name> {
        let records = self.records(owner, RrType::DNAME, Some(dname));
        self.reply.answer.extend(records);
        let Some(target) = target(dname).and_then(|target| name.replace_suffix(owner, &target))
        else {
            self.reply.rcode = Rcode::YXDOMAIN;
            return None;
        };
        let (rtype, rdata) = (RrType::CNAME, Cow::Owned(target.as_wire().to_vec()));
        self.reply.answer.push(ReplyRecord {
            owner: name.clone(),
            rtype,
            ttl: dname.ttl,
            rdata,
        });
        (self.rtype != RrType::CNAME).then_some(target)
    }

    /// The delegation at or above `name`. A DS is asked of the parent's side (RFC 4035 section 3.1.4.1).
    fn delegation(&self, name: &Name) -> Option<(&'z Name, &'z Node)> {
        let is_cut =
            |name: &Name| *name != *self.zone.apex() && self.zone.rrset(name, RrType::NS).is_some();
        let is_own = |cut: &Name| cut == name && self.rtype == RrType::DS;
        let cut = ancestors(name, self.zone.apex())
            .filter(is_cut)
            .last()
            .filter(|cut| !is_own(cut))?;
        self.zone.nodes().get_key_value(&cut)
    }

    fn refer(&mut self, cut: &'z Name, node: &'z Node) {
        self.reply.authoritative = !self.reply.answer.is_empty();
        let delegation = self.records(cut, RrType::NS, node.get(&RrType::NS));
        self.reply.authority.extend(delegation);
        // RFC 4035 section 3.1.4: the DS, or the proof that there is none.
        match node.get(&RrType::DS).filter(|_| self.dnssec_ok) {
            Some(ds) => {
                let ds = self.records(cut, RrType::DS, Some(ds));
                self.reply.authority.extend(ds);
            }
            None => self.prove(MissingData::Type(cut)),
        }
        let below = self
            .zone
            .nodes()
            .iter()
            .filter(|(owner, _)| owner.is_within(cut));
        for (owner, node) in below {
            for rtype in [RrType::A, RrType::AAAA] {
                let glue = self.records(owner, rtype, node.get(&rtype));
                self.reply.additional.extend(glue);
            }
        }
    }

    /// Answers `name` from the records of `source`: itself, or the wildcard that it matches.
    fn answer_from(&mut self, name: &Name, source: &'z Name, node: &'z Node) -> Option<Name> {
        let encloser = source.parent().filter(|_| name != source);
        let records = |rtype, rrset| match encloser {
            Some(_) => self.expanded(name, rtype, rrset),
            None => self.records(name, rtype, rrset),
        };
        let answer = match self.rtype {
            RrType::ANY => node
                .iter()
                .flat_map(|(&rtype, rrset)| records(rtype, Some(rrset)))
                .collect(),
            RrType::RRSIG => node
                .values()
                .flat_map(|rrset| signatures(name, rrset))
                .collect(),
            rtype => records(rtype, node.get(&rtype)),
        };
        let cname = node.get(&RrType::CNAME).filter(|_| answer.is_empty());
        if answer.is_empty() && cname.is_none() {
            let type_at_wildcard = |encloser| MissingData::TypeAtWildcard { name, encloser };
            self.deny(
                Rcode::NOERROR,
                encloser
                    .as_ref()
                    .map_or(MissingData::Type(name), type_at_wildcard),
            );
            return None;
        }
        let of_cname = records(RrType::CNAME, cname);
        self.reply.answer.extend(answer.into_iter().chain(of_cname));
        if let Some(encloser) = &encloser {
            self.prove(MissingData::NameOfAnswer { name, encloser });
        }
        target(cname?)
    }

    /// The records of a wildcard as those of `name`; a zone that denies online has no proof that `name` does not exist,
    /// and signs them as if it did.
    fn expanded(
        &self,
        name: &Name,
        rtype: RrType,
        rrset: Option<&'z SignedRrset>,
    ) -> Vec<ReplyRecord<'z>> {
        let (Some(rrset), Some(signer)) = (rrset, self.zone.online().filter(|_| self.dnssec_ok))
        else {
            return self.records(name, rtype, rrset);
        };
        let mut rrset = rrset.clone();
        // A key that cannot sign leaves the signatures of the wildcard, which fit as well.
        let _ = signer.sign(name, rtype, &mut rrset);
        proof::owned_records(name, rtype, rrset)
    }

    /// The SOA and the proof (RFC 4035 sections 3.1.3.1 to 3.1.3.4, RFC 5155 section 7.2).
    fn deny(&mut self, rcode: Rcode, absent: MissingData<'_>) {
        // RFC 9824 section 3.1: a name that is said to have no type but NXNAME is said to exist.
        let is_black_lie = self.dnssec_ok
            && self
                .zone
                .online()
                .is_some_and(|signer| signer.lie == OnlineDenial::Black);
        self.reply.rcode = if is_black_lie { Rcode::NOERROR } else { rcode };
        let apex = self.zone.apex();
        if let Some(soa) = self.zone.rrset(apex, RrType::SOA) {
            let ttl = soa.negative_ttl();
            let records = self.records(apex, RrType::SOA, Some(soa));
            self.reply.authority.extend(
                records
                    .into_iter()
                    .map(|record| ReplyRecord { ttl, ..record }),
            );
        }
        self.prove(absent);
    }

    fn prove(&mut self, absent: MissingData<'_>) {
        if !self.dnssec_ok {
            return;
        }
        for (owner, rtype, rrset) in proof::prove_absence(self.zone, absent) {
            let proven = |record: &ReplyRecord<'_>| record.rtype == rtype && record.owner == owner;
            if !self.reply.authority.iter().any(proven) {
                let records = match rrset {
                    Cow::Borrowed(rrset) => self.records(&owner, rtype, Some(rrset)),
                    Cow::Owned(rrset) => proof::owned_records(&owner, rtype, rrset),
                };
                self.reply.authority.extend(records);
            }
        }
    }

    fn exists(&self, name: &Name) -> bool {
        // In canonical order what lies below a name follows it at once.
        let next = self.zone.nodes().range(name.clone()..).next();
        next.is_some_and(|(owner, _)| owner.is_within(name))
    }

    fn closest_encloser(&self, name: &Name) -> Name {
        let apex = self.zone.apex();
        ancestors(name, apex)
            .skip(1)
            .find(|ancestor| self.exists(ancestor))
            .unwrap_or_else(|| apex.clone())
    }

    fn records(
        &self,
        owner: &Name,
        rtype: RrType,
        rrset: Option<&'z SignedRrset>,
    ) -> Vec<ReplyRecord<'z>> {
        let Some(rrset) = rrset else {
            return Vec::new();
        };
        let data = rrset
            .rdatas
            .iter()
            .map(|rdata| record(owner, rtype, rrset.ttl, rdata));
        data.chain(signatures(owner, rrset).filter(|_| self.dnssec_ok))
            .collect()
    }
}

fn signatures<'z>(owner: &Name, rrset: &'z SignedRrset) -> impl Iterator<Item = ReplyRecord<'z>> {
    rrset
        .rrsigs
        .iter()
        .map(|rdata| record(owner, RrType::RRSIG, rrset.ttl, rdata))
}

fn record<'z>(owner: &Name, rtype: RrType, ttl: u32, rdata: &'z [u8]) -> ReplyRecord<'z> {
    ReplyRecord {
        owner: owner.clone(),
        rtype,
        ttl,
        rdata: Cow::Borrowed(rdata),
    }
}

/// A CNAME's or DNAME's RDATA is a name in wire form; what cannot be a name is not followed.
fn target(cname: &SignedRrset) -> Option<Name> {
    let mut rest = cname.rdatas.first()?.as_slice();
    let mut labels = Vec::new();
    while let [length @ 1..=63, after @ ..] = rest {
        let (label, after) = after.split_at_checked(usize::from(*length))?;
        labels.push(label);
        rest = after;
    }
    let from_root = labels
        .iter()
        .rev()
        .try_fold(Name::root(), |name, label| name.prepend_label(label).ok());
    from_root.filter(|_| rest == [0])
}

#[cfg(test)]
#[path = "lookup_tests.rs"]
mod tests;
