//! `cargo xtask bench`.

use anyhow::Result;

use crate::shell;
use crate::tasks::build;
use crate::workspace::Workspace;

/// Measures the built component against the same code compiled natively.
///
/// # Errors
/// When something does not build or a benchmark fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    build::run_with_guests(workspace)?;
    shell::step("Measuring", || {
        shell::run(workspace.cargo().args(["bench", "--package", "whole-system-tests"]).args(arguments))
    })
}
