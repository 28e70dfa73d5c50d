//! How much later tenants finish beside a tenant that spins and one that allocates.

#![allow(clippy::expect_used, reason = "a benchmark without its tenants measures nothing")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_cassette::Replay;
use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Vault};
use connector_host::sandbox::{Connector, Host};
use criterion::Criterion;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use whole_system_tests::guests;
use whole_system_tests::page_source::KeyOrder;

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
    let sandbox = Arc::new(runtime.block_on(Sandbox::open(&people.company, KeyOrder::Same)));
    let hostile = runtime.block_on(hostile_guest());
    let mut group = criterion.benchmark_group("neighbours");
    group.bench_function("alone", |bench| {
        bench.iter_custom(|times| {
            runtime.block_on(async {
                let mut time = Duration::ZERO;
                for _ in 0..times {
                    time += round(&sandbox, &people).await;
                }
                time
            })
        });
    });
    group.bench_function("hostile", |bench| {
        bench.iter_custom(|times| {
            runtime.block_on(async {
                let mut time = Duration::ZERO;
                for _ in 0..times {
                    // Both begin first, and the one that spins is there to the end.
                    let spinning = tokio::spawn(misbehave(hostile.clone(), "spin"));
                    let allocating = tokio::spawn(misbehave(hostile.clone(), "allocate"));
                    time += round(&sandbox, &people).await;
                    spinning.abort();
                    allocating.await.expect("it was stopped, and nothing else");
                }
                time
            })
        });
    });
    group.finish();
}

/// From the start of all good tenants to the end of the last.
async fn round(sandbox: &Arc<Sandbox>, people: &Arc<People>) -> Duration {
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
    start.elapsed()
}

async fn hostile_guest() -> Connector {
    let path = guests::component("hostile").expect("the hostile guest builds");
    let host = Host::builder().build().expect("a host");
    host.load(&path).await.expect("the hostile guest loads")
}

/// Misbehaves until it is stopped.
async fn misbehave(hostile: Connector, what: &str) {
    let vault = Vault::new();
    let policy = EgressPolicy::new(Vec::new(), Vec::new());
    let gateway = Gateway::new(policy, Arc::new(Replay::of(Vec::new())), vault.clone(), HttpLimits::default());
    let mut tenant = hostile.tenant(gateway, vault, None).await.expect("a tenant");
    assert!(tenant.map_employee(what).await.is_err(), "{what} has to be stopped");
}
