//! `harness backup` and `harness restore`.

use std::path::PathBuf;

use connector_service::backup::{backup, restore};
use connector_service::config::Files;

use super::exit::{CliError, Exit};
use super::output;

/// The options of `harness backup`.
#[derive(clap::Args)]
pub struct Backup {
    /// The file to write, a tar archive. It has no key in it: keep the key file elsewhere.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The service's data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// The options of `harness restore`.
#[derive(clap::Args)]
pub struct Restore {
    /// A file from `harness backup`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The data folder to make; it must be empty or not exist. Put the key file there before the service starts.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl Backup {
    /// Runs it.
    ///
    /// # Errors
    /// What cannot be read or written.
    pub fn run(&self) -> Result<Exit, CliError> {
        let copied = backup(&Files::of(&self.data), &self.file).map_err(|error| CliError::Failed(error.to_string()))?;
        let (file, accounts) = (self.file.display(), counted(copied.directories));
        output::line(&format!("{file}: the service's database, its audit log and {accounts}, {} bytes", copied.bytes))?;
        Ok(Exit::Done)
    }
}

impl Restore {
    /// Runs it.
    ///
    /// # Errors
    /// When the folder is not empty, or the file is not a backup.
    pub fn run(&self) -> Result<Exit, CliError> {
        let copied =
            restore(&self.file, &Files::of(&self.data)).map_err(|error| CliError::Failed(error.to_string()))?;
        let data = self.data.display();
        let accounts = counted(copied.directories);
        output::line(&format!("{data}: the service's database, its audit log and {accounts}"))?;
        output::line(&format!(
            "Put the key file there as service.key, or name it with --key-file, then: harness serve --data {data}"
        ))?;
        Ok(Exit::Done)
    }
}

fn counted(directories: usize) -> String {
    if directories == 1 {
        "the accounts of 1 integration".to_owned()
    } else {
        format!("the accounts of {directories} integrations")
    }
}
