//! The exchanges against small hand-made servers on loopback, over both families; the flow against a script.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod conversation;
mod resolve;
mod scripted;
mod servers;
mod tcp;
mod udp;
