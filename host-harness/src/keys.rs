//! `harness keys`: the keys under which a service keeps secrets.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use connector_service::Config;
use connector_service::keys::Keys;
use connector_service::rotate::rotate;

use super::exit::{CliError, Exit};
use super::output;
use super::shared::DatabaseArgs;

/// The options of `harness keys`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a file with a key, for processes that share a database.
    New {
        /// The file to make; only its owner can read it.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Make a new key, seal everything with it, and take the old ones away. Stop the service first.
    Rotate {
        /// The service's data folder.
        #[arg(long, value_name = "DIR", required_unless_present = "database")]
        data: Option<PathBuf>,
        #[command(flatten)]
        database: DatabaseArgs,
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
    let (data, database, key_file) = match args.command {
        Command::New { file } => return new(&file),
        Command::Rotate { data, database, key_file } => (data, database, key_file),
    };
    let mut config = Config::new(data.unwrap_or_default());
    config.shared = database.read()?;
    config.key_file = key_file;
    let rotated = rotate(&config).await.map_err(|error| CliError::Failed(error.to_string()))?;
    let (key, file) = (rotated.key, rotated.file.display());
    output::line(&format!(
        "{file} has the new key {key} alone; sealed again: {} secrets, {} runs. Older backups need the key that they were made with.",
        rotated.secrets, rotated.details
    ))?;
    Ok(Exit::Done)
}

fn new(file: &Path) -> Result<Exit, CliError> {
    if file.exists() {
        return Err(CliError::Usage(format!(
            "{} is there already; name another file, or rotate its key",
            file.display()
        )));
    }
    let failed = |error: connector_service::keys::KeyError| CliError::Failed(error.to_string());
    let keys = Keys::none().with_new().map_err(failed)?;
    keys.write(file).map_err(failed)?;
    let key = keys.ids().next().unwrap_or_default();
    output::line(&format!(
        "{} has the key {key}. Give it to every process, and keep a copy elsewhere.",
        file.display()
    ))?;
    Ok(Exit::Done)
}
