//! What the sandbox costs: the same code natively and through the component, with every limit armed, on the same people.
//!
//! `cargo xtask bench` runs this and prints one table of the ratios. Ratios are what to look at: they hold on any machine,
//! while times are those of the machine they were measured on.

mod crowd;
mod figure;
mod memory;
mod neighbours;
mod people;
mod reference;
mod sandbox;
mod service;
mod waiting;

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};
use tokio::runtime::Runtime;

use people::People;
use sandbox::Sandbox;
use whole_system_tests::arbitrary::planning::across;
use whole_system_tests::nordwind;
use whole_system_tests::page_source::{KeyOrder, PageSource, Way};

/// The size the figures are about.
const SIZE: usize = 10_000;

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

fn runtime() -> Runtime {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.unwrap_or_else(|error| unreachable!("a runtime: {error}"))
}

fn map(criterion: &mut Criterion) {
    let people = People::of(SIZE);
    let runtime = runtime();
    let sandbox = runtime.block_on(Sandbox::open(&people.company, KeyOrder::Same));
    let mut tenant = runtime.block_on(sandbox.configured());
    let mut group = criterion.benchmark_group("map");
    group.bench_function("native", |bench| bench.iter(|| people.map(black_box(&people.pages))));
    group.bench_function("component", |bench| {
        bench.iter(|| runtime.block_on(sandbox::map(&mut tenant, black_box(&people.pages))));
    });
    group.finish();
}

/// From a page's bytes to people in the host's hands.
fn pages(criterion: &mut Criterion) {
    let people = People::of(SIZE);
    let runtime = runtime();
    for (name, order) in [("pages", KeyOrder::Same), ("turned", KeyOrder::EveryTenthTurned)] {
        let source = PageSource::of(&people.company, &nordwind::account(), order);
        let sandbox = runtime.block_on(Sandbox::open(&people.company, order));
        let mut group = criterion.benchmark_group(name);
        group.bench_function("reference", |bench| bench.iter(|| people.read_by_reference(black_box(source.pages()))));
        for (name, way) in [("in-one-call", Way::InOneCall), ("record-by-record", Way::RecordByRecord)] {
            group.bench_function(name, |bench| {
                bench.iter_custom(|times| runtime.block_on(sandbox.read(way, times)));
            });
        }
        group.finish();
    }
}

fn plan(criterion: &mut Criterion) {
    let people = People::of(SIZE);
    let runtime = runtime();
    let sandbox = runtime.block_on(Sandbox::open(&people.company, KeyOrder::Same));
    let mut tenant = runtime.block_on(sandbox.configured());
    let (source, target) = people.read();
    let (native_source, native_target) = (across(&source), across(&target));
    let mut group = criterion.benchmark_group("plan");
    group.bench_function("native", |bench| {
        bench.iter(|| people.plan(black_box(&native_source), black_box(&native_target)));
    });
    group.bench_function("component", |bench| {
        bench.iter(|| runtime.block_on(tenant.plan_actions(black_box(&source), black_box(&target))));
    });
    group.finish();
}

fn start(criterion: &mut Criterion) {
    let people = People::of(100);
    let runtime = runtime();
    let sandbox = runtime.block_on(Sandbox::open(&people.company, KeyOrder::Same));
    let mut group = criterion.benchmark_group("start");
    group.bench_function("tenant", |bench| {
        bench.iter_custom(|times| runtime.block_on(sandbox.start(times)));
    });
    // Engine, compiled code from the cache, linking, and the first call into the component: `describe`.
    group.bench_function("harness", |bench| bench.iter_custom(|times| (0..times).map(|_| inspect()).sum()));
    group.finish();
}

/// From the start of the process to its end, which comes right after the first call.
fn inspect() -> Duration {
    let mut command = Command::new(HARNESS);
    command.arg("inspect").arg(whole_system_tests::component()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status();
    let time = start.elapsed();
    assert!(status.is_ok_and(|status| status.success()), "harness inspect");
    time
}

/// What criterion does not measure: each once, in a process of its own.
fn once(_: &mut Criterion) {
    if figure::is_wanted("memory") {
        memory::measure(HARNESS, SIZE);
    }
    if figure::is_wanted("waiting") {
        waiting::measure();
    }
    if figure::is_wanted("crowd") {
        crowd::measure(HARNESS);
    }
    service::measure(HARNESS);
}

criterion_group! {
    name = figures;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    targets = map, pages, plan, start, neighbours::bench, once
}

fn main() {
    if std::env::args().any(|argument| argument == waiting::PROBE) {
        return runtime().block_on(waiting::probe());
    }
    figures();
    Criterion::default().configure_from_args().final_summary();
}
