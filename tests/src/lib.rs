//! What the suites share: the built components, the fixtures, and companies of any size.
//!
//! The suites are in `tests/`, one file per subject; this crate is not part of what ships.

pub mod apart;
pub mod arbitrary;
pub mod both_ways;
#[cfg(unix)]
pub mod browser;
pub mod company;
pub mod desk;
pub mod expected;
pub mod fault_proxy;
pub mod guests;
pub mod mock_process;
#[cfg(unix)]
pub mod nats_server;
pub mod nordwind;
pub mod page_source;
#[cfg(unix)]
pub mod postgres_server;
#[cfg(unix)]
pub mod postgres_store;
#[cfg(unix)]
pub mod postgres_wire;
pub mod programs;
pub mod service_client;
pub mod smtp_server;
pub mod tenants;

use std::path::{Path, PathBuf};

/// The repository's folder.
#[must_use]
pub fn repository() -> &'static Path {
    // Not `join("..")`: a path without dots is shorter to read in an assertion.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The built component.
///
/// # Panics
/// When it is not built yet; the message says what to type.
#[must_use]
pub fn component() -> PathBuf {
    built("target/personio.wasm", "cargo xtask build")
}

/// The built component of a guest crate in `tests/guests/`.
///
/// # Panics
/// When it is not built yet; the message says what to type.
#[must_use]
pub fn guest(package: &str) -> PathBuf {
    built(&format!("target/guests/{package}.wasm"), "cargo xtask test")
}

/// A fixture's folder, such as `acme`.
///
/// # Panics
/// When there is no such fixture.
#[must_use]
pub fn fixture(name: &str) -> PathBuf {
    let folder = repository().join("tests/fixtures").join(name);
    assert!(folder.is_dir(), "there is no fixture `{name}` in tests/fixtures");
    folder
}

fn built(path: &str, command: &str) -> PathBuf {
    let file = repository().join(path);
    assert!(file.is_file(), "{path} is not built yet. Type\n    {command}");
    file
}
