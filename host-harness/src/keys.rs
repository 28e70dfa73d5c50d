//! `harness keys`: the keys under which a service keeps secrets.

use std::path::PathBuf;

use clap::Subcommand;
use connector_service::Config;
use connector_service::rotate::rotate;

use super::exit::{CliError, Exit};
use super::output;

/// The options of `harness keys`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new key, seal everything with it, and take the old ones away. Stop the service first.
    Rotate {
        /// The service's data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The file with the keys. Default: service.key in the data folder.
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
}

/// Runs it.
///
/// # Errors
/// When the service is running, or something cannot be read or written.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let Command::Rotate { data, key_file } = args.command;
    let mut config = Config::new(data);
    config.key_file = key_file;
    let rotated = rotate(&config).await.map_err(|error| CliError::Failed(error.to_string()))?;
    let (key, file) = (rotated.key, rotated.file.display());
    output::line(&format!(
        "{file} has the new key {key} alone; sealed again: {} secrets, {} runs. Older backups need the key that they were made with.",
        rotated.secrets, rotated.details
    ))?;
    Ok(Exit::Done)
}
