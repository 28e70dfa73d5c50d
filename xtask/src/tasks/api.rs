//! `cargo xtask api`: the public API of each library crate as a committed listing.
//!
//! A listing stands in `public-api.txt` beside the crate's manifest. A change of the API has to change it too, so that a
//! reviewer sees what users of the crate will see.
//!
//! The items come from rustdoc's JSON, which only a compiler that allows unstable options writes. Allowing them for all of
//! Cargo would build every dependency again, since build scripts ask for that variable; so this program stands in for
//! rustdoc ([`act_as_rustdoc`]) and allows them there alone.

use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};

use crate::files;
use crate::shell;
use crate::workspace::{Package, Workspace};

/// The listing's name, in the folder of its crate.
const LISTING: &str = "public-api.txt";

/// Set for Cargo's sake: this program is called as rustdoc, and the real one is here.
const REAL_RUSTDOC: &str = "XTASK_REAL_RUSTDOC";

/// The format that `api-listing` reads.
const AS_JSON: &str = "-Zunstable-options --output-format json";

/// Compares every library crate's public API with its listing, or writes the listings.
///
/// # Errors
/// When an API is not as listed, or a crate does not build.
pub fn run(workspace: &Workspace, update: bool) -> Result<()> {
    let libraries = workspace.libraries();
    let what = format!("Reading the public API of {} crates", libraries.len());
    let found = shell::step(&what, || read(workspace, &libraries))?;
    if update {
        return libraries.iter().zip(&found).try_for_each(|(package, listing)| write(package, listing));
    }
    let differences: Vec<String> =
        libraries.iter().zip(&found).filter_map(|(package, listing)| compare(package, listing)).collect();
    ensure!(
        differences.is_empty(),
        "the public API is not as listed:\n{}If that is meant, type `cargo xtask api --update` and commit the listings \
         with the change",
        differences.concat()
    );
    Ok(())
}

/// Why the listings cannot be compared here, if they cannot: rustdoc's JSON is another one in each version of Rust.
///
/// # Errors
/// When the compiler's version cannot be read.
pub fn unfit(workspace: &Workspace) -> Result<Option<String>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = shell::output(workspace.program(rustc).arg("--version"))?;
    let wanted = workspace.rust_version()?;
    Ok(other_version(&printed, wanted))
}

fn other_version(printed: &str, wanted: &str) -> Option<String> {
    let version = printed.split_whitespace().nth(1).unwrap_or_default();
    let fits = version.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    (!fits).then(|| {
        format!(
            "the listings are made with Rust {wanted}, and this is {version}; type \
             `rustup run {wanted} cargo xtask api`"
        )
    })
}

/// The listing of each crate, in their order.
fn read(workspace: &Workspace, libraries: &[&Package]) -> Result<Vec<String>> {
    ensure!(!libraries.is_empty(), "this workspace has no library crates");
    let mut doc = workspace.cargo("doc");
    doc.args(["--no-deps", "--lib", "--quiet"]);
    for package in libraries {
        doc.args(["--package", &package.name]);
    }
    doc.env("RUSTDOC", env::current_exe().context("cannot find this program's own file")?)
        .env(REAL_RUSTDOC, env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()))
        .env("RUSTDOCFLAGS", AS_JSON);
    shell::run(&mut doc)?;
    let mut list = workspace.cargo("run");
    list.args(["--quiet", "--package", "api-listing", "--"]);
    list.args(libraries.iter().map(|package| json(workspace, package)));
    split(&shell::output(&mut list)?, libraries.len())
}

fn json(workspace: &Workspace, package: &Package) -> PathBuf {
    let library = package.library().unwrap_or_default();
    workspace.target.join("doc").join(format!("{library}.json"))
}

/// Divides what `api-listing` printed: a listing starts after each line with a hash.
fn split(printed: &str, count: usize) -> Result<Vec<String>> {
    let mut listings: Vec<String> = Vec::new();
    for line in printed.lines() {
        if line.starts_with("# ") {
            listings.push(String::new());
        } else if let Some(listing) = listings.last_mut() {
            // Writing to a string cannot fail.
            let _ = writeln!(listing, "{line}");
        }
    }
    ensure!(listings.len() == count, "`api-listing` printed {} listings for {count} crates", listings.len());
    Ok(listings)
}

fn write(package: &Package, listing: &str) -> Result<()> {
    let file = package.folder().join(LISTING);
    let written = files::write_if_changed(&file, listing.as_bytes())?;
    eprintln!("    {} ({} items{})", package.name, listing.lines().count(), if written { "" } else { ", unchanged" });
    Ok(())
}

/// What is not as listed, one item a line; nothing if all is.
fn compare(package: &Package, found: &str) -> Option<String> {
    // A listing that is not there yet is an empty one.
    let listed = fs::read_to_string(package.folder().join(LISTING)).unwrap_or_default();
    let difference = difference(&listed, found);
    (!difference.is_empty()).then(|| format!("{}:\n{difference}", package.name))
}

/// Lines that are in one listing only. The order says nothing: rustdoc's may change.
fn difference(listed: &str, found: &str) -> String {
    let (listed, found): (BTreeSet<&str>, BTreeSet<&str>) = (listed.lines().collect(), found.lines().collect());
    let gone = listed.difference(&found).map(|line| format!("  - {line}\n"));
    let new = found.difference(&listed).map(|line| format!("  + {line}\n"));
    gone.chain(new).collect()
}

/// The program that Cargo takes this one for, if it does.
pub fn real_rustdoc() -> Option<OsString> {
    env::var_os(REAL_RUSTDOC)
}

/// Does what rustdoc does, with its unstable options allowed.
pub fn act_as_rustdoc(rustdoc: &OsStr) -> ExitCode {
    let mut command = Command::new(rustdoc);
    command.args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").env_remove(REAL_RUSTDOC);
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cannot start {}: {error}", rustdoc.display());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_shown_by_item_and_a_new_order_is_not_a_difference() {
        assert_eq!(difference("b\na\n", "a\nb\n"), "");
        assert_eq!(
            difference("pub fn a()\npub fn b()\n", "pub fn b()\npub fn c()\n"),
            "  - pub fn a()\n  + pub fn c()\n"
        );
    }

    #[test]
    fn a_crate_without_a_listing_shows_all_it_has() {
        let folder = tempfile::tempdir().expect("a folder");
        let package =
            Package { name: "kit".to_owned(), manifest_path: folder.path().join("Cargo.toml"), ..Package::default() };
        assert_eq!(compare(&package, "pub mod kit\n").as_deref(), Some("kit:\n  + pub mod kit\n"));
        write(&package, "pub mod kit\n").expect("written");
        assert_eq!(compare(&package, "pub mod kit\n"), None);
    }

    #[test]
    fn listings_are_told_apart_and_counted() {
        let printed = "# a.json\npub mod a\n#[non_exhaustive] pub enum a::B\n# b.json\n";
        assert_eq!(split(printed, 2).expect("two"), ["pub mod a\n#[non_exhaustive] pub enum a::B\n", ""]);
        assert!(split(printed, 3).is_err());
    }

    #[test]
    fn another_version_of_rust_is_named_with_the_remedy() {
        assert_eq!(other_version("rustc 1.95.0 (59807616e 2026-04-14)", "1.95"), None);
        let other = other_version("rustc 1.950.0", "1.95").expect("another one");
        assert!(other.contains("this is 1.950.0") && other.contains("`rustup run 1.95 cargo xtask api`"), "{other}");
    }
}
