//! NSD: serves what ldns-signzone made, or somebody broke afterwards, and looks at no signature.

use super::zones::{Denial, NSEC3, NSEC3_OPT_OUT, NSEC3_SALTED, Recipe, Zone, signed_by_ldns};
use super::{LOOPBACK, Server};
use crate::process::{Directory, command};

const RECIPES: &[Recipe] = &[
    Recipe::new("RsaSha1", &["RSASHA1/2048"], Denial::Nsec),
    Recipe::new("RsaSha256", &["RSASHA256/1024"], NSEC3),
    Recipe::new("RsaSha512", &["RSASHA512/2048"], Denial::Nsec),
    Recipe::new("EcdsaP256", &["ECDSAP256SHA256"], NSEC3_SALTED),
    Recipe::new("EcdsaP384", &["ECDSAP384SHA384"], Denial::Nsec).with_single_key(),
    Recipe::new("Ed25519", &["ED25519"], NSEC3_OPT_OUT),
];

/// Starts NSD with the rich zone signed in each way.
pub fn start() -> Server {
    let directory = Directory::new();
    let sign = |recipe: &Recipe| {
        let zone = Zone::rich(&directory, &format!("{}.Nsd.Test", recipe.label), &[]);
        signed_by_ldns(&directory, &zone, recipe, &[])
    };
    let zones = RECIPES.iter().map(sign).collect();
    start_with("nsd", directory, zones)
}

/// Starts NSD with zones whose files it serves as they are.
pub fn start_with(kind: &'static str, directory: Directory, zones: Vec<Zone>) -> Server {
    Server::start(kind, directory, zones, |directory, zones, port| {
        let mut nsd = command("nsd");
        // It wants an absolute path.
        nsd.args(["-d", "-c"])
            .arg(directory.write("nsd.conf", &configuration(directory, zones, port)));
        nsd
    })
}

fn configuration(directory: &Directory, zones: &[Zone], port: u16) -> String {
    let directory = directory.path().display();
    let [ipv4, ipv6] = LOOPBACK;
    let options = format!(
        r#"
server:
    ip-address: {ipv4}@{port}
    ip-address: {ipv6}@{port}
    username: ""
    chroot: ""
    zonesdir: "{directory}"
    database: ""
    pidfile: ""
    zonelistfile: "{directory}/zone.list"
    xfrdfile: "{directory}/xfrd.state"
    xfrdir: "{directory}"
    server-count: 1
    rrl-ratelimit: 0
remote-control:
    control-enable: no
"#
    );
    let zone = |Zone { origin, file, .. }: &Zone| {
        format!(
            "zone:\n    name: \"{origin}\"\n    zonefile: \"{}\"\n",
            file.display()
        )
    };
    options + &zones.iter().map(zone).collect::<Vec<_>>().concat()
}
