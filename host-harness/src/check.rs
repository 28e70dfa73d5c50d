//! `harness check`: whether a component conforms to the contract.

use std::path::PathBuf;

use super::exit::{CliError, Exit};
use super::output::{self, Format};
use super::setup::LimitsFile;
use connector_conformance::{self as conformance, Fixture, FixtureError, Judgement};
use connector_host::sandbox::{Host, Limits};

/// Instances that the checks hold at once, and room to spare.
const TENANTS: u32 = 16;

/// The options of `harness check`.
#[derive(clap::Args)]
pub struct Args {
    /// The component, a .wasm file.
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
    /// A folder with settings.toml, exchanges/ and, if you want, directory.json. Without it, only the checks that need no traffic
    /// are made, and a connector that makes requests cannot pass. A connector that makes none needs no exchanges/.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitsFile,
    /// How to print what was found.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// When the sandbox cannot be set up or the fixture cannot be read. A component that fails is not an error here.
pub async fn run(args: &Args) -> Result<Exit, CliError> {
    let fixture = args.fixtures.as_deref().map(Fixture::open).transpose();
    let fixture = fixture.map_err(|error| match error {
        FixtureError::Settings(error) => CliError::Settings(error),
        FixtureError::Exchanges(error) => CliError::Cassette(error),
    })?;
    let settings = fixture.as_ref().map_or_else(Limits::default, Fixture::limits);
    let host = Host::builder().limits(args.limits.limits(settings)?).tenants(TENANTS).build()?;
    let report = conformance::check(&host, &args.component, fixture.as_ref()).await;
    match args.format {
        Format::Text => output::line(&report.text())?,
        Format::Json => output::json_text(&report.json().map_err(|error| CliError::Failed(error.to_string()))?)?,
    }
    Ok(match report.judgement() {
        Judgement::Passed => Exit::Done,
        Judgement::Failed => Exit::Failed,
        Judgement::Incomplete => Exit::Incomplete,
    })
}
