//! Knot: signs the zones by itself while it serves them.

use std::fs;
use std::process::Command;

use super::zones::{Denial, NSEC3, NSEC3_OPT_OUT, NSEC3_SALTED, Recipe, Zone};
use super::{LOOPBACK, Server};
use crate::process::{Directory, command, run};

const RECIPES: &[Recipe] = &[
    Recipe::new("RsaSha256", &["rsasha256"], NSEC3),
    Recipe::new("RsaSha512", &["rsasha512"], Denial::Nsec),
    Recipe::new("EcdsaP256", &["ecdsap256sha256"], Denial::Nsec).with_single_key(),
    Recipe::new("EcdsaP384", &["ecdsap384sha384"], NSEC3_SALTED),
    Recipe::new("Ed25519", &["ed25519"], NSEC3_OPT_OUT),
    Recipe::new("Ed25519Single", &["ed25519"], NSEC3).with_single_key(),
];

/// Types that its parser does not know.
const WITHOUT: &[&str] = &["PX"];

/// Starts knotd with the rich zone under each signing policy.
pub fn start() -> Server {
    let directory = Directory::new();
    let rich =
        |recipe: &Recipe| Zone::rich(&directory, &format!("{}.Knot.Test", recipe.label), WITHOUT);
    let zones = RECIPES.iter().map(rich).collect();
    start_knotd("knot", directory, zones, RECIPES)
}

/// Starts knotd with the rich zone signed answer by answer (module onlinesign), by NSEC.
pub fn start_online() -> Server {
    let directory = Directory::new();
    let zones = vec![Zone::rich(&directory, "Online.Knot.Test", WITHOUT)];
    fs::create_dir(directory.path().join("database")).expect("a directory for keys");
    Server::start("knot-online", directory, zones, |directory, zones, port| {
        let entries: String = zones
            .iter()
            .map(|zone| zone_entry(zone, None) + "    module: mod-onlinesign\n")
            .collect();
        started(
            directory,
            &(preamble(directory, port) + "zone:\n" + &entries),
        )
    })
}

/// Starts knotd with a zone whose keys can be rolled within seconds, and says CDS and CDNSKEY of the key it waits for.
pub fn start_rolling() -> Server {
    let directory = Directory::new();
    let text = "$TTL 1\n@ SOA ns1 hostmaster 1 60 60 600 1\n@ NS ns1\nns1 A 127.0.0.1\n";
    let zones = vec![Zone::of_text(&directory, "Rolling.Knot.Test", text, &[])];
    fs::create_dir(directory.path().join("database")).expect("a directory for keys");
    Server::start(
        "knot-rolling",
        directory,
        zones,
        |directory, zones, port| {
            let policy = "policy:\n  - id: rolling\n    algorithm: ecdsap256sha256\n    cds-cdnskey-publish: rollover\n    \
                      ksk-lifetime: 0\n    zsk-lifetime: 0\n    propagation-delay: 1\n    dnskey-ttl: 1\n    zone-max-ttl: 1\n";
            let signing = "    dnssec-signing: on\n    dnssec-policy: rolling\n";
            let entries: String = zones
                .iter()
                .map(|zone| zone_entry(zone, None) + signing)
                .collect();
            started(
                directory,
                &(preamble(directory, port) + policy + "zone:\n" + &entries),
            )
        },
    )
}

/// Starts knotd with a zone whose keys it rolls within seconds, and that asks a parent on loopback for its DS.
pub fn start_rolling_with_parent(origin: &str, parent_port: u16) -> Server {
    let directory = Directory::new();
    let text = "$TTL 3\n@ SOA ns1 hostmaster 1 60 60 600 1\n@ NS ns1\nns1 A 127.0.0.1\n";
    let zones = vec![Zone::of_text(&directory, origin, text, &[])];
    fs::create_dir(directory.path().join("database")).expect("a directory for keys");
    Server::start(
        "knot-rolling",
        directory,
        zones,
        |directory, zones, port| {
            let policy = format!(
                "remote:\n  - id: parent\n    address: 127.0.0.1@{parent_port}\nsubmission:\n  - id: parent\n    parent: parent\n    \
                 check-interval: 1\npolicy:\n  - id: rolling\n    algorithm: ecdsap256sha256\n    cds-cdnskey-publish: rollover\n    \
                 ksk-lifetime: 0\n    zsk-lifetime: 0\n    propagation-delay: 2\n    dnskey-ttl: 3\n    zone-max-ttl: 3\n    \
                 ksk-submission: parent\n"
            );
            let signing = "    dnssec-signing: on\n    dnssec-policy: rolling\n";
            let entries: String = zones
                .iter()
                .map(|zone| zone_entry(zone, None) + signing)
                .collect();
            started(
                directory,
                &(preamble(directory, port) + &policy + "zone:\n" + &entries),
            )
        },
    )
}

/// Starts knotd with a zone that it signs and hands to secondaries; its keys can be rolled.
pub fn start_primary(origin: &str) -> Server {
    let directory = Directory::new();
    let text = "$TTL 60\n@ SOA ns1 hostmaster 2026112201 15 5 300 60\n@ NS ns1\n@ NS ns2\nns1 A 127.0.0.1\nns2 A 127.0.0.1\n";
    let zones = vec![Zone::of_text(&directory, origin, text, &[])];
    fs::create_dir(directory.path().join("database")).expect("a directory for keys");
    Server::start(
        "knot-primary",
        directory,
        zones,
        |directory, zones, port| {
            let head = "acl:\n  - id: transfer\n    action: transfer\npolicy:\n  - id: rolling\n    algorithm: ecdsap256sha256\n    \
                    cds-cdnskey-publish: rollover\n    ksk-lifetime: 0\n    zsk-lifetime: 0\n    propagation-delay: 1\n    \
                    dnskey-ttl: 1\n    zone-max-ttl: 60\n";
            let rest = "    acl: transfer\n    dnssec-signing: on\n    dnssec-policy: rolling\n";
            let entries: String = zones
                .iter()
                .map(|zone| zone_entry(zone, None) + rest)
                .collect();
            started(
                directory,
                &(preamble(directory, port) + head + "zone:\n" + &entries),
            )
        },
    )
}

/// Starts knotd as a secondary of `primary`: it counts EXPIRE down between refreshes.
pub fn start_secondary(primary: &Server) -> Server {
    let directory = Directory::new();
    fs::create_dir(directory.path().join("database")).expect("a directory for timers");
    let copy = |zone: &Zone| zone.at(directory.path().join(format!("{}.copy", zone.origin)));
    let zones = primary.zones.iter().map(copy).collect();
    let [master, _] = primary.addresses();
    Server::start(
        "knot-secondary",
        directory,
        zones,
        |directory, zones, port| {
            let head = format!(
                "remote:\n  - id: primary\n    address: \"{}@{}\"\n",
                master.ip(),
                master.port()
            );
            let entries: String = zones
                .iter()
                .map(|zone| zone_entry(zone, None) + "    master: primary\n")
                .collect();
            started(
                directory,
                &(preamble(directory, port) + &head + "zone:\n" + &entries),
            )
        },
    )
}

/// Gives a running knotd an order about its zones.
pub fn order(server: &Server, arguments: &[&str]) {
    let mut knotc = command("knotc");
    run(knotc
        .arg("-c")
        .arg(server.directory().path().join("knot.conf"))
        .args(arguments));
}

/// Starts knotd with zones whose files it serves as they are.
pub fn start_with(kind: &'static str, directory: Directory, zones: Vec<Zone>) -> Server {
    start_knotd(kind, directory, zones, &[])
}

/// `recipes` are those of `zones` from the first on; a zone that has none is not signed.
fn start_knotd(
    kind: &'static str,
    directory: Directory,
    zones: Vec<Zone>,
    recipes: &'static [Recipe],
) -> Server {
    // It makes no directory for its keys by itself.
    fs::create_dir(directory.path().join("database")).expect("a directory for keys");
    Server::start(kind, directory, zones, move |directory, zones, port| {
        let policies: Vec<_> = recipes.iter().map(policy).collect();
        let signers = recipes.iter().map(Some).chain(std::iter::repeat(None));
        let entries: Vec<_> = zones
            .iter()
            .zip(signers)
            .map(|(zone, recipe)| zone_entry(zone, recipe))
            .collect();
        let text = preamble(directory, port)
            + "policy:\n"
            + &policies.concat()
            + "zone:\n"
            + &entries.concat();
        started(directory, &text)
    })
}

fn started(directory: &Directory, configuration: &str) -> Command {
    let mut knotd = command("knotd");
    knotd
        .arg("-c")
        .arg(directory.write("knot.conf", configuration));
    knotd
}

fn preamble(directory: &Directory, port: u16) -> String {
    let directory = directory.path().display();
    let [ipv4, ipv6] = LOOPBACK;
    format!(
        r#"
server:
    rundir: "{directory}"
    listen: [ "{ipv4}@{port}", "{ipv6}@{port}" ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "{directory}/database"
"#
    )
}

fn zone_entry(Zone { origin, file, .. }: &Zone, recipe: Option<&Recipe>) -> String {
    let signing = match recipe {
        Some(recipe) => format!(
            "    dnssec-signing: on\n    dnssec-policy: {}\n",
            recipe.label
        ),
        None => String::new(),
    };
    // By default it checks signatures and refuses zones that are broken on purpose.
    format!(
        "  - domain: \"{origin}\"\n    file: \"{}\"\n    zonefile-sync: -1\n    journal-content: none\n    semantic-checks: off\n{signing}",
        file.display()
    )
}

fn policy(recipe: &Recipe) -> String {
    let on = |flag: bool| if flag { "on" } else { "off" };
    let denial = match recipe.denial {
        Denial::Nsec => "    nsec3: off\n".to_owned(),
        // Knot draws the salt itself.
        Denial::Nsec3 {
            iterations,
            salt,
            opt_out,
        } => format!(
            "    nsec3: on\n    nsec3-iterations: {iterations}\n    nsec3-salt-length: {}\n    nsec3-opt-out: {}\n",
            salt.len() / 2,
            on(opt_out)
        ),
    };
    format!(
        "  - id: {}\n    algorithm: {}\n    single-type-signing: {}\n    cds-cdnskey-publish: always\n{denial}",
        recipe.label,
        recipe.algorithms[0],
        on(recipe.single)
    )
}
