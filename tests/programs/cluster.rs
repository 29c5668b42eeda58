//! Probing is stateless, so vmagent's cluster mode spreads it: each discovered probe is scraped by one member, or by two.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::SystemTime;

use crate::database::Database;
use crate::process::{Directory, Process, command};
use crate::support::Exporter;
use outsidein::config::Config;
use outsidein::demo::Demo;
use outsidein::dns::Timestamp;
use outsidein::server::ConfigSource;
use serde_json::{Map, json};

/// Zones, each of which is one probe.
const PROBES: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn two_members_share_the_probes_between_them() {
    let owners = scraped_by_two_members(1).await;
    assert!(
        owners.values().all(|members| members.len() == 1),
        "each probe by one member: {owners:#?}"
    );
    let first = owners.values().filter(|members| members == &&["0"]).count();
    assert!(
        (PROBES / 4..=PROBES * 3 / 4).contains(&first),
        "{first} of {PROBES} are the first member's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn replication_factor_two_probes_everything_twice() {
    let owners = scraped_by_two_members(2).await;
    assert!(
        owners.values().all(|members| members == &["0", "1"]),
        "each probe by both members: {owners:#?}"
    );
}

/// Which members of the cluster have scraped each probe, once all have been.
async fn scraped_by_two_members(replication_factor: usize) -> BTreeMap<String, Vec<String>> {
    let demo = Demo::start(0, Timestamp::from(SystemTime::now()))
        .await
        .expect("the demo starts");
    let exporter = Exporter::start(ConfigSource::Fixed(many_zones(demo.port())))
        .await
        .address;
    let scraped = tokio::task::spawn_blocking(move || {
        let database = Database::victoria_metrics("scrape_configs: []\n");
        let directory = Directory::new();
        let _members = ["0", "1"].map(|number| {
            member(
                &directory,
                number,
                replication_factor,
                exporter,
                database.address,
            )
        });
        let series = PROBES * replication_factor;
        // What comes too much would come in the scrapes after the first.
        database.wait_until("count_over_time(probe_success[1h]) >= 3", |found| {
            found.len() >= series
        })
    });
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (mut labels, _) in scraped.await.expect("every probe is scraped") {
        let member = labels
            .remove("member")
            .expect("the label that each member adds");
        owners
            .entry(format!("{labels:?}"))
            .or_default()
            .push(member);
    }
    for members in owners.values_mut() {
        members.sort();
    }
    assert_eq!(owners.len(), PROBES);
    owners
}

/// Zones that the demo's nameserver refuses to answer for, which is an answer.
fn many_zones(port: u16) -> Config {
    let zone = |number: usize| {
        (
            format!("zone{number}.test"),
            json!({ "nameservers": ["demo"] }),
        )
    };
    let zones: Map<_, _> = (0..PROBES).map(zone).collect();
    let nameservers = json!({ "demo": { "addresses": ["127.0.0.1"], "port": port } });
    Config::parse(
        &json!({ "nameservers": nameservers, "zones": zones }).to_string(),
        "probes.json",
    )
    .expect("right")
}

/// A member of the cluster, which writes its number beside everything that it has scraped.
fn member(
    directory: &Directory,
    number: &str,
    replication_factor: usize,
    exporter: SocketAddr,
    database: SocketAddr,
) -> Process {
    let scrape = format!(
        "global: {{ scrape_interval: 2s }}\nscrape_configs:\n  - job_name: outsidein\n    http_sd_configs: [ {{ url: \
         \"http://{exporter}/sd\" }} ]\n"
    );
    let file = directory.write(&format!("scrape{number}.yml"), &scrape);
    let mut vmagent = command("vmagent");
    vmagent.arg(format!("-promscrape.config={}", file.display()));
    vmagent.args([
        "-httpListenAddr=127.0.0.1:0",
        "-promscrape.cluster.membersCount=2",
    ]);
    vmagent.arg(format!("-promscrape.cluster.memberNum={number}"));
    vmagent.arg(format!(
        "-promscrape.cluster.replicationFactor={replication_factor}"
    ));
    vmagent.arg(format!("-remoteWrite.url=http://{database}/api/v1/write"));
    vmagent.arg(format!(
        "-remoteWrite.tmpDataPath={}",
        directory.path().join(format!("buffer{number}")).display()
    ));
    vmagent.arg(format!("-remoteWrite.label=member={number}"));
    Process::start(
        &vmagent,
        directory.path().join(format!("vmagent{number}.log")),
    )
}
