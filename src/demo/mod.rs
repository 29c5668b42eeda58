//! Embedded nameservers: zones built and signed at start-up with ring, one healthy and one for each way a zone breaks.
//!
//! [`ZoneBuilder`] makes a zone, [`SignedZone`] can be broken afterwards, [`Zones`] answers a query as octets, and a
//! [`Nameserver`] puts them on loopback. [`Demo`] does all of it for the table [`ZONES`]. No clock is read here.

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

pub use denial::Lie;
pub use error::ZoneError;
pub use key::{SigningKey, Validity};
pub use nsec::type_bitmap;
pub use respond::{Behaviour, NSID, ServedZone, Zones};
pub use rrset::{Node, SignedRrset};
pub use server::Nameserver;
pub use signed::SignedZone;
pub use zone::{Duty, ZoneBuilder};
pub use zones::{DemoZone, ZONES};

use crate::dns::{Name, Timestamp};

/// The nameserver of `outsidein demo`; it ends when it is dropped.
#[derive(Debug)]
pub struct Demo {
    nameserver: Nameserver,
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
        let nameserver = Nameserver::start(zones, port).await?;
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
    pub fn without_ipv6(&self) -> Option<&str> {
        self.nameserver.without_ipv6()
    }

    /// One of its zones.
    pub fn zone(&self, apex: &Name) -> Option<&SignedZone> {
        self.nameserver.zones().get(apex).map(|served| &served.zone)
    }
}
