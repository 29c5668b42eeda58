//! PowerDNS: a secondary that answers no EDNS EXPIRE, and never lets go of a zone.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{command, run};
use crate::zone::world::{Member, PRIMARY, ZONE};

/// Writes what the server reads, and returns the command that starts it.
pub fn secondary(directory: &Path, member: &Member) -> Command {
    let [ipv4, ipv6] = member.addresses();
    let [primary, _] = PRIMARY.addresses();
    let (path, name) = (directory.display(), member.name);
    let zones = format!(
        "zone \"{ZONE}\" {{ type slave; file \"{path}/copy\"; masters {{ {primary}; }}; }};\n"
    );
    fs::write(directory.join("zones.conf"), zones).expect("a list of zones");
    let text = format!(
        r"
launch=bind
bind-config={path}/zones.conf
bind-dnssec-db={path}/dnssec.sqlite
local-address={ipv4},{ipv6}
query-local-address={ipv4},{ipv6}
server-id={name}
secondary=yes
xfr-cycle-interval=1
allow-axfr-ips=
socket-dir={path}
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
guardian=no
daemon=no
setuid=
setgid=
webserver=no
api=no
receiver-threads=1
distributor-threads=1
security-poll-suffix=
"
    );
    fs::write(directory.join("pdns.conf"), text).expect("a configuration file");
    let database = directory.join("dnssec.sqlite");
    if !database.exists() {
        run(command("pdnsutil")
            .arg("--config-dir")
            .arg(directory)
            .arg("create-bind-db")
            .arg(database));
    }
    let mut server = command("pdns_server");
    server.arg(format!("--config-dir={path}"));
    server
}

/// Gives the running server an order.
pub fn order(directory: &Path, arguments: &[&str]) {
    run(command("pdns_control")
        .arg(format!("--socket-dir={}", directory.display()))
        .args(arguments));
}
