//! What one address said of the names of the zone: their data, whether DNSSEC bears it out, and whether it is what probes.json
//! expects. `zone/consistency` compares the data of all servers.

use std::collections::{BTreeSet, HashSet};

use ring::digest::{SHA256, digest};

use super::answer::{self, AcceptedAnswer, AnswerKind, exchange_subject};
use super::apex_rrsets::CanonicalRdatas;
use super::zone_below::is_beside_zone;
use crate::config::ExpectedData;
use crate::dns::{Class, Message, Name, Question, Record, RrType, Serial, uncompressed_rdata_text};
use crate::exchange::Exchange;
use crate::plan::{NameDemand, NameQuestion, Purpose, TargetPlan};
use crate::reason::{Failure, Reason};
use crate::report::{DnssecReport, NameReport, Validity};

/// One name at one address.
pub(super) struct AssessedName {
    pub(super) report: NameReport,
    pub(super) facts: NameFacts,
}

/// The data that one address gave of one name, for comparison with what others gave.
#[derive(Debug, Default)]
pub(crate) struct NameFacts {
    /// The data; absent without an authority's answer.
    pub(crate) data: Option<NameData>,
    /// The version of the zone that the answer came from, where the server says.
    pub(crate) version: Option<Serial>,
}

/// The data of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameData {
    /// The type asked for, or CNAME where one leads out of the zone.
    pub(super) rtype: RrType,
    pub(super) rdatas: CanonicalRdatas,
}

impl AssessedName {
    /// The facts, of which nothing stays.
    pub(super) fn take_facts(&mut self) -> NameFacts {
        std::mem::take(&mut self.facts)
    }
}

/// Judges the answers to the names of the plan, in their order. What probes.json expects otherwise goes to `failures`.
pub(super) fn assess_names(
    plan: &TargetPlan,
    exchanges: &[(Purpose, Vec<Exchange>)],
    answers: &[AcceptedAnswer<'_>],
    dnssec: Option<&DnssecReport>,
    failures: &mut Vec<Failure>,
) -> Vec<AssessedName> {
    let names = plan.names.iter().map(|question| {
        let asks_for_it = |purpose: Purpose, asked: &Question| {
            purpose.is_name() && asked.rtype == question.rtype && asked.name == question.name
        };
        let exchange = exchanges
            .iter()
            .filter_map(|(purpose, exchanges)| Some((purpose, exchanges.last()?)))
            .find(|(purpose, exchange)| asks_for_it(**purpose, &exchange.query.question))
            .map(|(_, exchange)| exchange);
        let answer = answers
            .iter()
            .find(|answer| !answer.faulty && asks_for_it(answer.purpose, answer.question));
        let data = answer.and_then(|answer| NameData::read(answer, &plan.zone));
        let failure = data
            .as_ref()
            .zip(answer)
            .map(|(data, answer)| expectation_failure(question, data, answer));
        let report = NameReport {
            name: question.name.clone(),
            rtype: question.rtype,
            answered: exchange.is_some_and(|exchange| exchange.message().is_some()),
            records: data.as_ref().map(NameData::texts).unwrap_or_default(),
            digest: data.as_ref().and_then(NameData::digest),
            valid: answer
                .zip(dnssec)
                .and_then(|(answer, dnssec)| is_valid(answer, &plan.zone, dnssec)),
            expected: failure
                .as_ref()
                .filter(|_| question.demand != NameDemand::Nothing)
                .map(Option::is_none),
        };
        let subject = exchange.map(exchange_subject).unwrap_or_default();
        failures.extend(failure.flatten().map(|failure| Failure {
            detail: format!("{subject}: {}", failure.detail),
            ..failure
        }));
        let version = answer.and_then(|answer| answer.message.edns.as_ref()?.zone_version);
        let version = version.filter(|version| version.is_of(&plan.zone));
        AssessedName {
            report,
            facts: NameFacts {
                data,
                version: version.map(|version| version.serial),
            },
        }
    });
    names.collect()
}

/// Why the data is not what probes.json expects.
fn expectation_failure(
    question: &NameQuestion,
    data: &NameData,
    answer: &AcceptedAnswer<'_>,
) -> Option<Failure> {
    let is_absent = data.rdatas.is_empty();
    match (question.demand, answer.kind) {
        (NameDemand::Nothing, _) => None,
        (NameDemand::Name | NameDemand::Data, AnswerKind::Nxdomain) => Some(Failure::new(
            Reason::Nxdomain,
            "NXDOMAIN: the name does not exist (probes.json lists it)",
        )),
        (NameDemand::Data, _) if is_absent => Some(Failure::new(
            Reason::NoData,
            "NODATA: the name has no data of this type (probes.json lists it)",
        )),
        (NameDemand::Name | NameDemand::Data, _) => {
            let expected = question.expected.as_ref()?;
            let failure = || {
                let detail = format!(
                    "{} (probes.json expects {})",
                    data.text(),
                    expected_text(expected)
                );
                Failure::new(Reason::UnexpectedRecords, detail)
            };
            (!data.is_as_expected(expected, question.rtype)).then(failure)
        }
    }
}

fn expected_text(expected: &ExpectedData) -> String {
    match expected {
        ExpectedData::Records(records) => {
            let texts: Vec<_> = records.iter().map(|record| record.text.as_str()).collect();
            texts.join(", ")
        }
        ExpectedData::Regexp(regexp) => format!("records that match {:?}", regexp.to_string()),
        ExpectedData::Digest(digest) => format!("the digest {digest}"),
    }
}

impl NameData {
    /// `None` where what the answer holds cannot be read.
    fn read(answer: &AcceptedAnswer<'_>, zone: &Name) -> Option<Self> {
        let qtype = answer.question.rtype;
        let empty = CanonicalRdatas::Records(BTreeSet::new());
        let (owner, rtype) = match answer.kind {
            AnswerKind::Nodata | AnswerKind::Nxdomain => {
                return Some(Self {
                    rtype: qtype,
                    rdatas: empty,
                });
            }
            AnswerKind::OtherRcode => return None,
            AnswerKind::Positive => match last_alias(answer, zone) {
                Some(alias) => (alias, RrType::CNAME),
                None => (&answer.final_name, qtype),
            },
        };
        let rdatas = CanonicalRdatas::read(answer.message, owner, rtype)?;
        Some(Self { rtype, rdatas })
    }

    fn texts(&self) -> Vec<String> {
        self.rdatas.texts(self.rtype)
    }

    /// The type and the data, for a person.
    pub(super) fn text(&self) -> String {
        let list = self
            .rdatas
            .list_text(|rdata| uncompressed_rdata_text(self.rtype, rdata));
        format!("{} {list}", self.rtype)
    }

    /// From 1 to 2^53 - 1, which a float counts exactly; 0 for no data. `None` for more than any honest server gives.
    fn digest(&self) -> Option<u64> {
        let CanonicalRdatas::Records(rdatas) = &self.rdatas else {
            return None;
        };
        if rdatas.is_empty() {
            return Some(0);
        }
        let mut octets = self.rtype.0.to_be_bytes().to_vec();
        for rdata in rdatas {
            // RDATA has at most 65,535 octets on the wire, and in canonical form a few hundred more at the most.
            octets.extend(u32::try_from(rdata.len()).ok()?.to_be_bytes());
            octets.extend(rdata);
        }
        let digest = digest(&SHA256, &octets);
        let head: &[u8; 8] = digest.as_ref().first_chunk()?;
        Some((u64::from_be_bytes(*head) >> 11).max(1))
    }

    fn is_as_expected(&self, expected: &ExpectedData, qtype: RrType) -> bool {
        match expected {
            ExpectedData::Records(records) => {
                let expected = records.iter().map(|record| record.rdata.clone()).collect();
                self.rtype == qtype && self.rdatas == CanonicalRdatas::Records(expected)
            }
            ExpectedData::Regexp(regexp) => match &self.rdatas {
                CanonicalRdatas::Records(rdatas) => {
                    let matches = |rdata: &Vec<u8>| {
                        regexp.is_match(&uncompressed_rdata_text(self.rtype, rdata))
                    };
                    !rdatas.is_empty() && rdatas.iter().all(matches)
                }
                CanonicalRdatas::Oversized => false,
            },
            ExpectedData::Digest(digest) => self.digest() == Some(*digest),
        }
    }
}

/// The name of the zone whose CNAME leads out of it, or to data that the answer does not hold.
fn last_alias<'e>(answer: &AcceptedAnswer<'e>, zone: &Name) -> Option<&'e Name> {
    let has_data = answer.final_name.is_within(zone)
        && records(answer.message).any(|record| {
            record.rtype == answer.question.rtype && record.owner == answer.final_name
        });
    if has_data {
        return None;
    }
    let aliases = records(answer.message)
        .filter(|record| record.rtype == RrType::CNAME && record.owner.is_within(zone));
    let target = |record: &Record| answer::alias_target(answer.message, record);
    let mut leading_out = aliases.clone().filter(|record| {
        target(record).is_some_and(|target| {
            let mut owners = aliases.clone().map(|alias| &alias.owner);
            !owners.any(|owner| *owner == target)
        })
    });
    leading_out.next().map(|record| &record.owner)
}

fn records(message: &Message) -> impl Iterator<Item = &Record> + Clone {
    let answer = message.answer.iter();
    answer.filter(|record| record.class == Class::IN)
}

/// Whether all RRsets of the answer verified, and what proves that something is not there; `None` where it could not be told.
fn is_valid(answer: &AcceptedAnswer<'_>, zone: &Name, dnssec: &DnssecReport) -> Option<bool> {
    if !dnssec.signed || is_beside_zone(answer, zone) {
        return None;
    }
    let message = answer.message;
    let sections = message.answer.iter().chain(&message.authority);
    let owners: HashSet<_> = sections
        .map(|record| (&record.owner, record.rtype))
        .collect();
    let of_rrsets = dnssec.rrsets.iter().filter(|rrset| {
        rrset.transport == answer.transport && owners.contains(&(&rrset.owner, rrset.rtype))
    });
    let of_denials = dnssec.denials.iter().filter(|denial| {
        let is_of_it = denial.name == answer.question.name || denial.name == answer.final_name;
        denial.purpose == answer.purpose && denial.rtype == answer.question.rtype && is_of_it
    });
    let validities: Vec<_> = of_rrsets
        .map(|rrset| rrset.held)
        .chain(of_denials.map(|denial| denial.held))
        .collect();
    let is_decided = !validities.is_empty() && !validities.contains(&Validity::Undecided);
    if validities.contains(&Validity::Invalid) {
        Some(false)
    } else {
        is_decided.then_some(true)
    }
}
