//! PowerDNS: signs each answer by itself, from zone files and keys in SQLite; one zone is signed beforehand.

use std::process::Command;

use super::zones::{Denial, NSEC3, NSEC3_SALTED, Recipe, Zone, signed_by_ldns};
use super::{LOOPBACK, Server};
use crate::process::{Directory, command, run};

const RECIPES: &[Recipe] = &[
    Recipe::new("RsaSha256", &["rsasha256/2048"], Denial::Nsec),
    Recipe::new("RsaSha512", &["rsasha512/2048"], NSEC3),
    Recipe::new("EcdsaP256", &["ecdsa256"], NSEC3).with_single_key(),
    Recipe::new("EcdsaP384", &["ecdsa384"], Denial::Nsec),
    Recipe::new("Ed25519", &["ed25519"], NSEC3_SALTED),
];
/// NSEC3 records made up for each answer, just around the hash in question ("white lies", RFC 7129 appendix B).
const NARROW: Recipe = Recipe::new("Narrow", &["ecdsa256"], NSEC3).with_single_key();
/// Signed by ldns, served as it is.
const PRESIGNED: Recipe = Recipe::new("Presigned", &["ECDSAP256SHA256"], Denial::Nsec);

/// Types that its parser does not know, and a name for which it answers SERVFAIL.
const WITHOUT: &[&str] = &["PX", "RT", "\\032blank\\255"];

/// Starts pdns_server with the rich zone signed in each way.
pub fn start() -> Server {
    let directory = Directory::new();
    let rich =
        |recipe: &Recipe| Zone::rich(&directory, &format!("{}.Pdns.Test", recipe.label), WITHOUT);
    let signing: Vec<_> = RECIPES.iter().chain([&NARROW]).collect();
    let mut zones: Vec<_> = signing.iter().map(|recipe| rich(recipe)).collect();
    zones.push(signed_by_ldns(
        &directory,
        &rich(&PRESIGNED),
        &PRESIGNED,
        &[],
    ));
    configure(&directory, &zones, 0);
    run(pdnsutil(&directory)
        .arg("create-bind-db")
        .arg(directory.path().join("dnssec.sqlite")));
    for (recipe, zone) in signing.iter().zip(&zones) {
        secure(&directory, &zone.origin, recipe);
        run(pdnsutil(&directory).args(["rectify-zone", &zone.origin]));
    }
    run(pdnsutil(&directory).args(["set-presigned", &format!("{}.Pdns.Test", PRESIGNED.label)]));
    Server::start("powerdns", directory, zones, configure)
}

/// Starts pdns_server with zones whose files it serves as they are.
pub fn start_with(kind: &'static str, directory: Directory, zones: Vec<Zone>) -> Server {
    configure(&directory, &zones, 0);
    run(pdnsutil(&directory)
        .arg("create-bind-db")
        .arg(directory.path().join("dnssec.sqlite")));
    for zone in &zones {
        run(pdnsutil(&directory).args(["set-presigned", &zone.origin]));
    }
    Server::start(kind, directory, zones, configure)
}

/// Starts pdns_server with a zone that has a KSK and a ZSK, and caches nothing. Its keys have the TTL of negative answers.
pub fn start_rolling(origin: &str, ttl: u32) -> Server {
    let directory = Directory::new();
    let text =
        format!("$TTL {ttl}\n@ SOA ns1 hostmaster 1 60 60 600 {ttl}\n@ NS ns1\nns1 A 127.0.0.1\n");
    let zones = vec![Zone::of_text(&directory, origin, &text, &[])];
    configure(&directory, &zones, 0);
    run(pdnsutil(&directory)
        .arg("create-bind-db")
        .arg(directory.path().join("dnssec.sqlite")));
    secure(
        &directory,
        origin,
        &Recipe::new("Rolling", &["ecdsa256"], Denial::Nsec),
    );
    run(pdnsutil(&directory).args(["unset-publish-cds", origin]));
    run(pdnsutil(&directory).args(["unset-publish-cdnskey", origin]));
    Server::start(
        "powerdns-rolling",
        directory,
        zones,
        |directory, zones, port| {
            let mut server = configure(directory, zones, port);
            server.args([
                "--cache-ttl=0",
                "--query-cache-ttl=0",
                "--negquery-cache-ttl=0",
                "--dnssec-key-cache-ttl=0",
                "--zone-metadata-cache-ttl=0",
            ]);
            server
        },
    )
}

/// Gives an order about the zones of a running server.
pub fn order(server: &Server, arguments: &[&str]) {
    run(pdnsutil(server.directory()).args(arguments));
}

/// Adds a key that is published, `active` or `inactive`, and returns its number.
pub fn add_key(server: &Server, origin: &str, role: &str, state: &str) -> String {
    let arguments = ["add-zone-key", origin, role, state, "published", "ecdsa256"];
    let printed = run(pdnsutil(server.directory()).args(arguments));
    printed.trim().to_owned()
}

/// The number of the key with this tag.
pub fn key_id(server: &Server, origin: &str, tag: u16) -> String {
    let shown = run(pdnsutil(server.directory()).args(["show-zone", origin]));
    let tag = format!("tag = {tag},");
    let line = shown.lines().find(|line| line.contains(&tag));
    let id = line.and_then(|line| line.strip_prefix("ID = ")?.split(' ').next());
    id.unwrap_or_else(|| panic!("{tag} in {shown}")).to_owned()
}

fn secure(directory: &Directory, origin: &str, recipe: &Recipe) {
    let roles: &[&str] = if recipe.single {
        &["ksk"]
    } else {
        &["ksk", "zsk"]
    };
    for role in roles {
        let (algorithm, bits) = recipe.algorithms[0]
            .split_once('/')
            .unwrap_or((recipe.algorithms[0], ""));
        let mut add = pdnsutil(directory);
        add.args([
            "add-zone-key",
            origin,
            role,
            "active",
            "published",
            algorithm,
        ]);
        run(if bits.is_empty() {
            &mut add
        } else {
            add.arg(bits)
        });
    }
    if let Denial::Nsec3 {
        iterations, salt, ..
    } = recipe.denial
    {
        let salt = if salt.is_empty() { "-" } else { salt };
        let mut set = pdnsutil(directory);
        set.args(["set-nsec3", origin, &format!("1 0 {iterations} {salt}")]);
        run(if recipe.label == NARROW.label {
            set.arg("narrow")
        } else {
            &mut set
        });
    }
    run(pdnsutil(directory).args(["set-publish-cds", origin]));
    run(pdnsutil(directory).args(["set-publish-cdnskey", origin]));
}

/// The private keys of a zone as it exports them.
pub fn exported_keys(server: &Server, origin: &str) -> Vec<String> {
    let shown = run(pdnsutil(server.directory()).args(["show-zone", origin]));
    let ids = shown
        .lines()
        .filter_map(|line| line.strip_prefix("ID = ")?.split(' ').next());
    ids.map(|id| run(pdnsutil(server.directory()).args(["export-zone-key", origin, id])))
        .collect()
}

fn pdnsutil(directory: &Directory) -> Command {
    let mut pdnsutil = command("pdnsutil");
    pdnsutil.arg("--config-dir").arg(directory.path());
    pdnsutil
}

fn configure(directory: &Directory, zones: &[Zone], port: u16) -> Command {
    let path = directory.path().display();
    let [ipv4, ipv6] = LOOPBACK;
    let zone = |Zone { origin, file, .. }: &Zone| {
        format!(
            "zone \"{origin}\" {{ type master; file \"{}\"; }};\n",
            file.display()
        )
    };
    directory.write(
        "zones.conf",
        &zones.iter().map(zone).collect::<Vec<_>>().concat(),
    );
    let text = format!(
        r"
launch=bind
bind-config={path}/zones.conf
bind-dnssec-db={path}/dnssec.sqlite
local-address={ipv4}:{port},[{ipv6}]:{port}
socket-dir={path}
dname-processing=yes
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
    directory.write("pdns.conf", &text);
    let mut server = command("pdns_server");
    server.arg(format!("--config-dir={path}"));
    server
}
