//! What a zone answers to a question (RFC 1034 section 4.3.2, RFC 4035 section 3.1, RFC 4592).

use super::signed::{Node, SignedRrset, SignedZone};
use crate::dns::{Name, Rcode, RrType};

/// CNAMEs followed within the zone for one question.
const MAX_CNAMES: usize = 8;

/// One record of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReplyRecord<'z> {
    pub(super) owner: Name,
    pub(super) rtype: RrType,
    pub(super) ttl: u32,
    pub(super) rdata: &'z [u8],
}

/// What a zone answers.
#[derive(Clone, Debug)]
pub(super) struct Reply<'z> {
    pub(super) rcode: Rcode,
    pub(super) authoritative: bool,
    pub(super) answer: Vec<ReplyRecord<'z>>,
    pub(super) authority: Vec<ReplyRecord<'z>>,
    pub(super) additional: Vec<ReplyRecord<'z>>,
}

/// Answers the question for `name`, which lies in `zone`, and `rtype`; with signatures and proofs if `dnssec_ok`.
pub(super) fn look_up<'z>(zone: &'z SignedZone, name: &Name, rtype: RrType, dnssec_ok: bool) -> Reply<'z> {
    let reply = Reply {
        rcode: Rcode::NOERROR,
        authoritative: true,
        answer: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
    };
    let mut lookup = Lookup { zone, rtype, dnssec_ok, reply };
    let mut next = lookup.step(name);
    for _ in 0..MAX_CNAMES {
        let Some(name) = next.filter(|name| name.is_within(zone.apex())) else { break };
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
    /// Answers for `name`; gives the target of a CNAME that is to be followed.
    fn step(&mut self, name: &Name) -> Option<Name> {
        if let Some((cut, node)) = self.delegation(name) {
            self.refer(cut, node);
            return None;
        }
        if let Some((owner, node)) = self.zone.nodes().get_key_value(name) {
            return self.answer_from(name, owner, node);
        }
        if self.exists(name) {
            self.deny(Rcode::NOERROR, &[name]);
            return None;
        }
        let encloser = self.closest_encloser(name);
        let wildcard = encloser.prepended(b"*").ok();
        if let Some((wildcard, node)) = wildcard.as_ref().and_then(|name| self.zone.nodes().get_key_value(name)) {
            return self.answer_from(name, wildcard, node);
        }
        let denied: Vec<&Name> = std::iter::once(name).chain(&wildcard).collect();
        self.deny(Rcode::NXDOMAIN, &denied);
        None
    }

    /// The delegation at or above `name`. A DS is asked of the parent's side (RFC 4035 section 3.1.4.1).
    fn delegation(&self, name: &Name) -> Option<(&'z Name, &'z Node)> {
        let is_cut = |name: &Name| *name != *self.zone.apex() && self.zone.rrset(name, RrType::NS).is_some();
        let is_own = |cut: &Name| cut == name && self.rtype == RrType::DS;
        let cut = ancestors(name, self.zone.apex()).filter(is_cut).last().filter(|cut| !is_own(cut))?;
        self.zone.nodes().get_key_value(&cut)
    }

    fn refer(&mut self, cut: &'z Name, node: &'z Node) {
        self.reply.authoritative = !self.reply.answer.is_empty();
        let mut authority = self.records(cut, RrType::NS, node.get(&RrType::NS));
        if self.dnssec_ok {
            // RFC 4035 section 3.1.4: the DS, or the proof that there is none.
            let proof = if node.contains_key(&RrType::DS) { RrType::DS } else { RrType::NSEC };
            authority.extend(self.records(cut, proof, node.get(&proof)));
        }
        self.reply.authority = authority;
        let below = self.zone.nodes().iter().filter(|(owner, _)| owner.is_within(cut));
        for (owner, node) in below {
            for rtype in [RrType::A, RrType::AAAA] {
                let glue = self.records(owner, rtype, node.get(&rtype));
                self.reply.additional.extend(glue);
            }
        }
    }

    /// Answers `name` from the records of `source`: itself, or the wildcard that it matches.
    fn answer_from(&mut self, name: &Name, source: &'z Name, node: &'z Node) -> Option<Name> {
        let expanded = name != source;
        let answer = match self.rtype {
            RrType::ANY => node.iter().flat_map(|(&rtype, rrset)| self.records(name, rtype, Some(rrset))).collect(),
            RrType::RRSIG => node.values().flat_map(|rrset| signatures(name, rrset)).collect(),
            rtype => self.records(name, rtype, node.get(&rtype)),
        };
        let cname = node.get(&RrType::CNAME).filter(|_| answer.is_empty());
        if answer.is_empty() && cname.is_none() {
            let denied: &[&Name] = if expanded { &[name, source] } else { &[name] };
            self.deny(Rcode::NOERROR, denied);
            return None;
        }
        self.reply.answer.extend(answer);
        let of_cname = self.records(name, RrType::CNAME, cname);
        self.reply.answer.extend(of_cname);
        if expanded {
            self.prove(&[name]);
        }
        target(cname?)
    }

    /// The SOA, and the NSECs that match or cover each of `denied` (RFC 4035 sections 3.1.3.1 to 3.1.3.4).
    fn deny(&mut self, rcode: Rcode, denied: &[&Name]) {
        self.reply.rcode = rcode;
        let apex = self.zone.apex();
        if let Some(soa) = self.zone.rrset(apex, RrType::SOA) {
            let ttl = soa.negative_ttl();
            let records = self.records(apex, RrType::SOA, Some(soa));
            self.reply.authority.extend(records.into_iter().map(|record| ReplyRecord { ttl, ..record }));
        }
        self.prove(denied);
    }

    fn prove(&mut self, denied: &[&Name]) {
        for name in denied.iter().filter(|_| self.dnssec_ok) {
            let mut before = self.zone.nodes().range(..=(*name).clone()).rev();
            let nsec = before.find_map(|(owner, node)| Some((owner, node.get(&RrType::NSEC)?)));
            let Some((owner, nsec)) = nsec else { continue };
            let proven =
                self.reply.authority.iter().any(|record| record.rtype == RrType::NSEC && record.owner == *owner);
            if !proven {
                let records = self.records(owner, RrType::NSEC, Some(nsec));
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
        ancestors(name, apex).skip(1).find(|ancestor| self.exists(ancestor)).unwrap_or_else(|| apex.clone())
    }

    fn records(&self, owner: &Name, rtype: RrType, rrset: Option<&'z SignedRrset>) -> Vec<ReplyRecord<'z>> {
        let Some(rrset) = rrset else { return Vec::new() };
        let data = rrset.rdatas.iter().map(|rdata| ReplyRecord { owner: owner.clone(), rtype, ttl: rrset.ttl, rdata });
        data.chain(signatures(owner, rrset).filter(|_| self.dnssec_ok)).collect()
    }
}

fn signatures<'z>(owner: &Name, rrset: &'z SignedRrset) -> impl Iterator<Item = ReplyRecord<'z>> {
    let ttl = rrset.ttl;
    rrset.rrsigs.iter().map(move |rdata| ReplyRecord { owner: owner.clone(), rtype: RrType::RRSIG, ttl, rdata })
}

/// `name` and the names above it up to `apex`, the nearest first.
fn ancestors(name: &Name, apex: &Name) -> impl Iterator<Item = Name> {
    let apex = apex.clone();
    std::iter::successors(Some(name.clone()), Name::parent).take_while(move |name| name.is_within(&apex))
}

/// A CNAME's RDATA is a name in wire form; what cannot be a name is not followed.
fn target(cname: &SignedRrset) -> Option<Name> {
    let mut rest = cname.rdatas.first()?.as_slice();
    let mut labels = Vec::new();
    while let [length @ 1..=63, after @ ..] = rest {
        let (label, after) = after.split_at_checked(usize::from(*length))?;
        labels.push(label);
        rest = after;
    }
    let from_root = labels.iter().rev().try_fold(Name::root(), |name, label| name.prepended(label).ok());
    from_root.filter(|_| rest == [0])
}

#[cfg(test)]
#[path = "lookup_tests.rs"]
mod tests;
