//! The conformance suite for stores, run against `SQLite`.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use connector_host::contract;
use connector_store_conformance::{StoreSubject, Subject, fill};
use connector_sync::directory::{Directory, DirectoryError, Store};
use tempfile::TempDir;

use super::{SqliteDirectory, failed};

/// A database file in a folder that is removed with it.
struct OnDisk(TempDir);

impl OnDisk {
    fn path(&self) -> PathBuf {
        self.0.path().join("accounts.db")
    }
}

impl OnDisk {
    fn directory(&self) -> Result<SqliteDirectory, DirectoryError> {
        let directory = SqliteDirectory::open(&self.path())?;
        // A second writer is refused after this, and not after seconds.
        directory.connection.busy_timeout(Duration::from_millis(20)).map_err(failed)?;
        Ok(directory)
    }
}

#[async_trait]
impl Subject for OnDisk {
    async fn create(start: &contract::Directory) -> Result<Self, DirectoryError> {
        let unusable = |error: std::io::Error| DirectoryError::Unusable(error.to_string());
        let new = Self(tempfile::tempdir().map_err(unusable)?);
        fill(&mut SqliteDirectory::open(&new.path())?, start).await?;
        Ok(new)
    }

    async fn open(&self) -> Result<Box<dyn Directory>, DirectoryError> {
        Ok(Box::new(self.directory()?))
    }
}

#[async_trait]
impl StoreSubject for OnDisk {
    async fn open_store(&self) -> Result<Box<dyn Store>, DirectoryError> {
        Ok(Box::new(self.directory()?))
    }
}

connector_store_conformance::tests!(OnDisk);
connector_store_conformance::store_tests!(OnDisk);
