//! `harness directory`: fills a directory, shows it, and corrects its links.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use connector_host::one_line::one_line;
use jiff::Timestamp;

use super::exit::{CliError, Exit};
use super::lock::lock;
use super::output::{self, Format};
use connector_store::import;
use connector_store::lock::DirectoryLock;
use connector_store::sqlite::SqliteDirectory;
use connector_store::view::DirectoryView;
use connector_sync::decisions;
use connector_sync::directory::Store as _;

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
    /// Link an account to an employee, such as the same person with a new ID.
    Relink {
        /// The account's ID, as `harness directory show` lists it.
        #[arg(value_name = "ACCOUNT")]
        account: String,
        /// The employee's ID in the HR system.
        #[arg(value_name = "EMPLOYEE")]
        employee: String,
        /// The directory of accounts, a database file.
        #[arg(long, value_name = "FILE")]
        directory: PathBuf,
        /// Why; the reason is kept in the log.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Remove an account's link, because the account is not this employee's. A sync does not link the two by their address again.
    Unlink {
        /// The account's ID, as `harness directory show` lists it.
        #[arg(value_name = "ACCOUNT")]
        account: String,
        /// The directory of accounts, a database file.
        #[arg(long, value_name = "FILE")]
        directory: PathBuf,
        /// Why; the reason is kept in the log.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Runs it.
///
/// # Errors
/// What is wrong with the directory or the file.
pub async fn run(args: &Args) -> Result<Exit, CliError> {
    match &args.command {
        Command::Import { file, directory } => {
            let mut directory = SqliteDirectory::open(directory)?;
            output::line(&import::import(&mut directory, file).await?.to_string())?;
        }
        Command::Show { directory, format } => {
            let shown = DirectoryView::read(&mut SqliteDirectory::open_read_only(directory)?).await?;
            match format {
                Format::Text => output::line(&shown.text())?,
                Format::Json => {
                    output::json_text(&shown.json().map_err(|error| CliError::Failed(error.to_string()))?)?;
                }
            }
        }
        Command::Relink { account, employee, directory, reason } => {
            let (mut directory, _lock) = open_to_decide(directory)?;
            let mut transaction = directory.administer().await?;
            decisions::relink(&mut *transaction, account, employee, reason, Timestamp::now()).await?;
            transaction.commit().await?;
            output::line(&one_line(&format!("account {account} is now linked to employee {employee}")))?;
        }
        Command::Unlink { account, directory, reason } => {
            let (mut directory, _lock) = open_to_decide(directory)?;
            let mut transaction = directory.administer().await?;
            let before = decisions::unlink(&mut *transaction, account, reason, Timestamp::now()).await?;
            transaction.commit().await?;
            let undo = "`harness directory relink` takes this back";
            output::line(&one_line(&format!("account {account} is no longer linked to employee {before}; {undo}")))?;
        }
    }
    Ok(Exit::Done)
}

/// A directory that no sync is working on.
fn open_to_decide(path: &Path) -> Result<(SqliteDirectory, Option<DirectoryLock>), CliError> {
    let directory = SqliteDirectory::open_existing(path)?;
    let lock = lock(path, false)?;
    Ok((directory, lock))
}
