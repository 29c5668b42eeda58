//! NSD: a secondary that answers no EDNS EXPIRE.

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
    let text = format!(
        r#"
server:
    ip-address: {ipv4}
    ip-address: {ipv6}
    nsid: "ascii_{name}"
    username: ""
    chroot: ""
    zonesdir: "{path}"
    database: ""
    pidfile: ""
    zonelistfile: "{path}/zone.list"
    xfrdfile: "{path}/xfrd.state"
    xfrdir: "{path}"
    server-count: 1
    rrl-ratelimit: 0
remote-control:
    control-enable: yes
    control-interface: "{path}/control"
zone:
    name: "{ZONE}"
    zonefile: "copy"
    request-xfr: {primary} NOKEY
    allow-notify: {primary} NOKEY
    outgoing-interface: {ipv4}
"#
    );
    let file = directory.join("nsd.conf");
    fs::write(&file, text).expect("a configuration file");
    let mut nsd = command("nsd");
    nsd.args(["-d", "-c"]).arg(file);
    nsd
}

/// Gives the running server an order.
pub fn order(directory: &Path, arguments: &[&str]) {
    run(command("nsd-control")
        .arg("-c")
        .arg(directory.join("nsd.conf"))
        .args(arguments));
}
