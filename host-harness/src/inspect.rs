//! `harness inspect`: what a component asks for, before anything of it runs for a tenant.

use std::fmt::Write;
use std::path::PathBuf;

use super::exit::{CliError, Exit};
use super::output;
use connector_host::names::field_name;
use connector_host::sandbox::{Description, Host, Inspection};

/// The options of `harness inspect`.
#[derive(clap::Args)]
pub struct Args {
    /// The component.
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
}

/// Runs it: imports and exports first, for they are told of a component that does not fit as well.
///
/// # Errors
/// When the file is no component, or does not fit this host.
pub async fn run(args: &Args) -> Result<Exit, CliError> {
    let host = Host::builder().build()?;
    let wrong = |verdict| CliError::of_component(&args.component, verdict);
    let inspection = host.inspect(&args.component).map_err(wrong)?;
    output::line(&interfaces(&inspection))?;
    let connector = host.load(&args.component).await.map_err(wrong)?;
    output::line(&manifest(connector.description()))?;
    Ok(Exit::Done)
}

fn interfaces(inspection: &Inspection) -> String {
    let mut text = format!("size     {} bytes\n", inspection.size);
    for (title, interfaces) in [("imports", &inspection.imports), ("exports", &inspection.exports)] {
        for interface in interfaces {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{title}  {interface}");
        }
    }
    text
}

fn manifest(description: &Description) -> String {
    let mut text = format!("name     {}\nversion  {}\n", description.name, description.version);
    for origin in &description.origins {
        let _ = writeln!(text, "origin   {origin}");
    }
    for attribute in &description.attributes {
        let required = if attribute.required { ", required" } else { "" };
        let _ = writeln!(text, "reads    {} ({}{required})", field_name(&attribute.field), attribute.source);
    }
    text
}
