//! `harness inspect`: what a component says about itself and asks for, before it runs for a tenant.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::exit::{CliError, Exit};
use super::output::{self, Format};
use super::setup::LimitsFile;
use connector_host::names::field_name;
use connector_host::sandbox::{Connector, Description, GuestError, Host, Inspection, Interface, Limits};

/// The options of `harness inspect`.
#[derive(clap::Args)]
pub struct Args {
    /// The component, a .wasm file.
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
    #[command(flatten)]
    limits: LimitsFile,
    /// How to print what was found.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it. What can be seen from outside is printed of a component that does not fit as well.
///
/// # Errors
/// When the file is not a component, or does not fit this host.
pub async fn run(args: &Args) -> Result<Exit, CliError> {
    let limits = args.limits.limits(Limits::default())?;
    let host = Host::builder().limits(limits).tenants(1).build()?;
    let wrong = |verdict| explained(&args.component, verdict);
    let loaded = host.load(&args.component).await;
    // What can be loaded has been looked at on the way; a second look would read the compiled code a second time.
    let inspection = match &loaded {
        Ok(connector) => connector.inspection().clone(),
        Err(_) => host.inspect(&args.component).map_err(wrong)?,
    };
    let description = loaded.as_ref().ok().map(Connector::description);
    match args.format {
        Format::Text => {
            output::line(&from_outside(&inspection))?;
            description.map_or(Ok(()), |description| output::line(&manifest(description)))?;
        }
        Format::Json => output::json(&Json::of(&inspection, description))?,
    }
    loaded.map(|_| Exit::Done).map_err(wrong)
}

/// A verdict on the component. Here are no settings in which a limit could be raised: the file of limits is the place.
fn explained(component: &Path, verdict: GuestError) -> CliError {
    match verdict.limit() {
        Some(limit) => CliError::Failed(format!(
            "{}: {verdict}\nIf the connector needs more, write {limit} into a file and name the file with --limits.",
            component.display()
        )),
        None => CliError::of_component(component, verdict),
    }
}

fn from_outside(inspection: &Inspection) -> String {
    let metadata = &inspection.metadata;
    let stated = |text: &Option<String>| text.clone().unwrap_or_else(|| "not stated".to_owned());
    let package = match (&metadata.name, &metadata.version) {
        (None, None) => "not stated".to_owned(),
        (name, version) => [name.as_deref(), version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "),
    };
    let mut text = format!(
        "size     {} bytes\npackage  {package}\nlicence  {}\nrevision {}\n",
        inspection.size,
        stated(&metadata.licence),
        stated(&metadata.revision)
    );
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

/// The JSON's version; grows with every change that is not an addition.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Json<'a> {
    format_version: u32,
    size: u64,
    metadata: JsonMetadata<'a>,
    imports: Vec<String>,
    exports: Vec<String>,
    /// None if the component cannot be loaded.
    connector: Option<JsonConnector<'a>>,
}

#[derive(Serialize)]
struct JsonMetadata<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    licence: Option<&'a str>,
    revision: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonConnector<'a> {
    name: &'a str,
    version: &'a str,
    origins: Vec<String>,
    attributes: Vec<JsonAttribute<'a>>,
}

#[derive(Serialize)]
struct JsonAttribute<'a> {
    field: String,
    source: &'a str,
    required: bool,
}

impl<'a> Json<'a> {
    fn of(inspection: &'a Inspection, description: Option<&'a Description>) -> Self {
        let names = |interfaces: &[Interface]| interfaces.iter().map(ToString::to_string).collect();
        let metadata = &inspection.metadata;
        Self {
            format_version: FORMAT_VERSION,
            size: inspection.size,
            metadata: JsonMetadata {
                name: metadata.name.as_deref(),
                version: metadata.version.as_deref(),
                licence: metadata.licence.as_deref(),
                revision: metadata.revision.as_deref(),
            },
            imports: names(&inspection.imports),
            exports: names(&inspection.exports),
            connector: description.map(JsonConnector::of),
        }
    }
}

impl<'a> JsonConnector<'a> {
    fn of(description: &'a Description) -> Self {
        let attributes = description.attributes.iter().map(|attribute| JsonAttribute {
            field: field_name(&attribute.field).to_string(),
            source: &attribute.source,
            required: attribute.required,
        });
        Self {
            name: &description.name,
            version: &description.version,
            origins: description.origins.iter().map(ToString::to_string).collect(),
            attributes: attributes.collect(),
        }
    }
}
