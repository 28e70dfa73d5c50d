//! `harness directory`: fill a directory and look at it.

use std::path::PathBuf;

use clap::Subcommand;

use super::exit::{CliError, Exit};
use super::output::{self, Format};
use connector_store::import;
use connector_store::sqlite::SqliteDirectory;
use connector_store::view::DirectoryView;

/// The options of `harness directory`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Import groups and accounts from a JSON file. Importing the same file again changes nothing.
    Import {
        /// The groups and accounts.
        #[arg(value_name = "FILE.json")]
        file: PathBuf,
        /// The directory of accounts, a database file; it is created if it does not exist.
        #[arg(long, value_name = "FILE")]
        directory: PathBuf,
    },
    /// Show accounts, groups and runs.
    Show {
        /// The directory of accounts, a database file.
        #[arg(long, value_name = "FILE")]
        directory: PathBuf,
        /// How to print them.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

/// Runs it.
///
/// # Errors
/// What is wrong with the directory or the file.
pub fn run(args: &Args) -> Result<Exit, CliError> {
    match &args.command {
        Command::Import { file, directory } => {
            let mut directory = SqliteDirectory::open(directory)?;
            output::line(&import::import(&mut directory, file)?.to_string())?;
        }
        Command::Show { directory, format } => {
            let shown = DirectoryView::read(&SqliteDirectory::open_read_only(directory)?)?;
            match format {
                Format::Text => output::line(&shown.text())?,
                Format::Json => {
                    output::line(&shown.json().map_err(|error| CliError::Failed(error.to_string()))?)?;
                }
            }
        }
    }
    Ok(Exit::Done)
}
