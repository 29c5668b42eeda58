//! Whether keys or DS were changed before the copies that resolvers may hold had run out: what each of them meets that holds an older
//! RRset and gets the rest as it is now.

use super::current_keys::{CurrentDs, CurrentKeys, ServerKeys};
use super::key_history::{KeyHistory, Sighting};
use crate::assess::key_facts::KeyFacts;
use crate::dns::Timestamp;
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
    let mut budget = Budget::for_chain();
    history.advance_to(current.at);
    let servers: Vec<_> = current
        .servers
        .iter()
        .map(|server| (server, protection(server, current, &mut budget)))
        .collect();
    let mut assessment = Assessment {
        history,
        current,
        servers,
        budget,
    };
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

fn protection(
    server: &ServerKeys<'_>,
    current: &CurrentKeys<'_>,
    budget: &mut Budget,
) -> Protection {
    let Some(ds) = &current.ds else {
        return if server.keys.is_valid {
            Protection::UnknownDs
        } else {
            Protection::Unusable
        };
    };
    let verdicts: Vec<_> = ds
        .iter()
        .map(|ds| judge_by_ds(&ds.ds, &server.keys.served, budget))
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

struct Assessment<'a, 'f> {
    history: &'a mut KeyHistory,
    current: &'a CurrentKeys<'f>,
    servers: Vec<(&'a ServerKeys<'f>, Protection)>,
    budget: Budget,
}

impl<'a, 'f> Assessment<'a, 'f> {
    fn of_protection(&self, wanted: &'static [Protection]) -> Vec<&'a ServerKeys<'f>> {
        let servers = self.servers.iter();
        let servers = servers.filter(|(_, protection)| wanted.contains(protection));
        servers.map(|(server, _)| *server).collect()
    }

    fn remember(&mut self) {
        let secure = self.of_protection(&[Protection::Secure]);
        for CurrentDs { ds, seen_at, ttl } in self.current.ds.iter().flatten() {
            let Some(ttl) = ttl.filter(|_| !ds.is_empty()) else {
                continue;
            };
            let is_good = secure.iter().any(|server| {
                judge_by_ds(ds, &server.keys.served, &mut self.budget) == DsVerdict::Secure
            });
            let sighting = Sighting {
                is_good,
                ..Sighting::new(*seen_at, ttl)
            };
            self.history.ds.record(ds, ds.len(), sighting);
        }
        for server in self.of_protection(&[Protection::Secure, Protection::UnknownDs]) {
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
        let servers = self.of_protection(&[Protection::Secure, Protection::Insecure]);
        if servers.is_empty() {
            return Verdict::NotAssessed;
        }
        for (ds, until) in self.history.ds.held_at(self.current.at) {
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
        let Some(ds) = &self.current.ds else {
            return Verdict::NotAssessed;
        };
        let secure = self.of_protection(&[Protection::Secure]);
        if secure.is_empty() && self.of_protection(&[Protection::Insecure]).is_empty() {
            return Verdict::NotAssessed;
        }
        let held = self.history.keys.held_at(self.current.at);
        let held = held.into_iter().filter(|(keys, _)| !self.is_served(keys));
        let held: Vec<_> = held.collect();
        for CurrentDs { ds, .. } in ds {
            let leads_to = |server: &&ServerKeys<'_>, budget: &mut Budget| {
                judge_by_ds(ds, &server.keys.served, budget) == DsVerdict::Secure
            };
            // One that leads nowhere fails for everyone.
            if held.is_empty()
                || !secure
                    .iter()
                    .any(|server| leads_to(server, &mut self.budget))
            {
                continue;
            }
            for (keys, until) in &held {
                if judge_by_ds(ds, keys, &mut self.budget).is_bogus() {
                    let detail = format!(
                        "resolvers may hold the DNSKEY RRset of {} until {until}, which the DS RRset of {} does not lead to",
                        key_list(tags(keys)),
                        key_list(ds.iter().map(|ds| ds.key_tag))
                    );
                    let until = *until;
                    return Verdict::TooEarly(Finding { until, detail });
                }
            }
        }
        Verdict::InTime
    }

    /// Who holds an older DNSKEY RRset and gets data as it is signed now.
    fn zsk_used(&self) -> Verdict {
        let servers = self.of_protection(&[Protection::Secure, Protection::UnknownDs]);
        if servers.is_empty() {
            return Verdict::NotAssessed;
        }
        let held = self.history.keys.held_at(self.current.at);
        let held = held.into_iter().filter(|(keys, _)| !self.is_served(keys));
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

    /// Whether a server serves these keys now: what does not fit them then is no matter of time.
    fn is_served(&self, keys: &SignedDnskeys) -> bool {
        let mut servers = self.current.servers.iter();
        servers.any(|server| server.keys.served == *keys)
    }
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
