//! `cargo xtask test`.

use anyhow::Result;

use crate::shell;
use crate::tasks::build;
use crate::workspace::Workspace;

/// Builds what the tests run, then runs them.
///
/// # Errors
/// When something does not build or a test fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    build::run_with_guests(workspace)?;
    shell::step("Testing", || shell::run(workspace.cargo("test").arg("--workspace").args(arguments)))
}
