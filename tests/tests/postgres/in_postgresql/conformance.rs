//! The conformance suite for stores, run against `PostgreSQL`. All of its directories are in one database.

use std::time::Duration;

use async_trait::async_trait;
use connector_host::contract;
use connector_store_conformance::{StoreSubject, Subject, fill};
use connector_store_postgres::PostgresDirectory;
use connector_sync::directory::{Directory, DirectoryError, Result, Store};
use whole_system_tests::postgres_store::{directories, new_id, shared};

/// A directory's ID. Every opening has connections of its own, as another process would.
struct InPostgres(String);

impl InPostgres {
    async fn directory(&self) -> Result<PostgresDirectory> {
        let all =
            directories(&shared().url, 2).await.map_err(|error| DirectoryError::Unusable(format!("{error:#}")))?;
        // A second writer is refused after this, and not after seconds.
        Ok(all.new_directory("tenant", &self.0).patience(Duration::from_millis(20)))
    }
}

#[async_trait]
impl Subject for InPostgres {
    async fn create(start: &contract::Directory) -> Result<Self> {
        let new = Self(new_id());
        fill(&mut new.directory().await?, start).await?;
        Ok(new)
    }

    async fn open(&self) -> Result<Box<dyn Directory>> {
        Ok(Box::new(self.directory().await?))
    }
}

#[async_trait]
impl StoreSubject for InPostgres {
    async fn open_store(&self) -> Result<Box<dyn Store>> {
        Ok(Box::new(self.directory().await?))
    }
}

connector_store_conformance::tests!(InPostgres);
connector_store_conformance::store_tests!(InPostgres);
