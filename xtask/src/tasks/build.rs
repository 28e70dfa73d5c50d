//! `cargo xtask build`.

use anyhow::Result;

use crate::component::{self, Component};
use crate::shell;
use crate::toolchain::{TARGET, Toolchain};
use crate::workspace::{PLUGIN, Workspace};

/// Builds the component that ships.
///
/// # Errors
/// When the target cannot be had or the plugin does not build.
pub fn run(workspace: &Workspace) -> Result<()> {
    let shipped = Component { package: PLUGIN, out: workspace.component() };
    build(workspace, &[shipped])
}

/// Builds the component that ships, and the guests that tests run.
///
/// # Errors
/// Likewise, for any of them.
pub fn run_with_guests(workspace: &Workspace) -> Result<()> {
    let shipped = Component { package: PLUGIN, out: workspace.component() };
    let guests = workspace.guests().into_iter().map(|package| Component { package, out: workspace.guest(package) });
    let components: Vec<Component<'_>> = std::iter::once(shipped).chain(guests).collect();
    build(workspace, &components)
}

fn build(workspace: &Workspace, components: &[Component<'_>]) -> Result<()> {
    let toolchain = Toolchain::ensure()?;
    let what = match components {
        [one] => format!("Building the {} component for {TARGET}", one.package),
        many => format!("Building {} components for {TARGET}", many.len()),
    };
    shell::step(&what, || component::build(workspace, &toolchain, components))
}
