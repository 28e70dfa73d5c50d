//! The process that compiles: it limits itself, compiles one component into a folder, and ends.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::super::engine;
use super::super::host::words;
use super::super::limits::MIB;
use crate::files;

/// What a program is started with, to compile. No program has an option of this name.
pub(crate) const ARGUMENT: &str = "--connector-host-compiles-one-component";

/// The component, in the child's folder.
pub(super) const COMPONENT: &str = "component.wasm";
/// The cache, in the child's folder.
pub(super) const CACHE: &str = "cache";

/// The process could not be set up, or was started by another version.
pub(super) const UNFIT: i32 = 64;
/// The bytes are no component; why is on stdout.
pub(super) const INVALID: i32 = 65;
/// It would take more memory than allowed.
pub(super) const TOO_LARGE: i32 = 66;
/// The compiler panicked.
pub(super) const PANICKED: i32 = 67;

/// More than a thread or a buffer of the compiler takes at one go.
const PROBE: usize = 16 << 20;

/// What to compile, and within what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// A folder of its own, with the component in it.
    pub folder: PathBuf,
    /// The process' address space, in MiB.
    pub mib: u64,
    /// The processor's time, in seconds.
    pub seconds: u64,
    /// Whether instructions are counted.
    pub counting: bool,
    /// What the engine has to be, for the result to be of use.
    pub engine: String,
}

impl Job {
    /// The arguments behind [`ARGUMENT`].
    pub fn arguments(&self) -> [OsString; 5] {
        let Self { folder, mib, seconds, counting, engine } = self;
        [folder.into(), mib.to_string().into(), seconds.to_string().into(), counting.to_string().into(), engine.into()]
    }

    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let folder = arguments.next()?.into();
        let mut text = || arguments.next()?.into_string().ok();
        let (mib, seconds, counting) = (text()?.parse().ok()?, text()?.parse().ok()?, text()?.parse().ok()?);
        Some(Self { folder, mib, seconds, counting, engine: text()? })
    }
}

/// Compiles, in this process; gives its exit code.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> i32 {
    // A panic on one of the compiler's threads would else leave the others to go on.
    std::panic::set_hook(Box::new(|_| std::process::exit(if has_memory() { PANICKED } else { TOO_LARGE })));
    let Some(job) = Job::parse(arguments) else { return UNFIT };
    if limit(&job).is_err() {
        return UNFIT;
    }
    let Ok(bytes) = files::read(&job.folder.join(COMPONENT), u64::MAX) else { return UNFIT };
    let Ok(engine) = engine::compiler(job.counting, &job.folder.join(CACHE)) else {
        return if has_memory() { UNFIT } else { TOO_LARGE };
    };
    if identity(&engine) != job.engine {
        return UNFIT;
    }
    match Component::new(&engine, &bytes) {
        Ok(component) if size(&component) > job.mib.saturating_mul(MIB) => TOO_LARGE,
        Ok(_) => 0,
        Err(error) if is_want_of_memory(&error) => TOO_LARGE,
        Err(error) => {
            let _ = io::Write::write_all(&mut io::stdout(), words(&error).as_bytes());
            INVALID
        }
    }
}

fn size(component: &Component) -> u64 {
    let image = component.image_range();
    (image.end as usize).saturating_sub(image.start as usize) as u64
}

/// Whether there is any memory left: a thread that got no stack, for one, is reported as a panic.
fn has_memory() -> bool {
    Vec::<u8>::new().try_reserve_exact(PROBE).is_ok()
}

fn is_want_of_memory(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::OutOfMemory)
            || cause.downcast_ref::<wasmtime::error::OutOfMemory>().is_some()
    })
}

/// What an engine compiles for, by which its results can be told apart.
pub(super) fn identity(engine: &Engine) -> String {
    let mut hasher = Stable(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hex(&hasher.0.finalize())
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A hasher that is the same in every process, as the standard library's is not.
struct Stable(Sha256);

impl Hasher for Stable {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// Takes from this process what compiling does not need: it ends with its starter, leaves no core, and has so much memory and
/// time of the processor. The time on the wall is its starter's to look at.
#[cfg(unix)]
fn limit(job: &Job) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let most = |current, maximum| Rlimit { current: Some(current), maximum: Some(maximum) };
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    setrlimit(Resource::Core, most(0, 0))?;
    setrlimit(Resource::Cpu, most(job.seconds, job.seconds.saturating_add(1)))?;
    let bytes = job.mib.saturating_mul(MIB);
    setrlimit(Resource::As, most(bytes, bytes))?;
    Ok(())
}

/// Elsewhere only the time on the wall is limited.
#[cfg(not(unix))]
fn limit(_: &Job) -> io::Result<()> {
    Ok(())
}
