//! The real program under systemd's protocols, and what deploy/ has for systemd before systemd's own judges. No systemd runs
//! here as the first process: the socket that is told is ours, and `systemd-socket-activate` passes the one to listen on.

mod manager;
mod notify;
mod sandbox;
mod socket;
mod units;
