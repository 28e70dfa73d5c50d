//! `cargo xtask fixtures`.

use anyhow::Result;

use crate::shell;
use crate::workspace::Workspace;

/// Runs the generator of the generated fixtures.
///
/// # Errors
/// When it does not build, or the fixtures cannot be written.
pub fn run(workspace: &Workspace) -> Result<()> {
    let generator = ["--quiet", "--package", "whole-system-tests", "--bin", "make-fixtures"];
    shell::step("Writing the generated fixtures", || shell::run(workspace.cargo("run").args(generator)))
}
