//! `cargo xtask lint`.

use anyhow::Result;

use crate::manifests;
use crate::shell;
use crate::toolchain::{TARGET, Toolchain};
use crate::workspace::{PLUGIN, Workspace};

/// Checks everything that can be checked without running it.
///
/// # Errors
/// At the first finding.
pub fn run(workspace: &Workspace) -> Result<()> {
    shell::step("Checking the formatting", || shell::run(workspace.cargo_fmt().args(["--all", "--check"])))?;
    shell::step("Checking the manifests", || manifests::check_rust_version(workspace))?;
    shell::step("Checking every crate with clippy", || {
        let clippy = ["--workspace", "--all-targets", "--", "--deny", "warnings"];
        shell::run(workspace.cargo("clippy").args(clippy))
    })?;
    lint_for_wasm(workspace)?;
    shell::step("Checking the documentation", || {
        let mut doc = workspace.cargo("doc");
        // Module docs explain how the parts fit, private ones too: a link to any of them must hold.
        shell::run(
            doc.args(["--workspace", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "--deny warnings"),
        )
    })
}

/// The plugin once more as it ships: its exports exist only there.
fn lint_for_wasm(workspace: &Workspace) -> Result<()> {
    let toolchain = Toolchain::ensure()?;
    if toolchain != Toolchain::Installed {
        // Clippy checks with the compiler it came with, and that one has no standard library for the target here.
        eprintln!("==> Skipping clippy for {TARGET}: this machine builds it with Debian's compiler");
        return Ok(());
    }
    shell::step(&format!("Checking the plugin with clippy for {TARGET}"), || {
        let mut clippy = workspace.cargo("clippy");
        clippy.args(["--package", PLUGIN, "--lib"]);
        shell::run(toolchain.equip(&mut clippy).args(["--", "--deny", "warnings"]))
    })
}
