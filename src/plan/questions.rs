//! The questions that are asked beside the one of the request, for what judging it takes.

use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};

use super::ParameterError;
use crate::dns::{Name, Query, Question, RrType};

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
}

/// A question that is asked beside the one of the request.
pub type Beside = (Purpose, Arc<Query>);

/// The questions beside `asked`: for the keys, unless it asks for them itself, in which case it is of interest how they
/// stand to the parent; and with `denial` for what does not exist.
pub(super) fn beside(
    asked: &Question,
    zone: &Name,
    udp_size: u16,
    denial: bool,
) -> Result<Vec<Beside>, ParameterError> {
    let of_apex = |purpose, rtype| (purpose, Arc::new(Query::new(zone.clone(), rtype, udp_size)));
    let mut beside = if asked.rtype == RrType::DNSKEY && asked.name == *zone {
        vec![of_apex(Purpose::Cds, RrType::CDS), of_apex(Purpose::Cdnskey, RrType::CDNSKEY)]
    } else {
        vec![of_apex(Purpose::Dnskey, RrType::DNSKEY)]
    };
    if denial {
        let name = zone.prepended(&random_label());
        let name =
            name.map_err(|error| ParameterError::new("denial", format!("no random name fits below {zone}: {error}")))?;
        beside.push((Purpose::AbsentName, Arc::new(Query::new(name, RrType::A, udp_size))));
        beside.push(of_apex(Purpose::AbsentType, ABSENT_TYPE));
    }
    Ok(beside)
}

/// It says who asks, for whoever reads the server's logs.
fn random_label() -> Vec<u8> {
    let mut random = [0; 8];
    // Without randomness the name is merely the same each time, and does not exist either.
    let _ = SystemRandom::new().fill(&mut random);
    format!("outsidein-{}", data_encoding::HEXLOWER.encode(&random)).into_bytes()
}
