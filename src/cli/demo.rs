//! `outsidein demo`: nameservers with a healthy zone and broken ones, and the exporter on top.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use super::CommandError;
use super::arguments::DemoArguments;
use super::output::print;
use super::serve::{Exporter, ListenSource};
use crate::config::Config;
use crate::demo::{self, Demo, SignedZone};
use crate::dns::Timestamp;
use crate::network::clock;
use crate::plan::SCRAPE_TIMEOUT_OFFSET;
use crate::server::ConfigSource;

/// The probes.json at the root of the repository, which this command runs.
const PROBES_JSON: &str = include_str!("../../probes.json");
/// The nameserver in it that is ours to play.
const NAMESERVER: &str = "demo";

pub(super) async fn run(arguments: DemoArguments) -> Result<ExitCode, CommandError> {
    let mut config = Config::parse(PROBES_JSON, "probes.json")?;
    let nameserver = config.nameservers.get_mut(NAMESERVER);
    let nameserver = nameserver
        .ok_or_else(|| CommandError(format!("probes.json: no nameserver `{NAMESERVER}`")))?;
    let port = arguments.port.unwrap_or(nameserver.port);
    let demo = Demo::start(port, Timestamp::from(clock::wall_clock_now()))
        .await
        .map_err(|error| port_error(port, &error))?;
    nameserver.port = demo.port();
    nameserver.addresses = demo.addresses().iter().map(SocketAddr::ip).collect();
    for (apex, zone) in &mut config.zones {
        // The keys are new at each start, so their digests cannot stand in probes.json.
        zone.trust_anchors = demo
            .zone(apex)
            .map(SignedZone::trust_anchors)
            .unwrap_or_default();
    }
    let source = ConfigSource::Fixed(config);
    let exporter = Exporter::bind(
        source,
        SCRAPE_TIMEOUT_OFFSET,
        None,
        ListenSource::Address(arguments.web.listen_address),
    )
    .await?;
    print(&introduction(&exporter, &demo))?;
    exporter.run().await?;
    Ok(ExitCode::SUCCESS)
}

fn port_error(port: u16, error: &io::Error) -> CommandError {
    CommandError(format!(
        "nameservers on port {port}: {error} (--demo.port 0 takes a port that is free)"
    ))
}

fn introduction(exporter: &Exporter, demo: &Demo) -> String {
    let url = format!("http://{}/probe?target={NAMESERVER}", exporter.address);
    let addresses: Vec<_> = demo
        .addresses()
        .iter()
        .map(|address| address.ip().to_string())
        .collect();
    let zones: Vec<_> = demo::ZONES
        .iter()
        .map(|zone| format!("  {:<20} {}", zone.apex, zone.description))
        .collect();
    let no_ipv6 = demo
        .ipv6_error()
        .map(|error| format!("\nIPv4 only: {error}\n"))
        .unwrap_or_default();
    format!(
        "Nameservers on {addresses}, port {port}, serve\n\n{zones}\n{no_ipv6}\nTry\n\n  \
         curl '{url}&zone=healthy.test'\n  \
         curl '{url}&zone=expired.test&format=text'\n  \
         curl '{url}&zone=tampered.test&debug=true'\n  \
         curl '{url}&zone=silent-ipv6.test&format=json'\n  \
         curl 'http://{exporter}/probe?zone=stale-ipv6.test&format=text'\n  \
         curl '{url}&zone=healthy.test&qtype=DNSKEY&denial=true&format=text'\n  \
         dig @{first} -p {port} expired.test SOA +dnssec\n\nStop with Ctrl-C.\n",
        exporter = exporter.address,
        addresses = addresses.join(" and "),
        port = demo.port(),
        zones = zones.join("\n"),
        first = addresses.first().map_or("127.0.0.1", String::as_str),
    )
}
