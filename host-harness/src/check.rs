//! `harness check`: whether a component keeps the contract.

use std::path::PathBuf;

use super::exit::{CliError, Exit};
use super::output::{self, Format};
use connector_conformance::{self as conformance, Fixture, FixtureError};
use connector_host::sandbox::Host;

/// The options of `harness check`.
#[derive(clap::Args)]
pub struct Args {
    /// The component.
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
    /// A folder with settings.toml, exchanges/ and, if you want, directory.json. Without it, only the checks that need no traffic
    /// run.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// How to print what was found.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// When the sandbox cannot be set up or the fixture cannot be read. A component that fails is no error here.
pub async fn run(args: &Args) -> Result<Exit, CliError> {
    let fixture = args.fixtures.as_deref().map(Fixture::open).transpose();
    let fixture = fixture.map_err(|error| match error {
        FixtureError::Settings(error) => CliError::Settings(error),
        FixtureError::Exchanges(error) => CliError::Cassette(error),
    })?;
    let host = Host::builder().build()?;
    let report = conformance::check(&host, &args.component, fixture.as_ref()).await;
    match args.format {
        Format::Text => output::line(&report.text())?,
        Format::Json => output::line(&report.json().map_err(|error| CliError::Failed(error.to_string()))?)?,
    }
    Ok(if report.passed() { Exit::Done } else { Exit::Failed })
}
