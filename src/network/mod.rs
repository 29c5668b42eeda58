//! The only network code: one query sent, what came back, and how long the network took. Nothing is judged here.

// Octets of the network must not make a probe panic; where an index cannot fail, the code says why.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

use std::future::Future;
use std::net::IpAddr;
use std::time::Instant;

use crate::exchange::{Ask, Exchange};

mod arrival;
pub mod clock;
mod conversation;
mod resolve;
mod connection_slots;
mod system;
mod tcp;
mod udp;

pub use conversation::ask;
pub use system::SystemNetwork;

/// What the probe needs of a network; tests put their own in its place.
pub trait Network: Send + Sync {
    /// Sends one query and waits for its response.
    fn exchange(&self, ask: Ask) -> impl Future<Output = Exchange> + Send;

    /// The addresses of a host name, in no order that means anything.
    fn resolve(
        &self,
        host: &str,
        deadline: Instant,
    ) -> impl Future<Output = Result<Vec<IpAddr>, String>> + Send;
}
