//! Opening an integration's directory of accounts.

use std::path::Path;

use connector_host::files;
use connector_store::lock::{DirectoryLock, LockError};
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::DirectoryError;
use connector_sync::run::Failure;
use connector_sync::work_permits::blocking;

use super::Engine;
use crate::codes;
use crate::db::Integration;

/// Why a directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryProblem {
    /// The directory itself.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Somebody else works on it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Its folder.
    #[error("the folder of the accounts cannot be made: {0}")]
    Folder(#[from] std::io::Error),
}

impl From<&DirectoryProblem> for Failure {
    fn from(problem: &DirectoryProblem) -> Self {
        let (code, remedy) = match problem {
            DirectoryProblem::Lock(LockError::Held { .. }) => {
                (codes::DIRECTORY_BUSY, "Wait until the other run is done, then start again.")
            }
            DirectoryProblem::Directory(DirectoryError::NotIssued(_) | DirectoryError::AppliedBefore(_)) => {
                (codes::PLAN_GONE, "Make a new preview, and approve that one.")
            }
            _ => (codes::DIRECTORY_FAILED, "Tell the platform's operator: the accounts cannot be read or written."),
        };
        Self { code: code.to_owned(), subject: None, message: problem.to_string(), remedy: remedy.to_owned() }
    }
}

/// Makes a directory with these accounts, if there are any: all of it or nothing. One that was left half made by the end of the
/// process could not be read; one that was left empty by a mistake in the accounts would be taken for a platform without accounts,
/// and everybody would get a second one.
async fn begin_with(file: &Path, accounts: &Path) -> Result<(), DirectoryProblem> {
    let unfinished = file.with_extension("unfinished");
    let mut directory = blocking(|| match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(DirectoryProblem::from(error)),
        _ => Ok(SqliteDirectory::open(&unfinished)?),
    })?;
    if accounts.exists() {
        connector_store::import(&mut directory, accounts).await?;
    }
    drop(directory);
    Ok(std::fs::rename(&unfinished, file)?)
}

impl Engine {
    /// Opens an integration's directory to write, and makes it if it is not there: with the accounts that the operator has put
    /// down for the tenant.
    ///
    /// # Errors
    /// When it cannot be used.
    pub async fn open_directory(&self, integration: &Integration) -> Result<SqliteDirectory, DirectoryProblem> {
        let file = self.directory_file(integration);
        blocking(|| files::create_private_folder(file.parent().unwrap_or(Path::new("."))))?;
        if !file.exists() {
            begin_with(&file, &self.files().accounts(&integration.tenant)).await?;
        }
        Ok(blocking(|| SqliteDirectory::open(&file))?)
    }

    /// Opens an integration's directory to read; none if there is none yet.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn read_directory(&self, integration: &Integration) -> Result<Option<SqliteDirectory>, DirectoryProblem> {
        let file = self.directory_file(integration);
        blocking(|| if file.exists() { Ok(Some(SqliteDirectory::open_read_only(&file)?)) } else { Ok(None) })
    }

    /// The right to work on an integration's directory.
    ///
    /// # Errors
    /// When somebody else has it.
    pub fn lock_directory(&self, integration: &Integration) -> Result<DirectoryLock, DirectoryProblem> {
        Ok(DirectoryLock::take(&self.directory_file(integration))?)
    }
}
