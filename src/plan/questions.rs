//! The questions that are asked beside the one of the request, for what judging it takes.

use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};

use super::ParameterError;
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
    /// The zone's nameservers, as it names them itself.
    Ns,
    /// Something that no authority for the zone knows, for the server to find out.
    Recursion,
    /// The whole zone.
    Transfer,
}

impl Purpose {
    /// Whether the answer is to be one of an authority for the zone. What strangers must not get is not.
    pub const fn asks_about_zone(self) -> bool {
        !matches!(self, Self::Recursion | Self::Transfer)
    }

    /// Whether a server fails that does not answer it: what the parent is asked to publish, and what strangers must not
    /// get, is beside the point.
    pub const fn affects_verdict(self) -> bool {
        !matches!(
            self,
            Self::Cds | Self::Cdnskey | Self::Recursion | Self::Transfer
        )
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
            vec![
                self.apex_query(Purpose::Cds, RrType::CDS),
                self.apex_query(Purpose::Cdnskey, RrType::CDNSKEY),
            ]
        } else {
            vec![self.apex_query(Purpose::Dnskey, RrType::DNSKEY)]
        }
    }

    /// What the zone lacks.
    pub(super) fn for_denial(&self) -> Result<[ExtraQuery; 2], ParameterError> {
        let zone = self.zone;
        let name = zone.prepend_label(&random_label());
        let name = name.map_err(|error| {
            ParameterError::new(
                "denial",
                format!("no random name fits below {zone}: {error}"),
            )
        })?;
        Ok([
            self.extra_query(Purpose::AbsentName, name, RrType::A),
            self.apex_query(Purpose::AbsentType, ABSENT_TYPE),
        ])
    }

    /// What can be held against what other servers of the zone say.
    pub(super) fn for_comparison(&self) -> ExtraQuery {
        self.apex_query(Purpose::Ns, RrType::NS)
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

/// It says who asks, for whoever reads the server's logs.
fn random_label() -> Vec<u8> {
    let mut random = [0; 8];
    // Without randomness the name is merely the same each time, and does not exist either.
    let _ = SystemRandom::new().fill(&mut random);
    format!("outsidein-{}", data_encoding::HEXLOWER.encode(&random)).into_bytes()
}
