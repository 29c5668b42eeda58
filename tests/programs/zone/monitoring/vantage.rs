//! Another vantage point: an exporter and its vmagent in a network of their own, at the end of a cable.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::process::{Process, command, path_of, run};
use crate::zone::lab::wait_for;

/// The ends of the cable.
const HOME: [&str; 2] = ["10.54.1.1/24", "2001:db8:541::1/64"];
const AWAY: [&str; 2] = ["10.54.1.2/24", "2001:db8:541::2/64"];

/// Everything there ends with this.
pub struct Vantage {
    _network: Process,
}

impl Vantage {
    /// The address that its queries over IPv4 come from.
    pub const SOURCE: &str = "10.54.1.2";

    /// Starts it, with the same probes.json as at home. Its vmagent says with each sample where it comes from.
    pub fn start(directory: &Path, probes: &Path, scrape: &str, database: SocketAddr) -> Self {
        fs::create_dir(directory).expect("a directory");
        fs::write(directory.join("scrape.yml"), scrape).expect("a file");
        fs::write(directory.join("start"), script(probes, database)).expect("a script");
        let mut network = command("unshare");
        network
            .args(["--net", "--pid", "--fork", "--kill-child", "sh"])
            .arg(directory.join("start"))
            .arg(directory);
        let network = Process::start(&network, directory.join("log"));
        wait_for("a network of its own", || directory.join("ready").exists());
        ip(&format!(
            "link add home type veth peer name away netns {}",
            network.id()
        ));
        for address in HOME {
            ip(&format!("address add {address} dev home nodad"));
        }
        ip("link set home up");
        Self { _network: network }
    }
}

fn ip(arguments: &str) {
    run(command("ip").args(arguments.split(' ')));
}

/// What is done in the new network, once the cable is there.
fn script(probes: &Path, database: SocketAddr) -> String {
    let [ipv4, ipv6] = AWAY;
    let [gateway4, gateway6] = HOME.map(|address| address.split('/').next().expect("an address"));
    format!(
        "set -e\n\
         cd \"$1\"\n\
         touch ready\n\
         until {ip} link show away; do sleep 0.1; done\n\
         {ip} link set lo up\n\
         {ip} address add {ipv4} dev away\n\
         {ip} address add {ipv6} dev away nodad\n\
         {ip} link set away up\n\
         {ip} route add default via {gateway4}\n\
         {ip} -6 route add default via {gateway6}\n\
         {outsidein} serve --config.file {probes} &\n\
         exec {vmagent} -promscrape.config=scrape.yml -promscrape.httpSDCheckInterval=2s -httpListenAddr=127.0.0.1:8429 \
         -remoteWrite.tmpDataPath=queue -remoteWrite.url=http://{database}/api/v1/write -remoteWrite.label=vantage=away\n",
        ip = path_of("ip").display(),
        outsidein = env!("CARGO_BIN_EXE_outsidein"),
        probes = probes.display(),
        vmagent = path_of("vmagent").display(),
    )
}
