//! The accounts that a tenant's new integrations begin with: checked when they are put down, and not when the first sync needs them.
//!
//! The check is the import itself, into a directory that is thrown away: a check of its own would some day let something pass that the
//! import refuses. They are kept in a file of the data folder, or in the database that several processes share.

use std::io;
use std::path::Path;

use connector_host::files;
use connector_store::ImportSummary;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::DirectoryError;

use crate::config::Files;
use crate::db::{Db, DbError};

/// The largest list, in bytes.
const LARGEST: u64 = 1 << 30;

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
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Accounts that can be imported. No `Debug`: they are people's.
pub struct FirstAccounts<'a> {
    text: &'a str,
    /// What an import of them says.
    pub summary: ImportSummary,
}

impl<'a> FirstAccounts<'a> {
    /// Checks accounts. `name` is what mistakes call them.
    ///
    /// # Errors
    /// When they cannot be imported.
    pub async fn check(accounts: &'a [u8], name: &str) -> Result<Self, AccountsError> {
        let text =
            std::str::from_utf8(accounts).map_err(|_| AccountsError::Wrong(format!("{name}: it is not UTF-8")))?;
        let scratch = files::private_temporary_folder("accounts-", None)?;
        let mut directory = SqliteDirectory::open(&scratch.path().join("directory.db")).map_err(io::Error::other)?;
        let imported = connector_store::import_text(&mut directory, Path::new(name), text).await;
        let summary = imported.map_err(|error| match error {
            DirectoryError::Import(mistakes) => AccountsError::Wrong(mistakes),
            error => AccountsError::Io(io::Error::other(error)),
        })?;
        Ok(Self { text, summary })
    }

    /// Keeps them for a tenant, in the place of those that were kept before.
    ///
    /// # Errors
    /// When they cannot be written; what was there before stays then.
    pub async fn keep(&self, db: &Db, data: &Files, tenant: &str) -> Result<(), AccountsError> {
        if db.is_shared() {
            return Ok(db.put_first_accounts(tenant, self.text).await?);
        }
        let target = data.accounts(tenant);
        files::create_private_folder(files::folder_of(&target))?;
        Ok(files::write(&target, self.text.as_bytes())?)
    }
}

/// The accounts that a tenant's integrations begin with, if any were put down.
///
/// # Errors
/// When they cannot be read.
pub async fn kept(db: &Db, data: &Files, tenant: &str) -> Result<Option<String>, AccountsError> {
    if db.is_shared() {
        return Ok(db.first_accounts(tenant).await?);
    }
    let file = data.accounts(tenant);
    if !file.exists() {
        return Ok(None);
    }
    Ok(Some(files::read_text(&file, LARGEST).map_err(|error| io::Error::other(error.to_string()))?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn accounts_that_cannot_be_imported_are_refused_with_every_mistake_and_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let data = Files::of(folder.path());
        let good = br#"{ "groups": [], "accounts": [{ "id": "a", "email": "a@b.example", "first_name": "A",
            "last_name": "B", "status": "active" }] }"#;
        let db = Db::open(&data.database()).await.unwrap();
        let checked = FirstAccounts::check(good, "body").await.unwrap();
        assert_eq!(checked.summary.created, 1);
        checked.keep(&db, &data, "t").await.unwrap();
        for (wrong, says) in [
            (&b"nonsense"[..], "body:1: "),
            (&b"[]"[..], "an object with `groups` and `accounts`"),
            (b"{ \"accounts\": [\n{ \"id\": \"a\", \"status\": \"asleep\" }] }", "body:2: "),
            (b"\xff", "body"),
        ] {
            let Err(error) = FirstAccounts::check(wrong, "body").await else { panic!("it is refused") };
            let error = error.to_string();
            assert!(error.contains(says) && !error.contains("asleep,"), "{error}");
            assert!(!error.contains(&*folder.path().to_string_lossy()), "{error}");
        }
        assert_eq!(std::fs::read(data.accounts("t")).unwrap(), good);
        let text = kept(&db, &data, "t").await.unwrap();
        assert_eq!(text.as_deref().map(str::as_bytes), Some(&good[..]));
    }
}
