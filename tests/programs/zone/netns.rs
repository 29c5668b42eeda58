//! A network of its own for each test, in which servers have addresses as they would on the Internet, on port 53.

use std::net::IpAddr;

use crate::namespaces;
use crate::process::{command, run};

/// Runs `body` in a network of its own; `test` is the test that calls this.
pub fn apart<T: Fn()>(test: T, body: impl FnOnce()) {
    namespaces::apart(test, &["--net", "--mount"], || {
        make_links();
        body();
    });
}

/// The loopback interface, and a cable whose other end is held by nobody.
fn make_links() {
    for arguments in [
        "link set lo up",
        "link add nowhere type veth peer name nobody",
        "link set nobody up",
        // Without ARP and neighbour discovery, which would tell that nobody is there.
        "link set nowhere arp off up",
        // Room before the addresses of this machine, for what `refuse` says of them.
        "-4 rule add pref 100 table local",
        "-6 rule add pref 100 table local",
        "-4 rule delete pref 0",
        "-6 rule delete pref 0",
    ] {
        run(command("ip").args(arguments.split(' ')));
    }
}

/// Refuses what goes to port 53 of an address, as a firewall on the way would; `which` are selectors of `ip rule`.
pub fn refuse(address: IpAddr, which: &[&str]) {
    rule("add", address, which);
}

/// Lets through what was refused.
pub fn admit(address: IpAddr, which: &[&str]) {
    rule("delete", address, which);
}

fn rule(change: &str, address: IpAddr, which: &[&str]) {
    let first = [
        "rule",
        change,
        "pref",
        "1",
        "to",
        &address.to_string(),
        "dport",
        "53",
    ];
    ip(address, &[&first, which, &["unreachable"]].concat());
}

/// How packets to an address come to nothing.
#[derive(Clone, Copy)]
pub enum Cut {
    /// They vanish.
    Silent,
    /// There is no route to it.
    Unreachable,
}

/// Gives this machine an address, on which a server may listen.
pub fn add(address: IpAddr) {
    ip(address, &["address", "add", &prefix(address), "dev", "lo"]);
}

/// Takes it away, while the server goes on listening.
pub fn cut(address: IpAddr, cut: Cut) {
    ip(
        address,
        &["address", "delete", &prefix(address), "dev", "lo"],
    );
    if let Cut::Silent = cut {
        ip(
            address,
            &["route", "add", &prefix(address), "dev", "nowhere"],
        );
    }
}

/// Brings back an address that was cut off.
pub fn mend(address: IpAddr, cut: Cut) {
    if let Cut::Silent = cut {
        ip(
            address,
            &["route", "delete", &prefix(address), "dev", "nowhere"],
        );
    }
    add(address);
}

fn ip(address: IpAddr, arguments: &[&str]) {
    let mut ip = command("ip");
    ip.arg(if address.is_ipv4() { "-4" } else { "-6" })
        .args(arguments);
    // A server must be able to bind the address at once, and nobody else can have it.
    if address.is_ipv6() && arguments.starts_with(&["address", "add"]) {
        ip.arg("nodad");
    }
    run(&mut ip);
}

fn prefix(address: IpAddr) -> String {
    format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })
}
