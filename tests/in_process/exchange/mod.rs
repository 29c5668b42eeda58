//! The exchanges against small hand-made servers on loopback, over both families; the flow against a script.
mod conversation;
mod resolve;
mod scripted;
mod servers;
mod tcp;
mod udp;
