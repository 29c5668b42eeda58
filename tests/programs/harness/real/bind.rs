//! BIND 9.18: serves zones that dnssec-signzone signed, in every algorithm that it can.

use std::fs;
use std::process::Command;

use super::zones::{Denial, NSEC3, NSEC3_OPT_OUT, NSEC3_SALTED, Recipe, Zone, signed_by_bind};
use super::{LOOPBACK, Server};
use crate::process::{Directory, command, path_of, run};

const RECIPES: &[Recipe] = &[
    Recipe::new("RsaSha1", &["RSASHA1/1024"], Denial::Nsec),
    Recipe::new("Nsec3RsaSha1", &["NSEC3RSASHA1/2048"], NSEC3),
    Recipe::new("RsaSha256", &["RSASHA256/2048"], Denial::Nsec),
    Recipe::new("RsaSha512", &["RSASHA512/4096"], NSEC3_SALTED),
    Recipe::new("EcdsaP256", &["ECDSAP256SHA256"], NSEC3).with_single_key(),
    Recipe::new("EcdsaP384", &["ECDSAP384SHA384"], Denial::Nsec),
    Recipe::new("Ed25519", &["ED25519"], NSEC3_OPT_OUT),
    Recipe::new("Ed448", &["ED448"], Denial::Nsec),
    Recipe::new("Two", &["RSASHA256/2048", "ECDSAP256SHA256"], NSEC3),
];

/// Starts named with the rich zone signed in each way.
pub fn start() -> Server {
    let directory = Directory::new();
    let sign = |recipe: &Recipe| {
        let zone = Zone::rich(&directory, &format!("{}.Bind.Test", recipe.label), &[]);
        signed_by_bind(&directory, &zone, recipe)
    };
    let zones = RECIPES.iter().map(sign).collect();
    start_with("bind", directory, zones)
}

/// Starts named with zones whose files it serves as they are.
pub fn start_with(kind: &'static str, directory: Directory, zones: Vec<Zone>) -> Server {
    // Debian's AppArmor profile holds /usr/sbin/named to /etc/bind and /var/cache/bind; a copy elsewhere is free of it.
    let program = directory.path().join("named");
    fs::copy(path_of("named"), &program).expect("a copy of named");
    Server::start(kind, directory, zones, move |directory, zones, port| {
        let file = directory.write("named.conf", &configuration(directory, zones, port));
        let mut named = Command::new(&program);
        named.args(["-g", "-n", "1", "-c"]).arg(file);
        named
    })
}

/// Starts named with a zone whose keys it rolls within seconds, once it is ordered to.
pub fn start_rolling(origin: &str) -> Server {
    let directory = Directory::new();
    let text = "$TTL 3\n@ SOA ns1 hostmaster 1 60 60 600 1\n@ NS ns1\nns1 A 127.0.0.1\n";
    let zones = vec![Zone::of_text(&directory, origin, text, &[])];
    let program = directory.path().join("named");
    fs::copy(path_of("named"), &program).expect("a copy of named");
    fs::create_dir(directory.path().join("keys")).expect("a directory for keys");
    let secret = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=";
    let key = format!("key rndc {{ algorithm hmac-sha256; secret \"{secret}\"; }};\n");
    Server::start(
        "bind-rolling",
        directory,
        zones,
        move |directory, zones, port| {
            let control = super::free_port();
            let options = "options { default-key rndc; default-server 127.0.0.1; default-port";
            directory.write("rndc.conf", &format!("{key}{options} {control}; }};\n"));
            let path = directory.path().display();
            let controls = format!(
                "controls {{ inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ rndc; }}; }};"
            );
            // Signatures are made anew long before they end, so that a rollover need not wait for those of the former key.
            let policy = "dnssec-policy rolling { keys { ksk lifetime unlimited algorithm 13; zsk lifetime unlimited algorithm 13; }; \
                      dnskey-ttl 3; max-zone-ttl 3; publish-safety 1; retire-safety 1; zone-propagation-delay 2; parent-ds-ttl 3; \
                      parent-propagation-delay 1; signatures-validity 100; signatures-validity-dnskey 100; signatures-refresh 80; signatures-jitter 0; \
                      purge-keys 0; };\n";
            let text = configuration(directory, &[], port).replace("controls { };", &controls);
            let Zone { origin, file, .. } = &zones[0];
            let zone = format!(
                "zone \"{origin}\" {{ type primary; file \"{}\"; dnssec-policy rolling; inline-signing yes; key-directory \"{path}/keys\"; }};\n",
                file.display()
            );
            let file = directory.write("named.conf", &(key.clone() + policy + &text + &zone));
            let mut named = Command::new(&program);
            named.args(["-g", "-n", "1", "-c"]).arg(file);
            named
        },
    )
}

/// Gives a running named an order.
pub fn order(server: &Server, arguments: &[&str]) {
    let mut rndc = command("rndc");
    run(rndc
        .arg("-c")
        .arg(server.directory().path().join("rndc.conf"))
        .args(arguments));
}

fn configuration(directory: &Directory, zones: &[Zone], port: u16) -> String {
    let directory = directory.path().display();
    let [ipv4, ipv6] = LOOPBACK;
    let options = format!(
        r#"
options {{
    directory "{directory}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ {ipv4}; }};
    listen-on-v6 port {port} {{ {ipv6}; }};
    recursion no;
    // It would ask the root for its keys.
    dnssec-validation no;
    notify no;
    empty-zones-enable no;
    check-integrity no;
    check-names primary ignore;
    rate-limit {{ exempt-clients {{ any; }}; }};
}};
controls {{ }};
"#
    );
    let zone = |Zone { origin, file, .. }: &Zone| {
        format!(
            "zone \"{origin}\" {{ type primary; file \"{}\"; }};\n",
            file.display()
        )
    };
    options + &zones.iter().map(zone).collect::<Vec<_>>().concat()
}
