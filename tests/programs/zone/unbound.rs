//! Unbound: the resolver of the exporter, and an authority over one transport alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::command;
use crate::zone::world::{CONTROL, Member, ZONE};

/// Writes what the resolver reads, and returns the command that starts it. `anchor` is the DS of the root's key.
pub fn resolver(directory: &Path, hints: &Path, anchor: &str) -> Command {
    let text = format!(
        "    interface: {CONTROL}\n    access-control: 0.0.0.0/0 allow\n    root-hints: \"{}\"\n    trust-anchor: \". DS {anchor}\"\n    \
         local-zone: \"test.\" nodefault\n    module-config: \"validator iterator\"\n    \
         target-fetch-policy: \"0 0 0 0 0\"\n",
        hints.display()
    );
    start(directory, &text)
}

/// An authority for the zone in the file `copy` of its directory, at the addresses of `member`, over one transport.
pub fn authority(directory: &Path, member: &Member, over_tcp: bool) -> Command {
    let [ipv4, ipv6] = member.addresses();
    let silent = if over_tcp { "do-udp: no" } else { "do-tcp: no" };
    let text = format!(
        "    interface: {ipv4}\n    interface: {ipv6}\n    access-control: 0.0.0.0/0 refuse_non_local\n    \
         access-control: ::/0 refuse_non_local\n    {silent}\n    nsid: \"ascii_{}\"\n    \
         local-zone: \"test.\" nodefault\nauth-zone:\n    name: \"{ZONE}\"\n    zonefile: \"copy\"\n    \
         for-upstream: no\n    for-downstream: yes\n",
        member.name
    );
    start(directory, &text)
}

fn start(directory: &Path, rest: &str) -> Command {
    let text = format!(
        "server:\n    directory: \"{}\"\n    do-daemonize: no\n    username: \"\"\n    chroot: \"\"\n    pidfile: \"\"\n    \
         use-syslog: no\n    verbosity: 1\n    edns-tcp-keepalive: no\n{rest}",
        directory.display()
    );
    fs::write(directory.join("unbound.conf"), text).expect("a configuration file");
    again(directory)
}

/// The command that starts what was started in a directory before.
pub fn again(directory: &Path) -> Command {
    let mut unbound = command("unbound");
    unbound
        .arg("-d")
        .arg("-c")
        .arg(directory.join("unbound.conf"));
    unbound
}
