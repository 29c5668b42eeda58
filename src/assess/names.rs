//! What one address said of the names of the zone: their data, whether DNSSEC bears it out, and whether it is what probes.json
//! expects. `zone/consistency` compares the data of all servers.

use std::collections::BTreeSet;

use ring::digest::{SHA256, digest};

use super::answer::{AcceptedAnswer, AnswerKind, exchange_subject};
use super::apex_rrsets::CanonicalRdatas;
use crate::config::ExpectedData;
use crate::dns::{Class, Name, Question, RrType, Rrset, Serial, uncompressed_rdata_text};
use crate::exchange::Exchange;
use crate::plan::{NameDemand, NameQuestion, Purpose, TargetPlan};
use crate::reason::{Failure, Reason};
use crate::report::NameReport;

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
    valid_answers: &[Option<bool>],
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
        let found = answers
            .iter()
            .enumerate()
            .find(|(_, answer)| !answer.faulty && asks_for_it(answer.purpose, answer.question));
        let answer = found.map(|(_, answer)| answer);
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
            valid: found.and_then(|(index, _)| valid_answers.get(index).copied().flatten()),
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
        AssessedName {
            report,
            facts: NameFacts {
                data,
                version: answer.and_then(|answer| answer.zone_version(&plan.zone)),
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
fn last_alias<'a>(answer: &'a AcceptedAnswer<'_>, zone: &Name) -> Option<&'a Name> {
    let final_name = &answer.final_name;
    let is_data = |rrset: &Rrset<'_>| {
        rrset.rtype == answer.question.rtype
            && rrset.class == Class::IN
            && rrset.owner == final_name
            && !rrset.records.is_empty()
    };
    if final_name.is_within(zone) && answer.rrsets.iter().any(is_data) {
        return None;
    }
    let mut aliases = answer.names.iter().zip(answer.names.iter().skip(1));
    let leads_out = |(owner, target): &(&Name, &Name)| {
        owner.is_within(zone) && (!target.is_within(zone) || *target == final_name)
    };
    aliases.find(leads_out).map(|(owner, _)| owner)
}
