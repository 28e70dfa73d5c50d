//! Turns a package into a component: Cargo builds a core module, `wit-component` wraps it after the contract that
//! `wit-bindgen` left inside, and checks the result; then [`provenance`] says in it where it comes from.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use wit_component::{ComponentEncoder, metadata};

use crate::files;
use crate::provenance;
use crate::shell;
use crate::toolchain::{TARGET, Toolchain};
use crate::workspace::Workspace;

/// Cargo's profile for what ships; it names the folder of the modules too.
const PROFILE: &str = "component";

/// A package, and the file its component goes to.
#[derive(Debug, Clone)]
pub struct Component<'a> {
    /// The package; its library is a `cdylib`.
    pub package: &'a str,
    /// Where the component goes.
    pub out: PathBuf,
}

/// Builds components, each in a call of Cargo's own. A file that would not change is left alone.
///
/// In one call for all of them, Cargo would give each the features that any of them asks of a shared dependency: the same commit
/// would give other bytes when tests are built too.
///
/// # Errors
/// When a package does not compile, its module is not a connector, or a file cannot be written.
pub fn build(workspace: &Workspace, toolchain: &Toolchain, components: &[Component<'_>]) -> Result<()> {
    let revision = provenance::revision(&workspace.root);
    for component in components {
        let mut command = workspace.cargo("build");
        command.args(["--profile", PROFILE, "--package", component.package]);
        shell::run(toolchain.equip(&mut command))?;
        wrap(workspace, component, revision.as_deref())?;
    }
    Ok(())
}

fn wrap(workspace: &Workspace, component: &Component<'_>, revision: Option<&str>) -> Result<()> {
    let module = workspace.target.join(TARGET).join(PROFILE).join(workspace.module(component.package)?);
    let bytes = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let encoded = encode(&bytes).with_context(|| format!("cannot make a component of `{}`", component.package))?;
    let encoded = provenance::stamp(&encoded, workspace.package(component.package)?, revision)?;
    let written = files::write_if_changed(&component.out, &encoded)?;
    let size = encoded.len().div_ceil(1024);
    eprintln!("    {} ({size} KB{})", shown(&component.out), if written { "" } else { ", unchanged" });
    Ok(())
}

/// Wraps a core module and validates the component.
///
/// # Errors
/// When the bytes are no module, lack the contract, or import something the contract does not have.
fn encode(module: &[u8]) -> Result<Vec<u8>> {
    // A module without a contract would become a component without exports: valid, and of no use.
    let (_, contract) = metadata::decode(module)?;
    let exports = contract.resolve.worlds.get(contract.world).is_some_and(|world| !world.exports.is_empty());
    ensure!(exports, "it exports nothing: generate the bindings with wit-bindgen and call its export macro");
    ComponentEncoder::default().validate(true).module(module)?.encode()
}

/// A path as one would type it here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_module_cannot_become_a_component() {
        assert!(encode(b"not wasm at all").is_err());
        assert!(encode(b"\0asm\x0d\0\x01\0").is_err(), "a component is not wrapped twice");
    }

    #[test]
    fn a_module_without_a_contract_is_refused_with_the_remedy() {
        let error = encode(b"\0asm\x01\0\0\0").expect_err("an empty module").to_string();
        assert!(error.contains("export macro"), "{error}");
    }
}
