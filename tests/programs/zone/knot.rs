//! Knot: the parent, the primary that signs, and a secondary.

use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use crate::process::{command, run};
use crate::zone::world::{Member, PRIMARY, ZONE};

/// Whom the primary tells of changes, and who may transfer the zone.
pub struct Dealings {
    pub notified: Vec<&'static Member>,
    pub served: Vec<&'static Member>,
    /// Whether strangers may transfer it too.
    pub open: bool,
}

/// A zone that is signed with keys made by [`make_keys`].
pub struct Signed<'s> {
    pub origin: &'s str,
    pub policy: &'s str,
    pub rest: String,
}

/// Keys that replace nothing by themselves: one pair for each zone.
const POLICIES: &str = r"
policy:
  - id: one-key
    algorithm: ecdsap256sha256
    single-type-signing: on
    ksk-lifetime: 0
    zsk-lifetime: 0
  - id: two-keys
    algorithm: ecdsap256sha256
    ksk-lifetime: 0
    zsk-lifetime: 0
    rrsig-lifetime: 14d
    rrsig-refresh: 7d
    # A new key is published for so long before anything is signed with it.
    propagation-delay: 1d
  - id: brief
    algorithm: ecdsap256sha256
    ksk-lifetime: 0
    zsk-lifetime: 0
    rrsig-lifetime: 12s
    rrsig-refresh: 5s
    propagation-delay: 0
    rrsig-pre-refresh: 1s
  - id: short
    algorithm: ecdsap256sha256
    ksk-lifetime: 0
    zsk-lifetime: 0
    rrsig-lifetime: 50m
    rrsig-refresh: 20m
    propagation-delay: 0
    rrsig-pre-refresh: 1s
";

/// The configuration of a server that signs; each zone's file is named after its origin.
pub fn signing(
    directory: &Path,
    addresses: &[IpAddr],
    name: &str,
    head: &str,
    zones: &[Signed<'_>],
) -> String {
    let zone = |Signed {
                    origin,
                    policy,
                    rest,
                }: &Signed<'_>| {
        format!(
            "  - domain: \"{origin}\"\n    file: \"{}\"\n    zonefile-sync: -1\n    zonefile-load: difference-no-serial\n    \
             journal-content: all\n    dnssec-signing: on\n    dnssec-policy: {policy}\n{rest}",
            zone_file(directory, origin).display()
        )
    };
    let zones: String = zones.iter().map(zone).collect();
    preamble(directory, addresses, name) + POLICIES + head + "zone:\n" + &zones
}

/// The configuration of a server of the root and of the zone's parent, each signed by one key.
pub fn parent(directory: &Path, addresses: &[IpAddr]) -> String {
    let zones = [".", "test."].map(|origin| Signed {
        origin,
        policy: "one-key",
        rest: String::new(),
    });
    signing(directory, addresses, "parent", "", &zones)
}

/// Where a server that signs reads a zone.
pub fn zone_file(directory: &Path, origin: &str) -> std::path::PathBuf {
    directory.join(format!("{}zone", origin.replace('.', "_")))
}

/// The configuration of the primary.
pub fn primary(directory: &Path, dealings: &Dealings) -> String {
    let remote = |member: &&Member| {
        let ([address, _], [via, _]) = (member.addresses(), PRIMARY.addresses());
        format!(
            "  - id: {}\n    address: {address}\n    via: {via}\n",
            member.name
        )
    };
    let remotes: String = dealings.notified.iter().map(remote).collect();
    let names: Vec<_> = dealings.notified.iter().map(|member| member.name).collect();
    let served: Vec<_> = dealings
        .served
        .iter()
        .map(|member| member.addresses()[0].to_string())
        .collect();
    let served = if dealings.open {
        String::new()
    } else {
        format!("    address: [ {} ]\n", served.join(", "))
    };
    let head = format!("remote:\n{remotes}acl:\n  - id: transfer\n    action: transfer\n{served}");
    // It takes no empty list.
    let notify = if names.is_empty() {
        String::new()
    } else {
        format!("    notify: [ {} ]\n", names.join(", "))
    };
    let rest = notify + "    acl: transfer\n";
    let zone = Signed {
        origin: ZONE,
        policy: "two-keys",
        rest,
    };
    signing(
        directory,
        &PRIMARY.addresses(),
        PRIMARY.name,
        &head,
        &[zone],
    )
}

/// The configuration of a secondary, which gives itself the name `nsid`.
pub fn secondary(directory: &Path, addresses: &[IpAddr], via: IpAddr, nsid: &str) -> String {
    let [primary, _] = PRIMARY.addresses();
    let zones = format!(
        "remote:\n  - id: primary\n    address: {primary}\n    via: {via}\nacl:\n  - id: notify\n    action: notify\n    \
         address: {primary}\nzone:\n  - domain: \"{ZONE}\"\n    file: \"{}\"\n    master: primary\n    acl: notify\n",
        directory.join("copy").display()
    );
    preamble(directory, addresses, nsid) + &zones
}

/// The configuration of a server that serves the file `copy` of its directory as it is.
pub fn holder(directory: &Path, addresses: &[IpAddr], nsid: &str) -> String {
    let zone = format!(
        "zone:\n  - domain: \"{ZONE}\"\n    file: \"{}\"\n",
        directory.join("copy").display()
    );
    preamble(directory, addresses, nsid) + &zone
}

/// Has that server serve another copy.
pub fn serve(directory: &Path, copy: &str) {
    std::fs::write(directory.join("copy"), copy).expect("a zone file");
    order(directory, &["-b", "zone-reload", ZONE]);
}

fn preamble(directory: &Path, addresses: &[IpAddr], nsid: &str) -> String {
    let listen: Vec<_> = addresses
        .iter()
        .map(|address| format!("\"{address}@53\""))
        .collect();
    let (directory, listen) = (directory.display(), listen.join(", "));
    format!(
        r#"
server:
    rundir: "{directory}"
    listen: [ {listen} ]
    nsid: "{nsid}"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "{directory}/database"
    journal-db-max-size: 64M
    kasp-db-max-size: 64M
    timer-db-max-size: 16M
"#
    )
}

/// The server over `knot.conf` in its directory.
pub fn server(directory: &Path) -> Command {
    let mut knotd = command("knotd");
    knotd.arg("-c").arg(directory.join("knot.conf"));
    knotd
}

/// Makes the keys of a zone.
pub fn make_keys(directory: &Path, origin: &str, roles: &[&str]) {
    for role in roles {
        run(keymgr(directory, origin)
            .args(["generate", "algorithm=13"])
            .args(role.split(' ')));
    }
}

/// The DS of a zone's key, as keymgr prints it, without the owner.
pub fn ds(directory: &Path, origin: &str) -> String {
    let printed = run(keymgr(directory, origin).arg("ds"));
    let mut ds = printed
        .lines()
        .filter_map(|line| line.split_once(" DS "))
        .map(|(_, rdata)| rdata);
    ds.find(|rdata| rdata.split(' ').nth(2) == Some("2"))
        .expect("a DS with SHA-256")
        .to_owned()
}

fn keymgr(directory: &Path, origin: &str) -> Command {
    let mut keymgr = command("keymgr");
    keymgr
        .arg("-c")
        .arg(directory.join("knot.conf"))
        .arg(origin);
    keymgr
}

/// Gives a running server an order and returns what it says.
pub fn order(directory: &Path, arguments: &[&str]) -> String {
    run(command("knotc")
        .arg("-c")
        .arg(directory.join("knot.conf"))
        .args(arguments))
}
