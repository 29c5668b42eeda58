//! Embedded nameservers: zones built and signed at start-up with ring, one healthy and one for each way a zone breaks.
//!
//! [`ZoneBuilder`] makes a zone, [`SignedZone`] can be broken afterwards, [`ServedZones`] answers a query as octets, and a
//! [`DemoNameserver`] puts them on loopback. [`Demo`] does all of it for the table [`ZONES`]. No clock is read here.

mod error;
mod key;
mod encode;
mod rrset;
mod signed;
mod fault;
mod nsec;
mod denial;
mod zone;
mod proof;
mod reply;
mod lookup;
mod respond;
mod server;
mod zones;

use std::io;
use std::net::SocketAddr;

pub use denial::OnlineDenial;
pub use error::ZoneError;
pub use key::{SigningKey, ValidityPeriod};
pub use nsec::type_bitmap;
pub use respond::{NSID, ServedZone, ServedZones, ServerBehaviour};
pub use rrset::{Node, SignedRrset};
pub use server::DemoNameserver;
pub use signed::SignedZone;
pub use zone::{KeyDuty, ZoneBuilder};
pub use zones::{DemoZone, ZONES};

use crate::dns::{Name, Timestamp};

/// The nameserver of `outsidein demo`; it ends when it is dropped.
#[derive(Debug)]
pub struct Demo {
    nameserver: DemoNameserver,
}

impl Demo {
    /// Builds and signs [`ZONES`] as of `at` and serves them on 127.0.0.1 and ::1 at `port`, or at one port of the
    /// kernel's choice if that is 0. The healthy signatures hold for 30 days from `at`.
    pub async fn start(port: u16, at: Timestamp) -> io::Result<Self> {
        let built: Result<Vec<_>, ZoneError> = ZONES.iter().map(|zone| zone.build(at)).collect();
        let zones = built
            .map_err(io::Error::other)?
            .into_iter()
            .flatten()
            .collect();
        let nameserver = DemoNameserver::start(zones, port).await?;
        Ok(Self { nameserver })
    }

    /// The port of every address.
    pub fn port(&self) -> u16 {
        self.nameserver.port()
    }

    /// Where it listens, over UDP and TCP: 127.0.0.1, then ::1 where the machine has IPv6.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.nameserver.addresses()
    }

    /// Why it does not listen on ::1, on a machine without IPv6.
    pub fn ipv6_error(&self) -> Option<&str> {
        self.nameserver.ipv6_error()
    }

    /// One of its zones.
    pub fn zone(&self, apex: &Name) -> Option<&SignedZone> {
        self.nameserver.zones().get(apex).map(|served| &served.zone)
    }
}
