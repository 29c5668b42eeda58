//! Rendering the report of one probe of a healthy zone over both families: about 90 series.
//!
//! Floor: `copy`, the finished text copied once.

use std::hint::black_box;
use std::time::SystemTime;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use outsidein::chain::LinkCache;
use outsidein::config::Config;
use outsidein::demo::Demo;
use outsidein::dns::Timestamp;
use outsidein::network::SystemNetwork;
use outsidein::plan::TargetPlan;
use outsidein::report::TargetReport;
use outsidein::{probe, view};
use tokio::runtime::Runtime;

async fn report() -> TargetReport {
    let at = SystemTime::now();
    let demo = Demo::start(0, Timestamp::from(at)).await.expect("the demo");
    let addresses =
        r#"{ "nameservers": { "demo": { "addresses": ["127.0.0.1", "::1"], "port": PORT } } }"#;
    let config = Config::parse(
        &addresses.replace("PORT", &demo.port().to_string()),
        "bench",
    )
    .expect("a configuration");
    let parameters = [
        ("target", "demo"),
        ("zone", "healthy.test"),
        ("transport", "both"),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let plan = TargetPlan::new(&parameters, None, &config).expect("a plan");
    probe::probe(&plan, &SystemNetwork::new(None), &LinkCache::default(), at).await
}

fn views(criterion: &mut Criterion) {
    let report = Runtime::new().expect("a runtime").block_on(report());
    assert!(report.success, "{:?}", report.servers);
    let mut group = criterion.benchmark_group("render");
    let text = view::prometheus(&report);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("prometheus", |bencher| {
        bencher.iter(|| view::prometheus(black_box(&report)));
    });
    group.bench_function("json", |bencher| {
        bencher.iter(|| view::json(black_box(&report)));
    });
    group.bench_function("text", |bencher| {
        bencher.iter(|| view::text(black_box(&report)));
    });
    group.bench_function("copy", |bencher| bencher.iter(|| black_box(&text).clone()));
    group.finish();
}

criterion_group!(benches, views);
criterion_main!(benches);
