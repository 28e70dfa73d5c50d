//! The accounts that a tenant's new integrations begin with: checked when they are put down, and not when the first sync needs them.
//!
//! The check is the import itself, into a directory that is thrown away: a check of its own would some day let something pass that the
//! import refuses.

use std::io;

use connector_host::files;
use connector_store::ImportSummary;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::DirectoryError;

use crate::config::Files;

/// Why accounts are not put down.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// They cannot be imported: every mistake with its line, none with a value.
    #[error("{0}")]
    Wrong(String),
    /// They cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Puts accounts down for a tenant. `name` is what mistakes call them.
///
/// # Errors
/// When they cannot be imported or written; what was there before stays then.
pub fn put(data: &Files, tenant: &str, accounts: &[u8], name: &str) -> Result<ImportSummary, AccountsError> {
    let scratch = files::private_temporary_folder(".accounts-", Some(data.folder()))?;
    let file = scratch.path().join("accounts.json");
    files::write(&file, accounts)?;
    let mut directory = SqliteDirectory::open(&scratch.path().join("directory.db")).map_err(io::Error::other)?;
    let summary = connector_store::import(&mut directory, &file).map_err(|error| match error {
        DirectoryError::Import(mistakes) => AccountsError::Wrong(mistakes.replace(&file.display().to_string(), name)),
        error => AccountsError::Io(io::Error::other(error)),
    })?;
    let target = data.accounts(tenant);
    files::create_private_folder(files::folder_of(&target))?;
    files::write(&target, accounts)?;
    Ok(summary)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_cannot_be_imported_are_refused_with_every_mistake_and_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let data = Files::of(folder.path());
        let good = br#"{ "groups": [], "accounts": [{ "id": "a", "email": "a@b.example", "first_name": "A",
            "last_name": "B", "status": "active" }] }"#;
        assert_eq!(put(&data, "t", good, "body").unwrap().created, 1);
        for (wrong, says) in [
            (&b"nonsense"[..], "body:1: "),
            (&b"[]"[..], "an object with `groups` and `accounts`"),
            (b"{ \"accounts\": [\n{ \"id\": \"a\", \"status\": \"asleep\" }] }", "body:2: "),
            (b"\xff", "body"),
        ] {
            let error = put(&data, "t", wrong, "body").unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("asleep,"), "{error}");
            assert!(!error.contains(&*folder.path().to_string_lossy()), "{error}");
        }
        assert_eq!(std::fs::read(data.accounts("t")).unwrap(), good);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }
}
