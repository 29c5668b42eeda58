//! BIND 9.18: serves zones that dnssec-signzone signed, in every algorithm that it can.

use std::fs;
use std::process::Command;

use super::zones::{Denial, NSEC3, NSEC3_OPT_OUT, NSEC3_SALTED, Recipe, Zone, signed_by_bind};
use super::{LOOPBACK, Server};
use crate::process::{Directory, path_of};

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
