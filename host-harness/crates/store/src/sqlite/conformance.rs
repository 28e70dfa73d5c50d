//! The conformance suite for stores, run against `SQLite`.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use connector_host::contract;
use connector_store_conformance::Subject;
use connector_sync::directory::{Directory, DirectoryError};
use tempfile::TempDir;

use super::{SqliteDirectory, failed};
use crate::import::DEFAULT_ROLE;

/// A database file in a folder that is removed with it.
struct OnDisk(TempDir);

impl OnDisk {
    fn path(&self) -> PathBuf {
        self.0.path().join("accounts.db")
    }
}

#[async_trait]
impl Subject for OnDisk {
    async fn create(start: &contract::Directory) -> Result<Self, DirectoryError> {
        let unusable = |error: std::io::Error| DirectoryError::Unusable(error.to_string());
        let new = Self(tempfile::tempdir().map_err(unusable)?);
        let mut directory = SqliteDirectory::open(&new.path())?;
        let store = directory.store()?;
        store.put_groups(start.groups.iter())?;
        let accounts: Vec<_> =
            start.accounts.iter().map(|account| (account.clone(), DEFAULT_ROLE.to_owned())).collect();
        store.put_accounts(&accounts)?;
        store.commit()?;
        Ok(new)
    }

    async fn open(&self) -> Result<Box<dyn Directory>, DirectoryError> {
        let directory = SqliteDirectory::open(&self.path())?;
        // A second writer is refused after this, and not after seconds.
        directory.connection.busy_timeout(Duration::from_millis(20)).map_err(failed)?;
        Ok(Box::new(directory))
    }
}

connector_store_conformance::tests!(OnDisk);
