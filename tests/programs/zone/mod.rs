//! The zone as a whole on real servers, in a network of its own: Knot signs; Knot, BIND, NSD and PowerDNS transfer it;
//! a parent delegates it and unbound resolves. Each fault is made on the servers themselves, and must show in the
//! metric that is meant for it and in no other: a probe before and one during the fault are held against each other.
//! `end_to_end` and `lesser_faults` put the monitoring of deploy/ on top: each fault must reach the webhook as the alert
//! that is meant for it.

mod bind;
mod changes;
mod consistency;
mod delegation;
mod end_to_end;
mod exporter;
mod exposition;
mod healthy;
mod knot;
mod lab;
mod lesser_faults;
mod monitoring;
mod netns;
mod nsd;
mod powerdns;
mod availability;
mod serials;
mod exposure;
mod transfer;
mod unbound;
mod world;
