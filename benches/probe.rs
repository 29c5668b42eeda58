//! A whole probe against a nameserver on loopback (the demo's, in this process): question and DNSKEY asked, both RRsets
//! judged, the report filled and rendered; and probes per second by how many run at once.
//!
//! Floor: `round-trip`, one query and its response over a kept, connected, blocking socket to the same server: what the
//! kernel and the server take of each of the two queries of a probe. Server and probes share this machine's cores, and
//! past about 100 probes at once the server's one socket overflows (SO_RCVBUF): that would measure lost packets.

use std::hint::black_box;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::demo::Demo;
use outsidein::dns::{EDNS_UDP_SIZE, Query, RrType, Timestamp};
use outsidein::network::SystemNetwork;
use outsidein::plan::TargetPlan;
use outsidein::{probe, view};
use tokio::runtime::Runtime;

fn plan(demo: &Demo, dnssec: &str) -> Arc<TargetPlan> {
    let target = format!("127.0.0.1:{}", demo.port());
    let parameters = [
        ("target", target.as_str()),
        ("zone", "healthy.test"),
        ("dnssec", dnssec),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::parse("{}", "none").expect("an empty configuration");
    TargetPlan::new(&parameters, None, &config).expect("a plan")
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

async fn probe_and_render(plan: &Arc<TargetPlan>, network: &SystemNetwork) -> String {
    let report = probe::probe(plan, network, &LinkCache::default(), SystemTime::now()).await;
    assert!(report.success, "{:?}", report.servers);
    view::prometheus(&report)
}

fn single_probe(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let demo = runtime.block_on(Demo::start(0, now())).expect("the demo");
    let network = SystemNetwork::new(None);
    let mut group = criterion.benchmark_group("probe");
    for dnssec in ["required", "off"] {
        let plan = plan(&demo, dnssec);
        group.bench_function(BenchmarkId::new("dnssec", dnssec), |bencher| {
            bencher.iter(|| runtime.block_on(probe_and_render(black_box(&plan), &network)));
        });
    }
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket
        .connect(("127.0.0.1", demo.port()))
        .expect("connected");
    let query = Query::new(
        "healthy.test".parse().expect("a name"),
        RrType::SOA,
        EDNS_UDP_SIZE,
    )
    .octets(1, true);
    let mut buffer = [0; 4096];
    group.bench_function("round-trip", |bencher| {
        bencher.iter(|| {
            socket.send(&query).expect("sent");
            socket.recv(&mut buffer).expect("answered")
        });
    });
    group.finish();
}

fn by_concurrency(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let demo = runtime.block_on(Demo::start(0, now())).expect("the demo");
    let network = Arc::new(SystemNetwork::new(None));
    let plan = plan(&demo, "required");
    let mut group = criterion.benchmark_group("concurrency");
    // Each probe is two queries: queries per second are twice the elements per second.
    group.throughput(Throughput::Elements(1));
    for concurrency in [1, 4, 16, 64] {
        group.bench_function(BenchmarkId::from_parameter(concurrency), |bencher| {
            bencher
                .iter_custom(|probes| runtime.block_on(run(probes, concurrency, &plan, &network)));
        });
    }
    group.finish();
}

/// `probes` probes, `concurrency` at a time, on all of the runtime's workers.
async fn run(
    probes: u64,
    concurrency: u64,
    plan: &Arc<TargetPlan>,
    network: &Arc<SystemNetwork>,
) -> Duration {
    let lanes = concurrency.min(probes);
    let start = Instant::now();
    let lanes = (0..lanes).map(|number| {
        let (plan, network) = (Arc::clone(plan), Arc::clone(network));
        let share = probes / lanes + u64::from(number < probes % lanes);
        tokio::spawn(async move {
            for _ in 0..share {
                black_box(probe_and_render(&plan, &network).await);
            }
        })
    });
    for result in futures_util::future::join_all(lanes).await {
        result.expect("every probe succeeds");
    }
    start.elapsed()
}

criterion_group!(benches, single_probe, by_concurrency);
criterion_main!(benches);
