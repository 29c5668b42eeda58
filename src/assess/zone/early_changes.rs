//! Whether keys or DS were changed before the copies that resolvers may hold had run out: what each of them meets that holds an older
//! RRset and gets the rest as it is now.

use super::current_keys::{CurrentKeys, ServerKeys};
use super::key_history::{KeyHistory, Sighting};
use crate::assess::key_facts::KeyFacts;
use crate::dns::{Ds, Timestamp};
use crate::dnssec::{Budget, DsVerdict, EarlyChange, SignedDnskeys, can_validate, judge_by_ds};
use crate::report::EarlyChangeReport;

/// What a resolver with empty caches makes of a server's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    /// A DS leads to them.
    Secure,
    /// There is no DS that can be used.
    Insecure,
    /// Nobody said what DS there is.
    UnknownDs,
    /// They fail for everyone, which is reported as what it is, or it cannot be told.
    Unusable,
}

/// Remembers what is seen now, and tells for each kind of change that can be assessed whether it was made too early. What could not be
/// assessed again stays as it was until the copies have run out: a resolver that dies, or a server that is silent, must not end it.
pub(super) fn assess_early_changes(
    history: &mut KeyHistory,
    current: &CurrentKeys<'_>,
) -> Vec<EarlyChangeReport> {
    history.advance_to(current.at);
    let mut assessment = Assessment::new(history, current);
    assessment.remember();
    let found = [
        (EarlyChange::KskRemoved, assessment.ksk_removed()),
        (EarlyChange::DsChanged, assessment.ds_changed()),
        (EarlyChange::ZskUsed, assessment.zsk_used()),
    ];
    let reports = found
        .into_iter()
        .filter_map(|(kind, found)| report(history, current, kind, found));
    let reports: Vec<_> = reports.collect();
    history.keep_findings(&reports);
    reports
}

fn report(
    history: &KeyHistory,
    current: &CurrentKeys<'_>,
    kind: EarlyChange,
    found: Verdict,
) -> Option<EarlyChangeReport> {
    match found {
        Verdict::TooEarly(Finding { until, detail }) => Some(EarlyChangeReport {
            kind,
            too_early: true,
            until: Some(until),
            detail: Some(detail),
        }),
        Verdict::InTime => {
            let is_known = history.covers(kind, current.ttl(kind), current.at);
            is_known.then_some(EarlyChangeReport {
                kind,
                too_early: false,
                until: None,
                detail: None,
            })
        }
        Verdict::NotAssessed => {
            let is_ongoing = |before: &&EarlyChangeReport| {
                before.kind == kind && before.until.is_some_and(|until| until > current.at)
            };
            history.findings.iter().find(is_ongoing).cloned()
        }
    }
}

fn protection(keys: &KeyFacts, ds: Option<&[&[Ds]]>, budget: &mut Budget) -> Protection {
    let Some(ds) = ds else {
        return if keys.is_valid {
            Protection::UnknownDs
        } else {
            Protection::Unusable
        };
    };
    let verdicts: Vec<_> = ds
        .iter()
        .map(|ds| judge_by_ds(ds, &keys.served, budget))
        .collect();
    if verdicts.contains(&DsVerdict::Secure) {
        Protection::Secure
    } else if verdicts.contains(&DsVerdict::Insecure) {
        Protection::Insecure
    } else {
        Protection::Unusable
    }
}

/// Whether a change was made too early.
enum Verdict {
    TooEarly(Finding),
    InTime,
    NotAssessed,
}

struct Finding {
    until: Timestamp,
    detail: String,
}

/// The servers, each with what its keys are worth.
type JudgedServers<'a, 'f> = Vec<(&'a ServerKeys<'f>, Protection)>;

struct Assessment<'a, 'f> {
    history: &'a mut KeyHistory,
    current: &'a CurrentKeys<'f>,
    /// The DS RRsets that lead to keys which a server has now; the others fail for everyone.
    working_ds: Vec<&'a [Ds]>,
    servers: JudgedServers<'a, 'f>,
    budget: Budget,
}

impl<'a, 'f> Assessment<'a, 'f> {
    fn new(history: &'a mut KeyHistory, current: &'a CurrentKeys<'f>) -> Self {
        let mut budget = Budget::for_comparison();
        let ds = current.distinct_ds();
        let mut servers: JudgedServers<'_, '_> = Vec::new();
        for server in &current.servers {
            let (served, is_valid) = (&server.keys.served, server.keys.is_valid);
            let mut known = servers.iter();
            let alike = known
                .find(|(known, _)| known.keys.served == *served && known.keys.is_valid == is_valid);
            let protection = match alike {
                Some((_, protection)) => *protection,
                None => protection(server.keys, ds.as_deref(), &mut budget),
            };
            servers.push((server, protection));
        }
        let secure = distinct(&servers, &[Protection::Secure]);
        let mut leads_to = |ds: &[Ds], server: &ServerKeys<'_>| {
            judge_by_ds(ds, &server.keys.served, &mut budget) == DsVerdict::Secure
        };
        let working_ds = ds
            .into_iter()
            .flatten()
            .filter(|ds| secure.iter().any(|server| leads_to(ds, server)))
            .collect();
        Self {
            history,
            current,
            working_ds,
            servers,
            budget,
        }
    }

    fn remember(&mut self) {
        for server in self.current.ds.iter().flatten() {
            let Some(ttl) = server.ttl else { continue };
            let sighting = Sighting {
                is_good: self.working_ds.contains(&&*server.ds),
                ..Sighting::new(server.seen_at, ttl)
            };
            self.history
                .ds
                .record(&server.ds, server.ds.len(), sighting);
        }
        for server in of_protection(&self.servers, &[Protection::Secure, Protection::UnknownDs]) {
            let Some(ttl) = server.ttl else { continue };
            let sighting = Sighting::new(self.current.at, ttl);
            let KeyFacts {
                served, expiration, ..
            } = server.keys;
            // RFC 4035 section 5.3.3: nor is it held longer than its signature.
            let sighting = Sighting {
                until: expiration.map_or(sighting.until, |end| end.min(sighting.until)),
                is_current: server.is_current,
                ..sighting
            };
            let records = served.dnskeys.keys.len();
            self.history.keys.record(served, records, sighting);
        }
    }

    /// Who holds an older DS RRset and gets the DNSKEY RRset as it is now.
    fn ksk_removed(&mut self) -> Verdict {
        let servers = distinct(&self.servers, &[Protection::Secure, Protection::Insecure]);
        let held = self.history.ds.held_at(self.current.at);
        let mut current = self.current.ds.iter().flatten();
        let is_known = !held.is_empty() || current.any(|server| server.is_from_parent);
        if servers.is_empty() || !is_known {
            return Verdict::NotAssessed;
        }
        for (ds, until) in held {
            for server in &servers {
                let served = &server.keys.served;
                let missing = match judge_by_ds(ds, served, &mut self.budget) {
                    DsVerdict::NoKey if served.dnskeys.keys.is_empty() => "serves no key at all",
                    DsVerdict::NoKey => "no longer serves that key",
                    DsVerdict::NoSignature => "no longer signs the DNSKEY RRset with that key",
                    DsVerdict::Secure | DsVerdict::Insecure | DsVerdict::Undecided => continue,
                };
                let detail = format!(
                    "resolvers may hold the DS RRset of {} until {until}, and {} {missing}",
                    key_list(ds.iter().map(|ds| ds.key_tag)),
                    server_text(server)
                );
                return Verdict::TooEarly(Finding { until, detail });
            }
        }
        Verdict::InTime
    }

    /// Who holds an older DNSKEY RRset and gets the DS RRset as it is now. Without any the zone is not validated.
    fn ds_changed(&mut self) -> Verdict {
        let servers = distinct(&self.servers, &[Protection::Secure, Protection::Insecure]);
        if self.current.ds.is_none() || servers.is_empty() {
            return Verdict::NotAssessed;
        }
        let held = self.history.keys.held_at(self.current.at);
        let held = held
            .into_iter()
            .filter(|(keys, _)| !is_served(keys, &self.servers));
        for (keys, until) in held {
            for ds in &self.working_ds {
                if judge_by_ds(ds, keys, &mut self.budget).is_bogus() {
                    let detail = format!(
                        "resolvers may hold the DNSKEY RRset of {} until {until}, which the DS RRset of {} does not lead to",
                        key_list(tags(keys)),
                        key_list(ds.iter().map(|ds| ds.key_tag))
                    );
                    return Verdict::TooEarly(Finding { until, detail });
                }
            }
        }
        Verdict::InTime
    }

    /// Who holds an older DNSKEY RRset and gets data as it is signed now.
    fn zsk_used(&self) -> Verdict {
        let servers = of_protection(&self.servers, &[Protection::Secure, Protection::UnknownDs]);
        if servers.is_empty() {
            return Verdict::NotAssessed;
        }
        let held = self.history.keys.held_at(self.current.at);
        let held = held
            .into_iter()
            .filter(|(keys, _)| !is_served(keys, &self.servers));
        for (keys, until) in held {
            for server in &servers {
                let served = &server.keys.served.dnskeys;
                let mut signers = server.keys.data_signers.iter();
                let unknown = signers.find(|signers| !can_validate(&keys.dnskeys, served, signers));
                if let Some(signers) = unknown {
                    let detail = format!(
                        "resolvers may hold the DNSKEY RRset of {} until {until}, and {} signs data with {} alone",
                        key_list(tags(keys)),
                        server_text(server),
                        key_list(signers.iter().map(|(tag, _)| *tag))
                    );
                    return Verdict::TooEarly(Finding { until, detail });
                }
            }
        }
        Verdict::InTime
    }
}

fn of_protection<'a, 'f>(
    servers: &JudgedServers<'a, 'f>,
    wanted: &[Protection],
) -> Vec<&'a ServerKeys<'f>> {
    let servers = servers
        .iter()
        .filter(|(_, protection)| wanted.contains(protection));
    servers.map(|(server, _)| *server).collect()
}

/// The first server of each DNSKEY RRset.
fn distinct<'a, 'f>(
    servers: &JudgedServers<'a, 'f>,
    wanted: &[Protection],
) -> Vec<&'a ServerKeys<'f>> {
    let mut distinct: Vec<&ServerKeys<'f>> = Vec::new();
    for server in of_protection(servers, wanted) {
        let mut known = distinct.iter();
        if !known.any(|known| known.keys.served == server.keys.served) {
            distinct.push(server);
        }
    }
    distinct
}

/// Whether a server serves these keys now: what does not fit them then is no matter of time.
fn is_served(keys: &SignedDnskeys, servers: &JudgedServers<'_, '_>) -> bool {
    let mut served = servers.iter().map(|(server, _)| &server.keys.served);
    served.any(|served| served == keys)
}

fn tags(keys: &SignedDnskeys) -> impl Iterator<Item = u16> {
    keys.dnskeys.keys.iter().map(|key| key.key_tag)
}

fn key_list(tags: impl Iterator<Item = u16>) -> String {
    let mut tags: Vec<_> = tags.collect();
    tags.dedup();
    let noun = if tags.len() == 1 { "key" } else { "keys" };
    let tags: Vec<_> = tags.iter().map(ToString::to_string).collect();
    format!("{noun} {}", tags.join(", "))
}

fn server_text(server: &ServerKeys<'_>) -> String {
    let name = server.name;
    match server.address {
        Some(address) => format!("{name} ({address})"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
#[path = "early_changes_tests.rs"]
mod tests;
