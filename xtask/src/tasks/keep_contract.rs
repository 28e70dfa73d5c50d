//! `cargo xtask keep-contract`: the built components, kept for every later host.
//!
//! A host that no longer runs a released component breaks its customers, and only bytes that were really released show it.
//! So the components of a contract's version lie in `tests/contracts/VERSION/`, and `tests/tests/contracts.rs` loads and runs all of
//! them on the host of today. Rejected: building them again from an old tag, which tests today's compiler too.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::files;
use crate::provenance;
use crate::shell;
use crate::tasks::build;
use crate::workspace::{PLUGIN, Workspace};

/// Where they are kept, a folder for each version; from the repository's folder.
const FOLDER: &str = "tests/contracts";

/// The contract's first file, which states its version.
const CONTRACT: &str = "wit/connector.wit";

/// What precedes the version there.
const PACKAGE: &str = "package elearnio:connector@";

/// The second connector's package, among the guests.
const CSV: &str = "csv-connector";

/// Builds the components and keeps them.
///
/// # Errors
/// When one does not build, the contract states no version, or a file cannot be written.
pub fn run(workspace: &Workspace) -> Result<()> {
    build::run_with_guests(workspace)?;
    let wit = fs::read_to_string(workspace.root.join(CONTRACT)).with_context(|| format!("cannot read {CONTRACT}"))?;
    let version = version(&wit)?;
    let folder = workspace.root.join(FOLDER).join(version);
    let kept = [("personio.wasm", PLUGIN, workspace.component()), ("csv.wasm", CSV, workspace.guest(CSV))];
    shell::step(&format!("Writing {FOLDER}/{version}"), || {
        let mut rows = String::new();
        for (name, package, built) in &kept {
            let bytes = fs::read(built).with_context(|| format!("cannot read {}", built.display()))?;
            files::write_if_changed(&folder.join(name), &bytes)?;
            rows.push_str(&row(&folder, name, package, &workspace.package(package)?.version)?);
        }
        let revision = provenance::revision(&workspace.root);
        let text = readme(version, revision.as_deref().unwrap_or("no checkout"), &rows);
        files::write_if_changed(&folder.join("README.md"), text.as_bytes()).map(drop)
    })
}

/// The version that the contract states.
fn version(wit: &str) -> Result<&str> {
    let line = wit.lines().find_map(|line| line.strip_prefix(PACKAGE)?.strip_suffix(';'));
    line.with_context(|| format!("{CONTRACT} has no line `{PACKAGE}VERSION;`"))
}

fn row(folder: &Path, name: &str, package: &str, version: &str) -> Result<String> {
    let line = files::checksum(folder, name)?;
    let checksum = line.split_whitespace().next().unwrap_or_default();
    Ok(format!("| `{name}` | `{package}` {version} | `{checksum}` |\n"))
}

fn readme(version: &str, revision: &str, rows: &str) -> String {
    format!(
        "# Components of contract {version}

Components as they were released, for `tests/tests/contracts.rs`: every later host must load and run them. From the release of
contract {version} on these bytes do not change.

| file | package | SHA-256 |
|---|---|---|
{rows}
`cargo xtask keep-contract` built and wrote this folder, from revision {revision}. Until the release it may write it again.
"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_contracts() {
        assert_eq!(version("/// About.\npackage elearnio:connector@0.2.0;\n").unwrap(), "0.2.0");
        assert!(version("package other:thing@1.0.0;").unwrap_err().to_string().contains(PACKAGE));
    }

    #[test]
    fn a_row_names_the_file_and_its_checksum() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("csv.wasm"), "abc").unwrap();
        let row = row(folder.path(), "csv.wasm", CSV, "0.1.0").unwrap();
        let checksum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(row, format!("| `csv.wasm` | `csv-connector` 0.1.0 | `{checksum}` |\n"));
        assert!(readme("0.2.0", "abc", &row).contains(&row));
    }
}
