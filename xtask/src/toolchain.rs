//! Getting a standard library for the component's target, in the order that costs the user least.
//!
//! 1. It is there: nothing to do.
//! 2. `rustup target add`.
//! 3. On Debian, as root: Debian's own compiler with its sources, from which Cargo builds the standard library.
//! 4. Say exactly what to type.
//!
//! The order is a pure function of what was found ([`next`]); the rest of the file finds and does. `wasm32-wasip2` was
//! rejected: its standard library imports a dozen interfaces that the contract does not have. Rust's version is not
//! looked at here: Cargo holds it against `rust-version` before it builds this program. A `rust-toolchain.toml` was
//! rejected too: rustup would download that toolchain on a machine that has a newer one.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::apt;
use crate::shell;

/// The target of every component.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler for the web, and where its sources lie.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/std";
const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];
/// Debian's linker for wasm: only where the toolchain brings none.
const DEBIAN_LINKER: (&str, &str) = ("lld", "wasm-ld");

/// How Cargo is to build for [`TARGET`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// With the toolchain's own standard library.
    Installed,
    /// With Debian's compiler, building the standard library from its sources.
    Debian {
        /// The linker for wasm.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Finds a way to build for [`TARGET`], installing what is missing.
    ///
    /// # Errors
    /// When there is none; the error says what to type.
    pub fn ensure() -> Result<Self> {
        let mut tried = Tried::default();
        loop {
            match next(Found::look(), tried) {
                Next::Installed => return Ok(Self::Installed),
                Next::Debian => return Ok(Self::Debian { linker: linker() }),
                Next::Rustup => {
                    tried.rustup = true;
                    attempt(shell::step(&format!("Getting the {TARGET} target by rustup"), || {
                        shell::run(&mut rustup())
                    }));
                }
                Next::Apt => {
                    tried.apt = true;
                    attempt(apt::install(&packages()));
                }
                Next::GiveUp => bail!("{}", advice()),
            }
        }
    }

    /// Makes a Cargo command that builds for [`TARGET`] do it this way.
    pub fn equip<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.args(["--target", TARGET]);
        if let Self::Debian { linker } = self {
            // Debian's compiler may be older than `rust-version`; building std is an unstable option of Cargo.
            command
                .args(["--ignore-rust-version", "-Zbuild-std=std,panic_abort"])
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }
}

/// What a machine has.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "five independent facts, each yes or no")]
struct Found {
    /// The compiler has a standard library for [`TARGET`].
    target: bool,
    /// There is a rustup.
    rustup: bool,
    /// Debian's compiler and its sources are installed.
    debian: bool,
    /// There is an apt-get.
    apt: bool,
    /// This program may install packages.
    root: bool,
}

/// What was tried before; nothing is tried twice.
#[derive(Debug, Clone, Copy, Default)]
struct Tried {
    rustup: bool,
    apt: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Installed,
    Debian,
    Rustup,
    Apt,
    GiveUp,
}

/// The order of the module's documentation.
fn next(found: Found, tried: Tried) -> Next {
    match () {
        () if found.target => Next::Installed,
        () if found.rustup && !tried.rustup => Next::Rustup,
        () if found.debian => Next::Debian,
        () if found.apt && found.root && !tried.apt => Next::Apt,
        () => Next::GiveUp,
    }
}

/// True if a folder's file names hold a standard library.
fn has_std<'n>(mut names: impl Iterator<Item = &'n OsStr>) -> bool {
    names.any(|name| name.to_string_lossy().starts_with("libstd-"))
}

fn advice() -> String {
    format!(
        "there is no standard library for {TARGET}, and it could not be installed. Type\n    rustup target add {TARGET}\n\
         or, on Debian and as root,\n    apt-get update && apt-get install -y --no-install-recommends {}\n\
         and then this command again",
        packages().join(" ")
    )
}

impl Found {
    fn look() -> Self {
        Self {
            target: library_folder().is_some_and(|folder| is_library(&folder)),
            rustup: shell::succeeds(Command::new("rustup").arg("--version")),
            debian: Path::new(DEBIAN_RUSTC).exists() && Path::new(DEBIAN_SOURCES).exists(),
            apt: apt::is_there(),
            root: apt::is_root(),
        }
    }
}

fn is_library(folder: &Path) -> bool {
    let Ok(entries) = folder.read_dir() else { return false };
    let names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
    has_std(names.iter().map(OsString::as_os_str))
}

/// The compiler that Cargo would use.
fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

fn library_folder() -> Option<PathBuf> {
    let printed = shell::output(rustc().args(["--print", "target-libdir", "--target", TARGET])).ok()?;
    Some(PathBuf::from(printed.trim()))
}

/// The toolchain's own linker for wasm, or else Debian's.
fn linker() -> PathBuf {
    own_linker().unwrap_or_else(|| DEBIAN_LINKER.1.into())
}

fn own_linker() -> Option<PathBuf> {
    let libraries = shell::output(rustc().args(["--print", "target-libdir"])).ok()?;
    let linker = Path::new(libraries.trim()).parent()?.join("bin").join("rust-lld");
    linker.is_file().then_some(linker)
}

fn packages() -> Vec<&'static str> {
    let linker = own_linker().is_none().then_some(DEBIAN_LINKER.0);
    DEBIAN_PACKAGES.into_iter().chain(linker).collect()
}

fn rustup() -> Command {
    let mut command = Command::new("rustup");
    command.args(["target", "add", TARGET]);
    command
}

/// A failure is shown, not returned: there may be another way.
fn attempt(done: Result<()>) {
    if let Err(error) = done {
        eprintln!("    {error:#}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Found = Found { target: false, rustup: false, debian: false, apt: false, root: false };
    const UNTRIED: Tried = Tried { rustup: false, apt: false };
    const ALL_TRIED: Tried = Tried { rustup: true, apt: true };

    #[test]
    fn an_installed_target_needs_nothing() {
        let found = Found { target: true, rustup: true, debian: true, apt: true, root: true };
        assert_eq!(next(found, UNTRIED), Next::Installed);
    }

    #[test]
    fn each_way_is_tried_once_and_in_order() {
        let bare = Found { rustup: true, apt: true, root: true, ..NOTHING };
        assert_eq!(next(bare, UNTRIED), Next::Rustup);
        assert_eq!(next(bare, Tried { rustup: true, apt: false }), Next::Apt);
        assert_eq!(next(bare, ALL_TRIED), Next::GiveUp);
        assert_eq!(next(Found { debian: true, ..bare }, ALL_TRIED), Next::Debian);
    }

    #[test]
    fn packages_are_installed_only_as_root() {
        assert_eq!(next(Found { apt: true, ..NOTHING }, UNTRIED), Next::GiveUp);
        assert_eq!(next(Found { root: true, ..NOTHING }, UNTRIED), Next::GiveUp);
        assert_eq!(next(Found { apt: true, root: true, ..NOTHING }, UNTRIED), Next::Apt);
    }

    #[test]
    fn installed_packages_are_used_without_rustup_and_without_root() {
        assert_eq!(next(Found { debian: true, ..NOTHING }, UNTRIED), Next::Debian);
    }

    #[test]
    fn giving_up_says_what_to_type() {
        let advice = advice();
        assert!(advice.contains("rustup target add wasm32-unknown-unknown"), "{advice}");
        assert!(advice.contains("apt-get install -y --no-install-recommends rustc-web rust-web-src"), "{advice}");
    }

    #[test]
    fn an_empty_library_folder_is_not_a_target() {
        let names = |names: &[&'static str]| has_std(names.iter().map(OsStr::new));
        assert!(!names(&[]));
        assert!(!names(&["self-contained", "libcore-1234.rlib"]));
        assert!(names(&["libcore-1234.rlib", "libstd-1234.rlib"]));
    }

    #[test]
    fn only_the_fallback_changes_compiler() {
        let mut plain = Command::new("cargo");
        assert_eq!(shell::show(Toolchain::Installed.equip(&mut plain)), "cargo --target wasm32-unknown-unknown");
        assert_eq!(plain.get_envs().count(), 0);
        let mut debian = Command::new("cargo");
        Toolchain::Debian { linker: "wasm-ld".into() }.equip(&mut debian);
        assert!(debian.get_envs().any(|(name, value)| name == "RUSTC" && value == Some(OsStr::new(DEBIAN_RUSTC))));
    }
}
