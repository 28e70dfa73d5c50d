//! The host: one engine and one linker for every component and tenant.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store, UpdateDeadline};

use crate::contract::{http, log};
use crate::files::{self, ReadError};

use super::compiler::Compiler;
use super::component::{Inspection, check_kind};
use super::connector::Connector;
use super::engine;
use super::exports::Exports;
use super::guest::{GiveWay, Guest};
use super::guest_error::{GuestError, Mismatch, NotAComponent};
use super::guest_log::{head, printable};
use super::host_env::{HostEnv, Source};
use super::limits::{KIB, Limits, MIB, bytes};

/// How long a guest rests that computes for long; tokio's timers know nothing shorter.
const REST: Duration = Duration::from_millis(1);

/// The host could not be set up. Says what the engine said.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be set up: {0}")]
pub struct HostError(String);

impl From<wasmtime::Error> for HostError {
    fn from(error: wasmtime::Error) -> Self {
        Self(format!("{error:#}"))
    }
}

/// Sets up a [`Host`].
#[derive(Debug, Clone)]
pub struct HostBuilder {
    limits: Limits,
    plan: engine::Plan,
    program: Option<PathBuf>,
    host_env: Source,
}

impl HostBuilder {
    /// The limits of every tenant that brings none of its own. The pool is made for these: a tenant's own `instances`,
    /// `memories`, `tables` and `table-elements` cannot go beyond.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether compiled components are kept on disk, in the user's cache folder, for the next start. Default: true.
    #[must_use]
    pub const fn cache(mut self, cache: bool) -> Self {
        self.plan.cache = cache;
        self
    }

    /// The program that compiles, if it is not to be this one: its `main` begins with
    /// [`run_as_compiler_if_asked`](crate::compile::run_as_compiler_if_asked), and it is built with the same version of this
    /// crate. Default: this program if its own `main` begins so; else components are compiled in this process, where nothing
    /// can stop it.
    #[must_use]
    pub fn compiler(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// Whether instances live in a pool, which makes starting one cheap. Where the machine does not give the address
    /// space for it, the host does without. Default: true.
    #[must_use]
    pub const fn pooling(mut self, pooling: bool) -> Self {
        self.plan.pooling = pooling;
        self
    }

    /// How many tenants may have an instance at once; one more waits until another is dropped. Default: 200.
    #[must_use]
    pub const fn tenants(mut self, tenants: u32) -> Self {
        self.plan.tenants = tenants;
        self
    }

    /// Whether guests' instructions are counted, for [`Usage::instructions`](super::Usage::instructions). It slows them
    /// down; benchmarks and tests of cost want it. Default: false.
    #[must_use]
    pub const fn counting(mut self, counting: bool) -> Self {
        self.plan.counting = counting;
        self
    }

    /// The time and the chance of guests: made anew for each instance, by this. Default: the machine's.
    #[must_use]
    pub fn host_env(mut self, make: impl Fn() -> Arc<dyn HostEnv> + Send + Sync + 'static) -> Self {
        self.host_env = Source::of(make);
        self
    }

    /// Sets it up: an engine, a linker, a thread that moves the engine's clock.
    ///
    /// # Errors
    /// When the machine cannot run the engine.
    pub fn build(self) -> Result<Host, HostError> {
        let counting = self.plan.counting;
        let cache = self.plan.cache.then(engine::users_cache).flatten();
        let (compiler, cache) =
            Compiler::prepare(self.program, cache, counting).map_err(|error| HostError(error.to_string()))?;
        let engine::Built { engine, pooled, cache, clock } = engine::build(&self.plan, &self.limits, cache)?;
        let linker = link(&engine)?;
        let room = Arc::new(Semaphore::new(self.plan.tenants as usize));
        let compiler = compiler.zip(cache).map(|(compiler, cache)| compiler.into(cache));
        let Self { limits, host_env, .. } = self;
        let shared =
            Shared { engine, linker, compiler, limits, host_env, pooled, counting, room, clock: Arc::new(clock) };
        Ok(Host { shared: Arc::new(shared) })
    }
}

/// Loads components. Cheap to clone; one serves a whole platform.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    linker: Linker<Guest>,
    /// None where components are compiled in this process.
    compiler: Option<Compiler>,
    limits: Limits,
    host_env: Source,
    pooled: bool,
    counting: bool,
    room: Arc<Semaphore>,
    clock: Arc<engine::Clock>,
}

impl Host {
    /// A host to be set up, with the default limits, a compile cache and a pool.
    #[must_use]
    pub fn builder() -> HostBuilder {
        let plan = engine::Plan { cache: true, pooling: true, tenants: 200, counting: false };
        HostBuilder { limits: Limits::default(), plan, program: None, host_env: Source::default() }
    }

    /// The limits of tenants that bring none of their own.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Whether instances live in a pool.
    #[must_use]
    pub fn pooled(&self) -> bool {
        self.shared.pooled
    }

    /// How many components were compiled since this host was set up, each in a process of its own: those that the cache had
    /// are not among them. None where components are compiled in this process, uncounted.
    #[must_use]
    pub fn compiled(&self) -> Option<u64> {
        self.shared.compiler.as_ref().map(Compiler::started)
    }

    /// Compiles a component's file, checks it against the contract, and asks it to describe itself.
    ///
    /// # Errors
    /// Any [`GuestError`]: the file, the contract, or the description is wrong.
    pub async fn load(&self, path: &Path) -> Result<Connector, GuestError> {
        let path = path.to_owned();
        let prepared = self.off_thread(move |host| host.compile(&host.read(&path)?)).await?;
        self.prepare(prepared).await
    }

    /// As [`Host::load`], for a component that is in memory.
    ///
    /// # Errors
    /// Any [`GuestError`]: the contract or the description is wrong.
    pub async fn load_bytes(&self, bytes: &[u8]) -> Result<Connector, GuestError> {
        let bytes = bytes.to_vec();
        let prepared = self.off_thread(move |host| host.compile(&bytes)).await?;
        self.prepare(prepared).await
    }

    /// Compiling takes long enough to hold other tenants up.
    async fn off_thread<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<R, GuestError> + Send + 'static,
    ) -> Result<R, GuestError> {
        let host = self.clone();
        let broke = |error| GuestError::HostFailed(format!("a thread that compiles: {error}"));
        tokio::task::spawn_blocking(move || work(&host)).await.map_err(broke)?
    }

    async fn prepare(&self, (component, inspection): (Component, Inspection)) -> Result<Connector, GuestError> {
        inspection.check()?;
        let exports = self.shared.linker.instantiate_pre(&component).and_then(Exports::of);
        let exports = exports.map_err(|error| match inspection.newer() {
            Some(newer) => GuestError::ContractMismatch(newer),
            None => shape(&error),
        })?;
        Connector::describe(self.clone(), exports, inspection).await
    }

    /// Looks at a component without running any of it.
    ///
    /// # Errors
    /// When the file cannot be read or is not a component; one that does not fit the contract is still shown.
    pub fn inspect(&self, path: &Path) -> Result<Inspection, GuestError> {
        Ok(self.compile(&self.read(path)?)?.1)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, GuestError> {
        let largest = self.shared.limits.component_mib.saturating_mul(MIB);
        files::read(path, largest).map_err(|error| match error {
            ReadError::TooLarge(_) => self.too_large(std::fs::metadata(path).map_or(largest, |file| file.len())),
            error => GuestError::Unreadable { path: path.display().to_string(), reason: error.to_string() },
        })
    }

    fn check_size(&self, size: u64) -> Result<(), GuestError> {
        if size > self.shared.limits.component_mib.saturating_mul(MIB) { Err(self.too_large(size)) } else { Ok(()) }
    }

    fn too_large(&self, size: u64) -> GuestError {
        let set_to = self.shared.limits.component_mib;
        let what = format!("the component is {} KiB long", size / KIB);
        GuestError::LimitReached { call: "load", limit: "component-mib", set_to, what }
    }

    fn compile(&self, bytes: &[u8]) -> Result<(Component, Inspection), GuestError> {
        check_kind(bytes)?;
        self.check_size(bytes.len() as u64)?;
        let engine = &self.shared.engine;
        if let Some(compiler) = &self.shared.compiler {
            compiler.compile(engine, bytes, &self.shared.limits)?;
        }
        let component = Component::new(engine, bytes)
            .map_err(|error| GuestError::NotAComponent(NotAComponent::Invalid(words(&error))))?;
        let inspection = Inspection::of(engine, &component, bytes);
        Ok((component, inspection))
    }

    /// A store with every limit armed.
    pub(super) fn store(&self, guest: Guest, limits: &Limits) -> Store<Guest> {
        let mut store = Store::new(&self.shared.engine, guest);
        store.limiter(|guest| &mut guest.meter);
        store.set_hostcall_fuel(bytes(limits.call_mib, MIB));
        // The host's table counts what the host gives out; this, also what a guest makes of its own.
        store.set_max_component_handles(bytes(limits.handles, 1));
        store.epoch_deadline_callback(|mut store| {
            Ok(match store.data_mut().give_way() {
                GiveWay::Turn => UpdateDeadline::Yield(1),
                GiveWay::Rest => UpdateDeadline::YieldCustom(1, Box::pin(tokio::time::sleep(REST))),
            })
        });
        if self.shared.counting {
            // Fails only on an engine that does not count, and this one does.
            let _ = store.set_fuel(u64::MAX);
        }
        store
    }

    /// Where guests have time and chance from.
    pub(super) fn host_env(&self) -> &Source {
        &self.shared.host_env
    }

    /// Room for one more instance: the pool fails when it is full, so that nobody may ask it then.
    pub(super) fn room(&self) -> Arc<Semaphore> {
        Arc::clone(&self.shared.room)
    }

    /// Has the engine's clock run while a guest is in a call: without it, a guest that spins is never stopped.
    pub(super) fn run_clock(&self) -> engine::Running {
        self.shared.clock.run()
    }
}

/// The contract's imports, and WASI for components that other toolchains made.
pub(super) fn link(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    // Not the world as a whole: its wall clock is WASI's, which is linked already.
    http::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
    log::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
    Ok(linker)
}

/// The names fit, the contents do not.
pub(super) fn shape(error: &wasmtime::Error) -> GuestError {
    GuestError::ContractMismatch(Mismatch::Shape(words(error)))
}

/// The engine's words on a component, which repeat the component's own names.
pub(super) fn words(error: &wasmtime::Error) -> String {
    printable(head(&format!("{error:#}")))
}
