//! Links that are expensive to validate wait for a core, so that one hostile chain cannot keep all of them busy.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use futures_util::future::join_all;
use outsidein::chain::LinkCache;
use outsidein::dns::Algorithm;
use outsidein::dnssec::SecurityStatus;
use outsidein::plan::TargetPlan;
use outsidein::probe::probe;
use tokio::runtime::Builder;

use super::world::{Breakage, World, at, dnssec};

/// P-384 takes more than a millisecond a signature, which is too long for a worker of the runtime.
const EXPENSIVE: Algorithm = Algorithm::ECDSAP384SHA384;

#[test]
fn expensive_links_share_the_free_cores() {
    let threads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&threads);
    // Its only threads are those that leave the reactor.
    let runtime = Builder::new_current_thread()
        .enable_all()
        .on_thread_start(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .expect("a runtime");
    let world = World::new(Breakage {
        parent_keys: EXPENSIVE,
        ..Breakage::default()
    });
    let plan = Arc::new(TargetPlan {
        timeout: Duration::from_mins(1),
        ..world.plan(&[])
    });
    let cores = available_parallelism().map_or(1, NonZero::get);
    let free_cores = cores.saturating_sub(1).max(1);
    let caches: Vec<_> = (0..24 * free_cores).map(|_| LinkCache::default()).collect();
    let probes = caches
        .iter()
        .map(|links| probe(&plan, &world, links, at(0)));
    for report in runtime.block_on(join_all(probes)) {
        assert_eq!(dnssec(&report).status, SecurityStatus::Secure);
    }
    let threads = threads.load(Ordering::Relaxed);
    assert!(
        threads > 0,
        "the links are cheap, so this test shows nothing"
    );
    // A thread gives its core away a moment before it is idle itself: 1 to 3 threads are seen for each core. Without the
    // queue there were 11 to 45.
    assert!(
        threads <= 7 * free_cores,
        "{threads} threads validated links, where {free_cores} may at once"
    );
}
