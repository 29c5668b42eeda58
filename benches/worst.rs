//! Whole probes of the worst servers: two addresses, each asked two questions over UDP, and four over both
//! transports: up to sixteen answers of 64 KB, read, judged, and shown as metrics and as JSON; and the longest chains of
//! trust; zones as a whole; and the many regexps of a module that asks as blackbox_exporter does. What `src/dnssec/budget.rs` promises of a probe is held here: more than 100 ms of CPU is a panic.
//!
//! `cargo bench --bench worst` measures; `cargo bench --bench worst -- --test` only holds the limit.

#[path = "../src/dns/testing.rs"]
mod testing;
#[path = "../tests/support/hostile.rs"]
mod hostile;
#[path = "../tests/support/long_chain.rs"]
mod long_chain;
#[path = "../tests/support/scripted.rs"]
mod scripted;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use long_chain::LongChain;
use scripted::{CpuClock, QuestionCount, Scripted};

/// What a probe may cost.
const MAX_CPU_TIME: Duration = Duration::from_millis(100);
/// Probes of each kind, of which the median counts: interrupts are not the answer's doing.
const RUNS: usize = 5;

fn worst(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut group = criterion.benchmark_group("worst");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(2))
        .warm_up_time(Duration::from_millis(500));
    let mut over_limit = Vec::new();
    for (hostile, asks) in hostile::all()
        .iter()
        .flat_map(|hostile| QuestionCount::ALL.map(|asks| (hostile, asks)))
    {
        let (request, network) = (scripted::request(hostile, asks), Scripted::new(hostile));
        let probe = || runtime.block_on(scripted::probe_and_show(&request, &network));
        over_limit.extend(measure(
            &mut group,
            &format!("{}, {asks:?}", hostile.name),
            probe,
        ));
    }
    let request = scripted::zone_request();
    for hostile in hostile::all() {
        let network = Scripted::new(&hostile);
        let probe = || runtime.block_on(scripted::probe_and_show(&request, &network));
        over_limit.extend(measure(
            &mut group,
            &format!("{}, the zone as a whole", hostile.name),
            probe,
        ));
    }
    let request = scripted::blackbox_request();
    for hostile in hostile::texts().iter().chain(&hostile::all()) {
        let network = Scripted::new(hostile);
        let probe = || runtime.block_on(scripted::probe_and_show(&request, &network));
        over_limit.extend(measure(
            &mut group,
            &format!("{}, by regexps", hostile.name),
            probe,
        ));
    }
    for (name, stuffed) in [
        ("a chain of 60 zones, lean", false),
        ("a chain of 60 zones, stuffed", true),
    ] {
        let chain = LongChain::new(stuffed);
        let request = chain.request();
        let probe = || runtime.block_on(scripted::probe_and_show(&request, &chain));
        over_limit.extend(measure(&mut group, name, probe));
    }
    group.finish();
    assert!(
        over_limit.is_empty(),
        "more than {MAX_CPU_TIME:?} of CPU: {}",
        over_limit.join("; ")
    );
}

/// Measures one attack, and tells where it costs more than a probe may.
fn measure<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    probe: impl Fn() -> T,
) -> Option<String> {
    let mut costs: Vec<_> = (0..RUNS)
        .map(|_| CpuClock::of_process().time(&probe))
        .collect();
    costs.sort();
    let median = costs[RUNS / 2];
    println!("{name}: {median:?} of CPU");
    group.bench_function(name, |bencher| bencher.iter(&probe));
    (median > MAX_CPU_TIME).then(|| format!("{name}: {median:?}"))
}

criterion_group!(benches, worst);
criterion_main!(benches);
