//! `harness migrate`: moves a service to a database that several processes share.

use std::path::PathBuf;

use clap::Subcommand;
use connector_database::PostgresUrl;
use connector_service::Shared;
use connector_service::moving::{MoveError, move_to};

use super::exit::{CliError, Exit};
use super::output;

/// The options of `harness migrate`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[allow(clippy::doc_markdown, reason = "help is not Markdown")]
    /// From a data folder to PostgreSQL. Stop the service first; the folder stays as it is.
    Sqlite {
        /// The service's data folder.
        #[arg(value_name = "DIR")]
        data: PathBuf,
        #[allow(clippy::doc_markdown, reason = "help is not Markdown")]
        /// The empty database: postgres://USER:PASSWORD@HOST:PORT/DATABASE. In the environment variable a password is not seen by other
        /// users of the machine.
        #[arg(value_name = "URL", env = "HARNESS_DATABASE", hide_env_values = true)]
        database: String,
    },
}

/// Runs it.
///
/// # Errors
/// Why nothing was moved.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let Command::Sqlite { data, database } = args.command;
    let database: PostgresUrl = database.parse().map_err(|error| CliError::Usage(format!("{error}")))?;
    let shared = Shared { database, queue: None, connections: 4 };
    let report = move_to(&data, &shared).await.map_err(|error| match error {
        MoveError::Service(error) if error.is_usage() => CliError::Usage(error.to_string()),
        error @ (MoveError::NotEmpty | MoveError::NoService(_)) => CliError::Usage(error.to_string()),
        error => CliError::Failed(error.to_string()),
    })?;
    for moved in &report.moved {
        let hash = moved.hash.get(..16).unwrap_or_default();
        output::line(&format!("{:>9}  {:<22}  sha256 {hash}", moved.rows, moved.what))?;
    }
    for name in &report.missing {
        output::line(&format!(
            "The file of the connector {name} is not there: add it again once the service is running."
        ))?;
    }
    output::line(
        "Everything was read back from the database, and is the same. Keep the folder until the new service has run.",
    )?;
    Ok(Exit::Done)
}
