//! The lock of a command that writes to a directory: see [`connector_store::lock`].

use std::path::Path;

use super::exit::CliError;
use connector_store::lock::DirectoryLock;

/// Takes the lock; a dry run writes nothing (rule S22) and needs none.
///
/// # Errors
/// When another run has it.
pub fn lock(directory: &Path, dry_run: bool) -> Result<Option<DirectoryLock>, CliError> {
    if dry_run {
        return Ok(None);
    }
    DirectoryLock::take(directory).map(Some).map_err(|error| CliError::Failed(error.to_string()))
}
