//! The engine: how components are compiled, where instances live, and what makes a guest give way.
//!
//! A guest runs on the caller's thread and cannot be relied on to ever return. So compiled code looks at a counter (an
//! epoch) which a thread of the host's moves on; at each move the guest yields to the executor, which is when other
//! tenants run and when a timeout can fire. While no guest is in a call, nothing looks, and the thread sleeps: it would wake a
//! processor that has nothing to do 500 times a second. One that computes for long also rests, so that its thread can take over
//! what waits for another. Counting instructions (fuel) for that was rejected: it costs more and measures
//! nothing a person could set a limit in. It can be switched on to measure: a count is the same on every machine.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{
    Cache, CacheConfig, Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig,
};

use super::limits::{Limits, bytes};
#[cfg(unix)]
use crate::files;

/// How often a running guest yields. Shorter costs more wake-ups, longer makes neighbours wait. A timeout is late by this
/// much for each guest that computes on the same thread, times the rounds after which the runtime looks at its timers.
const TICK: Duration = Duration::from_millis(2);
/// After so many moves without a guest in a call the clock stops. Calls that follow each other closely do not start it anew.
const LINGER: u32 = 50;

/// The most memories, and the most tables, that any module is valid with. The pool's own default is one, and it would call
/// a module that has more damaged; the store names the limit. Not more than needed: the pool walks all of them when a
/// component is dropped.
const MOST_PER_MODULE: u32 = 100;

/// How to build an engine.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Keep compiled components on disk.
    pub cache: bool,
    /// Keep instances' memory in a pool.
    pub pooling: bool,
    /// How many tenants the pool holds.
    pub tenants: u32,
    /// Count instructions.
    pub counting: bool,
}

/// An engine, and whether it got its pool.
pub(super) struct Built {
    /// The engine.
    pub engine: Engine,
    /// False if it was not asked for or could not be had.
    pub pooled: bool,
    /// Where compiled components are kept, if anywhere.
    pub cache: Option<PathBuf>,
    /// What moves the epoch on.
    pub clock: Clock,
}

/// Builds an engine and starts its clock. Compiled components go where `cache` says.
pub(super) fn build(plan: &Plan, limits: &Limits, cache: Option<Cache>) -> wasmtime::Result<Built> {
    let mut config = compiling(plan.counting);
    let folder = cache.as_ref().map(|cache| cache.directory().clone());
    config.cache(cache);
    let (engine, pooled) = match plan.pooling.then(|| pooled(&config, plan.tenants, limits)) {
        Some(Ok(engine)) => (engine, true),
        Some(Err(error)) => {
            // A pool reserves 4 GiB of address space for each memory; containers and `ulimit -v` may not give it.
            tracing::warn!(%error, "no pool for instances: each gets its own memory, which starts a tenant more slowly");
            (Engine::new(&config)?, false)
        }
        None => (Engine::new(&config)?, false),
    };
    let clock = Clock::start(engine.weak())?;
    Ok(Built { engine, pooled, cache: folder, clock })
}

/// An engine that compiles into this folder and runs nothing.
pub(super) fn compiler(counting: bool, folder: &Path) -> wasmtime::Result<Engine> {
    let mut config = compiling(counting);
    config.cache(Some(cache_in(folder)?));
    Engine::new(&config)
}

/// The user's cache of compiled components: code that is run, so that nobody else may have a hand in it. None if there is no
/// such place.
pub(super) fn users_cache() -> Option<Cache> {
    let cache = private_folder().and_then(|folder| cache_in(&folder.join("compiled")).map_err(io::Error::other));
    match cache {
        Ok(cache) => Some(cache),
        Err(error) => {
            tracing::warn!(%error, "no compile cache: components are compiled anew at every start");
            None
        }
    }
}

/// The folder that holds all of the cache, and nobody else's: what lies in it is made with whatever rights the umask leaves, so
/// it is this one's rights that count. wasmtime's own folder was rejected: other programs of the user open it to others.
#[cfg(unix)]
fn private_folder() -> io::Result<PathBuf> {
    let place = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = place("XDG_CACHE_HOME")
        .or_else(|| Some(place("HOME")?.join(".cache")))
        .ok_or_else(|| io::Error::other("neither XDG_CACHE_HOME nor HOME names a folder"))?;
    let folder = caches.join("connector-host");
    files::create_private_folder(&folder)?;
    // What is judged is what is used, whatever links lead there.
    let folder = folder.canonicalize()?;
    files::check_private_folder(&folder)?;
    Ok(folder)
}

#[cfg(not(unix))]
fn private_folder() -> io::Result<PathBuf> {
    let cache = Cache::from_file(None).map_err(io::Error::other)?;
    Ok(cache.directory().with_file_name("connector-host"))
}

/// A cache in a folder.
pub(super) fn cache_in(folder: &Path) -> wasmtime::Result<Cache> {
    let mut config = CacheConfig::new();
    config.with_directory(folder);
    Cache::new(config)
}

/// What decides how a component is compiled.
fn compiling(counting: bool) -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.consume_fuel(counting);
    config
}

/// What a slot keeps of its memory when its tenant is gone: wiped, but not given back to the system, so that the next tenant
/// need not ask for it again. A connector touches about this much before its first page. In bytes.
const KEPT_MEMORY: usize = 256 << 10;
/// The same of its tables.
const KEPT_TABLE: usize = 64 << 10;
/// The same of the stack that its calls run on.
const KEPT_STACK: usize = 64 << 10;

/// A pool in which every tenant finds all that its limits allow. How much that is for each is the store's to judge, not
/// the pool's: the store names the limit.
fn pooled(config: &Config, tenants: u32, limits: &Limits) -> wasmtime::Result<Engine> {
    let times = |count: u64| tenants.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(tenants)
        .total_core_instances(times(limits.instances))
        .total_memories(times(limits.memories))
        .total_tables(times(limits.tables))
        .total_stacks(tenants)
        .max_memories_per_module(MOST_PER_MODULE)
        .max_tables_per_module(MOST_PER_MODULE)
        .table_elements(bytes(limits.table_elements, 1))
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(KEPT_TABLE)
        .async_stack_keep_resident(KEPT_STACK)
        .pagemap_scan(Enabled::Auto);
    let mut config = config.clone();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// Moves the epoch on while guests are in calls; its thread ends with it.
pub(super) struct Clock {
    state: Arc<ClockState>,
    thread: Thread,
}

#[derive(Default)]
struct ClockState {
    calls: AtomicUsize,
    is_over: AtomicBool,
}

impl Clock {
    fn start(engine: EngineWeak) -> io::Result<Self> {
        let state = Arc::<ClockState>::default();
        let shown = Arc::clone(&state);
        let thread = thread::Builder::new().name("epoch".to_owned()).spawn(move || shown.tick(&engine))?;
        Ok(Self { thread: thread.thread().clone(), state })
    }

    /// The clock runs until the answer is dropped.
    pub fn run(self: &Arc<Self>) -> Running {
        // Whoever is first wakes the thread; a wake that comes before it sleeps is not lost.
        if self.state.calls.fetch_add(1, Ordering::SeqCst) == 0 {
            self.thread.unpark();
        }
        Running(Arc::clone(self))
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl ClockState {
    fn tick(&self, engine: &EngineWeak) {
        let mut idle = 0;
        while !self.is_over.load(Ordering::SeqCst) {
            idle = if self.calls.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
            if idle > LINGER {
                thread::park();
                idle = 0;
                continue;
            }
            thread::sleep(TICK);
            let Some(engine) = engine.upgrade() else { return };
            engine.increment_epoch();
        }
    }
}

/// A guest that is in a call: the clock runs.
pub(super) struct Running(Arc<Clock>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.state.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    /// Moves of the clock that a store sees: its deadline is so many moves away, and compiled code that looks is stopped.
    fn is_moved(engine: &Engine) -> bool {
        let mut store = wasmtime::Store::new(engine, ());
        store.set_epoch_deadline(1);
        let spins = wat::parse_str("(module (func (export \"f\") (loop br 0)))").unwrap();
        let module = wasmtime::Module::new(engine, spins).unwrap();
        let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
        let function = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap();
        function.call(&mut store, ()).is_err()
    }

    #[test]
    fn the_clock_sleeps_without_calls_and_wakes_for_each() {
        let engine = Engine::new(&compiling(false)).unwrap();
        let clock = Arc::new(Clock::start(engine.weak()).unwrap());
        for round in 0..3 {
            let running = clock.run();
            // It would spin for ever if the clock stood still.
            assert!(is_moved(&engine), "round {round}");
            drop(running);
            assert_eq!(clock.state.calls.load(Ordering::SeqCst), 0);
            if round == 1 {
                // Long enough for it to have gone to sleep, if the machine has time for it.
                thread::sleep(TICK * LINGER * 3);
            }
        }
        let state = Arc::downgrade(&clock.state);
        drop(clock);
        // The thread ends, asleep or not.
        while state.upgrade().is_some() {
            thread::sleep(TICK);
        }
    }
}
