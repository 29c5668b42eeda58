//! The questions that are asked beside the one of the request, for what judging it takes.

use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};

use super::names::{NameDemand, NameQuestion};
use crate::config::Module;
use crate::dns::{Name, Query, Question, RrType, Transports};

/// A type for private use (RFC 6895 section 3.1) that no server puts at an apex by itself; BIND keeps its own notes
/// under 65534.
const ABSENT_TYPE: RrType = RrType(65_280);

/// What a question is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It is the one of the request.
    Asked,
    /// The zone's keys.
    Dnskey,
    /// A name below the apex that nobody can guess, so that no server has it.
    AbsentName,
    /// A type that the apex lacks.
    AbsentType,
    /// What the zone asks its parent to publish (RFC 7344), by digest.
    Cds,
    /// The same by key.
    Cdnskey,
    /// The zone that the server has for the name asked for, if that is not the apex.
    ZoneCut,
    /// The zone's nameservers, as it names them itself.
    Ns,
    /// Data of a name that probes.json lists.
    ListedName,
    /// Data that most zones have: the addresses of the nameservers within the zone, the mail servers of its apex.
    UsualName,
    /// Something that no authority for the zone knows, for the server to find out.
    Recursion,
    /// The whole zone.
    Transfer,
}

impl Purpose {
    /// Whether the answer is to be one of an authority for the zone. What strangers must not get is not, nor what another zone of
    /// the server may answer.
    pub const fn asks_about_zone(self) -> bool {
        !matches!(self, Self::ZoneCut | Self::Recursion | Self::Transfer)
    }

    /// Whether a server fails that does not answer it: what the parent is asked to publish, and what strangers must not
    /// get, is beside the point, and names are many.
    pub const fn affects_verdict(self) -> bool {
        !matches!(
            self,
            Self::Cds
                | Self::Cdnskey
                | Self::ZoneCut
                | Self::ListedName
                | Self::UsualName
                | Self::Recursion
                | Self::Transfer
        )
    }

    /// Whether it is data of a name beside what every zone has. A lost packet is then held against nobody, for many such
    /// questions would make a loss of one in a hundred a failure of every tenth probe; what is answered counts.
    pub const fn is_name(self) -> bool {
        matches!(self, Self::ListedName | Self::UsualName)
    }
}

/// A question that is asked beside the one of the request.
#[derive(Clone, Debug)]
pub struct ExtraQuery {
    /// What it is asked for.
    pub purpose: Purpose,
    /// The question.
    pub query: Arc<Query>,
    /// How it travels.
    pub transports: Transports,
}

impl ExtraQuery {
    /// Asked once, where the question of the request travels over both transports.
    fn once(self) -> Self {
        let transports = match self.transports {
            Transports::Both | Transports::Udp => Transports::Udp,
            Transports::Tcp => Transports::Tcp,
        };
        Self { transports, ..self }
    }
}

/// What the questions of one plan have in common.
pub(super) struct ExtraQueryBuilder<'p> {
    pub(super) zone: &'p Name,
    pub(super) module: &'p Module,
    pub(super) transports: Transports,
}

impl ExtraQueryBuilder<'_> {
    /// What judging the answer to `question` takes: the keys, unless it asks for them itself, in which case it is of interest
    /// how they stand to the parent.
    pub(super) fn for_validation(&self, question: &Question) -> Vec<ExtraQuery> {
        if question.rtype == RrType::DNSKEY && question.name == *self.zone {
            self.for_parent().to_vec()
        } else {
            let keys = self.apex_query(Purpose::Dnskey, RrType::DNSKEY);
            let name = &question.name;
            let zone_cut = (name != self.zone).then(|| {
                self.extra_query(Purpose::ZoneCut, name.clone(), RrType::SOA)
                    .once()
            });
            std::iter::once(keys).chain(zone_cut).collect()
        }
    }

    /// What judging a zone as a whole takes: its keys, and how they stand to the parent.
    pub(super) fn for_zone_validation(&self) -> Vec<ExtraQuery> {
        let keys = self.apex_query(Purpose::Dnskey, RrType::DNSKEY);
        std::iter::once(keys).chain(self.for_parent()).collect()
    }

    fn for_parent(&self) -> [ExtraQuery; 2] {
        [
            (Purpose::Cds, RrType::CDS),
            (Purpose::Cdnskey, RrType::CDNSKEY),
        ]
        .map(|(purpose, rtype)| self.apex_query(purpose, rtype).once())
    }

    /// What the zone lacks: an absent type, and as many random names, as far as one fits below the zone.
    pub(super) fn for_denial(&self, names: usize) -> Vec<ExtraQuery> {
        let names = (0..names).filter_map(|_| random_name(self.zone));
        let names = names.map(|name| self.extra_query(Purpose::AbsentName, name, RrType::A));
        let absent_type = self.apex_query(Purpose::AbsentType, ABSENT_TYPE);
        names.chain([absent_type]).map(ExtraQuery::once).collect()
    }

    /// What can be held against what other servers of the zone say.
    pub(super) fn for_comparison(&self) -> ExtraQuery {
        self.apex_query(Purpose::Ns, RrType::NS)
    }

    /// Data of names.
    pub(super) fn for_names(&self, names: &[NameQuestion]) -> Vec<ExtraQuery> {
        let queries = names.iter().map(|question| {
            let purpose = match question.demand {
                NameDemand::Nothing => Purpose::UsualName,
                NameDemand::Name | NameDemand::Data => Purpose::ListedName,
            };
            self.extra_query(purpose, question.name.clone(), question.rtype)
                .once()
        });
        queries.collect()
    }

    /// What strangers must not get, as far as the module asks for it.
    pub(super) fn for_exposure(&self) -> impl Iterator<Item = ExtraQuery> {
        let recursion = self.module.recursion.then(|| ExtraQuery {
            purpose: Purpose::Recursion,
            query: Arc::new(Query::for_recursion(Name::root(), RrType::SOA)),
            transports: Transports::Udp,
        });
        // RFC 5936 section 4.2: a transfer of the whole zone goes over TCP.
        let transfer = self.module.transfer.then(|| ExtraQuery {
            transports: Transports::Tcp,
            ..self.apex_query(Purpose::Transfer, RrType::AXFR)
        });
        recursion.into_iter().chain(transfer)
    }

    fn apex_query(&self, purpose: Purpose, rtype: RrType) -> ExtraQuery {
        self.extra_query(purpose, self.zone.clone(), rtype)
    }

    fn extra_query(&self, purpose: Purpose, name: Name, rtype: RrType) -> ExtraQuery {
        let query = Arc::new(Query::new(name, rtype, self.module.udp_size));
        ExtraQuery {
            purpose,
            query,
            transports: self.transports,
        }
    }
}

/// The labels of a random name, at the most.
const MAX_DEPTH: u8 = 3;

/// A name below `zone` that does not exist, with one to three labels below it. Its labels begin with any digit or letter up to `v`, so that
/// successive probes see different NSEC records as well as different NSEC3 records. `None` where none fits.
fn random_name(zone: &Name) -> Option<Name> {
    let mut random = [0; 1];
    // Without randomness the name is merely the same each time, and does not exist either.
    let _ = SystemRandom::new().fill(&mut random);
    let depth = 1 + random[0] % MAX_DEPTH;
    let mut name = zone.prepend_label(&random_label()).ok()?;
    for _ in 1..depth {
        name = name.prepend_label(&random_label()).unwrap_or(name);
    }
    Some(name)
}

/// A label that nobody can guess. It says who asks, for the reader of the server's log.
fn random_label() -> Vec<u8> {
    let mut random = [0; 8];
    let _ = SystemRandom::new().fill(&mut random);
    let text = data_encoding::BASE32HEX_NOPAD.encode(&random);
    format!("{}-outsidein", text.to_lowercase()).into_bytes()
}
