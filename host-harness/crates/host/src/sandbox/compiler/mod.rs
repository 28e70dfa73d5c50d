//! Compiling a component in a process of its own, from the host's side: see [`crate::compile`] for why.
//!
//! The child compiles into a cache folder of its own. When it is done, the one entry in it is moved into the host's cache
//! and noted in an index, and the host's own [`Component::new`](wasmtime::component::Component::new) finds it: nothing is
//! compiled here. When the same bytes come again, index and entry are there, and no child is needed.
//!
//! - **A folder for each child**: one that is killed while it writes leaves a file that silently keeps its entry from ever being
//!   written, so it must not be in the shared cache.
//! - **The index** lies beside the cache, which tidies up its own folder and names its entries by a hash that is its own business.
//!   A name in the index says which component, and which engine.
//! - **One child at a time** for each host: the memory limit is for one.
//! - **A refusal is remembered** for as long as the host lives, so that a bomb costs its time once.
//!
//! Rejected: `Component::deserialize`, which trusts a file's bytes with the process (the cache does too, but its folder is
//! the user's alone), and a warm child that serves many (one bomb ends it for all).

pub(crate) mod child;

use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::{Component as PathPart, Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use wasmtime::{Cache, Engine};

use super::engine;
use super::guest_error::{GuestError, NotAComponent};
use super::limits::Limits;
use crate::{compile, files};

/// How many refusals are remembered; a platform that meets more of them forgets, and finds out again.
const REFUSALS: usize = 1_000;
/// The compiler's threads at most: each takes address space.
const THREADS: usize = 8;
/// The most of a child's words that are read.
const WORDS: u64 = 16 * 1024;
/// An index entry: a path within the cache.
const INDEX_ENTRY: u64 = 4 * 1024;
/// How often a child is looked at, at most.
const LOOK: Duration = Duration::from_millis(20);

/// A program that compiles, before its engine is there.
pub(super) struct Prepared {
    program: PathBuf,
    counting: bool,
    /// The cache, where the host keeps none beyond its life.
    own: Option<TempDir>,
}

/// Compiles components in processes of their own.
pub(super) struct Compiler {
    program: PathBuf,
    counting: bool,
    cache: PathBuf,
    index: PathBuf,
    _own: Option<TempDir>,
    refusals: Mutex<HashMap<String, GuestError>>,
    turn: Mutex<()>,
    started: AtomicU64,
}

impl Compiler {
    /// What compiles, if it is not this process, and the cache that it needs.
    ///
    /// # Errors
    /// When this program cannot be found, or no folder be made for what is compiled.
    pub fn prepare(
        program: Option<PathBuf>,
        cache: Option<Cache>,
        counting: bool,
    ) -> io::Result<(Option<Prepared>, Option<Cache>)> {
        let program = match program {
            Some(program) => program,
            None if compile::takes_part() => std::env::current_exe()?,
            None => return Ok((None, cache)),
        };
        let (own, cache) = if let Some(cache) = cache {
            (None, cache)
        } else {
            let own = files::private_temporary_folder("connector-host-", None)?;
            let cache = engine::cache_in(&own.path().join("compiled")).map_err(io::Error::other)?;
            (Some(own), cache)
        };
        Ok((Some(Prepared { program, counting, own }), Some(cache)))
    }

    /// Sees to it that the cache has these bytes' compiled form, or that they are no component or need too much to become one.
    ///
    /// # Errors
    /// [`GuestError::LimitReached`] with `compile-milliseconds` or `compile-mib`, [`GuestError::NotAComponent`], or
    /// [`GuestError::HostFailed`] when there is no such process.
    pub fn compile(&self, engine: &Engine, bytes: &[u8], limits: &Limits) -> Result<(), GuestError> {
        let identity = child::identity(engine);
        let key = format!("{}-{identity}", child::hex(&Sha256::digest(bytes)));
        if self.is_there(&key) {
            return Ok(());
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(refusal) = self.refusals().get(&key) {
            return Err(refusal.clone());
        }
        // While this one waited, another may have compiled the same.
        if self.is_there(&key) {
            return Ok(());
        }
        let failed = |error: io::Error| GuestError::HostFailed(format!("a component cannot be compiled: {error}"));
        let verdict = self.in_a_child(&key, identity, bytes, limits).map_err(failed)?;
        if let Err(refusal) = &verdict {
            self.remember(key, refusal);
        }
        verdict
    }

    /// How many processes were started.
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    fn refusals(&self) -> MutexGuard<'_, HashMap<String, GuestError>> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Not what failed for a reason of the host's.
    fn remember(&self, key: String, refusal: &GuestError) {
        if matches!(refusal, GuestError::HostFailed(_)) {
            return;
        }
        let mut refusals = self.refusals();
        if refusals.len() >= REFUSALS {
            refusals.clear();
        }
        refusals.insert(key, refusal.clone());
    }

    /// Whether the compiled form is in the cache already.
    fn is_there(&self, key: &str) -> bool {
        let Ok(entry) = files::read_text(&self.index.join(key), INDEX_ENTRY) else { return false };
        let entry = Path::new(&entry);
        entry.components().all(|part| matches!(part, PathPart::Normal(_))) && self.cache.join(entry).is_file()
    }

    fn in_a_child(
        &self,
        key: &str,
        engine: String,
        bytes: &[u8],
        limits: &Limits,
    ) -> io::Result<Result<(), GuestError>> {
        // On the cache's own file system, so that the entry can be moved; gone when this is over.
        let folder = files::private_temporary_folder(".compiling-", Some(&self.index))?;
        std::fs::write(folder.path().join(child::COMPONENT), bytes)?;
        let time = Duration::from_millis(limits.compile_milliseconds);
        let job = child::Job {
            folder: folder.path().to_owned(),
            mib: limits.compile_mib,
            seconds: time.as_secs().saturating_add(1),
            counting: self.counting,
            engine,
        };
        self.started.fetch_add(1, Ordering::Relaxed);
        let mut child = self.start(&job)?;
        let Some(status) = wait(&mut child.0, time)? else { return Ok(Err(took_too_long(limits))) };
        let mut words = String::new();
        if let Some(stdout) = child.0.stdout.take() {
            stdout.take(WORDS).read_to_string(&mut words)?;
        }
        match refusal(status, words, limits, &self.program) {
            Some(refusal) => Ok(Err(refusal)),
            None => self.keep(key, folder.path()).map(Ok),
        }
    }

    /// With nothing of this process' environment: secrets are in it.
    fn start(&self, job: &child::Job) -> io::Result<Ended> {
        let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(THREADS));
        let mut command = Command::new(&self.program);
        command.arg(child::ARGUMENT).args(job.arguments()).env_clear().current_dir(&job.folder);
        for name in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        // Each arena of the allocator reserves address space, as each thread does.
        command.env("MALLOC_ARENA_MAX", "2").env("RAYON_NUM_THREADS", threads.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map(Ended)
    }

    /// Moves what the child compiled into the cache, and notes it.
    fn keep(&self, key: &str, folder: &Path) -> io::Result<()> {
        let modules = Path::new("modules");
        let compiled = folder.join(child::CACHE);
        for kind in std::fs::read_dir(compiled.join(modules))? {
            let kind = modules.join(kind?.file_name());
            for entry in std::fs::read_dir(compiled.join(&kind))? {
                let entry = kind.join(entry?.file_name());
                // What the cache keeps beside its entries has an extension.
                if entry.extension().is_some() {
                    continue;
                }
                std::fs::create_dir_all(self.cache.join(&kind))?;
                std::fs::rename(compiled.join(&entry), self.cache.join(&entry))?;
                let entry = entry.to_str().ok_or_else(|| io::Error::other("the cache's entry has an odd name"))?;
                return files::write(&self.index.join(key), entry.as_bytes());
            }
        }
        Err(io::Error::other("the compiler left nothing behind"))
    }
}

impl Prepared {
    /// With the cache's folder, once the cache is there.
    pub fn into(self, cache: PathBuf) -> Compiler {
        let mut name = cache.file_name().unwrap_or_default().to_owned();
        name.push("-connector-host");
        let index = cache.with_file_name(name);
        if let Err(error) = make_private(&index) {
            tracing::warn!(%error, folder = %index.display(), "compiled components cannot be noted");
        }
        let Self { program, counting, own } = self;
        let (refusals, turn, started) = (Mutex::default(), Mutex::default(), AtomicU64::default());
        Compiler { program, counting, cache, index, _own: own, refusals, turn, started }
    }
}

/// A folder of the user's alone.
fn make_private(folder: &Path) -> io::Result<()> {
    files::create_private_folder(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A child that does not outlive this.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How a child ended; none if its time was up first.
fn wait(child: &mut Child, time: Duration) -> io::Result<Option<ExitStatus>> {
    let (begun, mut pause) = (Instant::now(), Duration::from_millis(1));
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let Some(left) = time.checked_sub(begun.elapsed()) else { return Ok(None) };
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(LOOK);
    }
}

fn took_too_long(limits: &Limits) -> GuestError {
    let what = "the component took too long to compile".to_owned();
    GuestError::LimitReached { call: "load", limit: "compile-milliseconds", set_to: limits.compile_milliseconds, what }
}

/// What a child's end means for the component; none if it was compiled.
fn refusal(status: ExitStatus, words: String, limits: &Limits, program: &Path) -> Option<GuestError> {
    let too_large = || {
        let what = "the component takes too much memory to compile".to_owned();
        GuestError::LimitReached { call: "load", limit: "compile-mib", set_to: limits.compile_mib, what }
    };
    Some(match status.code() {
        Some(0) => return None,
        Some(child::INVALID) => GuestError::NotAComponent(NotAComponent::Invalid(words)),
        Some(child::TOO_LARGE) => too_large(),
        Some(child::PANICKED) => GuestError::NotAComponent(NotAComponent::Invalid(format!(
            "the compiler failed on it, within compile-mib = {}",
            limits.compile_mib
        ))),
        Some(code) => GuestError::HostFailed(format!(
            "{} does not compile components for this host (exit code {code}); its main has to begin with \
             run_as_compiler_if_asked, of the same version",
            program.display()
        )),
        None if ran_out_of_time(status) => took_too_long(limits),
        // An allocation that fails aborts, and a stack that cannot grow is a fault of memory.
        None => too_large(),
    })
}

#[cfg(unix)]
fn ran_out_of_time(status: ExitStatus) -> bool {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn ran_out_of_time(_: ExitStatus) -> bool {
    false
}
