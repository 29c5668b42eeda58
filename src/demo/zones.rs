//! The demo's zones: a healthy one, and one for each way in which a zone commonly breaks. The demo's output, the README
//! and the tests read this table.

use std::sync::Arc;

use super::error::ZoneError;
use super::key::{SigningKey, ValidityPeriod};
use super::respond::{ServedZone, ServerBehaviour};
use super::signed::SignedZone;
use super::zone::{KeyDuty, ZoneBuilder};
use crate::dns::{Algorithm, Family, Name, RrType, Timestamp};
use crate::reason::Reason;

/// One zone of the demo.
#[derive(Clone, Copy, Debug)]
pub struct DemoZone {
    /// Its apex.
    pub apex: &'static str,
    /// What is wrong with it, in a few words.
    pub description: &'static str,
    ipv4: &'static [Reason],
    ipv6: &'static [Reason],
    behaviour: ServerBehaviour,
    /// The family over which an older copy is served.
    stale_over: Option<Family>,
    sign: fn(ZoneBuilder, Timestamp) -> Result<SignedZone, ZoneError>,
}

impl DemoZone {
    /// The reasons that a probe of its SOA under the policy `required` must give over one family, and no others.
    pub fn reasons(&self, family: Family) -> &'static [Reason] {
        match family {
            Family::Ipv4 => self.ipv4,
            Family::Ipv6 => self.ipv6,
        }
    }

    /// The zone as it is served when the demo starts at `at`, and the older copy where there is one.
    pub fn build(&self, at: Timestamp) -> Result<Vec<ServedZone>, ZoneError> {
        let apex: Name = self.apex.parse().map_err(|error| ZoneError::Name {
            text: self.apex.to_owned(),
            error,
        })?;
        let zone = || with_records(ZoneBuilder::new(&apex, at), &apex);
        match self.stale_over {
            None => Ok(vec![ServedZone {
                zone: (self.sign)(zone(), at)?,
                behaviour: self.behaviour,
            }]),
            Some(family) => two_copies(zone(), older_copy(zone(), &apex), family),
        }
    }
}

/// Every zone of the demo, the healthy one first.
pub const ZONES: &[DemoZone] = &[
    DemoZone {
        apex: "healthy.test",
        description: "nothing: it is signed, served and in date",
        ipv4: &[],
        ipv6: &[],
        behaviour: ServerBehaviour::Answer,
        stale_over: None,
        sign: sign_healthy,
    },
    DemoZone {
        apex: "expired.test",
        description: "its signatures ended three days ago, as when the signer dies unnoticed",
        ipv4: &[Reason::SignatureExpired],
        ipv6: &[Reason::SignatureExpired],
        behaviour: ServerBehaviour::Answer,
        stale_over: None,
        sign: |zone, at| sign_healthy(zone.validity(ValidityPeriod::days(at, -33, -3)), at),
    },
    DemoZone {
        apex: "not-yet-valid.test",
        description: "its signatures begin in 30 days, as when the signer's clock is wrong",
        ipv4: &[Reason::SignatureNotYetValid],
        ipv6: &[Reason::SignatureNotYetValid],
        behaviour: ServerBehaviour::Answer,
        stale_over: None,
        sign: |zone, at| sign_healthy(zone.validity(ValidityPeriod::days(at, 30, 60)), at),
    },
    DemoZone {
        apex: "tampered.test",
        description: "its SOA and the address of www were changed after they were signed",
        ipv4: &[Reason::SignatureInvalid],
        ipv6: &[Reason::SignatureInvalid],
        behaviour: ServerBehaviour::Answer,
        stale_over: None,
        sign: sign_tampered,
    },
    DemoZone {
        apex: "dnskey-missing.test",
        description: "the key that signs its data is not in its DNSKEY RRset, as after a rollover that went too fast",
        ipv4: &[Reason::DnskeyMissing],
        ipv6: &[Reason::DnskeyMissing],
        behaviour: ServerBehaviour::Answer,
        stale_over: None,
        sign: sign_without_dnskey,
    },
    DemoZone {
        apex: "rrsig-missing.test",
        description: "it has keys and no signatures, as behind a secondary or a middlebox that drops them",
        ipv4: &[Reason::RrsigsMissing],
        ipv6: &[Reason::RrsigsMissing],
        behaviour: ServerBehaviour::Answer,
        stale_over: None,
        sign: sign_without_rrsigs,
    },
    DemoZone {
        apex: "unsigned.test",
        description: "it is not signed",
        ipv4: &[Reason::RrsigsMissing],
        ipv6: &[Reason::RrsigsMissing],
        behaviour: ServerBehaviour::Answer,
        stale_over: None,
        sign: |zone, _| zone.sign(),
    },
    DemoZone {
        apex: "refused.test",
        description: "the server answers REFUSED, as when it lost the zone from its configuration",
        ipv4: &[Reason::Refused],
        ipv6: &[Reason::Refused],
        behaviour: ServerBehaviour::Refuse,
        stale_over: None,
        sign: sign_healthy,
    },
    DemoZone {
        apex: "silent-ipv6.test",
        description: "the server answers over IPv4 and says nothing over IPv6",
        ipv4: &[],
        ipv6: &[Reason::Timeout],
        behaviour: ServerBehaviour::SilentOver(Family::Ipv6),
        stale_over: None,
        sign: sign_healthy,
    },
    DemoZone {
        apex: "stale-ipv6.test",
        description: "each address answers well; over IPv6 an older copy, as when a secondary stopped transferring",
        ipv4: &[],
        ipv6: &[],
        behaviour: ServerBehaviour::Answer,
        stale_over: Some(Family::Ipv6),
        sign: sign_healthy,
    },
    DemoZone {
        apex: "truncating.test",
        description: "nothing, but that every answer over UDP is truncated and must be had over TCP",
        ipv4: &[],
        ipv6: &[],
        behaviour: ServerBehaviour::TruncateOverUdp,
        stale_over: None,
        sign: sign_healthy,
    },
];

/// Beside what every zone has: a host, a text, an alias and a wildcard.
fn with_records(zone: ZoneBuilder, apex: &Name) -> ZoneBuilder {
    zone.record("@", RrType::TXT, "\"outsidein demo\"")
        .record("www", RrType::A, "192.0.2.80")
        .record("www", RrType::AAAA, "2001:db8::80")
        .record("alias", RrType::CNAME, &format!("www.{apex}"))
        .record("*.wild", RrType::TXT, "expanded")
}

/// The zone as it was three changes ago, when it had one nameserver more.
fn older_copy(zone: ZoneBuilder, apex: &Name) -> ZoneBuilder {
    let soa = format!("ns1.{apex} hostmaster.{apex} 2026112198 14400 3600 1209600 300");
    zone.record("@", RrType::SOA, &soa)
        .record("@", RrType::NS, &format!("ns2.{apex}"))
}

/// Signed by the same keys, each copy silent where the other is served.
fn two_copies(
    zone: ZoneBuilder,
    older: ZoneBuilder,
    stale: Family,
) -> Result<Vec<ServedZone>, ZoneError> {
    let (ksk, zsk) = (Arc::new(ksk()?), Arc::new(zsk()?));
    let signed = |zone: ZoneBuilder| {
        zone.key(Arc::clone(&ksk), KeyDuty::Keys)
            .key(Arc::clone(&zsk), KeyDuty::Data)
            .sign()
    };
    let fresh = match stale {
        Family::Ipv4 => Family::Ipv6,
        Family::Ipv6 => Family::Ipv4,
    };
    let copies = [(signed(zone)?, stale), (signed(older)?, fresh)];
    Ok(copies
        .map(|(zone, silent)| ServedZone {
            zone,
            behaviour: ServerBehaviour::SilentOver(silent),
        })
        .into())
}

fn sign_healthy(zone: ZoneBuilder, _at: Timestamp) -> Result<SignedZone, ZoneError> {
    zone.key(ksk()?, KeyDuty::Keys)
        .key(zsk()?, KeyDuty::Data)
        .sign()
}

fn sign_tampered(zone: ZoneBuilder, at: Timestamp) -> Result<SignedZone, ZoneError> {
    let mut zone = sign_healthy(zone, at)?;
    let apex = zone.apex().clone();
    let www = apex
        .prepend_label(b"www")
        .map_err(|error| ZoneError::Name {
            text: format!("www.{apex}"),
            error,
        })?;
    zone.tamper(&apex, RrType::SOA)?;
    zone.tamper(&www, RrType::A)?;
    Ok(zone)
}

fn sign_without_dnskey(zone: ZoneBuilder, _at: Timestamp) -> Result<SignedZone, ZoneError> {
    zone.key(ksk()?, KeyDuty::Keys)
        .key(zsk()?, KeyDuty::Standby)
        .unpublished_key(zsk()?, KeyDuty::Data)
        .sign()
}

fn sign_without_rrsigs(zone: ZoneBuilder, at: Timestamp) -> Result<SignedZone, ZoneError> {
    let mut zone = sign_healthy(zone, at)?;
    zone.strip_rrsigs(|_, _| true);
    Ok(zone)
}

fn ksk() -> Result<SigningKey, ZoneError> {
    SigningKey::generate(Algorithm::ECDSAP256SHA256, SigningKey::KSK)
}

fn zsk() -> Result<SigningKey, ZoneError> {
    SigningKey::generate(Algorithm::ECDSAP256SHA256, SigningKey::ZSK)
}

#[cfg(test)]
#[path = "zones_tests.rs"]
mod tests;
