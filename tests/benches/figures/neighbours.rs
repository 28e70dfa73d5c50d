//! How much later tenants are done because of who is beside them: one that spins, and one that allocates.

#![allow(clippy::expect_used, reason = "a benchmark without its tenants measures nothing")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use criterion::Criterion;
use host_harness::http::{EgressPolicy, Gateway, HttpLimits, Replay, Vault};
use host_harness::sandbox::{Connector, Host, Limits};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use whole_system_tests::guests;

use super::people::People;
use super::sandbox::{self, Sandbox};

/// Good tenants at once, and the people of each.
const TENANTS: usize = 16;
const PEOPLE: usize = 2_000;

/// Two threads, as the figures are about two processors; tasks look for their answers often, as the program's do.
fn runtime() -> Runtime {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).event_interval(5).enable_all().build();
    built.unwrap_or_else(|error| unreachable!("a runtime: {error}"))
}

/// The good tenants alone, and beside the hostile ones.
pub fn bench(criterion: &mut Criterion) {
    let people = Arc::new(People::of(PEOPLE));
    let runtime = runtime();
    let sandbox = Arc::new(runtime.block_on(Sandbox::open(&people.company)));
    let zoo = runtime.block_on(zoo());
    let mut group = criterion.benchmark_group("neighbours");
    group.bench_function("alone", |bench| {
        bench.iter_custom(|times| runtime.block_on(rounds(times, &sandbox, &people)));
    });
    group.bench_function("hostile", |bench| {
        bench.iter_custom(|times| {
            runtime.block_on(async {
                let done = Arc::new(AtomicBool::new(false));
                let hostile: Vec<_> = ["spin", "allocate"]
                    .map(|what| tokio::spawn(misbehave(zoo.clone(), what, Arc::clone(&done))))
                    .into();
                let time = rounds(times, &sandbox, &people).await;
                done.store(true, Ordering::Relaxed);
                for guest in hostile {
                    guest.await.expect("it was stopped, and nothing else");
                }
                time
            })
        });
    });
    group.finish();
}

/// From the start of all good tenants to the end of the last, so many times.
async fn rounds(times: u64, sandbox: &Arc<Sandbox>, people: &Arc<People>) -> Duration {
    let mut time = Duration::ZERO;
    for _ in 0..times {
        let start = Instant::now();
        let mut tenants = JoinSet::new();
        for _ in 0..TENANTS {
            let (sandbox, people) = (Arc::clone(sandbox), Arc::clone(people));
            tenants.spawn(async move {
                let mut tenant = sandbox.configured().await;
                sandbox::map(&mut tenant, &people.pages).await.len()
            });
        }
        while let Some(mapped) = tenants.join_next().await {
            assert_eq!(mapped.expect("it maps"), PEOPLE);
        }
        time += start.elapsed();
    }
    time
}

async fn zoo() -> Connector {
    let path = guests::component("zoo").expect("the zoo builds");
    let host = Host::builder().build().expect("a host");
    host.load(&path).await.expect("the zoo loads")
}

/// Misbehaves in one tenant after the other until told to stop.
async fn misbehave(zoo: Connector, what: &str, done: Arc<AtomicBool>) {
    let limits = Limits::default().call_milliseconds(1_000);
    while !done.load(Ordering::Relaxed) {
        let vault = Vault::new();
        let policy = EgressPolicy::new(Vec::new(), Vec::new());
        let gateway = Gateway::new(policy, Arc::new(Replay::of(Vec::new())), vault.clone(), HttpLimits::default());
        let mut tenant = zoo.tenant(gateway, vault, Some(limits.clone())).await.expect("a tenant");
        assert!(tenant.map_employee(what).await.is_err(), "{what} has to be stopped");
        tokio::task::yield_now().await;
    }
}
