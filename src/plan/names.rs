//! The names that every server of a zone is asked for: those that probes.json lists, and those that most zones have.

use crate::config::{Config, ExpectedData, Nameserver, Zone, ZoneName};
use crate::dns::{Name, RrType};

/// Nameservers within the zone whose addresses are asked for: with more, each address would be asked dozens of questions.
const MAX_USUAL_HOSTS: usize = 4;
const ADDRESS_TYPES: [RrType; 2] = [RrType::A, RrType::AAAA];
/// What an apex often has beside what makes it one.
const USUAL_APEX_TYPES: [RrType; 4] = [RrType::A, RrType::AAAA, RrType::MX, RrType::CAA];

/// One type of one name, and what its data is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameQuestion {
    /// The owner name.
    pub name: Name,
    /// The type.
    pub rtype: RrType,
    /// What probes.json says must be there.
    pub demand: NameDemand,
    /// What its data must be.
    pub expected: Option<ExpectedData>,
    /// Whether all servers that have one version of the zone must give the same data.
    pub same_everywhere: bool,
}

/// What must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameDemand {
    /// Nothing: probes.json does not list the name.
    Nothing,
    /// The name, whatever types it has.
    Name,
    /// The name with data of the type.
    Data,
}

impl NameQuestion {
    fn usual(name: &Name, rtype: RrType) -> Self {
        Self {
            name: name.clone(),
            rtype,
            demand: NameDemand::Nothing,
            expected: None,
            same_everywhere: true,
        }
    }
}

/// What each server of the zone at `apex` is asked for; each question once, as it is listed if it is.
pub(super) fn name_questions(apex: &Name, zone: &Zone, config: &Config) -> Vec<NameQuestion> {
    let listed = zone.names.iter().flat_map(listed_questions);
    let at_apex = zone.apex_types().map(|rtype| NameQuestion {
        demand: NameDemand::Data,
        ..NameQuestion::usual(apex, rtype)
    });
    let hosts = usual_hosts(apex, zone, config);
    let of_hosts = hosts.into_iter().flat_map(|host| {
        ADDRESS_TYPES
            .iter()
            .map(move |&rtype| NameQuestion::usual(host, rtype))
    });
    let usual_at_apex = USUAL_APEX_TYPES
        .iter()
        .map(|&rtype| NameQuestion::usual(apex, rtype));
    let mut questions: Vec<NameQuestion> = Vec::new();
    for question in listed.chain(at_apex).chain(of_hosts).chain(usual_at_apex) {
        let is_same =
            |other: &NameQuestion| other.rtype == question.rtype && other.name == question.name;
        if !questions.iter().any(is_same) {
            questions.push(question);
        }
    }
    questions
}

fn listed_questions(listed: &ZoneName) -> impl Iterator<Item = NameQuestion> {
    let demand = if listed.types.is_empty() {
        NameDemand::Name
    } else {
        NameDemand::Data
    };
    listed.asked_types().iter().map(move |&rtype| NameQuestion {
        name: listed.name.clone(),
        rtype,
        demand,
        expected: listed.expected.clone(),
        same_everywhere: listed.same_everywhere,
    })
}

/// The zone's nameservers below its apex, as far as probes.json knows their host names.
fn usual_hosts<'c>(apex: &Name, zone: &'c Zone, config: &'c Config) -> Vec<&'c Name> {
    let nameservers = zone.nameservers.iter();
    let nameservers = nameservers.filter_map(|name| config.nameservers.get(name));
    let hosts = nameservers
        .filter(|nameserver: &&Nameserver| !nameserver.hidden)
        .filter_map(|nameserver| nameserver.host.as_ref())
        .filter(|host| host.is_within(apex));
    let mut unique = Vec::new();
    for host in hosts {
        if !unique.contains(&host) {
            unique.push(host);
        }
    }
    unique.truncate(MAX_USUAL_HOSTS);
    unique
}
